//! The simulated sample: reads, and the variants that they carry.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use wgs_formats::digest;

use super::{
    folder,
    process::{Pipeline, command},
};
use crate::Error;

/// Name of the sample in the simulator's files.
pub(super) const SAMPLE: &str = "CASE";

/// In place of a list of contigs.
const ALL_CONTIGS: &str = "all";

/// What decides the simulated reads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Recipe {
    /// Mean depth.
    pub(super) coverage: f64,
    /// Contigs that have reads; `all` stands for every one.
    pub(super) contigs: Vec<String>,
    /// What randomness follows from.
    pub(super) seed: u64,
}

/// Files that a simulation reads.
pub(super) struct Inputs {
    pub(super) simulator: PathBuf,
    pub(super) genome: PathBuf,
    pub(super) donor: PathBuf,
}

/// What a simulation was made of; also decides whether it is made again.
#[derive(PartialEq, Serialize, Deserialize)]
struct MadeOf {
    recipe: Recipe,
    simulator_sha256: String,
    genome_sha256: String,
    donor_sha256: String,
}

/// A simulated sample.
pub(super) struct Simulation {
    folder: PathBuf,
}

impl Simulation {
    /// The simulation in the folder, made if it is not there.
    pub(super) fn make(
        folder: &Path,
        recipe: &Recipe,
        inputs: &Inputs,
        log: PathBuf,
    ) -> Result<Self, Error> {
        let made_of = MadeOf {
            recipe: recipe.clone(),
            simulator_sha256: digest::sha256_file(&inputs.simulator)?,
            genome_sha256: digest::sha256_file(&inputs.genome)?,
            donor_sha256: digest::sha256_file(&inputs.donor)?,
        };
        let simulate = |folder: &Path| {
            let simulator = command(&inputs.simulator, [""; 0]);
            Pipeline::new(log, [with_arguments(simulator, folder, recipe, inputs)]).run().map(drop)
        };
        Ok(Self { folder: folder::kept(folder, &made_of, simulate)? })
    }

    /// Reads 1 and reads 2.
    pub(super) fn reads(&self) -> [PathBuf; 2] {
        [1, 2].map(|mate| self.folder.join(format!("{SAMPLE}_R{mate}.fastq.gz")))
    }

    /// Every variant that was planted.
    pub(super) fn truth(&self) -> PathBuf {
        self.folder.join("truth.germline.vcf.gz")
    }

    /// Where calls are judged.
    pub(super) fn confident(&self) -> PathBuf {
        self.folder.join("confident.bed")
    }
}

fn with_arguments(
    mut simulator: std::process::Command,
    folder: &Path,
    recipe: &Recipe,
    inputs: &Inputs,
) -> std::process::Command {
    simulator.arg("--ref").arg(&inputs.genome).arg("--out").arg(folder);
    simulator.arg("--donor").arg(&inputs.donor).arg("--random-germline");
    simulator.args(["--name", SAMPLE]);
    if recipe.contigs != [ALL_CONTIGS] {
        simulator.args(["--contigs", &recipe.contigs.join(",")]);
    }
    simulator.args(["--coverage", &recipe.coverage.to_string()]);
    simulator.args(["--seed", &recipe.seed.to_string()]);
    simulator
}
