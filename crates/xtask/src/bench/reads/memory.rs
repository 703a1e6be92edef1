//! Peak memory of the reads task, beyond the engine's index, within budgets.

use serde::Serialize;

use super::bench::Bench;
use crate::{
    Error,
    bench::{process::Used, say, target::Target, wgs_pipe::Limits},
};

/// Budgets in GiB.
const BUDGETS_GIB: [u64; 3] = [1, 2, 8];

/// What the task took within each budget.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Memory {
    /// Bytes of the engine's index in memory.
    index_bytes: u64,
    runs: Vec<Run>,
}

#[derive(Clone, Debug, Serialize)]
struct Run {
    budget_bytes: u64,
    /// What it took, or why it did not run.
    #[serde(flatten)]
    outcome: Outcome,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Used(Used),
    Failed(String),
}

/// Runs the task within each budget.
pub(super) fn measure(bench: &Bench<'_>, index_bytes: Option<u64>) -> Result<Memory, Error> {
    let index_bytes = match index_bytes {
        Some(bytes) => bytes,
        None => bench.engine()?.index_bytes,
    };
    let runs = BUDGETS_GIB.map(|gib| {
        let limits = Limits { memory: format!("{gib}G"), ..bench.limits() };
        let outcome = match bench.ours(&bench.simulation, limits) {
            Ok(ours) => Outcome::Used(ours.task),
            Err(error) => Outcome::Failed(error.to_string()),
        };
        if let Outcome::Failed(error) = &outcome {
            say(error);
        }
        Run { budget_bytes: gib << 30, outcome }
    });
    Ok(Memory { index_bytes, runs: runs.into() })
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

impl Memory {
    fn beyond_index(&self, used: Used) -> u64 {
        used.max_rss_bytes.saturating_sub(self.index_bytes)
    }

    /// Peak memory beyond the index within each budget; a run that failed is a target missed.
    pub(super) fn targets(&self) -> Vec<Target> {
        let target = |run: &Run| {
            let budget = mib(run.budget_bytes);
            let peak = match run.outcome {
                Outcome::Used(used) => mib(self.beyond_index(used)),
                Outcome::Failed(_) => f64::NAN,
            };
            let what = format!("reads task: memory beyond the index at {budget} MiB");
            Target::at_most(what, peak, budget, " MiB")
        };
        self.runs.iter().map(target).collect()
    }

    /// The table for people.
    pub(super) fn markdown(&self) -> String {
        let mut text = format!(
            "\n## Memory\n\nThe engine's index takes {:.0} MiB. Peaks are of resident memory, in \
             which files that the process maps (genome, index) count as far as they were \
             touched.\n\n\
             | `--memory` MiB | peak MiB | beyond the index | wall s | core-s |\n\
             |--:|--:|--:|--:|--:|\n",
            mib(self.index_bytes)
        );
        for Run { budget_bytes, outcome } in &self.runs {
            let budget = mib(*budget_bytes);
            text += &match outcome {
                Outcome::Used(used) => format!(
                    "| {budget} | {:.0} | {:.0} | {:.1} | {:.1} |\n",
                    mib(used.max_rss_bytes),
                    mib(self.beyond_index(*used)),
                    used.wall_s,
                    used.core_s
                ),
                Outcome::Failed(_) => format!("| {budget} | failed |  |  |  |\n"),
            };
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_does_not_count_and_a_failure_is_no_success() {
        let run = |budget_bytes, outcome| Run { budget_bytes, outcome };
        let used = |mib: u64| Outcome::Used(Used { max_rss_bytes: mib << 20, ..Used::default() });
        let memory = Memory {
            index_bytes: 100 << 20,
            runs: vec![
                run(1 << 30, used(1124)),
                run(1 << 30, used(1125)),
                run(1 << 30, Outcome::Failed("no".into())),
            ],
        };
        let met: Vec<bool> = memory.targets().iter().map(|target| target.met).collect();
        assert_eq!(met, [true, false, false]);
        let text = memory.markdown();
        assert!(text.contains("| 1024 | 1124 | 1024 |") && text.contains("| 1024 | failed |"));
    }
}
