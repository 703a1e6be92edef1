//! The quick-start case of `test-data/`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use wgs_formats::{FileError, genome::open_maybe_gzip, output};
use wgs_testkit::TestCase;

use crate::Error;

/// What the folder may weigh: everybody who clones the repository carries it.
const MAX_BYTES: u64 = 3 << 20;

/// Writes the case into the folder, or compares it with what lies there.
///
/// Compressed files are compared by content, and left alone where that is equal: which bytes a
/// compressor chooses may depend on its version and the processor.
pub(crate) fn run(check: bool, folder: Option<PathBuf>) -> Result<String, Error> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = folder.unwrap_or_else(|| root.join("test-data"));
    let fresh = tempfile::tempdir()?;
    TestCase::quickstart().write(fresh.path())?;
    let files = files_below(fresh.path())?;
    let mut differing = Vec::new();
    for file in &files {
        if content(&folder.join(file))? != content(&fresh.path().join(file))? {
            differing.push(file.clone());
        }
    }
    if check && !differing.is_empty() {
        let names: Vec<_> = differing.iter().map(|f| f.display().to_string()).collect();
        let names = names.join(", ");
        return Err(format!("test-data differs in {names}: run `cargo xtask test-data`").into());
    }
    for file in &differing {
        let target = folder.join(file);
        output::create_folder(target.parent().unwrap_or(&folder))?;
        output::write(&target, fs::read(fresh.path().join(file))?)?;
    }
    let bytes = size(&folder, &files)?;
    if bytes > MAX_BYTES {
        return Err(format!("test-data holds {bytes} bytes, more than {MAX_BYTES}").into());
    }
    let (count, changed) = (files.len(), differing.len());
    Ok(format!("test-data: {count} files, {} kB, {changed} changed", bytes / 1000))
}

/// Paths of all files below a folder, relative to it, sorted.
fn files_below(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path.strip_prefix(folder)?.to_owned());
            }
        }
    }
    files.sort();
    Ok(files)
}

/// The decompressed content; `None` for a file that is not there.
fn content(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    if !path.exists() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    open_maybe_gzip(path)?.read_to_end(&mut bytes).map_err(|e| FileError::io(path, e))?;
    Ok(Some(bytes))
}

fn size(folder: &Path, files: &[PathBuf]) -> Result<u64, Error> {
    let lengths = files.iter().map(|file| fs::metadata(folder.join(file)).map(|m| m.len()));
    Ok(lengths.sum::<Result<u64, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_file_is_found_and_put_right() {
        let folder = tempfile::tempdir().unwrap();
        let path = || Some(folder.path().to_owned());
        assert!(run(true, path()).is_err());
        run(false, path()).unwrap();
        run(true, path()).unwrap();
        output::write(&folder.path().join("case.toml"), "id = \"other\"\n").unwrap();
        let message = run(true, path()).unwrap_err().to_string();
        assert!(message.contains("differs in case.toml:"), "{message}");
        assert!(run(false, path()).unwrap().contains("1 changed"));
    }
}
