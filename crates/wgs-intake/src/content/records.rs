//! Records of FASTQ, checked for their form.

use std::io::{BufRead, BufReader, Read};

use sha2::{Digest, Sha256};
use wgs_formats::digest::hex;

use super::{RecordFacts, decoding_fault};
use crate::{
    problem::{Code, Problem},
    read_name::title,
};

/// Bytes that a line may have.
const LONGEST_LINE: u64 = 64 << 20;

/// The records of a text.
pub(super) struct Records<R: Read> {
    text: BufReader<R>,
    lines: [Vec<u8>; 4],
    count: u64,
}

impl<R: Read> Records<R> {
    pub(super) fn new(text: R) -> Self {
        Self { text: BufReader::with_capacity(1 << 18, text), lines: Default::default(), count: 0 }
    }

    /// The title line of the next record, without `@`; none at the end.
    pub(super) fn next(&mut self) -> Result<Option<String>, Problem> {
        for index in 0..4 {
            if !self.line(index)? {
                return match index {
                    0 => Ok(None),
                    _ => Err(self.cut()),
                };
            }
        }
        self.count += 1;
        let [title, bases, plus, quals] = &self.lines;
        let wrong = if title.first() != Some(&b'@') {
            Some("does not begin with @")
        } else if plus.first() != Some(&b'+') {
            Some("has no + in its third line")
        } else if bases.len() != quals.len() {
            Some("has not as many qualities as bases")
        } else if bases.is_empty() {
            Some("has no bases")
        } else {
            None
        };
        match wrong {
            None => Ok(Some(String::from_utf8_lossy(&title[1..]).into_owned())),
            Some(reason) => {
                let reason = format!("is not FASTQ: record {} {reason}", self.count);
                Err(Problem::new(Code::Damaged, reason))
            }
        }
    }

    /// Reads a line without its end; false at the end of the text.
    fn line(&mut self, index: usize) -> Result<bool, Problem> {
        let line = &mut self.lines[index];
        line.clear();
        let read = (&mut self.text).take(LONGEST_LINE).read_until(b'\n', line);
        let n = read.map_err(|e| decoding_fault(&e))?;
        if n as u64 == LONGEST_LINE {
            return Err(Problem::new(Code::Damaged, "is not FASTQ: a line is longer than 64 MiB"));
        }
        match line.pop() {
            None => return Ok(false),
            Some(b'\n') => {}
            // The last line may lack its end; a record that is cut there has too few qualities.
            Some(other) => line.push(other),
        }
        if line.last() == Some(&b'\r') {
            return Err(Problem::new(Code::Damaged, "its lines end in CR LF, as DOS has them")
                .advice("have it delivered as the sequencer's software wrote it"));
        }
        Ok(true)
    }

    fn cut(&self) -> Problem {
        Problem::new(Code::Truncated, format!("ends inside record {}", self.count + 1))
    }

    /// Reads all records.
    pub(super) fn all(&mut self) -> Result<RecordFacts, Problem> {
        let mut names = Sha256::new();
        while let Some(line) = self.next()? {
            names.update(title(&line).name.as_bytes());
            names.update(b"\n");
        }
        if self.count == 0 {
            return Err(Problem::new(Code::Truncated, "holds no record"));
        }
        Ok(RecordFacts { count: self.count, names: hex(&names.finalize()[..16]) })
    }
}
