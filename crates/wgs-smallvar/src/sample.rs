//! The reads of one sample in the stretch at work.

use std::ops::Range;

use crate::read::Read;

/// Reads in the order of their start, with quick access by place.
#[derive(Clone, Copy, Debug)]
pub struct SampleReads<'a> {
    reads: &'a [Read],
    /// Farthest that a read reaches to the right of its start, clipped end included.
    longest: u32,
    /// Farthest that a clipped end reaches to the left of the start.
    longest_lead: u32,
}

impl<'a> SampleReads<'a> {
    /// Takes reads that are in the order of their start.
    pub fn new(reads: &'a [Read]) -> Self {
        let most = |reach: fn(&Read) -> u32| reads.iter().map(reach).max().unwrap_or(0);
        Self {
            reads,
            longest: most(|r| (r.end() - r.start()).saturating_add(r.trailing_clip())),
            longest_lead: most(Read::leading_clip),
        }
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
        let last = span.end.saturating_add(self.longest_lead);
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
        let long = "ACGT".repeat(50);
        let reads = [read("a", 10, "4M", "ACGT"), read("b", 300, "196S4M", &long)];
        let sample = SampleReads::new(&reads);
        assert_eq!(sample.near(110..111).map(|(i, _)| i).collect::<Vec<_>>(), [1]);
        assert_eq!(sample.near(104..105).count(), 1, "its first base");
        assert_eq!(sample.near(103..104).count(), 0);
    }
}
