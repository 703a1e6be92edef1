//! Where there were too many reads.

use serde::{Deserialize, Serialize};

use crate::intake::depth::DeepStretch;

/// Places that are named; of more, the deepest.
const MAX_PLACES: usize = 50;

/// Where a sample had more reads than the greatest depth, so that only a share of them took part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoundedDepth {
    /// Number of such places.
    pub places: u64,
    /// Their bases.
    pub bases: u64,
    /// The places, the first of the genome first; of more than 50 the deepest.
    pub deepest: Vec<DeepPlace>,
}

/// A place with more reads than the greatest depth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeepPlace {
    /// The contig.
    pub contig: String,
    /// First base, 0-based.
    pub start: u32,
    /// One past the last base, 0-based.
    pub end: u32,
    /// Reads over the deepest 64 bases of it.
    pub depth: u32,
}

impl BoundedDepth {
    /// Adds the next place; one that goes on where the last one ended is the same.
    pub(super) fn add(&mut self, contig: &str, stretch: &DeepStretch) {
        let (start, end) = (stretch.interval.start(), stretch.interval.end());
        self.bases += u64::from(end - start);
        if let Some(last) = self.deepest.last_mut()
            && last.contig == contig
            && last.end == start
        {
            last.end = end;
            last.depth = last.depth.max(stretch.depth);
            return;
        }
        self.places += 1;
        if self.deepest.len() > MAX_PLACES {
            self.forget_shallowest();
        }
        let contig = contig.to_owned();
        self.deepest.push(DeepPlace { contig, start, end, depth: stretch.depth });
    }

    /// Ends the list.
    pub(super) fn finish(&mut self) {
        if self.deepest.len() > MAX_PLACES {
            self.forget_shallowest();
        }
    }

    fn forget_shallowest(&mut self) {
        let depths = self.deepest.iter().enumerate();
        let shallowest = depths.min_by_key(|(i, place)| (place.depth, std::cmp::Reverse(*i)));
        if let Some((index, _)) = shallowest {
            self.deepest.remove(index);
        }
    }
}

#[cfg(test)]
mod tests {
    use wgs_core::Interval0;

    use super::*;

    fn stretch(start: u32, end: u32, depth: u32) -> DeepStretch {
        DeepStretch { interval: Interval0::new(start, end).unwrap(), depth }
    }

    #[test]
    fn neighbours_are_one_place() {
        let mut bounded = BoundedDepth::default();
        bounded.add("chr1", &stretch(64, 100, 400));
        bounded.add("chr1", &stretch(100, 128, 900));
        bounded.add("chr2", &stretch(128, 192, 500));
        bounded.finish();
        assert_eq!((bounded.places, bounded.bases, bounded.deepest.len()), (2, 128, 2));
        let first = DeepPlace { contig: "chr1".into(), start: 64, end: 128, depth: 900 };
        assert_eq!(bounded.deepest[0], first);
    }

    #[test]
    fn of_many_the_deepest_are_named() {
        let mut bounded = BoundedDepth::default();
        for i in 0..80 {
            bounded.add("chr1", &stretch(1_000 * i, 1_000 * i + 64, 300 + (i * 37) % 80));
        }
        bounded.finish();
        assert_eq!((bounded.places, bounded.deepest.len()), (80, MAX_PLACES));
        assert!(bounded.deepest.iter().all(|place| place.depth >= 330));
        assert!(bounded.deepest.windows(2).all(|pair| pair[0].start < pair[1].start));
    }
}
