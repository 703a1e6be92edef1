//! The same person at half the depth.

use serde::Serialize;

use super::{
    accuracy::{Accuracy, Calls},
    bench::{Bench, truth_of},
    report,
};
use crate::{Error, bench::target::Target};

/// F1 of SNVs and of indels, at least.
const MIN_F1: [f64; 2] = [0.99, 0.96];

/// How right the calls are.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Shallow {
    coverage: f64,
    everywhere: Accuracy,
    plain: Accuracy,
}

/// Takes the case from FASTQ and judges its calls.
pub(super) fn measure(bench: &Bench<'_>) -> Result<Shallow, Error> {
    let coverage = bench.options.setup.coverage / 2.0;
    let simulation = bench.setup.simulation("simulation.shallow", &bench.recipe(coverage))?;
    let out = bench.setup.room.folder("run.shallow");
    let (_, layout) = bench.wgs_pipe.run(&simulation, &bench.bundle, &out)?;
    let truth = truth_of(&simulation);
    let judge = bench.judge(bench.reference.fasta());
    let path = &layout.small_variants();
    let calls = Calls { caller: "wgs-pipe", path, min_quality: None };
    Ok(Shallow {
        coverage,
        everywhere: judge.judge(calls, &truth)?,
        plain: judge.judge(calls, &bench.plain(&truth)?)?,
    })
}

impl Shallow {
    /// F1 where reads map well.
    pub(super) fn targets(&self) -> Vec<Target> {
        report::f1_targets(&format!("{}x", self.coverage), &self.plain, MIN_F1)
    }

    /// The table for people.
    pub(super) fn markdown(&self) -> String {
        format!("\n## At {}x\n\n", self.coverage)
            + &report::accuracy("all contigs", std::slice::from_ref(&self.everywhere))
            + &report::accuracy("plain contigs", std::slice::from_ref(&self.plain))
    }
}
