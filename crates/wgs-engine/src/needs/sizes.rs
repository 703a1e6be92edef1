//! Sizes of what is there.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use wgs_formats::{FileError, Result};

/// Takes sizes, those of folders once: the parts of a reference bundle serve every task of a run.
#[derive(Debug, Default)]
pub struct Sizes {
    folders: Mutex<BTreeMap<PathBuf, u64>>,
}

/// What stands under a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Size {
    File(u64),
    Folder(u64),
}

impl Sizes {
    /// Bytes of a file, or of all files in a folder and below it.
    pub(super) fn of(&self, path: &Path) -> Result<Size> {
        let failed = |e| FileError::io(path, e);
        let metadata = fs::metadata(path).map_err(failed)?;
        if !metadata.is_dir() {
            return Ok(Size::File(metadata.len()));
        }
        if let Some(bytes) = self.folders().get(path) {
            return Ok(Size::Folder(*bytes));
        }
        let bytes = folder_bytes(path).map_err(failed)?;
        self.folders().insert(path.to_owned(), bytes);
        Ok(Size::Folder(bytes))
    }

    /// Bytes of the files in a folder and below it, as a forecast counts them; none where there is
    /// no such folder.
    pub fn folder(&self, path: &Path) -> Option<u64> {
        match self.of(path) {
            Ok(Size::Folder(bytes)) => Some(bytes),
            _ => None,
        }
    }

    fn folders(&self) -> std::sync::MutexGuard<'_, BTreeMap<PathBuf, u64>> {
        self.folders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Links to folders are not followed, so that no circle is walked.
fn folder_bytes(path: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        bytes += match entry.file_type()? {
            kind if kind.is_dir() => folder_bytes(&entry.path())?,
            _ => fs::metadata(entry.path()).map_or(0, |m| if m.is_file() { m.len() } else { 0 }),
        };
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use wgs_formats::output;

    use super::*;

    #[test]
    fn a_folder_is_as_large_as_its_files() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("a/b");
        output::create_folder(&inner).unwrap();
        output::write(&inner.join("x"), "12345").unwrap();
        output::write(&folder.path().join("y"), "123").unwrap();
        std::os::unix::fs::symlink(folder.path(), inner.join("circle")).unwrap();
        let sizes = Sizes::default();
        assert_eq!(sizes.of(folder.path()).unwrap(), Size::Folder(8));
        assert_eq!(sizes.of(&inner.join("x")).unwrap(), Size::File(5));
        assert!(sizes.of(&inner.join("z")).is_err());
    }
}
