//! What a report is made from.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use wgs_formats::{
    FileError, Result,
    findings::Findings,
    output,
    qc::{self, AlignmentQc, CoverageQc, Document, FamilyQc, FastqQc, GateQc, VariantQc},
};

use crate::model::{CaseSummary, FileEntry, Provenance};

/// What a report is made from; whatever is left out leaves its section out.
///
/// ```
/// use wgs_report::{CaseSummary, Inputs};
/// let inputs = Inputs { case: Some(CaseSummary::named(&"C1".parse()?)), ..Inputs::default() };
/// let report = wgs_report::build(&inputs)?;
/// assert!(report.to_html().contains("C1"));
/// assert!(report.samples.is_empty() && report.variants.is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// The case: `(&case).into()`, or [`CaseSummary::named`].
    pub case: Option<CaseSummary>,
    /// What the results were made with.
    pub provenance: Option<Provenance>,
    /// Thresholds, kept or missed.
    pub gates: Vec<GateQc>,
    /// Reads as the sequencer gave them, by sample.
    pub fastq: Vec<FastqQc>,
    /// Aligned reads, by sample.
    pub alignment: Vec<AlignmentQc>,
    /// Coverage, by sample.
    pub coverage: Vec<CoverageQc>,
    /// Statistics of the variants.
    pub variant_qc: Option<VariantQc>,
    /// Genotypes of parents and children as a whole.
    pub family: Option<FamilyQc>,
    /// What `interpret` found; notable variants are not chosen where it is given.
    pub findings: Option<Findings>,
    /// Annotated variants (VCF; plain, gzip or bgzip).
    pub variants: Option<PathBuf>,
    /// The files that the report tells of; see [`case_files`](crate::case_files).
    pub files: Vec<FileEntry>,
    /// Choices that people may want to make otherwise.
    pub options: Options,
}

/// Choices that people may want to make otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Allele frequency (0 to 1) from which an allele is common.
    pub common_from: f64,
    /// Most notable variants to show.
    pub max_notable: usize,
}

impl Default for Options {
    /// Common from 0.01 on; 200 variants.
    fn default() -> Self {
        Self { common_from: 0.01, max_notable: 200 }
    }
}

impl Inputs {
    /// Adds a quality control file of any kind, which it tells itself in `schema`.
    ///
    /// Fails if the file cannot be read, is of another schema, or is a second one of variants or of a
    /// family.
    pub fn read_qc(&mut self, path: &Path) -> Result<()> {
        #[derive(Deserialize)]
        struct Claim {
            schema: String,
        }
        let Claim { schema } = output::read_json(path)?;
        match schema.as_str() {
            FastqQc::SCHEMA => self.fastq.push(qc::read(path)?),
            AlignmentQc::SCHEMA => self.alignment.push(qc::read(path)?),
            CoverageQc::SCHEMA => self.coverage.push(qc::read(path)?),
            Findings::SCHEMA if self.findings.is_none() => self.findings = Some(qc::read(path)?),
            GateQc::SCHEMA => self.gates.push(qc::read(path)?),
            VariantQc::SCHEMA if self.variant_qc.is_none() => {
                self.variant_qc = Some(qc::read(path)?);
            }
            VariantQc::SCHEMA => {
                let reason = "is a second file of variant metrics: a report has one";
                return Err(FileError::invalid(path, reason));
            }
            FamilyQc::SCHEMA if self.family.is_none() => self.family = Some(qc::read(path)?),
            FamilyQc::SCHEMA => {
                let reason = "is a second file of a family: a report has one";
                return Err(FileError::invalid(path, reason));
            }
            _ => {
                let reason = format!("has the schema {schema:?}, which no report is made from");
                let hint = "name files that `wgs-pipe qc`, `metrics` and `joint` wrote";
                return Err(FileError::invalid(path, reason).hint(hint));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quality_control_files_tell_what_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.json");
        let mut inputs = Inputs::default();
        qc::write(&GateQc::new(None, Vec::new()), &path, None).unwrap();
        inputs.read_qc(&path).unwrap();
        qc::write(&FastqQc::new(None, Vec::new()), &path, None).unwrap();
        inputs.read_qc(&path).unwrap();
        assert_eq!((inputs.gates.len(), inputs.fastq.len()), (1, 1));
        output::write(&path, r#"{"schema": "wgs-pipe/report/1"}"#).unwrap();
        let error = inputs.read_qc(&path).unwrap_err();
        assert!(error.to_string().contains("wgs-pipe/report/1"));
    }
}
