//! What units need.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use wgs_task::Limits;

use super::{Caps, JobLimits, Needs, Unit};
use crate::{
    CasePlan, Graph,
    needs::{CaseForecast, NeedsTable, Sizes},
};

/// Tells what a unit needs at its first try.
pub trait Estimates {
    /// What a unit of a case needs; `job` is what one job may use at first.
    fn needs(&self, plan: &CasePlan, unit: &Unit, job: JobLimits) -> Needs;
}

/// What tasks may use, they need.
#[derive(Clone, Copy, Debug, Default)]
pub struct ByLimits;

/// Needs are foreseen from the sizes of inputs, up to what a job may use at first. What cannot be
/// foreseen is as [`ByLimits`] has it.
#[derive(Debug)]
pub struct ByForecast {
    /// What tasks were measured to need.
    pub table: NeedsTable,
    /// Sizes of folders that were looked at.
    pub sizes: Sizes,
    /// What is foreseen; the rest is as a job may use it.
    pub foreseen: Foreseen,
}

/// Which needs are foreseen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Foreseen {
    /// Memory.
    pub memory: bool,
    /// Time.
    pub wall: bool,
}

/// Below this nothing is gained by asking for less.
const LEAST_MEMORY: u64 = 1 << 30;
/// A loaded disk or a slow node may double what takes minutes.
const LEAST_WALL: Duration = Duration::from_secs(15 * 60);

impl Estimates for ByForecast {
    fn needs(&self, plan: &CasePlan, unit: &Unit, job: JobLimits) -> Needs {
        let needs = ByLimits.needs(plan, unit, job);
        let forecast = Graph::of_case(plan).and_then(|graph| {
            Ok((CaseForecast::of(plan, &graph, &self.table, &self.sizes)?, graph))
        });
        let Ok((forecast, graph)) = forecast else { return needs };
        let foreseen = forecast.needs(plan, &graph, unit, &self.table, job.for_tasks());
        let memory_bytes = match self.foreseen.memory {
            true => foreseen.memory_bytes.max(LEAST_MEMORY).min(needs.memory_bytes),
            false => needs.memory_bytes,
        };
        let wall = match self.foreseen.wall {
            true => foreseen.wall.max(LEAST_WALL).min(needs.wall),
            false => needs.wall,
        };
        Needs { memory_bytes, wall, threads: needs.threads, ..foreseen }
    }
}

/// Memory of a job that only looks.
const CLOSING_MEMORY: u64 = 2 << 30;

impl Estimates for ByLimits {
    fn needs(&self, plan: &CasePlan, unit: &Unit, job: JobLimits) -> Needs {
        let (threads, memory_bytes) = match unit {
            Unit::Case => (job.threads, job.memory_bytes),
            Unit::Close => (1, job.memory_bytes.min(CLOSING_MEMORY)),
            Unit::Task(id) => match plan.tasks.iter().find(|task| task.id == *id) {
                None => (job.threads, job.memory_bytes),
                Some(task) => {
                    let of_task = task.resources.memory_bytes;
                    let around = (of_task / 9 + 1).min(1 << 30);
                    (task.resources.threads.max(1), (of_task + around).min(job.memory_bytes))
                }
            },
        };
        let wall = Duration::from_secs(job.wall_s);
        let (output_bytes, passing_bytes, scratch_bytes) = (0, 0, 0);
        Needs { threads, memory_bytes, wall, output_bytes, passing_bytes, scratch_bytes }
    }
}

/// Needs at a later try: half as much memory again for each that failed for want of it, twice the
/// time, never more than the caps.
pub(super) fn enlarged(needs: Needs, memory: u8, time: u8, caps: Caps) -> Needs {
    let mut larger = needs;
    for _ in 0..memory {
        larger.memory_bytes = larger.memory_bytes.saturating_add(larger.memory_bytes / 2);
    }
    for _ in 0..time {
        larger.wall = larger.wall.saturating_mul(2);
    }
    larger.memory_bytes = larger.memory_bytes.min(caps.memory_bytes.max(needs.memory_bytes));
    larger.wall = larger.wall.min(Duration::from_secs(caps.wall_s).max(needs.wall));
    larger
}

/// The larger of each.
pub(super) fn largest(one: Needs, other: Needs) -> Needs {
    Needs {
        threads: one.threads.max(other.threads),
        memory_bytes: one.memory_bytes.max(other.memory_bytes),
        wall: one.wall.max(other.wall),
        output_bytes: one.output_bytes.max(other.output_bytes),
        passing_bytes: one.passing_bytes.max(other.passing_bytes),
        scratch_bytes: one.scratch_bytes.max(other.scratch_bytes),
    }
}

/// What the engine within a job may use.
pub(super) fn limits(needs: Needs) -> Limits {
    let Needs { threads, memory_bytes, .. } = needs;
    JobLimits { threads, memory_bytes, wall_s: 0 }.for_tasks()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{case_plan, task};

    #[test]
    fn a_task_fits_into_its_job() {
        let folder = tempfile::tempdir().unwrap();
        for gib in [1, 8, 9, 10, 64] {
            let mut spec = task("a", &[], &["x"]);
            spec.resources.memory_bytes = gib << 30;
            let plan = case_plan(folder.path(), "C1", vec![spec]);
            let job = JobLimits { threads: 4, memory_bytes: 1 << 40, wall_s: 60 };
            let needs = ByLimits.needs(&plan, &Unit::Task(plan.tasks[0].id.clone()), job);
            assert!(limits(needs).memory_bytes >= gib << 30);
            assert!(needs.memory_bytes < (gib + 2) << 30);
            assert_eq!(needs.threads, 1);
        }
    }

    #[test]
    fn what_is_foreseen_never_exceeds_what_a_job_may_use() {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join("in");
        let table = "schema = \"wgs-pipe/needs/1\"\n[default]\n\
                     memory_bytes = { fixed = 3e9 }\ncore_s = { fixed = 3600.0 }\n";
        let table = NeedsTable::parse("needs.toml".as_ref(), table).unwrap();
        wgs_formats::output::write(&input, "reads").unwrap();
        let mut spec = task("a", &[input.to_str().unwrap()], &["x"]);
        spec.resources.memory_bytes = 64 << 30;
        let plan = case_plan(folder.path(), "C1", vec![spec]);
        let needs = |foreseen: bool, gib: u64| {
            let foreseen = Foreseen { memory: foreseen, wall: foreseen };
            let by = ByForecast { table: table.clone(), sizes: Sizes::default(), foreseen };
            let job = JobLimits { threads: 1, memory_bytes: gib << 30, wall_s: 86_400 };
            by.needs(&plan, &Unit::Case, job)
        };
        let by_limits = needs(false, 64);
        assert_eq!((by_limits.memory_bytes, by_limits.wall.as_secs()), (64 << 30, 86_400));
        let foreseen = needs(true, 64);
        assert!((3_000_000_000..16 << 30).contains(&foreseen.memory_bytes), "{foreseen:?}");
        assert!((3600..86_400).contains(&foreseen.wall.as_secs()), "{foreseen:?}");
        assert_eq!(needs(true, 2).memory_bytes, 2 << 30);
    }

    #[test]
    fn more_is_asked_for_up_to_the_caps() {
        let job = JobLimits { threads: 1, memory_bytes: 4 << 30, wall_s: 100 };
        let folder = tempfile::tempdir().unwrap();
        let needs = ByLimits.needs(&case_plan(folder.path(), "C1", vec![]), &Unit::Case, job);
        let caps = Caps { memory_bytes: 8 << 30, wall_s: 300, jobs: 1 };
        assert_eq!(enlarged(needs, 0, 0, caps), needs);
        let more = enlarged(needs, 1, 1, caps);
        assert_eq!((more.memory_bytes, more.wall.as_secs()), (6 << 30, 200));
        let most = enlarged(needs, 9, 9, caps);
        assert_eq!((most.memory_bytes, most.wall.as_secs()), (8 << 30, 300));
    }
}
