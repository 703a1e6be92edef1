//! Pipeline definitions: which stages a kind of case goes through, with their options and the
//! quality thresholds.

use std::path::Path;

use serde::{Deserialize, Serialize};
use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result};

use crate::{case::CaseKind, text_file};

/// Value of `schema` in a pipeline definition.
pub const SCHEMA: &str = "wgs-pipe/pipeline/1";

/// A pipeline definition (TOML).
///
/// ```
/// let text = r#"
/// schema = "wgs-pipe/pipeline/1"
/// name = "germline"
/// kinds = ["germline", "family"]
/// stages = ["reads", "call"]
/// [options.call]
/// min_mapq = 20
/// "#;
/// let pipeline = wgs_task::Pipeline::parse("germline.toml".as_ref(), text)?;
/// assert_eq!(pipeline.options("call")["min_mapq"].as_integer(), Some(20));
/// # Ok::<(), wgs_formats::FileError>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pipeline {
    /// Version of the format.
    pub schema: String,
    /// Name of the pipeline.
    pub name: String,
    /// The kinds of case that it is for.
    pub kinds: Vec<CaseKind>,
    /// Names of its stages.
    pub stages: Vec<String>,
    /// Per stage, options that its own documentation explains.
    #[serde(default)]
    options: toml::Table,
}

impl Pipeline {
    /// Reads a definition from a file.
    pub fn read(path: &Path) -> Result<Self> {
        let text = text_file::read(path)?;
        Self::parse(path, &text)
    }

    /// Reads a definition from text; `path` is what errors name.
    pub fn parse(path: &Path, text: &str) -> Result<Self> {
        let wrong = |reason: String| FileError::new(path, ErrorKind::Configuration, reason);
        let pipeline: Self = toml::from_str(text).map_err(|e| wrong(e.to_string()))?;
        if pipeline.schema != SCHEMA {
            let found = &pipeline.schema;
            return Err(wrong(format!("schema is {found:?}; this version reads {SCHEMA:?}")));
        }
        if pipeline.stages.is_empty() {
            return Err(wrong("has no stages".into()));
        }
        for (stage, options) in &pipeline.options {
            if !pipeline.stages.contains(stage) {
                return Err(wrong(format!("options for {stage:?}, which is not among the stages")));
            }
            if !options.is_table() {
                return Err(wrong(format!("options.{stage} is not a table")));
            }
        }
        Ok(pipeline)
    }

    /// The options of a stage; empty where the definition has none.
    pub fn options(&self, stage: &str) -> toml::Table {
        self.options.get(stage).and_then(|v| v.as_table()).cloned().unwrap_or_default()
    }
}
