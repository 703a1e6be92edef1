//! The end of a case: its record, and the report to the caller.

use std::fs::{self, File};

use super::{CaseRun, TaskState};
use crate::{
    Happening, Observer, Time,
    events::FailureEntry,
    run::{CaseReport, Scope, TaskFailure},
    run_record::{self, CaseState, NotRunReason, RunRecord, TaskEntry, TaskStatus, Totals},
    runner::Failure,
};

impl CaseRun<'_> {
    /// Writes `run.json`, and gives up the lock.
    pub(crate) fn close(mut self, observer: &mut dyn Observer) -> CaseReport {
        if matches!(self.scope, Scope::Whole) {
            self.vouch();
            if let Err(error) = self.record().write(self.plan) {
                self.fail(&error);
            }
        }
        let (state, failure) = (self.state(), self.fatal.as_ref().map(FailureEntry::from));
        self.tell(observer, Happening::RunFinished { state, failure });
        self.report()
    }

    pub(super) fn state(&self) -> CaseState {
        let not_run = |task: usize| self.scope.holds(task) && self.made_by(task).is_none();
        if self.fatal.is_some() || !self.failures.is_empty() {
            CaseState::Failed
        } else if (0..self.tasks.len()).any(not_run) {
            CaseState::Interrupted
        } else {
            CaseState::Succeeded
        }
    }

    /// Dates the specifications of tasks that were found up to date to the start of this run, when
    /// their inputs were as this run found them. Where that fails, one run more looks at them.
    fn vouch(&self) {
        let state = &self.shared.state;
        let Ok(started) = fs::metadata(state.lock()).and_then(|lock| lock.modified()) else {
            return;
        };
        for (spec, task) in self.plan.tasks.iter().zip(&self.tasks) {
            if let TaskState::Over(status) = task
                && let TaskStatus::Reused { .. } = **status
                && let Ok(file) = File::options().append(true).open(state.spec(&spec.id))
            {
                let _ = file.set_modified(started);
            }
        }
    }

    fn record(&self) -> RunRecord {
        let tasks: Vec<_> = self
            .plan
            .tasks
            .iter()
            .zip(&self.tasks)
            .map(|(spec, state)| {
                let status = match state {
                    TaskState::Over(status) => TaskStatus::clone(status),
                    _ => TaskStatus::NotRun { reason: NotRunReason::Interrupted },
                };
                TaskEntry::new(spec, status)
            })
            .collect();
        RunRecord {
            schema: run_record::SCHEMA.into(),
            program: self.program.to_owned(),
            state: self.state(),
            failure: self.fatal.as_ref().map(FailureEntry::from),
            started: self.started,
            finished: Time::now(),
            wall_s: self.clock.elapsed().as_secs_f64(),
            totals: Totals::of(&tasks),
            case: self.plan.case.clone(),
            bundle_digest: self.plan.bundle_digest.clone(),
            tasks,
        }
    }

    fn report(self) -> CaseReport {
        let count = |is: fn(&TaskStatus) -> bool| {
            let over = |state: &TaskState| matches!(state, TaskState::Over(status) if is(status));
            let own = self.tasks.iter().enumerate().filter(|(task, _)| self.scope.holds(*task));
            own.filter(|(_, state)| over(state)).count()
        };
        let (ran, reused, failed, not_run) = (
            count(|status| matches!(status, TaskStatus::Ran { .. })),
            count(|status| matches!(status, TaskStatus::Reused { .. })),
            count(|status| matches!(status, TaskStatus::Failed { .. })),
            count(|status| matches!(status, TaskStatus::NotRun { .. })),
        );
        let state = self.state();
        let mut failures = self.failures;
        failures.sort_by_key(|(task, _)| *task);
        let of_task = |(task, failure): (usize, Failure)| TaskFailure {
            log: Some(self.shared.state.log(&self.plan.tasks[task].id)),
            task: Some(self.plan.tasks[task].id.clone()),
            failure,
        };
        let of_case = self.fatal.map(|failure| TaskFailure { task: None, failure, log: None });
        CaseReport {
            case: self.plan.case.id.clone(),
            state,
            ran,
            reused,
            failed,
            not_run,
            outdated: self.outdated.iter().map(|&task| self.plan.tasks[task].id.clone()).collect(),
            failures: of_case.into_iter().chain(failures.into_iter().map(of_task)).collect(),
        }
    }
}
