//! What made the report, and where its files are.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wgs_task::Bundle;

/// What the results were made with. It takes the place of a date: the same inputs and versions
/// give the same report, whenever it is made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Provenance {
    /// Name of the program.
    pub program: String,
    /// Its version.
    pub version: String,
    /// Name of the pipeline definition, if one was used.
    pub pipeline: Option<String>,
    /// The reference bundle, if one was used.
    pub bundle: Option<BundleSummary>,
    /// Engines and tools that decided the results.
    pub tools: Vec<Tool>,
    /// Options that decided the results.
    pub options: Vec<OptionValue>,
}

/// A reference bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BundleSummary {
    /// SHA-256 of its manifest: its identity.
    pub digest: String,
    /// Version of the program that built it.
    pub built_by: String,
    /// Name and version of the aligner that its index is for.
    pub aligner: String,
    /// What it was made from.
    pub origins: Vec<OriginSummary>,
}

/// A file that a part of the bundle was made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OriginSummary {
    /// `genome`, `genes`, or the name of an annotation source.
    pub name: String,
    /// Name of the file.
    pub file: String,
    /// SHA-256 of its content.
    pub sha256: String,
    /// Its release, as its provider names it, where that was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Under which terms it may be used, where that was told, and whether they restrict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
}

/// An engine or tool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// An option of a stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OptionValue {
    /// The stage.
    pub stage: String,
    /// The option.
    pub name: String,
    /// Its value.
    pub value: serde_json::Value,
}

/// A file of the case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileEntry {
    /// Path relative to the case's folder, with `/`.
    pub path: String,
    /// What it holds.
    pub content: String,
    /// The sample that it is of; absent for a file of the whole case.
    pub sample: Option<String>,
}

impl From<&Bundle> for BundleSummary {
    fn from(bundle: &Bundle) -> Self {
        let manifest = bundle.manifest();
        let origins = manifest.origins.iter().map(|origin| OriginSummary {
            name: origin.name.clone(),
            file: origin.file.clone(),
            sha256: origin.sha256.clone(),
            version: origin.version.clone(),
            licence: origin.terms(),
        });
        Self {
            digest: bundle.digest().to_owned(),
            built_by: manifest.built_by.clone(),
            aligner: manifest.aligner.clone(),
            origins: origins.collect(),
        }
    }
}
