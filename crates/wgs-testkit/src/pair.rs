//! Pairs of reads with their truth, and the FASTQ files of a lane.

use std::path::{Path, PathBuf};

use wgs_core::{ContigIndex, Interval0};
use wgs_formats::Result;

use crate::text::write_maybe_gzip;

/// One read as FASTQ has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// A, C, G, T or N, in the direction of reading.
    pub bases: Vec<u8>,
    /// Phred qualities, without offset.
    pub qualities: Vec<u8>,
}

/// Where a pair comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Contig of the fragment.
    pub contig: ContigIndex,
    /// Haplotype of the fragment, 0 or 1.
    pub haplotype: usize,
    /// The fragment on the reference, 0-based and half-open.
    pub interval: Interval0,
    /// Whether the first read is of the reverse strand.
    pub reverse: bool,
    /// Whether the fragment is a copy of another pair's.
    pub duplicate: bool,
}

/// A pair of reads and its truth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Lane, from 1.
    pub lane: u32,
    /// Name without the part that tells the reads of a pair apart:
    /// `INSTRUMENT:RUN:FLOWCELL:LANE:TILE:X:Y`.
    pub name: String,
    /// First and second read.
    pub reads: [Read; 2],
    /// Where it comes from.
    pub origin: Origin,
}

/// The files of a lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// Number, from 1.
    pub number: u32,
    /// First and second reads.
    pub paths: [PathBuf; 2],
    /// Number of pairs.
    pub pairs: u64,
}

impl Pair {
    /// Appends the four lines of one read (0 or 1) as FASTQ, with Illumina's comment.
    pub fn append_fastq(&self, read: usize, text: &mut Vec<u8>) {
        let Read { bases, qualities } = &self.reads[read];
        let title = format!("@{} {}:N:0:ATTACTCG+TATAGCCT\n", self.name, read + 1);
        text.extend_from_slice(title.as_bytes());
        text.extend_from_slice(bases);
        text.extend_from_slice(b"\n+\n");
        text.extend(qualities.iter().map(|q| q + 33));
        text.push(b'\n');
    }
}

impl Lane {
    /// Writes the pairs of one lane into an existing folder.
    pub(crate) fn write(folder: &Path, sample: &str, number: u32, pairs: &[Pair]) -> Result<Self> {
        let paths = [1, 2].map(|r| folder.join(format!("{sample}_L{number:03}_R{r}.fastq.gz")));
        let of_lane = || pairs.iter().filter(|p| p.lane == number);
        for (read, path) in paths.iter().enumerate() {
            let mut text = Vec::new();
            of_lane().for_each(|pair| pair.append_fastq(read, &mut text));
            write_maybe_gzip(path, &text)?;
        }
        Ok(Self { number, paths, pairs: of_lane().count() as u64 })
    }
}
