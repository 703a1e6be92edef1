//! Base qualities of primary reads.

use wgs_formats::{
    alignment::Record,
    qc::{Histogram, rate},
};

/// Cycles that are told apart; later ones count for the histogram only.
const MAX_CYCLES: usize = 1000;

/// Sum and number of the qualities of one cycle.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Cycle {
    sum: u64,
    bases: u64,
}

/// Base qualities by value, and by mate and cycle.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Qualities {
    values: [u64; 256],
    cycles: [Vec<Cycle>; 2],
}

impl Default for Qualities {
    fn default() -> Self {
        Self { values: [0; 256], cycles: Default::default() }
    }
}

impl Qualities {
    pub(super) fn add(&mut self, record: &Record) {
        let (quals, flags) = (record.quals(), record.flags());
        quals.iter().for_each(|&quality| self.values[usize::from(quality)] += 1);
        let cycles = &mut self.cycles[usize::from(flags.is_last() && !flags.is_first())];
        if cycles.len() < quals.len().min(MAX_CYCLES) {
            cycles.resize(quals.len().min(MAX_CYCLES), Cycle::default());
        }
        let add = |(cycle, &quality): (&mut Cycle, &u8)| {
            cycle.sum += u64::from(quality);
            cycle.bases += 1;
        };
        if flags.is_reverse() {
            cycles.iter_mut().zip(quals.iter().rev()).for_each(add);
        } else {
            cycles.iter_mut().zip(quals).for_each(add);
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.values.iter_mut().zip(other.values).for_each(|(a, b)| *a += b);
        for (ours, theirs) in self.cycles.iter_mut().zip(&other.cycles) {
            if ours.len() < theirs.len() {
                ours.resize(theirs.len(), Cycle::default());
            }
            for (a, b) in ours.iter_mut().zip(theirs) {
                a.sum += b.sum;
                a.bases += b.bases;
            }
        }
    }

    pub(super) fn histogram(&self) -> Histogram {
        Histogram::from_dense(&self.values)
    }

    /// Mean quality by cycle, of first (or unpaired) and of last reads.
    pub(super) fn means_by_cycle(&self) -> [Vec<f64>; 2] {
        let means = |cycles: &Vec<Cycle>| cycles.iter().map(|c| rate(c.sum, c.bases)).collect();
        [means(&self.cycles[0]), means(&self.cycles[1])]
    }
}
