//! `bench-peers reads`: what the way from FASTQ to a marked, sorted CRAM takes, beside the bare
//! engine and the programs that people chain for it; and whether the targets are met.

mod bench;
mod chain;
mod depth;
mod memory;
mod peers;
mod qc;
mod report;
mod size;
mod threads;
mod tools;

use std::path::PathBuf;

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
    #[arg(long, value_delimiter = ',', default_values = ["chr20", "chr22"])]
    contigs: Vec<String>,
    /// Contig of the growth with depth
    #[arg(long, default_value = "chr20")]
    depth_contig: String,
    /// Seed of the simulations
    #[arg(long, default_value_t = 104)]
    seed: u64,
    /// minibwa, which takes part if it is named
    #[arg(long, value_name = "PATH")]
    minibwa: Option<PathBuf>,
    /// Only these measurements
    #[arg(long, value_delimiter = ',')]
    only: Vec<Section>,
}

/// A measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Section {
    /// The reads task beside the bare engine and the chains with minibwa and bwa mem
    Chain,
    /// wgs-pipe qc beside fastp and our own reading of FASTQ
    Qc,
    /// The CRAM beside that of samtools
    Size,
    /// Peak memory within 1, 2 and 8 GiB
    Memory,
    /// Outputs at 1, 2 and 4 threads
    Threads,
    /// Processor time from 5x to 60x
    Depth,
}

impl Options {
    fn asks_for(&self, section: Section) -> bool {
        self.only.is_empty() || self.only.contains(&section)
    }
}

/// Measures what is asked for, one after the other.
pub(super) fn run(options: &Options) -> Result<String, Error> {
    let machine = Machine::here();
    let tools = Tools::find(options.minibwa.as_deref())?;
    let setup = Setup::new(&options.setup, "reads", &["wgs-pipe", "wgs-benches"])?;
    let bench = Bench::new(options, &setup, tools)?;
    let asked = |section| options.asks_for(section);
    let chain = asked(Section::Chain).then(|| chain::measure(&bench)).transpose()?;
    let index_bytes = chain.as_ref().map(|chain| chain.engine.index_bytes);
    let report = Report {
        qc: asked(Section::Qc).then(|| qc::measure(&bench)).transpose()?,
        size: asked(Section::Size).then(|| size::measure(&bench)).transpose()?,
        memory: asked(Section::Memory).then(|| memory::measure(&bench, index_bytes)).transpose()?,
        threads: asked(Section::Threads).then(|| threads::measure(&bench)).transpose()?,
        depth: asked(Section::Depth).then(|| depth::measure(&bench)).transpose()?,
        chain,
        ..Report::new(machine, &bench)
    }
    .judged();
    setup.publish(&report, &report.markdown())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    #[test]
    fn everything_is_measured_unless_parts_are_named() {
        let line = |arguments: &[&str]| Line::parse_from([&["reads"], arguments].concat()).options;
        assert!(line(&[]).asks_for(Section::Qc));
        let some = line(&["--only", "qc,depth"]);
        assert!(some.asks_for(Section::Qc) && some.asks_for(Section::Depth));
        assert!(!some.asks_for(Section::Chain));
    }
}
