//! The reads of one sample in the stretch at work.

use std::ops::Range;

use crate::read::Read;

/// Reads in the order of their start, with quick access by place.
#[derive(Clone, Copy, Debug)]
pub struct SampleReads<'a> {
    reads: &'a [Read],
    longest: u32,
}

impl<'a> SampleReads<'a> {
    /// Takes reads that are in the order of their start.
    pub fn new(reads: &'a [Read]) -> Self {
        let longest = reads.iter().map(|r| r.end() - r.start() + r.trailing_clip()).max();
        Self { reads, longest: longest.unwrap_or(0) }
    }

    /// All reads.
    pub fn all(&self) -> &'a [Read] {
        self.reads
    }

    /// Reads, with their index, that overlap a part of the contig or would if their clipped ends
    /// were aligned.
    pub fn near(&self, span: Range<u32>) -> impl Iterator<Item = (usize, &'a Read)> + use<'a> {
        let from = span.start.saturating_sub(self.longest);
        let first = self.reads.partition_point(|r| r.start() < from);
        let reads = self.reads[first..].iter().enumerate().map(move |(i, r)| (first + i, r));
        // A leading clip reaches left of the start: no read is long enough to be missed by this.
        let last = span.end + self.longest;
        reads.take_while(move |(_, r)| r.start() < last).filter(move |(_, r)| {
            r.start().saturating_sub(r.leading_clip()) < span.end
                && r.end() + r.trailing_clip() > span.start
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::tests::read;

    #[test]
    fn clipped_ends_count() {
        let reads = [
            read("a", 10, "4M", "ACGT"),
            read("b", 20, "4M4S", "ACGTACGT"),
            read("c", 30, "4S4M", "ACGTACGT"),
            read("d", 40, "4M", "ACGT"),
        ];
        let sample = SampleReads::new(&reads);
        let near = |span| sample.near(span).map(|(i, _)| i).collect::<Vec<_>>();
        assert_eq!(near(26..27), [1, 2]);
        assert_eq!(near(28..30), [2]);
        assert_eq!(near(13..14), [0]);
        assert_eq!(near(0..100), [0, 1, 2, 3]);
    }
}
