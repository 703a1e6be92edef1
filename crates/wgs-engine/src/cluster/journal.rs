//! The journal of a run: a file of lines that one controller adds to.

use std::{
    fs::{self, File, OpenOptions},
    io::{BufRead, BufReader, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use wgs_formats::{FileError, Result, output};

use super::entry::{Entry, Line};
use crate::Time;

#[cfg(test)]
thread_local! {
    /// Lines that are written on this thread before its controller dies.
    pub(super) static LINES_TO_DEATH: std::cell::Cell<Option<usize>> = const { std::cell::Cell::new(None) };
}

/// A journal that is open for more lines.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    /// Bytes of whole lines that are in the file.
    whole: u64,
    /// Whether there may be half a line after them.
    is_torn: bool,
    pending: Vec<u8>,
    weighty: bool,
    lines: u64,
}

impl Journal {
    /// Opens a journal at its end, and hands its lines to `each`. What a killed controller left
    /// unfinished is cut off.
    pub(super) fn open(path: &Path, mut each: impl FnMut(&Line)) -> Result<Self> {
        let failed = |e| FileError::io(path, e);
        let mut options = OpenOptions::new();
        let file = options.create(true).read(true).append(true).open(path).map_err(failed)?;
        let (whole, lines) = scan(path, &file, 0, &mut each)?;
        if whole < file.metadata().map_err(failed)?.len() {
            file.set_len(whole).map_err(failed)?;
        }
        let (path, pending) = (path.to_owned(), Vec::new());
        Ok(Self { path, file, whole, is_torn: false, pending, weighty: false, lines })
    }

    /// Adds an entry; it is in the file after [`Journal::flush`].
    pub(super) fn add(&mut self, entry: &Entry) -> Result<()> {
        write_line(&mut self.pending, entry).map_err(|e| FileError::io(&self.path, e))?;
        self.weighty |= entry.is_weighty();
        self.lines += 1;
        Ok(())
    }

    /// Whether something was added that is not in the file yet.
    pub(super) fn is_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Writes what was added by one write, and has the disk keep it where it matters. After a
    /// failure another call tries again; it first cuts off what the failed one wrote.
    pub(super) fn flush(&mut self) -> Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        #[cfg(test)]
        self.die_where_told()?;
        let failed = |e| FileError::io(&self.path, e);
        if self.is_torn {
            self.file.set_len(self.whole).map_err(failed)?;
            self.is_torn = false;
        }
        let written = self.file.write_all(&self.pending);
        let kept = match (written, self.weighty) {
            (Ok(()), true) => self.file.sync_data(),
            (written, _) => written,
        };
        if let Err(error) = kept {
            self.is_torn = true;
            return Err(failed(error));
        }
        self.whole += self.pending.len() as u64;
        self.pending.clear();
        self.weighty = false;
        Ok(())
    }

    /// Writes only some of the lines, and half of one, as somebody would who is killed.
    #[cfg(test)]
    fn die_where_told(&mut self) -> Result<()> {
        let Some(left) = LINES_TO_DEATH.get() else { return Ok(()) };
        let lines: Vec<&[u8]> = self.pending.split_inclusive(|&b| b == b'\n').collect();
        if lines.len() <= left {
            LINES_TO_DEATH.set(Some(left - lines.len()));
            return Ok(());
        }
        let mut text = lines[..left].concat();
        text.extend_from_slice(&lines[left][..lines[left].len() / 2]);
        self.file.write_all(&text).map_err(|e| FileError::io(&self.path, e))?;
        LINES_TO_DEATH.set(None);
        Err(FileError::new(&self.path, wgs_core::ErrorKind::TaskFailed, "killed"))
    }

    /// Number of lines.
    pub(super) fn lines(&self) -> u64 {
        self.lines
    }

    /// Puts fewer lines that say the same in place of all; the old file stays under another name.
    pub(super) fn replace(&mut self, entries: impl Iterator<Item = Entry>) -> Result<()> {
        self.flush()?;
        let mut file = output::AtomicFile::create(&self.path)?;
        let mut lines = 0;
        for entry in entries {
            write_line(&mut file, &entry).map_err(|e| FileError::io(&self.path, e))?;
            lines += 1;
        }
        self.keep_old()?;
        file.commit()?;
        let path = self.path.clone();
        *self = Self::open(&path, |_| {})?;
        self.lines = lines;
        Ok(())
    }

    fn keep_old(&self) -> Result<()> {
        for number in 1u32.. {
            let old = self.path.with_extension(format!("{number}.jsonl"));
            match fs::hard_link(&self.path, &old) {
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
                linked => return linked.map_err(|e| FileError::io(&old, e)),
            }
        }
        Ok(())
    }
}

fn write_line(to: &mut impl Write, entry: &Entry) -> std::io::Result<()> {
    /// As [`Line`].
    #[derive(serde::Serialize)]
    struct Written<'a> {
        at: Time,
        #[serde(flatten)]
        entry: &'a Entry,
    }
    serde_json::to_writer(&mut *to, &Written { at: Time::now(), entry })?;
    to.write_all(b"\n")
}

/// Hands every whole line of a journal to `each`; nothing where there is no journal.
///
/// # Errors
///
/// A file that cannot be read, or a line within it that is none.
pub fn read_journal(path: &Path, mut each: impl FnMut(&Line)) -> Result<()> {
    match File::open(path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
        opened => {
            let file = opened.map_err(|e| FileError::io(path, e))?;
            scan(path, &file, 0, &mut each).map(drop)
        }
    }
}

/// Reads whole lines from a place on; where they end, and how many they are. A last line that is
/// not whole, or no entry, was being written when its writer died.
fn scan(path: &Path, file: &File, from: u64, each: &mut dyn FnMut(&Line)) -> Result<(u64, u64)> {
    let failed = |e| FileError::io(path, e);
    let mut reader = BufReader::with_capacity(1 << 18, file);
    reader.seek(SeekFrom::Start(from)).map_err(failed)?;
    let (mut at, mut lines) = (from, 0);
    let mut line = Vec::new();
    loop {
        line.clear();
        let n = reader.by_ref().read_until(b'\n', &mut line).map_err(failed)?;
        if line.last() != Some(&b'\n') {
            return Ok((at, lines));
        }
        match serde_json::from_slice::<Line>(&line) {
            Ok(line) => each(&line),
            Err(_) if reader.fill_buf().map_err(failed)?.is_empty() => return Ok((at, lines)),
            Err(error) => {
                let reason = format!("line {}: {error}", lines + 1);
                let hint = "it was written by another version, or damaged; \
                            move it away and submit again: what is done is found again";
                return Err(FileError::invalid(path, reason).hint(hint));
            }
        }
        at += n as u64;
        lines += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(path: &Path) -> Vec<Entry> {
        let mut found = Vec::new();
        read_journal(path, |line| found.push(line.entry.clone())).unwrap();
        found
    }

    fn down(words: &str) -> Entry {
        Entry::Down { words: words.into() }
    }

    #[test]
    fn a_torn_line_is_cut_off_and_the_rest_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        assert_eq!(entries(&path), []);
        let mut journal = Journal::open(&path, |_| {}).unwrap();
        journal.add(&down("a")).unwrap();
        journal.add(&Entry::Up).unwrap();
        assert_eq!(entries(&path), []);
        journal.flush().unwrap();
        let whole = fs::read(&path).unwrap();
        for torn in [&br#"{"at":"2026-"#[..], b"{}\n", b"\0\0\0\0\n"] {
            output::write(&path, [&whole[..], torn].concat()).unwrap();
            assert_eq!(entries(&path), [down("a"), Entry::Up]);
            let mut journal = Journal::open(&path, |_| {}).unwrap();
            assert_eq!(journal.lines(), 2);
            journal.add(&down("b")).unwrap();
            journal.flush().unwrap();
            assert_eq!(entries(&path), [down("a"), Entry::Up, down("b")]);
        }
    }

    #[test]
    fn damage_within_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        output::write(&path, "{}\n{\"at\":\"2026-11-20T09:30:00.125Z\",\"entry\":\"up\"}\n")
            .unwrap();
        let error = Journal::open(&path, |_| {}).unwrap_err();
        assert!(error.to_string().contains("line 1"), "{error}");
    }

    #[test]
    fn a_replaced_journal_keeps_the_old_lines_elsewhere() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let mut journal = Journal::open(&path, |_| {}).unwrap();
        journal.add(&down("a")).unwrap();
        journal.replace([Entry::Up].into_iter()).unwrap();
        journal.add(&down("b")).unwrap();
        journal.flush().unwrap();
        assert_eq!(entries(&path), [Entry::Up, down("b")]);
        assert_eq!(entries(&folder.path().join("journal.1.jsonl")), [down("a")]);
    }
}
