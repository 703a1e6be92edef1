//! How often reads gain or lose units of the tandem repeats that they pass through.

use std::{collections::BTreeMap, ops::Range};

use wgs_core::tandem::{self, Tract};
use wgs_formats::qc::calibration::{
    GapLengths, IndelCounts, Indels, MAX_UNIT_BP, TractIndels, code,
};

use super::{
    mixture::{self, Outcome},
    pileup::{MIN_DEPTH, Pileup, running_sum},
    reads::Block,
};

/// Aligned bases that a read must have on either side: with fewer, its end is rather aligned with
/// mismatches than with a gap.
const ANCHOR_BP: u32 = 10;
/// Fewest and most copies of units of each length that make a class; more are of the last class.
const COPIES: [(usize, usize); MAX_UNIT_BP as usize] =
    [(4, 24), (4, 16), (3, 12), (3, 10), (3, 8), (3, 8)];
/// Share of the reads with a gap from which on it may be a variant.
const VARIANT_SHARE: f64 = 0.2;

/// Outcomes of tracts of one class: how many tracts had each.
#[derive(Clone, Debug, Default, PartialEq)]
struct Class(BTreeMap<Outcome, u64>);

/// What is known of insertions and deletions.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct IndelTally {
    /// By unit and copies.
    classes: BTreeMap<(usize, usize), Class>,
    /// Bases elsewhere, and gaps there: gained, lost.
    bases: u64,
    elsewhere: [u64; 2],
    /// Gaps and their units, by length of the unit; elsewhere 0.
    lengths: BTreeMap<usize, (u64, u64)>,
}

/// A tract of the block, on its contig.
struct Place {
    range: Range<u32>,
    unit: usize,
    class: (usize, usize),
    outcome: Outcome,
    /// Units of each gap.
    units: Vec<u32>,
}

impl IndelTally {
    pub(super) fn add(&mut self, block: &Block, pileup: &Pileup) {
        let mut places = places(block);
        for read in &block.reads {
            let first = places.partition_point(|p| p.range.start < read.span.start + ANCHOR_BP);
            for place in &mut places[first..] {
                if place.range.start + ANCHOR_BP > read.span.end {
                    break;
                }
                if place.range.end + ANCHOR_BP <= read.span.end {
                    place.pass(block.gaps_of(read).iter().map(|gap| (gap.at, gap.bases)));
                }
            }
        }
        self.add_elsewhere(block, pileup, &places);
        for place in places.iter().filter(|place| u32::from(place.outcome.reads) >= MIN_DEPTH) {
            let class = self.classes.entry(place.class).or_default();
            *class.0.entry(place.outcome).or_default() += 1;
            let most = (VARIANT_SHARE * f64::from(place.outcome.reads)).max(1.0);
            if f64::from(place.outcome.gained) + f64::from(place.outcome.lost) <= most {
                place.units.iter().for_each(|&units| self.add_length(place.unit, units));
            }
        }
    }

    fn add_length(&mut self, unit: usize, units: u32) {
        let (gaps, sum) = self.lengths.entry(unit).or_default();
        *gaps += 1;
        *sum += u64::from(units);
    }

    /// Counts bases outside of tracts that lie well within a read, and the gaps there.
    fn add_elsewhere(&mut self, block: &Block, pileup: &Pileup, places: &[Place]) {
        let start = block.interval.start;
        let len = block.interval.len();
        let clipped = |at: u32| (at.saturating_sub(start) as usize).min(len);
        let mut counts = vec![true; len];
        for place in places {
            counts[clipped(place.range.start.saturating_sub(1))..clipped(place.range.end + 1)]
                .fill(false);
        }
        let counts_at = |at: usize| counts[at] && pileup.depths[at] >= MIN_DEPTH;
        let mut changes = vec![0; len + 1];
        for read in &block.reads {
            let (from, to) = (read.span.start + ANCHOR_BP, read.span.end.saturating_sub(ANCHOR_BP));
            if from < to {
                changes[clipped(from)] += 1;
                changes[clipped(to)] -= 1;
            }
            for gap in block.gaps_of(read) {
                let is_well_within = gap.at >= from && gap.at < to;
                let at = gap.at.wrapping_sub(start) as usize;
                if !is_well_within || at >= len || !counts_at(at) {
                    continue;
                }
                let reads = f64::from(pileup.gaps.get(gap).copied().unwrap_or(1));
                if reads <= (VARIANT_SHARE / 2.0 * f64::from(pileup.depths[at])).max(1.0) {
                    self.elsewhere[usize::from(gap.bases < 0)] += 1;
                    self.add_length(0, gap.bases.unsigned_abs());
                }
            }
        }
        let depths = running_sum(&changes);
        let of_base = |at: usize| if counts_at(at) { u64::from(depths[at]) } else { 0 };
        self.bases += (0..len).map(of_base).sum::<u64>();
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (key, class) in &other.classes {
            let own = self.classes.entry(*key).or_default();
            class.0.iter().for_each(|(outcome, n)| *own.0.entry(*outcome).or_default() += n);
        }
        self.bases += other.bases;
        self.elsewhere.iter_mut().zip(other.elsewhere).for_each(|(sum, n)| *sum += n);
        for (unit, (gaps, units)) in &other.lengths {
            let own = self.lengths.entry(*unit).or_default();
            *own = (own.0 + gaps, own.1 + units);
        }
    }

    pub(super) fn finish(&self) -> Indels {
        let tract = |(&(unit, copies), class): (&(usize, usize), &Class)| TractIndels {
            unit_bp: unit as u32,
            copies: copies as u32,
            tracts: class.0.values().sum(),
            counts: mixture::errors(&class.0),
        };
        let lengths = self.lengths.iter();
        Indels {
            elsewhere: IndelCounts {
                chances: self.bases as f64,
                insertions: self.elsewhere[0] as f64,
                deletions: self.elsewhere[1] as f64,
            },
            tracts: self.classes.iter().map(tract).collect(),
            lengths: lengths
                .map(|(&unit, &(gaps, units))| GapLengths { unit_bp: unit as u32, gaps, units })
                .collect(),
        }
    }
}

impl Place {
    /// Counts a read that passes through, by its gaps.
    fn pass(&mut self, gaps: impl Iterator<Item = (u32, i32)>) {
        let mut net = 0;
        for (at, bases) in gaps {
            let end = at.saturating_add_signed((-bases).max(0));
            if at <= self.range.end && end >= self.range.start {
                net += bases;
                if !bases.unsigned_abs().is_multiple_of(self.unit as u32) {
                    return;
                }
            }
        }
        let Some(reads) = self.outcome.reads.checked_add(1) else { return };
        self.outcome.reads = reads;
        if net != 0 {
            let side = if net > 0 { &mut self.outcome.gained } else { &mut self.outcome.lost };
            *side += 1;
            self.units.push(net.unsigned_abs() / self.unit as u32);
        }
    }
}

/// The tracts that begin in a block and end within its margin, by place.
fn places(block: &Block) -> Vec<Place> {
    let reference = &block.reference;
    let all = tandem::tracts(reference, MAX_UNIT_BP as usize).into_iter();
    let mut places: Vec<Place> = all
        .filter_map(|tract| {
            let Tract { start, unit, .. } = tract;
            let (fewest, most) = COPIES[unit - 1];
            let known = reference[start..start + unit].iter().all(|&b| code(b, false).is_some());
            let whole = start > 0 && tract.end() < reference.len();
            let from = block.origin + start as u32;
            let counts = known
                && whole
                && tract.is_primitive(reference)
                && tract.copies() >= fewest
                && block.interval.contains(&from);
            counts.then(|| Place {
                range: from..block.origin + tract.end() as u32,
                unit,
                class: (unit, tract.copies().min(most)),
                outcome: Outcome::default(),
                units: Vec::new(),
            })
        })
        .collect();
    places.sort_by_key(|place| (place.range.start, place.unit));
    places
}
