//! Where a change lies among the exons and introns of a transcript, and the terms of splicing
//! (`BaseTranscriptVariationAllele::_intron_effects`).
//!
//! Counted from the exon, in the transcript's direction: donor +1 +2, acceptor -1 -2, donor's 5th
//! base +5, donor region +3 to +6 (without the 5th base), polypyrimidine tract -3 to -17 (only for
//! changes that touch no exon), splice region three bases of the exon and +3 to +8 and -3 to -8 (not
//! beside the terms of the donor and the canonical sites). Gaps of at most 13 bases between exons
//! are corrections of the genome and no introns.

use super::{change::Change, locus::Locus, numbers};
use crate::{Term, effects::Numbers, effects::Terms};

/// Gaps between exons up to this length are no introns.
const LONGEST_GAP: i64 = 13;

/// Bases by which exons are widened where a transcript has such gaps.
const STRETCH: i64 = 12;

/// Bases of an exon beside an intron that belong to its splice region.
const EXON_SIDE: i64 = 3;

/// Bases of an intron within which terms of splicing are looked for at all.
const INTRON_SIDE: i64 = 8;

/// A part of a change, 0-based and half-open; empty between the bases at `start - 1` and `start`
/// for an insertion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Footprint {
    pub(crate) start: i64,
    pub(crate) end: i64,
}

impl Footprint {
    fn is_insertion(self) -> bool {
        self.start == self.end
    }

    /// Whether it shares a base with `[start, end)`; an insertion must lie between two of them.
    fn overlaps(self, start: i64, end: i64) -> bool {
        self.start < end && start < self.end
    }

    /// Whether it, or for an insertion a base beside it, lies in `[start, end)`.
    fn touches(self, start: i64, end: i64) -> bool {
        let beside = i64::from(self.is_insertion());
        self.start - beside < end && start < self.end + beside
    }
}

/// The parts of a change that differ from the reference, base by base from its start, as VEP
/// compares them: bases that stay the same are no part of it, and those of a longer alternate
/// allele reach beyond the reference's end.
fn footprints(change: &Change) -> Vec<Footprint> {
    let (reference, alternate) = (&change.forward.reference, &change.forward.alternate);
    let whole = Footprint { start: change.start, end: change.end() };
    if reference.len() < 2 || alternate.len() < 2 {
        return vec![whole];
    }
    let mut parts: Vec<Footprint> = Vec::new();
    for offset in 0..reference.len().max(alternate.len()) {
        let at = change.start + offset as i64;
        match parts.last_mut() {
            _ if reference.get(offset) == alternate.get(offset) => {}
            Some(last) if last.end == at => last.end = at + 1,
            _ => parts.push(Footprint { start: at, end: at + 1 }),
        }
    }
    parts
}

/// What of splicing a change hits, before the terms exclude each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Hits {
    donor: bool,
    acceptor: bool,
    fifth_base: bool,
    donor_region: bool,
    polypyrimidine: bool,
    region: bool,
    intronic: bool,
    gap: bool,
}

/// Where a change lies in a transcript that it overlaps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// It holds the whole transcript.
    pub(crate) complete: bool,
    /// It lies in an exon or beside one.
    pub(crate) exon: bool,
    /// It lies in an exon.
    pub(crate) within_exon: bool,
    /// It lies in an intron, or up to three bases beside one.
    pub(crate) intron: bool,
    /// It lies in an intron, the canonical splice sites left out.
    pub(crate) intronic: bool,
    /// It lies between exons that are too close for an intron.
    pub(crate) gap: bool,
    /// It touches what is not coding, on a coding transcript.
    pub(crate) untranslated: bool,
    /// It touches the coding region in or beside an exon.
    pub(crate) coding: bool,
    pub(crate) splicing: Terms,
    pub(crate) exon_numbers: Option<Numbers>,
    pub(crate) intron_numbers: Option<Numbers>,
}

impl Place {
    /// `None` where the change does not overlap the transcript.
    pub(crate) fn of(locus: &Locus, change: &Change) -> Option<Self> {
        let whole = Footprint { start: change.start, end: change.end() };
        let (start, end) = (i64::from(locus.interval.start()), i64::from(locus.interval.end()));
        if !whole.overlaps(start, end) {
            return None;
        }
        let mut place =
            Self { complete: whole.start <= start && end <= whole.end, ..Self::default() };
        place.add_exons(locus, whole);
        place.add_coding(locus, whole);
        place.add_introns(locus, change, whole);
        Some(place)
    }

    fn add_exons(&mut self, locus: &Locus, whole: Footprint) {
        let stretch = if locus.has_gap { STRETCH } else { 0 };
        let first = locus.exon_after(whole.start - 1 - stretch);
        let mut hit: Option<(usize, usize)> = None;
        for (index, exon) in locus.exons.iter().enumerate().skip(first) {
            if exon.start > whole.end + stretch {
                break;
            }
            self.exon |= whole.touches(exon.start - stretch, exon.end + stretch);
            if whole.overlaps(exon.start, exon.end) {
                hit = Some((hit.map_or(index, |hit| hit.0), index));
            }
        }
        let total = locus.exons.len();
        let number = |index: usize| locus.either(index + 1, total - index);
        self.within_exon = hit.is_some();
        self.exon_numbers = hit.map(|(a, b)| numbers(number(a), number(b), total));
    }

    fn add_coding(&mut self, locus: &Locus, whole: Footprint) {
        let Some(coding) = locus.coding else { return };
        let reaches_out =
            whole.touches(i64::MIN / 2, coding.from) || whole.touches(coding.to, i64::MAX / 2);
        self.untranslated = reaches_out;
        self.coding = self.exon && whole.touches(coding.from, coding.to);
    }

    fn add_introns(&mut self, locus: &Locus, change: &Change, whole: Footprint) {
        let first = locus.exon_after(whole.start - 1 - INTRON_SIDE - EXON_SIDE).saturating_sub(1);
        let near = locus.exons.windows(2).enumerate().skip(first);
        let near = near
            .map(|(index, pair)| (index, pair[0].end, pair[1].start))
            .take_while(|(_, start, _)| *start <= whole.end + EXON_SIDE)
            .filter(|(_, start, end)| {
                start < end && whole.touches(start - EXON_SIDE, end + EXON_SIDE)
            });
        let mut overlapped: Option<(usize, usize)> = None;
        for (index, start, end) in near.clone() {
            self.intron = true;
            if whole.overlaps(start, end) {
                overlapped = Some((overlapped.map_or(index, |hit| hit.0), index));
            }
        }
        if !self.intron {
            return;
        }
        let mut hits = Hits::default();
        for part in footprints(change) {
            for (_, start, end) in near.clone() {
                let at_border = whole.touches(start - EXON_SIDE, start + INTRON_SIDE)
                    || whole.touches(end - INTRON_SIDE, end + EXON_SIDE);
                add_intron(&mut hits, locus, (start, end), part, at_border);
            }
        }
        let total = locus.exons.len() - 1;
        let number = |index: usize| locus.either(index + 1, total - index);
        self.intron_numbers = overlapped.map(|(a, b)| numbers(number(a), number(b), total));
        self.intronic = hits.intronic;
        self.gap = hits.gap;
        self.splicing = hits.terms(self.exon);
    }
}

/// What a part of a change hits of the intron `[i, j)`; `at_border` tells whether the whole change
/// lies near its ends.
fn add_intron(
    hits: &mut Hits,
    locus: &Locus,
    (i, j): (i64, i64),
    part: Footprint,
    at_border: bool,
) {
    if j - i <= LONGEST_GAP && part.overlaps(i, j) {
        hits.gap = true;
        return;
    }
    let overlaps = |start, end| part.overlaps(start, end);
    let inserted_at = |places: &[i64]| part.is_insertion() && places.contains(&part.start);
    hits.intronic |= overlaps(i + 2, j - 2) || inserted_at(&[i + 2, j - 2]);
    let tract = locus.either((j - 17, j - 2), (i + 2, i + 17));
    hits.polypyrimidine |= part.touches(tract.0, tract.1);
    if !at_border {
        return;
    }
    let (left, right) = (overlaps(i, i + 2), overlaps(j - 2, j));
    let (donor, acceptor) = locus.either((left, right), (right, left));
    hits.donor |= donor;
    hits.acceptor |= acceptor;
    hits.fifth_base |= locus.either(overlaps(i + 4, i + 5), overlaps(j - 5, j - 4));
    hits.donor_region |= locus.either(overlaps(i + 2, i + 6), overlaps(j - 6, j - 2));
    let near = [(i - 3, i), (i + 2, i + 8), (j - 8, j - 2), (j, j + 3)];
    // As in VEP, the last part of a change decides.
    hits.region =
        inserted_at(&[i, j, i + 2, j - 2]) || near.iter().any(|&(start, end)| overlaps(start, end));
}

impl Hits {
    fn terms(self, exon: bool) -> Terms {
        let donor_region = self.donor_region && !self.fifth_base;
        let beside = self.donor || self.acceptor || self.fifth_base || donor_region;
        let mut terms = Terms::default();
        for (hit, term) in [
            (self.acceptor, Term::SPLICE_ACCEPTOR),
            (self.donor, Term::SPLICE_DONOR),
            (self.fifth_base, Term::DONOR_5TH_BASE),
            (self.region && !beside, Term::SPLICE_REGION),
            (donor_region, Term::DONOR_REGION),
            (self.polypyrimidine && !exon, Term::POLYPYRIMIDINE),
        ] {
            terms.add_if(hit, term);
        }
        terms
    }
}

#[cfg(test)]
mod tests;
