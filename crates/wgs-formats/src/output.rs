//! Outputs that appear under their final name only when they are whole.
//!
//! Everything is written to a temporary file in the same folder, synced, and renamed. A program
//! that dies on the way leaves at most a `.NAME.partial-PID` behind, which [`remove_partials`]
//! clears away.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use crate::{FileError, Result};

/// A name in the folder of `path` under which its content is made: `.NAME.partial-PID`.
///
/// For writers that need a path of their own; end with [`publish`].
pub fn partial_path(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.partial-{}", std::process::id()))
}

/// Syncs a partial file and gives it its final name.
pub fn publish(partial: &Path, path: &Path) -> Result<()> {
    let renamed = File::open(partial)
        .and_then(|file| file.sync_all())
        .and_then(|()| fs::rename(partial, path))
        .and_then(|()| sync_folder(path));
    renamed.map_err(|e| FileError::io(path, e))
}

fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

/// Removes what interrupted writers of `path` left behind, whatever process they were.
pub fn remove_partials(path: &Path) -> Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let prefix = format!(".{}.partial-", path.file_name().unwrap_or_default().to_string_lossy());
    let entries = match fs::read_dir(folder) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other.map_err(|e| FileError::io(folder, e))?,
    };
    for entry in entries {
        let entry = entry.map_err(|e| FileError::io(folder, e))?;
        if entry.file_name().to_string_lossy().starts_with(&prefix) {
            fs::remove_file(entry.path()).map_err(|e| FileError::io(entry.path(), e))?;
        }
    }
    Ok(())
}

/// A buffered file that takes its name when [`AtomicFile::commit`] is called, and is gone when it
/// is dropped before.
///
/// ```
/// use std::io::Write;
/// use wgs_formats::output::AtomicFile;
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("summary.tsv");
/// let mut file = AtomicFile::create(&path)?;
/// file.write_all(b"a\tb\n")?;
/// assert!(!path.exists());
/// file.commit()?;
/// assert_eq!(std::fs::read(&path)?, b"a\tb\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct AtomicFile {
    path: PathBuf,
    partial: Partial,
    writer: BufWriter<File>,
}

/// A file that is removed on drop unless it was given away.
#[derive(Debug)]
struct Partial(PathBuf);

impl Drop for Partial {
    fn drop(&mut self) {
        // Nothing can be done about a failure here; `remove_partials` tries again.
        let _ = fs::remove_file(&self.0);
    }
}

impl AtomicFile {
    /// Opens a partial file beside `path`, whose folder must exist.
    pub fn create(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref().to_owned();
        let partial = Partial(partial_path(&path));
        #[expect(clippy::disallowed_methods, reason = "this is the one place that may")]
        let file = File::create(&partial.0).map_err(|e| FileError::io(&path, e))?;
        Ok(Self { path, partial, writer: BufWriter::with_capacity(1 << 18, file) })
    }

    /// The final name.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Flushes, syncs and renames.
    pub fn commit(mut self) -> Result<()> {
        self.writer.flush().map_err(|e| FileError::io(&self.path, e))?;
        publish(&self.partial.0, &self.path)
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// Writes a whole small file atomically.
pub fn write(path: &Path, content: impl AsRef<[u8]>) -> Result<()> {
    let mut file = AtomicFile::create(path)?;
    file.write_all(content.as_ref()).map_err(|e| FileError::io(path, e))?;
    file.commit()
}

/// Writes a value as indented JSON with a final line feed, atomically.
pub fn write_json(path: &Path, value: &impl serde::Serialize) -> Result<()> {
    let mut text = serde_json::to_string_pretty(value)
        .map_err(|e| FileError::invalid(path, format!("cannot be written as JSON: {e}")))?;
    text.push('\n');
    write(path, text)
}

/// Reads a JSON file.
pub fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T> {
    let text = fs::read(path).map_err(|e| FileError::io(path, e))?;
    serde_json::from_slice(&text).map_err(|e| FileError::invalid(path, e.to_string()))
}

/// Makes a folder and those above it.
pub fn create_folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(|e| FileError::io(path, e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_remains_of_a_dropped_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        let mut file = AtomicFile::create(&path).unwrap();
        file.write_all(b"half").unwrap();
        drop(file);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn partials_of_dead_processes_are_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        for name in [".x.partial-1", ".x.partial-22", "x", ".xy.partial-1"] {
            write(&folder.path().join(name), "").unwrap();
        }
        remove_partials(&path).unwrap();
        let mut names: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, [".xy.partial-1", "x"]);
    }
}
