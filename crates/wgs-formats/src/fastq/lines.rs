//! Whole records within a buffer.

use std::{io::Read, ops::Range};

use bstr::ByteSlice;

/// Bytes read at a time.
const CHUNK: usize = 1 << 18;
/// Bytes of the longest record that is read: memory must not depend on missing line ends.
const MAX_RECORD: usize = 1 << 26;

/// A stream whose next lines lie whole in memory.
pub(super) struct Lines {
    input: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    /// What is not given out yet, up to the end of what was read.
    rest: Range<usize>,
    ended: bool,
}

/// Four lines, without their ends, as places in the buffer.
pub(super) type FourLines = [Range<usize>; 4];

/// What comes next in a stream.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    Record(FourLines),
    /// The stream ends after fewer lines than a record has.
    Cut,
    /// There is no fourth line end within the longest record that is read.
    Endless,
    End,
}

impl Lines {
    pub(super) fn new(input: Box<dyn Read + Send>) -> Self {
        Self { input, buffer: vec![0; 2 * CHUNK], rest: 0..0, ended: false }
    }

    /// The bytes of a line.
    pub(super) fn line(&self, line: &Range<usize>) -> &[u8] {
        &self.buffer[line.clone()]
    }

    /// The next four lines. Empty lines at the end of the stream are none.
    pub(super) fn next(&mut self) -> std::io::Result<Next> {
        loop {
            if let Some((lines, next)) = self.find() {
                self.rest.start = next;
                return Ok(Next::Record(lines));
            }
            if self.ended {
                return Ok(self.last());
            }
            if self.rest.len() > MAX_RECORD {
                return Ok(Next::Endless);
            }
            self.fill()?;
        }
    }

    /// Four lines that end in LF.
    fn find(&self) -> Option<(FourLines, usize)> {
        let mut at = self.rest.start;
        let mut lines = [0..0, 0..0, 0..0, 0..0];
        for line in &mut lines {
            let length = self.buffer[at..self.rest.end].find_byte(b'\n')?;
            *line = at..at + length;
            at += length + 1;
        }
        Some((lines, at))
    }

    /// What the stream ends with: four lines of which the last lacks its end, or less.
    fn last(&mut self) -> Next {
        let rest = std::mem::replace(&mut self.rest, 0..0);
        if self.buffer[rest.clone()].iter().all(|b| *b == b'\n') {
            return Next::End;
        }
        let mut lines = [0..0, 0..0, 0..0, 0..0];
        let mut at = rest.start;
        for line in &mut lines[..3] {
            let Some(length) = self.buffer[at..rest.end].find_byte(b'\n') else { return Next::Cut };
            *line = at..at + length;
            at += length + 1;
        }
        lines[3] = at..rest.end;
        if lines[3].is_empty() { Next::Cut } else { Next::Record(lines) }
    }

    /// Reads on, behind what is left, which moves to the front.
    fn fill(&mut self) -> std::io::Result<()> {
        if self.rest.start > 0 {
            self.buffer.copy_within(self.rest.clone(), 0);
            self.rest = 0..self.rest.len();
        }
        if self.buffer.len() - self.rest.end < CHUNK {
            self.buffer.resize(2 * self.buffer.len(), 0);
        }
        let read = loop {
            match self.input.read(&mut self.buffer[self.rest.end..]) {
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.ended = read == 0;
        self.rest.end += read;
        Ok(())
    }
}
