//! BCF 2.2, the binary form of VCF (VCF v4.3 §6).
//!
//! It is read and written here: foreign BCF, which crashes other libraries, is decoded by code that
//! checks every length. A record becomes the line of VCF that says the same.

mod decode;
mod dictionary;
mod encode;
mod ffi;
mod reader;
mod typed;
mod writer;

pub use reader::Reader;
pub use writer::Writer;

/// What a file begins with: version 2.2 is written, and 2.1 is the same to a reader.
const MAGIC: [u8; 5] = *b"BCF\x02\x02";

#[cfg(test)]
mod tests;
