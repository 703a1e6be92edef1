//! Every command, argument and option of `wgs-pipe`: a file for each group of commands.

mod bundle;
mod findings;
mod intake;
mod interpret;
mod jobs;
mod ledger;
mod observe;
mod provenance;
mod reads;
mod run;
mod truth;
mod variants;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::memory::MemorySize;
pub use bundle::{BundleAddArgs, BundleAligner, BundleBuildArgs, BundleCommand, SourceKind};
pub use findings::{MetricsArgs, ReportArgs};
pub use intake::{IntakeArgs, TakeForm};
pub use interpret::InterpretArgs;
pub use jobs::{
    CancelArgs, ControllerArgs, GrainName, JobArgs, LogsArgs, SlurmArgs, SubmitArgs, WallTime,
};
pub use ledger::{ForecastArgs, LedgerArgs, LedgerBy, LedgerFormat};
pub use observe::{LogIds, ObserveArgs};
pub use provenance::ProvenanceArgs;
pub use reads::{AlignArgs, ConvertArgs, QcArgs, RestoreArgs, VerifyArgs};
pub use run::{DoctorArgs, ExecutorName, RunArgs, StatusArgs};
pub use truth::{CompareArgs, MatchLevel, RegressArgs, SvLimitArgs};
pub use variants::{AnnotateArgs, CallArgs, JointArgs, OutputForm, RowOf, SexOf, WhyArgs};

/// Whole-genome pipeline: from sequencing reads to a case report.
#[derive(Debug, Parser)]
#[command(name = "wgs-pipe", version, propagate_version = true, arg_required_else_help = true)]
#[command(after_help = EXIT_CODES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Shown at the end of `wgs-pipe --help`; a test holds it to [`wgs_core::ErrorKind`].
pub const EXIT_CODES: &str = "\
Exit codes:
    0  success
    2  the command line is wrong
    3  a case file, samplesheet, pipeline definition or bundle manifest is wrong
    4  a named file is not there
    5  a file or folder may not be read or written
    6  the content of an input is not what its format says
    7  an input ends before its end
    8  data and reference do not belong together
    9  a quality threshold was not met (all outputs are written)
   10  a step failed for a reason of its own
   11  no space is left on a disk
   12  memory does not suffice
  130  stopped by a signal; run again to resume";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Take a case, or all cases of a samplesheet, from reads to report; run again to resume.
    Run {
        /// What to run.
        #[command(flatten)]
        args: RunArgs,
        /// Who hears of it.
        #[command(flatten)]
        observe: ObserveArgs,
    },
    /// Show what `run` would do, and why.
    Plan(RunArgs),
    /// Hand cases to a batch system, or to this machine, and return; run again to go on.
    Submit(Box<SubmitArgs>),
    /// Show how far the cases of an output folder are.
    Status(StatusArgs),
    /// Check what a sequencing provider has delivered, and write case files of what is complete.
    Intake(IntakeArgs),
    /// What runs took and cost: time, memory, bytes, waiting, by task, stage, case or run.
    Ledger(LedgerArgs),
    /// End a submitted run, or cases of it.
    Cancel(CancelArgs),
    /// Show what the controller of a submitted run, or a case's tasks and jobs, said.
    Logs(LogsArgs),
    /// Control a submitted run from here: after its controller died, or where none may stay behind.
    Controller(ControllerArgs),
    /// Check this machine: memory, disk, processor, reference bundle.
    Doctor(DoctorArgs),
    /// Build or verify a reference bundle.
    #[command(subcommand)]
    Bundle(BundleCommand),
    /// Quality control of FASTQ pairs.
    Qc(QcArgs),
    /// Reads to a duplicate-marked, sorted CRAM or BAM with index and checksum.
    Align(AlignArgs),
    /// The FASTQ that a CRAM was made of, for each read group.
    Restore(RestoreArgs),
    /// Prove that a CRAM, and FASTQ files, hold the reads that went in.
    Verify(VerifyArgs),
    /// Germline small variants of one or several CRAM or BAM files.
    Call(CallArgs),
    /// Why a locus is called as it is, or not at all.
    Why(WhyArgs),
    /// Variants of a family or cohort, from the gVCFs of its samples.
    Joint(JointArgs),
    /// Consequence, HGVS and exact-match annotation of a VCF.
    Annotate(AnnotateArgs),
    /// Findings of a case from annotated variants: inheritance, evidence, tiers, criteria, classes.
    Interpret(InterpretArgs),
    /// Quality metrics of a CRAM or BAM, or of a VCF.
    Metrics(MetricsArgs),
    /// A report from metrics and an annotated VCF.
    Report(ReportArgs),
    /// Compare variant calls with a truth set.
    Compare(CompareArgs),
    /// Convert reads between FASTQ, SAM, BAM and CRAM, or variants between VCF and BCF.
    Convert(ConvertArgs),
    /// Hold the figures of reference samples against declared baselines.
    Regress(RegressArgs),
    /// Describe the last run of a case as a Workflow Run RO-Crate, or verify its files by it.
    Provenance(ProvenanceArgs),
    /// Print what this program is made of: a CycloneDX bill of materials.
    Sbom,
    /// Print a JSON Schema.
    Schema(SchemaArgs),
    /// Print shell completions.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Write man pages.
    Man {
        /// Folder to write them to.
        #[arg(long)]
        out: PathBuf,
    },
    /// Run one task of a run, in this process: what executors start.
    #[command(hide = true)]
    Task {
        /// The stage that runs the task.
        stage: String,
        /// The task specification (JSON).
        #[arg(long)]
        spec: PathBuf,
    },
    /// Do what an order of a batch says, on this machine: what jobs of a cluster start.
    #[command(hide = true)]
    Work {
        /// The orders of the batch.
        batch: PathBuf,
        /// The number of the order.
        slot: u32,
    },
}

/// Threads and memory.
#[derive(Args, Clone, Debug)]
pub struct LimitArgs {
    /// Threads to use [default: all processors].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub threads: Option<u16>,
    /// Memory to use, such as 8G [default: 80% of what is available].
    #[arg(long, value_name = "SIZE")]
    pub memory: Option<MemorySize>,
}

/// The reference bundle.
#[derive(Args, Clone, Debug)]
pub struct BundleArg {
    /// Reference bundle made by `wgs-pipe bundle build`.
    #[arg(long, value_name = "BUNDLE")]
    pub bundle: PathBuf,
}

/// Arguments of `schema`.
#[derive(Args, Debug)]
pub struct SchemaArgs {
    /// Whose schema.
    #[arg(value_enum, default_value_t = SchemaName::Case)]
    pub of: SchemaName,
}

/// What has a JSON Schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaName {
    /// Case files.
    Case,
    /// Files of `regress`.
    Regress,
    /// report.json.
    Report,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use wgs_core::ErrorKind;

    use super::*;

    #[test]
    fn definitions_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn help_lists_the_exit_code_of_every_kind() {
        let listed: Vec<u8> = EXIT_CODES
            .lines()
            .filter_map(|line| line.split_whitespace().next()?.parse().ok())
            .collect();
        let mut codes = vec![0];
        codes.extend(ErrorKind::ALL.map(ErrorKind::exit_code));
        assert_eq!(listed, codes);
    }
}
