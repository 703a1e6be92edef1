//! Manifests of samples: who is sequenced, told before, or apart from, the files of their reads.
//!
//! A manifest is a samplesheet without columns of files. `delivered_as` tells the name by which the
//! provider of the reads knows the sample; where it is left out, that is the sample's id.

use std::{collections::BTreeMap, path::Path};

use wgs_core::{LibraryId, SampleId};
use wgs_formats::{FileError, Result};

use super::{Case, check, samplesheet};
use crate::text_file;

/// The column that a manifest may have beside those of people.
const DELIVERED_AS: &str = "delivered_as";

/// Cases whose reads are still to come, or to be found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// The cases in the order in which they first appear; their samples have no read groups.
    pub cases: Vec<Case>,
    /// What is told of the deliveries, by row.
    pub deliveries: Vec<Delivery>,
}

/// A row of a manifest: a sample, or a lane of it, under the name of its provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Line of the manifest, from 1.
    pub line: u64,
    /// The sample.
    pub sample: SampleId,
    /// The provider's name of it.
    pub delivered_as: String,
    /// Lane of the flow cell, if the row is of one lane only.
    pub lane: Option<String>,
    /// `LB` of the read groups.
    pub library: Option<LibraryId>,
    /// `PL`.
    pub platform: Option<String>,
    /// `PU`.
    pub unit: Option<String>,
    /// `CN`.
    pub center: Option<String>,
    /// `DT`, ISO 8601.
    pub date: Option<String>,
}

/// Reads a manifest and checks it whole: ids, roles, and that no name of the provider is of two
/// samples. Errors name line and column.
///
/// ```
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("samples.csv");
/// std::fs::write(&path, "case,sample,role,delivered_as\nC1,S1,proband,P-0042\n")?;
/// let manifest = wgs_task::case::manifest::read(&path)?;
/// assert_eq!(manifest.deliveries[0].delivered_as, "P-0042");
/// assert_eq!(manifest.cases[0].samples[0].id.as_str(), "S1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read(path: &Path) -> Result<Manifest> {
    parse(path, &text_file::read(path)?)
}

fn parse(path: &Path, text: &str) -> Result<Manifest> {
    let rows = samplesheet::rows(path, text, |header| {
        samplesheet::columns_of_people(header, &[DELIVERED_AS])
    })?;
    let by_case = samplesheet::by_case(&rows)?.into_iter();
    let cases = by_case.map(|(id, rows)| samplesheet::people(id, &rows)).collect::<Result<_>>()?;
    let manifest =
        Manifest { cases, deliveries: rows.iter().map(delivery).collect::<Result<_>>()? };
    manifest.cases.iter().try_for_each(|case| check::people(path, case))?;
    one_sample_per_name(&rows, &manifest.deliveries)?;
    Ok(manifest)
}

fn delivery(row: &samplesheet::Row) -> Result<Delivery> {
    let sample: SampleId = row.need("sample")?;
    let field = |column: &str| -> Result<Option<String>, FileError> {
        let text = row.owned(column);
        match &text {
            Some(text) if !text.bytes().all(|b| b == b' ' || b.is_ascii_graphic()) => {
                Err(row.wrong(column, format!("{text:?} cannot stand in @RG")))
            }
            _ => Ok(text),
        }
    };
    Ok(Delivery {
        line: row.line,
        delivered_as: row.owned(DELIVERED_AS).unwrap_or_else(|| sample.as_str().to_owned()),
        sample,
        lane: field("lane")?,
        library: row.parse("library")?,
        platform: field("platform")?,
        unit: field("unit")?,
        center: field("center")?,
        date: field("date")?,
    })
}

/// A name of the provider is of one sample, and stands once for each lane.
fn one_sample_per_name(rows: &[samplesheet::Row], deliveries: &[Delivery]) -> Result<()> {
    let mut seen: BTreeMap<&str, Vec<&Delivery>> = BTreeMap::new();
    for (row, delivery) in rows.iter().zip(deliveries) {
        let of_name = seen.entry(delivery.delivered_as.as_str()).or_default();
        for earlier in of_name.iter() {
            if earlier.sample != delivery.sample {
                let reason = format!(
                    "{} is the name of sample {} already, in line {}",
                    delivery.delivered_as, earlier.sample, earlier.line
                );
                return Err(row.wrong(DELIVERED_AS, reason));
            }
            if earlier.lane == delivery.lane || earlier.lane.is_none() || delivery.lane.is_none() {
                let reason = format!(
                    "{} stands in line {} already: rows of one name differ in their lane",
                    delivery.delivered_as, earlier.line
                );
                return Err(row.wrong("lane", reason));
            }
        }
        of_name.push(delivery);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use wgs_core::ErrorKind;

    use super::*;
    use crate::case::{CaseKind, Role};

    fn parsed(text: &str) -> Result<Manifest> {
        parse(Path::new("samples.csv"), text)
    }

    fn message(text: &str) -> String {
        let error = parsed(text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        error.to_string()
    }

    #[test]
    fn people_without_files() {
        let manifest = parsed(
            "case,sample,role,sex,delivered_as,lane,library\n\
             F,kid,proband,male,P1,1,l1\nF,dad,father,male,,,\nF,kid,proband,male,P1,2,l1\n\
             G,g,proband,,P3,,\n",
        )
        .unwrap();
        assert_eq!(manifest.cases[0].kind, CaseKind::Family);
        assert_eq!(manifest.cases[0].samples.len(), 2);
        assert_eq!(manifest.cases[0].samples[1].role, Role::Father);
        assert!(manifest.cases[0].samples[0].read_groups.is_empty());
        let names: Vec<_> = manifest.deliveries.iter().map(|d| d.delivered_as.as_str()).collect();
        assert_eq!(names, ["P1", "dad", "P1", "P3"]);
        assert_eq!(manifest.deliveries[2].lane.as_deref(), Some("2"));
    }

    #[test]
    fn errors_name_line_and_column() {
        let header = "case,sample,role,delivered_as,lane\n";
        let with = |rows: &str| message(&format!("{header}{rows}"));
        assert!(with("A,a,proband,P,\nB,b,proband,P,\n").contains("line 3, column delivered_as"));
        assert!(with("A,a,proband,P,1\nA,a,proband,P,1\n").contains("line 3, column lane"));
        assert!(with("A,a,proband,P,1\nA,a,proband,P,\n").contains("line 3, column lane"));
        assert!(with("A,a b,proband,P,1\n").contains("line 2, column sample"));
        assert!(with("A,a,father,P,1\nA,b,father,,\n").contains("case A"));
        assert!(message("case,sample,fastq_1\nA,a,x\n").contains("fastq_1"));
        assert!(message("case,sample,role,phenotypes\nA,a,proband,HP:1\n").contains("HPO"));
    }
}
