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
//! accumulator.add_pair(b"read1", (b"ACGTN", b"IIII!"), (b"GGGGG", b"IIIII"));
//! let qc = accumulator.finish("lane1", Some("library1"));
//! assert_eq!((qc.r1.reads, qc.r1.bases, qc.r1.n_bases), (1, 5, 1));
//! assert_eq!(qc.r2.map(|r2| r2.gc_rate), Some(1.0));
//! ```

mod adapter;
mod by_cycle;
mod checks;
mod cycles;
mod duplication;
mod fastqc_data;
mod files;
mod group;
mod groups;
mod hash;
mod kmers;
mod known;
mod masks;
mod mate;
mod overlap;
mod overrepresented;
mod poly_g;
mod sample;
mod tiles;
mod trim;

pub use fastqc_data::{FastqcData, fastqc_data};
pub use files::{FastqFiles, QcOptions, qc_files};
pub use group::{QualityEncoding, Read, ReadGroupAccumulator};
pub use masks::MAX_CYCLES;
pub use trim::{QualityTrim, TrimCounts, TrimOptions, Trimmed, TrimmedRead, Trimmer};

/// Codes of the bases: 0 to 3 are A, C, G, T in either case; 4 is anything else.
static CODES: [u8; 256] = codes();

const fn codes() -> [u8; 256] {
    let mut codes = [4; 256];
    let mut code = 0;
    while code < 4 {
        let base = b"ACGT"[code as usize];
        codes[base as usize] = code;
        codes[base.to_ascii_lowercase() as usize] = code;
        code += 1;
    }
    codes
}

/// The code of a base.
fn code(base: u8) -> usize {
    usize::from(CODES[usize::from(base)] & 7)
}

/// Version of this crate; part of the key of every task that it takes part in.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
