//! `cargo xtask bench-peers`: the figures that we claim, and those of other programs at the same
//! work, measured by one command on simulated reads.

mod accuracy;
mod folder;
mod machine;
mod measure;
mod ours;
mod peers;
mod process;
mod reference;
mod report;
mod simulation;
mod tools;
mod validity;

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use cargo_metadata::MetadataCommand;
use clap::Args;
use wgs_formats::output;

use self::{
    measure::{Room, measure},
    process::{Pipeline, command},
    simulation::Inputs,
    tools::Tools,
};
use crate::Error;

/// What to measure, and with what.
#[derive(Args)]
pub(crate) struct Options {
    /// Program that simulates a sequenced case [default: ../shared/tools/simulate-case]
    #[arg(long, value_name = "PATH")]
    simulator: Option<PathBuf>,
    /// Folder of reference data [default: ../shared/data/mini38]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Mean depth of the simulated reads
    #[arg(long, default_value_t = 30.0)]
    coverage: f64,
    /// Contigs that get reads
    #[arg(long, value_delimiter = ',', default_values = ["chr17", "chr20", "chr22"])]
    contigs: Vec<String>,
    /// Seed of the simulation
    #[arg(long, default_value_t = 101)]
    seed: u64,
    /// wgs-pipe to measure [default: built in release]
    #[arg(long, value_name = "PATH")]
    binary: Option<PathBuf>,
    /// Threads of wgs-pipe and its peers
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Memory of wgs-pipe
    #[arg(long, default_value = "4G")]
    memory: String,
    /// How often everything but freebayes is run; medians are shown
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
    /// Where the figures go [default: bench-peers in Cargo's target folder]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Measures a germline case from FASTQ to report, and peers at its parts.
pub(crate) fn germline(options: &Options) -> Result<String, Error> {
    let metadata = MetadataCommand::new().no_deps().exec()?;
    let shared = metadata.workspace_root.join("../shared");
    let or_shared = |given: &Option<PathBuf>, name: &str| {
        given.clone().unwrap_or_else(|| shared.join(name).into_std_path_buf())
    };
    let simulator = or_shared(&options.simulator, "tools/simulate-case");
    let data = or_shared(&options.data, "data/mini38");
    let inputs = inputs(simulator, &data)?;
    let tools = Tools::find()?;
    let target = metadata.target_directory.as_std_path();
    let out = options.out.clone().unwrap_or_else(|| target.join("bench-peers"));
    output::create_folder(&out)?;
    let out = out.canonicalize()?;

    let room = Room::new(&out)?;
    let binary = options.binary.clone().map_or_else(|| build(target, &room.logs), Ok)?;
    let report = measure(options, &inputs, &data, tools, &binary.canonicalize()?, &room)?;
    let (table, figures) = (out.join("germline.md"), out.join("germline.json"));
    let markdown = report.markdown();
    output::write(&table, &markdown)?;
    output::write_json(&figures, &report)?;
    io::stdout().write_all(markdown.as_bytes())?;
    Ok(format!("written to {} and {}", table.display(), figures.display()))
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

fn build(target: &Path, logs: &Path) -> Result<PathBuf, Error> {
    say("building wgs-pipe in release");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let build = command(cargo, ["build", "--release", "-p", "wgs-pipe"]);
    Pipeline::new(logs.join("build.log"), [build]).run()?;
    Ok(target.join("release/wgs-pipe"))
}

fn say(what: &str) {
    // Nobody is left to tell if the terminal is gone.
    let _ = writeln!(io::stderr(), "bench-peers: {what}");
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
