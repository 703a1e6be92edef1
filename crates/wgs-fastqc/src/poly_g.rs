//! Reads that end in G.
//!
//! Instruments with two dyes show no signal as G, so that a template that ends early gives a tail
//! of G.

use wgs_formats::qc::{Histogram, fastq::PolyGQc, rate};

use crate::cycles::add_all;

/// Shortest tail, in bases.
pub(crate) const MIN_TAIL: usize = 10;
/// One base in this many may be another than G …
const OTHER_ONE_IN: usize = 8;
/// … and no more than this.
const MAX_OTHERS: usize = 5;

/// Length of a read's tail of G: the longest end that begins with G, is of at least `minimum`
/// bases, and of which at most one in 8 and at most 5 are no G. 0 without such an end.
pub(crate) fn tail(bases: &[u8], minimum: usize) -> usize {
    let is_g = |&base: &u8| base | 0x20 == b'g';
    let allowed = |length: usize| MAX_OTHERS.min(length.max(minimum) / OTHER_ONE_IN);
    let Some(end) = bases.len().checked_sub(minimum) else { return 0 };
    if bases[end..].iter().filter(|base| !is_g(base)).count() > allowed(minimum) {
        return 0;
    }
    let (mut others, mut tail) = (0, 0);
    for (length, base) in (1..).zip(bases.iter().rev()) {
        if is_g(base) {
            tail = if length >= minimum { length } else { 0 };
        } else {
            others += 1;
            if others > allowed(length) {
                break;
            }
        }
    }
    tail
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
        assert_eq!(tail(b"AAAACGGGGGAGGGGGGGG", 10), 14, "1 of 14 is no G");
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
