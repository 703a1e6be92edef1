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
pub(crate) const SAMPLE: &str = "CASE";
/// Names of its parents.
pub(crate) const PARENTS: [&str; 2] = ["FATHER", "MOTHER"];

/// In place of a list of contigs.
pub(crate) const ALL_CONTIGS: &str = "all";

/// What decides the simulated reads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Recipe {
    /// Mean depth.
    pub(crate) coverage: f64,
    /// Contigs that have reads; `all` stands for every one.
    pub(crate) contigs: Vec<String>,
    /// What randomness follows from.
    pub(crate) seed: u64,
    /// New variants of a child whose parents are simulated as well; none of a single person.
    #[serde(default)]
    pub(crate) de_novo: Option<u32>,
}

/// Files that a simulation reads.
pub(crate) struct Inputs {
    pub(crate) simulator: PathBuf,
    pub(crate) genome: PathBuf,
    pub(crate) donor: PathBuf,
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
pub(crate) struct Simulation {
    folder: PathBuf,
    is_family: bool,
}

impl Simulation {
    /// The simulation in the folder, made if it is not there.
    pub(crate) fn make(
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
    pub(crate) fn reads(&self) -> [PathBuf; 2] {
        self.reads_of(SAMPLE)
    }

    /// Reads 1 and reads 2 of a sample, which may be a parent.
    pub(crate) fn reads_of(&self, sample: &str) -> [PathBuf; 2] {
        [1, 2].map(|mate| self.folder.join(format!("{sample}_R{mate}.fastq.gz")))
    }

    /// Whether the parents were simulated as well.
    pub(crate) fn is_family(&self) -> bool {
        self.is_family
    }

    /// The planted variants that no parent has.
    pub(crate) fn de_novo(&self) -> PathBuf {
        self.folder.join("truth.denovo.vcf.gz")
    }

    /// Every variant that was planted.
    pub(crate) fn truth(&self) -> PathBuf {
        self.folder.join("truth.germline.vcf.gz")
    }

    /// Where calls are judged.
    pub(crate) fn confident(&self) -> PathBuf {
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
