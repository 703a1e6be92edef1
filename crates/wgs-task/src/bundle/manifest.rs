//! What `bundle.toml` says.

use serde::{Deserialize, Serialize};

/// What `bundle.toml` says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of the format.
    pub schema: String,
    /// Version of the program that built the bundle.
    pub built_by: String,
    /// Name and version of the embedded aligner that the index is for.
    pub aligner: String,
    /// What the parts were made from.
    pub origins: Vec<Origin>,
    /// Names of the annotation sources, in order; each has an [`Origin`] of the same name.
    #[serde(default)]
    pub sources: Vec<String>,
    /// The source that is just being replaced or removed; a bundle that says so is whole again only
    /// when that was done again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changing: Option<String>,
    /// Every file of the bundle but the manifest.
    pub files: Vec<BundleFile>,
}

/// A file that something in the bundle was made from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// `genome`, `genes`, or the name of a source.
    pub name: String,
    /// Its file name, without folders.
    pub file: String,
    /// SHA-256 of its content.
    pub sha256: String,
    /// Its release, as its provider names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Under which terms it may be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
    /// Whether these terms restrict who may use it, and for what.
    #[serde(default, skip_serializing_if = "is_false")]
    pub restricted: bool,
    /// Who accepted the terms, where they restrict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_by: Option<String>,
}

fn is_false(value: &bool) -> bool {
    !value
}

impl Origin {
    /// The terms as reports show them: the licence, and that it restricts.
    pub fn terms(&self) -> Option<String> {
        if !self.restricted {
            return self.licence.clone();
        }
        let licence = self.licence.as_deref().unwrap_or("restricted use");
        let by = self.accepted_by.as_ref().map(|who| format!(", accepted by {who}"));
        Some(format!("{licence} (restricted{})", by.unwrap_or_default()))
    }
}

/// One file of a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BundleFile {
    /// Path within the bundle, with `/`.
    pub path: String,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 of its content.
    pub sha256: String,
}
