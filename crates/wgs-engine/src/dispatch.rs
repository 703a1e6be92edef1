//! The one place that holds the state of a run. Workers and runners only send it messages.

use std::{
    collections::{BTreeMap, BTreeSet},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    time::Duration,
};

use rayon::Scope;
use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result};

use crate::{
    CasePlan, Graph, Observer,
    cache::{self, Check, Found},
    case_run::CaseRun,
    run::{CaseLock, CaseReport, Manner, RunOptions, RunReport, TaskFailure},
    run_record::CaseState,
    runner::{Ending, Failure, Job, JobId, Report, Reports, TaskRunner},
    schedule::Queue,
    work::{self, Conclusion, Prepared},
};

/// How long a request to stop may go unnoticed.
const POLL: Duration = Duration::from_millis(50);

/// What workers and runners tell.
#[derive(Debug)]
pub(crate) enum Message {
    Checked(JobId, Result<Found>),
    Prepared(JobId, Result<Prepared>),
    Job(JobId, Report),
    Concluded(JobId, Conclusion),
    Verified(usize, Result<BTreeSet<usize>>),
}

pub(crate) struct Dispatcher<'a> {
    cases: &'a [CasePlan],
    graphs: &'a [Graph],
    options: &'a RunOptions,
    manner: Manner,
    runner: &'a dyn TaskRunner,
    observer: &'a mut dyn Observer,
    /// Locks that were taken before the start.
    locks: BTreeMap<usize, CaseLock>,
    sender: Sender<Message>,
    receiver: Receiver<Message>,
    queue: Queue,
    open: BTreeMap<usize, CaseRun<'a>>,
    next_case: usize,
    reports: BTreeMap<usize, CaseReport>,
    stopping: bool,
}

impl<'a> Dispatcher<'a> {
    pub(crate) fn new(
        cases: &'a [CasePlan],
        graphs: &'a [Graph],
        locks: BTreeMap<usize, CaseLock>,
        options: &'a RunOptions,
        manner: Manner,
        runner: &'a dyn TaskRunner,
        observer: &'a mut dyn Observer,
    ) -> Self {
        let (sender, receiver) = mpsc::channel();
        Self {
            cases,
            graphs,
            options,
            manner,
            runner,
            observer,
            locks,
            sender,
            receiver,
            queue: Queue::new(options.limits),
            open: BTreeMap::new(),
            next_case: 0,
            reports: BTreeMap::new(),
            stopping: false,
        }
    }

    /// Works until every case is closed.
    pub(crate) fn run(mut self, scope: &Scope<'a>) -> RunReport {
        loop {
            self.heed_stop();
            self.close_cases(scope);
            self.open_cases(scope);
            self.start_jobs(scope);
            if self.open.is_empty() {
                return self.report();
            }
            match self.receiver.recv_timeout(POLL) {
                Ok(message) => self.handle(message, scope),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
        }
    }

    /// Takes up cases as long as those at work leave threads idle. So at most a machineful of
    /// inputs is read ahead of the tasks that need them.
    fn open_cases(&mut self, scope: &Scope<'a>) {
        while !self.stopping && self.next_case < self.cases.len() {
            let demand: usize = self.open.values().map(CaseRun::demand).sum();
            if demand >= self.options.limits.threads {
                return;
            }
            let index = self.next_case;
            self.next_case += 1;
            match self.open_case(index) {
                Err(error) => {
                    let report = self.not_opened(index, Some(Failure::from(&error)));
                    self.reports.insert(index, report);
                }
                Ok(mut case) => {
                    let tasks = case.start(self.observer);
                    self.open.insert(index, case);
                    self.check(index, tasks, scope);
                }
            }
        }
    }

    fn open_case(&mut self, index: usize) -> Result<CaseRun<'a>> {
        let plan = &self.cases[index];
        let lock = match self.locks.remove(&index) {
            Some(lock) => lock,
            None => CaseLock::take(plan, self.manner)?,
        };
        CaseRun::open(index, plan, &self.graphs[index], self.options, self.manner, lock)
    }

    /// Closes the cases whose tasks are over, once it is sure that what was made is still there.
    fn close_cases(&mut self, scope: &Scope<'a>) {
        let over = |(index, case): (&usize, &CaseRun<'_>)| {
            (case.is_over() && !case.is_being_verified()).then_some(*index)
        };
        let over: Vec<_> = self.open.iter().filter_map(over).collect();
        for index in over {
            if !self.stopping
                && let Some(case) = self.open.get_mut(&index)
                && case.starts_verification()
            {
                let (plan, verify) = (case.plan(), case.verifier());
                self.work(scope, plan, verify, move |damaged| Message::Verified(index, damaged));
                continue;
            }
            if let Some(case) = self.open.remove(&index) {
                self.reports.insert(index, case.close(self.observer));
            }
        }
    }

    fn check(&mut self, index: usize, tasks: Vec<usize>, scope: &Scope<'a>) {
        let Some(case) = self.open.get(&index) else {
            return;
        };
        for task in tasks {
            let (job, spec, shared) = (case.job(task), case.spec(task), case.shared());
            let (provided, all_outputs) = (case.provided(task), case.is_wanted(task));
            let stop = &self.options.stop;
            let check = move || {
                let (state, digests, provided) = (&shared.state, &*shared.digests, &provided);
                cache::check(spec, &Check { state, digests, provided, all_outputs, stop })
            };
            self.work(scope, case.plan(), check, move |found| Message::Checked(job, found));
        }
    }

    fn start_jobs(&mut self, scope: &Scope<'a>) {
        while let Some(id) = self.queue.pop() {
            let Some(case) = self.open.get_mut(&id.case) else {
                continue;
            };
            case.taken(id.task);
            let Some(order) = case.order(id.task) else { continue };
            let (spec, shared) = (case.spec(id.task), case.shared());
            let job = Job {
                id,
                case: case.plan().case.id.clone(),
                spec: spec.clone(),
                spec_file: shared.state.spec(&spec.id),
                log_file: shared.state.log(&spec.id),
                scratch: shared.scratch(&spec.id),
            };
            let (runner, stop, plan) = (self.runner, &self.options.stop, case.plan());
            let prepare = move || work::prepare(job, &order, &shared, runner, stop);
            self.work(scope, plan, prepare, move |job| Message::Prepared(id, job));
        }
    }

    fn handle(&mut self, message: Message, scope: &Scope<'a>) {
        // A worker may have heard of a request to stop before, and failed because of it.
        self.heed_stop();
        let id = match &message {
            Message::Checked(id, _)
            | Message::Prepared(id, _)
            | Message::Job(id, _)
            | Message::Concluded(id, _) => *id,
            Message::Verified(case, _) => JobId { case: *case, task: 0 },
        };
        let ends = self.ends(id);
        let Some(case) = self.open.get_mut(&id.case) else {
            return;
        };
        let mut unblocked = Vec::new();
        match message {
            Message::Checked(_, Ok(Found::UpToDate(record))) if !ends => {
                unblocked = case.reused(id.task, *record, self.observer);
            }
            Message::Checked(_, Ok(Found::Outdated(order))) if !ends => {
                case.queued(id.task, order, self.observer);
                self.queue.push(id, case.spec(id.task).resources);
            }
            Message::Checked(_, Ok(Found::Damaged(producers))) if !ends => {
                unblocked = case.damaged(id.task, &producers, self.observer);
            }
            Message::Prepared(_, Ok(Prepared::Ready(job))) if !ends => {
                self.runner.submit(*job, Reports::new(id, self.sender.clone()));
            }
            Message::Prepared(_, Ok(Prepared::Damaged(producers))) if !ends => {
                self.queue.remove(id);
                unblocked = case.damaged(id.task, &producers, self.observer);
            }
            Message::Checked(_, Err(error)) | Message::Prepared(_, Err(error)) if !ends => {
                case.failed(id.task, Failure::from(&error), self.observer);
                self.queue.remove(id);
            }
            Message::Checked(..) | Message::Prepared(..) => {
                case.not_run(id.task, self.observer);
                self.queue.remove(id);
            }
            Message::Job(_, Report::Started) => case.process_started(id.task, self.observer),
            Message::Job(_, Report::Progress { done, total }) => {
                case.progress(id.task, (done, total), self.observer);
            }
            Message::Job(_, Report::Ended(ending)) => self.conclude(id, ending, scope),
            Message::Concluded(_, conclusion) => {
                self.queue.remove(id);
                match conclusion {
                    Conclusion::Done(record) => {
                        unblocked = case.ran(id.task, *record, self.observer);
                    }
                    Conclusion::Failed(failure) => case.failed(id.task, failure, self.observer),
                    Conclusion::Damaged(producers) if !ends => {
                        unblocked = case.damaged(id.task, &producers, self.observer);
                    }
                    Conclusion::Damaged(_) | Conclusion::Cancelled => {
                        case.not_run(id.task, self.observer);
                    }
                }
            }
            Message::Verified(_, damaged) => unblocked = case.verified(damaged, self.observer),
        }
        self.check(id.case, unblocked, scope);
        if !ends && self.ends(id) {
            self.abort(id.case);
        }
    }

    /// Whether no more work of a job's case is to be started.
    fn ends(&self, id: JobId) -> bool {
        self.stopping || self.open.get(&id.case).is_some_and(CaseRun::has_failed)
    }

    fn conclude(&self, id: JobId, ending: Ending, scope: &Scope<'a>) {
        let Some(case) = self.open.get(&id.case) else {
            return;
        };
        let Some(order) = case.order(id.task) else {
            return;
        };
        let (spec, shared, program) = (case.spec(id.task), case.shared(), &self.options.program);
        let conclude = move || Ok(work::conclude(spec, &order, ending, &shared, program));
        self.work(scope, case.plan(), conclude, move |conclusion| {
            let lost = |error: FileError| Conclusion::Failed(Failure::from(&error));
            Message::Concluded(id, conclusion.unwrap_or_else(lost))
        });
    }

    /// Once asked to, stops everything that runs; what ended already is still verified and
    /// recorded.
    fn heed_stop(&mut self) {
        if self.stopping || !self.options.stop.is_requested() {
            return;
        }
        self.stopping = true;
        let open: Vec<_> = self.open.keys().copied().collect();
        for case in open {
            self.abort(case);
        }
    }

    fn abort(&mut self, index: usize) {
        let Some(case) = self.open.get_mut(&index) else {
            return;
        };
        let (ready, running) = case.abort(self.observer);
        for task in ready {
            self.queue.remove(case.job(task));
        }
        for task in running {
            self.runner.cancel(case.job(task));
        }
    }

    /// Has a worker do something, and send what came of it even when it panicked.
    fn work<T>(
        &self,
        scope: &Scope<'a>,
        plan: &'a CasePlan,
        act: impl FnOnce() -> Result<T> + Send + 'a,
        message: impl FnOnce(Result<T>) -> Message + Send + 'a,
    ) {
        let sender = self.sender.clone();
        scope.spawn(move |_| {
            let result = catch_unwind(AssertUnwindSafe(act)).unwrap_or_else(|_| {
                let reason = "the engine failed at this case, which is a defect";
                Err(FileError::new(plan.layout.folder(), ErrorKind::TaskFailed, reason))
            });
            // Nobody listens when the run was given up.
            let _ = sender.send(message(result));
        });
    }

    fn report(mut self) -> RunReport {
        for index in self.next_case..self.cases.len() {
            let report = self.not_opened(index, None);
            self.reports.insert(index, report);
        }
        RunReport { interrupted: self.stopping, cases: self.reports.into_values().collect() }
    }

    fn not_opened(&self, index: usize, failure: Option<Failure>) -> CaseReport {
        let plan = &self.cases[index];
        CaseReport {
            case: plan.case.id.clone(),
            state: match failure {
                Some(_) => CaseState::Failed,
                None => CaseState::Interrupted,
            },
            ran: 0,
            reused: 0,
            failed: 0,
            not_run: plan.tasks.len(),
            outdated: Vec::new(),
            failures: failure
                .into_iter()
                .map(|failure| TaskFailure { task: None, failure, log: None })
                .collect(),
        }
    }
}
