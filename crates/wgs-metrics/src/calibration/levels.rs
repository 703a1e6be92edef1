//! Which blocks of the genome count.
//!
//! Each block has a level by the hash of its place: half of all are of level 0, a quarter of level
//! 1, and so on. First all blocks count. Whenever there are too many bases, the lowest level is
//! dropped, what it counted so far included. So the blocks that are left in the end lie all over the
//! genome, and follow from the data alone, in a capture as well as in a deep genome.

use wgs_core::{ContigIndex, ContigList};

use super::{Tally, reads::Block};

/// Bases that are counted at most.
const MAX_BASES: u64 = 128_000_000;
/// Levels that are told apart.
const LEVELS: usize = 16;

/// What the blocks of each level add up to.
#[derive(Debug)]
pub(super) struct Levels {
    /// Hash of each contig's name; none where the contig does not count.
    contigs: Vec<Option<u64>>,
    tallies: [Tally; LEVELS],
    lowest: usize,
    max_bases: u64,
}

impl Levels {
    pub(super) fn new(contigs: &ContigList) -> Self {
        let hash = |contig: &wgs_core::Contig| {
            (!is_mitochondrial(&contig.name)).then(|| fnv(contig.name.as_bytes()))
        };
        Self {
            contigs: contigs.iter().map(hash).collect(),
            tallies: Default::default(),
            lowest: 0,
            max_bases: MAX_BASES,
        }
    }

    #[cfg(test)]
    pub(super) fn at_most(self, max_bases: u64) -> Self {
        Self { max_bases, ..self }
    }

    /// Whether a block of a contig counts, as far as known.
    pub(super) fn counts(&self, contig: ContigIndex, number: u32) -> bool {
        self.level(contig, number).is_some_and(|level| level >= self.lowest)
    }

    fn level(&self, contig: ContigIndex, number: u32) -> Option<usize> {
        let contig = self.contigs.get(contig.0).copied().flatten()?;
        Some((mixed(contig ^ u64::from(number)).trailing_zeros() as usize).min(LEVELS - 1))
    }

    pub(super) fn add(&mut self, block: &Block) {
        let (contig, number) = block.place();
        let Some(level) = self.level(contig, number).filter(|&level| level >= self.lowest) else {
            return;
        };
        self.tallies[level].add(block);
        while self.bases() > self.max_bases && self.lowest < LEVELS - 1 {
            self.tallies[self.lowest] = Tally::default();
            self.lowest += 1;
        }
    }

    fn bases(&self) -> u64 {
        self.tallies.iter().map(|tally| tally.bases.total()).sum()
    }

    /// The sum, and of how many blocks one counts.
    pub(super) fn finish(self) -> (Tally, u32) {
        let mut sum = Tally::default();
        self.tallies.iter().for_each(|tally| sum.merge(tally));
        (sum, 1 << self.lowest)
    }
}

/// Copies of the nuclear genome, and shares of cells, differ there from the reference.
fn is_mitochondrial(contig: &str) -> bool {
    matches!(contig.strip_prefix("chr").unwrap_or(contig), "M" | "MT")
}

fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// The finaliser of MurmurHash3: every bit counts in every bit.
fn mixed(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod unit {
    use wgs_core::Contig;

    use super::*;

    #[test]
    fn half_of_the_blocks_are_of_each_next_level() {
        let contigs =
            ContigList::new(vec![Contig::new("chr1", 9), Contig::new("chrM", 9)]).unwrap();
        let mut levels = Levels::new(&contigs);
        let count = |levels: &Levels| {
            (0..4096).filter(|&number| levels.counts(ContigIndex(0), number)).count()
        };
        assert_eq!(count(&levels), 4096);
        levels.lowest = 2;
        assert!((900..1150).contains(&count(&levels)), "{}", count(&levels));
        assert!(!levels.counts(ContigIndex(1), 0) && !levels.counts(ContigIndex(2), 0));
    }
}
