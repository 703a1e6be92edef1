//! What must hold of a transcript that is read from a store.

use wgs_core::{ContigList, Interval0};

use crate::{Strand, Transcript};

/// Says what is wrong with a transcript on these contigs.
pub(super) fn check(transcript: &Transcript, contigs: &ContigList) -> Result<(), String> {
    let wrong = |what: &str| Err(format!("transcript {}: {what}", transcript.accession));
    let Some(contig) = contigs.get(transcript.contig) else {
        return wrong("its contig is none of the genome's");
    };
    let within = |part: &Interval0| part.start() < part.end() && part.end() <= contig.length;
    if transcript.exons.is_empty() {
        return wrong("it has no exons");
    }
    if !transcript.exons.iter().chain(&transcript.coding).all(within) {
        return wrong("a part is empty or ends behind its contig");
    }
    if !in_order(&transcript.exons, transcript.strand) {
        return wrong("its exons overlap or are not in its direction");
    }
    if transcript.phase > 2 || (transcript.phase > 0 && !transcript.is_coding()) {
        return wrong("its phase is none");
    }
    if !is_coding_of(transcript) {
        return wrong("its coding parts are not those of its exons from the first to the last");
    }
    let inside = |place: &u32| transcript.coding_interval().contains(*place);
    match transcript.selenocysteines.iter().all(inside) {
        true => Ok(()),
        false => wrong("a selenocysteine lies outside the coding sequence"),
    }
}

fn in_order(parts: &[Interval0], strand: Strand) -> bool {
    parts.windows(2).all(|pair| match strand {
        Strand::Forward => pair[0].end() <= pair[1].start(),
        Strand::Reverse => pair[1].end() <= pair[0].start(),
    })
}

/// Whether the coding parts fill consecutive exons, but for the start of the first and the end of
/// the last.
fn is_coding_of(transcript: &Transcript) -> bool {
    let Some(first) = transcript.coding.first() else { return true };
    let holds = |exon: &Interval0, part: Interval0| exon.intersection(part) == Some(part);
    let Some(begin) = transcript.exons.iter().position(|exon| holds(exon, *first)) else {
        return false;
    };
    let Some(exons) = transcript.exons.get(begin..begin + transcript.coding.len()) else {
        return false;
    };
    let last = transcript.coding.len() - 1;
    exons.iter().zip(&transcript.coding).enumerate().all(|(index, (exon, part))| {
        let (begins, ends) = match transcript.strand {
            Strand::Forward => (part.start() == exon.start(), part.end() == exon.end()),
            Strand::Reverse => (part.end() == exon.end(), part.start() == exon.start()),
        };
        holds(exon, *part) && (index == 0 || begins) && (index == last || ends)
    })
}
