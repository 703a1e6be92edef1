//! The file of states.

use std::{
    fs::{self, File, Metadata, TryLockError},
    io::{Read, Seek, SeekFrom},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use wgs_core::ErrorKind;
use wgs_engine::Event;
use wgs_formats::{FileError, Result, output::ends_within_line};

use super::{StateLine, states::Change};
use crate::{
    lines::{Lines, open},
    webhook::cursor::Cursor,
};

/// Bytes at the end of a file in which its last whole line is looked for.
const TAIL_BYTES: u64 = 64 << 10;

/// A file of [`StateLine`]s to which this process alone adds.
pub(super) struct FeedFile {
    path: PathBuf,
    /// Device and inode.
    id: (u64, u64),
    run: String,
    sequence: u64,
    lines: Lines,
    problem: Option<String>,
    /// Of a file beside the feed, which nobody renames as feeds are.
    _lock: File,
}

impl FeedFile {
    pub(super) fn open(path: &Path, run: &str) -> Result<Self> {
        let (file, id) = regular(path)?;
        let lock = lock(path)?;
        let sequence = last_sequence(&file).map_err(|e| FileError::io(path, e))?;
        let sequence = sequence.max(Cursor::read(path)?.sequence);
        let lines = lines(path, file)?;
        let (path, run) = (path.to_owned(), run.to_owned());
        Ok(Self { path, id, run, sequence, lines, problem: None, _lock: lock })
    }

    /// Goes on in a new file where this one was renamed or removed. If that cannot be, lines are
    /// added to the one that is open, and that is told.
    fn follow(&mut self) {
        if fs::metadata(&self.path).is_ok_and(|metadata| id(&metadata) == self.id) {
            return;
        }
        let next = regular(&self.path).and_then(|(file, id)| Ok((lines(&self.path, file)?, id)));
        self.problem = self.problem().map(str::to_owned);
        match next {
            Ok((lines, id)) => (self.lines, self.id) = (lines, id),
            Err(error) => {
                self.problem.get_or_insert_with(|| {
                    format!("{error}; lines were added to the feed that had its name before")
                });
            }
        }
    }

    pub(super) fn add(&mut self, event: &Event, change: Change) {
        self.follow();
        self.sequence += 1;
        let Change { sample, stage, state, attempt } = change;
        let (case, run) = (event.case.clone(), self.run.clone());
        let sequence = self.sequence;
        let line =
            StateLine { time: event.time, run, case, sample, stage, state, attempt, sequence };
        let line = serde_json::to_string(&line).expect("text and numbers are always JSON");
        self.lines.add(&line);
    }

    pub(super) fn problem(&self) -> Option<&str> {
        self.problem.as_deref().or(self.lines.problem())
    }
}

fn id(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

/// Opens a feed, with what tells it from others.
fn regular(path: &Path) -> Result<(File, (u64, u64))> {
    let file = open(path)?;
    let metadata = file.metadata().map_err(|e| FileError::io(path, e))?;
    if !metadata.is_file() {
        let reason = "is no regular file; the feed is read again to deliver it";
        return Err(FileError::new(path, ErrorKind::Usage, reason));
    }
    Ok((file, id(&metadata)))
}

/// Makes sure that no other process adds to the feed, by whatever links it names it, or delivers it,
/// until the lock is dropped. The feed must be there.
fn lock(path: &Path) -> Result<File> {
    let mut beside = path.canonicalize().map_err(|e| FileError::io(path, e))?.into_os_string();
    beside.push(".lock");
    let file = open(Path::new(&beside))?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => {
            let reason = "another run adds to this feed";
            Err(FileError::new(path, ErrorKind::Usage, reason)
                .hint("give each run that is under way at the same time a feed of its own"))
        }
        // Where a file system has no locks, order is up to whoever starts runs.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(file),
    }
}

fn lines(path: &Path, file: File) -> Result<Lines> {
    let torn = ends_within_line(&file).map_err(|e| FileError::io(path, e))?;
    Ok(Lines::new(path.display().to_string(), Box::new(file), torn))
}

/// The number of the last line that is whole; 0 where there is none.
fn last_sequence(mut file: &File) -> std::io::Result<u64> {
    let from = file.metadata()?.len().saturating_sub(TAIL_BYTES);
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let mut lines = bytes.split(|&b| b == b'\n').rev();
    let last = lines.find_map(|line| serde_json::from_slice::<StateLine>(line).ok());
    Ok(last.map_or(0, |line| line.sequence))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_feed_is_the_same_by_any_of_its_names() {
        let room = tempfile::tempdir().unwrap();
        let real = room.path().join("real");
        fs::create_dir(&real).unwrap();
        let feed = real.join("feed.jsonl");
        let (link, folder) = (room.path().join("link.jsonl"), room.path().join("folder"));
        symlink(&feed, &link).unwrap();
        symlink(&real, &folder).unwrap();
        let held = FeedFile::open(&link, "run").unwrap();
        for name in [&feed, &folder.join("feed.jsonl"), &link] {
            let refused = FeedFile::open(name, "other").err().unwrap();
            assert!(refused.to_string().contains("another run adds"), "{refused}");
        }
        drop(held);
        assert!(FeedFile::open(&feed, "other").is_ok());
        assert!(FeedFile::open(&real.join("another.jsonl"), "other").is_ok());
    }
}
