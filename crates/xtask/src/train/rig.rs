//! What makes calls: a program, a bundle, and a folder in which what was made is kept.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use cargo_metadata::MetadataCommand;
use serde::{Deserialize, Serialize};
use wgs_formats::{digest, output};

use super::{TrainArgs, sets::Set};
use crate::{
    Error,
    bench::{
        folder,
        process::{Pipeline, command},
        say,
        setup::{InputArgs, build},
        simulation::{Inputs, Recipe, SAMPLE, Simulation},
    },
};

/// What aligns and calls.
pub(super) struct Rig {
    binary: PathBuf,
    binary_sha256: String,
    keep_alignments: bool,
    limits: [String; 4],
    work: PathBuf,
    bundle: PathBuf,
    /// Without simulations none is asked for.
    inputs: Option<Inputs>,
}

/// What an alignment was made of; also decides whether it is made again.
#[derive(PartialEq, Serialize, Deserialize)]
struct AlignedFrom {
    recipe: Recipe,
    binary_sha256: String,
}

/// What calls were made of.
#[derive(PartialEq, Serialize, Deserialize)]
struct CalledFrom {
    alignment_sha256: String,
    binary_sha256: String,
}

impl Rig {
    /// Finds or makes program and bundle.
    pub(super) fn new(args: &TrainArgs) -> Result<Self, Error> {
        let metadata = MetadataCommand::new().no_deps().exec()?;
        let workspace = metadata.workspace_root.as_std_path();
        let target = metadata.target_directory.as_std_path();
        let work = args.work.clone().unwrap_or_else(|| target.join("train-filters"));
        output::create_folder(&work)?;
        let work = work.canonicalize()?;
        let binary = match &args.binary {
            Some(binary) => binary.canonicalize()?,
            None => build(target, &["wgs-pipe"], work.join("build.log"))?,
        };
        let simulates = !(args.train.is_empty() && args.validate.is_empty());
        let limits = ["--threads", &args.threads.to_string(), "--memory", &args.memory];
        let mut rig = Self {
            binary_sha256: digest::sha256_file(&binary)?,
            binary,
            keep_alignments: args.keep_alignments,
            limits: limits.map(str::to_owned),
            bundle: PathBuf::new(),
            inputs: simulates.then(|| args.inputs.inputs(workspace)).transpose()?,
            work,
        };
        rig.bundle = match &args.bundle {
            Some(bundle) => bundle.canonicalize()?,
            None => rig.make_bundle(&args.inputs, workspace)?,
        };
        Ok(rig)
    }

    /// The genome that calls are of.
    pub(super) fn genome(&self) -> PathBuf {
        self.bundle.join("genome/genome.fa")
    }

    /// Where the report goes.
    pub(super) fn report(&self) -> PathBuf {
        self.work.join("report.md")
    }

    /// The simulated person, made if they are not there.
    pub(super) fn simulate(&self, name: &str, recipe: &Recipe) -> Result<Simulation, Error> {
        let inputs = self.inputs.as_ref().ok_or("there are no seeds")?;
        let folder = self.work.join(name);
        output::create_folder(&folder)?;
        say(&format!("{name}: reads"));
        Simulation::make(&folder.join("simulation"), recipe, inputs, folder.join("simulation.log"))
    }

    /// Their alignment, made if it is not there.
    pub(super) fn align(
        &self,
        name: &str,
        recipe: &Recipe,
        simulation: &Simulation,
    ) -> Result<PathBuf, Error> {
        let [folder, log] = ["alignment", "alignment.log"].map(|f| self.work.join(name).join(f));
        let kept = folder::made_of::<AlignedFrom>(&folder).filter(|_| self.keep_alignments);
        let binary_sha256 = kept.map_or(self.binary_sha256.clone(), |kept| kept.binary_sha256);
        let of = AlignedFrom { recipe: recipe.clone(), binary_sha256 };
        say(&format!("{name}: alignment"));
        let folder = folder::kept(&folder, &of, |folder| {
            let mut align = command(&self.binary, ["align"]);
            align.args(simulation.reads()).args(["--sample", SAMPLE]);
            align.arg("--bundle").arg(&self.bundle).arg("--out").arg(cram_in(folder));
            align.args(&self.limits);
            Pipeline::new(log, [align]).run().map(drop)
        })?;
        Ok(cram_in(&folder))
    }

    /// The calls of a set, made if they are not there, with the errors of its sequencer learnt before,
    /// as `wgs-pipe run` does.
    pub(super) fn call(&self, set: &Set) -> Result<PathBuf, Error> {
        let room = self.work.join(&set.name);
        output::create_folder(&room)?;
        let of = CalledFrom {
            alignment_sha256: digest::sha256_file(&set.alignment)?,
            binary_sha256: self.binary_sha256.clone(),
        };
        say(&format!("{}: calls", set.name));
        let folder = folder::kept(&room.join("calls"), &of, |folder| {
            let mut metrics = self.of_alignment("metrics", set);
            metrics.arg("--out").arg(folder);
            Pipeline::new(room.join("metrics.log"), [metrics]).run()?;
            let mut call = self.of_alignment("call", set);
            call.arg("--out").arg(calls_in(folder));
            if let Some(calibration) = calibration_in(folder)? {
                call.arg("--calibration").arg(calibration);
            }
            Pipeline::new(room.join("calls.log"), [call]).run().map(drop)
        })?;
        Ok(calls_in(&folder))
    }

    /// A command of wgs-pipe on the alignment of a set.
    fn of_alignment(&self, name: &str, set: &Set) -> Command {
        let mut command = command(&self.binary, [name]);
        command.arg(&set.alignment).arg("--bundle").arg(&self.bundle).args(&self.limits);
        command
    }

    fn make_bundle(&self, inputs: &InputArgs, workspace: &Path) -> Result<PathBuf, Error> {
        let data = inputs.data(workspace);
        let genome = data.join("genome.fa.gz");
        let of = (digest::sha256_file(&genome)?, self.binary_sha256.clone());
        say("bundle");
        folder::kept(&self.work.join("bundle"), &of, |folder| {
            let mut build = command(&self.binary, ["bundle", "build", "--genome"]);
            build.arg(&genome).arg("--genes").arg(data.join("genes.gff3.gz"));
            build.arg("--out").arg(folder).args(&self.limits);
            Pipeline::new(self.work.join("bundle.log"), [build]).run().map(drop)
        })
    }
}

fn cram_in(folder: &Path) -> PathBuf {
    folder.join("reads.cram")
}

fn calls_in(folder: &Path) -> PathBuf {
    folder.join("calls.vcf.gz")
}

/// What `wgs-pipe metrics` learnt of the sequencer; nothing of a capture without coverage.
fn calibration_in(folder: &Path) -> Result<Option<PathBuf>, Error> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(".calibration.json") {
            return Ok(Some(path));
        }
    }
    Ok(None)
}
