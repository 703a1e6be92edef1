//! The rows of one gVCF in order.

use std::path::{Path, PathBuf};

use wgs_core::ContigIndex;
use wgs_formats::{FileError, Result, genome::Genome, variant::Reader};

use super::{
    row::{self, Row},
    sexes::SexLines,
};

/// Place of a row: contig and 0-based start.
pub type Place = (ContigIndex, u32);

/// A file, of which no more rows are held than speak of one place.
pub struct Source<'a> {
    genome: &'a Genome,
    reader: Reader,
    sample: String,
    sexes: SexLines,
    /// The next row.
    head: Option<Row>,
    /// Rows that began and may still speak.
    held: Vec<Row>,
}

impl<'a> Source<'a> {
    /// Opens a gVCF of one sample on contigs of the genome.
    pub fn open(path: &Path, genome: &'a Genome) -> Result<Self> {
        let reader = Reader::open(path)?;
        let header = reader.header();
        header.check_contigs(genome.contigs()).map_err(|e| row::mismatch(path, e.to_string()))?;
        let sample = match header.samples() {
            [sample] => sample.clone(),
            samples => {
                let reason = format!("has {} samples: a gVCF is of one", samples.len());
                return Err(FileError::invalid(path, reason));
            }
        };
        let sexes = SexLines::of(header);
        let mut source = Self { genome, reader, sample, sexes, head: None, held: Vec::new() };
        source.head = source.read(None)?;
        match source.head {
            Some(_) => Ok(source),
            None => Err(FileError::invalid(path, "holds no records")),
        }
    }

    /// The sample's name.
    pub fn sample(&self) -> &str {
        &self.sample
    }

    /// What its header tells of the sex.
    pub fn sexes(&self) -> &SexLines {
        &self.sexes
    }

    /// The file.
    pub fn path(&self) -> PathBuf {
        self.reader.path().to_owned()
    }

    /// Where the next row begins.
    pub fn next_place(&self) -> Option<Place> {
        self.head.as_ref().map(place)
    }

    /// Holds all rows that begin at or before a place and reach over it.
    pub fn advance(&mut self, to: Place) -> Result<()> {
        self.held.retain(|row| row.contig == to.0 && row.range.end > to.1);
        while let Some(row) = self.head.take_if(|row| place(row) <= to) {
            self.head = self.read(Some(place(&row)))?;
            if row.contig == to.0 && row.range.end > to.1 {
                self.held.push(row);
            }
        }
        Ok(())
    }

    /// The rows held.
    pub fn rows(&self) -> &[Row] {
        &self.held
    }

    fn read(&mut self, last: Option<Place>) -> Result<Option<Row>> {
        let Some(record) = self.reader.next().transpose()? else { return Ok(None) };
        let path = self.reader.path();
        let row = Row::of(record, self.genome, path)?;
        match last {
            Some(last) if place(&row) < last => {
                let same = last.0 == row.contig;
                let what = if same {
                    "its position is before the last record's"
                } else {
                    "its contig is before the last record's in the reference"
                };
                let line = format!("line {}", self.reader.line_number());
                Err(FileError::invalid(path, format!("not sorted: {what}"))
                    .at(line)
                    .hint("sort it: bcftools sort, with the contigs in the order of the reference"))
            }
            _ => Ok(Some(row)),
        }
    }
}

fn place(row: &Row) -> Place {
    (row.contig, row.range.start)
}
