//! Reads of one sample, streamed along a stretch of a contig.

use std::{cmp::Reverse, collections::BinaryHeap, path::PathBuf};

use wgs_core::Interval0;
use wgs_formats::{FileError, Result, alignment::Record};

use crate::{call::inputs::sort_hint, options::Options, read::Read};

/// What became of the records that were read. Records that reach over the border of two shards are
/// counted in both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ReadCounts {
    /// Reads that took part.
    pub used: u64,
    /// Unmapped, or without bases.
    pub unmapped: u64,
    /// Secondary, and supplementary unless they are asked for.
    pub not_primary: u64,
    /// Marked as duplicates.
    pub duplicate: u64,
    /// Failed the platform's quality check.
    pub qc_fail: u64,
    /// Of lower mapping quality than asked for.
    pub low_mapq: u64,
    /// Beyond the greatest depth.
    pub too_deep: u64,
}

impl ReadCounts {
    /// Adds other counts to these.
    pub fn add(&mut self, other: &Self) {
        self.used += other.used;
        self.unmapped += other.unmapped;
        self.not_primary += other.not_primary;
        self.duplicate += other.duplicate;
        self.qc_fail += other.qc_fail;
        self.low_mapq += other.low_mapq;
        self.too_deep += other.too_deep;
    }
}

/// Holds the reads that reach into a window that moves to the right.
pub struct Intake<'a, I> {
    path: PathBuf,
    records: I,
    last_start: u32,
    options: &'a Options,
    waiting: Option<Read>,
    done: bool,
    held: Vec<Read>,
    /// Ends of the reads that reach beyond the latest start.
    open_ends: BinaryHeap<Reverse<u32>>,
    counts: ReadCounts,
}

impl<'a, I: Iterator<Item = Result<Record>>> Intake<'a, I> {
    /// Takes the records of one contig in the order of their start, from the file at `path`.
    pub fn new(path: PathBuf, records: I, options: &'a Options) -> Self {
        Self {
            path,
            records,
            last_start: 0,
            options,
            waiting: None,
            done: false,
            held: Vec::new(),
            open_ends: BinaryHeap::new(),
            counts: ReadCounts::default(),
        }
    }

    /// Moves the window, which must not begin before the last one: reads that end before it are
    /// forgotten, those that begin before its end are taken in.
    pub fn advance(&mut self, window: Interval0) -> Result<()> {
        self.held.retain(|read| read.end() > window.start());
        while let Some(read) = self.next_read()? {
            if read.start() >= window.end() {
                self.waiting = Some(read);
                break;
            }
            if read.end() > window.start() {
                self.held.push(read);
            }
        }
        Ok(())
    }

    /// The reads in the window, in the order of their start.
    pub fn reads(&self) -> &[Read] {
        &self.held
    }

    /// What became of the records so far.
    pub fn counts(&self) -> ReadCounts {
        self.counts
    }

    fn next_read(&mut self) -> Result<Option<Read>> {
        if let Some(read) = self.waiting.take() {
            return Ok(Some(read));
        }
        while !self.done {
            let Some(record) = self.records.next() else {
                self.done = true;
                break;
            };
            let record = record?;
            self.check_order(&record)?;
            if let Some(read) = self.accept(&record) {
                return Ok(Some(read));
            }
        }
        Ok(None)
    }

    fn check_order(&mut self, record: &Record) -> Result<()> {
        let start = record.start().unwrap_or(self.last_start);
        if start < self.last_start {
            let reason = "the reads are not sorted by coordinate";
            return Err(FileError::invalid(&self.path, reason)
                .at(format!("read {}", String::from_utf8_lossy(record.name())))
                .hint(sort_hint(&self.path)));
        }
        self.last_start = start;
        Ok(())
    }

    fn accept(&mut self, record: &Record) -> Option<Read> {
        let flags = record.flags();
        let counter = if flags.is_unmapped() {
            &mut self.counts.unmapped
        } else if flags.is_secondary()
            || flags.is_supplementary() && !self.options.use_supplementary
        {
            &mut self.counts.not_primary
        } else if flags.is_duplicate() {
            &mut self.counts.duplicate
        } else if flags.is_qc_fail() {
            &mut self.counts.qc_fail
        } else if record.mapq() < self.options.min_mapq {
            &mut self.counts.low_mapq
        } else if let Some(read) = Read::of(record) {
            if self.is_too_deep(&read) {
                self.counts.too_deep += 1;
                return None;
            }
            self.counts.used += 1;
            return Some(read);
        } else {
            &mut self.counts.unmapped
        };
        *counter += 1;
        None
    }

    fn is_too_deep(&mut self, read: &Read) -> bool {
        while self.open_ends.peek().is_some_and(|end| end.0 <= read.start()) {
            self.open_ends.pop();
        }
        let too_deep = self.open_ends.len() >= self.options.max_depth as usize;
        if !too_deep {
            self.open_ends.push(Reverse(read.end()));
        }
        too_deep
    }
}

#[cfg(test)]
mod tests {
    use wgs_formats::alignment::Flags;

    use super::*;
    use crate::read::tests::record;

    fn intake(
        records: Vec<Record>,
        options: &Options,
    ) -> Intake<'_, impl Iterator<Item = Result<Record>>> {
        Intake::new("x.bam".into(), records.into_iter().map(Ok), options)
    }

    fn plain(name: &str, start: u32) -> Record {
        record(name, start, "10M", "ACGTACGTAC", Flags(0))
    }

    fn window(start: u32, end: u32) -> Interval0 {
        Interval0::new(start, end).unwrap()
    }

    #[test]
    fn the_window_moves_over_the_reads() {
        let options = Options::default();
        let records = [0, 5, 20, 30, 50].map(|start| plain("r", start)).to_vec();
        let mut intake = intake(records, &options);
        let mut starts = |from, to| {
            intake.advance(window(from, to)).unwrap();
            intake.reads().iter().map(Read::start).collect::<Vec<_>>()
        };
        assert_eq!(starts(0, 21), [0, 5, 20]);
        assert_eq!(starts(14, 31), [5, 20, 30]);
        assert_eq!(starts(41, 45), Vec::<u32>::new());
        assert_eq!(starts(41, 100), [50]);
    }

    #[test]
    fn reads_that_do_not_take_part_are_counted_by_reason() {
        let options = Options::default();
        let with = |flags| record("r", 0, "4M", "ACGT", Flags(flags));
        let mut low = with(0);
        low.set_mapq(options.min_mapq - 1);
        let records = vec![with(0), with(4), with(256), with(2048), with(1024), with(512), low];
        let mut intake = intake(records, &options);
        intake.advance(window(0, 10)).unwrap();
        let expected = ReadCounts {
            used: 1,
            unmapped: 1,
            not_primary: 2,
            duplicate: 1,
            qc_fail: 1,
            low_mapq: 1,
            too_deep: 0,
        };
        assert_eq!(intake.counts(), expected);
    }

    #[test]
    fn records_out_of_order_are_refused() {
        let options = Options::default();
        let mut intake = intake(vec![plain("a", 20), plain("b", 10)], &options);
        let error = intake.advance(window(0, 100)).unwrap_err();
        assert_eq!(error.to_string(), "x.bam: read b: the reads are not sorted by coordinate");
    }

    #[test]
    fn depth_is_capped_by_the_order_of_the_file() {
        let options = Options { max_depth: 3, ..Options::default() };
        let mut records: Vec<Record> = (0..5).map(|i| plain(&format!("r{i}"), 0)).collect();
        records.push(plain("late", 10));
        let mut intake = intake(records, &options);
        intake.advance(window(0, 100)).unwrap();
        assert_eq!(intake.reads().len(), 4);
        assert_eq!(intake.counts().too_deep, 2);
    }
}
