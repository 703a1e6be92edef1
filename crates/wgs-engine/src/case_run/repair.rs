//! Files of a case that are not, or not any more, what its tasks made: taken out of the way once they
//! are consumed, made again when they are damaged.

use std::collections::{BTreeMap, BTreeSet};

use wgs_core::ErrorKind;
use wgs_formats::Result;
use wgs_task::TaskSpec;

use super::{CaseRun, TaskState, Verification};
use crate::{
    CaseState, Observer, cache, record::TaskRecord, run::Scope, run_record::NotRunReason,
    runner::Failure, state,
};

/// How often one task may meet damage during a run. Who damages files that often is not chance.
const MAX_REPAIRS: u32 = 5;

impl CaseRun<'_> {
    /// What these upstream tasks made for a task is damaged or gone: they are looked at again, and
    /// the task waits for them. The tasks to be checked now.
    pub(crate) fn damaged(
        &mut self,
        task: usize,
        producers: &BTreeSet<usize>,
        observer: &mut dyn Observer,
    ) -> Vec<usize> {
        if let Scope::Task(_) = self.scope {
            let is_gone = |&producer: &usize| has_temporary(&self.plan.tasks[producer]);
            if producers.iter().any(is_gone)
                && let Err(error) =
                    TaskRecord::remove(&self.shared.state.record(&self.plan.tasks[task].id))
            {
                self.fail(&error);
            }
            self.outdated.extend(producers);
            self.leave_out(task, NotRunReason::Elsewhere, observer);
            return Vec::new();
        }
        if !self.may_repair(task, observer) {
            return Vec::new();
        }
        self.tasks[task] = TaskState::Waiting(0);
        let mut to_check = Vec::new();
        for &producer in producers {
            self.wanted[producer] = true;
            if self.made_by(producer).is_some() {
                self.reopen(producer, task);
                to_check.push(producer);
            }
        }
        let upstream = self.graph.upstream(task);
        match upstream.iter().filter(|&&t| self.made_by(t).is_none()).count() {
            0 => {
                self.tasks[task] = TaskState::Checking;
                to_check.push(task);
            }
            missing => self.tasks[task] = TaskState::Waiting(missing),
        }
        to_check
    }

    /// Outputs of these tasks are damaged or gone, though all is done. The tasks to be checked now.
    pub(crate) fn verified(
        &mut self,
        damaged: Result<BTreeSet<usize>>,
        observer: &mut dyn Observer,
    ) -> Vec<usize> {
        self.verification = Verification::Passed;
        let damaged = match damaged {
            Ok(damaged) => damaged,
            Err(error) => {
                self.fail(&error);
                return Vec::new();
            }
        };
        for &task in &damaged {
            // More than any task waits for: none of these is taken up before all are known.
            self.tasks[task] = TaskState::Waiting(usize::MAX);
            self.verification = Verification::Due;
        }
        for &task in &damaged {
            self.may_repair(task, observer);
        }
        for &task in &damaged {
            if let TaskState::Waiting(_) = self.tasks[task] {
                let upstream = self.graph.upstream(task).iter();
                let missing = upstream.filter(|&&task| self.made_by(task).is_none()).count();
                self.tasks[task] = TaskState::Waiting(missing);
            }
        }
        self.take_unblocked()
    }

    /// Whether all is done, and is to be looked at once more; from now on somebody does.
    pub(crate) fn starts_verification(&mut self) -> bool {
        let starts = self.verification == Verification::Due && self.state() == CaseState::Succeeded;
        if starts {
            self.verification = Verification::Running;
        }
        starts
    }

    pub(crate) fn is_being_verified(&self) -> bool {
        self.verification == Verification::Running
    }

    /// What looks at everything once more; reads only files that were touched since. A task is
    /// found as well that read something else than what was made in the end, because that was made
    /// again after it.
    pub(crate) fn verifier(&self) -> impl FnOnce() -> Result<BTreeSet<usize>> + Send + use<> {
        let made = |task: usize| {
            Some((task, self.plan.tasks[task].clone(), self.made_by(task)?.outputs.clone()))
        };
        let made: Vec<_> = (0..self.tasks.len()).filter_map(made).collect();
        let digests = self.shared.digests.clone();
        let mut damaged = self.made_from_others();
        move || {
            for (task, spec, outputs) in made {
                if cache::is_damaged(&spec, &outputs, &digests)? {
                    damaged.insert(task);
                }
            }
            Ok(damaged)
        }
    }

    /// Tasks whose inputs were not what other tasks made in the end.
    fn made_from_others(&self) -> BTreeSet<usize> {
        let made = || (0..self.tasks.len()).filter_map(|task| Some((task, self.made_by(task)?)));
        let outputs = made().flat_map(|(_, made)| &made.outputs);
        let digests: BTreeMap<_, _> =
            outputs.map(|output| (&output.path, &output.sha256)).collect();
        let differs = |input: &crate::FileEntry| {
            digests.get(&input.path).is_some_and(|made| **made != input.sha256)
        };
        made().filter(|(_, made)| made.inputs.iter().any(differs)).map(|(task, _)| task).collect()
    }

    /// Removes the temporary outputs of a task that was done, and of those before it, once nobody
    /// needs them any more.
    pub(super) fn remove_consumed(&mut self, task: usize) {
        // What a job made, the jobs remove that read it.
        let own = matches!(self.scope, Scope::Whole).then_some(task);
        let candidates: Vec<usize> = self.graph.upstream(task).iter().copied().chain(own).collect();
        for candidate in candidates {
            let spec = &self.plan.tasks[candidate];
            let mut temporary = spec.outputs.iter().filter(|output| output.temporary).peekable();
            if temporary.peek().is_none() || !self.is_consumed(candidate) {
                continue;
            }
            self.wanted[candidate] = false;
            if let Err(error) = temporary.try_for_each(|output| state::remove_file(&output.path)) {
                self.fail(&error);
            }
        }
    }

    /// Whether a job of one task has to make its temporary outputs again, though its record is right:
    /// a task that reads them has no record, because it never ran, or gave its record up to have them.
    pub(super) fn is_waited_for(&self, task: usize) -> bool {
        let has_record =
            |&reader: &usize| cache::former(&self.plan.tasks[reader], &self.shared.state).is_some();
        has_temporary(&self.plan.tasks[task]) && !self.graph.downstream(task).iter().all(has_record)
    }

    /// Whether all that read what a task made are done with what it made.
    fn is_consumed(&self, task: usize) -> bool {
        let Some(made) = self.made_by(task) else { return false };
        self.graph.downstream(task).iter().all(|&reader| match self.scope {
            Scope::Whole => self.made_by(reader).is_some(),
            Scope::Task(own) if own == reader => self.made_by(reader).is_some(),
            Scope::Task(_) => cache::former(&self.plan.tasks[reader], &self.shared.state)
                .is_some_and(|record| {
                    let read =
                        |entry| record.inputs.iter().any(|i: &crate::FileEntry| same(i, entry));
                    let of_reader = |entry: &&crate::FileEntry| {
                        record.inputs.iter().any(|input| input.path == entry.path)
                    };
                    made.outputs.iter().filter(of_reader).all(read)
                }),
        })
    }

    /// Has a task that was done looked at again, on behalf of one that is waiting for it.
    fn reopen(&mut self, task: usize, waiting: usize) {
        self.tasks[task] = TaskState::Checking;
        for &next in self.graph.downstream(task) {
            if next != waiting
                && let TaskState::Waiting(missing) = &mut self.tasks[next]
            {
                *missing += 1;
            }
        }
    }

    fn may_repair(&mut self, task: usize, observer: &mut dyn Observer) -> bool {
        self.repairs[task] += 1;
        if self.repairs[task] <= MAX_REPAIRS {
            return true;
        }
        let reason = format!(
            "files of the case were removed or changed {MAX_REPAIRS} times while it ran, for the last time what task {} reads or made",
            self.plan.tasks[task].id
        );
        let hint = "find out what else writes into the folder of the case, and run again";
        let failure = Failure::new(ErrorKind::TaskFailed, reason);
        self.failed(task, Failure { hint: Some(hint.into()), ..failure }, observer);
        false
    }
}

fn has_temporary(task: &TaskSpec) -> bool {
    task.outputs.iter().any(|output| output.temporary)
}

fn same(a: &crate::FileEntry, b: &crate::FileEntry) -> bool {
    a.path == b.path && a.sha256 == b.sha256
}
