//! The file of states.

use std::{
    fs::{File, TryLockError},
    io::{Read, Seek, SeekFrom},
    path::Path,
};

use wgs_core::ErrorKind;
use wgs_engine::Event;
use wgs_formats::{FileError, Result};

use super::{StateLine, states::Change};
use crate::{
    lines::{Lines, ends_within_line, open},
    webhook::cursor::Cursor,
};

/// Bytes at the end of a file in which its last whole line is looked for.
const TAIL_BYTES: u64 = 64 << 10;

/// A file of [`StateLine`]s to which this process alone adds.
pub(super) struct FeedFile {
    run: String,
    sequence: u64,
    lines: Lines,
}

impl FeedFile {
    pub(super) fn open(path: &Path, run: &str) -> Result<Self> {
        let io = |e| FileError::io(path, e);
        let file = open(path)?;
        if !file.metadata().map_err(io)?.is_file() {
            let reason = "is no regular file; the feed is read again to deliver it";
            return Err(FileError::new(path, ErrorKind::Usage, reason));
        }
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                let reason = "another run adds to this feed";
                return Err(FileError::new(path, ErrorKind::Usage, reason)
                    .hint("give each run that is under way at the same time a feed of its own"));
            }
            // Where a file system has no locks, order is up to whoever starts runs.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        let torn = ends_within_line(&file).map_err(io)?;
        let sequence = last_sequence(&file).map_err(io)?.max(Cursor::read(path)?.sequence);
        let lines = Lines::new(path.display().to_string(), Box::new(file), torn);
        Ok(Self { run: run.to_owned(), sequence, lines })
    }

    pub(super) fn add(&mut self, event: &Event, change: Change) {
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
        self.lines.problem()
    }
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
