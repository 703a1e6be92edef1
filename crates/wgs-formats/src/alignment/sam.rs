//! SAM: the lines of a text file.

use std::{io::BufRead, path::Path};

use wgs_core::ContigList;

use super::{Header, Record, text};
use crate::{
    FileError, Result,
    digest::Expected,
    input,
    stream::{Stream, StreamOptions},
};

/// Longest line that is read, in bytes: memory must not depend on a missing line end.
const MAX_LINE: u64 = 1 << 30;

/// The records of a SAM file, plain or gzip.
pub(super) struct SamReader<'a> {
    input: Box<dyn BufRead + Send + 'a>,
    line: Vec<u8>,
    number: u64,
    cut: bool,
}

impl<'a> SamReader<'a> {
    /// Opens a file and reads its header.
    pub(super) fn open(path: &Path, expected: Expected) -> Result<(Self, Header)> {
        let options = StreamOptions { threads: 1, expected, end_block: true };
        Self::new(Box::new(Stream::open(path, options)?), path)
    }

    /// Reads the header of a text that comes from `path`.
    pub(super) fn new(input: Box<dyn BufRead + Send + 'a>, path: &Path) -> Result<(Self, Header)> {
        let mut reader = Self { input, line: Vec::new(), number: 0, cut: false };
        let mut header = String::new();
        while reader.starts_with(path, b'@')? && reader.next_line(path)? {
            header.push_str(&String::from_utf8_lossy(&reader.line));
            header.push('\n');
        }
        let header = Header::parse(&header).map_err(|e| {
            FileError::invalid(path, e.to_string()).hint("FASTQ begins with @, too: is it FASTQ?")
        })?;
        Ok((reader, header))
    }

    /// 1-based number of the line last read.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Whether the text ended within a line, without a line feed.
    pub(super) fn is_cut(&self) -> bool {
        self.cut
    }

    /// Reads the next record into `record`; false at the end.
    pub(super) fn read(
        &mut self,
        path: &Path,
        record: &mut Record,
        contigs: &ContigList,
    ) -> Result<bool> {
        if !self.next_line(path)? {
            return Ok(false);
        }
        *record = text::parse(&self.line, contigs)
            .map_err(|e| FileError::invalid(path, e.to_string()))?;
        Ok(true)
    }

    fn starts_with(&mut self, path: &Path, byte: u8) -> Result<bool> {
        let filled = self.input.fill_buf().map_err(|e| input::error(path, e))?;
        Ok(filled.first() == Some(&byte))
    }

    /// Reads a line and strips its end; false at the end of the file.
    fn next_line(&mut self, path: &Path) -> Result<bool> {
        use std::io::Read;
        self.line.clear();
        self.number += 1;
        let read = self.input.by_ref().take(MAX_LINE).read_until(b'\n', &mut self.line);
        let read = read.map_err(|e| input::error(path, e).at(format!("line {}", self.number)))?;
        self.cut = read > 0 && self.line.last() != Some(&b'\n');
        if self.line.last() == Some(&b'\n') {
            self.line.pop();
            self.line.pop_if(|b| *b == b'\r');
        } else if read as u64 == MAX_LINE {
            return Err(FileError::invalid(path, "the line is longer than 1 GiB"));
        }
        Ok(read > 0)
    }
}
