//! `wgs-pipe joint`

use std::path::Path;

use wgs_core::{ErrorKind, Pedigree};
use wgs_formats::FileError;
use wgs_smallvar::joint::{JointOptions, JointRequest};
use wgs_task::Bundle;

use super::{Outcome, limits, prepare_output, prepare_vcf};
use crate::{cli::JointArgs, failure::Failure};

pub(super) fn joint(args: &JointArgs) -> Outcome {
    let mut inputs: Vec<&Path> = args.gvcfs.iter().map(AsRef::as_ref).collect();
    inputs.extend(args.pedigree.as_deref());
    prepare_vcf(&args.out, &inputs)?;
    if let Some(summary) = &args.family_summary {
        prepare_output(summary, &inputs)?;
    }
    let pedigree = args.pedigree.as_deref().map(pedigree).transpose()?;
    let genome = Bundle::open(&args.bundle.bundle)?.genome()?;
    wgs_smallvar::joint::joint(&JointRequest {
        inputs: &args.gvcfs,
        genome: &genome,
        pedigree: pedigree.as_ref(),
        output: &args.out,
        family_summary: args.family_summary.as_deref(),
        options: &JointOptions::default(),
        threads: limits(&args.limits).threads,
        progress: None,
    })?;
    Ok(())
}

fn pedigree(path: &Path) -> Result<Pedigree, Failure> {
    let text = std::fs::read_to_string(path).map_err(|e| FileError::io(path, e))?;
    let wrong = |e: wgs_core::PedigreeError| {
        FileError::new(path, ErrorKind::Configuration, e.reason).at(format!("line {}", e.line))
    };
    Ok(Pedigree::parse(&text).map_err(wrong)?)
}
