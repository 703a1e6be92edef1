//! The files of a run: those in the case's folder by their place, all others by their digest.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use wgs_engine::{FileEntry, RunRecord};
use wgs_formats::digest;
use wgs_task::CaseLayout;

use super::{graph::Graph, id};

/// Which files lie in the crate.
pub(super) struct Inside<'a> {
    folder: &'a Path,
    /// Outputs that are gone once they were read.
    temporary: BTreeSet<&'a Path>,
}

impl<'a> Inside<'a> {
    pub(super) fn new(folder: &'a Path, record: &'a RunRecord) -> Self {
        let made = record.tasks.iter().filter_map(|task| Some((task, task.status.made()?)));
        let temporary = made.flat_map(|(task, made)| {
            let is_temporary = |entry: &&FileEntry| task.temporary.contains(&entry.name);
            made.outputs.iter().filter(is_temporary).map(|entry| entry.path.as_path())
        });
        Self { folder, temporary: temporary.collect() }
    }

    fn path<'b>(&self, entry: &'b FileEntry) -> Option<&'b Path> {
        let inside = entry.path.strip_prefix(self.folder).ok()?;
        (!self.temporary.contains(entry.path.as_path())).then_some(inside)
    }
}

/// Adds the entity of a file or folder, and gives its identifier. One that is neither in the crate
/// nor has a digest has none.
pub(super) fn add(graph: &mut Graph, inside: &Inside<'_>, entry: &FileEntry) -> Option<String> {
    let inside = inside.path(entry);
    let id = match inside {
        Some(path) => id::of_path(path),
        None => id::of_digest(&entry.sha256)?,
    };
    let mut entity = if is_folder(entry) {
        json!({ "@type": "Dataset", "sha256": entry.sha256,
            "description": "A folder; the digest is that of the list of its files." })
    } else {
        file(&entry.sha256, entry.bytes)
    };
    entity["name"] = match inside {
        Some(path) => json!(path.to_string_lossy()),
        None => json!(format!("{}, which is not in this folder", entry.name)),
    };
    if let Some(format) = encoding(&entry.path) {
        entity["encodingFormat"] = json!(format);
    }
    graph.add(&id, entity);
    Some(id)
}

/// A file by size and digest.
pub(super) fn file(sha256: &str, bytes: u64) -> Value {
    json!({ "@type": "File", "sha256": sha256, "contentSize": bytes.to_string() })
}

/// Whether the entry stands for a folder: it has no bytes, yet not the digest of nothing.
pub(super) fn is_folder(entry: &FileEntry) -> bool {
    entry.bytes == 0 && entry.sha256 != digest::sha256_bytes(b"")
}

fn encoding(path: &Path) -> Option<&'static str> {
    Some(match path.extension()?.to_str()? {
        "json" => "application/json",
        "tsv" => "text/tab-separated-values",
        "html" => "text/html",
        "gz" => "application/gzip",
        "md5" => "text/plain",
        "cram" | "bam" | "crai" | "bai" | "tbi" | "csi" => "application/octet-stream",
        _ => return None,
    })
}

/// Where the case's folder was when the run wrote its record: where it is now, or, if it was moved
/// since, the innermost folder of the case's name that holds all outputs.
pub(super) fn folder_of(record: &RunRecord, layout: &CaseLayout) -> PathBuf {
    let here = std::path::absolute(layout.folder()).unwrap_or_else(|_| layout.folder().to_owned());
    let made = record.tasks.iter().filter_map(|task| task.status.made());
    let outputs: Vec<&Path> =
        made.flat_map(|made| &made.outputs).map(|entry| entry.path.as_path()).collect();
    let holds_all = |folder: &Path| outputs.iter().all(|path| path.starts_with(folder));
    let Some(first) = outputs.first().filter(|_| !holds_all(&here)) else { return here };
    let is_case = |folder: &&Path| {
        folder.file_name().is_some_and(|name| name == record.case.id.as_str()) && holds_all(folder)
    };
    first.ancestors().skip(1).find(is_case).map_or(here, Path::to_owned)
}
