//! Alleles that alignments show, where enough of them do.

use std::ops::Range;

use wgs_core::Interval0;
use wgs_formats::alignment::CigarKind;

use super::{
    activity::{self, Activity, Place},
    clipped,
};
use crate::{
    allele::Allele,
    options::{AssemblyOptions, Options},
    read::{Read, Segment},
    stretch::Stretch,
};

/// Least mean quality of inserted bases, Phred-scaled.
const MIN_INSERTED_QUALITY: usize = 10;

/// Share of [`CandidateOptions::min_indel_fraction`](crate::CandidateOptions::min_indel_fraction) that
/// an insertion or deletion needs beside another one. Among thousands of fragments errors make many at
/// the place of a true one, and there is no room for all in a window.
const BESIDE: f64 = 0.2;

/// An allele worth a closer look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The allele, left-aligned.
    pub allele: Allele,
    /// Fragments of all samples whose alignment shows it.
    pub fragments: u32,
}

/// Alleles that begin in `interval` and for which one sample at least has the evidence that
/// `options` asks for; in the order of [`Allele`].
///
/// Substitutions count from [`Options::min_base_quality`] on. Where an insertion or deletion is found,
/// others at that place are too by `BESIDE` of the evidence: repeats often have two lengths.
pub fn find(
    samples: &[&[Read]],
    reference: &Stretch,
    interval: Interval0,
    options: &Options,
) -> Found {
    let mut seen = Vec::new();
    let mut active = Vec::new();
    for reads in samples {
        let mut pile = Pile::new(interval, options);
        for read in *reads {
            pile.add(read, reference);
        }
        pile.tally(options, &mut seen, &mut active);
    }
    let seen = merged(seen);
    let accepted = |s: &&Seen| s.enough && !s.allele.is_snv();
    let indel_starts: Vec<u32> = seen.iter().filter(accepted).map(|s| s.allele.start).collect();
    let beside_an_indel = |s: &Seen| {
        s.enough_beside && !s.allele.is_snv() && indel_starts.binary_search(&s.allele.start).is_ok()
    };
    let kept = seen.into_iter().filter(|s| s.enough || beside_an_indel(s));
    let candidates = kept.map(|c| Candidate { allele: c.allele, fragments: c.fragments }).collect();
    let AssemblyOptions { max_indel_bases, max_region_bases, .. } = options.assembly;
    let active = activity::regions(active, max_indel_bases, max_region_bases);
    Found { candidates, active }
}

/// What alignments show, and where they do not explain the reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The alleles in order.
    pub candidates: Vec<Candidate>,
    /// Regions to be assembled: disjoint, ascending.
    pub active: Vec<Range<u32>>,
}

/// An allele as one sample, or all of them, show it.
struct Seen {
    allele: Allele,
    fragments: u32,
    enough: bool,
    /// Whether it is enough beside another insertion or deletion.
    enough_beside: bool,
}

fn merged(mut seen: Vec<Seen>) -> Vec<Seen> {
    seen.sort_by(|a, b| a.allele.cmp(&b.allele));
    seen.dedup_by(|next, kept| {
        let same = next.allele == kept.allele;
        if same {
            kept.fragments += next.fragments;
            kept.enough |= next.enough;
            kept.enough_beside |= next.enough_beside;
        }
        same
    });
    seen
}

/// What the alignments of one sample show in an interval.
struct Pile {
    interval: Interval0,
    min_base_quality: u8,
    max_indel_bases: u32,
    /// Longest insertion or deletion that a clipped end may show.
    max_split_bases: u32,
    /// Change of the depth at each base, and one past the last.
    depth_steps: Vec<i32>,
    substitutions: Vec<(u32, u8, u64)>,
    indels: Vec<(Allele, u64)>,
    activity: Activity,
}

impl Pile {
    fn new(interval: Interval0, options: &Options) -> Self {
        Self {
            interval,
            min_base_quality: options.min_base_quality,
            max_indel_bases: options.candidates.max_indel_bases,
            max_split_bases: if options.assembly.enabled {
                options.assembly.max_indel_bases
            } else {
                0
            },
            depth_steps: vec![0; interval.len() as usize + 1],
            substitutions: Vec::new(),
            indels: Vec::new(),
            activity: Activity::default(),
        }
    }

    fn add(&mut self, read: &Read, reference: &Stretch) {
        let (first, last) = (self.interval.start(), self.interval.end());
        if read.end() <= first || read.start() >= last {
            return;
        }
        for part in read.covered() {
            self.depth_steps[(part.start.clamp(first, last) - first) as usize] += 1;
            self.depth_steps[(part.end.clamp(first, last) - first) as usize] -= 1;
        }
        let known = self.substitutions.len();
        for segment in read.segments() {
            self.compare(read, reference, segment);
        }
        self.activity.add(read, self.substitutions[known..].iter().map(|s| s.0));
        let mut gaps = Vec::new();
        for allele in indels_of(read, reference) {
            let bases = allele.deleted + allele.inserted.len() as u32;
            if self.interval.contains(allele.start) && bases <= self.max_indel_bases {
                gaps.push((allele.start, bases));
                self.indels.push((allele, read.fragment()));
            }
        }
        self.activity.add_gaps(&gaps, read.fragment());
        for allele in clipped::alleles(read, reference, self.max_split_bases) {
            if self.interval.contains(allele.start) {
                self.indels.push((allele, read.fragment()));
            }
        }
    }

    /// Notes the substitutions of an aligned part.
    fn compare(&mut self, read: &Read, reference: &Stretch, segment: Segment) {
        let position = segment.reference;
        let end = position + segment.len as u32;
        let end = end.min(self.interval.end()).min(reference.interval().end());
        let start = position.max(self.interval.start()).max(reference.interval().start());
        if start >= end {
            return;
        }
        let offset = segment.offset + (start - position) as usize;
        let expected = reference.slice(start, end);
        let bases = &read.bases()[offset..offset + expected.len()];
        let quals = &read.quals()[offset..offset + expected.len()];
        const STEP: usize = 16;
        for at in (0..expected.len()).step_by(STEP) {
            let part = at..(at + STEP).min(expected.len());
            if bases[part.clone()] == expected[part.clone()] {
                continue;
            }
            for i in part {
                if bases[i] != expected[i]
                    && quals[i] >= self.min_base_quality
                    && expected[i] != b'N'
                    && matches!(bases[i], b'A' | b'C' | b'G' | b'T')
                {
                    self.substitutions.push((start + i as u32, bases[i], read.fragment()));
                }
            }
        }
    }

    /// Adds the alleles of this sample to those seen, and its active places to those of others.
    fn tally(mut self, options: &Options, seen: &mut Vec<Seen>, active: &mut Vec<Place>) {
        let depths = self.depths();
        let (assembly, options) = (&options.assembly, &options.candidates);
        self.substitutions.sort_unstable();
        self.indels.sort_unstable();
        let first = self.interval.start();
        let depth = |position: u32| f64::from(depths[(position - first) as usize]);
        if assembly.enabled {
            let depth = |place: u32| {
                let place = place.clamp(first, self.interval.end()) - first;
                depths[(place as usize).saturating_sub(1)].max(depths[place as usize])
            };
            let interval = self.interval;
            let places = self.activity.places(depth, assembly).into_iter();
            active.extend(places.filter(|p| interval.contains(p.span.start)));
        }
        for group in self.substitutions.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let (position, base, _) = group[0];
            let (reads, fragments) = counts(group.iter().map(|g| g.2));
            let enough = fragments >= options.min_fragments
                && f64::from(reads) >= options.min_snv_fraction * depth(position);
            let allele = Allele::snv(position, base);
            seen.push(Seen { allele, fragments, enough, enough_beside: false });
        }
        for group in self.indels.chunk_by(|a, b| a.0 == b.0) {
            let allele = group[0].0.clone();
            let (reads, fragments) = counts(group.iter().map(|g| g.1));
            let least = options.min_indel_fraction * depth(allele.start);
            let enough = fragments >= options.min_fragments && f64::from(reads) >= least;
            let enough_beside = f64::from(reads) >= BESIDE * least;
            seen.push(Seen { allele, fragments, enough, enough_beside });
        }
    }

    fn depths(&self) -> Vec<u32> {
        let mut depth = 0;
        let steps = self.depth_steps.iter();
        steps
            .map(|step| {
                depth += step;
                u32::try_from(depth).unwrap_or(0)
            })
            .collect()
    }
}

/// The insertions and deletions of an alignment, left-aligned: those between aligned bases, where
/// reference and inserted bases are known. Inserted bases need a mean quality of
/// [`MIN_INSERTED_QUALITY`].
pub(crate) fn indels_of(read: &Read, reference: &Stretch) -> Vec<Allele> {
    let mut alleles = Vec::new();
    let mut after_aligned = false;
    let mut steps = read.steps().peekable();
    while let Some((op, position, offset)) = steps.next() {
        let before_aligned = steps.peek().is_some_and(|(next, ..)| next.kind.is_aligned());
        if after_aligned && before_aligned {
            let allele = match op.kind {
                CigarKind::Deletion => Some(Allele::deletion(position, op.len)),
                CigarKind::Insertion => insertion(read, position, offset, op.len as usize),
                _ => None,
            };
            let known = |a: &Allele| position > 0 && reference.is_known(position - 1, a.end() + 1);
            alleles.extend(allele.filter(known).map(|a| a.left_aligned(reference)));
        }
        after_aligned = op.kind.is_aligned();
    }
    alleles
}

fn insertion(read: &Read, position: u32, offset: usize, len: usize) -> Option<Allele> {
    let inserted = &read.bases()[offset..offset + len];
    let quality: usize = read.quals()[offset..offset + len].iter().map(|&q| usize::from(q)).sum();
    let known = inserted.iter().all(|b| matches!(b, b'A' | b'C' | b'G' | b'T'));
    (known && quality >= MIN_INSERTED_QUALITY * len)
        .then(|| Allele::insertion(position, inserted.to_vec()))
}

/// Number of reads and of distinct fragments of a group in ascending order.
fn counts(fragments: impl Iterator<Item = u64>) -> (u32, u32) {
    let (mut reads, mut distinct, mut last) = (0, 0, None);
    for fragment in fragments {
        reads += 1;
        distinct += u32::from(last != Some(fragment));
        last = Some(fragment);
    }
    (reads, distinct)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::tests::read;

    const REFERENCE: &str = "GATTACAAAAAACGTCCATG";

    fn found(samples: &[&[Read]]) -> Vec<Candidate> {
        let reference = Stretch::new(0, REFERENCE.into());
        let interval = Interval0::new(0, REFERENCE.len() as u32).unwrap();
        find(samples, &reference, interval, &Options::default()).candidates
    }

    #[test]
    fn beside_an_indel_an_error_among_very_many_reads_is_none() {
        let named = |kind: &str, n: usize, cigar: &str, bases: &str| -> Vec<Read> {
            (0..n).map(|i| read(&format!("{kind}{i}"), 0, cigar, bases)).collect()
        };
        let alleles = |depth: usize| {
            let mut reads = named("w", depth, "18M", "GATTACAAAAAACGTCCA");
            reads.extend(named("d", depth, "6M1D11M", "GATTACAAAAACGTCCA"));
            reads.extend(named("x", 1, "6M2D10M", "GATTACAAAACGTCCA"));
            found(&[&reads]).len()
        };
        assert_eq!((alleles(15), alleles(500)), (2, 1));
    }

    #[test]
    fn one_fragment_is_not_enough_and_mates_are_one() {
        let read = |name| read(name, 0, "6M", "GAATAC");
        assert_eq!(found(&[&[read("a")]]), []);
        assert_eq!(found(&[&[read("a"), read("a")]]), []);
        let two = found(&[&[read("a"), read("b")]]);
        assert_eq!(two, [Candidate { allele: Allele::snv(2, b'A'), fragments: 2 }]);
    }

    #[test]
    fn a_sample_brings_its_candidates_to_all() {
        let alt = |name| read(name, 0, "6M", "GAATAC");
        let three = found(&[&[alt("a"), alt("b")], &[alt("c")], &[]]);
        assert_eq!(three, [Candidate { allele: Allele::snv(2, b'A'), fragments: 3 }]);
        assert_eq!(found(&[&[alt("a")], &[alt("c")]]), []);
    }

    #[test]
    fn a_small_share_of_the_depth_is_not_enough() {
        let mut reads: Vec<Read> =
            (0..20).map(|i| read(&format!("r{i}"), 0, "6M", "GATTAC")).collect();
        reads.push(read("a", 0, "6M", "GAATAC"));
        reads.push(read("b", 0, "6M", "GAATAC"));
        assert_eq!(found(&[&reads]), []);
    }

    #[test]
    fn indels_are_the_same_wherever_the_aligner_put_them() {
        let reads = [
            read("a", 0, "8M2D4M", "GATTACAAAACG"),
            read("b", 0, "6M2D6M", "GATTACAAAACG"),
            read("c", 0, "7M1I6M", "GATTACAAAAAAAC"),
            read("d", 0, "12M1I1M", "GATTACAAAAAAAC"),
        ];
        let found = found(&[&reads]);
        let alleles: Vec<_> = found.iter().map(|c| c.allele.clone()).collect();
        assert_eq!(alleles, [Allele::insertion(6, b"A".to_vec()), Allele::deletion(6, 2)]);
    }

    #[test]
    fn a_second_length_of_a_repeat_needs_one_fragment() {
        let one = read("a", 0, "6M2D6M", "GATTACAAAACG");
        let two = ["b", "c"].map(|n| read(n, 0, "6M1D7M", "GATTACAAAAACG"));
        assert_eq!(found(&[std::slice::from_ref(&one)]), []);
        let reads = [one, two[0].clone(), two[1].clone()];
        let lengths: Vec<u32> = found(&[&reads]).iter().map(|c| c.allele.deleted).collect();
        assert_eq!(lengths, [1, 2]);
    }

    #[test]
    fn indels_beside_a_clip_are_nothing() {
        let reads = ["a", "b"].map(|n| read(n, 3, "2S1I5M", "GGGTACAA"));
        assert_eq!(found(&[&reads]), []);
    }

    #[test]
    fn unknown_reference_bases_have_no_variants() {
        let reference = Stretch::new(0, b"ACGRTACG".to_vec());
        let reads = ["a", "b"].map(|n| read(n, 0, "8M", "ACGTTACG"));
        let interval = Interval0::new(0, 8).unwrap();
        let found = find(&[&reads], &reference, interval, &Options::default());
        assert_eq!(found.candidates, []);
    }
}
