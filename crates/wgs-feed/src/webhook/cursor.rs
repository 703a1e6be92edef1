//! Up to where a feed is delivered, and what comes next.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use wgs_core::{CaseId, ErrorKind, SampleId};
use wgs_formats::{Result, digest, output};

use crate::status::StateLine;

/// Bytes of a feed that are looked at together.
const WINDOW_BYTES: u64 = 256 << 10;
/// Bytes of the first line that tell a feed from others.
const FIRST_BYTES: u64 = 4 << 10;

/// What `FEED.cursor` holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    /// Bytes of the feed that are delivered.
    pub(crate) offset: u64,
    /// Number of the last line that is delivered.
    pub(crate) sequence: u64,
    /// The beginning of the digest of the feed's first line, by which a file is known that took the
    /// place of another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) first: Option<u64>,
}

/// Lines to be delivered together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Batch {
    /// States that are final, and the last one of each sample and stage.
    pub(crate) lines: Vec<StateLine>,
    /// Where the feed is delivered up to, once these are.
    pub(crate) after: Cursor,
    /// Whether the feed is another than the one of which lines were delivered.
    pub(crate) replaced: bool,
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

    /// The next lines of a feed; none where all is delivered. One that was replaced, or emptied and
    /// begun anew, is taken from its start.
    pub(crate) fn next(self, file: &mut File) -> io::Result<Option<Batch>> {
        let first = first_line(file)?;
        let replaced = !self.goes_on(file, first)?;
        let start = if replaced { 0 } else { self.offset };
        let bytes = window(file, start)?;
        let Some(lines) = whole_lines(&bytes) else { return Ok(None) };
        let states = states(lines);
        let sequence = states.last().map_or(self.sequence, |state| state.sequence);
        let after = Self { offset: start + lines.len() as u64, sequence, first };
        Ok(Some(Batch { lines: coalesce(states), after, replaced }))
    }

    /// Whether a file is the one of which lines were delivered, and still holds these.
    fn goes_on(self, file: &mut File, first: Option<u64>) -> io::Result<bool> {
        if self.offset == 0 {
            return Ok(true);
        }
        if self.offset > file.metadata()?.len() {
            return Ok(false);
        }
        if self.first.is_some() {
            return Ok(self.first == first);
        }
        // Of a version that did not remember it.
        let bytes = window(file, self.offset)?;
        let next = whole_lines(&bytes).map(states).unwrap_or_default().into_iter().next();
        Ok(next.is_none_or(|next| next.sequence > self.sequence))
    }

    /// The same for a file of which nothing is delivered yet.
    pub(crate) fn of_new_file(self) -> Self {
        Self { offset: 0, first: None, ..self }
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

fn states(lines: &[u8]) -> Vec<StateLine> {
    let lines = lines.split(|&b| b == b'\n');
    lines.filter_map(|line| serde_json::from_slice(line).ok()).collect()
}

/// What tells the first line of a file from others, once it is whole.
fn first_line(file: &mut File) -> io::Result<Option<u64>> {
    file.seek(SeekFrom::Start(0))?;
    let mut bytes = Vec::new();
    file.take(FIRST_BYTES).read_to_end(&mut bytes)?;
    let end = bytes.iter().position(|&b| b == b'\n');
    let end = end.or((bytes.len() as u64 == FIRST_BYTES).then_some(bytes.len()));
    let digest = |end: usize| digest::sha256_bytes(&bytes[..end]);
    // 48 bits, which every reader of JSON takes for a whole number.
    Ok(end.map(digest).and_then(|digest| u64::from_str_radix(&digest[..12], 16).ok()))
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

    fn next(cursor: Cursor, feed: &Path) -> Option<Batch> {
        cursor.next(&mut File::open(feed).unwrap()).unwrap()
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
        let batch = next(cursor, &feed).unwrap();
        assert_eq!(sequences(&batch), [4, 6, 7]);
        assert_eq!((batch.after.offset, batch.after.sequence), (text.len() as u64, 7));
        batch.after.write(&feed).unwrap();
        let cursor = Cursor::read(&feed).unwrap();
        assert_eq!(next(cursor, &feed), None, "a line without an end is none yet");
    }

    #[test]
    fn a_feed_that_was_replaced_is_taken_from_its_start() {
        let folder = tempfile::tempdir().unwrap();
        let feed = folder.path().join("feed");
        let text: String = (1..=9).map(|n| line(n, "A", State::Done)).collect();
        output::write(&feed, &text).unwrap();
        let cursor = next(Cursor::default(), &feed).unwrap().after;
        assert_eq!(next(cursor, &feed), None);

        // Shorter; longer, with numbers that go on; and longer with a line across the old place.
        for first in [10, 10_000] {
            let one = line(first, "A", State::Done);
            for count in [1, 30] {
                let lines = (first..first + count).map(|n| line(n, "B", State::Done));
                output::write(&feed, one.clone() + &lines.collect::<String>()).unwrap();
                let batch = next(cursor, &feed).unwrap();
                assert!(batch.replaced);
                assert_eq!(batch.lines.len() as u64, 1 + count);
                assert_eq!(next(batch.after, &feed), None);
            }
        }
        output::write(&feed, "").unwrap();
        assert_eq!(next(cursor, &feed), None, "emptied, and nothing new is in it");
    }

    /// Numbers of a feed that begin anew, as when feeds were joined, are no other feed.
    #[test]
    fn no_feed_is_delivered_again_and_again() {
        let folder = tempfile::tempdir().unwrap();
        let feed = folder.path().join("feed");
        let lines = |n| (1..=n).map(|n| line(n, "A", State::Done)).collect::<String>();
        let text = lines(5);
        output::write(&feed, &text).unwrap();
        let cursor = next(Cursor::default(), &feed).unwrap().after;
        output::write(&feed, text + &lines(2)).unwrap();
        let batch = next(cursor, &feed).unwrap();
        assert_eq!((sequences(&batch), batch.replaced), (vec![1, 2], false));
    }

    #[test]
    fn cursors_of_earlier_versions() {
        let folder = tempfile::tempdir().unwrap();
        let feed = folder.path().join("feed");
        let first = line(1, "A", State::Done);
        output::write(&feed, first.clone() + &line(2, "B", State::Done)).unwrap();
        let old = Cursor { offset: first.len() as u64, sequence: 7, first: None };
        assert_eq!(sequences(&next(old, &feed).unwrap()), [1, 2]);
        let old = Cursor { sequence: 1, ..old };
        assert_eq!(sequences(&next(old, &feed).unwrap()), [2]);
    }

    #[test]
    fn what_is_no_line_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let feed = folder.path().join("feed");
        let noise = "x".repeat(2 * WINDOW_BYTES as usize + 10);
        output::write(&feed, format!("{noise}\n{}", line(1, "A", State::Done))).unwrap();
        let mut cursor = Cursor::default();
        let mut found = Vec::new();
        while let Some(batch) = next(cursor, &feed) {
            found.extend(sequences(&batch));
            cursor = batch.after;
        }
        assert_eq!(found, [1]);
        assert_eq!(cursor.behind(&feed), 0);
    }
}
