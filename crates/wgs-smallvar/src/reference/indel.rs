//! What reads say against any insertion or deletion at each place.

use std::{collections::HashMap, ops::Range};

use wgs_core::Interval0;

use super::{
    BaseConfidence,
    context::{ANCHOR_BASES, Contexts},
};
use crate::{
    allele::Allele,
    candidates::observed::indels_of,
    likelihood::gaps::{Gaps, IndelErrors},
    read::Read,
    stretch::Stretch,
};

/// Largest belief in a read, Phred-scaled.
const MAX_QUALITY: u8 = 45;
/// Phred-scaled: one of two copies gives a read.
const HALF: f32 = 3.010_3;

/// Confidence that no insertion or deletion follows the bases of an interval (`depth` counts the
/// fragments that speak of it).
///
/// A fragment without a gap over a place's context speaks for the reference: by 3 Phred against one
/// copy of another allele, by its mapping quality against two. A fragment with a gap speaks
/// against it by what the context's slip rate leaves. Beside its gap, it speaks like one without: a
/// fragment with the deletion that a person has two copies of says that there is no other.
pub fn against_indels(
    reads: &[Read],
    reference: &Stretch,
    interval: Interval0,
    errors: &IndelErrors,
) -> Vec<BaseConfidence> {
    let contexts = Contexts::of(reference, interval);
    let mut tally = Tally::new(interval);
    let mut spoke: HashMap<u64, usize> = HashMap::with_capacity(reads.len());
    let mut slips = None;
    for read in reads {
        let spoken = spoke.entry(read.fragment()).or_insert(0);
        let from = *spoken;
        let alleles = indels_of(read, reference);
        for segment in read.segments() {
            let told = contexts.told_by(segment.reference, segment.reference + segment.len as u32);
            tally.without(told.start.max(from)..told.end.max(from), read.mapq());
            *spoken = (*spoken).max(told.end);
        }
        if let Some(other) = beside_gaps(read, &alleles, &contexts) {
            for places in other {
                tally.without(places.start.max(from)..places.end.max(from), read.mapq());
                *spoken = (*spoken).max(places.end);
            }
        }
        for allele in alleles {
            let anchor = allele.anchor();
            if !interval.contains(anchor) || ((anchor - interval.start()) as usize) < from {
                continue;
            }
            let slips = slips.get_or_insert_with(|| Slips::of(reference, errors));
            let slip =
                slips.phred(&contexts.around(anchor)).min(read.mapq().min(MAX_QUALITY).into());
            tally.gap((anchor - interval.start()) as usize, slip);
        }
    }
    tally.places()
}

/// The places, as offsets in the interval of the contexts, whose context a read reaches over with a
/// gap that begins at another place; none if not all of its gaps are known (`alleles`).
fn beside_gaps(read: &Read, alleles: &[Allele], contexts: &Contexts) -> Option<Vec<Range<usize>>> {
    let gaps = read.steps().filter(|(op, ..)| !op.kind.is_aligned() && !op.kind.is_clip());
    if alleles.is_empty() || gaps.count() != alleles.len() {
        return None;
    }
    let mut told = Vec::new();
    let (first, last) = (read.segments().next()?, read.segments().last()?);
    let all = contexts.told_by(first.reference, last.reference + last.len as u32);
    let mut at = all.start;
    for segment in read.segments() {
        let without = contexts.told_by(segment.reference, segment.reference + segment.len as u32);
        told.push(at..without.start.min(all.end));
        at = at.max(without.end);
    }
    told.push(at..all.end);
    let anchors = alleles.iter().filter_map(|a| contexts.offset(a.anchor()));
    for anchor in anchors {
        told = told
            .into_iter()
            .flat_map(|r| [r.start..r.end.min(anchor), r.start.max(anchor + 1)..r.end])
            .filter(|r| !r.is_empty())
            .collect();
    }
    Some(told)
}

/// How often the sequencer slips along the reference.
struct Slips {
    start: u32,
    open: Vec<f64>,
}

impl Slips {
    fn of(reference: &Stretch, errors: &IndelErrors) -> Self {
        let whole = reference.interval();
        let open = Gaps::of(reference.slice(whole.start(), whole.end()), errors).open;
        Self { start: whole.start(), open }
    }

    /// Phred-scaled probability of a gap somewhere in a context.
    fn phred(&self, around: &Range<u32>) -> f32 {
        let (from, to) = (around.start + ANCHOR_BASES, around.end.saturating_sub(ANCHOR_BASES));
        let at = |p: u32| (p.saturating_sub(self.start) as usize).min(self.open.len());
        let sum: f64 = self.open[at(from)..at(to.max(from)).max(at(from))].iter().sum();
        let any = sum.max(self.open[at(from).min(self.open.len() - 1)]).min(0.5);
        (-10.0 * any.log10()) as f32
    }
}

/// Sums over an interval, kept as changes from place to place.
struct Tally {
    fragments: Vec<i32>,
    qualities: Vec<i32>,
    gaps: Vec<(usize, f32)>,
}

impl Tally {
    fn new(interval: Interval0) -> Self {
        let places = interval.len() as usize + 1;
        Self { fragments: vec![0; places], qualities: vec![0; places], gaps: Vec::new() }
    }

    /// A fragment over the contexts of these places, in which it has no gap that begins there.
    fn without(&mut self, places: Range<usize>, mapq: u8) {
        if places.is_empty() {
            return;
        }
        let quality = i32::from(mapq.min(MAX_QUALITY));
        self.fragments[places.start] += 1;
        self.fragments[places.end] -= 1;
        self.qualities[places.start] += quality;
        self.qualities[places.end] -= quality;
    }

    /// A fragment with a gap whose chance without a variant is `phred`.
    fn gap(&mut self, place: usize, phred: f32) {
        self.gaps.push((place, phred));
    }

    fn places(self) -> Vec<BaseConfidence> {
        let (mut fragments, mut quality) = (0, 0);
        let steps = self.fragments.iter().zip(&self.qualities);
        let mut places: Vec<BaseConfidence> = steps
            .map(|(fragment, q)| {
                (fragments, quality) = (fragments + fragment, quality + q);
                BaseConfidence {
                    depth: fragments as u32,
                    one: fragments as f32 * HALF,
                    all: quality as f32,
                }
            })
            .collect();
        places.pop();
        for (place, phred) in self.gaps {
            places[place].depth += 1;
            places[place].one -= phred - HALF;
            places[place].all -= phred;
        }
        places
    }
}
