//! Which of the tasks that could start does: by place in the plan, within what all may use.

use std::collections::BTreeMap;

use wgs_task::{Limits, Resources};

use crate::JobId;

/// How many later tasks may start ahead of one that does not fit yet. Without overtaking, a task
/// that needs the whole machine leaves it idle while it waits; without a bound it waits forever.
const MAX_OVERTAKINGS: usize = 8;

/// Tasks that wait for their turn, and what the running ones use.
#[derive(Debug)]
pub(crate) struct Queue {
    free: Limits,
    ready: BTreeMap<JobId, Waiting>,
    running: BTreeMap<JobId, Resources>,
}

#[derive(Debug)]
struct Waiting {
    resources: Resources,
    overtaken: usize,
}

impl Queue {
    /// A queue of tasks that use at most `limits` together.
    pub(crate) fn new(limits: Limits) -> Self {
        Self { free: limits, ready: BTreeMap::new(), running: BTreeMap::new() }
    }

    /// Adds a task, which must fit into the limits when it is alone.
    pub(crate) fn push(&mut self, job: JobId, resources: Resources) {
        let overtaken = 0;
        self.ready.insert(job, Waiting { resources, overtaken });
    }

    /// Takes the next task that may start now, and counts what it uses as used.
    pub(crate) fn pop(&mut self) -> Option<JobId> {
        let fits = |r: Resources| {
            r.threads <= self.free.threads && r.memory_bytes <= self.free.memory_bytes
        };
        let mut passed = Vec::new();
        let (job, resources) = self.ready.iter().find_map(|(job, waiting)| {
            if fits(waiting.resources) {
                return Some(Some((*job, waiting.resources)));
            }
            passed.push(*job);
            (waiting.overtaken >= MAX_OVERTAKINGS).then_some(None)
        })??;
        for job in passed {
            self.ready.entry(job).and_modify(|waiting| waiting.overtaken += 1);
        }
        self.ready.remove(&job);
        self.free.threads -= resources.threads;
        self.free.memory_bytes -= resources.memory_bytes;
        self.running.insert(job, resources);
        Some(job)
    }

    /// Gives back what a task used, or takes a waiting one out.
    pub(crate) fn remove(&mut self, job: JobId) {
        self.ready.remove(&job);
        if let Some(resources) = self.running.remove(&job) {
            self.free.threads += resources.threads;
            self.free.memory_bytes += resources.memory_bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(task: usize) -> JobId {
        JobId { case: 0, task }
    }

    fn queue(tasks: &[(usize, u64)]) -> Queue {
        let mut queue = Queue::new(Limits { threads: 4, memory_bytes: 100 });
        for (task, &(threads, memory_bytes)) in tasks.iter().enumerate() {
            queue.push(job(task), Resources { threads, memory_bytes });
        }
        queue
    }

    fn pop_all(queue: &mut Queue) -> Vec<usize> {
        std::iter::from_fn(|| queue.pop()).map(|job| job.task).collect()
    }

    #[test]
    fn order_is_the_plans() {
        let mut queue = queue(&[(1, 1), (1, 1), (1, 1), (1, 1), (1, 1)]);
        assert_eq!(pop_all(&mut queue), [0, 1, 2, 3]);
        queue.remove(job(2));
        assert_eq!(pop_all(&mut queue), [4]);
    }

    #[test]
    fn memory_limits_as_threads_do() {
        let mut queue = queue(&[(1, 60), (1, 60), (1, 40)]);
        assert_eq!(pop_all(&mut queue), [0, 2]);
        queue.remove(job(0));
        assert_eq!(pop_all(&mut queue), [1]);
    }

    #[test]
    fn a_large_task_is_overtaken_only_so_often() {
        let mut tasks = vec![(1, 1), (4, 1)];
        tasks.extend([(1, 1); 20]);
        let mut queue = queue(&tasks);
        let mut started = pop_all(&mut queue);
        for task in 2.. {
            if started.contains(&1) {
                break;
            }
            queue.remove(job(if task == 2 { 0 } else { task - 1 }));
            started.extend(pop_all(&mut queue));
        }
        let before = started.iter().position(|&task| task == 1).unwrap();
        assert_eq!(before, 1 + MAX_OVERTAKINGS);
    }

    #[test]
    fn what_waits_can_be_taken_out() {
        let mut queue = queue(&[(4, 1), (4, 1)]);
        assert_eq!(pop_all(&mut queue), [0]);
        queue.remove(job(1));
        queue.remove(job(0));
        assert_eq!(pop_all(&mut queue), [0; 0]);
    }
}
