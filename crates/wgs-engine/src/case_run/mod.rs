//! The state of one case during a run.

mod close;
mod repair;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use wgs_formats::{FileError, Result, digest::sha256_bytes};
use wgs_task::{TaskId, TaskSpec};

use crate::{
    CasePlan, Event, Graph, Happening, JobId, Observer, Time,
    cache::{self, Order, Provided},
    cluster::{CaseFiles, Unit},
    events::{FailureEntry, Journal},
    files::Digests,
    record::TaskRecord,
    run::{CaseLock, Manner, RunOptions, Scope},
    run_record::{Made, NotRunReason, TaskStatus},
    runner::Failure,
    state::StateFolder,
};

/// Seconds between two events of progress of one task in the journal.
const BETWEEN_PROGRESS_S: f64 = 1.0;

/// A case that the engine works on.
#[derive(Debug)]
pub(crate) struct CaseRun<'a> {
    index: usize,
    plan: &'a CasePlan,
    graph: &'a Graph,
    program: &'a str,
    started: Time,
    clock: Instant,
    tasks: Vec<TaskState>,
    failures: Vec<(usize, Failure)>,
    /// What makes going on with the case impossible.
    fatal: Option<Failure>,
    journal: Journal,
    shared: Shared,
    scope: Scope,
    /// How often each task had to wait for, or repeat, what was damaged.
    repairs: Vec<u32>,
    /// Whether a task that has to run needs the temporary outputs of each.
    wanted: Vec<bool>,
    /// Tasks outside the scope that have to run first.
    outdated: BTreeSet<usize>,
    verification: Verification,
    _lock: CaseLock,
}

/// Whether the files of a finished case are still as they were made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verification {
    Due,
    Running,
    Passed,
}

/// What workers need of a case.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    pub(crate) state: StateFolder,
    /// The folder of the case.
    pub(crate) folder: PathBuf,
    /// The record of the case's last run.
    pub(crate) run_record: PathBuf,
    pub(crate) digests: Arc<Digests>,
    /// Everything that the case's tasks promise.
    pub(crate) promised: Arc<BTreeSet<PathBuf>>,
    scratch: Option<PathBuf>,
}

impl Shared {
    fn new(plan: &CasePlan, scratch: Option<&Path>) -> Self {
        let outputs = plan.tasks.iter().flat_map(|task| &task.outputs);
        Self {
            state: StateFolder::of(&plan.layout),
            folder: plan.layout.folder().to_owned(),
            run_record: plan.layout.run_record(),
            digests: Arc::default(),
            promised: Arc::new(outputs.map(|output| output.path.clone()).collect()),
            scratch: scratch.map(|folder| folder.join(scratch_name(plan.layout.folder()))),
        }
    }

    /// The folder for the temporary files of a task.
    pub(crate) fn scratch(&self, task: &TaskId) -> PathBuf {
        match &self.scratch {
            None => self.state.scratch(task),
            Some(folder) => folder.with_extension(task.as_str()),
        }
    }
}

/// A name that no other case's folder has, and that is the same at each attempt: what a killed one
/// left on a machine goes when the next one comes there.
fn scratch_name(folder: &Path) -> String {
    let digest = sha256_bytes(folder.as_os_str().as_encoded_bytes());
    format!("wgs-pipe-{}", &digest[..16])
}

/// What becomes of a task during a run.
#[derive(Debug)]
enum TaskState {
    /// So many upstream tasks are not done.
    Waiting(usize),
    /// A worker compares it with its record.
    Checking,
    /// It waits for its turn.
    Ready(Arc<Order>),
    /// A worker clears the way, a process runs, or a worker verifies what came out.
    Running { order: Arc<Order>, last_progress: Option<Instant> },
    /// It is over.
    Over(Box<TaskStatus>),
}

impl<'a> CaseRun<'a> {
    /// Takes up a case, whose state folder exists.
    pub(crate) fn open(
        index: usize,
        plan: &'a CasePlan,
        graph: &'a Graph,
        options: &'a RunOptions,
        manner: Manner,
        lock: CaseLock,
    ) -> Result<Self> {
        let shared = Shared::new(plan, options.scratch.as_deref());
        if manner.trust_stamps {
            let records = plan.tasks.iter().filter_map(|task| cache::former(task, &shared.state));
            records.for_each(|record| record.trust_stamps(&shared.digests));
        }
        let journal = match manner.scope {
            Scope::Whole => {
                shared.state.remove_partials()?;
                plan.layout.events()
            }
            Scope::Task(task) => {
                let task = &plan.tasks[task].id;
                shared.state.remove_partials_of(task)?;
                CaseFiles::of(&plan.layout).events(&Unit::Task(task.clone()))
            }
        };
        let (tasks, outdated) = begin(plan, graph, manner.scope, &shared.state);
        let mut case = Self {
            index,
            plan,
            graph,
            program: &options.program,
            started: Time::now(),
            clock: Instant::now(),
            repairs: vec![0; tasks.len()],
            wanted: vec![false; tasks.len()],
            tasks,
            failures: Vec::new(),
            fatal: None,
            journal: Journal::open(journal)?,
            shared,
            scope: manner.scope,
            outdated,
            verification: match manner.scope {
                Scope::Whole => Verification::Due,
                Scope::Task(_) => Verification::Passed,
            },
            _lock: lock,
        };
        if let Scope::Task(own) = manner.scope {
            case.wanted[own] = case.is_waited_for(own);
        }
        Ok(case)
    }

    /// Tells that the run of the case starts; the tasks that wait for nothing are to be checked.
    pub(crate) fn start(&mut self, observer: &mut dyn Observer) -> Vec<usize> {
        let own = |(_, state): &(&TaskSpec, &TaskState)| !matches!(state, TaskState::Over(_));
        let tasks = self.plan.tasks.iter().zip(&self.tasks).filter(own);
        let tasks = tasks.map(|(task, _)| task.id.clone()).collect();
        let program = self.program.to_owned();
        let pid = std::process::id();
        self.tell(observer, Happening::RunStarted { program, pid, tasks });
        self.take_unblocked()
    }

    pub(crate) fn spec(&self, task: usize) -> &'a TaskSpec {
        &self.plan.tasks[task]
    }

    pub(crate) fn shared(&self) -> Shared {
        self.shared.clone()
    }

    pub(crate) fn plan(&self) -> &'a CasePlan {
        self.plan
    }

    pub(crate) fn job(&self, task: usize) -> JobId {
        let case = self.index;
        JobId { case, task }
    }

    /// What is known of a task that runs or is about to.
    pub(crate) fn order(&self, task: usize) -> Option<Arc<Order>> {
        match &self.tasks[task] {
            TaskState::Ready(order) | TaskState::Running { order, .. } => Some(Arc::clone(order)),
            _ => None,
        }
    }

    /// Threads of the tasks that are being checked, wait for their turn, or run.
    pub(crate) fn demand(&self) -> usize {
        let tasks = self.tasks.iter().zip(&self.plan.tasks);
        tasks
            .filter(|(state, _)| !matches!(state, TaskState::Waiting(_) | TaskState::Over(_)))
            .map(|(_, spec)| spec.resources.threads.max(1))
            .sum()
    }

    pub(crate) fn is_over(&self) -> bool {
        self.tasks.iter().all(|state| matches!(state, TaskState::Over(_)))
    }

    /// Whether nothing more of the case may start because the engine cannot go on with it.
    pub(crate) fn has_failed(&self) -> bool {
        self.fatal.is_some()
    }

    /// A task was compared with its record and has to run.
    pub(crate) fn queued(&mut self, task: usize, order: Order, observer: &mut dyn Observer) {
        let reason = order.reason.to_string();
        self.tasks[task] = TaskState::Ready(Arc::new(order));
        let task = self.id(task);
        self.tell(observer, Happening::TaskQueued { task, reason });
    }

    /// A task got its turn.
    pub(crate) fn taken(&mut self, task: usize) {
        if let TaskState::Ready(order) = &self.tasks[task] {
            let order = Arc::clone(order);
            self.tasks[task] = TaskState::Running { order, last_progress: None };
        }
    }

    pub(crate) fn process_started(&mut self, task: usize, observer: &mut dyn Observer) {
        let task = self.id(task);
        self.tell(observer, Happening::TaskStarted { task });
    }

    /// A task got further. The observer hears it always, the journal now and then.
    pub(crate) fn progress(
        &mut self,
        task: usize,
        (done, total): (u64, Option<u64>),
        observer: &mut dyn Observer,
    ) {
        let id = self.id(task);
        let TaskState::Running { last_progress, .. } = &mut self.tasks[task] else {
            return;
        };
        let event = self.plan.event(Happening::TaskProgress { task: id, done, total });
        observer.event(&event);
        let due =
            last_progress.is_none_or(|last| last.elapsed().as_secs_f64() >= BETWEEN_PROGRESS_S);
        if due || total == Some(done) {
            *last_progress = Some(Instant::now());
            self.write(&event);
        }
    }

    /// The outputs of a task were there already; the tasks to be checked now.
    pub(crate) fn reused(
        &mut self,
        task: usize,
        record: TaskRecord,
        observer: &mut dyn Observer,
    ) -> Vec<usize> {
        let Some(made) = self.made(task, record, observer) else { return Vec::new() };
        let id = self.id(task);
        self.tell(observer, Happening::TaskReused { task: id });
        self.done(task, TaskStatus::Reused { made })
    }

    /// A task ran and its outputs are verified; the tasks to be checked now.
    pub(crate) fn ran(
        &mut self,
        task: usize,
        record: TaskRecord,
        observer: &mut dyn Observer,
    ) -> Vec<usize> {
        let Some(made) = self.made(task, record, observer) else { return Vec::new() };
        let reason = self.order(task).map(|order| order.reason.to_string());
        let usage = &made.usage;
        let happening = Happening::TaskFinished {
            task: self.id(task),
            wall_s: usage.wall_s,
            core_s: usage.core_s(),
            max_rss_bytes: usage.max_rss_bytes,
        };
        self.tell(observer, happening);
        let reason = reason.unwrap_or_default();
        self.done(task, TaskStatus::Ran { reason, made })
    }

    /// What a task made; one whose summary cannot be read has failed.
    fn made(
        &mut self,
        task: usize,
        record: TaskRecord,
        observer: &mut dyn Observer,
    ) -> Option<Made> {
        let made = Made::of(record);
        if let Err(error) = &made {
            self.failed(task, Failure::from(error), observer);
        }
        made.ok()
    }

    /// A task failed, and all that wait for it do not run.
    pub(crate) fn failed(&mut self, task: usize, failure: Failure, observer: &mut dyn Observer) {
        let entry = FailureEntry::from(&failure);
        let happening = Happening::TaskFailed {
            task: self.id(task),
            failure: entry.clone(),
            log: self.shared.state.log(&self.plan.tasks[task].id),
        };
        self.tell(observer, happening);
        self.tasks[task] = TaskState::Over(Box::new(TaskStatus::Failed { failure: entry }));
        self.failures.push((task, failure));
        self.give_up_downstream(task, observer);
    }

    /// A task does not run, or was stopped, and all that wait for it do not run.
    pub(crate) fn not_run(&mut self, task: usize, observer: &mut dyn Observer) {
        let reason = match self.fatal {
            None => NotRunReason::Interrupted,
            Some(_) => NotRunReason::CaseFailed,
        };
        self.leave_out(task, reason, observer);
        self.give_up_downstream(task, observer);
    }

    /// Leaves out all that waits; the tasks that are ready or running, for the caller to end.
    pub(crate) fn abort(&mut self, observer: &mut dyn Observer) -> (Vec<usize>, Vec<usize>) {
        let of = |tasks: &[TaskState], is: fn(&TaskState) -> bool| -> Vec<usize> {
            (0..tasks.len()).filter(|&task| is(&tasks[task])).collect()
        };
        let ready = of(&self.tasks, |state| matches!(state, TaskState::Ready(_)));
        let waiting = of(&self.tasks, |state| matches!(state, TaskState::Waiting(_)));
        for &task in ready.iter().chain(&waiting) {
            if !matches!(self.tasks[task], TaskState::Over(_)) {
                self.not_run(task, observer);
            }
        }
        (ready, of(&self.tasks, |state| matches!(state, TaskState::Running { .. })))
    }

    /// What the upstream tasks of a task say that they made for it.
    pub(crate) fn provided(&self, task: usize) -> Arc<Provided> {
        let mut provided = Provided::default();
        for &producer in self.graph.upstream(task) {
            if let Some(made) = self.made_by(producer) {
                provided.add(producer, &made.outputs);
            }
        }
        Arc::new(provided)
    }

    /// Whether a task that has to run needs the temporary outputs of this one.
    pub(crate) fn is_wanted(&self, task: usize) -> bool {
        self.wanted[task]
    }

    fn made_by(&self, task: usize) -> Option<&Made> {
        match &self.tasks[task] {
            TaskState::Over(status) => status.made(),
            _ => None,
        }
    }

    fn id(&self, task: usize) -> TaskId {
        self.plan.tasks[task].id.clone()
    }

    fn tell(&mut self, observer: &mut dyn Observer, what: Happening) {
        let event = self.plan.event(what);
        observer.event(&event);
        self.write(&event);
    }

    fn write(&mut self, event: &Event) {
        if let Err(error) = self.journal.add(event) {
            self.fail(&error);
        }
    }

    fn fail(&mut self, error: &FileError) {
        self.fatal.get_or_insert_with(|| Failure::from(error));
    }

    fn done(&mut self, task: usize, status: TaskStatus) -> Vec<usize> {
        self.tasks[task] = TaskState::Over(Box::new(status));
        for &next in self.graph.downstream(task) {
            if let TaskState::Waiting(missing) = &mut self.tasks[next] {
                *missing -= 1;
            }
        }
        self.remove_consumed(task);
        self.take_unblocked()
    }

    fn take_unblocked(&mut self) -> Vec<usize> {
        let mut unblocked = Vec::new();
        for (task, state) in self.tasks.iter_mut().enumerate() {
            if matches!(state, TaskState::Waiting(0)) {
                *state = TaskState::Checking;
                unblocked.push(task);
            }
        }
        unblocked
    }

    fn leave_out(&mut self, task: usize, reason: NotRunReason, observer: &mut dyn Observer) {
        let status = TaskStatus::NotRun { reason: reason.clone() };
        self.tasks[task] = TaskState::Over(Box::new(status));
        let task = self.id(task);
        self.tell(observer, Happening::TaskNotRun { task, reason });
    }

    fn give_up_downstream(&mut self, task: usize, observer: &mut dyn Observer) {
        for &next in self.graph.downstream(task) {
            if matches!(self.tasks[next], TaskState::Waiting(_)) {
                let upstream = self.id(task);
                self.leave_out(next, NotRunReason::Upstream { upstream }, observer);
                self.give_up_downstream(next, observer);
            }
        }
    }
}

/// How tasks stand at the start, and those outside the scope that a task in it misses.
fn begin(
    plan: &CasePlan,
    graph: &Graph,
    scope: Scope,
    state: &StateFolder,
) -> (Vec<TaskState>, BTreeSet<usize>) {
    let Scope::Task(own) = scope else {
        let waiting = |task| TaskState::Waiting(graph.upstream(task).len());
        return ((0..plan.tasks.len()).map(waiting).collect(), BTreeSet::new());
    };
    let made = |task: &TaskSpec| Made::of(cache::former(task, state)?).ok();
    let others = plan.tasks.iter().map(|task| {
        let elsewhere = TaskStatus::NotRun { reason: NotRunReason::Elsewhere };
        TaskState::Over(Box::new(made(task).map_or(elsewhere, |made| TaskStatus::Reused { made })))
    });
    let mut tasks: Vec<_> = others.collect();
    let is_made = |state: &TaskState| matches!(state, TaskState::Over(s) if s.made().is_some());
    let missing: BTreeSet<usize> =
        graph.upstream(own).iter().copied().filter(|&t| !is_made(&tasks[t])).collect();
    tasks[own] = match missing.is_empty() {
        true => TaskState::Waiting(0),
        false => TaskState::Over(Box::new(TaskStatus::NotRun { reason: NotRunReason::Elsewhere })),
    };
    (tasks, missing)
}

impl CasePlan {
    fn event(&self, what: Happening) -> Event {
        let (time, case) = (Time::now(), self.case.id.clone());
        Event { time, case, what }
    }
}
