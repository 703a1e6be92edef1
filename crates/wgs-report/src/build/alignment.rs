//! Aligned reads.

use wgs_formats::qc::{
    AlignmentQc, Histogram,
    alignment::{GcBiasQc, GroupQc, InsertSizeQc},
};

use crate::{
    format::rounded,
    model::{AlignmentReport, Bins, GcStarts, InsertSizes, QualityByCycle, ReadGroupAlignment},
};

/// Most bins of an insert-size histogram.
const INSERT_SIZE_BINS: u32 = 200;
/// Windows that a GC content needs to be shown, as a fraction of all: a few tell nothing.
const GC_WINDOWS: f64 = 1e-5;
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
        r1_mismatch_rate: qc.r1_mismatch_rate_by_cycle.iter().map(|r| rounded(*r, 6)).collect(),
        r2_mismatch_rate: qc.r2_mismatch_rate_by_cycle.iter().map(|r| rounded(*r, 6)).collect(),
        insert_sizes: qc.insert_sizes.iter().map(insert_sizes).collect(),
        gc_starts: gc_starts(&qc.gc_bias),
        at_dropout_percent: rounded(qc.gc_bias.at_dropout_percent, 3),
        gc_dropout_percent: rounded(qc.gc_bias.gc_dropout_percent, 3),
        mapping_quality_phred: mapping_quality(&qc.mapping_quality_phred),
    }
}

fn gc_starts(bias: &GcBiasQc) -> Vec<GcStarts> {
    let enough = (bias.windows as f64 * GC_WINDOWS).max(10.0) as u64;
    let shown = bias.bins.iter().filter(|bin| bin.windows >= enough && bias.read_starts > 0);
    let starts = shown.map(|bin| GcStarts {
        gc_percent: bin.gc_percent,
        normalized_coverage: rounded(bin.normalized_coverage, 4),
    });
    starts.collect()
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
