//! Parts of a case as jobs of their own.

use std::{cell::RefCell, fs, path::PathBuf};

use serde_json::json;
use wgs_core::ErrorKind;
use wgs_engine::{
    CasePlan, CaseState, Event, Failure, Happening, NoObserver, Processes, Program, Stop,
    TaskRunner,
    cluster::{self, AtEnd, CaseFiles, Ending, Order, Unit, UnitResult},
};
use wgs_formats::{digest, output};
use wgs_task::TaskId;

use crate::support::{Fixture, PROGRAM, wait_until};

fn task(id: &str) -> Unit {
    Unit::Task(TaskId::of_case(id))
}

fn order(fixture: &Fixture, plan: &CasePlan, unit: Unit) -> Order {
    let files = CaseFiles::of(&plan.layout);
    output::create_folder(files.plan().parent().unwrap()).unwrap();
    output::write_json(&files.plan(), plan).unwrap();
    Order {
        slot: 3,
        case: plan.case.id.clone(),
        plan: files.plan(),
        plan_digest: digest::sha256_file(&files.plan()).unwrap()[..16].into(),
        ending: files.ending(&unit),
        unit,
        attempt: 1,
        token: "t-1".into(),
        verify: false,
        limits: fixture.limits,
        scratch: None,
    }
}

fn carry_out(fixture: &Fixture, order: &Order) -> Ending {
    carry_out_with(fixture, order, &|_, _| Ok(None))
}

fn carry_out_with(fixture: &Fixture, order: &Order, at_end: &AtEnd<'_>) -> Ending {
    let batch = fixture.path(&format!("{}.jsonl", order.unit.name()));
    Order::write_all(std::slice::from_ref(order), &batch).unwrap();
    let runner = Processes::new(Program::new(PROGRAM));
    let runner: &dyn TaskRunner = &runner;
    let stop = Stop::default();
    let ending =
        cluster::work(&batch, 3, "test 1", &stop, runner, &mut NoObserver, at_end).unwrap();
    assert_eq!(Ending::read(&order.ending).unwrap().unwrap().result, ending.result);
    ending
}

fn work(fixture: &Fixture, plan: &CasePlan, unit: Unit) -> UnitResult {
    carry_out(fixture, &order(fixture, plan, unit)).result
}

const TASKS: [&str; 4] = ["reads.S1", "qc.S1", "call", "report"];
const RAN: UnitResult = UnitResult::Done { ran: 1, reused: 0 };

fn outdated(tasks: &[&str]) -> UnitResult {
    UnitResult::Outdated { tasks: tasks.iter().map(|id| TaskId::of_case(id)).collect() }
}

fn cram() -> &'static str {
    "out/C1/reads/S1.cram"
}

fn events(fixture: &Fixture) -> Vec<Event> {
    let text = fs::read_to_string(fixture.path("out/C1/events.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn units_one_by_one_make_what_one_run_makes() {
    let whole = Fixture::new();
    whole.complete(&[whole.case("C1")]);
    let fixture = Fixture::new();
    let plan = fixture.case("C1");
    for id in TASKS {
        assert_eq!(work(&fixture, &plan, task(id)), RAN, "{id}");
        assert!(!fixture.path("out/C1/run.json").exists());
    }
    let done = UnitResult::Done { ran: 0, reused: 4 };
    assert_eq!(work(&fixture, &plan, Unit::Close), done);
    let names = |fixture: &Fixture| -> Vec<PathBuf> {
        let out = fixture.path("out");
        fixture.results().keys().map(|path| path.strip_prefix(&out).unwrap().to_owned()).collect()
    };
    assert_eq!(names(&fixture), names(&whole));
    assert_eq!(fixture.statuses("C1"), ["reused"; 4]);
    let finished = |event: &Event| matches!(event.what, Happening::TaskFinished { .. });
    assert_eq!(events(&fixture).iter().filter(|e| finished(e)).count(), 4);
    assert_eq!(work(&fixture, &plan, Unit::Close), done);
    assert_eq!(events(&fixture).iter().filter(|e| finished(e)).count(), 4, "told once");
    assert_eq!(work(&fixture, &plan, Unit::Case), done);
}

#[test]
fn a_whole_case_is_one_job() {
    let fixture = Fixture::new();
    let plan = fixture.case("C1");
    fixture.control("call", &json!({"pause_ms": 50}));
    let ending = carry_out(&fixture, &order(&fixture, &plan, Unit::Case));
    assert_eq!(ending.result, UnitResult::Done { ran: 4, reused: 0 });
    assert_eq!((ending.attempt, ending.case.as_str()), (1, "C1"));
    assert!(ending.core_s >= ending.task_core_s && ending.task_core_s > 0.0, "{ending:?}");
    assert!(ending.max_rss_bytes > 1 << 18 && ending.finished > ending.started);
    assert_eq!(fixture.statuses("C1"), ["ran"; 4]);
}

#[test]
fn what_is_missing_or_damaged_upstream_is_named() {
    let fixture = Fixture::new();
    let plan = fixture.case("C1");
    assert_eq!(work(&fixture, &plan, task("report")), outdated(&["qc.S1", "call"]).sorted(&plan));
    assert_eq!(work(&fixture, &plan, task("reads.S1")), RAN);
    output::write(&fixture.path(cram()), "damage").unwrap();
    assert_eq!(work(&fixture, &plan, task("call")), outdated(&["reads.S1"]));
    assert_eq!(work(&fixture, &plan, task("reads.S1")), RAN);
    fs::remove_file(fixture.path(cram())).unwrap();
    assert_eq!(work(&fixture, &plan, task("call")), outdated(&["reads.S1"]));
    assert!(!fixture.path("out/C1/variants/C.vcf.gz").exists());
}

trait Sorted {
    fn sorted(self, plan: &CasePlan) -> Self;
}

impl Sorted for UnitResult {
    fn sorted(mut self, plan: &CasePlan) -> Self {
        if let Self::Outdated { tasks } = &mut self {
            tasks.sort_by_key(|id| plan.tasks.iter().position(|task| task.id == *id));
        }
        self
    }
}

#[test]
fn temporary_outputs_are_made_again_for_the_job_that_needs_them() {
    let fixture = Fixture::new();
    let mut plan = fixture.case("C1");
    for output in &mut plan.tasks[0].outputs {
        *output = wgs_task::Output::temporary(output.name.clone(), &output.path);
    }
    let there = || fixture.path(cram()).exists();
    assert_eq!((work(&fixture, &plan, task("reads.S1")), there()), (RAN, true));
    assert_eq!((work(&fixture, &plan, task("call")), there()), (RAN, false));
    let reused = UnitResult::Done { ran: 0, reused: 1 };
    assert_eq!((work(&fixture, &plan, task("reads.S1")), there()), (reused, false));
    fs::remove_file(fixture.path("out/C1/variants/C.vcf.gz")).unwrap();
    assert_eq!(work(&fixture, &plan, task("call")), outdated(&["reads.S1"]));
    assert_eq!((work(&fixture, &plan, task("reads.S1")), there()), (RAN, true));
    assert_eq!((work(&fixture, &plan, task("call")), there()), (RAN, false));
}

#[test]
fn a_verifying_job_reads_what_others_trust() {
    let fixture = Fixture::new();
    let plan = fixture.case("C1");
    for id in TASKS {
        assert_eq!(work(&fixture, &plan, task(id)), RAN);
    }
    let record = fixture.path("out/C1/.wgs-pipe/tasks/reads.S1.json");
    let text = fs::read_to_string(&record).unwrap();
    let digest = digest::sha256_file(&fixture.path(cram())).unwrap();
    output::write(&record, text.replace(&digest, &"0".repeat(64))).unwrap();
    let mut close = order(&fixture, &plan, Unit::Close);
    close.verify = true;
    assert_eq!(carry_out(&fixture, &close).result, outdated(&["reads.S1"]));
}

#[test]
fn closing_finds_what_was_done_to_finished_files() {
    let fixture = Fixture::new();
    let plan = fixture.case("C1");
    assert_eq!(work(&fixture, &plan, Unit::Close), outdated(&TASKS).sorted(&plan));
    for id in TASKS {
        assert_eq!(work(&fixture, &plan, task(id)), RAN);
    }
    let path = fixture.path(cram());
    let size = fs::metadata(&path).unwrap().len() as usize;
    output::write(&path, vec![b'x'; size]).unwrap();
    assert_eq!(work(&fixture, &plan, Unit::Close), outdated(&["reads.S1"]));
    assert!(!fixture.path("out/C1/run.json").exists());
    assert_eq!(work(&fixture, &plan, task("reads.S1")), RAN);
    assert_eq!(work(&fixture, &plan, Unit::Close), UnitResult::Done { ran: 0, reused: 4 });
    fs::remove_file(&path).unwrap();
    fixture.control("reads.S1", &json!({"exit_code": 10}));
    work(&fixture, &plan, task("reads.S1"));
    assert!(!fixture.path("out/C1/run.json").exists(), "it told of an older success");
}

#[test]
fn a_unit_of_a_case_keeps_runs_of_the_whole_case_away_and_lets_its_next_attempt_wait() {
    let fixture = Fixture::new();
    let plan = fixture.case("C1");
    fixture.control("reads.S1", &json!({"pause_ms": 1500}));
    std::thread::scope(|scope| {
        let reads = scope.spawn(|| work(&fixture, &plan, task("reads.S1")));
        wait_until("the first unit", || !fixture.processes().is_empty());
        assert_eq!(work(&fixture, &plan, task("qc.S1")), RAN);
        let runner = Processes::new(Program::new(PROGRAM));
        let cases = std::slice::from_ref(&plan);
        let refused =
            wgs_engine::run(cases, &fixture.options(), &runner, &mut NoObserver).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Permission);
        let waited = UnitResult::Done { ran: 0, reused: 1 };
        assert_eq!(work(&fixture, &plan, task("reads.S1")), waited, "it waits for the first");
        assert_eq!(reads.join().unwrap(), RAN);
    });
}

#[test]
fn a_unit_whose_case_stays_occupied_says_so_and_touches_nothing() {
    let fixture = Fixture::new();
    let plan = fixture.case("C1");
    // Longer than a job waits for an earlier one to notice its end.
    fixture.control("reads.S1", &json!({"pause_ms": 600_000}));
    let mut earlier = fixture.engine(std::slice::from_ref(&plan));
    wait_until("the earlier run", || !fixture.processes().is_empty());
    let result = work(&fixture, &plan, Unit::Case);
    let UnitResult::Occupied { by } = result else { panic!("{result:?}") };
    assert!(by.contains(&format!("process {}", earlier.id())), "{by}");
    let begun: Vec<_> = fixture.trace().into_iter().filter(|line| line[1] == "begin").collect();
    assert_eq!(begun.len(), 2, "those of the earlier run alone: {begun:?}");
    earlier.kill().unwrap();
    earlier.wait().unwrap();
}

#[test]
fn a_task_that_fails_is_named_with_its_log() {
    let fixture = Fixture::new();
    let plan = fixture.case("C1");
    fixture.control("qc.S1", &json!({"exit_code": 7, "message": "ends early"}));
    let result = work(&fixture, &plan, task("qc.S1"));
    let UnitResult::Failed { task: Some(id), failure, log: Some(log) } = result else {
        panic!("{result:?}")
    };
    assert_eq!((id.as_str(), failure.exit_code), ("qc.S1", 7));
    assert!(fs::read_to_string(log).unwrap().contains("task qc.S1 begins"));
}

#[test]
fn an_order_that_is_not_there_or_of_another_case_is_refused() {
    let fixture = Fixture::new();
    let (one, other) = (fixture.case("C1"), fixture.case("C2"));
    let mut order_of_one = order(&fixture, &one, Unit::Case);
    let order_of_other = order(&fixture, &other, Unit::Case);
    (order_of_one.plan, order_of_one.plan_digest) =
        (order_of_other.plan, order_of_other.plan_digest);
    let result = carry_out(&fixture, &order_of_one).result;
    let UnitResult::Failed { failure, .. } = result else { panic!("{result:?}") };
    assert!(failure.message.contains("of the case C2, not of C1"), "{failure:?}");
    let error = Order::read(&fixture.path("-case.jsonl"), 4).unwrap_err();
    assert!(error.to_string().contains("no order has the slot 4"), "{error}");
}

#[test]
fn a_plan_that_is_not_the_ordered_one_is_not_carried_out() {
    let fixture = Fixture::new();
    let mut plan = fixture.case("C1");
    let ordered = order(&fixture, &plan, Unit::Case);
    plan.tasks[0].params["salt"] = 2.into();
    output::write_json(&ordered.plan, &plan).unwrap();
    let result = carry_out(&fixture, &ordered).result;
    let UnitResult::Failed { task: None, failure, .. } = result else { panic!("{result:?}") };
    assert!(failure.message.contains("is not the plan that was ordered"), "{failure:?}");
    assert_eq!(fixture.trace().len(), 0);
}

#[test]
fn the_end_of_a_case_is_looked_at_before_it_is_told() {
    let fixture = Fixture::new();
    let plan = fixture.case("C1");
    let seen = RefCell::new(Vec::new());
    let at_end = |_: &CasePlan, state: CaseState| {
        seen.borrow_mut().push((state, fixture.path("out/C1/run.json").exists()));
        Ok(Some(Failure::new(ErrorKind::QualityGate, "too few reads")))
    };
    let carry_out = |unit| carry_out_with(&fixture, &order(&fixture, &plan, unit), &at_end);
    for id in TASKS {
        assert_eq!(carry_out(task(id)).missed_gate, None);
    }
    assert_eq!(seen.take(), []);
    for unit in [Unit::Close, Unit::Case] {
        let ending = carry_out(unit);
        assert!(matches!(ending.result, UnitResult::Done { .. }), "{ending:?}");
        assert_eq!(ending.missed_gate.unwrap().message, "too few reads");
        assert_eq!(seen.take(), [(CaseState::Succeeded, true)]);
    }
    fs::remove_file(fixture.path("out/C1/report/report.html")).unwrap();
    fixture.control("report", &json!({"exit_code": 10}));
    assert_eq!(carry_out(Unit::Case).missed_gate, None);
    assert_eq!(seen.take(), [(CaseState::Failed, true)]);
    fixture.release();
    let broken = |_: &CasePlan, _| Err(Failure::new(ErrorKind::OutOfSpace, "no room"));
    let ending = carry_out_with(&fixture, &order(&fixture, &plan, Unit::Case), &broken);
    let UnitResult::Failed { failure, .. } = ending.result else { panic!("{ending:?}") };
    assert_eq!(failure.message, "no room");
}
