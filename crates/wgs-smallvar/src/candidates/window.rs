//! Groups of alleles that must be looked at together.

use std::ops::Range;

use super::{Candidate, Haplotype, assembly::Assembled, hold};
use crate::{allele::Allele, stretch::Stretch};

/// Alleles this near to an insertion or deletion are judged together with it: aligners would
/// rather let a few bases at the end of a read mismatch than open a gap.
const REACH_BASES: u32 = 12;
/// Longest part of the reference that one window's alleles may span; what follows makes another.
const MAX_SPAN_BASES: u32 = 200;
/// Most alleles in a window whatever the options say: a set of them has a bit for each.
const MAX_ALLELES: usize = 60;
/// Most assembled haplotypes of a window.
const MAX_ASSEMBLED: usize = 12;
/// So many more alleles if some of them were assembled.
const MAX_ASSEMBLED_ALLELES: usize = 12;

/// How the likelihoods of a window are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// One substituted base away from insertions and deletions: by the bases aligned to it.
    Pileup,
    /// By aligning each read to each haplotype.
    Realign,
}

/// Alleles near each other, and the haplotypes that they may form.
#[derive(Clone, Debug)]
pub struct Window {
    /// How its likelihoods are found.
    pub method: Method,
    /// From the first base that an allele may touch, to one past the last; at least one base.
    pub span: Range<u32>,
    /// The span and, on either side, as much of the reference as it takes for alignments to have a
    /// hold: bases that are no tandem repeat.
    pub held: Range<u32>,
    /// The alleles in order.
    pub alleles: Vec<Allele>,
    /// Fragments that show each allele.
    pub fragments: Vec<u32>,
    /// Sets of alleles (bits) that reads spell together.
    pub assembled: Vec<u64>,
    /// Alleles that begin before are an earlier window's: deletions that reach into this one, where a
    /// chain of insertions and deletions was cut. They are on haplotypes here, and are told there.
    pub told_from: u32,
}

impl Window {
    fn new(
        method: Method,
        mut candidates: Vec<Candidate>,
        assembled: &[Assembled],
        reference: &Stretch,
        told_from: u32,
        max_alleles: u32,
    ) -> Self {
        let on_one = |c: &Candidate| assembled.iter().any(|a| a.alleles.contains(&c.allele));
        let more = if assembled.is_empty() { 0 } else { MAX_ASSEMBLED_ALLELES };
        let most = (max_alleles as usize + more).clamp(1, MAX_ALLELES);
        if candidates.len() > most {
            let mut order: Vec<usize> = (0..candidates.len()).collect();
            let rank = |c: &Candidate| (!on_one(c), std::cmp::Reverse(c.fragments));
            order.sort_by_key(|&i| (rank(&candidates[i]), i));
            order.truncate(most);
            order.sort_unstable();
            candidates = order.into_iter().map(|i| candidates[i].clone()).collect();
        }
        let spans = candidates.iter().map(|c| c.allele.ambiguous_span(reference));
        let span = spans
            .reduce(|a, b| a.start.min(b.start)..a.end.max(b.end))
            .map_or(0..1, |s| s.start..s.end.max(s.start + 1));
        let held = hold::around(&span, reference);
        let (alleles, fragments): (Vec<Allele>, _) =
            candidates.into_iter().map(|c| (c.allele, c.fragments)).unzip();
        let set = |haplotype: &Assembled| {
            let on = |a: &Allele| haplotype.alleles.contains(a);
            let bits = alleles.iter().enumerate().filter(|(_, a)| on(a));
            bits.fold(0, |set, (i, _)| set | 1 << i)
        };
        let mut assembled: Vec<u64> = assembled.iter().map(set).filter(|&s| s != 0).collect();
        assembled.dedup();
        assembled.truncate(MAX_ASSEMBLED);
        Self { method, span, held, alleles, fragments, assembled, told_from }
    }

    /// Whether the window tells of an allele, by its place.
    pub fn tells(&self, allele: usize) -> bool {
        self.alleles[allele].start >= self.told_from
    }

    /// The haplotypes that the alleles may form, `most` of them and those that were assembled; the
    /// reference first.
    pub fn haplotypes(
        &self,
        reads: &[&[crate::read::Read]],
        reference: &Stretch,
        most: u32,
    ) -> Vec<Haplotype> {
        super::haplotype::build(self, reads, reference, most as usize)
    }
}

/// Groups candidates, which are in order, to windows in order.
///
/// The alleles of an assembled haplotype are in one window, unless it would grow beyond measure.
pub fn group(
    candidates: Vec<Candidate>,
    assembled: &[Assembled],
    reference: &Stretch,
    max_alleles: u32,
) -> Vec<Window> {
    let zones = zones(&candidates, assembled, reference);
    let mut windows: Vec<Window> = Vec::new();
    // Deletions of the windows so far, as far as they reach.
    let mut reaching: Vec<Candidate> = Vec::new();
    let mut rest = candidates.into_iter().peekable();
    let mut zones = zones.into_iter().peekable();
    while let Some(next) = rest.peek() {
        let start = next.allele.start;
        while zones.peek().is_some_and(|zone| zone.end <= start) {
            zones.next();
        }
        let zone = zones.peek().filter(|zone| zone.contains(&start));
        reaching.retain(|c| c.allele.end() > start);
        let end = zone.map_or(start + 1, |zone| zone.end);
        let alone = zone.is_none() && reaching.is_empty();
        let method = if alone { Method::Pileup } else { Method::Realign };
        let mut members = reaching.clone();
        while let Some(candidate) = rest.next_if(|c| c.allele.start < end) {
            let allele = &candidate.allele;
            if allele.inserted.len() < allele.deleted as usize {
                reaching.push(candidate.clone());
            }
            members.push(candidate);
        }
        let near = |a: &&Assembled| {
            a.alleles.iter().any(|a| members.iter().any(|c: &Candidate| c.allele == *a))
        };
        let assembled: Vec<Assembled> = if method == Method::Realign {
            assembled.iter().filter(near).cloned().collect()
        } else {
            Vec::new()
        };
        windows.push(Window::new(method, members, &assembled, reference, start, max_alleles));
    }
    windows
}

/// Where insertions and deletions govern: disjoint, ascending, not longer than
/// [`MAX_SPAN_BASES`] without their reach, unless one allele or assembled haplotype is.
fn zones(
    candidates: &[Candidate],
    assembled: &[Assembled],
    reference: &Stretch,
) -> Vec<Range<u32>> {
    let gaps = candidates.iter().filter(|c| !c.allele.is_snv());
    let mut spans: Vec<Range<u32>> = gaps.map(|c| c.allele.ambiguous_span(reference)).collect();
    spans.extend(assembled.iter().filter_map(|a| {
        let ends = a.alleles.iter().map(|a| a.ambiguous_span(reference).end).max();
        Some(a.alleles.first()?.start..ends?)
    }));
    spans.sort_by_key(|span| (span.start, span.end));
    let mut zones: Vec<Range<u32>> = Vec::new();
    let mut held: Range<u32> = 0..0;
    for span in spans {
        let reach = reach(&span, reference);
        match zones.last_mut() {
            Some(last)
                if reach.start < last.end
                    && (span.end <= held.end || span.end - held.start <= MAX_SPAN_BASES) =>
            {
                last.end = last.end.max(reach.end);
                held.end = held.end.max(span.end);
            }
            Some(last) if reach.start < last.end => {
                let start = last.end.min(span.start);
                last.end = start;
                zones.push(start..reach.end.max(start + 1));
                held = span;
            }
            _ => {
                zones.push(reach);
                held = span;
            }
        }
    }
    zones
}

/// [`REACH_BASES`] on either side, and over the tandem repeats beside it: a read that ends within
/// them may have been aligned without the gap, and differ from the reference wherever the repeat is
/// not perfect.
fn reach(span: &Range<u32>, reference: &Stretch) -> Range<u32> {
    let held = hold::around(span, reference);
    let spare = hold::HOLD_BASES - REACH_BASES;
    let start = (held.start + spare).min(span.start.saturating_sub(REACH_BASES));
    start..held.end.saturating_sub(spare).max(span.end + REACH_BASES) + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::genotype::Locus;

    fn grouped(alleles: Vec<Allele>) -> Vec<(Method, Vec<u32>)> {
        let bases = b"ACGTTGCA".iter().cycle().take(2000).copied().collect();
        let reference = Stretch::new(0, bases);
        let candidates =
            alleles.into_iter().map(|allele| Candidate { allele, fragments: 3 }).collect();
        let windows = group(candidates, &[], &reference, 12);
        windows
            .into_iter()
            .map(|w| (w.method, w.alleles.iter().map(|a| a.start).collect()))
            .collect()
    }

    #[test]
    fn substitutions_stand_alone_unless_an_indel_is_near() {
        let alleles = vec![
            Allele::snv(100, b'A'),
            Allele::snv(101, b'A'),
            Allele::snv(495, b'C'),
            Allele::deletion(500, 3),
            Allele::snv(512, b'C'),
            Allele::snv(600, b'C'),
        ];
        let expected = vec![
            (Method::Pileup, vec![100]),
            (Method::Pileup, vec![101]),
            (Method::Realign, vec![495, 500, 512]),
            (Method::Pileup, vec![600]),
        ];
        assert_eq!(grouped(alleles), expected);
    }

    #[test]
    fn two_bases_at_one_place_are_one_window() {
        let alleles = vec![Allele::snv(100, b'A'), Allele::snv(100, b'C')];
        assert_eq!(grouped(alleles), [(Method::Pileup, vec![100, 100])]);
    }

    #[test]
    fn a_deletion_that_reaches_over_a_cut_is_on_haplotypes_behind_it() {
        let long = Allele::deletion(600, 90);
        let mut alleles: Vec<Allele> = (0..7).map(|i| Allele::deletion(500 + 15 * i, 2)).collect();
        alleles.extend([long.clone(), Allele::deletion(680, 25), Allele::snv(685, b'C')]);
        let bases = b"ACGTTGCA".iter().cycle().take(2000).copied().collect();
        let candidates = alleles.into_iter().map(|allele| Candidate { allele, fragments: 3 });
        let windows = group(candidates.collect(), &[], &Stretch::new(0, bases), 12);
        let with: Vec<&Window> = windows.iter().filter(|w| w.alleles.contains(&long)).collect();
        let [own, next] = with[..] else { panic!("{} windows have it", with.len()) };
        let place = |w: &Window| w.alleles.iter().position(|a| *a == long).unwrap();
        assert!(own.tells(place(own)) && !next.tells(place(next)));
        let spanned = Locus::of(next).into_iter().filter(|l| next.tells(l.alleles[0]));
        let spanned = spanned.filter(|l| l.anchor < long.end());
        assert!(spanned.map(|l| l.spanning.len()).all(|n| n > 0), "its place is `*` there");
        let told = windows.iter().flat_map(|w| (0..w.alleles.len()).filter(|&i| w.tells(i)));
        assert_eq!(told.count(), 10, "each once");
    }

    #[test]
    fn a_chain_of_indels_is_cut_and_nothing_is_lost() {
        let alleles: Vec<Allele> = (0..60).map(|i| Allele::deletion(500 + 15 * i, 2)).collect();
        let windows = grouped(alleles.clone());
        assert!(windows.len() > 2);
        let all: Vec<u32> = windows.into_iter().flat_map(|(_, starts)| starts).collect();
        assert!(all.len() >= 40);
        assert!(all.is_sorted());
    }
}
