//! A run: everything that cases still need is done.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use nix::unistd::{AccessFlags, access};
use wgs_core::{CaseId, ErrorKind};
use wgs_formats::{FileError, Result, output};
use wgs_task::{Limits, TaskId};

use crate::{
    CasePlan, CaseState, Failure, Graph, Observer, Stop, TaskRunner, dispatch::Dispatcher, graph,
    lock::Lock, plan, state::StateFolder,
};

/// Locks that are held from the start of a run to the end of the case. Later cases are locked when
/// their turn comes, because each lock is an open file.
const HELD_LOCKS: usize = 256;

/// How to run.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// What all running tasks may use together.
    pub limits: Limits,
    /// The program that runs, with its version; for records.
    pub program: String,
    /// Ends the run early.
    pub stop: Stop,
    /// Folder on a disk of this machine for the temporary files of tasks, in place of the folder of
    /// their case.
    pub scratch: Option<PathBuf>,
}

/// What an engine does of its cases.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Scope {
    /// Every task, and the record of the run.
    #[default]
    Whole,
    /// One task. The others are as their records say; other engines may work on them.
    Task(usize),
}

impl Scope {
    pub(crate) fn holds(self, task: usize) -> bool {
        match self {
            Self::Whole => true,
            Self::Task(own) => own == task,
        }
    }
}

/// How an engine that runs as a job of many works.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Manner {
    pub(crate) scope: Scope,
    /// Whether files that were not touched since a record was written are what it says, unread.
    pub(crate) trust_stamps: bool,
    /// How long an earlier attempt on another machine may take to let go of the case.
    pub(crate) patience: Duration,
}

/// What came of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunReport {
    /// The cases, in the order given.
    pub cases: Vec<CaseReport>,
    /// Whether the run was asked to stop.
    pub interrupted: bool,
}

/// What came of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseReport {
    /// The case.
    pub case: CaseId,
    /// How it stands.
    pub state: CaseState,
    /// Number of tasks that ran.
    pub ran: usize,
    /// Number of tasks whose outputs were there.
    pub reused: usize,
    /// Number of tasks that failed.
    pub failed: usize,
    /// Number of tasks that did not run, or were stopped.
    pub not_run: usize,
    /// What failed, in the order of the plan.
    pub failures: Vec<TaskFailure>,
    /// Tasks outside of what was to be run that have to run (again) first.
    pub(crate) outdated: Vec<TaskId>,
}

/// What failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskFailure {
    /// The task; none where the case as such failed.
    pub task: Option<TaskId>,
    /// Why.
    pub failure: Failure,
    /// The task's log.
    pub log: Option<PathBuf>,
}

impl RunReport {
    /// The class of the run's failure, if it did not succeed: that it was interrupted, or else
    /// that of the first failure in the order of cases and tasks.
    pub fn error_kind(&self) -> Option<ErrorKind> {
        if self.interrupted && self.cases.iter().any(|case| case.state != CaseState::Succeeded) {
            return Some(ErrorKind::Interrupted);
        }
        let mut failures = self.cases.iter().flat_map(|case| &case.failures);
        failures.next().map(|failure| failure.failure.kind)
    }
}

/// Runs every task of every case whose outputs are not there yet, through `runner`.
///
/// A failure of one task leaves out only what waits for it. A request to stop ends running tasks;
/// what was finished stays, and the next run goes on from there.
///
/// # Errors
///
/// Before anything starts: what [`Graph::of_case`] says, a task beyond the limits, a folder that
/// may not be written, a case on which another run works. What happens later is in the report.
pub fn run(
    cases: &[CasePlan],
    options: &RunOptions,
    runner: &dyn TaskRunner,
    observer: &mut dyn Observer,
) -> Result<RunReport> {
    graph::check_cases(cases)?;
    let graphs = cases
        .iter()
        .map(|case| graph::check_limits(case, options.limits).and_then(|()| Graph::of_case(case)))
        .collect::<Result<Vec<_>>>()?;
    run_graphs(cases, &graphs, options, Manner::default(), runner, observer)
}

/// As [`run`], for cases whose graphs are known.
pub(crate) fn run_graphs(
    cases: &[CasePlan],
    graphs: &[Graph],
    options: &RunOptions,
    manner: Manner,
    runner: &dyn TaskRunner,
    observer: &mut dyn Observer,
) -> Result<RunReport> {
    let mut locks = BTreeMap::new();
    for (index, case) in cases.iter().enumerate() {
        let lock = take_folder(case, manner)?;
        if index < HELD_LOCKS {
            locks.insert(index, lock);
        }
    }
    let pool = plan::pool(options.limits.threads)?;
    let dispatcher = Dispatcher::new(cases, graphs, locks, options, manner, runner, observer);
    Ok(pool.in_place_scope(|scope| dispatcher.run(scope)))
}

/// Makes the folders of a case, and checks that all that tasks write into may be written.
fn take_folder(plan: &CasePlan, manner: Manner) -> Result<CaseLock> {
    let state = StateFolder::of(&plan.layout);
    state.create()?;
    writable(plan.layout.folder())?;
    for folder in graph::output_folders(plan) {
        output::create_folder(&folder)?;
        writable(&folder)?;
    }
    CaseLock::take(plan, manner)
}

/// What keeps other engines away from a case, or from a part of it.
#[derive(Debug)]
pub(crate) struct CaseLock {
    _case: Lock,
    _part: Option<Lock>,
}

impl CaseLock {
    pub(crate) fn take(plan: &CasePlan, manner: Manner) -> Result<Self> {
        let state = StateFolder::of(&plan.layout);
        let (path, patience) = (state.lock(), manner.patience);
        Ok(match manner.scope {
            Scope::Whole => Self { _case: Lock::take_within(patience, &path)?, _part: None },
            Scope::Task(task) => {
                let part = state.part_lock(plan.tasks[task].id.as_str());
                let _case = Lock::share_within(patience, &path)?;
                Self { _case, _part: Some(Lock::take_within(patience, &part)?) }
            }
        })
    }
}

fn writable(folder: &Path) -> Result<()> {
    access(folder, AccessFlags::W_OK | AccessFlags::X_OK)
        .map_err(|e| FileError::io(folder, e.into()).hint("choose another output folder"))
}
