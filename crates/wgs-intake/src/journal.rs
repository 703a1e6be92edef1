//! What an intake remembers: digests of files it has read, files it has seen arriving, files it has
//! moved away.
//!
//! Lines of JSON, only ever appended, each synced before anything follows from it. A line that was
//! cut off, by a crash or by a full disk while the intake goes on, is closed before the next one is
//! added; what it told is found out again. The state is of the user's own
//! folder and holds file names, digests and read names, nothing of persons.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use wgs_formats::{FileError, Result, output};

use crate::{content::Content, list::parse::Digest, problem::Problem, scan::Stat};

/// Lines beyond which a journal is written anew if most of them are out of date.
const COMPACT_FROM: usize = 10_000;
/// How every line begins, which no text within a line can.
const BEGIN: &[u8] = b"{\"what\":\"";

/// A file that was moved to the folder of the quarantine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Moved {
    pub(crate) to: PathBuf,
    pub(crate) problem: Problem,
    /// Digests that lists had for it.
    pub(crate) expected: Vec<Digest>,
    /// The flow cell that its reads told of.
    pub(crate) flow_cell: Option<String>,
    /// Whether no pair of its name lay beside it.
    #[serde(default)]
    pub(crate) was_alone: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
enum Line {
    Checked { file: String, stat: Stat, content: Box<Content> },
    Seen { file: String, stat: Stat, at_s: u64 },
    Moved { file: String, moved: Box<Moved> },
    Returned { file: String },
}

/// The journal of a state folder; files are named by their absolute path.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
    /// Whether the last line of the file may lack its end.
    torn: bool,
    checked: BTreeMap<String, (Stat, Content)>,
    seen: BTreeMap<String, (Stat, u64)>,
    moved: BTreeMap<String, Moved>,
}

impl Journal {
    /// Opens a journal, which need not be there.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let bytes = match fs::read(path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Vec::new(),
            other => other.map_err(|e| FileError::io(path, e))?,
        };
        let file = OpenOptions::new().append(true).create(true).open(path);
        let file = file.map_err(|e| FileError::io(path, e))?;
        let whole = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        if whole < bytes.len() {
            file.set_len(whole as u64).map_err(|e| FileError::io(path, e))?;
        }
        let mut journal = Self {
            path: path.to_owned(),
            file,
            torn: false,
            checked: BTreeMap::new(),
            seen: BTreeMap::new(),
            moved: BTreeMap::new(),
        };
        let mut lines = 0;
        for line in bytes[..whole].split(|b| *b == b'\n').filter(|line| !line.is_empty()) {
            lines += 1;
            // What cannot be read is found out again.
            if let Some(line) = parse(line) {
                journal.take(line);
            }
        }
        if lines > COMPACT_FROM && lines > 4 * journal.live() {
            journal.compact()?;
        }
        Ok(journal)
    }

    fn live(&self) -> usize {
        self.checked.len() + self.seen.len() + self.moved.len()
    }

    fn take(&mut self, line: Line) {
        match line {
            Line::Checked { file, stat, content } => {
                self.seen.remove(&file);
                self.checked.insert(file, (stat, *content));
            }
            Line::Seen { file, stat, at_s } => drop(self.seen.insert(file, (stat, at_s))),
            Line::Moved { file, moved } => {
                self.checked.remove(&file);
                self.moved.insert(file, *moved);
            }
            Line::Returned { file } => drop(self.moved.remove(&file)),
        }
    }

    fn compact(&mut self) -> Result<()> {
        let checked = self.checked.clone().into_iter().map(|(file, (stat, content))| {
            Line::Checked { file, stat, content: Box::new(content) }
        });
        let seen = self.seen.clone().into_iter();
        let seen = seen.map(|(file, (stat, at_s))| Line::Seen { file, stat, at_s });
        let moved = self.moved.clone().into_iter();
        let moved = moved.map(|(file, moved)| Line::Moved { file, moved: Box::new(moved) });
        let mut text = Vec::new();
        for line in checked.chain(seen).chain(moved) {
            text.extend(self.text(&line)?);
        }
        output::write(&self.path, text)?;
        let file = OpenOptions::new().append(true).open(&self.path);
        self.file = file.map_err(|e| FileError::io(&self.path, e))?;
        Ok(())
    }

    fn text(&self, line: &Line) -> Result<Vec<u8>> {
        let failed = |e: serde_json::Error| FileError::invalid(&self.path, e.to_string());
        let mut text = serde_json::to_vec(line).map_err(failed)?;
        text.push(b'\n');
        Ok(text)
    }

    fn append(&mut self, line: Line) -> Result<()> {
        let mut text = self.text(&line)?;
        if self.torn {
            text.insert(0, b'\n');
        }
        let written = self.file.write_all(&text).and_then(|()| self.file.sync_data());
        self.torn = written.is_err();
        written.map_err(|e| FileError::io(&self.path, e))?;
        self.take(line);
        Ok(())
    }

    /// What was found in a file, if it is still the same.
    pub(crate) fn checked(&self, file: &str, stat: &Stat) -> Option<&Content> {
        self.checked.get(file).filter(|(known, _)| known == stat).map(|(_, content)| content)
    }

    /// Remembers what was found in a file.
    pub(crate) fn put_checked(&mut self, file: &str, stat: Stat, content: Content) -> Result<()> {
        self.append(Line::Checked { file: file.to_owned(), stat, content: Box::new(content) })
    }

    /// When a file was first seen as it is, by the own clock.
    pub(crate) fn seen(&self, file: &str, stat: &Stat) -> Option<u64> {
        self.seen.get(file).filter(|(known, _)| known == stat).map(|(_, at_s)| *at_s)
    }

    /// Remembers that a file was seen as it is.
    pub(crate) fn put_seen(&mut self, file: &str, stat: Stat, at_s: u64) -> Result<()> {
        self.append(Line::Seen { file: file.to_owned(), stat, at_s })
    }

    /// Files that were moved away, and for which no other has come.
    pub(crate) fn moved(&self) -> &BTreeMap<String, Moved> {
        &self.moved
    }

    /// Remembers that a file is about to be moved.
    pub(crate) fn put_moved(&mut self, file: &str, moved: Moved) -> Result<()> {
        self.append(Line::Moved { file: file.to_owned(), moved: Box::new(moved) })
    }

    /// Forgets that a file was moved: another has come for it.
    pub(crate) fn put_returned(&mut self, file: &str) -> Result<()> {
        self.append(Line::Returned { file: file.to_owned() })
    }
}

/// The line, or the one that was added to a line without an end.
fn parse(bytes: &[u8]) -> Option<Line> {
    let last = bytes.windows(BEGIN.len()).rposition(|part| part == BEGIN);
    let behind = || serde_json::from_slice(&bytes[last?..]).ok();
    serde_json::from_slice(bytes).ok().or_else(behind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Code;

    fn stat(size: u64) -> Stat {
        Stat { size, mtime_ns: 5, ctime_ns: 6, inode: 7 }
    }

    fn content(md5: &str) -> Content {
        Content {
            md5: md5.into(),
            sha256: "s".into(),
            first: None,
            header: None,
            lacks_end_block: true,
            fault: Some(Problem::new(Code::Damaged, "x")),
            deep: false,
            records: None,
        }
    }

    #[test]
    fn a_journal_that_is_cut_anywhere_is_opened() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let mut journal = Journal::open(&path).unwrap();
        journal.put_seen("/a", stat(1), 100).unwrap();
        journal.put_checked("/a", stat(1), content("m")).unwrap();
        let moved = Moved {
            to: "/q/b".into(),
            problem: Problem::new(Code::Digest, "x"),
            expected: vec![Digest::Md5("0".into())],
            flow_cell: None,
            was_alone: true,
        };
        journal.put_moved("/b", moved).unwrap();
        assert_eq!(journal.seen("/a", &stat(1)), None);
        drop(journal);
        let whole = fs::read(&path).unwrap();
        let again = Journal::open(&path).unwrap();
        assert_eq!(again.checked("/a", &stat(1)), Some(&content("m")));
        assert_eq!(again.checked("/a", &stat(2)), None);
        assert_eq!(again.moved()["/b"].to, Path::new("/q/b"));
        for length in 0..whole.len() {
            output::write(&path, &whole[..length]).unwrap();
            let mut cut = Journal::open(&path).unwrap();
            cut.put_checked("/c", stat(3), content("c")).unwrap();
            drop(cut);
            let again = Journal::open(&path).unwrap();
            assert_eq!(again.checked("/c", &stat(3)).unwrap().md5, "c", "cut at {length}");
        }
    }

    /// A disk that is full for a while, under an intake that watches.
    #[test]
    fn a_line_that_could_not_be_written_harms_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let mut journal = Journal::open(&path).unwrap();
        journal.put_checked("/a", stat(1), content("m")).unwrap();
        let mut whole = std::mem::replace(&mut journal.file, File::open("/dev/null").unwrap());
        assert!(journal.put_checked("/b", stat(1), content("m")).is_err());
        assert_eq!(journal.checked("/b", &stat(1)), None);
        whole.write_all(b"{\"what\":\"checked\",\"fi").unwrap();
        journal.file = whole;
        journal.put_seen("/c", stat(1), 5).unwrap();
        journal.put_seen("/d", stat(1), 6).unwrap();
        drop(journal);
        let again = Journal::open(&path).unwrap();
        assert_eq!(again.checked("/a", &stat(1)), Some(&content("m")));
        assert_eq!((again.seen("/c", &stat(1)), again.seen("/d", &stat(1))), (Some(5), Some(6)));
    }

    #[test]
    fn a_line_that_was_added_to_a_torn_one_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let mut journal = Journal::open(&path).unwrap();
        journal.put_seen("/{\"what\":\"a", stat(1), 5).unwrap();
        drop(journal);
        let line = fs::read(&path).unwrap();
        output::write(&path, [b"{\"what\":\"moved\",\"file\":\"/x", &line[..]].concat()).unwrap();
        let again = Journal::open(&path).unwrap();
        assert_eq!(again.seen("/{\"what\":\"a", &stat(1)), Some(5));
    }

    /// Earlier versions noted the device, whose number changes when a folder is mounted again.
    #[test]
    fn the_device_does_not_matter() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let mut journal = Journal::open(&path).unwrap();
        journal.put_checked("/a", stat(1), content("m")).unwrap();
        drop(journal);
        let text = fs::read_to_string(&path).unwrap();
        let old = text.replace("\"inode\"", "\"device\":9,\"inode\"");
        assert_ne!(old, text);
        output::write(&path, old).unwrap();
        let again = Journal::open(&path).unwrap();
        assert_eq!(again.checked("/a", &stat(1)), Some(&content("m")));
    }

    #[test]
    fn long_journals_are_written_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let mut journal = Journal::open(&path).unwrap();
        journal.put_checked("/a", stat(1), content("m")).unwrap();
        drop(journal);
        let line = fs::read(&path).unwrap();
        let torn = [line.repeat(COMPACT_FROM + 1), b"{\"what\"\n".to_vec()].concat();
        output::write(&path, torn).unwrap();
        let again = Journal::open(&path).unwrap();
        assert_eq!(again.checked("/a", &stat(1)), Some(&content("m")));
        assert_eq!(fs::read(&path).unwrap(), line);
    }
}
