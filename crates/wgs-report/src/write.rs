//! The report's two forms, and its files.

use std::path::Path;

use wgs_formats::{Result, output};

use crate::{html, model::Report};

/// Name of the file for people.
pub const HTML_NAME: &str = "report.html";
/// Name of the file for programs.
pub const JSON_NAME: &str = "report.json";

impl Report {
    /// The page.
    pub fn to_html(&self) -> String {
        html::page(self)
    }

    /// The model as indented JSON with a final line feed.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self)
            .expect("the model has text keys and no value that refuses");
        text.push('\n');
        text
    }
}

/// Writes [`HTML_NAME`] and [`JSON_NAME`] into a folder, which is made if it is not there.
///
/// Fails if the folder or a file in it cannot be written.
pub fn write_report(report: &Report, folder: &Path) -> Result<()> {
    output::create_folder(folder)?;
    output::write(&folder.join(JSON_NAME), report.to_json())?;
    output::write(&folder.join(HTML_NAME), report.to_html())
}

/// The JSON Schema (2020-12) of `report.json`.
pub fn json_schema() -> serde_json::Value {
    schemars::schema_for!(Report).to_value()
}
