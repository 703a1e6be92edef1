//! Aligned reads: yield, mapping, duplicates, errors, insert sizes.

use serde::{Deserialize, Serialize};

use super::{
    Document, Histogram, Table,
    table::{decimal, optional},
};

/// Quality control of one alignment file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlignmentQc {
    /// `wgs-pipe/alignment-qc/1`.
    pub schema: String,
    /// The sample; several are joined by commas; absent without read groups.
    pub sample: Option<String>,
    /// The whole file.
    pub total: AlignmentSummary,
    /// By library (`LB` of the read groups), in the order of the header.
    pub libraries: Vec<GroupQc>,
    /// By read group, in the order of the header; reads without one come last, with an empty id.
    pub read_groups: Vec<GroupQc>,
    /// Mapped primary reads by mapping quality (255: not available).
    pub mapping_quality_phred: Histogram,
    /// Bases of primary reads by base quality.
    pub base_quality_phred: Histogram,
    /// Mean base quality of primary first (or unpaired) reads by sequencing cycle, Phred.
    pub r1_mean_quality_phred_by_cycle: Vec<f64>,
    /// The same of second reads.
    pub r2_mean_quality_phred_by_cycle: Vec<f64>,
    /// Insert sizes by library and orientation, the most frequent orientation of a library first.
    pub insert_sizes: Vec<InsertSizeQc>,
}

/// A read group or library with its figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupQc {
    /// Id of the read group, or name of the library.
    pub id: String,
    /// Library of the read group, where known.
    pub library: Option<String>,
    /// Sample, where known.
    pub sample: Option<String>,
    /// Its figures.
    pub summary: AlignmentSummary,
}

/// Counts of reads and bases.
///
/// "Primary" are records that are neither secondary nor supplementary: each read once. Counts are
/// of primary records, those that fail the vendor's check among them, unless they say otherwise.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AlignmentSummary {
    /// All records.
    pub records: u64,
    /// Secondary records.
    pub secondary_records: u64,
    /// Supplementary records that are not secondary.
    pub supplementary_records: u64,
    /// Primary records: reads.
    pub reads: u64,
    /// Reads that fail the vendor's check (flag 0x200).
    pub qc_failed_reads: u64,
    /// Reads marked as duplicates.
    pub duplicate_reads: u64,
    /// Mapped reads.
    pub mapped_reads: u64,
    /// Mapped reads with mapping quality 0.
    pub mapq0_reads: u64,
    /// Reads of pairs.
    pub paired_reads: u64,
    /// First reads of pairs.
    pub first_reads: u64,
    /// Last reads of pairs.
    pub last_reads: u64,
    /// Mapped reads that the aligner flagged as properly paired.
    pub properly_paired_reads: u64,
    /// Mapped reads whose mate is mapped as well.
    pub both_mapped_reads: u64,
    /// Mapped reads whose mate is not mapped.
    pub singleton_reads: u64,
    /// Mapped reads whose mate is mapped to another contig.
    pub mate_on_other_contig_reads: u64,
    /// Those of them with mapping quality 5 or better.
    pub mate_on_other_contig_mapq5_reads: u64,
    /// Mapped reads on the reverse strand.
    pub reverse_reads: u64,
    /// Bases of reads.
    pub bases: u64,
    /// Bases of duplicate reads.
    pub duplicate_bases: u64,
    /// Bases of mapped reads, clipped ones included.
    pub mapped_read_bases: u64,
    /// Bases aligned (CIGAR M, =, X) or inserted (I).
    pub mapped_bases: u64,
    /// Soft-clipped bases of mapped reads.
    pub soft_clipped_bases: u64,
    /// Bases with a quality of at least 20.
    pub q20_bases: u64,
    /// Bases with a quality of at least 30.
    pub q30_bases: u64,
    /// Inserted bases.
    pub inserted_bases: u64,
    /// Deleted bases.
    pub deleted_bases: u64,
    /// Insertions.
    pub insertions: u64,
    /// Deletions.
    pub deletions: u64,
    /// Mismatching bases: `NM` less inserted and deleted bases, over mapped reads with `NM`.
    pub mismatched_bases: u64,
    /// Bases aligned (CIGAR M, =, X) in mapped reads with `NM`: what `mismatch_rate` divides by.
    pub compared_bases: u64,
    /// `mapped_reads / reads`.
    pub mapped_rate: f64,
    /// `duplicate_reads / mapped_reads`.
    pub duplicate_rate: f64,
    /// `properly_paired_reads / paired_reads`.
    pub properly_paired_rate: f64,
    /// `mismatched_bases / compared_bases`.
    pub mismatch_rate: f64,
    /// `(insertions + deletions) / mapped_bases`.
    pub indel_rate: f64,
    /// `soft_clipped_bases / mapped_read_bases`.
    pub soft_clipped_rate: f64,
    /// `q30_bases / bases`.
    pub q30_rate: f64,
    /// Mean of all base qualities, Phred.
    pub mean_quality_phred: f64,
    /// Mean read length.
    pub mean_read_length_bp: f64,
    /// Longest read.
    pub max_read_length_bp: u32,
}

/// How the mates of a pair face each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum PairOrientation {
    /// Inward: the left mate forward, the right one reverse, as usual.
    #[serde(rename = "FR")]
    ForwardReverse,
    /// Outward: the left mate reverse, the right one forward.
    #[serde(rename = "RF")]
    ReverseForward,
    /// Both on the same strand.
    #[serde(rename = "TANDEM")]
    Tandem,
}

impl PairOrientation {
    /// The abbreviation that Picard uses: `FR`, `RF` or `TANDEM`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ForwardReverse => "FR",
            Self::ReverseForward => "RF",
            Self::Tandem => "TANDEM",
        }
    }
}

/// Insert sizes of one library in one orientation.
///
/// A pair counts once, if both mates are mapped to the same contig, neither record is secondary,
/// supplementary, a duplicate or failed, and the template length is not 0. The insert size is the
/// absolute template length (`TLEN`): the span of the outermost aligned bases.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InsertSizeQc {
    /// The library; empty for reads without.
    pub library: String,
    /// Orientation of the mates.
    pub orientation: PairOrientation,
    /// Pairs.
    pub pairs: u64,
    /// Median of all pairs.
    pub median_bp: f64,
    /// Median absolute deviation from the median.
    pub median_absolute_deviation_bp: f64,
    /// Mean of the pairs up to `median + 10 x median absolute deviation`, as Picard trims.
    pub mean_bp: f64,
    /// Standard deviation of the same pairs.
    pub standard_deviation_bp: f64,
    /// Most frequent size.
    pub mode_bp: u32,
    /// Pairs by size, up to a limit of the program that wrote it.
    pub histogram_bp: Histogram,
    /// Pairs longer than the histogram reaches; they count for the median, as longest.
    pub longer_pairs: u64,
}

impl AlignmentQc {
    /// The insert sizes of the most frequent orientation in the library with most pairs.
    pub fn main_insert_size(&self) -> Option<&InsertSizeQc> {
        self.insert_sizes
            .iter()
            .reduce(|best, next| if next.pairs > best.pairs { next } else { best })
    }
}

impl Document for AlignmentQc {
    const SCHEMA: &'static str = "wgs-pipe/alignment-qc/1";

    fn schema(&self) -> &str {
        &self.schema
    }

    /// One row for the file, one per library, one per read group.
    fn table(&self) -> Table {
        let sample = self.sample.as_ref();
        let mut rows = vec![row("total", "", sample, &self.total, self.main_insert_size())];
        for group in &self.libraries {
            let insert = self.insert_sizes.iter().find(|i| i.library == group.id);
            rows.push(row("library", &group.id, group.sample.as_ref(), &group.summary, insert));
        }
        for group in &self.read_groups {
            rows.push(row("read_group", &group.id, group.sample.as_ref(), &group.summary, None));
        }
        Table::from_rows(rows)
    }
}

fn row(
    level: &str,
    id: &str,
    sample: Option<&String>,
    s: &AlignmentSummary,
    insert: Option<&InsertSizeQc>,
) -> Vec<(&'static str, String)> {
    let mut row =
        vec![("level", level.to_owned()), ("id", id.to_owned()), ("sample", optional(sample))];
    row.extend(counts(s).map(|(name, count)| (name, count.to_string())));
    row.extend(rates(s).map(|(name, rate)| (name, decimal(rate))));
    let figure = |f: fn(&InsertSizeQc) -> f64| insert.map(|i| decimal(f(i))).unwrap_or_default();
    row.extend([
        ("max_read_length_bp", s.max_read_length_bp.to_string()),
        ("insert_size_median_bp", figure(|i| i.median_bp)),
        ("insert_size_mad_bp", figure(|i| i.median_absolute_deviation_bp)),
        ("insert_size_mean_bp", figure(|i| i.mean_bp)),
        ("insert_size_sd_bp", figure(|i| i.standard_deviation_bp)),
    ]);
    row
}

fn counts(s: &AlignmentSummary) -> [(&'static str, u64); 29] {
    [
        ("records", s.records),
        ("secondary_records", s.secondary_records),
        ("supplementary_records", s.supplementary_records),
        ("reads", s.reads),
        ("qc_failed_reads", s.qc_failed_reads),
        ("duplicate_reads", s.duplicate_reads),
        ("mapped_reads", s.mapped_reads),
        ("mapq0_reads", s.mapq0_reads),
        ("paired_reads", s.paired_reads),
        ("first_reads", s.first_reads),
        ("last_reads", s.last_reads),
        ("properly_paired_reads", s.properly_paired_reads),
        ("both_mapped_reads", s.both_mapped_reads),
        ("singleton_reads", s.singleton_reads),
        ("mate_on_other_contig_reads", s.mate_on_other_contig_reads),
        ("mate_on_other_contig_mapq5_reads", s.mate_on_other_contig_mapq5_reads),
        ("reverse_reads", s.reverse_reads),
        ("bases", s.bases),
        ("duplicate_bases", s.duplicate_bases),
        ("mapped_read_bases", s.mapped_read_bases),
        ("mapped_bases", s.mapped_bases),
        ("soft_clipped_bases", s.soft_clipped_bases),
        ("q20_bases", s.q20_bases),
        ("q30_bases", s.q30_bases),
        ("inserted_bases", s.inserted_bases),
        ("deleted_bases", s.deleted_bases),
        ("insertions", s.insertions),
        ("deletions", s.deletions),
        ("mismatched_bases", s.mismatched_bases),
    ]
}

fn rates(s: &AlignmentSummary) -> [(&'static str, f64); 9] {
    [
        ("mapped_rate", s.mapped_rate),
        ("duplicate_rate", s.duplicate_rate),
        ("properly_paired_rate", s.properly_paired_rate),
        ("mismatch_rate", s.mismatch_rate),
        ("indel_rate", s.indel_rate),
        ("soft_clipped_rate", s.soft_clipped_rate),
        ("q30_rate", s.q30_rate),
        ("mean_quality_phred", s.mean_quality_phred),
        ("mean_read_length_bp", s.mean_read_length_bp),
    ]
}
