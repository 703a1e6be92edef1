//! Data lines of a VCF that are looked at where they lie.

use std::{
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

use wgs_core::{Interval0, Pos1};

use super::{Info, Record, RecordError, record};
use crate::{FileError, Result};

/// One data line, checked as [`Record::parse`] checks it: its columns without a copy. Whoever
/// changes nothing but INFO can write the rest as it came.
///
/// ```
/// use wgs_formats::variant::Line;
/// let line = Line::parse("chr1\t7\t.\tA\tC,G\t30.0\tPASS\tDP=3\tGT\t0/1", 1)?;
/// assert_eq!((line.contig, line.position.get(), line.reference), ("chr1", 7, "A"));
/// assert_eq!(line.alternates().collect::<Vec<_>>(), ["C", "G"]);
/// assert_eq!(line.around_info(), ("chr1\t7\t.\tA\tC,G\t30.0\tPASS\t", "\tGT\t0/1"));
/// assert_eq!(line.record().quality, Some(30.0));
/// # Ok::<(), wgs_formats::variant::RecordError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Line<'a> {
    /// Number of the line in its file, from 1; 0 of a line alone.
    pub number: u64,
    /// The contig's name.
    pub contig: &'a str,
    /// Position of the reference allele's first base.
    pub position: Pos1,
    /// Identifiers joined by semicolons.
    pub id: Option<&'a str>,
    /// The reference allele: bases, in the file's case.
    pub reference: &'a str,
    /// Phred-scaled quality.
    pub quality: Option<f32>,
    pub(super) filters: &'a str,
    pub(super) rest: Option<&'a str>,
    alternates: &'a str,
    text: &'a str,
    info: Range<usize>,
}

impl<'a> Line<'a> {
    /// Reads a data line without its line end, of a file with so many samples.
    ///
    /// # Errors
    ///
    /// As [`Record::parse`].
    pub fn parse(text: &'a str, samples: usize) -> Result<Self, RecordError> {
        let mut at = 0;
        let mut next = |name: &str| record::column(text, &mut at, name);
        let line = Self {
            number: 0,
            contig: record::contig(next("CHROM")?)?,
            position: record::position(next("POS")?)?,
            id: Some(next("ID")?).filter(|id| *id != "."),
            reference: record::reference(next("REF")?)?,
            alternates: record::alternates(next("ALT")?)?,
            quality: record::quality(next("QUAL")?)?,
            filters: record::filters(next("FILTER")?)?,
            info: {
                let info = record::info(next("INFO")?)?;
                let end = at - 1;
                end - info.len()..end
            },
            rest: text.get(at..),
            text,
        };
        record::check_samples(line.rest, samples)?;
        Ok(line)
    }

    /// The alternate alleles; none for `.`.
    pub fn alternates(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.alternates.split(',').filter(|allele| *allele != ".")
    }

    /// The text of INFO; empty for `.`.
    pub fn info(&self) -> &'a str {
        match &self.text[self.info.clone()] {
            "." => "",
            info => info,
        }
    }

    /// What stands before INFO, with its tab, and behind, with its tab if there is something.
    pub fn around_info(&self) -> (&'a str, &'a str) {
        (&self.text[..self.info.start], &self.text[self.info.end..])
    }

    /// The line as it came.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// As [`Record::interval`].
    pub fn interval(&self) -> Interval0 {
        let start = self.position.to_pos0();
        let end = start.saturating_add(self.reference.len() as u32);
        let short = Interval0::new(start, end).expect("the end was made from the start");
        let info = self.info();
        if !info.contains("END=") && !info.contains("SVLEN=") {
            return short;
        }
        record::interval(self.position, short, self.alternates(), &Info::from(info))
    }

    /// A record of its own.
    pub fn record(&self) -> Record {
        record::of_line(self)
    }
}

/// Whole data lines of a file in their order, not yet looked at: what one thread takes at once.
#[derive(Clone, Debug)]
pub struct Chunk {
    pub(super) path: Arc<PathBuf>,
    pub(super) samples: usize,
    /// Number of the line before the first.
    pub(super) before: u64,
    pub(super) text: Vec<u8>,
}

impl Chunk {
    /// The lines in order; empty ones are left out. Contigs are not compared with the header's.
    ///
    /// # Errors
    ///
    /// `InvalidInput`, with the line's number: as [`Record::parse`], or not UTF-8.
    pub fn lines(&self) -> impl Iterator<Item = Result<Line<'_>>> {
        let lines = self.text.split_inclusive(|byte| *byte == b'\n').enumerate();
        let filled = lines.filter(|(_, line)| !line.trim_ascii_end().is_empty());
        filled.map(|(index, line)| self.line(self.before + 1 + index as u64, line))
    }

    fn line<'a>(&self, number: u64, line: &'a [u8]) -> Result<Line<'a>> {
        let invalid = |reason: String| invalid(&self.path, number, reason);
        let text = std::str::from_utf8(without_end(line));
        let text = text.map_err(|_| invalid("not UTF-8 text".into()))?;
        let line = Line::parse(text, self.samples).map_err(|e| invalid(e.to_string()))?;
        Ok(Line { number, ..line })
    }
}

fn invalid(path: &Path, line: u64, reason: String) -> FileError {
    FileError::invalid(path, reason).at(format!("line {line}"))
}

/// A line without its line feed and a carriage return before it.
pub(super) fn without_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}
