//! What is written of a comparison.

mod page;
mod plot;
pub(crate) mod table;
mod vcf;

use std::path::Path;

use wgs_formats::{FileError, Result, output};

use crate::compare::Comparison;

pub(crate) const SUMMARY: &str = "summary.tsv";
const STRATIFIED: &str = "stratified.tsv";
const ROC: &str = "roc.tsv";
pub(crate) const JSON: &str = "summary.json";
const VCF: &str = "annotated.vcf.gz";
const PAGE: &str = "report.html";

/// Writes all files; the one that describes the others comes last.
pub(crate) fn write(comparison: &Comparison, folder: &Path, threads: usize) -> Result<()> {
    output::create_folder(folder)?;
    for name in [JSON, PAGE, SUMMARY, ROC, STRATIFIED, VCF] {
        remove(&folder.join(name))?;
    }
    let summary = &comparison.summary;
    vcf::write(comparison, &folder.join(VCF), threads)?;
    output::write(&folder.join(STRATIFIED), table::stratified(summary))?;
    output::write(&folder.join(ROC), table::roc(summary))?;
    output::write(&folder.join(SUMMARY), table::types(&summary.types))?;
    output::write(&folder.join(PAGE), page::page(summary))?;
    output::write_json(&folder.join(JSON), summary)
}

pub(crate) fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(FileError::io(path, e)),
        _ => Ok(()),
    }
}
