//! Shards of the genome, and the calls of one shard.

use wgs_core::{ContigIndex, Interval0, Region};
use wgs_formats::{
    Result,
    alignment::{IndexedReader, Query},
    genome::Genome,
};

use super::{
    Inputs, Request, circular,
    costs::{self, Costs, Limits},
    lines::{Called, Line},
};
use crate::{
    block::{Block, CONTEXT_BASES, Caller, MARGIN_BASES},
    calibration::SampleErrors,
    gvcf::blocks::Blocks,
    intake::{
        Counted, Intake, ReadCounts,
        depth::{self, DeepStretch},
    },
    mito,
    phase::Locus,
    reference,
    site::Site,
    stretch::Stretch,
};

/// Bases that are judged at a time; the reads over them are held in memory.
const BLOCK_BASES: u32 = 16_000;

/// A part of a contig that one thread calls, with one query.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shard {
    pub(super) contig: ContigIndex,
    /// Where calls are wanted: ascending, apart, not empty.
    pub(super) intervals: Vec<Interval0>,
    /// Whether the first interval goes on where the shard before ended.
    goes_on: bool,
    /// What it costs to call, in compressed bytes.
    pub(super) cost: f64,
}

impl Shard {
    /// Number of reference bases.
    pub(super) fn bases(&self) -> u64 {
        self.intervals.iter().map(|interval| u64::from(interval.len())).sum()
    }

    /// From the first base to the last.
    pub(super) fn hull(&self) -> Interval0 {
        let ends = self.intervals.first().zip(self.intervals.last());
        let hull = ends.and_then(|(a, b)| Interval0::new(a.start(), b.end()).ok());
        hull.expect("a shard has intervals, and they ascend")
    }

    /// Which of the reads are counted.
    pub(super) fn counted(&self) -> Counted<'_> {
        Counted { intervals: &self.intervals, goes_on: self.goes_on }
    }
}

/// The shards of a request, in the order of the genome. They follow from genome, regions, the data's
/// indices and options, not from threads.
pub(super) fn of(request: &Request<'_>, inputs: &Inputs) -> Vec<Shard> {
    let contigs = request.genome.contigs();
    let whole = |index: usize| {
        let length = contigs.get(ContigIndex(index)).map_or(0, |c| c.length);
        Interval0::new(0, length).expect("0 is not after a length")
    };
    let wanted: Vec<Vec<Interval0>> = (0..contigs.len())
        .map(|index| match request.regions {
            Some(regions) => regions.of(ContigIndex(index)).to_vec(),
            None => vec![whole(index)],
        })
        .collect();
    let costs = Costs::new(contigs, inputs.loads.iter().flatten());
    let limits = Limits::of(&wanted, &costs, request.options.shard_bases.max(BLOCK_BASES));
    let mut shards = Vec::new();
    for (index, intervals) in wanted.into_iter().enumerate() {
        let contig = ContigIndex(index);
        let cost = |intervals: &[Interval0]| intervals.iter().map(|&i| costs.of(contig, i)).sum();
        if contigs.get(contig).is_some_and(|c| mito::is_mitochondrial(&c.name)) {
            let shard = Shard { contig, cost: cost(&intervals), intervals, goes_on: false };
            shards.extend((!shard.intervals.is_empty()).then_some(shard));
        } else {
            let parts = costs::divided(contig, &intervals, &costs, limits);
            let mut end = None;
            for intervals in parts {
                let goes_on = end.is_some() && end == intervals.first().map(|i| i.start());
                end = intervals.last().map(|i| i.end());
                shards.push(Shard { contig, cost: cost(&intervals), intervals, goes_on });
            }
        }
    }
    shards
}

/// The parts of an interval of at most so many bases.
pub(super) fn split(interval: Interval0, length: u32) -> impl Iterator<Item = Interval0> {
    let starts = (interval.start()..interval.end()).step_by(length as usize);
    starts.map(move |start| {
        let end = start.saturating_add(length).min(interval.end());
        Interval0::new(start, end).expect("a part does not end before it starts")
    })
}

/// The calls of a shard.
#[derive(Debug, Default)]
pub(super) struct ShardCalls {
    /// What is called, ascending.
    pub(super) sites: Vec<Called>,
    /// Of the gVCF, if one is wanted.
    pub(super) lines: Vec<Line>,
    /// Of each sample.
    pub(super) reads: Vec<ReadCounts>,
    /// Where each sample was too deep.
    pub(super) deep: Vec<Vec<DeepStretch>>,
    pub(super) pileup_windows: u64,
    pub(super) realigned_windows: u64,
    pub(super) spanning_origin: u64,
}

/// Calls shards, with readers of its own.
pub(super) struct Worker<'a> {
    genome: &'a Genome,
    readers: Vec<IndexedReader>,
    caller: Caller<'a>,
    with_records: bool,
}

impl<'a> Worker<'a> {
    /// Opens the files; `with_records` where a VCF is wanted.
    pub(super) fn open(
        inputs: &Inputs,
        genome: &'a Genome,
        caller: Caller<'a>,
        with_records: bool,
    ) -> Result<Self> {
        let open = |path| IndexedReader::open(path, Some(genome));
        let readers = inputs.paths.iter().map(open).collect::<Result<_>>()?;
        Ok(Self { genome, readers, caller, with_records })
    }

    pub(super) fn call(&mut self, shard: &Shard) -> Result<ShardCalls> {
        let Some(found) = self.genome.contigs().get(shard.contig) else {
            return Ok(ShardCalls::default());
        };
        let (name, length) = (found.name.as_str(), found.length);
        if mito::is_mitochondrial(name) {
            let contig = (shard.contig, found);
            let (mut calls, sites) =
                circular::call(&mut self.readers, self.genome, contig, shard, &self.caller)?;
            // A mixture of molecules has no two chromosomes.
            let locus = |site: &Site| Locus { position: site.position, votes: Vec::new() };
            calls.sites = self.called(name, &sites, locus);
            return Ok(calls);
        }
        let mut intakes = intakes(&mut self.readers, shard, length, &self.caller)?;
        let mut calls = ShardCalls::default();
        let Caller { options, sexes, build, candidates, .. } = self.caller;
        let errors = SampleErrors::of_sample(self.caller.errors, 0);
        let blocks = |sex| Blocks::new(name, sex, build, &options.gvcf);
        let mut blocks = sexes.first().filter(|_| candidates).map(|&sex| blocks(sex));
        let mut sites = Vec::new();
        for part in shard.intervals.iter().flat_map(|&interval| split(interval, BLOCK_BASES)) {
            let padded = part.padded(MARGIN_BASES, length);
            for intake in &mut intakes {
                intake.advance(padded)?;
            }
            let reads: Vec<_> = intakes.iter().map(Intake::reads).collect();
            if reads.iter().all(|reads| reads.is_empty()) && blocks.is_none() {
                continue;
            }
            let around = part.padded(MARGIN_BASES + CONTEXT_BASES, length);
            let stretch = Stretch::of(self.genome, shard.contig, around);
            let ambiguous: Vec<_> = intakes.iter().map(Intake::ambiguous).collect();
            let block = Block {
                contig: name,
                interval: part,
                reference: &stretch,
                reads: &reads,
                ambiguous: &ambiguous,
            };
            let found = self.caller.call(&block);
            calls.pileup_windows += found.pileup_windows;
            calls.realigned_windows += found.realigned_windows;
            sites.extend(found.sites);
            if let Some(blocks) = &mut blocks {
                let quality = options.min_base_quality;
                let confidence =
                    reference::confidence(reads[0], &stretch, part, quality, &errors.indels);
                blocks.add(part, found.candidates, &confidence, &stretch);
            }
        }
        calls.lines = blocks.map(lines).unwrap_or_default();
        calls.count(intakes)?;
        calls.sites = self.called(name, &sites, Locus::of);
        Ok(calls)
    }

    fn called(&self, contig: &str, sites: &[Site], locus: fn(&Site) -> Locus) -> Vec<Called> {
        let called = |site: &Site| Called::of(contig, site, locus(site), self.with_records);
        sites.iter().map(called).collect()
    }
}

/// The lines of a gVCF.
pub(super) fn lines(blocks: Blocks<'_>) -> Vec<Line> {
    blocks.finish().iter().map(Line::of).collect()
}

impl ShardCalls {
    /// Takes over what became of each sample's reads.
    pub(super) fn count(&mut self, intakes: Vec<Intake<'_, Query<'_>>>) -> Result<()> {
        for intake in intakes {
            let (counts, deep) = intake.finish()?;
            self.reads.push(counts);
            self.deep.push(deep);
        }
        Ok(())
    }
}

/// Begins to read what the calls of a shard need, of each sample.
pub(super) fn intakes<'a>(
    readers: &'a mut [IndexedReader],
    shard: &'a Shard,
    length: u32,
    caller: &Caller<'a>,
) -> Result<Vec<Intake<'a, Query<'a>>>> {
    let needed = depth::needed(shard.hull().padded(MARGIN_BASES, length), length);
    let region = Region { contig: shard.contig, interval: needed };
    let (options, errors) = (caller.options, caller.errors);
    let begin = |(sample, reader): (usize, &'a mut IndexedReader)| {
        let path = reader.path().to_owned();
        let intake = Intake::new(path, reader.query(region)?, options, shard.counted());
        let errors = SampleErrors::of_sample(errors, sample);
        Ok(intake.recalibrated(errors.recalibration.as_ref()))
    };
    readers.iter_mut().enumerate().map(begin).collect()
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
