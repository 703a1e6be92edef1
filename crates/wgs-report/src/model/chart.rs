//! Series of numbers that the report draws.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wgs_formats::qc::Histogram;

/// A histogram in bins of equal width.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Bins {
    /// Smallest value of the first bin.
    pub first: u32,
    /// Number of values that a bin holds.
    pub width: u32,
    /// Counts, one per bin.
    pub counts: Vec<u64>,
    /// Counts of values beyond the last bin.
    pub beyond: u64,
}

impl Bins {
    /// Takes the values from `first` to `last`, both included, in at most `most` bins. What lies
    /// below `first` is left out.
    pub(crate) fn new(histogram: &Histogram, first: u32, last: u32, most: u32) -> Self {
        let last = last.max(first);
        let width = (last - first + 1).div_ceil(most.max(1)).max(1);
        let mut counts = vec![0; ((last - first) / width + 1) as usize];
        let mut beyond = 0;
        for (value, count) in histogram.iter().filter(|(value, _)| *value >= first) {
            match counts.get_mut(((value - first) / width) as usize) {
                Some(bin) => *bin += count,
                None => beyond += count,
            }
        }
        Self { first, width, counts, beyond }
    }

    /// Sum of all counts.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum::<u64>() + self.beyond
    }

    /// Smallest value and count of each bin.
    pub fn iter(&self) -> impl Iterator<Item = (u64, u64)> {
        let start = move |bin: usize| u64::from(self.first) + bin as u64 * u64::from(self.width);
        self.counts.iter().enumerate().map(move |(bin, count)| (start(bin), *count))
    }
}

/// Mean depth along the genome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DepthTrack {
    /// Bases that a value stands for; the last of a contig may stand for fewer.
    pub window_bp: u32,
    /// The contigs, in the order of the reference.
    pub contigs: Vec<TrackContig>,
}

/// Mean depth along one contig.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TrackContig {
    /// Its name.
    pub name: String,
    /// Mean depth of each window; `null` where the reference is unknown.
    pub mean_depth: Vec<Option<f64>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_count_has_its_bin() {
        let histogram = Histogram::from_dense(&[5, 1, 2, 3, 4, 9]);
        let bins = Bins::new(&histogram, 1, 4, 2);
        assert_eq!((bins.width, &bins.counts[..], bins.beyond), (2, &[3, 7][..], 9));
        assert_eq!(bins.iter().collect::<Vec<_>>(), [(1, 3), (3, 7)]);
        assert_eq!(bins.total(), 19);
    }

    #[test]
    fn nothing_and_everything_fit() {
        assert_eq!(Bins::new(&Histogram::default(), 0, 0, 0).counts, [0]);
        let mut far = Histogram::default();
        far.add(u32::MAX, 2);
        let bins = Bins::new(&far, 0, u32::MAX - 1, 100);
        assert!(bins.counts.len() <= 100);
        assert_eq!(bins.total(), 2);
    }
}
