//! What is written of a comparison.

mod page;
mod plot;
pub(crate) mod table;
mod vcf;

use std::path::{Path, PathBuf};

use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result, output};

use crate::compare::Comparison;

pub(crate) const SUMMARY: &str = "summary.tsv";
const STRATIFIED: &str = "stratified.tsv";
const ROC: &str = "roc.tsv";
pub(crate) const JSON: &str = "summary.json";
const VCF: &str = "annotated.vcf.gz";
const PAGE: &str = "report.html";

pub(crate) const ANNOTATED_TRUTH: &str = "annotated.truth.vcf.gz";
pub(crate) const ANNOTATED_CALLS: &str = "annotated.calls.vcf.gz";

/// Whatever a comparison of either kind writes, besides the indexes; what describes the others comes
/// first.
const FILES: [&str; 8] =
    [JSON, PAGE, SUMMARY, ROC, STRATIFIED, VCF, ANNOTATED_TRUTH, ANNOTATED_CALLS];

/// Refuses inputs that would be written over.
pub(crate) fn check_inputs<'a>(
    folder: &Path,
    inputs: impl IntoIterator<Item = &'a PathBuf>,
) -> Result<()> {
    let written: Vec<PathBuf> =
        FILES.iter().filter_map(|name| folder.join(name).canonicalize().ok()).collect();
    for input in inputs {
        if input.canonicalize().is_ok_and(|path| written.contains(&path)) {
            let error = FileError::new(input, ErrorKind::Usage, "would be written over");
            return Err(error.hint("write the comparison to another folder"));
        }
    }
    Ok(())
}

/// Makes a folder, and removes from it what an earlier comparison of either kind has left.
pub(crate) fn clear(folder: &Path) -> Result<()> {
    output::create_folder(folder)?;
    for name in FILES {
        remove(&folder.join(name))?;
        if name.ends_with(".gz") {
            remove(&folder.join(format!("{name}.tbi")))?;
        }
    }
    Ok(())
}

/// Writes all files; the one that describes the others comes last.
pub(crate) fn write(comparison: &Comparison, folder: &Path, threads: usize) -> Result<()> {
    clear(folder)?;
    let summary = &comparison.summary;
    vcf::write(comparison, &folder.join(VCF), threads)?;
    output::write(&folder.join(STRATIFIED), table::stratified(summary))?;
    output::write(&folder.join(ROC), table::roc(summary))?;
    output::write(&folder.join(SUMMARY), table::types(&summary.types))?;
    output::write(&folder.join(PAGE), page::page(summary))?;
    output::write_json(&folder.join(JSON), summary)
}

fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(FileError::io(path, e)),
        _ => Ok(()),
    }
}
