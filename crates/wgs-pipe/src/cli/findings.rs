//! What was measured and found: `metrics`, `report`.

use std::path::PathBuf;

use clap::Args;

use super::{BundleArg, LimitArgs};

/// Arguments of `metrics`.
#[derive(Args, Debug)]
pub struct MetricsArgs {
    /// A CRAM, BAM or SAM, or a VCF.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The reference bundle.
    #[command(flatten)]
    pub bundle: BundleArg,
    /// Output folder.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Threads and memory.
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// Arguments of `report`.
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  wgs-pipe report --case C1 --vcf annotated.vcf.gz --qc qc/S1.coverage.json qc/S1.alignment.json --out report")]
pub struct ReportArgs {
    /// Name of the case in the report.
    #[arg(long, value_name = "ID")]
    pub case: wgs_core::CaseId,
    /// Annotated variants.
    #[arg(long, value_name = "FILE.vcf.gz")]
    pub vcf: Option<PathBuf>,
    /// Metrics as `qc` and `metrics` write them (JSON); any of them may be left out.
    #[arg(long, num_args = 1.., value_name = "JSON")]
    pub qc: Vec<PathBuf>,
    /// Output folder for report.html and report.json.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}
