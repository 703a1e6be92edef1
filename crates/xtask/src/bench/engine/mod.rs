//! `cargo xtask bench-peers engine`: what the run engine costs, how well it fills a cluster, and
//! whether cases come through whatever is done to them meanwhile.

mod chaos;
mod cohort;
mod intake;
mod lab;
mod overhead;
mod packing;
mod scale;

use std::path::PathBuf;

use cargo_metadata::MetadataCommand;
use clap::{Args, ValueEnum};
use serde::Serialize;
use wgs_formats::output;

use self::{cohort::Cohort, lab::Lab};
pub(crate) use self::{overhead::run_task, scale::simulate};
use super::{machine::Machine, say, target::Target};
use crate::Error;

/// What to measure, and on what.
#[derive(Args)]
pub(crate) struct Options {
    /// Parts to measure, of several
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = [Part::Overhead, Part::Packing])]
    only: Vec<Part>,
    /// wgs-pipe to measure
    #[arg(long, value_name = "PATH", default_value = "target/release/wgs-pipe")]
    binary: PathBuf,
    /// Cases; every fourth is a family of three
    #[arg(long, default_value_t = 40)]
    cases: usize,
    /// Kilobases of the genome that they are sequenced on
    #[arg(long, default_value_t = 1200)]
    kilobases: u32,
    /// Mean depth
    #[arg(long, default_value_t = 30.0)]
    coverage: f64,
    /// Nodes of the cluster
    #[arg(long, default_value_t = 4)]
    nodes: usize,
    /// Faults
    #[arg(long, default_value_t = 100)]
    faults: usize,
    /// Source of all randomness
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Tasks whose overhead is measured
    #[arg(long, default_value_t = 200)]
    tasks: usize,
    /// Numbers of cases that are simulated
    #[arg(long, value_delimiter = ',', default_values_t = [1000, 10_000, 100_000])]
    simulated: Vec<usize>,
    /// Reads in each file of the delivery that is taken in
    #[arg(long, default_value_t = 500_000)]
    intake_reads: usize,
    /// Where everything goes [default: bench-peers/engine in Cargo's target folder]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// A part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// What a task costs beside its own process, on this machine
    Overhead,
    /// Cases on a real SLURM beside a loop of the shell
    Packing,
    /// The same cases while processes are killed, nodes fail, disks fill and files break
    Chaos,
    /// What the controller costs with more and more cases, which are simulated
    Scale,
    /// Intake of a delivery beside md5sum, sha256sum and gzip
    Intake,
}

/// All figures.
#[derive(Serialize)]
struct Report {
    machine: Machine,
    overhead: Option<overhead::Figures>,
    packing: Option<packing::Figures>,
    chaos: Option<chaos::Figures>,
    scale: Vec<scale::Figures>,
    intake: Option<intake::Figures>,
    targets: Vec<Target>,
}

/// Measures, writes `engine.json` and `engine.md`, and says which targets are met.
pub(super) fn run(options: &Options) -> Result<String, Error> {
    let metadata = MetadataCommand::new().no_deps().exec()?;
    let out = options
        .out
        .clone()
        .unwrap_or_else(|| metadata.target_directory.as_std_path().join("bench-peers/engine"));
    output::create_folder(&out)?;
    let out = out.canonicalize()?;
    let workspace = metadata.workspace_root.as_std_path();
    let mut report = Report {
        machine: Machine::here(),
        overhead: None,
        packing: None,
        chaos: None,
        scale: Vec::new(),
        intake: None,
        targets: Vec::new(),
    };
    if options.only.contains(&Part::Overhead) {
        say("tasks that do nothing");
        let figures = overhead::measure(options.tasks, &out.join("overhead"))?;
        report.targets.extend(figures.targets());
        report.overhead = Some(figures);
    }
    if options.only.contains(&Part::Scale) {
        report.scale = scale::measure(&options.simulated, &out.join("scale"))?;
        report.targets.extend(scale::targets(&report.scale));
    }
    if options.only.contains(&Part::Intake) {
        say("a delivery");
        let (reads, room) = (options.intake_reads, out.join("intake"));
        let figures = intake::measure(reads, options.seed, &options.binary()?, &room)?;
        report.targets.extend(figures.targets());
        report.intake = Some(figures);
    }
    if options.only.iter().any(|part| matches!(part, Part::Packing | Part::Chaos)) {
        let binary = options.binary()?;
        say("cases");
        let cohort = Cohort::make(options, &binary, &out)?;
        let lab = Lab::start(workspace, &out.join("lab"), options.nodes)?;
        let (undisturbed, used) = packing::by_shell(&cohort, &lab, &binary, &out)?;
        if options.only.contains(&Part::Packing) {
            let figures = packing::measure((&undisturbed, used), &cohort, &lab, &binary, &out)?;
            report.targets.extend(figures.targets());
            report.packing = Some(figures);
        }
        if options.only.contains(&Part::Chaos) {
            let figures =
                chaos::drill(options, (&undisturbed, used), &cohort, &lab, &binary, &out)?;
            report.targets.extend(figures.targets());
            report.chaos = Some(figures);
        }
    }
    finish(&report, &out)
}

impl Options {
    fn binary(&self) -> Result<PathBuf, Error> {
        let path = self.binary.display();
        let build = "build it: cargo build --release -p wgs-pipe";
        self.binary.canonicalize().map_err(|e| format!("{path}: {e}; {build}").into())
    }
}

fn finish(report: &Report, out: &std::path::Path) -> Result<String, Error> {
    let mut text = String::from("# The run engine\n\n");
    text.extend(report.overhead.iter().map(overhead::Figures::text));
    text.extend(report.packing.iter().map(packing::Figures::text));
    text.extend(report.chaos.iter().map(chaos::Figures::text));
    if !report.scale.is_empty() {
        text += &scale::text(&report.scale);
    }
    text.extend(report.intake.iter().map(intake::Figures::text));
    text += "\n| target | measured | limit | |\n|---|--:|--:|---|\n";
    text.extend(report.targets.iter().map(Target::row));
    output::write_json(&out.join("engine.json"), report)?;
    output::write(&out.join("engine.md"), &text)?;
    match report.targets.iter().all(|target| target.met) {
        true => Ok(text),
        false => Err(format!("{text}\nnot every target is met").into()),
    }
}
