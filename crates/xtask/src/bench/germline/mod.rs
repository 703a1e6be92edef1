//! `bench-peers germline`: time, memory, accuracy and validity of a case from FASTQ to report.

mod accuracy;
mod course;
mod peers;
mod report;
mod tools;
mod validity;

pub(super) use self::tools::{Picard, picard};
use clap::Args;

use self::tools::Tools;
use super::setup::{Setup, SetupArgs};
use crate::Error;

/// What to measure, and with what.
#[derive(Args)]
pub(crate) struct Options {
    #[command(flatten)]
    setup: SetupArgs,
    /// Contigs that get reads
    #[arg(long, value_delimiter = ',', default_values = ["chr17", "chr20", "chr22"])]
    contigs: Vec<String>,
    /// Seed of the simulation
    #[arg(long, default_value_t = 101)]
    seed: u64,
}

/// Measures a germline case from FASTQ to report, and peers at its parts.
pub(super) fn run(options: &Options) -> Result<String, Error> {
    let tools = Tools::find()?;
    let setup = Setup::new(&options.setup, "germline", &["wgs-pipe"])?;
    let report = course::measure(options, tools, &setup)?;
    setup.publish(&report, &report.markdown())
}
