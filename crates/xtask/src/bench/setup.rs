//! What every job starts with: the reference data, the programs, and folders to work in.

use std::{
    ffi::OsStr,
    io::{self, Write},
    path::{Path, PathBuf},
};

use cargo_metadata::MetadataCommand;
use clap::Args;
use serde::Serialize;
use wgs_align::EngineChoice;
use wgs_formats::output;

use super::{
    process::{Pipeline, command},
    say,
    simulation::{Inputs, Recipe, Simulation},
    wgs_pipe::{Limits, WgsPipe},
};
use crate::Error;

/// Where simulations come from.
#[derive(Args, Debug)]
pub(crate) struct InputArgs {
    /// Program that simulates a sequenced case [default: ../shared/tools/simulate-case]
    #[arg(long, value_name = "PATH")]
    simulator: Option<PathBuf>,
    /// Folder of reference data [default: ../shared/data/mini38]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

impl InputArgs {
    /// The folder of reference data.
    pub(crate) fn data(&self, workspace: &Path) -> PathBuf {
        self.data.clone().unwrap_or_else(|| workspace.join("../shared/data/mini38"))
    }

    /// The files that a simulation reads, or what lacks of them.
    pub(crate) fn inputs(&self, workspace: &Path) -> Result<Inputs, Error> {
        let simulator = self.simulator.clone();
        let simulator =
            simulator.unwrap_or_else(|| workspace.join("../shared/tools/simulate-case"));
        inputs(simulator, &self.data(workspace))
    }
}

/// Options of every job.
#[derive(Args)]
pub(super) struct SetupArgs {
    #[command(flatten)]
    inputs: InputArgs,
    /// Mean depth of the simulated reads
    #[arg(long, default_value_t = 30.0)]
    pub(super) coverage: f64,
    /// wgs-pipe to measure, with the programs of benches/ beside it [default: built in release]
    #[arg(long, value_name = "PATH")]
    binary: Option<PathBuf>,
    /// Threads of wgs-pipe and its peers
    #[arg(long, default_value_t = 2)]
    pub(super) threads: usize,
    /// Embedded aligner of wgs-pipe [default: its own]
    #[arg(long, value_name = "NAME")]
    aligner: Option<EngineChoice>,
    /// Memory of wgs-pipe
    #[arg(long, default_value = "4G")]
    pub(super) memory: String,
    /// How often everything but freebayes is run; medians are shown
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) repeat: u32,
    /// Where the figures go [default: bench-peers in Cargo's target folder]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl SetupArgs {
    /// What wgs-pipe may use.
    pub(super) fn limits(&self) -> Limits {
        Limits { threads: self.threads, memory: self.memory.clone() }
    }

    /// The embedded aligner of wgs-pipe.
    pub(super) fn aligner(&self) -> EngineChoice {
        self.aligner.clone().unwrap_or_default()
    }

    /// wgs-pipe with a pipeline definition, to which the aligner is added.
    pub(super) fn wgs_pipe(&self, setup: &Setup, definition: &str) -> Result<WgsPipe, Error> {
        let (aligner, pipeline) = (self.aligner(), setup.room.folder("pipeline.toml"));
        let options = format!("\n[options.reads]\naligner = \"{aligner}\"\n");
        output::write(&pipeline, format!("{definition}{options}"))?;
        let log = setup.room.log("wgs-pipe");
        let binary = setup.binary.clone();
        Ok(WgsPipe { binary, limits: self.limits(), aligner, pipeline, log })
    }
}

/// A job that is set up.
pub(super) struct Setup {
    /// Folder of reference data.
    pub(super) data: PathBuf,
    /// What simulations read.
    pub(super) inputs: Inputs,
    /// wgs-pipe.
    pub(super) binary: PathBuf,
    /// Where everything but the figures lies.
    pub(super) room: Room,
    job: &'static str,
    out: PathBuf,
}

impl Setup {
    /// Finds what a job needs, or says what lacks; builds these packages if no binary is given.
    pub(super) fn new(
        args: &SetupArgs,
        job: &'static str,
        packages: &[&str],
    ) -> Result<Self, Error> {
        let metadata = MetadataCommand::new().no_deps().exec()?;
        let workspace = metadata.workspace_root.as_std_path();
        let data = args.inputs.data(workspace);
        let inputs = args.inputs.inputs(workspace)?;
        let target = metadata.target_directory.as_std_path();
        let out = args.out.clone().unwrap_or_else(|| target.join("bench-peers"));
        output::create_folder(&out)?;
        let out = out.canonicalize()?;
        let room = Room::new(&out, job)?;
        let binary = match &args.binary {
            Some(binary) => binary.clone(),
            None => build(target, packages, room.log("build"))?,
        };
        Ok(Self { data, inputs, binary: binary.canonicalize()?, room, job, out })
    }

    /// A program of ours that stands beside wgs-pipe.
    pub(super) fn beside(&self, program: &str) -> PathBuf {
        self.binary.with_file_name(program)
    }

    /// The simulation of a recipe, in a folder of that name; made if it is not there.
    pub(super) fn simulation(&self, name: &str, recipe: &Recipe) -> Result<Simulation, Error> {
        say(&format!("simulating reads at {}x, unless they are there", recipe.coverage));
        Simulation::make(&self.room.folder(name), recipe, &self.inputs, self.room.log(name))
    }

    /// Writes the figures, and shows them.
    pub(super) fn publish(&self, report: &impl Serialize, text: &str) -> Result<String, Error> {
        let file = |suffix| self.out.join(format!("{}.{suffix}", self.job));
        let (table, figures) = (file("md"), file("json"));
        output::write(&table, text)?;
        output::write_json(&figures, report)?;
        io::stdout().write_all(text.as_bytes())?;
        Ok(format!("written to {} and {}", table.display(), figures.display()))
    }
}

/// Where a job works.
pub(super) struct Room {
    work: PathBuf,
    logs: PathBuf,
}

impl Room {
    fn new(out: &Path, job: &str) -> Result<Self, Error> {
        let work = out.join(format!("{job}.work"));
        let logs = work.join("logs");
        output::create_folder(&logs)?;
        Ok(Self { work, logs })
    }

    /// A folder in it.
    pub(super) fn folder(&self, name: &str) -> PathBuf {
        self.work.join(name)
    }

    /// Where the log of a step goes.
    pub(super) fn log(&self, name: &str) -> PathBuf {
        self.logs.join(format!("{name}.log"))
    }
}

/// Finds the files that a simulation needs, or says which lack.
fn inputs(simulator: PathBuf, data: &Path) -> Result<Inputs, Error> {
    let inputs = Inputs {
        simulator,
        genome: data.join("genome.fa.gz"),
        donor: data.join("donor.HG001.chr20.vcf.gz"),
    };
    for (path, option) in
        [(&inputs.simulator, "--simulator"), (&inputs.genome, "--data"), (&inputs.donor, "--data")]
    {
        if !path.is_file() {
            let message = format!("{} is not there: say with {option} where it is", path.display());
            return Err(message.into());
        }
    }
    Ok(inputs)
}

/// Cargo's target folder.
pub(super) fn target_folder() -> Result<PathBuf, Error> {
    let metadata = MetadataCommand::new().no_deps().exec()?;
    Ok(metadata.target_directory.into_std_path_buf())
}

/// Builds wgs-pipe, and what else is in these packages, in release; gives its path.
pub(crate) fn build(target: &Path, packages: &[&str], log: PathBuf) -> Result<PathBuf, Error> {
    say("building wgs-pipe in release");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = command(cargo, ["build", "--release", "--bins"]);
    build.args(packages.iter().flat_map(|package| [OsStr::new("-p"), package.as_ref()]));
    Pipeline::new(log, [build]).run()?;
    Ok(target.join("release/wgs-pipe"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lacks_is_named_with_the_option_that_gives_it() {
        let folder = tempfile::tempdir().unwrap();
        let simulator = folder.path().join("simulate-case");
        let message = |simulator: &Path| {
            inputs(simulator.to_owned(), folder.path()).err().map(|e| e.to_string())
        };
        assert!(message(&simulator).unwrap().ends_with("say with --simulator where it is"));
        output::write(&simulator, "").unwrap();
        let lacking = message(&simulator).unwrap();
        assert!(lacking.contains("genome.fa.gz is not there: say with --data"), "{lacking}");
        output::write(&folder.path().join("genome.fa.gz"), "").unwrap();
        output::write(&folder.path().join("donor.HG001.chr20.vcf.gz"), "").unwrap();
        assert_eq!(message(&simulator), None);
    }
}
