//! `wgs-pipe call`

use std::path::{Path, PathBuf};

use wgs_core::{ErrorKind, Interval0, Sex};
use wgs_formats::{
    FileError,
    alignment::Reader,
    bed::{self, Regions},
    genome::Genome,
    qc::calibration,
};
use wgs_smallvar::{Options, Request, SampleFile, SampleSummary, Summary, filter::model::Model};
use wgs_task::Bundle;

use super::{Outcome, is_same_place, limits, prepare_vcf};
use crate::{
    cli::{CallArgs, SexOf},
    failure::Failure,
};

pub(super) fn call(args: &CallArgs) -> Outcome {
    let mut inputs: Vec<&Path> = args.alignments.iter().map(AsRef::as_ref).collect();
    inputs.extend(args.filter_model.as_deref());
    prepare_vcf(&args.out, &inputs)?;
    if let Some(gvcf) = &args.gvcf {
        one_sample(args, gvcf)?;
        prepare_vcf(gvcf, &inputs)?;
    }
    let options = options(args.filter_model.as_deref())?;
    let genome = Bundle::open(&args.bundle.bundle)?.genome()?;
    let regions = regions(args.regions.as_deref(), args.padding, &genome)?;
    let samples = samples(args, &genome)?;
    let summary = wgs_smallvar::call(&Request {
        samples: &samples,
        genome: &genome,
        output: Some(&args.out),
        gvcf: args.gvcf.as_deref(),
        regions: regions.as_ref(),
        options: &options,
        threads: limits(&args.limits).threads,
        progress: None,
    })?;
    tell(&summary);
    Ok(())
}

/// The caller's settings, with this filter model if one is given.
pub(super) fn options(filter_model: Option<&Path>) -> Result<Options, Failure> {
    let mut options = Options::default();
    if let Some(path) = filter_model {
        options.filters.model = Model::open(path)?;
    }
    Ok(options)
}

/// A gVCF is of one sample, and has a name of its own.
fn one_sample(args: &CallArgs, gvcf: &Path) -> Outcome {
    if args.alignments.len() > 1 {
        let reason = "--gvcf: a gVCF is of one sample, and several files are given";
        let hint = "call each file alone, and give the gVCFs to `wgs-pipe joint`";
        return Err(Failure::new(ErrorKind::Usage, reason).hint(hint));
    }
    if is_same_place(gvcf, &args.out) {
        return Err(Failure::new(ErrorKind::Usage, "--gvcf and --out are the same file"));
    }
    Ok(())
}

/// What is told of a sample with places of too many reads.
fn bounded(sample: &SampleSummary) -> Option<String> {
    let SampleSummary { sample, reads, bounded_depth, .. } = sample;
    let deepest = bounded_depth.deepest.iter().max_by_key(|place| place.depth)?;
    let region = Interval0::new(deepest.start, deepest.end).ok()?;
    Some(format!(
        "sample {sample}: {} of {} reads are left out where there are too many: {} places of {} bases, the \
         deepest {}:{}-{} with {} reads",
        reads.too_deep,
        reads.too_deep + reads.used,
        bounded_depth.places,
        bounded_depth.bases,
        deepest.contig,
        region.first(),
        region.end(),
        deepest.depth
    ))
}

/// Says on standard error what a person should know before the calls are used.
#[expect(clippy::print_stderr, reason = "what a command warns of")]
fn tell(summary: &Summary) {
    for warning in &summary.warnings {
        eprintln!("warning: {warning}");
    }
    for SampleSummary { sample, sex, .. } in &summary.samples {
        if sex.declared == Sex::Unknown && sex.used != Sex::Unknown {
            let used = if sex.used == Sex::Male { "male" } else { "female" };
            eprintln!("sample {sample}: called as {used} by the data on X and Y");
        }
    }
    for text in summary.samples.iter().filter_map(bounded) {
        eprintln!("{text}");
    }
    if summary.spanning_origin > 0 {
        let number = summary.spanning_origin;
        eprintln!("warning: variants of chrM over its origin, which VCF cannot hold: {number}");
    }
}

fn regions(path: Option<&Path>, padding: u32, genome: &Genome) -> Result<Option<Regions>, Failure> {
    let Some(path) = path else { return Ok(None) };
    let regions = bed::read(path, genome.contigs())?;
    if regions.total_length() == 0 {
        return Err(FileError::invalid(path, "holds no region").into());
    }
    Ok(Some(regions.padded(padding, genome.contigs())))
}

/// The calibrations, each with the sample that it is of.
fn calibrations(paths: &[PathBuf]) -> Result<Vec<(PathBuf, String)>, Failure> {
    let mut found: Vec<(PathBuf, String)> = Vec::new();
    for path in paths {
        let Some(sample) = calibration::read(path)?.sample else {
            return Err(FileError::invalid(path, "is the calibration of no sample").into());
        };
        if found.iter().any(|(_, other)| *other == sample) {
            let reason = format!("--calibration is given twice for sample {sample}");
            return Err(Failure::new(ErrorKind::Usage, reason));
        }
        found.push((path.clone(), sample));
    }
    Ok(found)
}

/// The files, each with the sex that was given for its sample, or for all.
fn samples(args: &CallArgs, genome: &Genome) -> Result<Vec<SampleFile>, Failure> {
    let mut named: Vec<&str> = args.sex.iter().filter_map(|sex| sex.sample.as_deref()).collect();
    let of_all = args.sex.iter().find(|sex| sex.sample.is_none());
    let mut files = Vec::new();
    let mut calibrations = calibrations(&args.calibration)?;
    for path in &args.alignments {
        let reader = Reader::open(path, Some(genome))?;
        let samples = reader.header().samples();
        let of_sample = |sex: &&SexOf| sex.sample.as_deref().is_some_and(|s| samples.contains(&s));
        let found = args.sex.iter().find(of_sample).or(of_all);
        named.retain(|name| !samples.contains(name));
        let sex = found.map_or(Sex::Unknown, |found| found.sex);
        let known = calibrations.extract_if(.., |(_, of)| samples.contains(&of.as_str()));
        let calibration = known.last().map(|(path, _)| path);
        files.push(SampleFile { calibration, ..SampleFile::new(path, sex) });
    }
    if let Some((path, sample)) = calibrations.first() {
        let reason = format!("is the calibration of sample {sample}, and no file has that sample");
        return Err(FileError::invalid(path, reason).into());
    }
    let twice = |sex: &SexOf| args.sex.iter().filter(|s| s.sample == sex.sample).count() > 1;
    if args.sex.iter().any(twice) {
        return Err(Failure::new(ErrorKind::Usage, "--sex is given twice for one sample"));
    }
    match named.first() {
        None => Ok(files),
        Some(name) => {
            let reason = format!("--sex {name}=…: no file has the sample {name}");
            Err(Failure::new(ErrorKind::Usage, reason))
        }
    }
}
