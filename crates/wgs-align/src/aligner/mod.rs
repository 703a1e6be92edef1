//! Aligners: what places reads on the genome.

mod ambiguous;
mod bwa_mem3;
mod engine;
mod minibwa;

use wgs_core::ContigList;
use wgs_formats::{Result, alignment::Record};

pub use bwa_mem3::{BwaMem3, Preset};
pub use engine::Engine;
pub use minibwa::Minibwa;
pub(crate) use minibwa::native::build_index as build_minibwa_index;

use crate::reads::ReadBatch;

/// How far the outer ends of a pair lie apart in one orientation, in bases.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Distances {
    /// Least of a proper pair.
    pub low: u32,
    /// Largest of a proper pair.
    pub high: u32,
    /// Mean.
    pub mean: f64,
    /// Standard deviation.
    pub deviation: f64,
}

/// Insert sizes of a read group, by how the reads of a pair lie to each other: both forward, facing
/// inward, facing outward, both reverse. An orientation with too few pairs has none.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct InsertSize(pub [Option<Distances>; 4]);

impl InsertSize {
    /// Whether any orientation is known.
    pub fn is_known(&self) -> bool {
        self.0.iter().any(Option::is_some)
    }
}

/// What places reads on a genome. It starts no threads: each thread that aligns takes a worker.
///
/// What a worker gives depends on the batch and the insert sizes alone.
pub trait Aligner: Sync {
    /// Its name, as it stands in `@PG`.
    fn name(&self) -> &str;

    /// Its version, as it stands in `@PG`.
    fn version(&self) -> &str;

    /// The command that does the same, as it stands in `@PG`: it names all options that decide the
    /// records.
    fn command_line(&self) -> String {
        self.name().to_owned()
    }

    /// The genome's contigs, in the order of the records' reference ids.
    fn contigs(&self) -> &ContigList;

    /// Bytes that its index takes in memory.
    fn index_bytes(&self) -> u64;

    /// Bytes that a worker takes at most, beside the reads and records of its batch.
    fn worker_bytes(&self) -> u64;

    /// A worker for one thread.
    ///
    /// # Errors
    ///
    /// If memory is refused.
    fn worker(&self) -> Result<Box<dyn AlignWorker + '_>>;
}

/// Aligns the batches of one thread.
pub trait AlignWorker {
    /// Aligns a batch. Hands out the records of each template together, in any order of templates,
    /// with the template's place in the batch: all reads' primary records, with mate fields, and
    /// `NM`, `MD`, `AS`, `SA`, `XA`, `MC`, `MQ` where they apply, without `RG`.
    ///
    /// Pairs are judged by `insert`; without, by the insert sizes of this batch's own pairs. Returns
    /// the insert sizes that were used.
    ///
    /// # Errors
    ///
    /// What `out` returns, or if the engine fails.
    fn align(
        &mut self,
        batch: &ReadBatch,
        insert: Option<&InsertSize>,
        out: &mut dyn FnMut(usize, Record) -> Result<()>,
    ) -> Result<InsertSize>;
}
