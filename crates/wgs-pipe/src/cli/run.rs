//! Cases: `run`, `plan`, `status`, and the machine they run on: `doctor`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Deserialize;
use wgs_core::CaseId;

use super::{BundleArg, ForecastArgs, JobArgs, LimitArgs, SlurmArgs};

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
    /// Where tasks run [default: local].
    #[arg(long, value_enum)]
    pub executor: Option<ExecutorName>,
    /// Threads and memory of all tasks together; of a job, where there are jobs.
    #[command(flatten)]
    pub limits: LimitArgs,
    /// What is foreseen before the start.
    #[command(flatten)]
    pub forecast: ForecastArgs,
    /// What jobs do and may use.
    #[command(flatten)]
    pub jobs: JobArgs,
}

/// Where tasks run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExecutorName {
    /// As processes on this machine.
    #[default]
    Local,
    /// As jobs of SLURM.
    Slurm,
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
    /// Only this case, with its tasks.
    #[arg(long, value_name = "ID")]
    pub case: Option<CaseId>,
}

/// Arguments of `doctor`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  wgs-pipe doctor --bundle GRCh38 --out results
  wgs-pipe doctor --executor slurm --partition long --account genomes")]
pub struct DoctorArgs {
    /// Reference bundle to verify.
    #[arg(long, value_name = "BUNDLE")]
    pub bundle: Option<PathBuf>,
    /// Output folder whose disk is to be checked.
    #[arg(long, value_name = "OUT", default_value = ".")]
    pub out: PathBuf,
    /// Also check what jobs are to run on: `slurm` is asked whether it takes this user's jobs.
    #[arg(long, value_enum, default_value_t)]
    pub executor: ExecutorName,
    /// How jobs would go there.
    #[command(flatten)]
    pub slurm: SlurmArgs,
}
