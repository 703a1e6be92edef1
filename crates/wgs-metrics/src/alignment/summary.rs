//! Counts of reads and bases of one read group.

use wgs_formats::{
    alignment::{CigarKind, Record},
    qc::{alignment::AlignmentSummary, rate},
};

use crate::MAPQ_UNAVAILABLE;

use super::{compare::Compared, quality::QualityHistogram};

/// Counts of reads and bases; rates and what follows from qualities are not set before
/// [`Counts::finish`].
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Counts {
    summary: AlignmentSummary,
}

impl Counts {
    pub(super) fn add(&mut self, record: &Record) {
        let (flags, s) = (record.flags(), &mut self.summary);
        s.records += 1;
        if flags.is_secondary() {
            s.secondary_records += 1;
            return;
        }
        if flags.is_supplementary() {
            s.supplementary_records += 1;
            return;
        }
        let length = record.len() as u64;
        s.reads += 1;
        s.bases += length;
        s.max_read_length_bp = s.max_read_length_bp.max(record.len() as u32);
        s.qc_failed_reads += u64::from(flags.is_qc_fail());
        if flags.is_duplicate() {
            s.duplicate_reads += 1;
            s.duplicate_bases += length;
        }
        if flags.is_paired() {
            s.paired_reads += 1;
            s.first_reads += u64::from(flags.is_first());
            s.last_reads += u64::from(flags.is_last());
        }
        if !flags.is_unmapped() {
            self.add_mapped(record);
            self.add_cigar(record);
        }
    }

    /// Counts the comparison of a mapped read with the reference.
    pub(super) fn add_compared(&mut self, bases: Compared) {
        self.summary.compared_bases += bases.compared;
        self.summary.mismatched_bases += bases.mismatched;
    }

    fn add_mapped(&mut self, record: &Record) {
        let (flags, s) = (record.flags(), &mut self.summary);
        s.mapped_reads += 1;
        s.mapq0_reads += u64::from(record.mapq() == 0);
        s.reverse_reads += u64::from(flags.is_reverse());
        if !flags.is_paired() {
            return;
        }
        s.properly_paired_reads += u64::from(flags.is_proper_pair());
        if flags.is_mate_unmapped() {
            s.singleton_reads += 1;
            return;
        }
        s.both_mapped_reads += 1;
        if record.mate_ref_index() != record.ref_index() {
            s.mate_on_other_contig_reads += 1;
            let is_certain = (5..MAPQ_UNAVAILABLE).contains(&record.mapq());
            s.mate_on_other_contig_mapq5_reads += u64::from(is_certain);
        }
    }

    fn add_cigar(&mut self, record: &Record) {
        let s = &mut self.summary;
        let (mut aligned, mut inserted, mut deleted) = (0, 0, 0);
        for op in record.cigar() {
            let length = u64::from(op.len);
            match op.kind {
                CigarKind::Insertion => {
                    inserted += length;
                    s.insertions += 1;
                }
                CigarKind::Deletion => {
                    deleted += length;
                    s.deletions += 1;
                }
                CigarKind::SoftClip => s.soft_clipped_bases += length,
                kind if kind.is_aligned() => aligned += length,
                _ => {}
            }
        }
        s.mapped_read_bases += record.len() as u64;
        s.mapped_bases += aligned + inserted;
        s.inserted_bases += inserted;
        s.deleted_bases += deleted;
    }

    pub(super) fn merge(&mut self, other: &Self) {
        let (s, o) = (&mut self.summary, &other.summary);
        s.max_read_length_bp = s.max_read_length_bp.max(o.max_read_length_bp);
        macro_rules! add {
            ($($field:ident)*) => { $(s.$field += o.$field;)* };
        }
        add!(records secondary_records supplementary_records reads qc_failed_reads);
        add!(duplicate_reads mapped_reads mapq0_reads paired_reads first_reads last_reads);
        add!(properly_paired_reads both_mapped_reads singleton_reads reverse_reads);
        add!(mate_on_other_contig_reads mate_on_other_contig_mapq5_reads);
        add!(bases duplicate_bases mapped_read_bases mapped_bases soft_clipped_bases);
        add!(inserted_bases deleted_bases insertions deletions);
        add!(mismatched_bases compared_bases);
    }

    /// Whether nothing was counted.
    pub(super) fn is_empty(&self) -> bool {
        self.summary.records == 0
    }

    pub(super) fn finish(&self, qualities: &QualityHistogram) -> AlignmentSummary {
        let s = &self.summary;
        let q30_bases = qualities.at_least(30);
        AlignmentSummary {
            q20_bases: qualities.at_least(20),
            q30_bases,
            mapped_rate: rate(s.mapped_reads, s.reads),
            duplicate_rate: rate(s.duplicate_reads, s.mapped_reads),
            properly_paired_rate: rate(s.properly_paired_reads, s.paired_reads),
            mismatch_rate: rate(s.mismatched_bases, s.compared_bases),
            indel_rate: rate(s.insertions + s.deletions, s.mapped_bases),
            soft_clipped_rate: rate(s.soft_clipped_bases, s.mapped_read_bases),
            q30_rate: rate(q30_bases, s.bases),
            mean_quality_phred: rate(qualities.sum(), qualities.at_least(0)),
            mean_read_length_bp: rate(s.bases, s.reads),
            ..s.clone()
        }
    }
}
