//! How processor time grows with depth.

use serde::Serialize;

use super::bench::Bench;
use crate::{
    Error,
    bench::{
        process::{Used, median},
        simulation::Recipe,
        target::Target,
    },
};

/// Mean depths that are compared.
const DEPTHS: [f64; 4] = [5.0, 15.0, 30.0, 60.0];
/// How far from their mean the times for a read may lie, in percent.
const DEVIATION_PERCENT: f64 = 5.0;

/// What the reads task took at each depth.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Growth {
    contig: String,
    depths: Vec<Depth>,
}

#[derive(Clone, Debug, Serialize)]
struct Depth {
    coverage: f64,
    reads: u64,
    runs: Vec<Used>,
}

/// Runs the task once at each depth in each repetition.
pub(super) fn measure(bench: &Bench<'_>) -> Result<Growth, Error> {
    let contig = bench.options.depth_contig.clone();
    let simulate = |coverage: f64| {
        let contigs = vec![contig.clone()];
        let recipe = Recipe { coverage, contigs, seed: bench.options.seed, de_novo: None };
        bench.setup.simulation(&format!("simulation-{coverage}x"), &recipe)
    };
    let simulations = DEPTHS.into_iter().map(simulate).collect::<Result<Vec<_>, _>>()?;
    let mut depths = DEPTHS.map(|coverage| Depth { coverage, reads: 0, runs: Vec::new() });
    for _ in bench.repetitions() {
        for (depth, simulation) in depths.iter_mut().zip(&simulations) {
            let ours = bench.ours(simulation, bench.limits())?;
            depth.reads = ours.reads;
            depth.runs.push(ours.task);
        }
    }
    Ok(Growth { contig, depths: depths.into() })
}

impl Depth {
    /// Microseconds of processor time for a read.
    fn per_read_us(&self) -> f64 {
        Used::median(&self.runs).core_s * 1e6 / self.reads as f64
    }
}

impl Growth {
    fn mean_us(&self) -> f64 {
        let sum: f64 = self.depths.iter().map(Depth::per_read_us).sum();
        sum / self.depths.len() as f64
    }

    /// How far the time for a read lies from the mean over the depths.
    pub(super) fn targets(&self) -> Vec<Target> {
        let mean = self.mean_us();
        let deviations = self.depths.iter().map(|d| 100.0 * (d.per_read_us() / mean - 1.0).abs());
        // A largest number that no NaN hides behind.
        let largest = deviations.fold(0.0, |a, b| if b.is_nan() || b > a { b } else { a });
        let what = "reads task: CPU for a read at 5x to 60x, farthest from the mean";
        vec![Target::at_most(what, largest, DEVIATION_PERCENT, "%")]
    }

    /// The table for people.
    pub(super) fn markdown(&self) -> String {
        let runs = median(self.depths.iter().map(|depth| depth.runs.len() as f64).collect());
        let mut text = format!(
            "\n## Growth with depth\n\nReads of {}; medians of {runs} interleaved runs, with the start of \
             the task and the loading of its index.\n\n\
             | depth | reads | wall s | core-s | peak MB | core-s for a million reads | to the mean |\n\
             |--:|--:|--:|--:|--:|--:|--:|\n",
            self.contig
        );
        let mean = self.mean_us();
        for depth in &self.depths {
            let Used { wall_s, core_s, max_rss_bytes } = Used::median(&depth.runs);
            let (megabytes, per_read) = (max_rss_bytes as f64 / 1e6, depth.per_read_us());
            text += &format!(
                "| {}x | {} | {wall_s:.1} | {core_s:.1} | {megabytes:.0} | {per_read:.2} | {:.3}x |\n",
                depth.coverage,
                depth.reads,
                per_read / mean
            );
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn growth(core_s: [f64; 2]) -> Growth {
        let depth = |(coverage, core_s): (f64, f64)| Depth {
            coverage,
            reads: (coverage * 1e5) as u64,
            runs: vec![Used { core_s, ..Used::default() }],
        };
        let depths = [5.0, 60.0].into_iter().zip(core_s).map(depth).collect();
        Growth { contig: "c".into(), depths }
    }

    #[test]
    fn growth_is_linear_if_each_read_takes_as_long() {
        assert!(growth([10.0, 120.0]).targets()[0].met);
        assert!(growth([10.0, 130.0]).targets()[0].met);
        assert!(!growth([10.0, 134.0]).targets()[0].met);
        assert!(!growth([11.1, 120.0]).targets()[0].met);
        assert!(!growth([f64::NAN, 120.0]).targets()[0].met);
        let text = growth([10.0, 120.0]).markdown();
        assert!(text.contains("| 60x | 6000000 | 0.0 | 120.0 | 0 | 20.00 | 1.000x |"), "{text}");
    }
}
