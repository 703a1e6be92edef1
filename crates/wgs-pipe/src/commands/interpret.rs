//! `wgs-pipe interpret`

use std::path::Path;

use wgs_core::ErrorKind;
use wgs_formats::{FileError, output, qc};
use wgs_interpret::{
    Family,
    cancer::{CancerCase, Knowledge, KnowledgeFiles, cancer_findings},
    flags::write_vcf,
};
use wgs_task::case::{CaseKind, file::read_without_reads};

use super::Outcome;
use crate::cli::InterpretArgs;

pub(super) fn interpret(args: &InterpretArgs) -> Outcome {
    let wrong = |reason: String| FileError::new(&args.case, ErrorKind::Configuration, reason);
    let case = read_without_reads(&args.case)?;
    if !matches!(case.kind, CaseKind::TumorNormal | CaseKind::TumorOnly) {
        let reason = "only cases with a tumor are interpreted".to_owned();
        return Err(wrong(reason).into());
    }
    let family = Family::of_case(&case).map_err(|e| wrong(e.to_string()))?;
    let knowledge = Knowledge::open(&KnowledgeFiles::read(&args.tables)?)?;
    let findings = cancer_findings(&CancerCase {
        family: &family,
        clinical: &case.clinical,
        somatic: args.somatic.as_deref(),
        germline: args.germline.as_deref(),
        knowledge: &knowledge,
        classify: &|_, _| None,
    })?;
    output::create_folder(&args.out)?;
    let named = |end: &str| args.out.join(format!("{}.findings.{end}", case.id));
    let files: Vec<&Path> =
        [&args.somatic, &args.germline].into_iter().flatten().map(AsRef::as_ref).collect();
    write_vcf(&findings, &files, &named("vcf.gz"))?;
    qc::write(&findings, &named("json"), Some(&named("tsv")))?;
    Ok(())
}
