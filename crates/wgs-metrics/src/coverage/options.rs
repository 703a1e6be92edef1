//! What counts, and what is told of it.

use wgs_formats::{bed::Regions, qc::coverage::CountedBases};

/// Windows of a depth track have a multiple of this length, in bases.
pub(super) const BLOCK_BP: u32 = 100;

/// What counts as coverage, and what is told of it.
#[derive(Clone, Debug, PartialEq)]
pub struct CoverageOptions {
    /// Reads with a lower mapping quality do not count. 20, as in the GA4GH standard. Reads without
    /// one (255) count.
    pub min_mapping_quality_phred: u8,
    /// Bases with a lower quality do not count. 20, as in the GA4GH standard.
    pub min_base_quality_phred: u8,
    /// Whether duplicates count. Not, unless asked for.
    pub count_duplicates: bool,
    /// Deeper positions count as of this depth in histograms and medians; at least 100.
    pub max_histogram_depth: u32,
    /// About how many windows the depth track of the genome has; 0: no track.
    pub track_windows: u32,
    /// Whether coverage is told by GC content.
    pub gc_bias: bool,
    /// Regions of interest, of the genome's contigs.
    pub targets: Option<Regions>,
}

impl Default for CoverageOptions {
    fn default() -> Self {
        Self {
            min_mapping_quality_phred: 20,
            min_base_quality_phred: 20,
            count_duplicates: false,
            max_histogram_depth: 1000,
            track_windows: 4000,
            gc_bias: true,
            targets: None,
        }
    }
}

impl CoverageOptions {
    pub(super) fn histogram_limit(&self) -> u32 {
        self.max_histogram_depth.max(100)
    }

    /// Length of a window of the track, 0 for none.
    pub(super) fn track_window_bp(&self, genome_bp: u64) -> u32 {
        if self.track_windows == 0 {
            return 0;
        }
        let blocks = genome_bp.div_ceil(u64::from(self.track_windows) * u64::from(BLOCK_BP));
        u32::try_from(blocks.max(1) * u64::from(BLOCK_BP)).unwrap_or(u32::MAX / BLOCK_BP * BLOCK_BP)
    }

    /// The rule that a document states.
    pub(crate) fn rule(&self) -> CountedBases {
        CountedBases {
            min_mapping_quality_phred: self.min_mapping_quality_phred,
            min_base_quality_phred: self.min_base_quality_phred,
            duplicates_excluded: !self.count_duplicates,
            mate_overlap_once: true,
            max_histogram_depth: self.histogram_limit(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_whole_blocks() {
        let window = |windows, genome| {
            CoverageOptions { track_windows: windows, ..Default::default() }.track_window_bp(genome)
        };
        assert_eq!(window(4000, 3_100_000_000), 775_000);
        assert_eq!(window(4000, 42_000_000), 10_500);
        assert_eq!(window(4000, 1000), 100);
        assert_eq!(window(0, 1000), 0);
    }
}
