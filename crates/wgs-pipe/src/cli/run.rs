//! Cases: `run`, `plan`, `status`, and the machine they run on: `doctor`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{BundleArg, ForecastArgs, LimitArgs};

/// Arguments of `run` and `plan`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  wgs-pipe run case.toml --bundle GRCh38 --out results
  wgs-pipe run --samplesheet cases.csv --bundle GRCh38 --out results --threads 32 --memory 64G")]
#[command(group = clap::ArgGroup::new("what").required(true).args(["case", "samplesheet"]))]
pub struct RunArgs {
    /// Case file (TOML); `wgs-pipe schema case` prints its format.
    #[arg(value_name = "CASE.toml")]
    pub case: Option<PathBuf>,
    /// Samplesheet (CSV or TSV) with many cases; the columns of nf-core/sarek are understood.
    #[arg(long, value_name = "FILE")]
    pub samplesheet: Option<PathBuf>,
    /// The reference bundle.
    #[command(flatten)]
    pub bundle: BundleArg,
    /// Output folder; each case gets a folder of its name in it.
    #[arg(long, value_name = "OUT")]
    pub out: PathBuf,
    /// Pipeline definition in place of the embedded one.
    #[arg(long, value_name = "FILE")]
    pub pipeline: Option<PathBuf>,
    /// Where tasks run.
    #[arg(long, value_enum, default_value_t = ExecutorName::Local)]
    pub executor: ExecutorName,
    /// Threads and memory of all tasks together.
    #[command(flatten)]
    pub limits: LimitArgs,
    /// What is foreseen before the start.
    #[command(flatten)]
    pub forecast: ForecastArgs,
}

/// Where tasks run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExecutorName {
    /// As processes on this machine.
    Local,
}

/// Arguments of `status`.
#[derive(Args, Debug)]
pub struct StatusArgs {
    /// Output folder of a run.
    #[arg(value_name = "OUT")]
    pub out: PathBuf,
    /// One JSON line per case in place of a table.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `doctor`.
#[derive(Args, Debug)]
pub struct DoctorArgs {
    /// Reference bundle to verify.
    #[arg(long, value_name = "BUNDLE")]
    pub bundle: Option<PathBuf>,
    /// Output folder whose disk is to be checked.
    #[arg(long, value_name = "OUT", default_value = ".")]
    pub out: PathBuf,
}
