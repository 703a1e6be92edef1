//! A controller and what befalls its jobs, in a time that passes at once.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    path::Path,
    rc::Rc,
    time::Duration,
};

use wgs_core::{CaseId, ErrorKind};
use wgs_formats::{Result, output};
use wgs_task::{TaskId, TaskSpec};

use super::{
    entry::{Decision, Entry, Phase, Why},
    journal::LINES_TO_DEATH,
    simulation::{Course, Script, SimulatedWorld, Simulation},
    *,
};
use crate::{
    CasePlan, Event, Happening, NoObserver, Observer, Stop, Time,
    events::FailureEntry,
    testing::{case_plan, task},
};

struct Fixture {
    folder: tempfile::TempDir,
    world: SimulatedWorld,
    grain: Grain,
    caps: Caps,
    stop: Stop,
    mode: Mode,
}

fn tasks() -> Vec<TaskSpec> {
    vec![
        task("reads", &["/dev/null"], &["cram"]),
        task("qc", &["/dev/null"], &["q"]),
        task("call", &["cram"], &["v"]),
        task("report", &["v", "q"], &["html"]),
    ]
}

/// A folder in memory, where there is such: what is tested here does not depend on a disk.
fn memory_folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap())
}

impl Fixture {
    fn new(grain: Grain) -> Self {
        Self {
            folder: memory_folder(),
            world: SimulatedWorld::default(),
            grain,
            caps: Caps { memory_bytes: 8 << 30, wall_s: 4000, jobs: 100 },
            stop: Stop::default(),
            mode: Mode::Detached,
        }
    }

    fn out(&self) -> &Path {
        self.folder.path()
    }

    fn files(&self) -> RunFiles {
        RunFiles::of(self.out())
    }

    fn plan(&self, case: &str) -> CasePlan {
        case_plan(self.out(), case, tasks())
    }

    fn submit(&self, cases: &[&str]) -> Request {
        self.submit_plans(&cases.iter().map(|case| self.plan(case)).collect::<Vec<_>>()).unwrap()
    }

    fn submit_plans(&self, plans: &[CasePlan]) -> Result<Request> {
        let job = JobLimits { threads: 2, memory_bytes: 4 << 30, wall_s: 1000 };
        let mut submission =
            Submission::begin(self.out(), self.grain, job.for_tasks(), &Stop::default())?;
        plans.iter().try_for_each(|plan| submission.check(plan))?;
        for plan in plans {
            submission.write(plan)?;
        }
        submission.finish(RequestOptions {
            program: ProgramFile { path: "p".into(), sha256: "0".into(), version: "test 1".into() },
            source: None,
            executor: ExecutorOptions::Local(LocalOptions { threads: 1, memory_bytes: 1 }),
            grain: self.grain,
            job,
            caps: self.caps,
            retries: Retries::default(),
            scratch: None,
            foreseen: Default::default(),
            needs: None,
            verify: false,
        })
    }

    fn simulation(&self, script: Script) -> Simulation {
        Simulation::new(&self.world, 10, 10, script)
    }

    fn control(&self, simulation: &Simulation) -> Result<ControlReport> {
        self.control_observed(simulation, &mut NoObserver)
    }

    fn control_observed(
        &self,
        simulation: &Simulation,
        observer: &mut dyn Observer,
    ) -> Result<ControlReport> {
        let options = ControlOptions {
            out: self.out().to_owned(),
            mode: self.mode,
            program: "test 1".into(),
            stop: self.stop.clone(),
        };
        let mut executor = simulation.clone();
        let (executor, estimates, world) = (&mut executor, &ByLimits, &self.world);
        control(&options, None, Crew { executor, estimates, world, observer })
    }

    fn entries(&self) -> Vec<Entry> {
        let mut entries = Vec::new();
        read_journal(&self.files().journal(), |line| entries.push(line.entry.clone())).unwrap();
        entries
    }

    /// What was decided, in order.
    fn decisions(&self) -> Vec<Decision> {
        let of = |entry| match entry {
            Entry::Ended { decision, .. } => Some(decision),
            _ => None,
        };
        self.entries().into_iter().filter_map(of).collect()
    }

    /// Needs and labels of the batches that were taken, in order.
    fn ordered(&self) -> Vec<(String, Needs, usize)> {
        let of = |entry| match entry {
            Entry::Ordering { label, needs, members, .. } => Some((label, needs, members.len())),
            _ => None,
        };
        self.entries().into_iter().filter_map(of).collect()
    }
}

fn good(_: &Order, _: Needs) -> Course {
    Course::good(Duration::from_secs(100))
}

fn failing(kind: ErrorKind) -> Course {
    let failure = FailureEntry {
        kind: kind.to_string(),
        exit_code: kind.exit_code(),
        message: "it broke".into(),
        hint: None,
    };
    Course {
        time: Duration::from_secs(10),
        cause: Cause::Failed(i32::from(kind.exit_code())),
        result: Some(UnitResult::Failed { task: None, failure, log: None }),
        missed_gate: None,
    }
}

fn killed(cause: Cause) -> Course {
    Course { time: Duration::from_secs(10), cause, result: None, missed_gate: None }
}

/// Goes wrong so many times for one case (and unit), and well then.
fn at_first(case: &'static str, unit: &'static str, times: u32, course: Course) -> Script {
    let mut left = times;
    Box::new(move |order, needs| {
        if order.case.as_str() == case && order.unit.name() == unit && left > 0 {
            left -= 1;
            return course.clone();
        }
        good(order, needs)
    })
}

fn counts(report: &ControlReport) -> (usize, usize, usize, usize) {
    (report.done, report.failed, report.cancelled, report.left)
}

#[test]
fn cases_go_through_as_whole_jobs_in_batches() {
    let fixture = Fixture::new(Grain::Case);
    let names: Vec<String> = (0..25).map(|n| format!("C{n}")).collect();
    fixture.submit(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let simulation = fixture.simulation(Box::new(good));
    let report = fixture.control(&simulation).unwrap();
    assert_eq!(counts(&report), (25, 0, 0, 0));
    assert_eq!(report.error_kind(), None);
    assert_eq!(simulation.ran(), 25);
    let sizes: Vec<usize> = fixture.ordered().iter().map(|batch| batch.2).collect();
    assert_eq!(sizes, [10, 10, 5]);
    let left = std::fs::read_dir(fixture.files().folder().join("batches")).unwrap().count();
    assert_eq!(left, 0, "nothing is left of batches that went well");
}

#[test]
fn chains_of_tasks_wait_at_the_executor() {
    let fixture = Fixture::new(Grain::Task);
    fixture.submit(&["A", "B", "C"]);
    let simulation = fixture.simulation(Box::new(good));
    simulation.set_door(Box::new(|batch| {
        let waits: Vec<usize> = batch.members.iter().map(|member| member.after.len()).collect();
        let expected = match batch.label.as_str() {
            "reads" | "qc" => 0,
            "call" => 1,
            "report" => 2,
            _ => 4,
        };
        assert_eq!(waits, [expected; 3], "{}", batch.label);
        assert_eq!(batch.members.iter().map(|m| m.slot).collect::<Vec<_>>(), [0, 1, 2]);
        Ok(())
    }));
    let report = fixture.control(&simulation).unwrap();
    assert_eq!(counts(&report), (3, 0, 0, 0));
    let labels: Vec<String> = fixture.ordered().into_iter().map(|batch| batch.0).collect();
    assert_eq!(labels, ["reads", "qc", "call", "report", "close"]);
    assert!(fixture.world.now() < Duration::from_secs(900), "{:?}", fixture.world.now());
}

#[test]
fn what_failed_once_is_tried_again_and_what_cannot_be_helped_is_not() {
    for (kind, times, state, tries) in [
        (ErrorKind::TaskFailed, 1, 1, 2),
        (ErrorKind::TaskFailed, 2, 0, 2),
        (ErrorKind::InvalidInput, 1, 0, 1),
        (ErrorKind::QualityGate, 1, 0, 1),
    ] {
        let fixture = Fixture::new(Grain::Case);
        fixture.submit(&["A", "B"]);
        let simulation = fixture.simulation(at_first("A", "-case", times, failing(kind)));
        let report = fixture.control(&simulation).unwrap();
        assert_eq!(counts(&report), (1 + state, 1 - state, 0, 0), "{kind}");
        assert_eq!(simulation.ran(), tries + 1);
        assert_eq!(report.error_kind(), (state == 0).then_some(kind));
        if state == 0 {
            assert_eq!(report.failures[0].1.message, "it broke");
        }
    }
}

#[test]
fn memory_and_time_grow_up_to_the_caps() {
    for (cause, memory, time) in [
        (Cause::OutOfMemory, vec![4, 6, 8], vec![1000, 1000, 1000]),
        (Cause::TimeLimit, vec![4, 4, 4], vec![1000, 2000, 4000]),
    ] {
        for (times, done) in [(2, 1), (3, 0)] {
            let fixture = Fixture::new(Grain::Case);
            fixture.submit(&["A"]);
            let script = at_first("A", "-case", times, killed(cause.clone()));
            let report = fixture.control(&fixture.simulation(script)).unwrap();
            assert_eq!(report.done, done, "{cause:?} {times}");
            let needs: Vec<Needs> = fixture.ordered().into_iter().map(|batch| batch.1).collect();
            assert_eq!(needs.iter().map(|n| n.memory_bytes >> 30).collect::<Vec<_>>(), memory);
            assert_eq!(needs.iter().map(|n| n.wall.as_secs()).collect::<Vec<_>>(), time);
            if done == 0 {
                let message = &report.failures[0].1.message;
                assert!(message.contains("no job may have more"), "{message}");
            }
        }
    }
}

#[test]
fn machines_may_fail_and_others_may_come_first() {
    for (cause, bound) in [
        (Cause::MachineLost, 5),
        (Cause::Vanished, 5),
        (Cause::Cancelled, 5),
        (Cause::Completed, 5),
        (Cause::Failed(137), 5),
        (Cause::Preempted, 100),
    ] {
        for (times, done) in [(bound, 1), (bound + 1, 0)] {
            let fixture = Fixture::new(Grain::Case);
            fixture.submit(&["A"]);
            let script = at_first("A", "-case", times, killed(cause.clone()));
            let report = fixture.control(&fixture.simulation(script)).unwrap();
            assert_eq!(report.done, done, "{cause:?} {times}");
        }
    }
}

#[test]
fn a_case_that_another_process_works_on_is_waited_for() {
    let fixture = Fixture::new(Grain::Case);
    fixture.submit(&["A", "B"]);
    let occupied = Course {
        time: Duration::from_secs(1),
        cause: Cause::Failed(i32::from(ErrorKind::Permission.exit_code())),
        result: Some(UnitResult::Occupied { by: "another run works on this case".into() }),
        missed_gate: None,
    };
    let report = fixture.control(&fixture.simulation(at_first("A", "-case", 8, occupied))).unwrap();
    assert_eq!(counts(&report), (2, 0, 0, 0));
    let again = fixture.decisions().into_iter().filter(|d| *d == Decision::Again(Why::Occupied));
    assert_eq!(again.count(), 8);
    let least = Duration::from_secs(30 + 60 + 120 + 240 + 480 + 900 + 900 + 900);
    let waited = fixture.world.now();
    assert!(waited > least && waited < least * 2, "{waited:?}");
    assert!(fixture.world.pauses() < 400, "{} pauses", fixture.world.pauses());
}

#[test]
fn what_rests_can_be_cancelled() {
    let fixture = Fixture::new(Grain::Case);
    fixture.submit(&["A"]);
    let (files, mut orders) = (fixture.files(), 0);
    let simulation = fixture.simulation(Box::new(move |_, _| {
        orders += 1;
        if orders == 4 {
            CancelRequest { cases: None, by: "me".into() }.write(&files).unwrap();
        }
        let result = Some(UnitResult::Occupied { by: "another".into() });
        Course { time: Duration::ZERO, cause: Cause::Failed(4), result, missed_gate: None }
    }));
    let report = fixture.control(&simulation).unwrap();
    assert_eq!((counts(&report), simulation.ran()), ((0, 0, 1, 0), 4));
}

#[test]
fn jobs_that_were_lost_are_ended_lest_they_come_back() {
    for (cause, ended) in [
        (Cause::Vanished, 1),
        (Cause::MachineLost, 1),
        (Cause::Preempted, 0),
        (Cause::Failed(9), 0),
    ] {
        let fixture = Fixture::new(Grain::Case);
        fixture.submit(&["A"]);
        let simulation = fixture.simulation(at_first("A", "-case", 1, killed(cause.clone())));
        assert_eq!(fixture.control(&simulation).unwrap().done, 1);
        assert_eq!(simulation.cancelled(), vec![JobRef("0".into()); ended], "{cause:?}");
    }
}

#[test]
fn a_batch_that_is_handed_on_again_waits_for_what_it_waited_for_before() {
    let mut fixture = Fixture::new(Grain::Task);
    fixture.submit(&["A", "B"]);
    let simulation = fixture.simulation(Box::new(good));
    let seen: Rc<RefCell<Vec<Vec<Member>>>> = Rc::default();
    let (note, stop) = (Rc::clone(&seen), fixture.stop.clone());
    simulation.set_door(Box::new(move |batch| {
        if batch.label != "call" {
            return Ok(());
        }
        note.borrow_mut().push(batch.members.clone());
        if !stop.is_requested() {
            stop.request();
            return Err(Refusal::Down("no answer".into()));
        }
        Ok(())
    }));
    fixture.control(&simulation).unwrap();
    // What it waits for is long over when the next controller comes.
    fixture.world.pause(Duration::from_secs(1000), &mut || false);
    fixture.stop = Stop::default();
    assert_eq!(counts(&fixture.control(&simulation).unwrap()), (2, 0, 0, 0));
    let seen = seen.borrow();
    assert_eq!((seen.len(), seen[0][0].after.len()), (2, 1));
    assert_eq!(seen[0], seen[1]);
}

#[test]
fn a_failure_upstream_is_made_good_and_the_chain_goes_on() {
    let fixture = Fixture::new(Grain::Task);
    fixture.submit(&["A", "B"]);
    let script = at_first("A", "reads", 1, killed(Cause::MachineLost));
    let report = fixture.control(&fixture.simulation(script)).unwrap();
    assert_eq!(counts(&report), (2, 0, 0, 0));
    let again = |why| Decision::Again(why);
    let decisions: BTreeMap<String, usize> =
        fixture.decisions().into_iter().fold(BTreeMap::new(), |mut counts, decision| {
            *counts.entry(format!("{decision:?}")).or_default() += 1;
            counts
        });
    assert_eq!(decisions[&format!("{:?}", again(Why::Lost))], 1);
    assert_eq!(decisions[&format!("{:?}", again(Why::Upstream))], 3);
    assert_eq!(decisions["Done"], 10);
}

#[test]
fn what_waits_for_a_failure_does_not_run() {
    let fixture = Fixture::new(Grain::Task);
    fixture.submit(&["A", "B"]);
    let script = at_first("A", "call", 9, failing(ErrorKind::Truncated));
    let simulation = fixture.simulation(script);
    let report = fixture.control(&simulation).unwrap();
    assert_eq!(counts(&report), (1, 1, 0, 0));
    assert_eq!(report.error_kind(), Some(ErrorKind::Truncated));
    assert_eq!(simulation.ran(), 5 + 3);
    assert_eq!(simulation.alive(), 0);
}

#[test]
fn a_submission_with_fewer_units_than_the_one_before_ends() {
    let mut fixture = Fixture::new(Grain::Task);
    fixture.submit(&["A"]);
    let simulation =
        fixture.simulation(at_first("A", "report", 1, failing(ErrorKind::InvalidInput)));
    assert_eq!(counts(&fixture.control(&simulation).unwrap()), (0, 1, 0, 0));
    fixture.grain = Grain::Case;
    fixture.submit(&["A"]);
    assert_eq!(counts(&fixture.control(&simulation).unwrap()), (1, 0, 0, 0));
}

#[test]
fn outdated_tasks_and_all_after_them_run_again() {
    let fixture = Fixture::new(Grain::Task);
    fixture.submit(&["A"]);
    let tasks = vec![TaskId::of_case("reads")];
    let outdated = Course {
        missed_gate: None,
        time: Duration::from_secs(1),
        cause: Cause::Failed(10),
        result: Some(UnitResult::Outdated { tasks }),
    };
    let report =
        fixture.control(&fixture.simulation(at_first("A", "report", 1, outdated.clone()))).unwrap();
    assert_eq!(counts(&report), (1, 0, 0, 0));
    let labels: Vec<String> = fixture.ordered().into_iter().map(|batch| batch.0).collect();
    let again = ["reads", "call", "report", "close"];
    assert_eq!(labels[5..], again, "{labels:?}");

    let endless = Fixture::new(Grain::Task);
    endless.submit(&["A"]);
    let report =
        endless.control(&endless.simulation(at_first("A", "report", 99, outdated))).unwrap();
    assert_eq!(counts(&report), (0, 1, 0, 0));
}

#[test]
fn a_full_disk_is_waited_for() {
    let fixture = Fixture::new(Grain::Case);
    let names: Vec<String> = (0..30).map(|n| format!("C{n}")).collect();
    fixture.submit(&names.iter().map(String::as_str).collect::<Vec<_>>());
    fixture.world.set_free_bytes(1000);
    let world = fixture.world.clone();
    let mut first = true;
    let simulation = fixture.simulation(Box::new(move |order, needs| {
        if std::mem::take(&mut first) {
            return failing(ErrorKind::OutOfSpace);
        }
        if world.now() > Duration::from_secs(3000) {
            world.set_free_bytes(1 << 40);
        }
        good(order, needs)
    }));
    // What was handed on before the disk was full runs to its end, and nothing else until a day
    // has passed, or there is room.
    let report = fixture.control(&simulation).unwrap();
    assert_eq!(counts(&report), (30, 0, 0, 0));
    let entries = fixture.entries();
    let held = entries.iter().position(|entry| matches!(entry, Entry::Held { .. })).unwrap();
    let freed = entries.iter().position(|entry| matches!(entry, Entry::Freed)).unwrap();
    let ordered = |entry: &Entry| matches!(entry, Entry::Ordering { .. });
    assert!(!entries[held..freed].iter().any(ordered));
    assert!(entries[freed..].iter().any(ordered));
}

#[test]
fn an_executor_that_is_full_or_down_is_waited_for() {
    let fixture = Fixture::new(Grain::Case);
    let names: Vec<String> = (0..20).map(|n| format!("C{n}")).collect();
    fixture.submit(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let simulation = fixture.simulation(Box::new(good));
    let (world, alive) = (fixture.world.clone(), simulation.clone());
    simulation.set_door(Box::new(move |batch| {
        let _ = &alive;
        if world.now() < Duration::from_secs(500) {
            return Err(Refusal::Down("slow".into()));
        }
        if batch.members.len() > 3 {
            return Err(Refusal::Full("3 at a time".into()));
        }
        Ok(())
    }));
    let report = fixture.control(&simulation).unwrap();
    assert_eq!(counts(&report), (20, 0, 0, 0));
    let entries = fixture.entries();
    let down = entries.iter().filter(|entry| matches!(entry, Entry::Down { .. })).count();
    let up = entries.iter().filter(|entry| matches!(entry, Entry::Up)).count();
    assert_eq!((down, up), (1, 1), "told once, not at each try");
}

#[test]
fn what_is_never_taken_fails_in_the_executors_words() {
    let fixture = Fixture::new(Grain::Task);
    fixture.submit(&["A", "B"]);
    let simulation = fixture.simulation(Box::new(good));
    simulation.set_door(Box::new(|batch| match batch.label.as_str() {
        "call" => Err(Refusal::Never {
            message: "account expired".into(),
            hint: Some("ask the site".into()),
        }),
        _ => Ok(()),
    }));
    let report = fixture.control(&simulation).unwrap();
    assert_eq!(counts(&report), (0, 2, 0, 0));
    let (_, failure) = &report.failures[0];
    assert_eq!(
        (failure.message.as_str(), failure.hint.as_deref()),
        ("account expired", Some("ask the site"))
    );
    assert_eq!(simulation.ran(), 4, "what does not wait for it ran");
}

#[test]
fn a_missed_quality_gate_is_told_until_the_case_is_done_again() {
    for grain in [Grain::Case, Grain::Task] {
        let fixture = Fixture::new(grain);
        fixture.submit(&["A", "B"]);
        let gate = FailureEntry::from(&crate::Failure::new(ErrorKind::QualityGate, "too few"));
        let missed = gate.clone();
        let report = fixture.control(&fixture.simulation(Box::new(move |order, needs| {
            let is_end = order.case.as_str() == "B" && !matches!(order.unit, Unit::Task(_));
            Course { missed_gate: is_end.then(|| missed.clone()), ..good(order, needs) }
        })));
        let report = report.unwrap();
        assert_eq!(counts(&report), (2, 0, 0, 0));
        assert_eq!(report.error_kind(), Some(ErrorKind::QualityGate));
        assert_eq!(report.missed_gates, [("B".parse::<CaseId>().unwrap(), gate.clone())]);
        let told = || {
            let lines = RunStatus::read(fixture.out()).unwrap().cases;
            lines.into_iter().map(|line| line.missed_gate).collect::<Vec<_>>()
        };
        assert_eq!(told(), [None, Some(gate)]);
        fixture.submit(&["A", "B"]);
        let report = fixture.control(&fixture.simulation(Box::new(good))).unwrap();
        assert_eq!((report.error_kind(), told()), (None, vec![None, None]));
    }
}

#[test]
fn cancelled_cases_end_and_the_others_go_on() {
    let fixture = Fixture::new(Grain::Task);
    fixture.submit(&["A", "B"]);
    let (files, case) = (fixture.files(), "A".parse::<CaseId>().unwrap());
    let mut orders = 0;
    let simulation = fixture.simulation(Box::new(move |order, needs| {
        orders += 1;
        if orders == 10 {
            let wish = CancelRequest { cases: Some(vec![case.clone()]), by: "me".into() };
            wish.write(&files).unwrap();
        }
        good(order, needs)
    }));
    let report = fixture.control(&simulation).unwrap();
    assert_eq!(counts(&report), (1, 0, 1, 0));
    assert_eq!(simulation.alive(), 0);
    assert!(!CancelRequest::is_any(&fixture.files()));
    assert_eq!(report.error_kind(), Some(ErrorKind::Interrupted));

    let again = fixture.submit(&["A", "B"]);
    assert_eq!(again.submission, 2);
    let report = fixture.control(&fixture.simulation(Box::new(good))).unwrap();
    assert_eq!(counts(&report), (2, 0, 0, 0));
}

#[test]
fn a_signal_ends_a_run_in_the_foreground_and_leaves_one_behind_alone() {
    for mode in [Mode::Foreground, Mode::Detached] {
        let mut fixture = Fixture::new(Grain::Case);
        fixture.mode = mode;
        fixture.submit(&["A", "B"]);
        let stop = fixture.stop.clone();
        let simulation = fixture.simulation(Box::new(move |order, needs| {
            stop.request();
            good(order, needs)
        }));
        let report = fixture.control(&simulation).unwrap();
        assert_eq!(report.error_kind(), Some(ErrorKind::Interrupted));
        if mode == Mode::Foreground {
            assert_eq!((counts(&report), simulation.alive()), ((0, 0, 2, 0), 0));
            continue;
        }
        assert_eq!((counts(&report), simulation.alive()), ((0, 0, 0, 2), 2));
        fixture.stop = Stop::default();
        let report = fixture.control(&simulation).unwrap();
        assert_eq!(counts(&report), (2, 0, 0, 0));
        assert_eq!(simulation.ran(), 2, "the jobs of before were found");
    }
}

#[test]
fn without_a_controller_a_wish_is_still_carried_out() {
    let mut fixture = Fixture::new(Grain::Case);
    fixture.submit(&["A", "B"]);
    let stop = fixture.stop.clone();
    let simulation = fixture.simulation(Box::new(move |order, needs| {
        stop.request();
        good(order, needs)
    }));
    fixture.control(&simulation).unwrap();
    fixture.stop = Stop::default();
    fixture.mode = Mode::CancelOnly;
    CancelRequest { cases: None, by: "me".into() }.write(&fixture.files()).unwrap();
    let report = fixture.control(&simulation).unwrap();
    assert_eq!((counts(&report), simulation.alive()), ((0, 0, 2, 0), 0));
}

#[test]
fn a_new_submission_does_what_changed() {
    let fixture = Fixture::new(Grain::Case);
    fixture.submit(&["A", "B", "C", "D"]);
    let script = at_first("C", "-case", 9, failing(ErrorKind::InvalidInput));
    assert_eq!(counts(&fixture.control(&fixture.simulation(script)).unwrap()), (3, 1, 0, 0));
    done_by_record(&fixture, "A");
    done_by_record(&fixture, "B");

    let mut changed = fixture.plan("B");
    changed.tasks[0].params = serde_json::json!({"x": 1});
    let plans = [fixture.plan("A"), changed, fixture.plan("C"), fixture.plan("E")];
    fixture.submit_plans(&plans).unwrap();
    let simulation = fixture.simulation(Box::new(good));
    let report = fixture.control(&simulation).unwrap();
    assert_eq!(counts(&report), (4, 0, 0, 0));
    assert_eq!(report.removed, ["D".parse().unwrap()]);
    assert_eq!(simulation.ran(), 3, "B changed, C failed, E is new; A is as it was");

    output::write(&plans[0].tasks[0].outputs[0].path, "changed").unwrap();
    fixture.submit_plans(&plans).unwrap();
    let simulation = fixture.simulation(Box::new(good));
    fixture.control(&simulation).unwrap();
    assert_eq!(simulation.ran(), 4, "A was touched; of the others there is no record");
}

fn size(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(7, |metadata| metadata.len())
}

/// Leaves what a case that was really done would.
fn done_by_record(fixture: &Fixture, case: &str) {
    use crate::{FileEntry, RunRecord, TaskStatus, Usage, run_record::*};
    let plan = fixture.plan(case);
    let time = Time::now();
    let usage: Usage = serde_json::from_value(serde_json::json!({
        "started": time, "finished": time, "wall_s": 1.0, "user_s": 1.0, "system_s": 0.0,
        "max_rss_bytes": 1,
    }))
    .unwrap();
    let mut entries = Vec::new();
    for spec in &plan.tasks {
        output::create_folder(plan.layout.folder()).unwrap();
        let mut outputs = Vec::new();
        for output in &spec.outputs {
            output::write(&output.path, "content").unwrap();
            let (name, path, sha256) = (output.name.clone(), output.path.clone(), String::new());
            outputs.push(FileEntry { name, path, sha256, bytes: 7 });
        }
        let made: Made = serde_json::from_value(serde_json::json!({
            "program": "p", "key": "k", "core_s": 1.0, "input_bytes": 0, "output_bytes": 7,
            "inputs": spec.inputs.iter().map(|input| serde_json::json!({
                "name": input.name, "path": input.path, "sha256": "", "bytes": size(&input.path),
            })).collect::<Vec<_>>(),
            "outputs": outputs,
            "started": usage.started, "finished": usage.finished, "wall_s": 1.0, "user_s": 1.0,
            "system_s": 0.0, "max_rss_bytes": 1,
        }))
        .unwrap();
        entries.push(TaskEntry::new(spec, TaskStatus::Reused { made }));
    }
    std::thread::sleep(Duration::from_millis(20));
    let record = RunRecord {
        schema: SCHEMA.into(),
        program: "p".into(),
        state: crate::CaseState::Succeeded,
        failure: None,
        started: time,
        finished: time,
        wall_s: 1.0,
        totals: Totals::of(&entries),
        case: plan.case.clone(),
        bundle_digest: plan.bundle_digest.clone(),
        tasks: entries,
    };
    output::write_json(&plan.layout.run_record(), &record).unwrap();
}

#[test]
fn nothing_is_written_when_one_case_is_wrong() {
    let fixture = Fixture::new(Grain::Case);
    let mut wrong = fixture.plan("B");
    wrong.tasks[0].inputs[0].path = fixture.out().join("missing");
    fixture.submit_plans(&[fixture.plan("A"), wrong]).unwrap_err();
    fixture.submit_plans(&[fixture.plan("A"), fixture.plan("A")]).unwrap_err();
    assert_eq!(std::fs::read_dir(fixture.out()).unwrap().count(), 0);
}

#[test]
fn a_plan_that_was_changed_behind_our_back_is_not_run() {
    let fixture = Fixture::new(Grain::Case);
    fixture.submit(&["A", "B"]);
    let path = CaseFiles::of(&fixture.plan("A").layout).plan();
    output::write(&path, "{}").unwrap();
    let report = fixture.control(&fixture.simulation(Box::new(good))).unwrap();
    assert_eq!(counts(&report), (1, 1, 0, 0));
    assert_eq!(report.error_kind(), Some(ErrorKind::Configuration));
}

/// Hears where cases begin, with how many tasks, and how they end.
#[derive(Default)]
struct Ends(Vec<(CaseId, Result<usize, crate::CaseState>)>);

impl Observer for Ends {
    fn event(&mut self, event: &Event) {
        match &event.what {
            Happening::RunFinished { state, .. } => self.0.push((event.case.clone(), Err(*state))),
            Happening::RunStarted { tasks, .. } => {
                self.0.push((event.case.clone(), Ok(tasks.len())));
            }
            _ => {}
        }
    }
}

/// However often jobs are tried again, whatever kills them, and though some go on after others failed.
#[test]
fn observers_hear_once_that_a_case_begins_and_once_that_it_is_over() {
    for grain in [Grain::Task, Grain::Case] {
        let fixture = Fixture::new(grain);
        fixture.submit(&["A", "B", "C", "D"]);
        let mut ends = Ends::default();
        let simulation = fixture.simulation(troubled());
        let report = fixture.control_observed(&simulation, &mut ends).unwrap();
        ends.0.sort_by(|a, b| a.0.cmp(&b.0));
        let of = |case: &str, what| (case.parse::<CaseId>().unwrap(), what);
        let mut expected = Vec::new();
        for case in ["A", "B", "C", "D"] {
            let failed = report.failures.iter().any(|(of, _)| of.as_str() == case);
            let end = if failed { crate::CaseState::Failed } else { crate::CaseState::Succeeded };
            expected.extend([of(case, Ok(tasks().len())), of(case, Err(end))]);
        }
        assert_eq!(ends.0, expected, "{grain:?}");
    }
}

#[test]
fn a_case_that_is_cancelled_before_it_begins_is_over() {
    let fixture = Fixture::new(Grain::Task);
    fixture.submit(&["A"]);
    CancelRequest { cases: None, by: "somebody".into() }.write(&fixture.files()).unwrap();
    let mut ends = Ends::default();
    fixture.control_observed(&fixture.simulation(Box::new(good)), &mut ends).unwrap();
    assert_eq!(ends.0, [("A".parse().unwrap(), Err(crate::CaseState::Interrupted))]);
}

/// Fails in every way that is made good again, and in one that is not.
fn troubled() -> Script {
    let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
    Box::new(move |order, needs| {
        let (case, unit) = (order.case.to_string(), order.unit.name().to_owned());
        let is_first = seen.insert((case.clone(), unit.clone()));
        match (case.as_str(), unit.as_str(), is_first) {
            ("A", "reads", true) => killed(Cause::MachineLost),
            ("A", "report", true) => killed(Cause::OutOfMemory),
            ("B", "call", true) => failing(ErrorKind::TaskFailed),
            ("B", "qc", true) => failing(ErrorKind::OutOfSpace),
            ("C", "qc", _) => failing(ErrorKind::InvalidInput),
            ("D", "-close", true) => Course {
                missed_gate: None,
                time: Duration::from_secs(1),
                cause: Cause::Failed(10),
                result: Some(UnitResult::Outdated { tasks: vec![TaskId::of_case("call")] }),
            },
            _ => good(order, needs),
        }
    })
}

#[test]
fn a_controller_that_dies_after_any_line_changes_nothing_in_the_end() {
    for grain in [Grain::Task, Grain::Case] {
        let run = |deaths: Option<usize>| {
            let fixture = Fixture::new(grain);
            fixture.submit(&["A", "B", "C", "D"]);
            let simulation = fixture.simulation(troubled());
            LINES_TO_DEATH.set(deaths);
            let mut report = fixture.control(&simulation);
            if deaths.is_some() && LINES_TO_DEATH.get().is_none() {
                report.unwrap_err();
                report = fixture.control(&simulation);
            }
            LINES_TO_DEATH.set(None);
            let report = report.unwrap();
            assert_eq!(simulation.alive(), 0);
            (report, simulation.ran(), fixture.entries().len())
        };
        let (undisturbed, ran, lines) = run(None);
        assert!(undisturbed.done >= 3, "{undisturbed:?}");
        for line in 0..lines {
            let (report, again, _) = run(Some(line));
            assert_eq!(report, undisturbed, "died after line {line}");
            assert!(again <= ran + 1, "died after line {line}: {again} jobs in place of {ran}");
        }
    }
}

#[test]
fn fewer_lines_say_the_same() {
    let mut fixture = Fixture::new(Grain::Task);
    fixture.submit(&["A", "B", "C", "D"]);
    let stop = fixture.stop.clone();
    let (mut troubled, mut orders) = (troubled(), 0);
    let simulation = fixture.simulation(Box::new(move |order, needs| {
        orders += 1;
        if orders == 22 {
            stop.request();
        }
        troubled(order, needs)
    }));
    fixture.control(&simulation).unwrap();
    let request = Request::read(&fixture.files()).unwrap();
    let mut state = state::State::of(&request);
    for entry in fixture.entries() {
        state.apply(&entry);
    }
    assert!(!state.flights.is_empty());
    let mut shorter = state::State::of(&request);
    state.entries().for_each(|entry| shorter.apply(&entry));
    for (one, other) in state.cases.iter().zip(&shorter.cases) {
        assert_eq!((&one.id, one.plan, &one.units), (&other.id, other.plan, &other.units));
    }
    let jobs = |state: &state::State| -> BTreeSet<_> {
        state.flights.values().map(|f| (f.case, f.unit, f.attempt, f.job.clone())).collect()
    };
    assert_eq!(jobs(&state), jobs(&shorter));
    assert_eq!(state.failures, shorter.failures);

    let mut journal = journal::Journal::open(&fixture.files().journal(), |_| {}).unwrap();
    journal.replace(state.entries()).unwrap();
    fixture.stop = Stop::default();
    let report = fixture.control(&simulation).unwrap();
    assert_eq!(counts(&report), (3, 1, 0, 0));
    assert_eq!(shorter.phase(0), Phase::Ordered);
}

#[test]
fn a_status_is_read_from_the_files_alone() {
    let mut fixture = Fixture::new(Grain::Task);
    fixture.submit(&["A", "B", "C", "D"]);
    let before = RunStatus::read(fixture.out()).unwrap();
    assert_eq!((&before.controller, before.is_new), (&Controller::None, true));
    assert_eq!(before.counts(), BTreeMap::from([(CaseWord::Pending, 4)]));
    let stop = fixture.stop.clone();
    let world = fixture.world.clone();
    let simulation = fixture.simulation(Box::new(move |order, needs| {
        if world.now() > Duration::from_secs(50) {
            stop.request();
        }
        if order.case.as_str() == "A" && order.unit.name() == "qc" {
            return failing(ErrorKind::TaskFailed);
        }
        good(order, needs)
    }));
    let _ = fixture.control(&simulation).unwrap();
    fixture.stop = Stop::default();
    fixture.control(&simulation).unwrap();
    let after = RunStatus::read(fixture.out()).unwrap();
    assert_eq!(after.counts(), BTreeMap::from([(CaseWord::Done, 3), (CaseWord::Failed, 1)]));
    let line = &after.cases[0];
    assert_eq!((line.state, line.done, line.units), (CaseWord::Failed, 2, 5));
    assert_eq!(line.failure.as_ref().unwrap().message, "it broke");
    assert_eq!(after.trouble, None);
}
