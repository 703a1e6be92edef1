//! Two FASTQ files, read side by side.

use std::path::Path;

use super::{
    check,
    options::ReadOptions,
    read::{Parts, Read, ReadReader},
};
use crate::{FileError, Result};

/// The two reads of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadPair<'a> {
    /// The name that both have.
    pub name: &'a [u8],
    /// The read of R1.
    pub first: Read<'a>,
    /// The read of R2.
    pub last: Read<'a>,
}

/// The pairs of two FASTQ files.
///
/// ```
/// use wgs_formats::fastq::PairReader;
///
/// let folder = tempfile::tempdir()?;
/// let (r1, r2) = (folder.path().join("R1.fastq"), folder.path().join("R2.fastq"));
/// std::fs::write(&r1, "@pair1/1\nAC\n+\nII\n")?;
/// std::fs::write(&r2, "@pair1/2\nGGT\n+\nIIF\n")?;
/// let mut reader = PairReader::open(&r1, &r2)?;
/// while let Some(pair) = reader.read()? {
///     assert_eq!(pair.name, b"pair1");
///     assert_eq!((pair.first.bases, pair.last.bases), (&b"AC"[..], &b"GGT"[..]));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct PairReader {
    first: ReadReader,
    last: ReadReader,
}

impl PairReader {
    /// Opens both files, which must not be the same.
    pub fn open(r1: impl AsRef<Path>, r2: impl AsRef<Path>) -> Result<Self> {
        Self::open_with((r1, ReadOptions::default()), (r2, ReadOptions::default()))
    }

    /// As [`PairReader::open`], each file to be read in a way of your choice.
    pub fn open_with(
        (r1, r1_options): (impl AsRef<Path>, ReadOptions),
        (r2, r2_options): (impl AsRef<Path>, ReadOptions),
    ) -> Result<Self> {
        let first = ReadReader::open_with(r1, r1_options)?;
        let last = ReadReader::open_with(r2, r2_options)?;
        let canonical = |reader: &ReadReader| std::fs::canonicalize(reader.path()).ok();
        if canonical(&first).is_some_and(|path| canonical(&last) == Some(path)) {
            return Err(FileError::invalid(last.path(), "is given as R1 and as R2"));
        }
        Ok(Self { first, last })
    }

    /// How many pairs were read.
    pub fn count(&self) -> u64 {
        self.first.count()
    }

    /// The next pair, which the next call overwrites; `None` at the end of both files.
    ///
    /// # Errors
    ///
    /// Those of [`ReadReader::read`]; and if one file ends before the other
    /// ([`Truncated`](wgs_core::ErrorKind::Truncated), with the number of its last record), or if
    /// the names of a pair differ, or a file's reads say that they are the other's (`/2` in R1).
    pub fn read(&mut self) -> Result<Option<ReadPair<'_>>> {
        let (first, last) = match (self.first.next()?, self.last.next()?) {
            (Some(first), Some(last)) => (first, last),
            (None, None) => return Ok(None),
            (None, Some(_)) => return Err(ends_early(&self.first, &self.last)),
            (Some(_), None) => return Err(ends_early(&self.last, &self.first)),
        };
        if let Some(error) = self.exchanged(&first, &last) {
            // The next record may tell that the file is interleaved, which explains more.
            self.first.next()?;
            self.last.next()?;
            return Err(error);
        }
        let (first, last) = (self.first.get(&first), self.last.get(&last));
        if first.name != last.name {
            let text = String::from_utf8_lossy;
            let reason = format!(
                "the name {:?} is not {:?}, which {} has here",
                text(last.name),
                text(first.name),
                self.first.path().display()
            );
            return Err(FileError::invalid(self.last.path(), reason)
                .at(format!("record {}", self.last.count()))
                .hint("R1 and R2 must list the same reads in the same order"));
        }
        Ok(Some(ReadPair { name: first.name, first, last }))
    }

    /// The error of reads that say they are the other of the pair.
    fn exchanged(&self, first: &Parts, last: &Parts) -> Option<FileError> {
        let files = [(&self.first, first, 2), (&self.last, last, 1)];
        let (reader, _, wrong) = files
            .into_iter()
            .find(|(reader, parts, wrong)| check::mate(reader.get(parts).suffix) == Some(*wrong))?;
        let reason = format!("is given as R{}, but its reads say they are read {wrong}", 3 - wrong);
        let error = FileError::invalid(reader.path(), reason);
        let hint = "are R1 and R2 exchanged, or is one of them given twice?";
        Some(error.at(format!("record {}", reader.count())).hint(hint))
    }
}

fn ends_early(short: &ReadReader, long: &ReadReader) -> FileError {
    let reason = format!("the file ends here, but {} goes on", long.path().display());
    FileError::truncated(short.path(), reason)
        .at(format!("after record {}", short.count()))
        .hint("R1 and R2 must have the same number of reads: was one cut off?")
}
