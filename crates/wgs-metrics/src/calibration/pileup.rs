//! Where the reads over a block look like those of a variant.

use std::{collections::BTreeMap, ops::Range};

use wgs_formats::qc::calibration::code;

use super::reads::{Block, Gap, UNKNOWN};

/// Reads that a position needs.
pub(super) const MIN_DEPTH: u32 = 5;
/// Share of the depth from which on another base is no error, when the rate of errors is looked for.
const VARIANT_SHARE: f64 = 0.15;
/// How rarely errors alone may agree as they do.
const MIN_CHANCE: f64 = 1e-3;
/// Bases on either side of a gap of several reads in which bases may be aligned wrongly.
const GAP_MARGIN: u32 = 10;

/// Depths along a block, and what is expected there.
#[derive(Debug)]
pub(super) struct Pileup {
    pub(super) depths: Vec<u32>,
    /// Code of the reference's base, or [`UNKNOWN`] where no base counts.
    pub(super) expected: Vec<u8>,
    /// How many reads have each gap.
    pub(super) gaps: BTreeMap<Gap, u32>,
    /// Positions with enough reads, and how many of them look like variants.
    pub(super) positions: u64,
    pub(super) variants: u64,
}

impl Pileup {
    pub(super) fn of(block: &Block) -> Self {
        let reference = block.inner_reference();
        let expected =
            reference.iter().map(|&base| code(base, false).map_or(UNKNOWN, |c| c as u8)).collect();
        let mut gaps = BTreeMap::new();
        let inside = block.gaps.iter().filter(|gap| block.interval.contains(&gap.at));
        inside.for_each(|&gap| *gaps.entry(gap).or_insert(0) += 1);
        let depths = depths(block);
        let mut pileup = Self { depths, expected, gaps, positions: 0, variants: 0 };
        let others = pileup.others(block);
        pileup.mask(&others, block.interval.start);
        pileup
    }

    /// Reads that show each other base, by place.
    fn others(&self, block: &Block) -> Vec<[u16; 4]> {
        let mut others = vec![[0u16; 4]; self.expected.len()];
        for read in &block.reads {
            for segment in block.segments_of(read) {
                let (place, base, len) = block.inside(segment);
                let codes = &block.codes[base..base + len];
                for_differences(codes, &self.expected[place..place + len], |at| {
                    if let Some(count) = others[place + at].get_mut(usize::from(codes[at])) {
                        *count = count.saturating_add(1);
                    }
                });
            }
        }
        others
    }

    fn mask(&mut self, others: &[[u16; 4]], start: u32) {
        let rate = self.error_rate(others);
        for (place, counts) in others.iter().enumerate() {
            let depth = self.depths[place];
            if depth < MIN_DEPTH {
                self.expected[place] = UNKNOWN;
            }
            if self.expected[place] == UNKNOWN {
                continue;
            }
            self.positions += 1;
            let most = u32::from(counts.iter().copied().max().unwrap_or(0));
            if most > 1 && chance_of(most, f64::from(depth) * rate / 3.0) < MIN_CHANCE {
                self.expected[place] = UNKNOWN;
                self.variants += 1;
            }
        }
        for (gap, _) in self.gaps.iter().filter(|(_, reads)| **reads > 1) {
            let from = gap.at.saturating_sub(start + GAP_MARGIN) as usize;
            let to = gap.at.saturating_add_signed((-gap.bases).max(0)) + GAP_MARGIN - start;
            let range: Range<usize> = from..(to as usize).min(self.expected.len());
            self.expected[range].fill(UNKNOWN);
        }
    }

    /// Rate of other bases where they are no variant by far.
    fn error_rate(&self, others: &[[u16; 4]]) -> f64 {
        let (mut bases, mut errors) = (0, 0);
        for ((counts, &depth), &expected) in others.iter().zip(&self.depths).zip(&self.expected) {
            let most = f64::from(counts.iter().copied().max().unwrap_or(0));
            if expected != UNKNOWN && most < (VARIANT_SHARE * f64::from(depth)).max(2.0) {
                bases += u64::from(depth);
                errors += counts.iter().map(|&n| u64::from(n)).sum::<u64>();
            }
        }
        (errors as f64 / bases.max(1) as f64).max(1e-6)
    }
}

fn depths(block: &Block) -> Vec<u32> {
    let mut changes = vec![0i32; block.interval.len() + 1];
    for segment in block.reads.iter().flat_map(|read| block.segments_of(read)) {
        let (place, _, len) = block.inside(segment);
        if len > 0 {
            changes[place] += 1;
            changes[place + len] -= 1;
        }
    }
    running_sum(&changes)
}

/// Sums of changes from place to place; the last change, behind the last place, is left out.
pub(super) fn running_sum(changes: &[i32]) -> Vec<u32> {
    let mut depth = 0u32;
    let step = |change: &i32| {
        depth = depth.wrapping_add_signed(*change);
        depth
    };
    changes[..changes.len() - 1].iter().map(step).collect()
}

/// Calls for the places at which two stretches of the same length differ.
fn for_differences(a: &[u8], b: &[u8], mut differs: impl FnMut(usize)) {
    for (chunk, (x, y)) in a.chunks(16).zip(b.chunks(16)).enumerate() {
        if x != y {
            let pairs = x.iter().zip(y).enumerate().filter(|(_, (x, y))| x != y);
            pairs.for_each(|(at, _)| differs(16 * chunk + at));
        }
    }
}

/// Probability of so many or more, of a Poisson distribution.
fn chance_of(least: u32, mean: f64) -> f64 {
    let mut term = (-mean).exp();
    let mut below = 0.0;
    for n in 0..least {
        below += term;
        term *= mean / f64::from(n + 1);
    }
    1.0 - below
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn chances_by_hand() {
        assert!((chance_of(1, 0.5) - (1.0 - (-0.5f64).exp())).abs() < 1e-12);
        assert!((chance_of(2, 0.01) - 4.966_7e-5).abs() < 1e-8);
        assert!(chance_of(3, 3.0) > 0.5);
    }

    #[test]
    fn differences_are_found_wherever_they_lie() {
        let a: Vec<u8> = (0..40).collect();
        let mut b = a.clone();
        for at in [0, 15, 16, 39] {
            b[at] = 99;
        }
        let mut found = Vec::new();
        for_differences(&a, &b, |at| found.push(at));
        assert_eq!(found, [0, 15, 16, 39]);
    }
}
