//! Where a change lies relative to the introns of a transcript: the terms of splicing as Ensembl
//! VEP defines them (ensembl-variation 115, `BaseTranscriptVariationAllele::_intron_effects` and
//! `Utils/VariationEffect.pm`).
//!
//! Counted from the exon, in the transcript's direction: donor +1 +2, acceptor -1 -2, donor's 5th
//! base +5, donor region +3 to +6 (without the 5th base), polypyrimidine tract -3 to -17 (only for
//! changes that touch no exon), splice region three bases of the exon and +3 to +8 and -3 to -8 (not
//! beside the terms of the donor and the canonical sites). Gaps of at most 13 bases between exons
//! are corrections of the genome and no introns.

use wgs_core::Interval0;

use crate::{Strand, Term, Transcript};

/// Gaps between exons up to this length are no introns.
const FRAMESHIFT_GAP: i64 = 13;

/// The bases that a trimmed change replaces, 0-based and half-open; empty between the bases at
/// `start - 1` and `start` for an insertion.
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

/// The parts of a trimmed change that differ. Of equally long alleles the bases that stay the same
/// in between are no part of it; anything else is one part.
pub(crate) fn footprints(start: u32, reference: &[u8], alternate: &[u8]) -> Vec<Footprint> {
    let start = i64::from(start);
    if reference.len() != alternate.len() {
        return vec![Footprint { start, end: start + reference.len() as i64 }];
    }
    let mut parts: Vec<Footprint> = Vec::new();
    for (offset, (r, a)) in reference.iter().zip(alternate).enumerate() {
        let at = start + offset as i64;
        match parts.last_mut() {
            _ if r == a => {}
            Some(last) if last.end == at => last.end = at + 1,
            _ => parts.push(Footprint { start: at, end: at + 1 }),
        }
    }
    parts
}

/// What a change hits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Hits {
    donor: bool,
    acceptor: bool,
    fifth_base: bool,
    donor_region: bool,
    polypyrimidine: bool,
    region: bool,
    intron: bool,
    exon: bool,
    gap: bool,
}

/// The terms of splicing and, for a transcript without coding sequence, of introns and exons.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Positional {
    pub(crate) canonical: Vec<Term>,
    pub(crate) around: Vec<Term>,
    pub(crate) intron: bool,
    pub(crate) exon: bool,
    pub(crate) gap: bool,
}

/// Where the parts of a change lie in a transcript that it overlaps.
pub(crate) fn positional(transcript: &Transcript, parts: &[Footprint]) -> Positional {
    let mut exons = transcript.exons.clone();
    if transcript.strand == Strand::Reverse {
        exons.reverse();
    }
    let mut hits = Hits::default();
    for part in parts {
        add(&mut hits, &exons, *part, transcript.strand);
    }
    let canonical = [(hits.acceptor, Term::SPLICE_ACCEPTOR), (hits.donor, Term::SPLICE_DONOR)];
    let donor_region = hits.donor_region && !hits.fifth_base;
    let beside = hits.donor || hits.acceptor || hits.fifth_base || donor_region;
    let around = [
        (hits.fifth_base, Term::DONOR_5TH_BASE),
        (hits.region && !beside, Term::SPLICE_REGION),
        (donor_region, Term::DONOR_REGION),
        (hits.polypyrimidine && !hits.exon, Term::POLYPYRIMIDINE),
    ];
    let chosen = |terms: &[(bool, Term)]| terms.iter().filter(|t| t.0).map(|t| t.1).collect();
    Positional {
        canonical: chosen(&canonical),
        around: chosen(&around),
        intron: hits.intron,
        exon: hits.exon,
        gap: hits.gap,
    }
}

/// Looks at the exons and introns near a part; `exons` are in the direction of the contig.
fn add(hits: &mut Hits, exons: &[Interval0], part: Footprint, strand: Strand) {
    let ends_before = |exon: &Interval0| i64::from(exon.end()) + FRAMESHIFT_GAP < part.start;
    let first = exons.partition_point(ends_before).saturating_sub(1);
    for (index, exon) in exons.iter().enumerate().skip(first) {
        let (start, end) = (i64::from(exon.start()), i64::from(exon.end()));
        hits.exon |= part.overlaps(start, end);
        if start > part.end + FRAMESHIFT_GAP {
            return;
        }
        if let Some(next) = exons.get(index + 1) {
            add_intron(hits, end, i64::from(next.start()), part, strand);
        }
    }
}

/// Looks at the intron `[i, j)`.
fn add_intron(hits: &mut Hits, i: i64, j: i64, part: Footprint, strand: Strand) {
    if j - i <= FRAMESHIFT_GAP && part.overlaps(i, j) {
        hits.gap = true;
        return;
    }
    let overlaps = |start, end| part.overlaps(start, end);
    let at_edge = part.is_insertion() && [i, j, i + 2, j - 2].contains(&part.start);
    let at_inner_edge = part.is_insertion() && [i + 2, j - 2].contains(&part.start);
    let near = [(i - 3, i), (i + 2, i + 8), (j - 8, j - 2), (j, j + 3)];
    hits.intron |= overlaps(i + 2, j - 2) || at_inner_edge;
    hits.region |= at_edge || near.iter().any(|&(start, end)| overlaps(start, end));
    let (left, right) = (overlaps(i, i + 2), overlaps(j - 2, j));
    match strand {
        Strand::Forward => {
            hits.donor |= left;
            hits.acceptor |= right;
            hits.fifth_base |= overlaps(i + 4, i + 5);
            hits.donor_region |= overlaps(i + 2, i + 6);
            hits.polypyrimidine |= part.touches(j - 17, j - 2);
        }
        Strand::Reverse => {
            hits.acceptor |= left;
            hits.donor |= right;
            hits.fifth_base |= overlaps(j - 5, j - 4);
            hits.donor_region |= overlaps(j - 6, j - 2);
            hits.polypyrimidine |= part.touches(i + 2, i + 17);
        }
    }
}

#[cfg(test)]
mod tests;
