//! Whose report it is.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wgs_core::{CaseId, Sex};
use wgs_task::case::{Case, CaseKind, Reads, Role, Sample};

/// The case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CaseSummary {
    /// Its id.
    pub id: String,
    /// What was asked of it, where known.
    pub kind: Option<CaseKind>,
    /// Its samples as declared, in the order given; empty if they are not known.
    pub samples: Vec<CaseSample>,
}

/// A sample as the case file declares it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CaseSample {
    /// Its id.
    pub id: String,
    /// What it is in the case.
    pub role: Role,
    /// Declared sex: `female`, `male` or `unknown`.
    #[schemars(with = "String")]
    pub sex: Sex,
    /// Whether the person has the disease, where known.
    pub affected: Option<bool>,
    /// Phenotype terms, such as `HP:0002664`.
    pub phenotypes: Vec<String>,
    /// Where its reads came from.
    pub reads: Vec<ReadSource>,
}

/// Files that a read group was read from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReadSource {
    /// The read group, where the case names it.
    pub read_group: Option<String>,
    /// Its library, where the case names it.
    pub library: Option<String>,
    /// Its platform, where the case names it.
    pub platform: Option<String>,
    /// Names of the files, without folders.
    pub files: Vec<String>,
}

impl CaseSummary {
    /// A case of which no more than the id is known.
    pub fn named(id: &CaseId) -> Self {
        Self { id: id.to_string(), kind: None, samples: Vec::new() }
    }
}

impl From<&Case> for CaseSummary {
    fn from(case: &Case) -> Self {
        Self {
            id: case.id.to_string(),
            kind: Some(case.kind),
            samples: case.samples.iter().map(CaseSample::from).collect(),
        }
    }
}

impl From<&Sample> for CaseSample {
    fn from(sample: &Sample) -> Self {
        let reads = sample.read_groups.iter().map(|group| ReadSource {
            read_group: group.id.as_ref().map(ToString::to_string),
            library: group.library.as_ref().map(ToString::to_string),
            platform: group.platform.clone(),
            files: file_names(&group.reads),
        });
        Self {
            id: sample.id.to_string(),
            role: sample.role,
            sex: sample.sex,
            affected: sample.affected,
            phenotypes: sample.phenotypes.clone(),
            reads: reads.collect(),
        }
    }
}

fn file_names(reads: &Reads) -> Vec<String> {
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    reads.files().into_iter().map(|(path, _)| name(path)).collect()
}
