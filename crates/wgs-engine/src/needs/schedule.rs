//! How the tasks of a case would follow each other on one machine.

use std::path::Path;

use wgs_task::{Limits, Resources};

use super::TaskForecast;
use crate::{CasePlan, Graph, JobId, schedule::Queue};

/// What a whole case takes of a machine.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Schedule {
    pub(super) wall_s: f64,
    pub(super) peak_threads: usize,
    pub(super) peak_memory_bytes: u64,
    /// Most bytes at once of temporary files.
    pub(super) peak_scratch_bytes: u64,
    /// Most bytes at once of outputs that go once they were read.
    pub(super) peak_passing_bytes: u64,
}

struct Simulation<'a> {
    plan: &'a CasePlan,
    graph: &'a Graph,
    tasks: &'a [TaskForecast],
    queue: Queue,
    /// Tasks that are not done, which each task waits for.
    missing: Vec<usize>,
    done: Vec<bool>,
    /// End and task.
    running: Vec<(f64, usize)>,
    schedule: Schedule,
}

/// Runs the tasks in thought, by the rules by which an engine runs them.
pub(super) fn simulate(
    plan: &CasePlan,
    graph: &Graph,
    tasks: &[TaskForecast],
    limits: Limits,
) -> Schedule {
    let count = plan.tasks.len();
    let mut simulation = Simulation {
        plan,
        graph,
        tasks,
        queue: Queue::new(limits),
        missing: (0..count).map(|task| graph.upstream(task).len()).collect(),
        done: vec![false; count],
        running: Vec::new(),
        schedule: Schedule::default(),
    };
    for task in (0..count).filter(|&task| graph.upstream(task).is_empty()) {
        simulation.push(task, limits);
    }
    simulation.run(limits)
}

impl Simulation<'_> {
    fn run(mut self, limits: Limits) -> Schedule {
        let mut now = 0.0;
        loop {
            while let Some(JobId { task, .. }) = self.queue.pop() {
                self.running.push((now + self.tasks[task].wall_s, task));
            }
            self.observe();
            let first = self.running.iter().enumerate().min_by(|(_, a), (_, b)| {
                let ((end, task), (other_end, other)) = (a, b);
                end.total_cmp(other_end).then(task.cmp(other))
            });
            let Some((place, _)) = first else {
                self.schedule.wall_s = now;
                return self.schedule;
            };
            let (end, task) = self.running.swap_remove(place);
            now = end;
            self.queue.remove(JobId { case: 0, task });
            self.done[task] = true;
            for &next in self.graph.downstream(task) {
                self.missing[next] -= 1;
                if self.missing[next] == 0 {
                    self.push(next, limits);
                }
            }
        }
    }

    /// A task that asks for more than there is gets all of it.
    fn push(&mut self, task: usize, limits: Limits) {
        let Resources { threads, memory_bytes } = self.plan.tasks[task].resources;
        let threads = threads.min(limits.threads);
        let memory_bytes = memory_bytes.min(limits.memory_bytes);
        self.queue.push(JobId { case: 0, task }, Resources { threads, memory_bytes });
    }

    fn observe(&mut self) {
        let running = self.running.iter().map(|&(_, task)| task);
        let threads: usize = running.clone().map(|t| self.plan.tasks[t].resources.threads).sum();
        let memory: u64 = running.clone().map(|task| self.tasks[task].memory_bytes).sum();
        let scratch: u64 = running.clone().map(|task| self.tasks[task].scratch_bytes).sum();
        let begun = running.chain((0..self.done.len()).filter(|&task| self.done[task]));
        let passing = begun.map(|task| self.passing_bytes(task)).sum();
        let peak = &mut self.schedule;
        peak.peak_threads = peak.peak_threads.max(threads);
        peak.peak_memory_bytes = peak.peak_memory_bytes.max(memory);
        peak.peak_scratch_bytes = peak.peak_scratch_bytes.max(scratch);
        peak.peak_passing_bytes = peak.peak_passing_bytes.max(passing);
    }

    /// Bytes of the outputs of a begun task that go once they are read, and are not read yet.
    fn passing_bytes(&self, task: usize) -> u64 {
        let outputs = self.plan.tasks[task].outputs.iter().zip(&self.tasks[task].output_bytes);
        let waits = outputs.filter(|(o, _)| o.temporary && self.is_awaited(task, &o.path));
        waits.map(|(_, bytes)| bytes).sum()
    }

    fn is_awaited(&self, task: usize, path: &Path) -> bool {
        let mut readers = self.graph.downstream(task).iter().filter(|&&next| !self.done[next]);
        let reads = |&next: &usize| self.plan.tasks[next].inputs.iter().any(|i| i.path == path);
        !self.done[task] || readers.any(reads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{case_plan, task};

    fn forecast(wall_s: f64, memory_bytes: u64, scratch_bytes: u64) -> TaskForecast {
        TaskForecast { core_s: wall_s, wall_s, memory_bytes, scratch_bytes, output_bytes: vec![7] }
    }

    fn of(threads: usize) -> Schedule {
        let folder = tempfile::tempdir().unwrap();
        let mut tasks =
            vec![task("a", &[], &["x"]), task("b", &[], &["y"]), task("c", &["x", "y"], &["z"])];
        tasks[0].outputs[0].temporary = true;
        let plan = case_plan(folder.path(), "C1", tasks);
        let graph = Graph::of_case(&plan).unwrap();
        let tasks = [forecast(10.0, 5, 100), forecast(4.0, 6, 50), forecast(1.0, 2, 10)];
        simulate(&plan, &graph, &tasks, Limits { threads, memory_bytes: 100 })
    }

    #[test]
    fn what_fits_runs_beside_each_other() {
        let wide = Schedule {
            wall_s: 11.0,
            peak_threads: 2,
            peak_memory_bytes: 11,
            peak_scratch_bytes: 150,
            peak_passing_bytes: 7,
        };
        assert_eq!(of(2), wide);
        let narrow = Schedule {
            wall_s: 15.0,
            peak_threads: 1,
            peak_memory_bytes: 6,
            peak_scratch_bytes: 100,
            peak_passing_bytes: 7,
        };
        assert_eq!(of(1), narrow);
    }
}
