//! Transcripts as the engine wants them.

use vareffect::{Biotype, CdsSegment, Exon, TranscriptModel, UtrNumberingBreaks};
use wgs_core::Interval0;

use crate::{Difference, Strand, Transcript};

/// A transcript as the engine wants it; its accession is its place.
pub(crate) fn model(index: usize, transcript: &Transcript, contig: String) -> TranscriptModel {
    let exons = transcript.exons.iter().enumerate().map(|(number, exon)| Exon {
        exon_number: u16::try_from(number + 1).unwrap_or(u16::MAX),
        genomic_start: u64::from(exon.start()),
        genomic_end: u64::from(exon.end()),
    });
    let strand = match transcript.strand {
        Strand::Forward => vareffect::Strand::Plus,
        Strand::Reverse => vareffect::Strand::Minus,
    };
    let all = Some(1);
    let breaks = match transcript.difference {
        Difference::OutsideCoding => UtrNumberingBreaks::new(all, all, all),
        _ => UtrNumberingBreaks::default(),
    };
    let symbol = transcript.symbol.as_str();
    TranscriptModel::new(index.to_string(), symbol, contig, strand, exons.collect())
        .with_cds_segments(coding_segments(transcript))
        .with_biotype(Biotype::from_label(&transcript.biotype))
        .with_cds_completeness(!transcript.coding_start_missing, !transcript.coding_end_missing)
        .with_genome_mismatch(
            transcript.difference != Difference::None,
            transcript.difference == Difference::WithinCoding,
        )
        .with_utr_numbering_breaks(breaks)
        .with_selenocysteine_codons(
            transcript.selenocysteines.iter().map(|&base| u64::from(base)).collect(),
        )
}

fn coding_segments(transcript: &Transcript) -> Vec<CdsSegment> {
    let mut phase = u32::from(transcript.phase);
    let segment = |part: &Interval0| {
        let inside = |exon: &Interval0| exon.intersection(*part) == Some(*part);
        let exon = transcript.exons.iter().position(inside).unwrap_or_default();
        let segment = CdsSegment {
            exon_index: u16::try_from(exon).unwrap_or(u16::MAX),
            genomic_start: u64::from(part.start()),
            genomic_end: u64::from(part.end()),
            phase: phase as u8,
        };
        phase = (3 - (part.len() + 3 - phase) % 3) % 3;
        segment
    };
    transcript.coding.iter().map(segment).collect()
}
