//! Duplicates of a library.

use serde::{Deserialize, Serialize};

/// How many reads of a library are duplicates. Counts are of mapped primary reads.
///
/// ```
/// use wgs_align::LibraryDuplicates;
/// let library = LibraryDuplicates {
///     library: "lib1".into(),
///     pairs: 1000,
///     pair_duplicates: 100,
///     ..LibraryDuplicates::default()
/// };
/// assert_eq!(library.duplicate_rate(), 0.1);
/// assert_eq!(library.estimated_size(), Some(4660));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LibraryDuplicates {
    /// The library (`LB`).
    pub library: String,
    /// Templates with both reads mapped.
    pub pairs: u64,
    /// Templates with one mapped read.
    pub fragments: u64,
    /// Duplicates among the pairs.
    pub pair_duplicates: u64,
    /// Those of them whose clusters lay beside another's of the same molecule on the flow cell.
    #[serde(default)]
    pub optical_pair_duplicates: u64,
    /// Duplicates among the fragments.
    pub fragment_duplicates: u64,
}

impl LibraryDuplicates {
    /// Share of the mapped reads that are duplicates, 0 to 1; 0 without reads.
    pub fn duplicate_rate(&self) -> f64 {
        let reads = self.fragments + 2 * self.pairs;
        let duplicates = self.fragment_duplicates + 2 * self.pair_duplicates;
        if reads == 0 { 0.0 } else { duplicates as f64 / reads as f64 }
    }

    /// Number of different molecules of the library, estimated from its pairs (Lander and Waterman
    /// 1988: of `x` molecules, `n` draws show `x (1 - exp(-n / x))`); none without duplicates.
    /// Optical duplicates are no draws.
    pub fn estimated_size(&self) -> Option<u64> {
        let drawn = (self.pairs - self.optical_pair_duplicates) as f64;
        let seen = (self.pairs - self.pair_duplicates) as f64;
        if self.pair_duplicates <= self.optical_pair_duplicates || seen == 0.0 {
            return None;
        }
        let excess = |ratio: f64| seen / (ratio * seen) - 1.0 + (-drawn / (ratio * seen)).exp();
        let (mut low, mut high) = (1.0, 100.0);
        while excess(high) > 0.0 {
            high *= 10.0;
        }
        // As many halvings as Picard makes.
        for _ in 0..40 {
            let middle = (low + high) / 2.0;
            if excess(middle) > 0.0 { low = middle } else { high = middle }
        }
        Some((seen * (low + high) / 2.0) as u64)
    }
}
