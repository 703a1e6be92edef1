//! Changes of one haplotype that alter a coding sequence together: those that touch the same codon,
//! and those that shift the reading frame with those that restore it (as in bcftools csq, Danecek
//! and McCarthy, Bioinformatics 2017, doi:10.1093/bioinformatics/btx100).

use std::ops::Range;

use wgs_core::Interval0;
use wgs_formats::genome::Genome;

use super::{
    Ends, change::Change, code::reverse_complement, coded::Coded, effect, hgvs, locus::CODON,
    locus::Locus, place::Place, predicates::Predicates, span, terms,
};
use crate::{Difference, Effect, Strand, Term, Transcript, effects::Terms, form::as_compared};

/// A change within the coding sequence of a transcript.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edit<'a> {
    /// Coding bases before it, in the transcript's direction, with those that the first codon lacks.
    start: i64,
    /// Coding bases up to its end.
    end: i64,
    change: &'a Change,
}

impl<'a> Edit<'a> {
    /// `None` for a change that is not within the coding part of one exon.
    pub(crate) fn of(locus: &Locus, change: &'a Change) -> Option<Self> {
        let (first, last) = span::Spans::of(locus, change.start, change.end()).cds.both()?;
        let is_whole = last - first + 1 == change.forward.reference.len() as i64;
        (is_whole && change.is_readable()).then_some(Self { start: first - 1, end: last, change })
    }

    /// What edits of one transcript are ordered by.
    pub(crate) fn key(&self) -> (i64, i64) {
        (self.start, self.end)
    }

    fn shift(&self) -> i64 {
        self.change.forward.alternate.len() as i64 - (self.end - self.start)
    }

    fn shifts_frame(&self) -> bool {
        self.shift() % CODON as i64 != 0
    }

    fn first_codon(&self) -> i64 {
        self.start / CODON as i64
    }

    /// The last codon whose bases it alters; the one before the first for whole codons that are
    /// inserted between two.
    fn last_codon(&self) -> i64 {
        let codon = CODON as i64;
        let is_between = self.start == self.end && self.start % codon == 0 && !self.shifts_frame();
        match is_between {
            true => self.first_codon() - 1,
            false => self.first_codon().max((self.end - 1) / codon),
        }
    }
}

/// Those of the edits of one haplotype, in order, that act together. A frame that no later edit
/// restores takes no others with it.
pub(crate) fn groups(edits: &[Edit<'_>]) -> Vec<Range<usize>> {
    let mut groups = Vec::new();
    let mut next = 0;
    while next < edits.len() {
        let group = next..end_of_group(edits, next);
        next = group.end;
        if group.len() > 1 && are_compatible(&edits[group.clone()]) {
            groups.push(group);
        }
    }
    groups
}

fn end_of_group(edits: &[Edit<'_>], start: usize) -> usize {
    let (mut end, mut shift, mut last_codon) = (start, 0, i64::MIN);
    loop {
        let joins = match edits.get(end) {
            None => return end,
            Some(edit) if end == start || edit.first_codon() <= last_codon => end + 1,
            Some(_) => match restoring(&edits[end..], shift) {
                Some(count) => end + count,
                None => return end,
            },
        };
        for edit in &edits[end..joins] {
            shift += edit.shift();
            last_codon = last_codon.max(edit.last_codon());
        }
        end = joins;
    }
}

/// How many of the edits restore a frame that is shifted so far; `None` if it is not, or they do not.
fn restoring(edits: &[Edit<'_>], mut shift: i64) -> Option<usize> {
    let codon = CODON as i64;
    if shift % codon == 0 {
        return None;
    }
    let restores = |edit: &Edit<'_>| {
        shift += edit.shift();
        shift % codon == 0
    };
    edits.iter().position(restores).map(|place| place + 1)
}

/// Whether no two are of the same bases, which one haplotype cannot have.
fn are_compatible(edits: &[Edit<'_>]) -> bool {
    edits.windows(2).all(|pair| pair[0].end <= pair[1].start && pair[0].start < pair[1].start)
}

/// What edits that act together do to their transcript, in order; `None` if it is not near, or its
/// sequence is not the genome's.
pub(crate) fn effect_of(
    genome: &Genome,
    transcript: &Transcript,
    locus: &Locus,
    edits: &[Edit<'_>],
) -> Option<Effect> {
    if transcript.difference == Difference::WithinCoding {
        return None;
    }
    let starts = edits.iter().map(|edit| edit.change.start);
    let ends = edits.iter().map(|edit| edit.change.end());
    let (start, end) = (starts.min()?, ends.max()?);
    let exon = locus.exons.get(locus.exon_after(start))?;
    if exon.start > start || end > exon.end {
        return across_introns(genome, transcript, locus, edits);
    }
    let place = Interval0::new(u32::try_from(start).ok()?, u32::try_from(end).ok()?).ok()?;
    let reference = genome.fetch(locus.contig, place);
    let mut changes: Vec<&Change> = edits.iter().map(|edit| edit.change).collect();
    changes.sort_unstable_by_key(|change| (change.start, change.end()));
    let parts = changes.iter().map(|change| {
        (change.start - start, change.end() - start, change.forward.alternate.as_slice())
    });
    let alternate = edited(&reference, parts);
    if reference == alternate {
        return Some(unchanged(transcript));
    }
    let (part, bases) = as_compared(place, &reference, &alternate, false);
    let left = (part.start() - place.start()) as usize;
    let reference = &reference[left..left + part.len() as usize];
    let change = Change::new(locus.contig, part.start(), reference, bases);
    effect(genome, transcript, locus, &change)
}

/// A sequence with parts of it (start, end, new bases; in order) replaced.
fn edited<'a>(whole: &[u8], parts: impl Iterator<Item = (i64, i64, &'a [u8])>) -> Vec<u8> {
    let (mut new, mut done) = (Vec::with_capacity(whole.len()), 0);
    for (start, end, bases) in parts {
        new.extend_from_slice(&whole[done..start as usize]);
        new.extend_from_slice(bases);
        done = end as usize;
    }
    new.extend_from_slice(&whole[done..]);
    new
}

/// The effect of edits that undo each other.
fn unchanged(transcript: &Transcript) -> Effect {
    let mut effect = Effect::of_terms(Terms::from(Term::SYNONYMOUS));
    let accession = transcript.protein.as_ref().unwrap_or(&transcript.accession);
    effect.hgvs_protein = Some(format!("{accession}:p.="));
    effect
}

/// The effect of edits in several exons, told from the coding sequence alone: without a name on the
/// transcript, and without what splicing or decay make of it.
fn across_introns(
    genome: &Genome,
    transcript: &Transcript,
    locus: &Locus,
    edits: &[Edit<'_>],
) -> Option<Effect> {
    let sequences = &*locus.sequences(genome);
    let start = edits.first()?.start;
    let end = edits.iter().map(|edit| edit.end).max()?;
    let range = usize::try_from(start).ok()?..usize::try_from(end).ok()?;
    let reference = sequences.coding().get(range)?;
    let parts = edits.iter().map(|edit| {
        let bases = edit.change.oriented(locus.strand).alternate.as_slice();
        (edit.start - start, edit.end - start, bases)
    });
    let alternate = edited(reference, parts);
    if reference == alternate {
        return Some(unchanged(transcript));
    }
    let coding = locus.coding?;
    let ends = |first: i64, last: i64| Ends { first: Some(first), last: Some(last) };
    let codon = |position: i64| (position + CODON as i64 - 1) / CODON as i64;
    let before = coding.start - coding.missing;
    let span = span::Spans {
        cdna: ends(before + start + 1, before + end),
        cds: ends(start + 1, end),
        protein: ends(codon(start + 1), codon(end)),
        any_coding: true,
        any_exonic: true,
    };
    let on_contig = |bases: &[u8]| match locus.strand {
        Strand::Forward => bases.to_vec(),
        Strand::Reverse => reverse_complement(bases),
    };
    let at = edits.iter().map(|edit| edit.change.start).min()?;
    let at = u32::try_from(at).ok()?;
    let change = Change::new(locus.contig, at, &on_contig(reference), &on_contig(&alternate));
    let place = Place { exon: true, within_exon: true, coding: true, ..Place::default() };
    let coded = Coded::of(locus, sequences, &span, change.oriented(locus.strand));
    let predicates = Predicates::of(locus, Some(sequences), &span, coded.as_ref(), &change);
    let terms = terms::of(locus, &place, &span, &predicates, &change, &transcript.biotype);
    let mut effect = Effect::of_terms(terms);
    effect.cdna = span.cdna.filled().filter(|_| transcript.difference == Difference::None);
    (effect.coding, effect.protein) = (span.cds.filled(), span.protein.filled());
    if let Some(coded) = &coded {
        effect.amino_acids = coded.amino_acids();
        effect.codons = coded.shown_codons(locus, &span, &change);
    }
    let moves = change.is_insertion() || change.is_deletion();
    let name = (!moves)
        .then(|| hgvs::protein::name(genome, locus, sequences, &change, &span, &predicates));
    effect.hgvs_protein = name.flatten().map(|name| {
        let accession = transcript.protein.as_ref().unwrap_or(&transcript.accession);
        format!("{accession}:{name}")
    });
    Some(effect)
}
