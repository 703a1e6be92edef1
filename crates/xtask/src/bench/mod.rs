//! `cargo xtask bench-peers`: the figures that we claim, and those of other programs at the same
//! work, measured by one command on simulated reads.

mod accuracy;
mod folder;
mod machine;
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
    accuracy::Judge,
    machine::Machine,
    ours::{Limits, Run, WgsPipe},
    peers::{Peer, Workplace},
    process::{Pipeline, command},
    reference::Reference,
    report::Report,
    simulation::{Inputs, Recipe, Simulation},
    tools::Tools,
};
use crate::Error;

/// QUAL at which callers that set no filters are judged as well: what their manuals advise.
const USUAL_MIN_QUAL: f64 = 20.0;

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

/// Where everything but the figures lies.
struct Room {
    work: PathBuf,
    logs: PathBuf,
}

impl Room {
    fn new(out: &Path) -> Result<Self, Error> {
        let work = out.join("germline.work");
        let logs = work.join("logs");
        output::create_folder(&logs)?;
        Ok(Self { work, logs })
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

fn build(target: &Path, logs: &Path) -> Result<PathBuf, Error> {
    say("building wgs-pipe in release");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let build = command(cargo, ["build", "--release", "-p", "wgs-pipe"]);
    Pipeline::new(logs.join("build.log"), [build]).run()?;
    Ok(target.join("release/wgs-pipe"))
}

fn measure(
    options: &Options,
    inputs: &Inputs,
    data: &Path,
    tools: Tools,
    binary: &Path,
    room: &Room,
) -> Result<Report, Error> {
    let log = |name: &str| room.logs.join(format!("{name}.log"));
    let Options { coverage, contigs, seed, .. } = options;
    let recipe = Recipe { coverage: *coverage, contigs: contigs.clone(), seed: *seed };
    say("simulating reads, unless they are there");
    let simulation =
        Simulation::make(&room.work.join("simulation"), &recipe, inputs, log("simulate"))?;
    say("indexing the genome, unless that is done");
    let reference =
        Reference::make(&room.work.join("reference"), &inputs.genome, &tools, &log("index"))?;

    let machine = Machine::here();
    let limits = Limits { threads: options.threads, memory: options.memory.clone() };
    let wgs_pipe =
        WgsPipe { binary: binary.into(), limits: limits.clone(), logs: room.logs.clone() };
    let bundle = room.work.join("bundle");
    say("wgs-pipe bundle build");
    let bundle_used = wgs_pipe.build_bundle(data, &bundle)?;
    let mut runs: Vec<Run> = Vec::new();
    let mut layout = None;
    for number in 1..=options.repeat {
        say(&format!("wgs-pipe run ({number} of {})", options.repeat));
        let (run, made) = wgs_pipe.run(&simulation, &bundle, &room.work.join("run"))?;
        runs.push(run);
        layout = Some(made);
    }
    let layout = layout.ok_or("--repeat 0 measures nothing")?;
    let cram = ours::cram(&layout)?;

    let workplace = Workplace {
        reference: &reference,
        threads: options.threads,
        folder: folder::fresh(&room.work.join("peers"))?,
        logs: room.logs.clone(),
    };
    let (peers, calls) = peers(&workplace, &simulation, &cram, &tools, options.repeat)?;

    say("judging the calls and the CRAM");
    let judge = Judge::new(
        reference.fasta(),
        simulation.confident(),
        &simulation.truth(),
        &room.work.join("accuracy"),
        log("accuracy"),
    )?;
    let mut accuracy = vec![judge.judge("wgs-pipe", &layout.small_variants(), None)?];
    for (caller, calls) in &calls {
        for min_qual in [None, Some(USUAL_MIN_QUAL)] {
            accuracy.push(judge.judge(caller, calls, min_qual)?);
        }
    }
    let validity = validity::check(&cram, &reference, &tools, &room.work, &room.logs)?;
    let program = wgs_engine::RunRecord::read(&layout)?.program;
    let left_out = tools.left_out();
    Ok(Report {
        machine,
        limits,
        simulation: recipe,
        tools,
        program,
        bundle: bundle_used,
        runs,
        peers,
        accuracy,
        validity,
        left_out,
    })
}

/// Names of callers and where their calls are.
type Calls = Vec<(&'static str, PathBuf)>;

fn peers(
    place: &Workplace,
    simulation: &Simulation,
    cram: &Path,
    tools: &Tools,
    repeat: u32,
) -> Result<(Vec<Peer>, Calls), Error> {
    let (mut peers, mut calls) = (Vec::new(), Vec::new());
    let mut measure = |name, against, times: u32, run: &dyn Fn() -> Result<_, Error>| {
        say(name);
        let runs = (0..times).map(|_| run()).collect::<Result<_, _>>()?;
        peers.push(Peer { name, against, runs });
        Ok::<(), Error>(())
    };
    if tools.bwa.is_some() {
        measure("bwa mem + samtools", "reads", repeat, &|| place.align(simulation))?;
    }
    let bcftools = place.folder.join("bcftools.vcf.gz");
    measure("bcftools mpileup + call", "call", repeat, &|| place.bcftools(cram, &bcftools))?;
    calls.push(("bcftools", bcftools));
    if tools.freebayes.is_some() {
        let freebayes = place.folder.join("freebayes.vcf");
        measure("freebayes", "call", 1, &|| place.freebayes(cram, &freebayes))?;
        calls.push(("freebayes", freebayes));
    }
    Ok((peers, calls))
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
