//! What an allele does to a transcript, by the definitions of Ensembl VEP (ensembl-variation 115,
//! `Utils/VariationEffect.pm` and `TranscriptVariationAllele.pm`).
//!
//! - [`code`]: bases, codons, amino acids
//! - [`locus`]: a transcript ready for use: where its parts lie, and its sequences
//! - [`change`]: an allele, and how far it can move
//! - [`place`]: where a change lies among exons and introns, and the terms of splicing
//! - [`span`]: its positions in transcript, coding sequence and protein
//! - [`coded`]: the codons and amino acids before and after
//! - [`predicates`]: what they mean: stops, starts, frames
//! - [`terms`]: all terms
//! - [`hgvs`]: its names
//! - [`combined`]: changes of one haplotype that act together
//! - [`nmd`]: whether a shortened product escapes decay

pub(crate) mod change;
pub(crate) mod code;
mod coded;
pub(crate) mod combined;
mod edited;
pub(crate) mod hgvs;
pub(crate) mod locus;
mod nmd;
pub(crate) mod place;
mod predicates;
mod span;
mod terms;

use std::fmt::Write as _;

use wgs_formats::genome::Genome;

use crate::{
    Difference, Effect, Span, Term, Transcript,
    effects::{Numbers, Terms},
};
use change::Change;
use coded::Coded;
use locus::Locus;
use place::Place;
use predicates::Predicates;

/// Bases upstream and downstream of a transcript within which an allele is said to be near it.
pub(crate) const NEAR_BP: i64 = 5_000;

/// What a change does to a transcript; `None` if the transcript is not near.
pub(crate) fn effect(
    genome: &Genome,
    transcript: &Transcript,
    locus: &Locus,
    change: &Change,
) -> Option<Effect> {
    let Some(place) = Place::of(locus, change) else {
        return beside(locus, change);
    };
    let mut effect = Effect::of_terms(Terms::default());
    effect.exon = place.exon_numbers.filter(|_| place.exon);
    effect.intron = place.intron_numbers.filter(|_| place.intron);
    let readable = transcript.difference != Difference::WithinCoding;
    let span = span::Spans::of(locus, change.start, change.end());
    let sequences = (place.coding && readable).then(|| locus.sequences(genome));
    let sequences = sequences.as_deref();
    let coded = sequences.and_then(|s| Coded::of(locus, s, &span, change.oriented(locus.strand)));
    let predicates = Predicates::of(locus, sequences, &span, coded.as_ref(), change);
    effect.terms = terms::of(locus, &place, &span, &predicates, change, &transcript.biotype);
    effect.nmd_escaping = nmd::escapes(locus, &span, change, effect.terms);
    if !readable {
        return Some(effect);
    }
    let numbered = transcript.difference != Difference::OutsideCoding;
    if place.exon {
        effect.cdna = span.cdna.filled().filter(|_| numbered);
        if place.coding {
            effect.coding = span.cds.filled();
            effect.protein = span.protein.filled();
            if let Some(coded) = &coded {
                effect.amino_acids = coded.amino_acids();
                effect.codons = coded.shown_codons(locus, &span, change);
            }
        }
    }
    name(genome, transcript, locus, change, &place, &span, &predicates, &mut effect);
    Some(effect)
}

/// The names of a change, with the names of what they are counted on.
#[expect(clippy::too_many_arguments, reason = "what is known of the change so far")]
fn name(
    genome: &Genome,
    transcript: &Transcript,
    locus: &Locus,
    change: &Change,
    place: &Place,
    span: &span::Spans,
    predicates: &Predicates<'_>,
    effect: &mut Effect,
) {
    if !change.is_named() {
        return;
    }
    let is_numbered = |name: &hgvs::transcript::Name| {
        transcript.difference != Difference::OutsideCoding || name.is_within_coding()
    };
    let named = hgvs::transcript::name(genome, locus, change, place, span);
    effect.hgvs_transcript = named.filter(is_numbered).map(|name| {
        let mut text = String::with_capacity(transcript.accession.len() + 24);
        let _ = write!(text, "{}:{name}", transcript.accession);
        text
    });
    if place.coding {
        let sequence = locus.sequences(genome);
        let named = hgvs::protein::name(genome, locus, &sequence, change, span, predicates);
        effect.hgvs_protein = named.map(|name| {
            let accession = transcript.protein.as_ref().unwrap_or(&transcript.accession);
            format!("{accession}:{name}")
        });
    }
    if effect.hgvs_transcript.is_some() || effect.hgvs_protein.is_some() {
        effect.hgvs_offset = change.signed_shift(genome, locus);
    }
}

/// The effect of a change that lies upstream or downstream of a transcript.
fn beside(locus: &Locus, change: &Change) -> Option<Effect> {
    let (start, end) = (i64::from(locus.interval.start()), i64::from(locus.interval.end()));
    let (from, to) = (change.start, change.end());
    let term = if to <= start && to + NEAR_BP > start {
        locus.either(Term::UPSTREAM, Term::DOWNSTREAM)
    } else if from >= end && from < end + NEAR_BP {
        locus.either(Term::DOWNSTREAM, Term::UPSTREAM)
    } else {
        return None;
    };
    // First and last bases, of the change and of the transcript: an insertion's first is its last's
    // neighbour.
    let (first, last) = (from + 1, to);
    let distances = [first - start - 1, first - end, last - start - 1, last - end];
    let mut effect = Effect::of_terms(Terms::from(term));
    effect.distance = distances.into_iter().map(i64::unsigned_abs).min();
    Some(effect)
}

/// Two ends that are known or not, as what is written about them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ends {
    pub(crate) first: Option<i64>,
    pub(crate) last: Option<i64>,
}

impl Ends {
    /// Both ends, if they are known.
    pub(crate) fn both(self) -> Option<(i64, i64)> {
        Some((self.first?, self.last?))
    }

    /// In ascending order; `None` if neither is known.
    fn filled(self) -> Option<Span> {
        let number = |end: Option<i64>| end.map(|end| u32::try_from(end).unwrap_or(u32::MAX));
        match (number(self.first), number(self.last)) {
            (None, None) => None,
            (Some(first), Some(last)) => {
                Some(Span { first: Some(first.min(last)), last: Some(first.max(last)) })
            }
            (first, last) => Some(Span { first, last }),
        }
    }
}

/// Numbers of the first and last of some exons or introns that a change overlaps.
fn numbers(first: usize, last: usize, total: usize) -> Numbers {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Numbers { first: number(first.min(last)), last: number(first.max(last)), total: number(total) }
}
