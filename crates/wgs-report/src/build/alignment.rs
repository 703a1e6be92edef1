//! Aligned reads.

use wgs_formats::qc::{
    AlignmentQc, Histogram,
    alignment::{GroupQc, InsertSizeQc},
};

use crate::{
    format::rounded,
    model::{AlignmentReport, Bins, InsertSizes, QualityByCycle, ReadGroupAlignment},
};

/// Most bins of an insert-size histogram.
const INSERT_SIZE_BINS: u32 = 200;
/// Deviations from the median that an insert-size histogram reaches.
const INSERT_SIZE_REACH: f64 = 12.0;

pub(super) fn report(qc: &AlignmentQc) -> AlignmentReport {
    let total = &qc.total;
    AlignmentReport {
        reads: total.reads,
        mapped_reads: total.mapped_reads,
        mapped_rate: rounded(total.mapped_rate, 6),
        mapq0_reads: total.mapq0_reads,
        duplicate_reads: total.duplicate_reads,
        duplicate_rate: rounded(total.duplicate_rate, 6),
        properly_paired_rate: rounded(total.properly_paired_rate, 6),
        singleton_reads: total.singleton_reads,
        mate_on_other_contig_reads: total.mate_on_other_contig_reads,
        supplementary_records: total.supplementary_records,
        mismatch_rate: rounded(total.mismatch_rate, 8),
        indel_rate: rounded(total.indel_rate, 8),
        soft_clipped_rate: rounded(total.soft_clipped_rate, 6),
        q30_rate: rounded(total.q30_rate, 6),
        mean_read_length_bp: rounded(total.mean_read_length_bp, 2),
        read_groups: qc.read_groups.iter().map(read_group).collect(),
        r1_quality: by_cycle(&qc.r1_mean_quality_phred_by_cycle),
        r2_quality: by_cycle(&qc.r2_mean_quality_phred_by_cycle),
        insert_sizes: qc.insert_sizes.iter().map(insert_sizes).collect(),
        mapping_quality_phred: mapping_quality(&qc.mapping_quality_phred),
    }
}

/// 255 is no quality but says that there is none.
fn mapping_quality(qualities: &Histogram) -> Bins {
    let last = qualities.iter().map(|(quality, _)| quality).filter(|q| *q < 255).max();
    Bins::new(qualities, 0, last.unwrap_or(0), 255)
}

fn read_group(group: &GroupQc) -> ReadGroupAlignment {
    ReadGroupAlignment {
        read_group: group.id.clone(),
        library: group.library.clone(),
        reads: group.summary.reads,
        mapped_rate: rounded(group.summary.mapped_rate, 6),
        duplicate_rate: rounded(group.summary.duplicate_rate, 6),
        properly_paired_rate: rounded(group.summary.properly_paired_rate, 6),
        mismatch_rate: rounded(group.summary.mismatch_rate, 8),
    }
}

fn by_cycle(means: &[f64]) -> QualityByCycle {
    let mean_phred = means.iter().map(|mean| rounded(*mean, 2)).collect();
    QualityByCycle { mean_phred, ..QualityByCycle::default() }
}

fn insert_sizes(qc: &InsertSizeQc) -> InsertSizes {
    let spread = qc.median_absolute_deviation_bp.max(10.0);
    let reach = (qc.median_bp + INSERT_SIZE_REACH * spread).round() as u32;
    let last = reach.min(qc.histogram_bp.max().unwrap_or(0));
    let mut histogram_bp = Bins::new(&qc.histogram_bp, 0, last, INSERT_SIZE_BINS);
    histogram_bp.beyond += qc.longer_pairs;
    InsertSizes {
        library: qc.library.clone(),
        orientation: qc.orientation.as_str().to_owned(),
        pairs: qc.pairs,
        median_bp: rounded(qc.median_bp, 2),
        median_absolute_deviation_bp: rounded(qc.median_absolute_deviation_bp, 2),
        mean_bp: rounded(qc.mean_bp, 2),
        standard_deviation_bp: rounded(qc.standard_deviation_bp, 2),
        histogram_bp,
    }
}
