//! A controller and what befalls its jobs, in a time that passes at once.

mod cancelling;
mod deaths;
mod flow;
mod retries;
mod submissions;
mod waits;

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
