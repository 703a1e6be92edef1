//! `wgs-pipe joint`

use std::path::Path;

use wgs_core::{ErrorKind, Pedigree};
use wgs_formats::FileError;
use wgs_smallvar::joint::{JointOptions, JointRequest};
use wgs_task::{Bundle, layout::table_beside};

use super::{Outcome, call, is_same_place, limits, prepare_output, prepare_vcf};
use crate::{cli::JointArgs, failure::Failure};

pub(super) fn joint(args: &JointArgs) -> Outcome {
    let mut inputs: Vec<&Path> = args.gvcfs.iter().map(AsRef::as_ref).collect();
    inputs.extend(args.pedigree.as_deref());
    inputs.extend(args.filter_model.as_deref());
    prepare_vcf(&args.out, &inputs)?;
    if let Some(summary) = &args.family_summary {
        prepare_summary(summary, &args.out, &inputs)?;
    }
    let pedigree = args.pedigree.as_deref().map(pedigree).transpose()?;
    let call = call::options(args.filter_model.as_deref())?;
    let options = JointOptions { call, ..JointOptions::default() };
    let genome = Bundle::open(&args.bundle.bundle)?.genome()?;
    let summary = wgs_smallvar::joint::joint(&JointRequest {
        inputs: &args.gvcfs,
        genome: &genome,
        pedigree: pedigree.as_ref(),
        output: &args.out,
        family_summary: args.family_summary.as_deref(),
        options: &options,
        threads: limits(&args.limits).threads,
        progress: None,
    })?;
    warn(&summary.warnings);
    Ok(())
}

/// Says on standard error what a person should know before the genotypes are used.
#[expect(clippy::print_stderr, reason = "what a command warns of")]
fn warn(warnings: &[String]) {
    warnings.iter().for_each(|warning| eprintln!("warning: {warning}"));
}

/// The summary is JSON with a table beside it; neither may take another file's place.
fn prepare_summary(summary: &Path, out: &Path, inputs: &[&Path]) -> Outcome {
    let wrong = |what: &str| {
        let reason = format!("--family-summary {}: {what}", summary.display());
        Err(Failure::new(ErrorKind::Usage, reason))
    };
    if summary.extension().is_none_or(|suffix| suffix != "json") {
        return wrong("expected a name in .json");
    }
    let table = table_beside(summary);
    if is_same_place(summary, out) || is_same_place(&table, out) {
        return wrong("is --out as well");
    }
    prepare_output(summary, inputs)?;
    prepare_output(&table, inputs)
}

fn pedigree(path: &Path) -> Result<Pedigree, Failure> {
    let text = std::fs::read_to_string(path).map_err(|e| FileError::io(path, e))?;
    let wrong = |e: wgs_core::PedigreeError| {
        FileError::new(path, ErrorKind::Configuration, e.reason).at(format!("line {}", e.line))
    };
    Ok(Pedigree::parse(&text).map_err(wrong)?)
}
