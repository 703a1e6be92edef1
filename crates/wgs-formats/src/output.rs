//! Outputs that appear under their final name only when they are whole.
//!
//! Everything is written to a temporary file in the same folder, synced, and renamed. A program
//! that dies on the way leaves at most a `.NAME.partial-PID` behind, which [`remove_partials`]
//! clears away.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Read, Seek, SeekFrom, Write},
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
    File::open(folder_of(path))?.sync_all()
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Removes what interrupted writers of `path` left behind, whatever process they were.
pub fn remove_partials(path: &Path) -> Result<()> {
    remove_partials_of(path, |_| true)
}

/// As [`remove_partials`], but spares those of processes that are alive on this machine, as
/// `/proc` tells; where there is none, all.
pub fn remove_dead_partials(path: &Path) -> Result<()> {
    let processes = Path::new("/proc");
    if !processes.join("self").exists() {
        return Ok(());
    }
    remove_partials_of(path, |process| {
        process.parse::<u32>().is_ok_and(|id| !processes.join(id.to_string()).exists())
    })
}

fn remove_partials_of(path: &Path, which: impl Fn(&str) -> bool) -> Result<()> {
    let folder = folder_of(path);
    let prefix = format!(".{}.partial-", path.file_name().unwrap_or_default().to_string_lossy());
    let entries = match fs::read_dir(folder) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other.map_err(|e| FileError::io(folder, e))?,
    };
    for entry in entries {
        let entry = entry.map_err(|e| FileError::io(folder, e))?;
        if entry.file_name().to_string_lossy().strip_prefix(&prefix).is_some_and(&which) {
            remove(&entry.path())?;
        }
    }
    Ok(())
}

/// Removes a file that may be there.
fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(FileError::io(path, e)),
        _ => Ok(()),
    }
}

/// Gives files that belong together, in one folder, their names in this order: the one that the
/// others describe comes last.
///
/// What had these names before is removed first, from the last on, and so is what is `stale`.
/// Whenever the process ends, no old file lies beside a new one, and where the last is, all are.
pub(crate) fn publish_together(mut files: Vec<AtomicFile>, stale: &[PathBuf]) -> Result<()> {
    files.iter_mut().try_for_each(AtomicFile::sync)?;
    for old in files.iter().rev().map(AtomicFile::path).chain(stale.iter().map(PathBuf::as_path)) {
        remove(old)?;
        sync_folder(old).map_err(|e| FileError::io(old, e))?;
    }
    files.into_iter().try_for_each(AtomicFile::commit)
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

    /// Takes over the file that a writer of its own made at [`partial_path`].
    pub(crate) fn adopt(path: &Path) -> Result<Self> {
        let partial = Partial(partial_path(path));
        let file = File::options().append(true).open(&partial.0);
        let writer = BufWriter::new(file.map_err(|e| FileError::io(path, e))?);
        Ok(Self { path: path.to_owned(), partial, writer })
    }

    /// The final name.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn sync(&mut self) -> Result<()> {
        let synced = self.writer.flush().and_then(|()| self.writer.get_ref().sync_all());
        synced.map_err(|e| FileError::io(&self.path, e))
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

/// Whether a file to which lines are added ends within one, as a killed process leaves it: the next
/// line must not be added to that. What is no regular file, or empty, does not.
///
/// The file is read at its end, which matters to nobody who appends.
///
/// # Errors
///
/// If it cannot be read.
pub fn ends_within_line(mut file: &File) -> io::Result<bool> {
    let metadata = file.metadata()?;
    if !metadata.is_file() || metadata.len() == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_without_an_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines");
        for (text, expected) in [("", false), ("a\n", false), ("a", true), ("a\nb", true)] {
            write(&path, text).unwrap();
            assert_eq!(
                ends_within_line(&File::open(&path).unwrap()).unwrap(),
                expected,
                "{text:?}"
            );
        }
        assert!(!ends_within_line(&File::open(folder.path()).unwrap()).unwrap());
    }

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

    #[test]
    fn partials_of_living_processes_are_spared() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        let own = partial_path(&path);
        // No process has an id this large (proc(5): at most 2^22).
        let dead = folder.path().join(".x.partial-4294967295");
        let odd = folder.path().join(".x.partial-copy");
        for name in [&own, &dead, &odd] {
            write(name, "").unwrap();
        }
        remove_dead_partials(&path).unwrap();
        assert_eq!([own, dead, odd].map(|p| p.exists()), [true, false, true]);
    }

    #[test]
    fn what_ends_while_files_are_published_leaves_no_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let names = ["x.idx", "x.md5", "x", "x.other"].map(|name| folder.path().join(name));
        for name in &names {
            write(name, "old").unwrap();
        }
        let make = |name: &PathBuf| {
            let mut file = AtomicFile::create(name).unwrap();
            file.write_all(b"new").unwrap();
            file
        };
        let files: Vec<AtomicFile> = names[..3].iter().map(make).collect();
        fs::remove_file(partial_path(&names[1])).unwrap();
        publish_together(files, &names[3..]).unwrap_err();
        assert_eq!(names.each_ref().map(|p| p.exists()), [true, false, false, false]);
        assert_eq!(fs::read(&names[0]).unwrap(), b"new");

        publish_together(names[..3].iter().map(make).collect(), &[]).unwrap();
        assert!(names[..3].iter().all(|name| fs::read(name).unwrap() == b"new"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }
}
