//! `wgs-pipe bundle list`

use std::path::Path;

use serde::Serialize;
use wgs_annotate::source::{Kind, about};
use wgs_core::ErrorKind;
use wgs_task::{Bundle, bundle::Part};

use super::super::{Outcome, say};
use crate::failure::Failure;

/// Value of `schema` in the list.
const SCHEMA: &str = "wgs-pipe/bundle-list/1";

#[derive(Serialize)]
struct List {
    schema: &'static str,
    /// SHA-256 of the bundle's manifest.
    digest: String,
    sources: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    name: String,
    kind: Kind,
    release: Option<String>,
    licence: Option<String>,
    restricted: bool,
    accepted_by: Option<String>,
    records: u64,
    fields: Vec<String>,
    file: String,
    sha256: String,
    /// The licence as people read it.
    #[serde(skip)]
    terms: String,
}

pub(in super::super) fn list(root: &Path, json: bool) -> Outcome {
    let bundle = Bundle::open(root)?;
    let names = &bundle.manifest().sources;
    let sources = names.iter().map(|name| entry(&bundle, name)).collect::<Result<_, _>>()?;
    let list = List { schema: SCHEMA, digest: bundle.digest().to_owned(), sources };
    if !json {
        return say(&table(&list.sources));
    }
    let text = serde_json::to_string_pretty(&list)
        .map_err(|e| Failure::new(ErrorKind::TaskFailed, e.to_string()))?;
    say(&(text + "\n"))
}

fn entry(bundle: &Bundle, name: &str) -> Result<Entry, Failure> {
    let about = about(&bundle.folder(Part::Sources).join(name))?;
    let origins = &bundle.manifest().origins;
    let origin = origins.iter().find(|origin| origin.name == name).cloned().unwrap_or_default();
    Ok(Entry {
        name: name.to_owned(),
        kind: about.kind,
        terms: origin.terms().unwrap_or_default(),
        release: origin.version,
        licence: origin.licence,
        restricted: origin.restricted,
        accepted_by: origin.accepted_by,
        records: about.records,
        fields: about.fields,
        file: origin.file,
        sha256: origin.sha256,
    })
}

/// The sources in columns of equal width; what may be long stands at the end.
fn table(sources: &[Entry]) -> String {
    let heading = ["NAME", "KIND", "RELEASE", "RECORDS", "FILE", "SHA-256", "FIELDS", "LICENCE"];
    let row = |entry: &Entry| {
        [
            entry.name.clone(),
            entry.kind.to_string(),
            entry.release.clone().unwrap_or_default(),
            entry.records.to_string(),
            entry.file.clone(),
            entry.sha256.get(..12).unwrap_or(&entry.sha256).to_owned(),
            entry.fields.join(","),
            entry.terms.clone(),
        ]
    };
    let mut rows = vec![heading.map(str::to_owned)];
    rows.extend(sources.iter().map(row));
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: Vec<usize> = (0..heading.len()).map(|c| width(c).unwrap_or_default()).collect();
    let mut text = String::new();
    for row in &rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        text += cells.collect::<Vec<_>>().join("  ").trim_end();
        text.push('\n');
    }
    text
}
