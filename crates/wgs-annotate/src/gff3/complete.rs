//! What only the sequence, or all transcripts of a gene together, can tell.

use std::{cmp::Reverse, collections::HashMap, path::Path};

use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result, genome::Genome};

use super::GeneSummary;
use crate::{Mane, Strand, Transcript, contigs::is_mitochondrion, translate};

/// Bases of a codon.
const CODON: usize = 3;

/// Finds where coding sequences are cut off and where selenocysteine is read, and refuses gene
/// models that are of another genome.
///
/// A coding sequence is taken as cut off at its start if its phase says so, or if it begins with
/// the transcript's first base and not with a start codon; at its end if it ends with the
/// transcript's last base and not with a stop codon. (Not in the mitochondrion, where start codons
/// vary and poly(A) completes stops.) `TGA` within the sequence of a protein-coding transcript that
/// is otherwise whole is selenocysteine, as in all human genes of that kind.
pub(super) fn complete(
    path: &Path,
    transcripts: &mut [Transcript],
    genome: &Genome,
    summary: &mut GeneSummary,
) -> Result<()> {
    let mut whole = 0;
    for transcript in transcripts.iter_mut().filter(|t| t.is_coding()) {
        let name = genome.contigs().get(transcript.contig).map_or("", |c| c.name.as_str());
        let mitochondrial = is_mitochondrion(name);
        let sequence = transcript.coding_sequence(genome);
        find_missing_ends(transcript, &sequence, mitochondrial);
        let is_whole = !transcript.coding_start_missing && !transcript.coding_end_missing;
        if transcript.selenocysteines.is_empty() && is_whole && !mitochondrial {
            transcript.selenocysteines = inner_tga(transcript, &sequence);
        }
        whole += usize::from(transcript.biotype == "protein_coding");
        let selenocysteines = codons_of(transcript);
        if translate(&sequence, mitochondrial, &selenocysteines).contains('*') {
            summary.with_inner_stop += 1;
        }
    }
    if summary.with_inner_stop * 2 > whole.max(1) {
        let count = summary.with_inner_stop;
        let reason = format!("{count} coding sequences have stop codons before their end");
        let error = FileError::new(path, ErrorKind::ReferenceMismatch, reason);
        return Err(error.hint("take gene models of the genome's assembly"));
    }
    Ok(())
}

fn find_missing_ends(transcript: &mut Transcript, sequence: &[u8], mitochondrial: bool) {
    let (Some(first), Some(last)) = (transcript.coding.first(), transcript.coding.last()) else {
        return;
    };
    let forward = transcript.strand == Strand::Forward;
    let whole = transcript.interval();
    let (at_start, at_end) = if forward {
        (first.start() == whole.start(), last.end() == whole.end())
    } else {
        (first.end() == whole.end(), last.start() == whole.start())
    };
    let translated = translate(sequence, mitochondrial, &[]).len() * CODON;
    let ends_with_stop = sequence.len() >= CODON && translated + CODON == sequence.len();
    transcript.coding_start_missing |=
        transcript.phase != 0 || (at_start && !mitochondrial && !sequence.starts_with(b"ATG"));
    transcript.coding_end_missing |= at_end && !mitochondrial && !ends_with_stop;
}

/// Lowest bases of the `TGA` codons before the last codon.
fn inner_tga(transcript: &Transcript, sequence: &[u8]) -> Vec<u32> {
    if transcript.biotype != "protein_coding" || !sequence.starts_with(b"ATG") {
        return Vec::new();
    }
    let protein = translate(sequence, false, &[]);
    let stops: Vec<usize> = protein.match_indices('*').map(|(at, _)| at).collect();
    let all_tga = stops.iter().all(|&at| &sequence[at * CODON..(at + 1) * CODON] == b"TGA");
    if !all_tga {
        return Vec::new();
    }
    stops.iter().filter_map(|&at| lowest_base(transcript, at)).collect()
}

/// The lowest genomic base (0-based) of a codon (0-based) of a transcript without missing start.
fn lowest_base(transcript: &Transcript, codon: usize) -> Option<u32> {
    let bases = (codon * CODON..(codon + 1) * CODON).map(|offset| base_at(transcript, offset));
    bases.collect::<Option<Vec<u32>>>()?.into_iter().min()
}

/// The genomic base (0-based) at an offset of the coding bases.
fn base_at(transcript: &Transcript, offset: usize) -> Option<u32> {
    let mut left = u32::try_from(offset).ok()?;
    for part in &transcript.coding {
        if left < part.len() {
            return Some(match transcript.strand {
                Strand::Forward => part.start() + left,
                Strand::Reverse => part.end() - 1 - left,
            });
        }
        left -= part.len();
    }
    None
}

/// The codons (0-based) of a transcript's selenocysteines.
pub(super) fn codons_of(transcript: &Transcript) -> Vec<usize> {
    if transcript.selenocysteines.is_empty() {
        return Vec::new();
    }
    let missing = usize::from((3 - transcript.phase) % 3);
    let length = transcript.coding_length() as usize;
    let codons = (0..length).filter(|&offset| {
        base_at(transcript, offset).is_some_and(|base| transcript.selenocysteines.contains(&base))
    });
    codons.map(|offset| (offset + missing) / CODON).collect()
}

/// Leaves one canonical transcript for each gene: MANE Select, else the one that the file tags
/// (Ensembl canonical, RefSeq Select), else the one with the longest coding sequence, the longest
/// exons, and the smallest id, in this order; protein-coding ones before all others.
pub(super) fn choose_canonical(transcripts: &mut [Transcript]) {
    let mut best: HashMap<(wgs_core::ContigIndex, String), usize> = HashMap::new();
    for (index, transcript) in transcripts.iter().enumerate() {
        let gene = (transcript.contig, transcript.gene.clone());
        let chosen = best.entry(gene).or_insert(index);
        if preference(transcript) > preference(&transcripts[*chosen]) {
            *chosen = index;
        }
    }
    for (index, transcript) in transcripts.iter_mut().enumerate() {
        let gene = (transcript.contig, std::mem::take(&mut transcript.gene));
        transcript.canonical = best.get(&gene) == Some(&index);
        transcript.gene = gene.1;
    }
}

fn preference(transcript: &Transcript) -> impl Ord + '_ {
    (
        transcript.mane == Some(Mane::Select),
        transcript.canonical,
        transcript.biotype == "protein_coding",
        transcript.coding_length(),
        transcript.length(),
        Reverse(&transcript.accession),
    )
}
