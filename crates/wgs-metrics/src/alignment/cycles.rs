//! Figures by sequencing cycle.

use std::ops::Range;

use wgs_formats::qc::rate;

/// Cycles that are told apart; later ones do not count here.
const MAX_CYCLES: usize = 1000;
/// Reads whose qualities fit into 32-bit sums.
const PENDING_READS: u32 = 1 << 24;

/// Base qualities by cycle.
///
/// Sums are kept in the order of the record, so that they are added many at a time: those of
/// reverse reads, whose last base is the first cycle, stand at the end of their table.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct QualityCycles {
    forward: Vec<u32>,
    reverse: Vec<u32>,
    pending_reads: u32,
    /// What of earlier reads was taken out of the two.
    sums: Vec<u64>,
    /// Reads by length, the longest together.
    lengths: Vec<u64>,
}

impl Default for QualityCycles {
    fn default() -> Self {
        Self {
            forward: vec![0; MAX_CYCLES],
            reverse: vec![0; MAX_CYCLES],
            pending_reads: 0,
            sums: vec![0; MAX_CYCLES],
            lengths: vec![0; MAX_CYCLES + 1],
        }
    }
}

impl QualityCycles {
    /// Counts the qualities of a read, in the order of the record.
    pub(super) fn add(&mut self, quals: &[u8], is_reverse: bool) {
        let length = quals.len().min(MAX_CYCLES);
        self.lengths[length] += 1;
        let (sums, quals) = if is_reverse {
            (&mut self.reverse[MAX_CYCLES - length..], &quals[quals.len() - length..])
        } else {
            (&mut self.forward[..length], &quals[..length])
        };
        sums.iter_mut().zip(quals).for_each(|(sum, &quality)| *sum += u32::from(quality));
        self.pending_reads += 1;
        if self.pending_reads == PENDING_READS {
            self.settle();
        }
    }

    fn settle(&mut self) {
        self.sums = (0..MAX_CYCLES).map(|cycle| self.sum(cycle)).collect();
        self.forward.fill(0);
        self.reverse.fill(0);
        self.pending_reads = 0;
    }

    fn sum(&self, cycle: usize) -> u64 {
        let pending = [self.forward[cycle], self.reverse[MAX_CYCLES - 1 - cycle]];
        self.sums[cycle] + pending.map(u64::from).iter().sum::<u64>()
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.sums.iter_mut().enumerate().for_each(|(cycle, sum)| *sum += other.sum(cycle));
        self.lengths.iter_mut().zip(&other.lengths).for_each(|(a, b)| *a += b);
    }

    /// Mean quality of each cycle.
    pub(super) fn means(&self) -> Vec<f64> {
        let longest = self.lengths.iter().rposition(|&reads| reads > 0).unwrap_or(0);
        let mut bases = self.lengths.iter().sum::<u64>();
        let mean = |cycle| {
            bases -= self.lengths[cycle];
            rate(self.sum(cycle), bases)
        };
        (0..longest).map(mean).collect()
    }
}

/// Mismatches by cycle.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct MismatchCycles {
    mismatched: Vec<u64>,
    /// Change of the number of compared bases from the cycle before.
    changes: Vec<i64>,
}

impl Default for MismatchCycles {
    fn default() -> Self {
        Self { mismatched: vec![0; MAX_CYCLES + 1], changes: vec![0; MAX_CYCLES + 1] }
    }
}

/// The cycles of one read.
pub(super) struct CyclesOf<'a> {
    pub(super) cycles: &'a mut MismatchCycles,
    pub(super) is_reverse: bool,
    /// Length of the read.
    pub(super) length: usize,
}

impl CyclesOf<'_> {
    fn cycle(&self, base: usize) -> usize {
        let cycle = if self.is_reverse { self.length - 1 - base } else { base };
        cycle.min(MAX_CYCLES)
    }

    fn change(&mut self, bases: Range<usize>, change: i64) {
        let (from, to) = (bases.start, bases.end);
        let (from, to) =
            if self.is_reverse { (self.length - to, self.length - from) } else { (from, to) };
        self.cycles.changes[from.min(MAX_CYCLES)] += change;
        self.cycles.changes[to.min(MAX_CYCLES)] -= change;
    }

    /// Counts bases of the record, by their places in it, as compared.
    pub(super) fn compared(&mut self, bases: Range<usize>) {
        self.change(bases, 1);
    }

    /// Takes one of those back.
    pub(super) fn not_compared(&mut self, base: usize) {
        self.change(base..base + 1, -1);
    }

    /// Counts a mismatch.
    pub(super) fn mismatched(&mut self, base: usize) {
        let cycle = self.cycle(base);
        self.cycles.mismatched[cycle] += 1;
    }
}

impl MismatchCycles {
    pub(super) fn merge(&mut self, other: &Self) {
        self.mismatched.iter_mut().zip(&other.mismatched).for_each(|(a, b)| *a += b);
        self.changes.iter_mut().zip(&other.changes).for_each(|(a, b)| *a += b);
    }

    /// Share of mismatches in each cycle, up to the last one with compared bases.
    pub(super) fn rates(&self) -> Vec<f64> {
        let mut compared = 0;
        let mut last = 0;
        let mut rates = Vec::new();
        for (&mismatched, change) in self.mismatched.iter().zip(&self.changes).take(MAX_CYCLES) {
            compared += change;
            rates.push(rate(mismatched, compared.max(0) as u64));
            if compared > 0 {
                last = rates.len();
            }
        }
        rates.truncate(last);
        rates
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_settle_without_a_trace() {
        let mut cycles = QualityCycles::default();
        let reads: [(&[u8], bool); 4] =
            [(&[10, 20, 30], false), (&[40, 20], true), (&[2; 1200], true), (&[9; 1100], false)];
        for (quals, is_reverse) in reads {
            cycles.add(quals, is_reverse);
        }
        let means = cycles.means();
        assert_eq!(means.len(), MAX_CYCLES);
        assert_eq!(
            means[..3],
            [(10 + 20 + 11) as f64 / 4.0, (20 + 40 + 11) as f64 / 4.0, 41.0 / 3.0]
        );
        assert_eq!(means[3], 5.5);
        cycles.settle();
        assert_eq!(cycles.means(), means);
        let mut merged = QualityCycles::default();
        merged.merge(&cycles);
        assert_eq!(merged.means(), means);
    }

    #[test]
    fn mismatches_follow_the_strand() {
        let mut cycles = MismatchCycles::default();
        for is_reverse in [false, true] {
            let mut read = CyclesOf { cycles: &mut cycles, is_reverse, length: 4 };
            read.compared(0..3);
            read.not_compared(1);
            read.mismatched(0);
        }
        assert_eq!(cycles.rates(), [1.0, 0.0, 0.0, 1.0]);
        let mut long = CyclesOf { cycles: &mut cycles, is_reverse: false, length: 2000 };
        long.compared(1000..2000);
        long.mismatched(1500);
        assert_eq!(cycles.rates().len(), 4);
    }
}
