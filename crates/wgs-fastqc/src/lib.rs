//! Quality control of reads, while they stream by or from FASTQ files.
//!
//! [`ReadGroupAccumulator`] is fed with the reads of one read group, by as many threads as there
//! are: accumulators [merge](ReadGroupAccumulator::merge), and the result is the same to the last
//! bit however the reads were dealt out and in whatever order they came. [`qc_files`] does all of
//! it for files. The figures are those of [`wgs_formats::qc::fastq`].
//!
//! ```
//! use wgs_fastqc::{QualityEncoding, ReadGroupAccumulator};
//!
//! let mut accumulator = ReadGroupAccumulator::new(QualityEncoding::Phred33);
//! accumulator.add_pair((b"ACGTN", b"IIII!"), (b"GGGGG", b"IIIII"));
//! let qc = accumulator.finish("lane1", Some("library1"));
//! assert_eq!((qc.r1.reads, qc.r1.bases, qc.r1.n_bases), (1, 5, 1));
//! assert_eq!(qc.r2.map(|r2| r2.gc_rate), Some(1.0));
//! ```

mod adapter;
mod duplication;
mod files;
mod group;
mod mate;
mod overlap;

pub use files::{FastqFiles, QcOptions, qc_files};
pub use group::{QualityEncoding, Read, ReadGroupAccumulator};
pub use mate::MAX_CYCLES;

/// Version of this crate; part of the key of every task that it takes part in.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
