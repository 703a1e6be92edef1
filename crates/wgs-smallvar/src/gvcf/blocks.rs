//! Blocks of reference between candidates.

use std::ops::Range;

use wgs_core::{Build, Interval0, Ploidy, Sex};
use wgs_formats::variant::Record;

use super::{Candidate, record};
use crate::{reference::BaseConfidence, stretch::Stretch};

/// Blocks end at multiples of this many bases: contigs are divided for threads there, by the index of
/// the reads, which is not to be seen in a gVCF.
pub(crate) const CELL_BASES: u32 = 2_000;

/// What a gVCF tells apart.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GvcfOptions {
    /// Least GQ of each band but the lowest, ascending: a block ends where GQ leaves its band, and
    /// after every 2,000th base. Bases without any fragment have blocks of their own.
    pub quality_bands: Vec<u32>,
}

impl Default for GvcfOptions {
    fn default() -> Self {
        Self { quality_bands: vec![10, 20, 30, 40, 60] }
    }
}

impl GvcfOptions {
    fn band(&self, base: &BaseConfidence, ploidy: usize) -> usize {
        match base.depth {
            0 => 0,
            _ => 1 + self.quality_bands.partition_point(|&least| least <= base.quality(ploidy)),
        }
    }
}

/// A record of a gVCF, with the bases that it speaks of.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The record, without phase.
    pub record: Record,
    /// The place of the site that it is of, and whether that is a substitution; none of a block,
    /// which must give way where a record before it reaches.
    pub site: Option<(u32, bool)>,
}

impl Entry {
    /// Whether it is a block of reference.
    pub fn is_block(&self) -> bool {
        self.site.is_none()
    }
}

/// Bases that are in a block together.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Block {
    pub(super) range: Range<u32>,
    pub(super) first_base: Vec<u8>,
    pub(super) ploidy: usize,
    band: usize,
    depths: Vec<u32>,
    pub(super) least: BaseConfidence,
}

impl Block {
    /// Median of the bases' depths.
    pub(super) fn depth(&mut self) -> u32 {
        self.depths.sort_unstable();
        self.depths[self.depths.len() / 2]
    }
}

/// Makes the entries of adjacent or separate intervals of one contig, ascending.
pub struct Blocks<'a> {
    contig: &'a str,
    sex: Sex,
    build: Build,
    options: &'a GvcfOptions,
    open: Option<Block>,
    /// End of the candidates so far, or of the cell of the last of them: what reaches further takes
    /// blocks away where entries are written.
    told_to: u32,
    entries: Vec<Entry>,
}

impl<'a> Blocks<'a> {
    /// Entries of a contig.
    pub fn new(contig: &'a str, sex: Sex, build: Build, options: &'a GvcfOptions) -> Self {
        Self { contig, sex, build, options, open: None, told_to: 0, entries: Vec::new() }
    }

    /// Takes the bases of an interval: its candidates, ascending, and the confidence at each base.
    pub fn add(
        &mut self,
        interval: Interval0,
        candidates: Vec<Candidate>,
        confidence: &[BaseConfidence],
        reference: &Stretch,
    ) {
        let mut next = interval.start();
        for candidate in candidates {
            let start = candidate.site.position;
            self.bases(next..start, interval, confidence, reference);
            self.close();
            let end = start + candidate.site.reference.len() as u32;
            let cell_end = (start / CELL_BASES + 1).saturating_mul(CELL_BASES);
            self.told_to = self.told_to.max(end.min(cell_end));
            next = next.max(start).max(self.told_to);
            let record = record::of_candidate(self.contig, &candidate);
            let site = Some((start, candidate.site.is_snv()));
            self.entries.push(Entry { record, site });
        }
        self.bases(next..interval.end(), interval, confidence, reference);
    }

    /// The entries.
    pub fn finish(mut self) -> Vec<Entry> {
        self.close();
        self.entries
    }

    fn bases(
        &mut self,
        range: Range<u32>,
        interval: Interval0,
        confidence: &[BaseConfidence],
        reference: &Stretch,
    ) {
        let start = range.start.max(self.told_to);
        let Ok(within) = Interval0::new(start, range.end.max(start)) else { return };
        let mut borders = Ploidy::borders(self.contig, within, self.build);
        borders.push(within.end());
        let mut from = start;
        for border in borders {
            let ploidy = Ploidy::at(self.contig, from, self.sex, self.build).copies();
            for place in from..border {
                let base = &confidence[(place - interval.start()) as usize];
                self.base(place, base, ploidy, reference);
            }
            from = border;
        }
    }

    fn base(&mut self, place: u32, base: &BaseConfidence, ploidy: usize, reference: &Stretch) {
        let band = if ploidy == 0 { 0 } else { self.options.band(base, ploidy) };
        match &mut self.open {
            Some(block)
                if (block.band, block.ploidy, block.range.end) == (band, ploidy, place)
                    && !place.is_multiple_of(CELL_BASES) =>
            {
                block.range.end += 1;
                block.depths.push(base.depth);
                block.least.depth = block.least.depth.min(base.depth);
                block.least.one = block.least.one.min(base.one);
                block.least.all = block.least.all.min(base.all);
            }
            _ => {
                self.close();
                self.open = Some(Block {
                    range: place..place + 1,
                    first_base: reference.spelled(place, place + 1),
                    ploidy,
                    band,
                    depths: vec![base.depth],
                    least: *base,
                });
            }
        }
    }

    fn close(&mut self) {
        if let Some(block) = self.open.take() {
            let record = record::of_block(self.contig, block);
            self.entries.push(Entry { record, site: None });
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::site::{Bias, SampleCall, Site};

    fn candidate(position: u32, len: usize) -> Candidate {
        let sample = SampleCall {
            ploidy: 2,
            genotype: None,
            allele_depths: vec![9, 1],
            depth: 10,
            phred_likelihoods: vec![0, 9, 90],
            ..SampleCall::default()
        };
        let site = Site {
            position,
            reference: vec![b'A'; len],
            alternates: vec![b"C".to_vec()],
            quality: 0.0,
            samples: vec![sample],
            bias: Bias::default(),
            filters: Vec::new(),
        };
        Candidate { site, phred_likelihoods: vec![0, 9, 90, 9, 90, 90] }
    }

    fn spans(entries: &[Entry]) -> Vec<(u32, u32, bool)> {
        let span =
            |e: &Entry| (e.record.interval().start(), e.record.interval().end(), e.is_block());
        entries.iter().map(span).collect()
    }

    fn base(one: f32) -> BaseConfidence {
        BaseConfidence { depth: 30, one, all: 900.0 }
    }

    #[test]
    fn bands_candidates_and_borders_of_copies_end_blocks() {
        let options = GvcfOptions { quality_bands: vec![20, 60] };
        let reference = Stretch::new(2_781_000, vec![b'A'; 1000]);
        let interval = Interval0::new(2_781_470, 2_781_490).unwrap();
        let mut confidence = vec![base(90.0); 20];
        confidence[1] = base(19.0);
        confidence[2] = BaseConfidence::default();
        let mut blocks = Blocks::new("chrX", Sex::Male, Build::Grch38, &options);
        blocks.add(interval, vec![candidate(2_781_485, 2)], &confidence, &reference);
        let spans: Vec<_> = spans(&blocks.finish())
            .into_iter()
            .map(|(start, end, block)| (start - 2_781_470, end - 2_781_470, block))
            .collect();
        let expected = [
            (0, 1, true),
            (1, 2, true),
            (2, 3, true),
            (3, 9, true),
            (9, 15, true),
            (15, 17, false),
            (17, 20, true),
        ];
        assert_eq!(spans, expected);
    }

    #[test]
    fn blocks_end_with_their_cell_whatever_was_told_before() {
        let options = GvcfOptions::default();
        let reference = Stretch::new(1_900, vec![b'A'; 300]);
        let interval = |start, end| Interval0::new(start, end).unwrap();
        let confidence = vec![base(90.0); 300];
        let entries = |parts: &[(u32, u32)]| {
            let mut blocks = Blocks::new("chr1", Sex::Male, Build::Other, &options);
            for &(start, end) in parts {
                let deletion = (start <= 1_990).then(|| candidate(1_990, 30));
                let of = &confidence[(start - 1_900) as usize..(end - 1_900) as usize];
                blocks.add(interval(start, end), deletion.into_iter().collect(), of, &reference);
            }
            spans(&blocks.finish())
        };
        let told = entries(&[(1_900, 2_200)]);
        assert_eq!(told, [(1_900, 1_990, true), (1_990, 2_020, false), (2_000, 2_200, true)]);
        let apart = [entries(&[(1_900, 2_000)]), entries(&[(2_000, 2_200)])].concat();
        assert_eq!(told, apart, "as two shards tell");
    }

    proptest! {
        #[test]
        fn every_base_is_in_one_block_or_in_records(
            qualities in prop::collection::vec((0u32..40, 0f32..99.0), 60),
            places in prop::collection::btree_map(0u32..60, 1usize..12, 0..6),
            cut in 1u32..59,
        ) {
            let options = GvcfOptions::default();
            let reference = Stretch::new(0, vec![b'A'; 100]);
            let confidence: Vec<BaseConfidence> =
                qualities.iter().map(|&(depth, one)| BaseConfidence { depth, one, all: one }).collect();
            let mut blocks = Blocks::new("chr1", Sex::Female, Build::Other, &options);
            for (from, to) in [(0, cut), (cut, 60)] {
                let interval = Interval0::new(from, to).unwrap();
                let here = places.iter().filter(|(p, _)| interval.contains(**p));
                let here = here.map(|(&p, &len)| candidate(p, len)).collect();
                blocks.add(interval, here, &confidence[from as usize..to as usize], &reference);
            }
            let entries = spans(&blocks.finish());
            prop_assert!(entries.is_sorted());
            let mut covered = [(0, 0); 80];
            for &(start, end, is_block) in &entries {
                for count in &mut covered[start as usize..end as usize] {
                    if is_block { count.0 += 1 } else { count.1 += 1 }
                }
            }
            for (place, &(blocks, records)) in covered.iter().enumerate().take(60) {
                prop_assert!(blocks == u32::from(records == 0), "{place}: {blocks} {records}");
            }
            prop_assert!(covered[60..].iter().all(|c| c.0 == 0));
        }
    }
}
