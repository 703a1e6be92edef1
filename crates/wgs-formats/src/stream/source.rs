//! The bytes of a file, buffered and digested.

use std::{
    fs::File,
    io::{self, BufRead, Read},
    ops::Range,
    path::Path,
};

use crate::{
    FileError, Result,
    digest::{Expected, Verifier},
};

/// Bytes read at a time; more than the longest block of BGZF.
const BUFFER: usize = 1 << 18;

/// A file that is read once, from front to back.
pub(crate) struct Source {
    file: File,
    verifier: Verifier,
    buffer: Box<[u8]>,
    rest: Range<usize>,
    ended: bool,
}

impl Source {
    pub(crate) fn open(path: &Path, expected: &Expected) -> Result<Self> {
        let file = File::open(path).map_err(|e| FileError::io(path, e))?;
        let buffer = vec![0; BUFFER].into_boxed_slice();
        Ok(Self { file, verifier: Verifier::new(expected), buffer, rest: 0..0, ended: false })
    }

    /// The next bytes, without taking them: `count`, which the buffer must hold, or more; fewer at
    /// the end of the file.
    pub(crate) fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        while self.rest.len() < count && !self.ended {
            self.fill()?;
        }
        Ok(&self.buffer[self.rest.clone()])
    }

    fn fill(&mut self) -> io::Result<()> {
        self.buffer.copy_within(self.rest.clone(), 0);
        self.rest = 0..self.rest.len();
        let read = loop {
            match self.file.read(&mut self.buffer[self.rest.end..]) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        let end = self.rest.end + read;
        self.verifier.update(&self.buffer[self.rest.end..end]);
        self.rest.end = end;
        self.ended = read == 0;
        Ok(())
    }

    /// Reads what is left, and checks the digests of the whole file.
    ///
    /// # Errors
    ///
    /// Besides those of reading, one that wraps a [`FileError`].
    pub(crate) fn finish(mut self, path: &Path) -> io::Result<()> {
        while !self.ended {
            self.rest = 0..0;
            self.fill()?;
        }
        self.verifier.finish(path).map_err(super::wrapped)
    }
}

impl Read for Source {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let mut filled = self.peek(1)?;
        let read = filled.read(bytes)?;
        self.consume(read);
        Ok(read)
    }
}

impl BufRead for Source {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.peek(1)
    }

    fn consume(&mut self, amount: usize) {
        self.rest.start += amount;
    }
}
