//! Up to where a feed is delivered, and what comes next.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use wgs_core::{CaseId, ErrorKind, SampleId};
use wgs_formats::{FileError, Result, output};

use crate::status::StateLine;

/// Bytes of a feed that are looked at together.
const WINDOW_BYTES: u64 = 256 << 10;

/// What `FEED.cursor` holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    /// Bytes of the feed that are delivered.
    pub(crate) offset: u64,
    /// Number of the last line that is delivered.
    pub(crate) sequence: u64,
}

/// Lines to be delivered together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Batch {
    /// States that are final, and the last one of each sample and stage.
    pub(crate) lines: Vec<StateLine>,
    /// Where the feed is delivered up to, once these are.
    pub(crate) after: Cursor,
}

impl Cursor {
    fn path(feed: &Path) -> PathBuf {
        let mut name = feed.as_os_str().to_owned();
        name.push(".cursor");
        name.into()
    }

    /// Where the delivery of a feed stands; at its start where nothing was delivered.
    pub(crate) fn read(feed: &Path) -> Result<Self> {
        match output::read_json(&Self::path(feed)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self::default()),
            read => read,
        }
    }

    pub(crate) fn write(&self, feed: &Path) -> Result<()> {
        output::write_json(&Self::path(feed), self)
    }

    /// The next lines of a feed; none where all is delivered. A feed that was replaced is taken
    /// from its start.
    pub(crate) fn next(self, feed: &Path) -> Result<Option<Batch>> {
        self.read_window(feed).map_err(|e| FileError::io(feed, e))
    }

    fn read_window(self, feed: &Path) -> io::Result<Option<Batch>> {
        let mut file = File::open(feed)?;
        let length = file.metadata()?.len();
        let (bytes, start) = match self.offset {
            offset if offset > length => (window(&mut file, 0)?, 0),
            offset => (window(&mut file, offset)?, offset),
        };
        let Some(lines) = whole_lines(&bytes) else { return Ok(None) };
        let states: Vec<StateLine> = lines
            .split(|&b| b == b'\n')
            .filter_map(|line| serde_json::from_slice(line).ok())
            .collect();
        let replaced = start > 0 && states.first().is_some_and(|s| s.sequence <= self.sequence);
        if replaced {
            return Self { offset: 0, ..self }.read_window(feed);
        }
        let sequence = states.last().map_or(self.sequence, |state| state.sequence);
        let after = Self { offset: start + lines.len() as u64, sequence };
        Ok(Some(Batch { lines: coalesce(states), after }))
    }

    /// Bytes of a feed that are not delivered.
    pub(crate) fn behind(self, feed: &Path) -> u64 {
        std::fs::metadata(feed).map_or(0, |metadata| metadata.len().saturating_sub(self.offset))
    }
}

fn window(file: &mut File, offset: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::new();
    file.take(WINDOW_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Up to the last line feed; all of a window without any, which no line of a feed fills.
fn whole_lines(bytes: &[u8]) -> Option<&[u8]> {
    match bytes.iter().rposition(|&b| b == b'\n') {
        Some(last) => Some(&bytes[..=last]),
        None if bytes.len() as u64 == WINDOW_BYTES => Some(bytes),
        None => None,
    }
}

/// Leaves out states that are not final and that a later line supersedes.
fn coalesce(states: Vec<StateLine>) -> Vec<StateLine> {
    type Key = (String, CaseId, Option<SampleId>, String);
    let key = |s: &StateLine| -> Key {
        (s.run.clone(), s.case.clone(), s.sample.clone(), s.stage.clone())
    };
    let last: BTreeMap<Key, u64> = states.iter().map(|s| (key(s), s.sequence)).collect();
    let stays = |s: &StateLine| s.state.is_final() || last.get(&key(s)) == Some(&s.sequence);
    states.into_iter().filter(stays).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::State;

    fn line(sequence: u64, sample: &str, state: State) -> String {
        let line = StateLine {
            time: "2026-11-20T09:30:00.125Z".parse().unwrap(),
            run: "r".into(),
            case: "C1".parse().unwrap(),
            sample: Some(sample.parse().unwrap()),
            stage: "reads".into(),
            state,
            attempt: 1,
            sequence,
        };
        serde_json::to_string(&line).unwrap() + "\n"
    }

    fn sequences(batch: &Batch) -> Vec<u64> {
        batch.lines.iter().map(|line| line.sequence).collect()
    }

    #[test]
    fn superseded_states_are_left_out_but_no_final_one() {
        let folder = tempfile::tempdir().unwrap();
        let feed = folder.path().join("feed");
        let text = [
            line(1, "A", State::Queued),
            line(2, "A", State::Running),
            line(3, "B", State::Queued),
            line(4, "A", State::Failed),
            line(5, "A", State::Running),
            line(6, "A", State::Done),
            line(7, "B", State::Running),
        ]
        .concat();
        output::write(&feed, format!("{text}{{\"torn").as_bytes()).unwrap();
        let cursor = Cursor::read(&feed).unwrap();
        let batch = cursor.next(&feed).unwrap().unwrap();
        assert_eq!(sequences(&batch), [4, 6, 7]);
        assert_eq!(batch.after, Cursor { offset: text.len() as u64, sequence: 7 });
        batch.after.write(&feed).unwrap();
        let cursor = Cursor::read(&feed).unwrap();
        assert_eq!(cursor.next(&feed).unwrap(), None, "a line without an end is none yet");
    }

    #[test]
    fn a_feed_that_was_replaced_is_taken_from_its_start() {
        let folder = tempfile::tempdir().unwrap();
        let feed = folder.path().join("feed");
        output::write(&feed, line(5, "A", State::Done)).unwrap();
        let shorter = Cursor { offset: 10_000, sequence: 4 };
        assert_eq!(sequences(&shorter.next(&feed).unwrap().unwrap()), [5]);
        let first = line(1, "A", State::Done);
        output::write(&feed, first.clone() + &line(2, "B", State::Done)).unwrap();
        let longer = Cursor { offset: first.len() as u64, sequence: 7 };
        assert_eq!(sequences(&longer.next(&feed).unwrap().unwrap()), [1, 2]);
    }

    #[test]
    fn what_is_no_line_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let feed = folder.path().join("feed");
        let noise = "x".repeat(2 * WINDOW_BYTES as usize + 10);
        output::write(&feed, format!("{noise}\n{}", line(1, "A", State::Done))).unwrap();
        let mut cursor = Cursor::default();
        let mut found = Vec::new();
        while let Some(batch) = cursor.next(&feed).unwrap() {
            found.extend(sequences(&batch));
            cursor = batch.after;
        }
        assert_eq!(found, [1]);
        assert_eq!(cursor.behind(&feed), 0);
    }
}
