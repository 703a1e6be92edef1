//! Transcripts from GFF3 (1.26) and GTF (2.2) as Ensembl, GENCODE and RefSeq publish them, checked against
//! the genome that they are to be used with.
//!
//! - [`features`]: the lines that matter, by parent
//! - [`gtf`]: GTF as GFF3
//! - [`names`]: what the providers' attributes mean
//! - [`assemble`]: transcripts with exons and coding parts
//! - [`complete`]: what only the sequence tells

mod assemble;
mod complete;
mod features;
mod gtf;
mod line;
mod names;

use std::path::Path;

use wgs_formats::{FileError, Result, genome::Genome};

use crate::Transcript;

/// What was made of a file of gene models.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GeneSummary {
    /// Transcripts in the store.
    pub transcripts: usize,
    /// Those of them with a coding sequence.
    pub coding: usize,
    /// Genes in the store.
    pub genes: usize,
    /// Scaffolds, patches and haplotypes that the genome lacks, and with them their transcripts;
    /// by name.
    pub missing_contigs: Vec<String>,
    /// Transcripts left out since they lie on such contigs.
    pub on_missing_contigs: usize,
    /// Transcripts left out since their coding sequence cannot be read straight from the genome
    /// (ribosomal slippage), or since they are parts of another (mature microRNAs).
    pub not_readable: usize,
    /// Coding transcripts with a stop codon before their end.
    pub with_inner_stop: usize,
}

/// Reads transcripts, sorted by contig, start, end and id. A file that states its version
/// (`##gff-version`) and has no features has none; one with features but without transcripts is
/// refused.
///
/// # Errors
///
/// `InvalidInput` if the file is FASTA, or has neither a version nor features; with the line:
/// malformed columns, parents that are not there, parts on another
/// contig or strand than their transcript or outside of it, exons that overlap, coding parts
/// outside exons or with gaps, phases that contradict each other. `ReferenceMismatch`: contigs
/// that the genome lacks (scaffolds, patches and haplotypes are left out and counted instead) or
/// has with another length, and coding sequences most of which do not translate.
pub(crate) fn read(path: &Path, genome: &Genome) -> Result<(Vec<Transcript>, GeneSummary)> {
    let features = features::read(path, genome)?;
    let mut summary = GeneSummary {
        missing_contigs: features.missing_contigs(),
        on_missing_contigs: features.on_missing_contigs,
        ..GeneSummary::default()
    };
    let mut transcripts = assemble::transcripts(path, &features, &mut summary)?;
    if features.is_empty() {
        return Ok((transcripts, summary));
    }
    if transcripts.is_empty() {
        return Err(FileError::invalid(path, "holds no transcript with exons"));
    }
    complete::complete(path, &mut transcripts, genome, &mut summary)?;
    transcripts.sort_by(|a, b| key(a).cmp(&key(b)));
    complete::choose_canonical(&mut transcripts);
    summary.transcripts = transcripts.len();
    summary.coding = transcripts.iter().filter(|t| t.is_coding()).count();
    let mut genes: Vec<_> = transcripts.iter().map(|t| (t.contig, &t.gene)).collect();
    genes.sort_unstable();
    genes.dedup();
    summary.genes = genes.len();
    Ok((transcripts, summary))
}

fn key(transcript: &Transcript) -> impl Ord + '_ {
    (transcript.contig, transcript.interval(), &transcript.accession)
}

#[cfg(test)]
mod tests;
