//! Alleles of a source in order, in bounded memory: sorted runs in temporary files, then merged.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    fs::File,
    io::{BufRead, BufReader, BufWriter, Seek, Write},
    path::Path,
};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use wgs_formats::{FileError, Result};

/// One allele of a source. The order is that of the store; of equal alleles, that of the file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    /// Place of the contig in the genome.
    pub(super) contig: usize,
    /// First base, 0-based.
    pub(super) start: u32,
    pub(super) reference: String,
    pub(super) alternate: String,
    /// Number of the allele in the file.
    pub(super) order: u64,
    /// Values of the carried fields, tab-separated, empty where absent.
    pub(super) values: String,
}

impl Entry {
    pub(super) fn is_same_allele(&self, other: &Self) -> bool {
        let key = |e: &Self| (e.contig, e.start);
        key(self) == key(other)
            && self.reference == other.reference
            && self.alternate == other.alternate
    }

    fn write(&self, out: &mut impl Write) -> std::io::Result<()> {
        let Self { contig, start, reference, alternate, order, values } = self;
        writeln!(out, "{contig}\t{start}\t{reference}\t{alternate}\t{order}\t{values}")
    }

    fn parse(line: &str) -> Option<Self> {
        let mut columns = line.splitn(6, '\t');
        let mut next = || columns.next();
        Some(Self {
            contig: next()?.parse().ok()?,
            start: next()?.parse().ok()?,
            reference: next()?.to_owned(),
            alternate: next()?.to_owned(),
            order: next()?.parse().ok()?,
            values: next()?.to_owned(),
        })
    }

    fn bytes(&self) -> usize {
        size_of::<Self>() + self.reference.len() + self.alternate.len() + self.values.len()
    }
}

/// Takes entries in any order.
pub(super) struct Sorter<'a> {
    folder: &'a Path,
    limit_bytes: usize,
    entries: Vec<Entry>,
    bytes: usize,
    runs: Vec<File>,
}

impl<'a> Sorter<'a> {
    /// Keeps up to `limit_bytes` in memory, the rest in unnamed files of `folder`.
    pub(super) fn new(folder: &'a Path, limit_bytes: usize) -> Self {
        Self { folder, limit_bytes, entries: Vec::new(), bytes: 0, runs: Vec::new() }
    }

    pub(super) fn push(&mut self, entry: Entry) -> Result<()> {
        self.bytes += entry.bytes();
        self.entries.push(entry);
        if self.bytes > self.limit_bytes { self.spill() } else { Ok(()) }
    }

    fn spill(&mut self) -> Result<()> {
        let io = |e| FileError::io(self.folder, e);
        self.entries.sort_unstable();
        let file = tempfile::tempfile_in(self.folder).map_err(io)?;
        let mut out = BufWriter::new(GzEncoder::new(file, Compression::fast()));
        let written = self.entries.drain(..).try_for_each(|entry| entry.write(&mut out));
        let encoder = written.map_err(io).and_then(|()| {
            out.into_inner().map_err(|e| FileError::io(self.folder, e.into_error()))
        })?;
        let mut file = encoder.finish().map_err(io)?;
        file.rewind().map_err(io)?;
        self.runs.push(file);
        self.bytes = 0;
        Ok(())
    }

    /// The entries in order.
    pub(super) fn finish(mut self) -> Result<Sorted<'a>> {
        if self.runs.is_empty() {
            self.entries.sort_unstable();
        } else if !self.entries.is_empty() {
            self.spill()?;
        }
        let mut sorted = Sorted {
            folder: self.folder,
            in_memory: self.entries.into_iter(),
            runs: self.runs.into_iter().map(|f| BufReader::new(GzDecoder::new(f))).collect(),
            heads: BinaryHeap::new(),
        };
        for run in 0..sorted.runs.len() {
            sorted.refill(run)?;
        }
        Ok(sorted)
    }
}

/// Entries in order.
pub(super) struct Sorted<'a> {
    folder: &'a Path,
    in_memory: std::vec::IntoIter<Entry>,
    runs: Vec<BufReader<GzDecoder<File>>>,
    heads: BinaryHeap<Reverse<(Entry, usize)>>,
}

impl Sorted<'_> {
    fn refill(&mut self, run: usize) -> Result<()> {
        let mut line = String::new();
        let read = self.runs[run].read_line(&mut line);
        if read.map_err(|e| FileError::io(self.folder, e))? > 0 {
            let entry = Entry::parse(line.trim_end_matches('\n'))
                .ok_or_else(|| FileError::invalid(self.folder, "a temporary file is damaged"))?;
            self.heads.push(Reverse((entry, run)));
        }
        Ok(())
    }
}

impl Iterator for Sorted<'_> {
    type Item = Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        let Some(Reverse((entry, run))) = self.heads.pop() else {
            return self.in_memory.next().map(Ok);
        };
        Some(self.refill(run).map(|()| entry))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spilled_runs_give_the_same_order() {
        let folder = tempfile::tempdir().unwrap();
        let entries: Vec<Entry> = (0..5000u64)
            .map(|order| Entry {
                contig: (order * 7 % 3) as usize,
                start: (order * 7919 % 501) as u32,
                reference: "ACGT"[..(order % 4 + 1) as usize].into(),
                alternate: "T".into(),
                order,
                values: format!("x\t\t{order}"),
            })
            .collect();
        let mut expected = entries.clone();
        expected.sort();
        for limit in [usize::MAX, 20_000] {
            let mut sorter = Sorter::new(folder.path(), limit);
            entries.iter().for_each(|entry| sorter.push(entry.clone()).unwrap());
            let sorted: Vec<Entry> = sorter.finish().unwrap().map(Result::unwrap).collect();
            assert!(sorted == expected, "{limit}");
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
