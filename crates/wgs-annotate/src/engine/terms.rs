//! All terms of a change that overlaps a transcript.

use super::{
    change::Change, coded::AminoAcids, locus::Locus, place::Place, predicates::Predicates,
    span::Spans,
};
use crate::{Term, effects::Terms};

/// Biotype of transcripts that are degraded.
const DECAYING: &str = "nonsense_mediated_decay";

/// Biotype of transcripts that code for a protein.
const PROTEIN_CODING: &str = "protein_coding";

/// The terms, by what excludes them as in `Utils/Constants.pm`.
pub(crate) fn of(
    locus: &Locus,
    place: &Place,
    span: &Spans,
    predicates: &Predicates<'_>,
    change: &Change,
    biotype: &str,
) -> Terms {
    if place.complete && change.shortens() {
        return Terms::from(Term::TRANSCRIPT_ABLATION);
    }
    let mut terms = place.splicing;
    let unknown = is_unknown(locus, place, span, predicates, change);
    if place.coding {
        terms = terms | of_coding(predicates, change);
        terms.add_if(unknown, Term::CODING_SEQUENCE);
    }
    if place.exon && place.untranslated && (span.any_exonic || place.gap) {
        let (five, three) = untranslated(locus, change);
        terms.add_if(five, Term::FIVE_PRIME_UTR);
        terms.add_if(three, Term::THREE_PRIME_UTR);
    }
    terms.add_if(place.intronic, Term::INTRON);
    terms.add_if(biotype == DECAYING, Term::NMD);
    if biotype == PROTEIN_CODING {
        let whole = place.complete && locus.coding.is_some() && !unknown;
        terms.add_if(whole, Term::CODING_TRANSCRIPT);
    } else if locus.coding.is_none() {
        let exon = place.exon && place.within_exon && !place.complete;
        terms.add_if(exon, Term::NON_CODING_EXON);
        terms.add_if(!exon, Term::NON_CODING);
    }
    terms.or_intergenic()
}

fn of_coding(found: &Predicates<'_>, change: &Change) -> Terms {
    let mut terms = Terms::default();
    for (applies, term) in [
        (found.stop_gained, Term::STOP_GAINED),
        (found.frameshift && !change.keeps_length(), Term::FRAMESHIFT),
        (found.stop_lost, Term::STOP_LOST),
        (found.start_lost, Term::START_LOST),
        (found.inframe_insertion && change.lengthens(), Term::INFRAME_INSERTION),
        (found.inframe_deletion && change.shortens(), Term::INFRAME_DELETION),
        (found.partial_codon, Term::INCOMPLETE_TERMINAL_CODON),
        (found.start_retained, Term::START_RETAINED),
        (found.stop_retained, Term::STOP_RETAINED),
        (is_protein_altering(found), Term::PROTEIN_ALTERING),
        (is_missense(found) && change.keeps_length(), Term::MISSENSE),
        (is_synonymous(found), Term::SYNONYMOUS),
    ] {
        terms.add_if(applies, term);
    }
    terms
}

fn is_missense(found: &Predicates<'_>) -> bool {
    let excluded = found.start_lost
        || found.stop_lost
        || found.stop_gained
        || found.partial_codon
        || found.stop_retained;
    let differs = |a: &AminoAcids| a.before != a.after && a.before.len() == a.after.len();
    !excluded && found.amino_acids.is_some_and(differs)
}

fn is_synonymous(found: &Predicates<'_>) -> bool {
    let same =
        |a: &AminoAcids| !a.before.is_empty() && a.before == a.after && !a.before.contains(&b'X');
    !found.stop_retained && !found.start_retained && found.amino_acids.is_some_and(same)
}

/// Whether the protein changes in length in a way that has no term of its own.
fn is_protein_altering(found: &Predicates<'_>) -> bool {
    let Some(AminoAcids { before, after }) = found.amino_acids else { return false };
    let has_own_term = before.len() == after.len()
        || before.starts_with(b"*")
        || after.starts_with(b"*")
        || after.starts_with(before)
        || after.ends_with(before);
    !has_own_term && !found.inframe_deletion && !found.start_lost && !found.frameshift
}

/// Whether a change touches the coding sequence, and what that means cannot be told.
fn is_unknown(
    locus: &Locus,
    place: &Place,
    span: &Spans,
    found: &Predicates<'_>,
    change: &Change,
) -> bool {
    let in_gap = || {
        let overlaps = |coding: &super::locus::CodingRange| {
            change.start < coding.to && coding.from < change.end()
        };
        place.gap && locus.coding.as_ref().is_some_and(overlaps)
    };
    if place.complete || !(span.any_coding || in_gap()) {
        return false;
    }
    let unreadable = |a: &AminoAcids| a.before.contains(&b'X') || a.after.contains(&b'X');
    let known = found.frameshift
        || found.inframe_deletion
        || found.start_retained
        || found.start_lost
        || found.stop_retained
        || found.stop_lost;
    found.amino_acids.is_none_or(unreadable) && !known && !is_protein_altering(found)
}

/// Whether a change lies before the coding region, and whether after it, in the transcript's
/// direction.
fn untranslated(locus: &Locus, change: &Change) -> (bool, bool) {
    let Some(coding) = locus.coding else { return (false, false) };
    let (start, end) = (i64::from(locus.interval.start()), i64::from(locus.interval.end()));
    let (from, to) = (change.start, change.end());
    // Where there is no untranslated region, what reaches out of the transcript lies in it.
    let overlaps = |first: i64, last: i64| from < last && first < to;
    let inserted_at = |at: i64| change.is_insertion() && from == at;
    let low = inserted_at(coding.from) || overlaps(start, coding.from);
    let high = inserted_at(coding.to) || overlaps(coding.to, end);
    locus.either((low, high), (high, low))
}
