//! VEP's terms laid over those of the engine: of splicing, of untranslated regions, of codons at
//! their borders, of transcripts without protein, and of decay.

use wgs_core::Interval0;
use wgs_formats::genome::Genome;

use crate::{
    Strand, Term, Transcript,
    borders::{self, Codon},
    splice::{self, Footprint},
};

/// Biotype of transcripts that are degraded.
const DECAYING: &str = "nonsense_mediated_decay";

/// A change without what it shares with the reference.
pub(crate) struct Change<'a> {
    /// First base, 0-based.
    pub(crate) start: u32,
    pub(crate) reference: &'a [u8],
    pub(crate) alternate: &'a [u8],
    pub(crate) parts: &'a [Footprint],
}

impl Change<'_> {
    /// From the first to the last base of the reference; empty for an insertion.
    pub(crate) fn interval(&self) -> Interval0 {
        let end = self.start + self.reference.len() as u32;
        Interval0::new(self.start, end).expect("the end was made from the start")
    }

    fn is_insertion(&self) -> bool {
        self.reference.is_empty()
    }
}

/// The terms of a change that overlaps a transcript, from those that the engine found.
pub(crate) fn terms(
    genome: &Genome,
    transcript: &Transcript,
    mut terms: Vec<Term>,
    change: &Change<'_>,
) -> Vec<Term> {
    if is_ablation(transcript, change) {
        return vec![Term::TRANSCRIPT_ABLATION];
    }
    let found = splice::positional(transcript, change.parts);
    let positional = [Term::SPLICE_ACCEPTOR, Term::SPLICE_DONOR, Term::SPLICE_REGION, Term::INTRON];
    terms.retain(|term| !positional.contains(term));
    terms.extend(found.canonical);
    terms.extend(found.around);
    terms.extend(found.intron.then_some(Term::INTRON));
    if !transcript.is_coding() {
        terms.retain(|term| ![Term::NON_CODING_EXON, Term::NON_CODING].contains(term));
        terms.push(if found.exon { Term::NON_CODING_EXON } else { Term::NON_CODING });
    } else if !change.is_insertion() {
        if found.exon || found.gap {
            terms.extend(untranslated(transcript, change.interval()));
        }
        if !found.gap {
            check_coding(genome, transcript, &mut terms, change);
        }
    }
    if transcript.biotype == DECAYING {
        terms.push(Term::NMD);
    }
    terms.sort_unstable();
    terms.dedup();
    terms
}

/// Whether a deletion takes the whole transcript.
fn is_ablation(transcript: &Transcript, change: &Change<'_>) -> bool {
    let whole = transcript.interval();
    change.alternate.len() < change.reference.len()
        && change.interval().intersection(whole) == Some(whole)
}

/// The terms of untranslated regions for a change that touches an exon: it reaches beyond the
/// coding sequence, within the transcript.
fn untranslated(transcript: &Transcript, change: Interval0) -> Vec<Term> {
    let (whole, coding) = (transcript.interval(), transcript.coding_interval());
    let before = whole.start() < coding.start()
        && change.start() < coding.start()
        && change.end() > whole.start();
    let after =
        coding.end() < whole.end() && change.end() > coding.end() && change.start() < whole.end();
    let (five, three) = match transcript.strand {
        Strand::Forward => (before, after),
        Strand::Reverse => (after, before),
    };
    let terms = [(five, Term::FIVE_PRIME_UTR), (three, Term::THREE_PRIME_UTR)];
    terms.into_iter().filter(|(hit, _)| *hit).map(|(_, term)| term).collect()
}

/// The engine calls a replacement of bases by a different number of others a change of coding
/// sequence of unknown effect wherever it crosses a border or hits a splice site. Without a coding
/// base it is none; with the start or stop codon, and both ends in exons, its effect is known.
fn check_coding(
    genome: &Genome,
    transcript: &Transcript,
    terms: &mut Vec<Term>,
    change: &Change<'_>,
) {
    if !terms.contains(&Term::CODING_SEQUENCE) {
        return;
    }
    let interval = change.interval();
    let known = if !transcript.coding.iter().any(|part| part.overlaps(interval)) {
        Vec::new()
    } else {
        let codons = borders::altered(genome, transcript, change);
        let term = |codon: &(Codon, bool)| match codon {
            (Codon::Start, true) => Term::START_LOST,
            (Codon::Start, false) => Term::START_RETAINED,
            (Codon::Stop, true) => Term::STOP_LOST,
            (Codon::Stop, false) => Term::STOP_RETAINED,
        };
        let known: Vec<Term> = codons.iter().map(term).collect();
        if known.is_empty() {
            return;
        }
        known
    };
    terms.retain(|term| *term != Term::CODING_SEQUENCE);
    terms.extend(known);
}

/// HGVS calls the replacement of bases by their reverse complement an inversion.
pub(crate) fn inversion(name: &str, change: &Change<'_>) -> String {
    let is_inversion = change.reference.len() > 1
        && vareffect::codon::reverse_complement(change.reference) == change.alternate;
    match name.split_once("delins") {
        Some((place, _)) if is_inversion => format!("{place}inv"),
        _ => name.to_owned(),
    }
}
