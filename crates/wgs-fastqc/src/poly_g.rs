//! Reads that end in G.
//!
//! Instruments with two dyes show no signal as G, so that a template that ends early gives a tail
//! of G.

use wgs_formats::qc::{Histogram, fastq::PolyGQc, rate};

use crate::cycles::add_all;

/// Shortest tail, in bases.
pub(crate) const MIN_TAIL: usize = 10;
/// What another base than G takes from the score of a tail, to which a G adds 1.
const OTHER: i32 = 8;

/// Length of a read's tail of G: the end with the highest score, if that is of at least `minimum`
/// bases, and 0 otherwise. Two other bases among the last 8 end the search.
pub(crate) fn tail(bases: &[u8], minimum: usize) -> usize {
    let is_g = |&base: &u8| base | 0x20 == b'g';
    let (mut score, mut best, mut tail) = (0, 0, 0);
    for (length, base) in (1..).zip(bases.iter().rev()) {
        score += if is_g(base) { 1 } else { -OTHER };
        if score > best {
            (best, tail) = (score, length);
        }
        if score < best.min(0) - OTHER || score < best - 2 * OTHER {
            break;
        }
    }
    if tail >= minimum { tail } else { 0 }
}

/// Reads by the length of their tail.
#[derive(Clone, Debug, Default)]
pub(crate) struct PolyGCounts(Vec<u64>);

impl PolyGCounts {
    pub(crate) fn add(&mut self, bases: &[u8]) {
        let tail = tail(bases, MIN_TAIL).min(crate::MAX_CYCLES);
        if tail > 0 {
            if self.0.len() <= tail {
                self.0.resize(tail + 1, 0);
            }
            self.0[tail] += 1;
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        add_all(&mut self.0, &other.0);
    }

    pub(crate) fn finish(&self, reads: u64) -> PolyGQc {
        let tail_length_bp = Histogram::from_dense(&self.0);
        let tails = tail_length_bp.total();
        PolyGQc { reads: tails, rate: rate(tails, reads), tail_length_bp }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_of_reads() {
        assert_eq!(tail(b"ACCTGGGGGGGGGG", 10), 10);
        assert_eq!(tail(b"ACCTGGGGGGGGG", 10), 0, "9 are too few");
        assert_eq!(tail(b"ACTGGGGGTGGGGGGT", 10), 0, "2 of 10 are no G");
        assert_eq!(tail(b"AAAACGGGGGGGGGAGGGGGGGGGGGT", 10), 22, "2 of 22 are no G");
        assert_eq!(tail(b"AAAACGGGGGAGGGGGGGGGG", 10), 10, "5 do not outweigh another base");
        assert_eq!(tail(b"AGATCGGAAGAGCGGGGGGGGGGGGGGGGGGG", 10), 19);
        assert_eq!(tail(b"GGGGGGGGGG", 10), 10);
        assert_eq!((tail(b"", 10), tail(b"G", 1), tail(b"A", 1)), (0, 1, 0));
    }

    #[test]
    fn counts_merge() {
        let (mut a, mut b) = (PolyGCounts::default(), PolyGCounts::default());
        a.add(b"GGGGGGGGGG");
        b.add(b"CCGGGGGGGGGGGG");
        b.add(b"CCGGG");
        a.merge(&b);
        let qc = a.finish(4);
        assert_eq!((qc.reads, qc.rate), (2, 0.5));
        assert_eq!(qc.tail_length_bp, [(10, 1), (12, 1)].into_iter().collect());
    }
}
