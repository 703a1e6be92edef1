//! `wgs-pipe call`

use std::path::Path;

use wgs_core::Sex;
use wgs_formats::{
    alignment::Reader,
    bed::{self, Regions},
    genome::Genome,
};
use wgs_smallvar::{Options, Request, SampleFile};
use wgs_task::Bundle;

use super::{Outcome, limits, make_parent};
use crate::{
    cli::{CallArgs, SexOf},
    failure::Failure,
};

pub(super) fn call(args: &CallArgs) -> Outcome {
    let genome = Bundle::open(&args.bundle.bundle)?.genome()?;
    let regions = regions(args.regions.as_deref(), &genome)?;
    let samples = args
        .alignments
        .iter()
        .map(|path| Ok(SampleFile { path: path.clone(), sex: sex_of(path, &genome, &args.sex)? }))
        .collect::<Result<Vec<_>, Failure>>()?;
    make_parent(&args.out)?;
    wgs_smallvar::call(&Request {
        samples: &samples,
        genome: &genome,
        output: &args.out,
        regions: regions.as_ref(),
        options: &Options::default(),
        threads: limits(&args.limits).threads,
        progress: None,
    })?;
    Ok(())
}

fn regions(path: Option<&Path>, genome: &Genome) -> Result<Option<Regions>, Failure> {
    Ok(path.map(|path| bed::read(path, genome.contigs())).transpose()?)
}

/// The sex that was given for the file's sample, or for all.
fn sex_of(path: &Path, genome: &Genome, given: &[SexOf]) -> Result<Sex, Failure> {
    if given.is_empty() {
        return Ok(Sex::Unknown);
    }
    let reader = Reader::open(path, Some(genome))?;
    let samples = reader.header().samples();
    let of_sample = |sex: &&SexOf| sex.sample.as_deref().is_some_and(|s| samples.contains(&s));
    let of_all = || given.iter().find(|sex| sex.sample.is_none());
    Ok(given.iter().find(of_sample).or_else(of_all).map_or(Sex::Unknown, |found| found.sex))
}
