//! One FASTQ file.

use std::{
    ops::Range,
    path::{Path, PathBuf},
};

use super::lines::{Lines, Next};
use crate::{FileError, Result, input};

/// One read of a FASTQ file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Read<'a> {
    /// Name up to the first white space, without `/1` or `/2`.
    pub name: &'a [u8],
    /// What follows the name after white space.
    pub comment: &'a [u8],
    /// Bases: `A`, `C`, `G`, `T` or `N`.
    pub bases: &'a [u8],
    /// Qualities as the file has them, Phred + 33, as many as bases.
    pub quals: &'a [u8],
}

/// Places of the parts of a read in the buffer.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    name: Range<usize>,
    comment: Range<usize>,
    bases: Range<usize>,
    quals: Range<usize>,
}

/// The reads of one FASTQ file.
///
/// Bases become upper case, `U` becomes `T`, and `.` and IUPAC codes other than `A`, `C`, `G` and
/// `T` become `N`, which is all that aligners tell apart.
///
/// ```
/// use wgs_formats::fastq::ReadReader;
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("reads.fastq");
/// std::fs::write(&path, "@read1/1 lane 1\nacgR\n+\nIIII\n")?;
/// let mut reader = ReadReader::open(&path)?;
/// let read = reader.read()?.expect("there is one");
/// assert_eq!((read.name, read.comment), (&b"read1"[..], &b"lane 1"[..]));
/// assert_eq!((read.bases, read.quals), (&b"ACGN"[..], &b"IIII"[..]));
/// assert_eq!(reader.read()?, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ReadReader {
    path: PathBuf,
    lines: Lines,
    number: u64,
}

impl ReadReader {
    /// Opens a file.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        Ok(Self::over(path, input::open_read(path)?))
    }

    /// Reads plain text; the path is for errors.
    pub(super) fn over(path: &Path, input: Box<dyn std::io::Read + Send>) -> Self {
        Self { path: path.to_owned(), lines: Lines::new(input), number: 0 }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many reads were read.
    pub fn count(&self) -> u64 {
        self.number
    }

    /// The next read, which the next call overwrites; `None` at the end.
    ///
    /// # Errors
    ///
    /// [`Truncated`](wgs_core::ErrorKind::Truncated) if the file ends within a record or within
    /// compressed data, [`InvalidInput`](wgs_core::ErrorKind::InvalidInput) if it has no record, or
    /// one that is not as FASTQ has it. The error names the record, from 1.
    pub fn read(&mut self) -> Result<Option<Read<'_>>> {
        let parts = self.next()?;
        Ok(parts.map(|parts| self.get(&parts)))
    }

    /// As [`ReadReader::read`], but for places in the buffer.
    pub(super) fn next(&mut self) -> Result<Option<Parts>> {
        let next = self.lines.next().map_err(|e| self.at_next(input::error(&self.path, e)))?;
        let [head, bases, plus, quals] = match next {
            Next::Record(lines) => lines,
            Next::End if self.number == 0 => {
                return Err(FileError::invalid(&self.path, "is empty"));
            }
            Next::End => return Ok(None),
            Next::Cut => {
                let reason = "the file ends inside the record: it was cut off";
                return Err(self.at_next(FileError::truncated(&self.path, reason)));
            }
        };
        let (name, comment) = split_head(self.lines.line(&head));
        let at = head.start;
        let parts = Parts {
            name: at + name.start..at + name.end,
            comment: at + comment.start..at + comment.end,
            bases,
            quals,
        };
        self.check(&head, &plus, &parts).map_err(|e| self.at_next(e))?;
        self.number += 1;
        Ok(Some(parts))
    }

    fn at_next(&self, error: FileError) -> FileError {
        error.at(format!("record {}", self.number + 1))
    }

    /// The parts that [`ReadReader::next`] gave last.
    pub(super) fn get(&self, parts: &Parts) -> Read<'_> {
        let line = |place| self.lines.line(place);
        Read {
            name: line(&parts.name),
            comment: line(&parts.comment),
            bases: line(&parts.bases),
            quals: line(&parts.quals),
        }
    }

    /// Checks a record, and makes its bases upper case.
    fn check(&mut self, head: &Range<usize>, plus: &Range<usize>, parts: &Parts) -> Result<()> {
        let invalid = |reason: String| Err(FileError::invalid(&self.path, reason));
        let first = |line| self.lines.line(line).first().copied();
        if first(head) != Some(b'@') {
            return invalid(format!("begins with {}, where @ must be", show(first(head))));
        }
        if first(plus) != Some(b'+') {
            return invalid(format!("line 3 begins with {}, where + must be", show(first(plus))));
        }
        let name = self.lines.line(&parts.name);
        if name.is_empty() || !name.iter().all(u8::is_ascii_graphic) {
            return invalid("has no name of printable characters".into());
        }
        let quals = self.lines.line(&parts.quals);
        if parts.bases.len() != quals.len() {
            let (bases, quals) = (parts.bases.len(), quals.len());
            return invalid(format!("has {bases} bases and {quals} qualities"));
        }
        if let Some(wrong) = quals.iter().find(|q| !q.is_ascii_graphic()) {
            return invalid(format!("{} is not a quality, Phred + 33", show(Some(*wrong))));
        }
        let unknown = clean(self.lines.line_mut(&parts.bases));
        match unknown {
            Some(base) => {
                let reason = format!("{} is not a nucleotide code", show(Some(base)));
                Err(FileError::invalid(&self.path, reason))
            }
            None => Ok(()),
        }
    }
}

fn show(byte: Option<u8>) -> String {
    byte.map_or("nothing".to_owned(), |b| format!("{:?}", char::from(b)))
}

/// Places of name and comment in a line that begins with `@`.
fn split_head(line: &[u8]) -> (Range<usize>, Range<usize>) {
    let blank = |b: &u8| b.is_ascii_whitespace();
    let name_end = line.iter().position(blank).unwrap_or(line.len());
    let comment =
        line[name_end..].iter().position(|b| !blank(b)).map_or(line.len(), |at| name_end + at);
    let mated = matches!(line[..name_end], [_, _, .., b'/', b'1' | b'2']);
    (1.min(name_end)..name_end - if mated { 2 } else { 0 }, comment..line.len())
}

/// What stands for each byte of a sequence; 0 for what is no nucleotide code.
const CLEAN: [u8; 256] = {
    let mut table = [0; 256];
    let codes = b"ACGTNURYSWKMBDHV.";
    let clean = b"ACGTNTNNNNNNNNNNN";
    let mut i = 0;
    while i < codes.len() {
        table[codes[i] as usize] = clean[i];
        table[codes[i].to_ascii_lowercase() as usize] = clean[i];
        i += 1;
    }
    table
};

/// Cleans bases in place; gives one that is no nucleotide code, if there is one.
fn clean(bases: &mut [u8]) -> Option<u8> {
    let mut all = true;
    for base in bases.iter() {
        all &= CLEAN[usize::from(*base)] != 0;
    }
    if !all {
        return bases.iter().copied().find(|&b| CLEAN[usize::from(b)] == 0);
    }
    for base in bases {
        *base = CLEAN[usize::from(*base)];
    }
    None
}
