//! CRAM, by htslib.
//!
//! Reading: htslib decodes, from a reference that is set before the first record, so that it never
//! looks for one elsewhere. Writing: htslib encodes parts of fixed size to containers, and the file
//! is put together here. An encoder finds its compression by trial, which costs several times what
//! compression does, and goes by what it found for dozens of slices; so it is kept for many parts.
//! One that works on many containers at a time would give other bytes for other numbers of threads;
//! a fixed number of encoders that take the parts in turn does not.

mod check;
mod container;
mod contents;
mod ffi;
mod reader;
mod tee;
mod writer;

pub use check::check_cram;
pub(super) use contents::data_containers;
pub(super) use ffi::index_bam;
pub(super) use reader::{CramReader, IndexedCram};
pub(super) use tee::{Digested, Tee};
pub(super) use writer::CramWriter;
