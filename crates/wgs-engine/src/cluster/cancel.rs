//! The wish to end a run, or cases of it, as a file that its controller finds.

use std::{fs, io, path::PathBuf};

use serde::{Deserialize, Serialize};
use wgs_core::CaseId;
use wgs_formats::{FileError, Result, output};

use super::{RunFiles, process};
use crate::state;

/// Who wants what to end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelRequest {
    /// These cases; without a list, all.
    pub cases: Option<Vec<CaseId>>,
    /// Who asks.
    pub by: String,
}

impl CancelRequest {
    /// Leaves the wish in a run folder, in a file of its own; a controller removes it once it is
    /// written down.
    ///
    /// # Errors
    ///
    /// A folder that cannot be written.
    pub fn write(&self, files: &RunFiles) -> Result<PathBuf> {
        let folder = files.wishes();
        output::create_folder(&folder)?;
        let path = folder.join(process::nonce());
        output::write_json(&path, self)?;
        Ok(path)
    }

    /// Whether there is a wish that no controller has written down.
    pub(super) fn is_any(files: &RunFiles) -> bool {
        paths(files).is_ok_and(|paths| !paths.is_empty())
    }

    /// All wishes, each with its file.
    pub(super) fn read_all(files: &RunFiles) -> Result<Vec<(PathBuf, Self)>> {
        let read = |path: PathBuf| output::read_json(&path).map(|wish| (path, wish));
        paths(files)?.into_iter().map(read).collect()
    }

    pub(super) fn remove_all(files: &RunFiles) -> Result<()> {
        paths(files)?.iter().try_for_each(|path| state::remove_file(path))
    }
}

/// Files of wishes; others are somebody's, or being written.
fn paths(files: &RunFiles) -> Result<Vec<PathBuf>> {
    let folder = files.wishes();
    let failed = |e| FileError::io(&folder, e);
    let entries = match fs::read_dir(&folder) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(failed)?,
    };
    let mut paths = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed)?;
        if entry.file_name().as_encoded_bytes().iter().all(u8::is_ascii_hexdigit) {
            paths.push(entry.path());
        }
    }
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_wish_takes_the_place_of_another() {
        let folder = tempfile::tempdir().unwrap();
        let files = RunFiles::of(folder.path());
        assert!(!CancelRequest::is_any(&files));
        let wish = |case: &str| CancelRequest {
            cases: Some(vec![case.parse().unwrap()]),
            by: "somebody".into(),
        };
        let written = ["A", "B"].map(|case| wish(case).write(&files).unwrap());
        output::write(&files.wishes().join(".x.partial-1"), "{").unwrap();
        assert!(CancelRequest::is_any(&files));
        let mut read = CancelRequest::read_all(&files).unwrap();
        read.sort_by_key(|(_, wish)| wish.cases.clone());
        assert_eq!(
            read.iter().map(|(_, read)| read.clone()).collect::<Vec<_>>(),
            [wish("A"), wish("B")]
        );
        assert!(written.iter().all(|path| read.iter().any(|(read, _)| read == path)));
        CancelRequest::remove_all(&files).unwrap();
        assert!(!CancelRequest::is_any(&files));
    }
}
