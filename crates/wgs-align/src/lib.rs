//! From reads to a marked, sorted CRAM: alignment, duplicates, sort.
//!
//! ```text
//! lanes ── batches ── aligner ─┬─ records ─── sort, spill ─┬─ merge ── CRAM, index, checksum
//! (FASTQ, BAM, CRAM)           └─ 5' ends ── duplicates ───┘
//! ```
//!
//! - [`align_sample`] does all of it, for any number of lanes, read groups and libraries
//! - [`index`] builds and checks the aligner's index of a genome
//! - [`aligner`] is the interface of engines; [`BwaMem3`] and [`Minibwa`] are built in, and
//!   [`External`] is any other program; [`EngineChoice`] names one
//! - [`origin`] keeps what FASTQ holds and SAM does not; [`restore`] gives the reads back as they
//!   were, and proves it
//! - [`ReadObserver`] sees the reads on their way, and [`RecordObserver`] the records: for quality
//!   control in the same pass
//!
//! The same input gives the same bytes for any number of threads and any memory.

pub mod aligner;
mod choice;
mod duplicates;
mod external;
pub mod index;
pub mod origin;
mod pipeline;
mod reads;
pub mod restore;
mod sort;
#[cfg(test)]
mod testing;

pub use aligner::{AlignWorker, Aligner, BwaMem3, Engine, InsertSize, Minibwa, Preset};
pub use choice::{EngineChoice, IndexKind, OpenEngine, UnknownEngine};
pub use duplicates::{DuplicateOptions, DuplicateTags, LibraryDuplicates, OPTICAL_DISTANCE};
pub use external::{External, ExternalCommand};
pub use origin::{GroupDigest, Mate, ReadsDigest};
pub use pipeline::{
    Input, Kept, Lane, LaneInsertSize, Options, ReadGroupSummary, ReadObserver, ReadTrimmer,
    RecordObserver, Request, Summary, align_sample,
};
pub use reads::{
    MAX_NAME_LEN, MAX_READ_GROUPS, MAX_READ_LEN, Name, Read, ReadBatch, Template, TemplateError,
};

/// Version of this crate: part of what decides the bytes of its outputs.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
