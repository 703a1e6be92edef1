//! From reads to a marked, sorted CRAM: alignment, duplicates, sort.

pub mod aligner;
mod duplicates;
pub mod index;
mod pipeline;
mod reads;
mod sort;
#[cfg(test)]
mod testing;

pub use aligner::{AlignWorker, Aligner, BwaMem3, InsertSize};
pub use duplicates::LibraryDuplicates;
pub use pipeline::{
    Input, Lane, LaneInsertSize, ReadGroupSummary, ReadObserver, Request, Summary, align_sample,
};
pub use reads::{
    MAX_NAME_LEN, MAX_READ_GROUPS, MAX_READ_LEN, Read, ReadBatch, Template, TemplateError,
};

/// Version of this crate: part of what decides the bytes of its outputs.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
