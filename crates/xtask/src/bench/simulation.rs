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
/// Names of its parents.
pub(super) const PARENTS: [&str; 2] = ["FATHER", "MOTHER"];

/// In place of a list of contigs.
pub(super) const ALL_CONTIGS: &str = "all";

/// What decides the simulated reads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Recipe {
    /// Mean depth.
    pub(super) coverage: f64,
    /// Contigs that have reads; `all` stands for every one.
    pub(super) contigs: Vec<String>,
    /// What randomness follows from.
    pub(super) seed: u64,
    /// New variants of a child whose parents are simulated as well; none of a single person.
    #[serde(default)]
    pub(super) de_novo: Option<u32>,
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
    is_family: bool,
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
        let folder = folder::kept(folder, &made_of, simulate)?;
        Ok(Self { folder, is_family: recipe.de_novo.is_some() })
    }

    /// Reads 1 and reads 2.
    pub(super) fn reads(&self) -> [PathBuf; 2] {
        self.reads_of(SAMPLE)
    }

    /// Reads 1 and reads 2 of a sample, which may be a parent.
    pub(super) fn reads_of(&self, sample: &str) -> [PathBuf; 2] {
        [1, 2].map(|mate| self.folder.join(format!("{sample}_R{mate}.fastq.gz")))
    }

    /// Whether the parents were simulated as well.
    pub(super) fn is_family(&self) -> bool {
        self.is_family
    }

    /// The planted variants that no parent has.
    pub(super) fn de_novo(&self) -> PathBuf {
        self.folder.join("truth.denovo.vcf.gz")
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
    if let Some(count) = recipe.de_novo {
        simulator.args(["--trio", "--de-novo", &count.to_string()]);
    }
    simulator
}
