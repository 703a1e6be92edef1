//! `wgs-pipe why`

use wgs_core::{ErrorKind, Region, Sex};
use wgs_formats::{FileError, genome::Genome, output};
use wgs_smallvar::why::{self, Explanation, Question, case};
use wgs_task::Bundle;

use super::{Outcome, call, prepare_output, say};
use crate::{cli::WhyArgs, failure::Failure};

pub(super) fn why(args: &WhyArgs) -> Outcome {
    if let Some(json) = &args.json {
        prepare_output(json, &[&args.alignment])?;
    }
    let explanation = if args.alignment.is_dir() { of_case(args)? } else { of_reads(args)? };
    if let Some(path) = &args.json {
        let json = serde_json::to_string_pretty(&explanation)
            .map_err(|e| FileError::invalid(path, e.to_string()))?;
        output::write(path, json + "\n")?;
    }
    say(&explanation.to_string())
}

fn usage(reason: &str) -> Failure {
    Failure::new(ErrorKind::Usage, reason.to_owned())
}

fn of_case(args: &WhyArgs) -> Result<Explanation, Failure> {
    if !case::is_case(&args.alignment) {
        let reason = format!("{}: is a folder without case.json", args.alignment.display());
        return Err(
            usage(&reason).hint("name a CRAM or BAM, or a folder that --test-case has made")
        );
    }
    let settings = args.filter_model.is_some() || args.calibration.is_some();
    if args.locus.is_some() || args.test_case.is_some() || settings {
        return Err(usage("a test case is one, and has locus and settings: none is given besides"));
    }
    Ok(case::read(&args.alignment)?)
}

fn of_reads(args: &WhyArgs) -> Result<Explanation, Failure> {
    let (Some(locus), Some(bundle)) = (&args.locus, &args.bundle) else {
        return Err(usage("a locus (CONTIG:POSITION) and --bundle are needed"));
    };
    if args.sex.as_ref().is_some_and(|sex| sex.sample.is_some()) {
        return Err(usage("--sex is that of the only sample: give no name"));
    }
    let genome = Bundle::open(bundle)?.genome()?;
    let region = locus_of(locus, &genome)?;
    let options = call::options(args.filter_model.as_deref())?;
    let question = Question {
        path: &args.alignment,
        genome: &genome,
        contig: region.contig,
        offset: region.interval.start(),
        sex: args.sex.as_ref().map_or(Sex::Unknown, |sex| sex.sex),
        options: &options,
        calibration: args.calibration.as_deref(),
    };
    if let Some(folder) = &args.test_case {
        case::write(&question, folder)?;
    }
    Ok(why::why(&question)?)
}

/// One base of the genome.
fn locus_of(text: &str, genome: &Genome) -> Result<Region, Failure> {
    let position = text.rsplit_once(':').map(|(_, position)| position);
    let is_number = |p: &&str| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit() || b == b',');
    let Some(position) = position.filter(is_number) else {
        return Err(usage(&format!("{text}: expected one base, such as chr20:10012345")));
    };
    let one = format!("{text}-{position}");
    Region::parse(&one, genome.contigs()).map_err(|e| usage(&e.to_string()))
}
