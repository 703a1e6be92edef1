//! Start and stop codons under changes of length that reach out of the coding sequence (VEP's
//! `_ins_del_start_altered` and `_ins_del_stop_altered` in `Utils/VariationEffect.pm`).

use wgs_core::Interval0;
use wgs_formats::genome::Genome;

use crate::{Strand, Transcript, contigs::is_mitochondrion, overlay::Change, transcript::oriented};

/// Bases of a codon.
const CODON: usize = 3;

/// One of the two codons at the ends of a coding sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Codon {
    Start,
    Stop,
}

/// The codons at the ends of the coding sequence that a change of length overlaps, and whether it
/// alters them. None if the change begins or ends outside the exons.
pub(crate) fn altered(
    genome: &Genome,
    transcript: &Transcript,
    change: &Change<'_>,
) -> Vec<(Codon, bool)> {
    let Some(edit) = Edit::of(genome, transcript, change) else { return Vec::new() };
    let mut codons = Vec::new();
    if !transcript.coding_start_missing && edit.overlaps(edit.coding.0, edit.coding.0 + CODON) {
        codons.push((Codon::Start, edit.alters_start()));
    }
    let name = genome.contigs().get(transcript.contig).map_or("", |c| c.name.as_str());
    let is_stop = |bases: &[u8]| {
        <&[u8; CODON]>::try_from(bases).is_ok_and(|codon| {
            let mitochondrial = is_mitochondrion(name);
            vareffect::codon::translate_codon_for_transcript(codon, mitochondrial) == b'*'
        })
    };
    let (start, end) = edit.coding;
    let ends_with_stop = end >= start + CODON
        && (end - start).is_multiple_of(CODON)
        && is_stop(&edit.before[end - CODON..end]);
    if !transcript.coding_end_missing && ends_with_stop && edit.overlaps(end - CODON, end) {
        let place = edit.after.get(end - CODON..end);
        codons.push((Codon::Stop, !place.is_some_and(is_stop)));
    }
    codons
}

/// A transcript's sequence before and after a change.
struct Edit {
    before: Vec<u8>,
    after: Vec<u8>,
    /// The bases that are replaced, counted on the transcript.
    replaced: (usize, usize),
    /// The coding sequence, counted on the transcript.
    coding: (usize, usize),
}

impl Edit {
    fn of(genome: &Genome, transcript: &Transcript, change: &Change<'_>) -> Option<Self> {
        if change.reference.len() == change.alternate.len() {
            return None;
        }
        let place = |interval: Interval0| {
            let (first, last) = (interval.start(), interval.end() - 1);
            let [a, b] = [first, last].map(|base| offset(transcript, base));
            let (a, b) = (a?, b?);
            Some((a.min(b), a.max(b) + 1))
        };
        let replaced = place(change.interval())?;
        let coding = place(transcript.coding_interval())?;
        let fetch =
            |exon: &Interval0| oriented(genome.fetch(transcript.contig, *exon), transcript.strand);
        let before = transcript.exons.iter().map(fetch).collect::<Vec<_>>().concat();
        let alternate = oriented(change.alternate.to_vec(), transcript.strand);
        let after = [&before[..replaced.0], &alternate, &before[replaced.1..]].concat();
        Some(Self { before, after, replaced, coding })
    }

    fn overlaps(&self, start: usize, end: usize) -> bool {
        self.replaced.0 < end && start < self.replaced.1
    }

    /// Unless the untranslated region and the start codon after it stay, all of the coding sequence
    /// must.
    fn alters_start(&self) -> bool {
        let (start, end) = self.coding;
        let upstream = start + CODON;
        let stays = start > 0
            && self.after.get(..upstream) == self.before.get(..upstream)
            && self.before[start..].starts_with(b"ATG");
        let untranslated_after = self.before.len() - end;
        let coding_end = self.after.len().saturating_sub(untranslated_after);
        !stays && !self.after[..coding_end].ends_with(&self.before[start..end])
    }
}

/// The offset of a genomic base (0-based) on the transcript; `None` outside the exons.
fn offset(transcript: &Transcript, base: u32) -> Option<usize> {
    let mut passed = 0;
    for exon in &transcript.exons {
        if exon.contains(base) {
            let within = match transcript.strand {
                Strand::Forward => base - exon.start(),
                Strand::Reverse => exon.end() - 1 - base,
            };
            return Some((passed + within) as usize);
        }
        passed += exon.len();
    }
    None
}
