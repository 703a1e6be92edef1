//! What observers hear of a case as a whole: that it begins, once, with all its tasks; and that it is
//! over, once, when nothing more is to be done about it. Its jobs may begin and end any number of
//! times in between.

use std::collections::BTreeMap;

use wgs_task::TaskId;

use super::{controller::Controller, entry::Phase, shape, state::State};
use crate::{CaseState, Event, Happening, Time};

/// The cases of which something was told, and whether it was that they are over.
#[derive(Debug, Default)]
pub(super) struct Told(BTreeMap<u32, bool>);

impl State {
    /// Whether nothing more is to be done about a case.
    fn is_final(&self, case: u32) -> bool {
        let units = (0u16..).zip(&self.case(case).units);
        let ends = matches!(self.phase(case), Phase::Done | Phase::Failed | Phase::Cancelled);
        ends && self.case(case).stale == 0
            && !units.into_iter().any(|(unit, _)| self.is_ready(case, unit, false))
    }
}

impl Controller<'_> {
    /// Tells that a case begins, before anything else is told of it.
    pub(super) fn tell_start(&mut self, case: u32) {
        if self.told.0.contains_key(&case) {
            return;
        }
        self.told.0.insert(case, false);
        if !self.crew.observer.listens() {
            return;
        }
        let tasks = self.tasks(case);
        let is_done = |(task, done): &(TaskId, bool)| done.then(|| task.clone());
        let done: Vec<TaskId> = tasks.iter().filter_map(is_done).collect();
        let tasks = tasks.into_iter().map(|(task, _)| task).collect();
        let program = self.program.to_owned();
        self.tell(case, Happening::RunStarted { program, pid: std::process::id(), tasks });
        for task in done {
            self.tell(case, Happening::TaskReused { task });
        }
    }

    /// The tasks of a case, and whether jobs of their own are done with them; none where its plan
    /// cannot be read, which its jobs will tell.
    fn tasks(&self, case: u32) -> Vec<(TaskId, bool)> {
        let Ok(plan) = self.plan(case) else { return Vec::new() };
        let count = self.state.case(case).units.len();
        let units = (0u16..).take(count).map(|n| shape::unit(&plan, self.options.grain, n));
        let phases = self.state.case(case).units.iter().map(|unit| unit.phase);
        let done: Vec<_> = units
            .zip(phases)
            .filter(|(_, phase)| *phase == Phase::Done)
            .map(|(unit, _)| unit)
            .collect();
        let with_done = |task: wgs_task::TaskSpec| {
            let is_done = done.contains(&super::Unit::Task(task.id.clone()));
            (task.id, is_done)
        };
        plan.tasks.into_iter().map(with_done).collect()
    }

    /// Tells of those of some cases that are over.
    pub(super) fn tell_ends(&mut self, cases: &[u32]) {
        for &case in cases {
            let is_told = self.told.0.get(&case).copied();
            if is_told == Some(true)
                || is_told.is_none() && !self.state.is_requested(case)
                || !self.state.is_final(case)
            {
                continue;
            }
            self.told.0.insert(case, true);
            let state = match self.state.phase(case) {
                Phase::Failed => CaseState::Failed,
                Phase::Cancelled => CaseState::Interrupted,
                Phase::Done | Phase::Pending | Phase::Ordered => CaseState::Succeeded,
            };
            let mut failures = self.state.failures.range((case, 0)..=(case, u16::MAX));
            let failure = failures.next().map(|(_, failure)| failure.clone());
            self.tell(case, Happening::RunFinished { state, failure });
        }
    }

    fn tell(&mut self, case: u32, what: Happening) {
        let (time, case) = (Time::now(), self.state.case(case).id.clone());
        self.crew.observer.event(&Event { time, case, what });
    }
}
