//! The quality control files of a run: what the measuring stages write and the report reads.
//!
//! Each file is one JSON document that names its schema (`"schema": "wgs-pipe/coverage-qc/1"`), with
//! a table for people beside it as TSV. A new field keeps the number of the schema; a changed or
//! removed one raises it.
//!
//! | document | schema | of |
//! |---|---|---|
//! | [`FastqQc`] | `wgs-pipe/fastq-qc/1` | reads as the sequencer gave them |
//! | [`AlignmentQc`] | `wgs-pipe/alignment-qc/2` | aligned reads, insert sizes, duplicates, GC bias of read starts |
//! | [`CoverageQc`] | `wgs-pipe/coverage-qc/1` | depth, breadth, depth by GC |
//! | [`Calibration`] | `wgs-pipe/calibration/1` | errors of the sequencer, as the reads show them |
//! | [`VariantQc`] | `wgs-pipe/variant-qc/1` | calls |
//! | [`FamilyQc`] | `wgs-pipe/family-qc/1` | genotypes of parents and children |
//! | [`GateQc`] | `wgs-pipe/gate-qc/1` | thresholds, kept and missed |
//!
//! Rates are fractions from 0 to 1, and 0 where nothing could be counted. Qualities are Phred.

pub mod alignment;
pub mod calibration;
pub mod coverage;
pub mod family;
pub mod fastq;
pub mod gate;
mod histogram;
mod table;
pub mod variants;

use std::path::Path;

use serde::{Serialize, de::DeserializeOwned};

use crate::{FileError, Result, output};

pub use alignment::AlignmentQc;
pub use calibration::Calibration;
pub use coverage::CoverageQc;
pub use family::FamilyQc;
pub use fastq::FastqQc;
pub use gate::GateQc;
pub use histogram::Histogram;
pub use table::Table;
pub use variants::VariantQc;

/// A quality control file.
pub trait Document: Serialize + DeserializeOwned {
    /// Name and number of the schema that this program writes.
    const SCHEMA: &'static str;

    /// The schema that the document claims.
    fn schema(&self) -> &str;

    /// The document's figures without its histograms, for people and spreadsheets.
    fn table(&self) -> Table;
}

/// Writes a document as JSON, and as TSV where a name for it is given.
pub fn write(document: &impl Document, json: &Path, tsv: Option<&Path>) -> Result<()> {
    output::write_json(json, document)?;
    tsv.map_or(Ok(()), |path| output::write(path, document.table().to_string()))
}

/// Reads a document and refuses another schema.
pub fn read<T: Document>(path: &Path) -> Result<T> {
    #[derive(serde::Deserialize)]
    struct Claim {
        schema: String,
    }
    let Claim { schema } = output::read_json(path)?;
    if schema != T::SCHEMA {
        let reason = format!("has the schema {schema:?} where {:?} is needed", T::SCHEMA);
        return Err(
            FileError::invalid(path, reason).hint("make it again with this version of wgs-pipe")
        );
    }
    output::read_json(path)
}

/// `part / whole`, or 0 where `whole` is 0.
pub fn rate(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_come_back_as_written() {
        let folder = tempfile::tempdir().unwrap();
        let (json, tsv) = (folder.path().join("g.json"), folder.path().join("g.tsv"));
        let gate = GateQc::new(Some("S1".into()), Vec::new());
        write(&gate, &json, Some(&tsv)).unwrap();
        assert_eq!(read::<GateQc>(&json).unwrap(), gate);
        assert!(tsv.exists());
    }

    #[test]
    fn another_schema_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("g.json");
        output::write(&path, r#"{"schema":"wgs-pipe/gate-qc/999"}"#).unwrap();
        let error = read::<GateQc>(&path).unwrap_err();
        assert_eq!(error.kind(), wgs_core::ErrorKind::InvalidInput);
        assert!(error.to_string().contains("gate-qc/999"), "{error}");
    }
}
