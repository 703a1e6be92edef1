//! FASTQ: single reads and pairs, plain, gzip or bgzip.
//!
//! Records have four lines; sequences and qualities are not wrapped. Line ends may be LF or CRLF.
//! Everything is checked, and nothing is dropped in silence: a file that ends within a record, or
//! within its compressed data, is an error with the number of the record.

mod lines;
mod pair;
mod read;

pub use pair::{PairReader, ReadPair};
pub use read::{Read, ReadReader};

#[cfg(test)]
mod tests;
