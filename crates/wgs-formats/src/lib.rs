//! Files as the stages of the pipeline read and write them: genomes, reads, alignments, variants, tables
//! and quality metrics, and outputs that appear under their name only when they are whole.

pub mod alignment;
pub mod bed;
pub mod digest;
mod error;
pub mod fastq;
pub mod findings;
pub mod genome;
mod input;
pub mod output;
pub mod qc;
mod stream;
pub mod svg;
pub mod table;
pub mod variant;

pub use error::{FileError, Result};
