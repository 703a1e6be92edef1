//! Where files come from: `provenance`.

use std::path::PathBuf;

use clap::Args;

/// Arguments of `provenance`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  wgs-pipe provenance results/C1            describes the last run of C1 again
  wgs-pipe provenance results/C1 --verify   are its files still what the description says?")]
pub struct ProvenanceArgs {
    /// Folder of a case: the output folder of a run, and the case's name in it.
    #[arg(value_name = "OUT/CASE")]
    pub case: PathBuf,
    /// Read every file that the description names and compare its SHA-256; write nothing.
    #[arg(long)]
    pub verify: bool,
    /// Definition of the pipeline that the run followed [default: pipeline.toml in the folder].
    #[arg(long, value_name = "FILE", conflicts_with = "verify")]
    pub pipeline: Option<PathBuf>,
}
