//! FASTQ: single reads and pairs, plain, gzip or bgzip.
//!
//! Records have four lines that end in LF; sequences and qualities are not wrapped. Bases are `A`,
//! `C`, `G`, `T` and `N`, qualities are Phred + 33. Everything is checked, nothing is changed, and
//! nothing is dropped in silence: a file that holds anything else, or ends within a record or
//! within its compressed data, is an error with the number of the record.
//!
//! Threads read ahead: each file is read, digested and inflated beside the caller, and files in BGZF
//! by several threads on request ([`ReadOptions`]).

mod check;
mod lines;
mod options;
mod pair;
mod read;
mod writer;

pub use options::ReadOptions;
pub use pair::{PairReader, ReadPair};
pub use read::{Read, ReadReader};
pub use writer::Writer;

#[cfg(test)]
mod tests;
