//! Quality by the tile of the flow cell.
//!
//! The tile stands in the names that Illumina's software gives: the fifth of seven or more fields
//! between colons, or the third of five or six. One template in 8 is looked at.

use std::collections::BTreeMap;

use wgs_formats::qc::fastq::{TileQc, TilesQc};

use crate::{
    cycles::{add_all, clamped},
    groups::cycle_groups,
    masks::MAX_CYCLES,
};

/// Templates of which one is looked at.
const ONE_IN: u64 = 8;

/// Most tiles that a flow cell's lane may have; names with more are not of that form.
const MAX_TILES: usize = 2500;

/// The tile that a read's name tells.
pub(crate) fn tile(name: &[u8]) -> Option<u32> {
    let mut fields = name.split(|&byte| byte == b':');
    let (third, fifth) = (fields.nth(2)?, fields.nth(1)?);
    let digits = if fields.nth(1).is_some() { fifth } else { third };
    if digits.is_empty() || digits.len() > 9 {
        return None;
    }
    digits.iter().try_fold(0, |number: u32, byte| {
        byte.is_ascii_digit().then(|| number * 10 + u32::from(byte - b'0'))
    })
}

/// Whether a template is looked at, by its draw.
pub(crate) fn drawn(draw: u64) -> bool {
    draw.is_multiple_of(ONE_IN)
}

#[derive(Clone, Debug, Default)]
struct Tile {
    reads_by_length: Vec<u64>,
    quality_sums: Vec<u64>,
}

impl Tile {
    fn reserve(&mut self, length: usize) {
        if self.quality_sums.len() < length {
            self.quality_sums.resize(length, 0);
        }
        if self.reads_by_length.len() <= length {
            self.reads_by_length.resize(length + 1, 0);
        }
    }

    fn finish(&self, tile: u32, groups: &[std::ops::Range<usize>]) -> TileQc {
        let reads: u64 = self.reads_by_length.iter().sum();
        let mut reaching = reads;
        let counts = self.reads_by_length.iter().map(|shorter| {
            reaching -= shorter;
            reaching
        });
        let counts: Vec<u64> = counts.collect();
        let sum = |of: &[u64], group: &std::ops::Range<usize>| {
            of.get(group.clone()).unwrap_or(of.get(group.start..).unwrap_or_default()).iter().sum()
        };
        let mean = |group| {
            let (sum, count): (u64, u64) = (sum(&self.quality_sums, group), sum(&counts, group));
            // Thousandths tell enough, and keep the document small.
            (count > 0).then(|| (sum as f64 / count as f64 * 1000.0).round() / 1000.0)
        };
        TileQc { tile, reads, mean_phred: groups.iter().map(mean).collect() }
    }
}

/// Sums of the qualities by tile.
#[derive(Clone, Debug, Default)]
pub(crate) struct TileCounts {
    tiles: BTreeMap<u32, Tile>,
    /// More than [`MAX_TILES`] were seen: the numbers are no tiles.
    none: bool,
}

impl TileCounts {
    pub(crate) fn add(&mut self, tile: u32, qualities: &[u8], offset: u8) {
        if self.none || qualities.is_empty() {
            return;
        }
        let qualities = &qualities[..qualities.len().min(MAX_CYCLES)];
        let counts = self.tiles.entry(tile).or_default();
        counts.reserve(qualities.len());
        counts.reads_by_length[qualities.len()] += 1;
        let sums = counts.quality_sums.iter_mut().zip(qualities);
        sums.for_each(|(sum, &quality)| *sum += u64::from(clamped(quality, offset)));
        self.check();
    }

    fn check(&mut self) {
        if self.tiles.len() > MAX_TILES {
            self.tiles.clear();
            self.none = true;
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.none |= other.none;
        if self.none {
            return self.tiles.clear();
        }
        for (&tile, theirs) in &other.tiles {
            let ours = self.tiles.entry(tile).or_default();
            ours.reserve(theirs.quality_sums.len());
            add_all(&mut ours.quality_sums, &theirs.quality_sums);
            add_all(&mut ours.reads_by_length, &theirs.reads_by_length);
        }
        self.check();
    }

    /// `cycles` is the length of the longest read. Nothing where no name told a tile.
    pub(crate) fn finish(&self, cycles: usize) -> Option<TilesQc> {
        if self.tiles.is_empty() {
            return None;
        }
        let groups = cycle_groups(cycles);
        let tiles = self.tiles.iter().map(|(&number, tile)| tile.finish(number, &groups));
        let first_cycles = groups.iter().map(|group| group.start as u32 + 1).collect();
        Some(TilesQc { first_cycles, tiles: tiles.collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_of_names() {
        assert_eq!(tile(b"ST-E00267:86:H7HY2CCXX:3:2119:27438:70082"), Some(2119));
        assert_eq!(tile(b"A:1:F:3:1101:27438:70082:ACGT"), Some(1101));
        assert_eq!(tile(b"HWUSI-EAS100R:6:73:941:1973#0"), Some(73));
        assert_eq!(tile(b"SRR001666.1"), None);
        assert_eq!(tile(b"a:b:c:d:e:f:g"), None);
        assert_eq!(tile(b"a:b:99999999999:d:e"), None);
        assert_eq!(tile(b"a:1:2:3"), None);
    }

    #[test]
    fn means_by_tile_and_group() {
        let (mut a, mut b) = (TileCounts::default(), TileCounts::default());
        a.add(1101, b"I5", 33);
        b.add(1101, b"?", 33);
        b.add(2101, b"##", 33);
        a.merge(&b);
        let qc = a.finish(2).unwrap();
        assert_eq!(qc.first_cycles, [1, 2]);
        assert_eq!(qc.tiles[0].mean_phred, [Some(35.0), Some(20.0)]);
        assert_eq!((qc.tiles[0].reads, qc.tiles[1].tile), (2, 2101));
        assert_eq!(a.finish(3).unwrap().tiles[1].mean_phred, [Some(2.0), Some(2.0), None]);
    }

    #[test]
    fn numbers_without_end_are_no_tiles() {
        let (mut a, mut b) = (TileCounts::default(), TileCounts::default());
        (0..2000).for_each(|tile| a.add(tile, b"I", 33));
        (1500..3000).for_each(|tile| b.add(tile, b"I", 33));
        assert!(a.finish(1).is_some() && b.finish(1).is_some());
        a.merge(&b);
        a.merge(&TileCounts::default());
        assert_eq!(a.finish(1), None);
    }
}
