//! Errors of the sequencer, as the reads of a sample show them.
//!
//! Blocks of the genome are looked at, each with all reads over it in memory: positions that look
//! like variants are found first, then the bases elsewhere are counted. The more data there is, the
//! fewer blocks count, so that memory and time are bounded.
//!
//! - [`levels`]: which blocks count
//! - [`reads`]: the reads of a block
//! - [`pileup`]: where a block looks like a variant
//! - [`bases`] and [`fit`]: substitutions, and the qualities that follow
//! - [`repeats`] and [`mixture`]: insertions and deletions

mod bases;
mod fit;
mod levels;
mod mixture;
mod pileup;
mod reads;
mod repeats;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use wgs_core::ContigIndex;
use wgs_formats::{
    alignment::{Header, Record},
    genome::Genome,
    qc::{
        Calibration, Document,
        calibration::{self, Sampled},
    },
};

use self::{
    bases::BaseCounts,
    levels::Levels,
    pileup::Pileup,
    reads::{BLOCK_BP, Block},
    repeats::IndelTally,
};
use crate::MAPQ_UNAVAILABLE;

/// Reads of lower mapping quality may lie at a wrong place, where they differ for other reasons.
const MIN_MAPQ: u8 = 30;
/// Reads over more of the reference are spliced; no short read is as long.
const MAX_SPAN_BP: u32 = 4096;

/// What blocks add up to.
#[derive(Clone, Debug, Default, PartialEq)]
struct Tally {
    positions: u64,
    variant_positions: u64,
    bases: BaseCounts,
    indels: IndelTally,
}

impl Tally {
    fn add(&mut self, block: &Block) {
        let pileup = Pileup::of(block);
        self.positions += pileup.positions;
        self.variant_positions += pileup.variants;
        self.bases.add(block, &pileup);
        self.indels.add(block, &pileup);
    }

    fn merge(&mut self, other: &Self) {
        self.positions += other.positions;
        self.variant_positions += other.variant_positions;
        self.bases.merge(&other.bases);
        self.indels.merge(&other.indels);
    }
}

/// Learns a [`Calibration`] from the records of one file in coordinate order.
///
/// Duplicates, secondary and supplementary alignments, reads that failed the vendor's check or map
/// ambiguously, clipped bases, and the mitochondrion have no part. Nor have positions at which more
/// reads agree on another base than errors would, and reads with gaps as far as substitutions go.
pub struct CalibrationAccumulator<'a> {
    genome: &'a Genome,
    levels: Levels,
    /// Blocks that later records may reach, ascending.
    open: VecDeque<Block>,
    spare: Vec<Block>,
    read_groups: reads::ReadGroups,
}

impl<'a> CalibrationAccumulator<'a> {
    /// An accumulator for records whose contigs are those of a genome.
    pub fn new(genome: &'a Genome) -> Self {
        Self {
            genome,
            levels: Levels::new(genome.contigs()),
            open: VecDeque::new(),
            spare: Vec::new(),
            read_groups: reads::ReadGroups::default(),
        }
    }

    /// Counts a record. Records must come in coordinate order; what order they are in is not checked.
    pub fn add(&mut self, record: &Record) {
        let Some((contig, start, end)) = place(record) else { return };
        let (first, last) = (start / BLOCK_BP, (end - 1) / BLOCK_BP);
        self.close_before((contig, first));
        for number in first..=last {
            if !self.levels.counts(contig, number) {
                continue;
            }
            let place = (contig, number);
            if self.open.back().is_none_or(|block| block.place() < place) {
                let mut block = self.spare.pop().unwrap_or_default();
                block.begin(self.genome, contig, number);
                self.open.push_back(block);
            }
            let group = self.read_groups.of(record);
            if let Some(block) = self.open.iter_mut().find(|block| block.place() == place) {
                block.push(record, group);
            }
        }
    }

    /// Counts what lies in blocks before one; a block of another contig is before it.
    fn close_before(&mut self, next: (ContigIndex, u32)) {
        let is_before = |block: &Block| block.place().0 != next.0 || block.place().1 < next.1;
        while let Some(block) = self.open.pop_front_if(|block| is_before(block)) {
            self.levels.add(&block);
            self.spare.push(block);
        }
    }

    /// What was learnt, under the sample of a header.
    pub fn finish(mut self, header: &Header) -> Calibration {
        for block in std::mem::take(&mut self.open) {
            self.levels.add(&block);
        }
        let (tally, one_of) = self.levels.finish();
        let samples = header.samples();
        Calibration {
            schema: Calibration::SCHEMA.to_owned(),
            sample: (!samples.is_empty()).then(|| samples.join(",")),
            contigs_md5: calibration::contigs_md5(self.genome.contigs()),
            sampled: Sampled {
                one_of,
                positions: tally.positions,
                variant_positions: tally.variant_positions,
            },
            base_quality: fit::base_quality(&tally.bases, self.read_groups.names()),
            indels: tally.indels.finish(),
        }
    }
}

/// Contig, start and end of a record that takes part.
fn place(record: &Record) -> Option<(ContigIndex, u32, u32)> {
    let flags = record.flags();
    let takes_part = flags.is_primary()
        && !(flags.is_unmapped() || flags.is_duplicate() || flags.is_qc_fail())
        && (MIN_MAPQ..MAPQ_UNAVAILABLE).contains(&record.mapq())
        && !record.quals().is_empty();
    let (contig, start, end) = (record.ref_index()?, record.start()?, record.end()?);
    (takes_part && end - start <= MAX_SPAN_BP).then_some((contig, start, end))
}
