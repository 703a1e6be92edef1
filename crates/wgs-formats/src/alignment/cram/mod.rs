//! CRAM, by htslib.
//!
//! Reading: htslib decodes, from a reference that is set before the first record, so that it never
//! looks for one elsewhere. Writing: htslib encodes parts of fixed size to containers, each with an
//! encoder of its own, and the file is put together here. An encoder chooses its compression by
//! trial as it goes, so one that works on many containers at a time gives other bytes for other
//! numbers of threads; parts of their own do not.

mod container;
mod ffi;
mod reader;
mod tee;
mod writer;

pub(super) use container::data_containers;
pub(super) use ffi::index_bam;
pub(super) use reader::{CramReader, IndexedCram};
pub(super) use tee::{Digested, Tee};
pub(super) use writer::CramWriter;
