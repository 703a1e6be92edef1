//! The calls of chrM: reads in frames along the circle.

use wgs_core::{Contig, ContigIndex, Interval0, Region};
use wgs_formats::{
    FileError, Result,
    alignment::{IndexedReader, Record},
    genome::Genome,
};

use super::{
    lines::Line,
    shards::{Shard, ShardCalls, intakes, lines, split},
};
use crate::{
    block::{Block, CONTEXT_BASES, Caller, MARGIN_BASES},
    calibration::SampleErrors,
    gvcf::{Candidate, blocks::Blocks},
    intake::{Counted, Intake},
    mito::{judge::Judge, origin},
    options::Options,
    read::Read,
    reference,
    site::Site,
    stretch::Stretch,
};

/// Bases that are judged at a time; the reads over them are held in memory.
const BLOCK_BASES: u32 = 2_000;
/// Bases on either side of the origin that are judged in the frame that runs over it. Reads of this
/// length are judged with all that they show.
const EDGE_BASES: u32 = 300;

/// What the frames of a contig have in common.
struct Circle<'a> {
    genome: &'a Genome,
    index: ContigIndex,
    contig: &'a Contig,
    caller: Caller<'a>,
    options: &'a Options,
}

/// Calls a shard of chrM: its sites, and what is told besides. Reads near the origin are read twice,
/// and counted once.
pub(super) fn call(
    readers: &mut [IndexedReader],
    genome: &Genome,
    (index, contig): (ContigIndex, &Contig),
    shard: &Shard,
    caller: &Caller<'_>,
) -> Result<(ShardCalls, Vec<Site>)> {
    let options = caller.options.for_mitochondrion();
    let caller = Caller { options: &options, ..caller.clone() };
    let circle = Circle { genome, index, contig, caller, options: &options };
    let mut calls = ShardCalls::default();
    let mut sites = circle.linear(readers, shard, &mut calls)?;
    for wanted in circle.edges(&shard.intervals) {
        sites.extend(circle.across(readers, wanted, &mut calls)?);
    }
    sites.sort_by(Site::cmp_place);
    if circle.caller.candidates {
        calls.lines = circle.lines(readers, shard, &sites)?;
    }
    Ok((calls, sites))
}

impl Circle<'_> {
    /// Bases on either side of the origin that are left to the other frame; none of a contig that is
    /// too short for two frames.
    fn edge(&self) -> u32 {
        if self.contig.length < 4 * (EDGE_BASES + MARGIN_BASES) { 0 } else { EDGE_BASES }
    }

    /// The sites that are far from the origin.
    fn linear(
        &self,
        readers: &mut [IndexedReader],
        shard: &Shard,
        calls: &mut ShardCalls,
    ) -> Result<Vec<Site>> {
        let length = self.contig.length;
        let middle = Interval0::new(self.edge(), length - self.edge()).expect("edges are short");
        let mut intakes = intakes(readers, shard, length, &self.caller)?;
        let mut sites = Vec::new();
        let inner = shard.intervals.iter().filter_map(|interval| interval.intersection(middle));
        for part in inner.flat_map(|interval| split(interval, BLOCK_BASES)) {
            let padded = part.padded(MARGIN_BASES, length);
            for intake in &mut intakes {
                intake.advance(padded)?;
            }
            let reads: Vec<&[Read]> = intakes.iter().map(Intake::reads).collect();
            let around = part.padded(MARGIN_BASES + CONTEXT_BASES, length);
            let reference = Stretch::of(self.genome, self.index, around);
            sites.extend(self.judge(&reference, part, &reads, calls));
        }
        calls.count(intakes)?;
        Ok(sites)
    }

    /// The parts of intervals near the origin, in the frame that runs over it.
    fn edges(&self, intervals: &[Interval0]) -> Vec<Interval0> {
        let (edge, length) = (self.edge(), self.contig.length);
        let part = |interval: &Interval0, from: u32, to: u32, shift: u32| {
            let part = interval.intersection(Interval0::new(from, to).ok()?)?;
            Interval0::new(part.start() + shift, part.end() + shift).ok()
        };
        let tails = intervals.iter().filter_map(|i| part(i, length - edge, length, 0));
        let heads = intervals.iter().filter_map(|i| part(i, 0, edge, length));
        tails.chain(heads).filter(|interval| !interval.is_empty()).collect()
    }

    /// The sites of an interval near the origin.
    fn across(
        &self,
        readers: &mut [IndexedReader],
        wanted: Interval0,
        calls: &mut ShardCalls,
    ) -> Result<Vec<Site>> {
        let length = self.contig.length;
        let reach = self.edge() + MARGIN_BASES;
        let reference = self.frame(reach + CONTEXT_BASES);
        let frame = Interval0::new(length - reach, length + reach).expect("ends ascend");
        let mut samples: Vec<Vec<Read>> = Vec::new();
        for (sample, reader) in readers.iter_mut().enumerate() {
            let path = reader.path().to_owned();
            let mut records: Vec<Record> = Vec::new();
            for (from, to) in [(length - reach, length), (0, reach)] {
                let interval = Interval0::new(from, to).expect("ends ascend");
                for record in reader.query(Region { contig: self.index, interval })? {
                    records.push(record?);
                }
            }
            let unrolled = origin::unrolled(records, length, &reference)
                .map_err(|e| FileError::invalid(&path, e.to_string()))?;
            // The frame of the rest of the contig counts them.
            let counted = Counted { intervals: &[], goes_on: false };
            let unrolled = unrolled.into_iter().map(Ok);
            let errors = SampleErrors::of_sample(self.caller.errors, sample);
            let mut intake = Intake::new(path, unrolled, self.options, counted)
                .recalibrated(errors.recalibration.as_ref());
            intake.advance(frame)?;
            samples.push(intake.reads().to_vec());
        }
        let reads: Vec<&[Read]> = samples.iter().map(Vec::as_slice).collect();
        Ok(self.judge(&reference, wanted, &reads, calls))
    }

    /// The lines of a gVCF: these sites, and blocks by the depth of reads as they are aligned.
    fn lines(
        &self,
        readers: &mut [IndexedReader],
        shard: &Shard,
        sites: &[Site],
    ) -> Result<Vec<Line>> {
        let length = self.contig.length;
        let mut intakes = intakes(readers, shard, length, &self.caller)?;
        let (Some(intake), Some(&sex)) = (intakes.first_mut(), self.caller.sexes.first()) else {
            return Ok(Vec::new());
        };
        let mut blocks = Blocks::new(&self.contig.name, sex, self.caller.build, &self.options.gvcf);
        let errors = SampleErrors::of_sample(self.caller.errors, 0);
        for part in shard.intervals.iter().flat_map(|&interval| split(interval, BLOCK_BASES)) {
            intake.advance(part.padded(MARGIN_BASES, length))?;
            let around = part.padded(MARGIN_BASES + CONTEXT_BASES, length);
            let stretch = Stretch::of(self.genome, self.index, around);
            let quality = self.options.min_base_quality;
            let confidence =
                reference::confidence(intake.reads(), &stretch, part, quality, &errors.indels);
            let here = sites.iter().filter(|site| part.contains(site.position));
            let here =
                here.map(|site| Candidate { site: site.clone(), phred_likelihoods: Vec::new() });
            blocks.add(part, here.collect(), &confidence, &stretch);
        }
        Ok(lines(blocks))
    }

    /// The bases around the origin.
    fn frame(&self, reach: u32) -> Stretch {
        let length = self.contig.length;
        let reach = reach.min(length);
        let of = |from, to| {
            let interval = Interval0::new(from, to).expect("ends ascend");
            self.genome.fetch(self.index, interval)
        };
        Stretch::new(length - reach, [of(length - reach, length), of(0, reach)].concat())
    }

    fn judge(
        &self,
        reference: &Stretch,
        interval: Interval0,
        reads: &[&[Read]],
        calls: &mut ShardCalls,
    ) -> Vec<Site> {
        let contig = &self.contig.name;
        let block = Block { contig, interval, reference, reads, ambiguous: &[] };
        let mut judge = Judge::new(&self.options.mito, self.contig.length, interval);
        let found = self.caller.call_watched(&block, &mut |judged| judge.window(judged));
        calls.pileup_windows += found.pileup_windows;
        calls.realigned_windows += found.realigned_windows;
        calls.spanning_origin += judge.spanning_origin;
        judge.sites
    }
}
