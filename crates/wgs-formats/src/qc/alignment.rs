//! Aligned reads: yield, mapping, duplicates, errors, insert sizes.

use serde::{Deserialize, Serialize};

use super::{
    Document, Histogram, Table, rate,
    table::{decimal, optional},
};

/// Quality control of one alignment file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlignmentQc {
    /// `wgs-pipe/alignment-qc/2`.
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
    /// `mismatched_bases / compared_bases` of mapped primary first (or unpaired) reads by sequencing
    /// cycle.
    pub r1_mismatch_rate_by_cycle: Vec<f64>,
    /// The same of second reads.
    pub r2_mismatch_rate_by_cycle: Vec<f64>,
    /// Insert sizes by library and orientation, the most frequent orientation of a library first.
    pub insert_sizes: Vec<InsertSizeQc>,
    /// Duplicates by library, in the order of [`AlignmentQc::libraries`].
    pub duplicates: Vec<LibraryDuplicatesQc>,
    /// Read starts by the GC content of the genome there.
    pub gc_bias: GcBiasQc,
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
    /// Aligned bases (CIGAR M, =, X) that differ from the reference, where both are A, C, G or T.
    pub mismatched_bases: u64,
    /// Aligned bases where read and reference both are A, C, G or T: what `mismatch_rate` divides by.
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

/// Duplicates of one library, as Picard's `MarkDuplicates` counts them. Counts are of mapped reads.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LibraryDuplicatesQc {
    /// The library; empty for reads without.
    pub library: String,
    /// Pairs with both reads mapped.
    pub pairs: u64,
    /// Reads that are not of pairs, or whose mate is not mapped.
    pub unpaired_reads: u64,
    /// Pairs marked as duplicates.
    pub duplicate_pairs: u64,
    /// Unpaired reads marked as duplicates.
    pub duplicate_unpaired_reads: u64,
    /// Those of `duplicate_pairs` that the sequencer made of one cluster, where the duplicates carry
    /// `DT` (`SQ`: optical, `LB`: of the library); absent where none does.
    pub optical_duplicate_pairs: Option<u64>,
    /// Duplicate reads over mapped reads.
    pub duplicate_rate: f64,
    /// Different molecules of the library, estimated from the pairs that are not optical duplicates
    /// (Lander and Waterman 1988: of `x` molecules, `n` draws show `x (1 - exp(-n / x))`); absent
    /// without duplicates.
    pub estimated_library_size: Option<u64>,
}

impl LibraryDuplicatesQc {
    /// The same counts with what follows from them.
    #[must_use]
    pub fn with_rates(self) -> Self {
        let reads = self.unpaired_reads + 2 * self.pairs;
        let duplicates = self.duplicate_unpaired_reads + 2 * self.duplicate_pairs;
        Self {
            duplicate_rate: rate(duplicates, reads),
            estimated_library_size: self.estimate(),
            ..self
        }
    }

    fn estimate(&self) -> Option<u64> {
        let drawn = self.pairs.checked_sub(self.optical_duplicate_pairs.unwrap_or(0))?;
        let seen = self.pairs.checked_sub(self.duplicate_pairs)?;
        if seen == 0 || drawn <= seen {
            return None;
        }
        let (drawn, seen) = (drawn as f64, seen as f64);
        let excess = |ratio: f64| 1.0 / ratio - 1.0 + (-drawn / (ratio * seen)).exp();
        let (mut low, mut high) = (1.0, 100.0);
        while excess(high) > 0.0 && high < 1e15 {
            high *= 10.0;
        }
        for _ in 0..60 {
            let middle = (low + high) / 2.0;
            if excess(middle) > 0.0 { low = middle } else { high = middle }
        }
        Some((seen * (low + high) / 2.0) as u64)
    }
}

/// Read starts by the GC content of the genome there, in the way of Picard's
/// `CollectGcBiasMetrics`.
///
/// A mapped primary read, be it a duplicate or not, starts in the window of 100 bases that begins
/// with its first aligned base in the direction of sequencing. Windows with more than four bases
/// other than A, C, G and T do not count; the others of those are left out of the GC content, which
/// is rounded down.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GcBiasQc {
    /// Length of a window.
    pub window_bp: u32,
    /// Windows of the genome: one begins at each position.
    pub windows: u64,
    /// Reads that start in one of them.
    pub read_starts: u64,
    /// Percentage of reads missing from windows with up to 50% GC, against an even spread.
    pub at_dropout_percent: f64,
    /// Percentage of reads missing from windows with 50% GC or more, against an even spread.
    pub gc_dropout_percent: f64,
    /// By GC content, ascending; contents that no window has are left out.
    pub bins: Vec<GcStartsBin>,
}

/// Windows with one GC content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GcStartsBin {
    /// G and C bases, percent.
    pub gc_percent: u32,
    /// Windows.
    pub windows: u64,
    /// Reads that start in them.
    pub read_starts: u64,
    /// Read starts per window over those of all windows; 1 means no bias.
    pub normalized_coverage: f64,
}

impl GcBiasQc {
    /// The figures of windows and read starts by percent of GC.
    pub fn new(window_bp: u32, windows: &[u64; 101], starts: &[u64; 101]) -> Self {
        let (all_windows, all_starts) = (windows.iter().sum(), starts.iter().sum());
        let missing = |gc: usize| {
            let share = rate(windows[gc], all_windows) - rate(starts[gc], all_starts);
            if all_starts == 0 { 0.0 } else { share.max(0.0) * 100.0 }
        };
        let mean = rate(all_starts, all_windows);
        let bin = |gc: usize| {
            let starts_per_window = rate(starts[gc], windows[gc]);
            GcStartsBin {
                gc_percent: gc as u32,
                windows: windows[gc],
                read_starts: starts[gc],
                normalized_coverage: if mean > 0.0 { starts_per_window / mean } else { 0.0 },
            }
        };
        Self {
            window_bp,
            windows: all_windows,
            read_starts: all_starts,
            at_dropout_percent: (0..=50).map(missing).sum(),
            gc_dropout_percent: (50..=100).map(missing).sum(),
            bins: (0..=100).filter(|&gc| windows[gc] > 0).map(bin).collect(),
        }
    }
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
    const SCHEMA: &'static str = "wgs-pipe/alignment-qc/2";

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

fn counts(s: &AlignmentSummary) -> [(&'static str, u64); 30] {
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
        ("compared_bases", s.compared_bases),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duplicates_give_rate_and_size() {
        let counts = LibraryDuplicatesQc {
            pairs: 1000,
            unpaired_reads: 100,
            duplicate_pairs: 100,
            duplicate_unpaired_reads: 10,
            ..LibraryDuplicatesQc::default()
        };
        let all = counts.clone().with_rates();
        assert_eq!((all.duplicate_rate, all.estimated_library_size), (0.1, Some(4660)));
        let optical = LibraryDuplicatesQc { optical_duplicate_pairs: Some(60), ..counts.clone() };
        let larger = optical.with_rates().estimated_library_size;
        assert!(larger > all.estimated_library_size, "{larger:?}");
        for impossible in [
            LibraryDuplicatesQc { optical_duplicate_pairs: Some(100), ..counts.clone() },
            LibraryDuplicatesQc { duplicate_pairs: 1000, ..counts.clone() },
            LibraryDuplicatesQc { duplicate_pairs: 0, ..counts },
        ] {
            assert_eq!(impossible.with_rates().estimated_library_size, None);
        }
    }

    #[test]
    fn dropout_is_what_reads_lack_against_windows() {
        let (mut windows, mut starts) = ([0; 101], [0; 101]);
        (windows[30], windows[50], windows[70]) = (40, 20, 40);
        (starts[30], starts[50], starts[70]) = (50, 20, 30);
        let bias = GcBiasQc::new(100, &windows, &starts);
        assert_eq!((bias.windows, bias.read_starts, bias.bins.len()), (100, 100, 3));
        assert_eq!(bias.at_dropout_percent, 0.0);
        assert!((bias.gc_dropout_percent - 10.0).abs() < 1e-9);
        assert_eq!(bias.bins[0].normalized_coverage, 1.25);
        let none = GcBiasQc::new(100, &windows, &[0; 101]);
        assert_eq!((none.at_dropout_percent, none.bins[2].normalized_coverage), (0.0, 0.0));
    }
}
