//! Aligners that are other programs: interleaved FASTQ into a pipe, SAM or BAM out of another.
//!
//! ```text
//! batches ── stdin ──► program ── stdout ──► records ── matched by name to their templates
//!    └────────────── waiting ─────────────────────┘
//! ```
//!
//! One process aligns all reads of a sample, fed in the order of the input, so that what it makes
//! of them does not depend on this process's threads. It must give the records of each template
//! together, templates in the order of the input, and all bases and qualities of each read in its
//! primary record. Whatever it does otherwise is an error, with the end of what it wrote to its
//! standard error.

mod command;
mod index;
mod matching;
mod process;

pub use command::ExternalCommand;
pub(crate) use process::{Aligned, run};

use std::path::Path;

use wgs_core::ContigList;
use wgs_formats::{Result, genome::Genome};

/// A program that aligns, ready to be started.
#[derive(Clone, Debug)]
pub struct External {
    command: ExternalCommand,
    version: String,
    argv: Vec<String>,
    genome: Genome,
}

impl External {
    /// Bytes for reads that the program has taken and has not answered yet: two of its batches of
    /// 100 million bases.
    pub(crate) const WAITING_BYTES: u64 = 512 << 20;

    /// Asks the program for its version, and fills in the genome, the index (a file or prefix; the
    /// genome's FASTA if the command names none) and the number of threads.
    ///
    /// # Errors
    ///
    /// If the program cannot be started or tells no version, or the command has a placeholder that
    /// is not known, or bwa's index is not there.
    pub fn open(
        command: &ExternalCommand,
        index: &Path,
        genome: &Genome,
        threads: usize,
    ) -> Result<Self> {
        let version = command.probe()?;
        command.check_index(index)?;
        let argv = command.filled(index, genome.path(), threads.max(1))?;
        Ok(Self { command: command.clone(), version, argv, genome: genome.clone() })
    }

    /// The command's name.
    pub fn name(&self) -> &str {
        &self.command.name
    }

    /// The version that the program tells.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The command with its placeholders; arguments that are not plain words are quoted.
    pub fn command_line(&self) -> String {
        self.command.text()
    }

    /// The genome's contigs.
    pub fn contigs(&self) -> &ContigList {
        self.genome.contigs()
    }
}
