//! `bench-peers germline`: a case from FASTQ to report, and how right its small variants are, beside
//! bcftools and freebayes; at low depth, in a family, and on real reads.

mod accuracy;
mod bench;
mod case;
mod mapped;
mod peers;
mod real;
mod report;
mod shallow;
mod shards;
mod threads;
mod tools;
mod trio;
mod validity;

pub(super) use self::tools::{Picard, picard};
use clap::{Args, ValueEnum};

use self::{bench::Bench, report::Report, tools::Tools};
use super::{
    machine::Machine,
    setup::{Setup, SetupArgs},
};
use crate::Error;

/// What to measure, and with what.
#[derive(Args)]
pub(crate) struct Options {
    #[command(flatten)]
    setup: SetupArgs,
    /// Contigs that get reads, or `all`
    #[arg(long, value_delimiter = ',', default_values = ["all"])]
    contigs: Vec<String>,
    /// Seed of the simulations; that of the family is the next
    #[arg(long, default_value_t = 102)]
    seed: u64,
    /// Contigs of the family's reads
    #[arg(long, value_delimiter = ',', default_values = ["chr20", "chr22"])]
    trio_contigs: Vec<String>,
    /// Only these measurements
    #[arg(long, value_delimiter = ',')]
    only: Vec<Section>,
}

/// A measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Section {
    /// The case: time, memory, the CRAM, the calls beside those of peers
    Case,
    /// The calls at 1 and 2 threads
    Threads,
    /// The calls by one task and by several
    Shards,
    /// The calls at half the depth
    Shallow,
    /// New variants and Mendelian errors of a child and its parents
    Trio,
    /// Real reads of NA12878
    Real,
}

impl Options {
    fn asks_for(&self, section: Section) -> bool {
        self.only.is_empty() || self.only.contains(&section)
    }
}

/// Measures what is asked for, one after the other.
pub(super) fn run(options: &Options) -> Result<String, Error> {
    let machine = Machine::here();
    let tools = Tools::find()?;
    let setup = Setup::new(&options.setup, "germline", &["wgs-pipe"])?;
    let bench = Bench::new(options, &setup, tools)?;
    let asked = |section| options.asks_for(section);
    let needs_case = asked(Section::Case) || asked(Section::Threads);
    let case = needs_case.then(|| case::measure(&bench)).transpose()?;
    let threads = match &case {
        Some(case) if asked(Section::Threads) => Some(threads::measure(&bench, &case.cram)?),
        _ => None,
    };
    let report = Report {
        threads,
        shards: asked(Section::Shards).then(|| shards::measure(&bench)).transpose()?,
        shallow: asked(Section::Shallow).then(|| shallow::measure(&bench)).transpose()?,
        trio: asked(Section::Trio).then(|| trio::measure(&bench)).transpose()?,
        real: asked(Section::Real).then(|| real::measure(&bench)).transpose()?,
        case,
        ..Report::new(machine, &bench)
    }
    .judged();
    setup.publish(&report, &report.markdown())
}
