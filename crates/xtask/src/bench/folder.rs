//! Folders of the benchmark: made fresh, or kept while what they were made of is the same.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Serialize, de::DeserializeOwned};
use wgs_formats::{FileError, output};

use crate::Error;

/// The file that says what a kept folder was made of; it is there once the folder is whole.
const STAMP: &str = "made-of.json";

/// An empty folder of that name, whatever was there.
pub(crate) fn fresh(path: &Path) -> Result<PathBuf, Error> {
    match fs::remove_dir_all(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(FileError::io(path, e).into()),
        _ => output::create_folder(path)?,
    }
    Ok(path.to_owned())
}

/// What a kept folder was made of, if it is whole.
pub(crate) fn made_of<T: DeserializeOwned>(path: &Path) -> Option<T> {
    output::read_json(&path.join(STAMP)).ok()
}

/// A folder made of `of`: the one there if it was made of the same, else a fresh one that `make`
/// fills.
pub(crate) fn kept<T: Serialize + DeserializeOwned + PartialEq>(
    path: &Path,
    of: &T,
    make: impl FnOnce(&Path) -> Result<(), Error>,
) -> Result<PathBuf, Error> {
    if made_of::<T>(path).is_some_and(|there| there == *of) {
        return Ok(path.to_owned());
    }
    make(&fresh(path)?)?;
    output::write_json(&path.join(STAMP), of)?;
    Ok(path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn make(path: &Path, of: &str, count: &mut u32) -> Result<PathBuf, Error> {
        kept(path, &of.to_owned(), |folder| {
            *count += 1;
            Ok(output::write(&folder.join("content"), of)?)
        })
    }

    #[test]
    fn a_folder_is_kept_while_it_is_of_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        let mut count = 0;
        for (of, made) in [("a", 1), ("a", 1), ("b", 2), ("a", 3)] {
            make(&path, of, &mut count).unwrap();
            assert_eq!(count, made);
            assert_eq!(fs::read_to_string(path.join("content")).unwrap(), of);
        }
    }

    #[test]
    fn a_folder_that_could_not_be_made_is_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        assert!(kept(&path, &1, |_| Err("no".into())).is_err());
        let mut count = 0;
        make(&path, "1", &mut count).unwrap();
        assert_eq!(count, 1);
    }
}
