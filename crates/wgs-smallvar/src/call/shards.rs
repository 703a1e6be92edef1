//! Shards of the genome, and the calls of one shard.

use wgs_core::{Build, ContigIndex, Interval0, Region, Sex};
use wgs_formats::{Result, alignment::IndexedReader, genome::Genome, variant::Record};

use super::{Inputs, Request};
use crate::{
    block::{Block, CONTEXT_BASES, Caller, MARGIN_BASES},
    intake::{Intake, ReadCounts},
    options::Options,
    phase,
    stretch::Stretch,
    vcf,
};

/// Bases that are judged at a time; the reads over them are held in memory.
const BLOCK_BASES: u32 = 16_000;

/// A part of a contig that one thread calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shard(Region);

impl Shard {
    /// Number of reference bases.
    pub(super) fn bases(&self) -> u64 {
        u64::from(self.0.interval.len())
    }
}

/// The shards of a request, in the order of the genome. They follow from genome, regions and
/// options, not from threads.
pub(super) fn of(request: &Request<'_>) -> Vec<Shard> {
    let length = request.options.shard_bases.max(BLOCK_BASES);
    let contigs = request.genome.contigs();
    let mut shards = Vec::new();
    for (index, contig) in contigs.iter().enumerate() {
        let index = ContigIndex(index);
        let whole = [Interval0::new(0, contig.length).expect("0 is not after a length")];
        let intervals = request.regions.map_or(&whole[..], |regions| regions.of(index));
        for &interval in intervals {
            let parts = split(interval, length);
            shards.extend(parts.map(|interval| Shard(Region { contig: index, interval })));
        }
    }
    shards
}

fn split(interval: Interval0, length: u32) -> impl Iterator<Item = Interval0> {
    let starts = (interval.start()..interval.end()).step_by(length as usize);
    starts.map(move |start| {
        let end = start.saturating_add(length).min(interval.end());
        Interval0::new(start, end).expect("a part does not end before it starts")
    })
}

/// The calls of a shard.
#[derive(Debug, Default)]
pub(super) struct ShardCalls {
    pub(super) records: Vec<Record>,
    /// Of each sample.
    pub(super) reads: Vec<ReadCounts>,
    pub(super) pileup_windows: u64,
    pub(super) realigned_windows: u64,
}

/// Calls shards, with readers of its own.
pub(super) struct Worker<'a> {
    genome: &'a Genome,
    readers: Vec<IndexedReader>,
    caller: Caller<'a>,
}

impl<'a> Worker<'a> {
    /// Opens the files.
    pub(super) fn open(
        inputs: &Inputs,
        genome: &'a Genome,
        options: &'a Options,
        sexes: &'a [Sex],
        build: Build,
    ) -> Result<Self> {
        let open = |path| IndexedReader::open(path, Some(genome));
        let readers = inputs.paths.iter().map(open).collect::<Result<_>>()?;
        Ok(Self { genome, readers, caller: Caller { options, sexes, build } })
    }

    pub(super) fn call(&mut self, shard: &Shard) -> Result<ShardCalls> {
        let Region { contig, interval } = shard.0;
        let (name, length) = match self.genome.contigs().get(contig) {
            Some(contig) => (contig.name.as_str(), contig.length),
            None => return Ok(ShardCalls::default()),
        };
        let with_margin = Region { contig, interval: interval.padded(MARGIN_BASES, length) };
        let options = self.caller.options;
        let mut intakes = Vec::with_capacity(self.readers.len());
        for reader in &mut self.readers {
            let path = reader.path().to_owned();
            intakes.push(Intake::new(path, reader.query(with_margin)?, options));
        }
        let mut calls = ShardCalls::default();
        let mut sites = Vec::new();
        for part in split(interval, BLOCK_BASES) {
            let padded = part.padded(MARGIN_BASES, length);
            for intake in &mut intakes {
                intake.advance(padded)?;
            }
            let reads: Vec<_> = intakes.iter().map(Intake::reads).collect();
            if reads.iter().all(|reads| reads.is_empty()) {
                continue;
            }
            let around = part.padded(MARGIN_BASES + CONTEXT_BASES, length);
            let reference = Stretch::of(self.genome, contig, around);
            let block =
                Block { contig: name, interval: part, reference: &reference, reads: &reads };
            let found = self.caller.call(&block);
            calls.pileup_windows += found.pileup_windows;
            calls.realigned_windows += found.realigned_windows;
            sites.extend(found.sites);
        }
        phase::link(&mut sites);
        calls.records = sites.iter().map(|site| vcf::record(name, site)).collect();
        calls.reads = intakes.iter().map(Intake::counts).collect();
        Ok(calls)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_the_interval_once() {
        let interval = Interval0::new(5, 48_003).unwrap();
        let parts: Vec<_> = split(interval, BLOCK_BASES).collect();
        assert_eq!((parts[0].start(), parts.last().unwrap().end()), (5, 48_003));
        assert!(parts.windows(2).all(|pair| pair[0].end() == pair[1].start()));
    }
}
