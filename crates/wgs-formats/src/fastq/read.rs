//! One FASTQ file.

use std::{
    ops::Range,
    path::{Path, PathBuf},
};

use super::{
    check,
    lines::{Lines, Next},
    options::ReadOptions,
};
use crate::{FileError, Result, input, stream::Stream};

/// One read of a FASTQ file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Read<'a> {
    /// Name up to the first white space, without `/1` or `/2`.
    pub name: &'a [u8],
    /// What follows the name in its line, as it stands there: nothing, `/1`, ` 1:N:0:ACGT`,
    /// `/1 extra`. Printable ASCII, blanks and tabs.
    pub suffix: &'a [u8],
    /// Bases: `A`, `C`, `G`, `T` or `N`; at least one.
    pub bases: &'a [u8],
    /// Qualities as the file has them, Phred + 33, as many as bases.
    pub quals: &'a [u8],
}

/// Places of the parts of a read in the buffer.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    name: Range<usize>,
    suffix: Range<usize>,
    bases: Range<usize>,
    quals: Range<usize>,
}

/// The reads of one FASTQ file.
///
/// ```
/// use wgs_formats::fastq::ReadReader;
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("reads.fastq");
/// std::fs::write(&path, "@read1/1 lane 1\nACGN\n+\nIIII\n")?;
/// let mut reader = ReadReader::open(&path)?;
/// let read = reader.read()?.expect("there is one");
/// assert_eq!((read.name, read.suffix), (&b"read1"[..], &b"/1 lane 1"[..]));
/// assert_eq!((read.bases, read.quals), (&b"ACGN"[..], &b"IIII"[..]));
/// assert_eq!(reader.read()?, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ReadReader {
    path: PathBuf,
    lines: Lines,
    number: u64,
    /// Name of the last read.
    last_name: Vec<u8>,
}

impl ReadReader {
    /// Opens a file.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::open_with(path, ReadOptions::default())
    }

    /// Opens a file, to be read in a way of your choice.
    pub fn open_with(path: impl AsRef<Path>, options: ReadOptions) -> Result<Self> {
        let path = path.as_ref();
        Ok(Self::over(path, Box::new(Stream::open(path, options.into())?)))
    }

    /// Reads plain text; the path is for errors.
    pub(super) fn over(path: &Path, input: Box<dyn std::io::Read + Send>) -> Self {
        let lines = Lines::new(input);
        Self { path: path.to_owned(), lines, number: 0, last_name: Vec::new() }
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
    /// compressed data, or without the block that ends BGZF;
    /// [`InvalidInput`](wgs_core::ErrorKind::InvalidInput) if it has no record, or
    /// one that is not as FASTQ has it (lines that end in CR LF, no base, a base other than `A`,
    /// `C`, `G`, `T` and `N`, a quality outside `!` to `~`, a name that the record before has:
    /// mates in one file), or if its digest is not the expected one. The error names the record,
    /// from 1.
    pub fn read(&mut self) -> Result<Option<Read<'_>>> {
        let parts = self.next()?;
        Ok(parts.map(|parts| self.get(&parts)))
    }

    /// As [`ReadReader::read`], but for places in the buffer.
    pub(super) fn next(&mut self) -> Result<Option<Parts>> {
        let next = self.lines.next().map_err(|e| self.at_next(input::error(&self.path, e)))?;
        let places = match next {
            Next::Record(lines) => lines,
            Next::End if self.number == 0 => {
                return Err(FileError::invalid(&self.path, "is empty").hint(input::AGAIN));
            }
            Next::End => return Ok(None),
            Next::Endless => {
                let reason = "has no four lines within 64 MiB";
                return Err(self.at_next(FileError::invalid(&self.path, reason).hint(check::FORM)));
            }
            Next::Cut => {
                let reason = "the file ends inside the record: it was cut off";
                return Err(
                    self.at_next(FileError::truncated(&self.path, reason).hint(input::AGAIN))
                );
            }
        };
        let lines = [0, 1, 2, 3].map(|line| self.lines.line(&places[line]));
        let name_len = check::record(lines)
            .and_then(|len| check::name(&lines[0][1..=len], &self.last_name).map(|()| len))
            .map_err(|wrong| self.at_next(wrong.of(&self.path)))?;
        self.last_name.clear();
        self.last_name.extend_from_slice(&lines[0][1..=name_len]);
        self.number += 1;
        let [head, bases, _, quals] = places;
        let name_start = head.start + 1;
        let name_end = name_start + name_len;
        Ok(Some(Parts { name: name_start..name_end, suffix: name_end..head.end, bases, quals }))
    }

    fn at_next(&self, error: FileError) -> FileError {
        error.at(format!("record {}", self.number + 1))
    }

    /// The parts that [`ReadReader::next`] gave last.
    pub(super) fn get(&self, parts: &Parts) -> Read<'_> {
        let line = |place| self.lines.line(place);
        Read {
            name: line(&parts.name),
            suffix: line(&parts.suffix),
            bases: line(&parts.bases),
            quals: line(&parts.quals),
        }
    }
}
