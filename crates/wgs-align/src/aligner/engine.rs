//! The two kinds of engines that a sample can be aligned with.

use wgs_core::ContigList;

use super::Aligner;
use crate::external::External;

/// What aligns a sample's reads: an engine in this process, or another program.
#[derive(Clone, Copy)]
pub enum Engine<'a> {
    /// Threads of this process align batches.
    Embedded(&'a dyn Aligner),
    /// A program is fed with reads, and its records are read back.
    External(&'a External),
}

impl Engine<'_> {
    /// Name of the engine, as it stands in `@PG`.
    pub fn name(&self) -> &str {
        match self {
            Self::Embedded(aligner) => aligner.name(),
            Self::External(program) => program.name(),
        }
    }

    /// Version of the engine, as it stands in `@PG`.
    pub fn version(&self) -> &str {
        match self {
            Self::Embedded(aligner) => aligner.version(),
            Self::External(program) => program.version(),
        }
    }

    /// The command that does the same, as it stands in `@PG`: it names what decides the records,
    /// no file and no number of threads.
    pub fn command_line(&self) -> String {
        match self {
            Self::Embedded(aligner) => aligner.command_line(),
            Self::External(program) => program.command_line(),
        }
    }

    /// The genome's contigs, in the order of the records' reference ids.
    pub fn contigs(&self) -> &ContigList {
        match self {
            Self::Embedded(aligner) => aligner.contigs(),
            Self::External(program) => program.contigs(),
        }
    }

    /// Bytes that the index takes in this process, or the reads that wait for a program's records.
    pub fn index_bytes(&self) -> u64 {
        match self {
            Self::Embedded(aligner) => aligner.index_bytes(),
            Self::External(_) => External::WAITING_BYTES,
        }
    }

    /// Bytes that a thread takes at most, beside the reads and records of its batch.
    pub fn worker_bytes(&self) -> u64 {
        match self {
            Self::Embedded(aligner) => aligner.worker_bytes(),
            Self::External(_) => 0,
        }
    }
}

impl<'a, A: Aligner> From<&'a A> for Engine<'a> {
    fn from(aligner: &'a A) -> Self {
        Self::Embedded(aligner)
    }
}

impl<'a> From<&'a External> for Engine<'a> {
    fn from(program: &'a External) -> Self {
        Self::External(program)
    }
}
