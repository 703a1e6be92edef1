//! Depth of coverage: how often each base of the genome was read.
//!
//! What counts is what the GA4GH WGS quality control standard and Picard's `CollectWgsMetrics`
//! count: a base of a mapped read that is no duplicate, not secondary, passed the vendor's check,
//! has at least the mapping quality and base quality that [`CountedBases`] states (20 and 20 unless
//! asked otherwise), and is aligned to a base of the reference (CIGAR M, =, X: neither clipped,
//! inserted nor deleted). Where the mates of a pair overlap, the shared positions count once.
//! Supplementary records count, as in Picard: each of their bases is aligned in one place. Unlike
//! in Picard, a read counts whether or not its mate is mapped. Positions where the reference is N
//! are left out of every denominator. The standard's `mean_autosome_coverage`,
//! `mad_autosome_coverage` and `pct_autosomes_15x` are the mean, the median absolute deviation and
//! the breadth at 15x of [`CoverageQc::autosomes`].

use serde::{Deserialize, Serialize};

use super::{
    Document, Histogram, Table, rate,
    table::{decimal, optional},
};

/// Depths for which the breadth is given.
pub const BREADTH_DEPTHS: [u32; 8] = [1, 5, 10, 15, 20, 30, 50, 100];

/// Coverage of a genome by one alignment file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CoverageQc {
    /// `wgs-pipe/coverage-qc/1`.
    pub schema: String,
    /// The sample; several are joined by commas; absent without read groups.
    pub sample: Option<String>,
    /// Which bases were counted.
    pub counted: CountedBases,
    /// Aligned bases that were not counted, by the first reason that applies.
    pub excluded: ExcludedBases,
    /// All contigs.
    pub genome: CoverageSummary,
    /// Contigs 1 to 22, with or without `chr`; absent if there is none.
    pub autosomes: Option<CoverageSummary>,
    /// The regions of interest, if any were given, each base once.
    pub targets: Option<CoverageSummary>,
    /// Each contig, in the order of the reference.
    pub contigs: Vec<ContigCoverage>,
    /// Genome positions (not N) by depth; the last value stands for all that are deeper.
    pub depth_histogram: Histogram,
    /// Mean depth in windows along the contigs, if it was asked for.
    pub track: Option<DepthTrack>,
    /// Coverage by GC content, ascending; empty if it was not asked for.
    pub gc_bias: Vec<GcBin>,
}

/// The rule of counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountedBases {
    /// Reads with a lower mapping quality are left out.
    pub min_mapping_quality_phred: u8,
    /// Bases with a lower quality are left out; reads without qualities count.
    pub min_base_quality_phred: u8,
    /// Whether reads marked as duplicates are left out.
    pub duplicates_excluded: bool,
    /// Whether the positions that both mates of a pair cover count once.
    pub mate_overlap_once: bool,
    /// Depths above this count as this in medians and histograms, not in means and breadths.
    pub max_histogram_depth: u32,
}

/// Aligned bases (CIGAR M, =, X) that do not count, each under the first reason that applies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExcludedBases {
    /// Of secondary records.
    pub secondary_bases: u64,
    /// Of reads that fail the vendor's check.
    pub qc_failed_bases: u64,
    /// Of duplicates.
    pub duplicate_bases: u64,
    /// Of reads with a low mapping quality.
    pub low_mapping_quality_bases: u64,
    /// With a low base quality.
    pub low_base_quality_bases: u64,
    /// Second look at a position by the other mate.
    pub mate_overlap_bases: u64,
    /// On positions where the reference is N.
    pub reference_n_bases: u64,
}

/// Coverage of a territory.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CoverageSummary {
    /// Positions where the reference is not N.
    pub territory_bp: u64,
    /// Bases counted on them.
    pub counted_bases: u64,
    /// `counted_bases / territory_bp`.
    pub mean_depth: f64,
    /// Standard deviation of the depth, of depths up to the histogram's limit.
    pub standard_deviation_depth: f64,
    /// Median depth.
    pub median_depth: f64,
    /// Median absolute deviation of the depth from its median.
    pub median_absolute_deviation_depth: f64,
    /// Fraction of positions with at least the depth, for each of [`BREADTH_DEPTHS`].
    pub breadth: Vec<Breadth>,
}

/// Positions that reach a depth.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Breadth {
    /// The depth to reach.
    pub min_depth: u32,
    /// Positions that reach it.
    pub positions: u64,
    /// `positions / territory_bp`.
    pub rate: f64,
}

impl CoverageSummary {
    /// The figures of a territory.
    ///
    /// `depths` are its positions by depth (those of depth 0 included), `counted_bases` the sum of
    /// their depths, which is larger than the histogram's where that one is capped.
    pub fn new(depths: &Histogram, counted_bases: u64) -> Self {
        let territory_bp = depths.total();
        let breadth = |min_depth| {
            let positions = depths.count_from(min_depth);
            Breadth { min_depth, positions, rate: rate(positions, territory_bp) }
        };
        Self {
            territory_bp,
            counted_bases,
            mean_depth: rate(counted_bases, territory_bp),
            standard_deviation_depth: depths.standard_deviation(),
            median_depth: depths.median(),
            median_absolute_deviation_depth: depths.median_absolute_deviation(),
            breadth: BREADTH_DEPTHS.map(breadth).to_vec(),
        }
    }

    /// Fraction of positions with at least a depth; absent if it is not one of those given.
    pub fn breadth_at(&self, min_depth: u32) -> Option<f64> {
        self.breadth.iter().find(|b| b.min_depth == min_depth).map(|b| b.rate)
    }
}

/// Coverage of one contig.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContigCoverage {
    /// Name of the contig.
    pub name: String,
    /// Its length, N included.
    pub length_bp: u32,
    /// Its figures.
    pub summary: CoverageSummary,
}

/// Mean depth along the genome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DepthTrack {
    /// Length of a window; the last of a contig may be shorter.
    pub window_bp: u32,
    /// By contig, in the order of the reference.
    pub contigs: Vec<ContigTrack>,
}

/// Mean depth along one contig.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContigTrack {
    /// Name of the contig.
    pub name: String,
    /// Mean depth of the window's positions that are not N, two decimals; null where all are N.
    pub mean_depth: Vec<Option<f64>>,
}

/// Coverage of windows with one GC content.
///
/// Windows of 100 bp stand side by side along the contigs; those that hold an N are left out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GcBin {
    /// G and C bases in the window, percent.
    pub gc_percent: u32,
    /// Number of windows.
    pub windows: u64,
    /// Their mean depth.
    pub mean_depth: f64,
    /// `mean_depth` over the mean depth of all windows; 1 means no bias.
    pub normalized_depth: f64,
}

impl Document for CoverageQc {
    const SCHEMA: &'static str = "wgs-pipe/coverage-qc/1";

    fn schema(&self) -> &str {
        &self.schema
    }

    /// One row for the genome, the autosomes, the targets, and one per contig.
    fn table(&self) -> Table {
        let sample = optional(self.sample.as_ref());
        let wide = [
            ("genome", Some(&self.genome)),
            ("autosomes", self.autosomes.as_ref()),
            ("targets", self.targets.as_ref()),
        ];
        let wide = wide.into_iter().filter_map(|(level, summary)| Some((level, "", summary?)));
        let contigs = self.contigs.iter().map(|c| ("contig", c.name.as_str(), &c.summary));
        let rows = wide.chain(contigs).map(|(level, name, s)| row(&sample, level, name, s));
        Table::from_rows(rows.collect())
    }
}

fn row(sample: &str, level: &str, name: &str, s: &CoverageSummary) -> Vec<(&'static str, String)> {
    const BREADTH_COLUMNS: [&str; 8] = [
        "breadth_1x_rate",
        "breadth_5x_rate",
        "breadth_10x_rate",
        "breadth_15x_rate",
        "breadth_20x_rate",
        "breadth_30x_rate",
        "breadth_50x_rate",
        "breadth_100x_rate",
    ];
    let mut row = vec![
        ("sample", sample.to_owned()),
        ("level", level.to_owned()),
        ("contig", name.to_owned()),
        ("territory_bp", s.territory_bp.to_string()),
        ("counted_bases", s.counted_bases.to_string()),
        ("mean_depth", decimal(s.mean_depth)),
        ("standard_deviation_depth", decimal(s.standard_deviation_depth)),
        ("median_depth", decimal(s.median_depth)),
        ("median_absolute_deviation_depth", decimal(s.median_absolute_deviation_depth)),
    ];
    for (column, depth) in BREADTH_COLUMNS.into_iter().zip(BREADTH_DEPTHS) {
        row.push((column, s.breadth_at(depth).map(decimal).unwrap_or_default()));
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summary_of_ten_positions() {
        let depths: Histogram = [(0, 2), (10, 4), (20, 4)].into_iter().collect();
        let s = CoverageSummary::new(&depths, 120);
        assert_eq!((s.territory_bp, s.mean_depth, s.median_depth), (10, 12.0, 10.0));
        assert_eq!(
            (s.breadth_at(1), s.breadth_at(20), s.breadth_at(30)),
            (Some(0.8), Some(0.4), Some(0.0))
        );
        assert_eq!(s.breadth_at(7), None);
    }

    #[test]
    fn every_breadth_has_its_column() {
        let row = row("", "genome", "", &CoverageSummary::new(&Histogram::default(), 0));
        for (depth, (column, _)) in BREADTH_DEPTHS.iter().zip(&row[9..]) {
            assert_eq!(*column, format!("breadth_{depth}x_rate"));
        }
    }
}
