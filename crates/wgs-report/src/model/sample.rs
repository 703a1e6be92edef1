//! Sequencing, alignment and coverage of a sample.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Bins, DepthTrack};

/// What was measured of a sample.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SampleReport {
    /// Its id; absent where the measurements do not tell.
    pub sample: Option<String>,
    /// Reads as the sequencer gave them.
    pub reads: Option<ReadsReport>,
    /// Aligned reads.
    pub alignment: Option<AlignmentReport>,
    /// Coverage of the genome.
    pub coverage: Option<CoverageReport>,
}

/// Reads as the sequencer gave them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReadsReport {
    /// Number of reads.
    pub reads: u64,
    /// Number of bases.
    pub bases: u64,
    /// Fraction of bases with a quality of at least 30.
    pub q30_rate: f64,
    /// By read group, in the order of the input.
    pub read_groups: Vec<ReadGroupReads>,
    /// First reads by percent of G and C, all read groups together.
    pub r1_gc_percent: Bins,
    /// Second reads by percent of G and C; absent if reads are not paired.
    pub r2_gc_percent: Option<Bins>,
}

/// Reads of one read group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReadGroupReads {
    /// Its id.
    pub read_group: String,
    /// Its library, where known.
    pub library: Option<String>,
    /// Estimated fraction of templates that repeat another.
    pub duplicate_rate: f64,
    /// Fraction of pairs whose template is shorter than a read; absent without pairs.
    pub read_through_rate: Option<f64>,
    /// First reads, or all reads where they are not paired.
    pub r1: MateReads,
    /// Second reads.
    pub r2: Option<MateReads>,
}

/// First or second reads of a read group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MateReads {
    /// Number of reads.
    pub reads: u64,
    /// Number of bases.
    pub bases: u64,
    /// Mean length of the reads.
    pub mean_length_bp: f64,
    /// Mean of all base qualities, Phred.
    pub mean_quality_phred: f64,
    /// Fraction of bases with a quality of at least 20.
    pub q20_rate: f64,
    /// Fraction of bases with a quality of at least 30.
    pub q30_rate: f64,
    /// Fraction of G and C among A, C, G and T.
    pub gc_rate: f64,
    /// Fraction of bases that are none of these.
    pub n_rate: f64,
    /// The adapter found most often, if any was found.
    pub adapter: Option<String>,
    /// Fraction of reads that hold it.
    pub adapter_rate: f64,
    /// Base quality by sequencing cycle.
    pub quality: QualityByCycle,
}

/// Base quality by sequencing cycle; the first value of each list is of cycle 1.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QualityByCycle {
    /// Mean quality, Phred.
    pub mean_phred: Vec<f64>,
    /// Lower quartile, Phred; empty if not measured.
    pub p25_phred: Vec<u8>,
    /// Upper quartile, Phred; empty if not measured.
    pub p75_phred: Vec<u8>,
}

/// Aligned reads. "Reads" are primary records: each read once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AlignmentReport {
    /// Number of reads.
    pub reads: u64,
    /// Mapped reads.
    pub mapped_reads: u64,
    /// Mapped reads as a fraction of all.
    pub mapped_rate: f64,
    /// Mapped reads with mapping quality 0.
    pub mapq0_reads: u64,
    /// Reads marked as duplicates.
    pub duplicate_reads: u64,
    /// Duplicates as a fraction of mapped reads.
    pub duplicate_rate: f64,
    /// Properly paired reads as a fraction of paired reads.
    pub properly_paired_rate: f64,
    /// Mapped reads whose mate is not mapped.
    pub singleton_reads: u64,
    /// Mapped reads whose mate is mapped to another contig.
    pub mate_on_other_contig_reads: u64,
    /// Supplementary records.
    pub supplementary_records: u64,
    /// Mismatching bases as a fraction of compared bases.
    pub mismatch_rate: f64,
    /// Insertions and deletions per mapped base.
    pub indel_rate: f64,
    /// Soft-clipped bases as a fraction of the bases of mapped reads.
    pub soft_clipped_rate: f64,
    /// Fraction of bases with a quality of at least 30.
    pub q30_rate: f64,
    /// Mean read length.
    pub mean_read_length_bp: f64,
    /// By read group, in the order of the header.
    pub read_groups: Vec<ReadGroupAlignment>,
    /// Base quality of first reads by cycle.
    pub r1_quality: QualityByCycle,
    /// Base quality of second reads by cycle.
    pub r2_quality: QualityByCycle,
    /// Mismatching bases of first reads as a fraction of compared bases, by cycle.
    pub r1_mismatch_rate: Vec<f64>,
    /// The same of second reads.
    pub r2_mismatch_rate: Vec<f64>,
    /// Insert sizes by library and orientation.
    pub insert_sizes: Vec<InsertSizes>,
    /// Read starts by GC content, ascending.
    pub gc_starts: Vec<GcStarts>,
    /// Percentage of reads missing from windows with up to 50% GC, against an even spread.
    pub at_dropout_percent: f64,
    /// Percentage of reads missing from windows with 50% GC or more.
    pub gc_dropout_percent: f64,
    /// Mapped reads by mapping quality, Phred.
    pub mapping_quality_phred: Bins,
}

/// Read starts in windows of 100 bases with one GC content.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GcStarts {
    /// G and C bases in the window, percent.
    pub gc_percent: u32,
    /// Read starts per window over those of all windows; 1 means no bias.
    pub normalized_coverage: f64,
}

/// Aligned reads of one read group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReadGroupAlignment {
    /// Its id; empty for reads without one.
    pub read_group: String,
    /// Its library, where known.
    pub library: Option<String>,
    /// Number of reads.
    pub reads: u64,
    /// Mapped reads as a fraction of all.
    pub mapped_rate: f64,
    /// Duplicates as a fraction of mapped reads.
    pub duplicate_rate: f64,
    /// Properly paired reads as a fraction of paired reads.
    pub properly_paired_rate: f64,
    /// Mismatching bases as a fraction of compared bases.
    pub mismatch_rate: f64,
}

/// Insert sizes of one library in one orientation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InsertSizes {
    /// The library; empty for reads without.
    pub library: String,
    /// `FR` (inward), `RF` (outward) or `TANDEM`.
    pub orientation: String,
    /// Pairs.
    pub pairs: u64,
    /// Median.
    pub median_bp: f64,
    /// Median absolute deviation from the median.
    pub median_absolute_deviation_bp: f64,
    /// Mean without outliers.
    pub mean_bp: f64,
    /// Standard deviation without outliers.
    pub standard_deviation_bp: f64,
    /// Pairs by insert size.
    pub histogram_bp: Bins,
}

/// Coverage of the genome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CoverageReport {
    /// Which bases were counted.
    pub rule: CoverageRule,
    /// All contigs.
    pub genome: Territory,
    /// Chromosomes 1 to 22; absent if there is none.
    pub autosomes: Option<Territory>,
    /// The regions of interest, if any were given.
    pub targets: Option<Territory>,
    /// By contig, in the order of the reference.
    pub contigs: Vec<ContigDepth>,
    /// Contigs that are not listed, together; absent if all are.
    pub other_contigs: Option<ContigDepth>,
    /// Positions of the genome by depth.
    pub depth: Bins,
    /// Mean depth along the genome; absent if not measured.
    pub track: Option<DepthTrack>,
    /// Depth by GC content, ascending; empty if not measured.
    pub gc_bias: Vec<GcBias>,
}

impl CoverageReport {
    /// The autosomes, or the genome if it has none: what one figure for a sample is of.
    pub fn main(&self) -> &Territory {
        self.autosomes.as_ref().unwrap_or(&self.genome)
    }
}

/// Coverage of a part of the genome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Territory {
    /// Positions where the reference is known.
    pub positions: u64,
    /// Mean depth.
    pub mean_depth: f64,
    /// Standard deviation of the depth.
    pub standard_deviation_depth: f64,
    /// Median depth.
    pub median_depth: f64,
    /// Median absolute deviation of the depth from its median.
    pub median_absolute_deviation_depth: f64,
    /// Fractions of the positions that reach depths.
    pub breadth: Vec<Breadth>,
}

impl Territory {
    /// Fraction of positions that reach a depth, if it is given.
    pub fn breadth_at(&self, min_depth: u32) -> Option<f64> {
        self.breadth.iter().find(|b| b.min_depth == min_depth).map(|b| b.rate)
    }
}

/// Which bases count for coverage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CoverageRule {
    /// Least mapping quality of a read.
    pub min_mapping_quality_phred: u8,
    /// Least quality of a base.
    pub min_base_quality_phred: u8,
    /// Whether duplicates are left out.
    pub duplicates_excluded: bool,
    /// Whether positions that both mates cover count once.
    pub mate_overlap_once: bool,
}

/// Fraction of positions that reach a depth.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Breadth {
    /// The depth.
    pub min_depth: u32,
    /// The fraction.
    pub rate: f64,
}

/// Coverage of a contig, or of several together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ContigDepth {
    /// Its name.
    pub name: String,
    /// Number of contigs that the row stands for.
    pub contigs: u64,
    /// Length, unknown bases included.
    pub length_bp: u64,
    /// Mean depth.
    pub mean_depth: f64,
    /// Median depth; absent for several contigs together.
    pub median_depth: Option<f64>,
    /// Fractions of the positions that reach depths.
    pub breadth: Vec<Breadth>,
}

/// Depth of windows with one GC content.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GcBias {
    /// G and C in the window, percent.
    pub gc_percent: u32,
    /// Number of windows.
    pub windows: u64,
    /// Their mean depth over the mean depth of all windows.
    pub normalized_depth: f64,
}
