//! Whether the files of a case are still what its crate says.

use std::path::{Component, Path, PathBuf};

use serde_json::Value;
use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result, digest, output};
use wgs_task::CaseLayout;

/// How a file compares with its description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileState {
    /// Size and digest are those described.
    Same,
    /// Size or digest is another.
    Changed,
    /// It is not there.
    Missing,
}

/// One file of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Where it is, from the case's folder.
    pub path: PathBuf,
    /// Bytes that it should have.
    pub bytes: u64,
    /// What is there.
    pub state: FileState,
}

/// Reads every file that the crate of a case describes and that lies in the case's folder, and
/// compares size and SHA-256; in the order of the crate. Inputs from elsewhere are not looked for.
///
/// # Errors
///
/// A crate that is missing, is none, or names files beyond its folder; a file that cannot be read
/// though it is there.
pub fn verify(layout: &CaseLayout) -> Result<Vec<Checked>> {
    let metadata = layout.crate_metadata();
    let document: Value = output::read_json(&metadata).map_err(|e| match e.kind() {
        ErrorKind::NotFound => e.hint("`wgs-pipe provenance` on the case's folder makes it"),
        _ => e,
    })?;
    let entities = document["@graph"]
        .as_array()
        .ok_or_else(|| FileError::invalid(&metadata, "has no @graph; it is no RO-Crate"))?;
    let mut checked = Vec::new();
    for entity in entities {
        if let Some(described) = described(entity, &metadata)? {
            checked.push(check(layout.folder(), described)?);
        }
    }
    if checked.is_empty() {
        return Err(FileError::invalid(&metadata, "describes no file of the case"));
    }
    Ok(checked)
}

/// Path, SHA-256 and size of a file in the folder; none for other entities.
fn described(entity: &Value, metadata: &Path) -> Result<Option<(PathBuf, String, u64)>> {
    let kind = &entity["@type"];
    let is_file =
        kind == "File" || kind.as_array().is_some_and(|all| all.iter().any(|k| k == "File"));
    let (Some(id), true) = (entity["@id"].as_str(), is_file) else { return Ok(None) };
    if id.contains(':') {
        return Ok(None);
    }
    let wrong = |reason: &str| FileError::invalid(metadata, format!("{id}: {reason}"));
    let path = decode(id).ok_or_else(|| wrong("is no relative path"))?;
    if !path.components().all(|part| matches!(part, Component::Normal(_))) {
        return Err(wrong("leaves the case's folder"));
    }
    let sha256 = entity["sha256"].as_str().ok_or_else(|| wrong("has no sha256"))?;
    let bytes = entity["contentSize"].as_str().and_then(|text| text.parse().ok());
    let bytes = bytes.ok_or_else(|| wrong("has no contentSize"))?;
    Ok(Some((path, sha256.to_owned(), bytes)))
}

fn check(folder: &Path, (path, sha256, bytes): (PathBuf, String, u64)) -> Result<Checked> {
    let full = folder.join(&path);
    let state = match std::fs::metadata(&full) {
        Err(e) if ErrorKind::of_io(&e) == ErrorKind::NotFound => FileState::Missing,
        Err(e) => return Err(FileError::io(&full, e)),
        Ok(found) if found.len() != bytes || !found.is_file() => FileState::Changed,
        Ok(_) if digest::sha256_file(&full)? != sha256 => FileState::Changed,
        Ok(_) => FileState::Same,
    };
    Ok(Checked { path, bytes, state })
}

/// Undoes percent-encoding; none where it is broken.
fn decode(id: &str) -> Option<PathBuf> {
    use std::{ffi::OsString, os::unix::ffi::OsStringExt};

    let mut bytes = Vec::with_capacity(id.len());
    let mut rest = id.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte == b'%' {
            let pair = std::str::from_utf8(rest.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(pair, 16).ok()?);
            rest = &rest[2..];
        } else {
            bytes.push(byte);
        }
    }
    (!bytes.is_empty()).then(|| OsString::from_vec(bytes).into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn case(graph: &Value) -> (tempfile::TempDir, CaseLayout) {
        let folder = tempfile::tempdir().unwrap();
        let layout = CaseLayout::new(folder.path(), &"C1".parse().unwrap());
        std::fs::create_dir_all(layout.folder().join("reads")).unwrap();
        output::write_json(&layout.crate_metadata(), &json!({ "@graph": graph })).unwrap();
        (folder, layout)
    }

    fn file(id: &str) -> Value {
        json!({"@id": id, "@type": "File", "contentSize": "3",
            "sha256": digest::sha256_bytes(b"abc")})
    }

    #[test]
    fn each_file_is_compared() {
        let graph = json!([
            file("reads/a%20b.cram"), file("same-size"), file("longer"), file("gone"),
            file("ni:///sha-256;x"), {"@id": "./", "@type": "Dataset"},
        ]);
        let (_folder, layout) = case(&graph);
        for (name, text) in [("reads/a b.cram", "abc"), ("same-size", "abd"), ("longer", "abcd")] {
            output::write(&layout.folder().join(name), text).unwrap();
        }
        let states: Vec<_> =
            verify(&layout).unwrap().into_iter().map(|c| (c.path, c.state)).collect();
        assert_eq!(
            states,
            [
                ("reads/a b.cram".into(), FileState::Same),
                ("same-size".into(), FileState::Changed),
                ("longer".into(), FileState::Changed),
                ("gone".into(), FileState::Missing),
            ]
        );
    }

    #[test]
    fn a_crate_that_cannot_be_relied_on_is_refused() {
        let bad = [
            json!([file("../other/run.json")]),
            json!([file("%2Fetc/passwd")]),
            json!([file("a%zz")]),
            json!([{"@id": "x", "@type": "File", "contentSize": "3"}]),
            json!([{"@id": "x", "@type": ["File"], "sha256": "00"}]),
            json!([]),
            json!({}),
        ];
        for graph in bad {
            let (_folder, layout) = case(&graph);
            let error = verify(&layout).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{graph}");
        }
        let (_folder, layout) = case(&json!([]));
        std::fs::remove_file(layout.crate_metadata()).unwrap();
        assert_eq!(verify(&layout).unwrap_err().kind(), ErrorKind::NotFound);
    }
}
