//! Reads of one sample, streamed along a stretch of a contig.
//!
//! [`depth`] decides which of them stay where there are too many.

pub mod depth;

use std::path::PathBuf;

use wgs_core::Interval0;
use wgs_formats::{FileError, Result, alignment::Record, qc::calibration::Recalibration};

use self::depth::{DeepStretch, DepthBound};
use crate::{
    call::inputs::sort_hint,
    options::Options,
    read::{self, Read},
};

/// What became of the records that begin in the regions that are called, or lie over the first base
/// of one.
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

/// Place and mapping quality of a read that is left out because it may belong elsewhere; one for each
/// part, where it skips some of the reference (`N`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ambiguous {
    /// First aligned reference base, 0-based.
    pub start: u32,
    /// One past the last one.
    pub end: u32,
    /// Mapping quality, Phred-scaled.
    pub mapq: u8,
}

/// The parts of a contig whose reads are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted<'a> {
    /// The parts, ascending and apart.
    pub intervals: &'a [Interval0],
    /// Whether the reads over the first base of the first part are counted elsewhere, unless they
    /// begin there.
    pub goes_on: bool,
}

impl Counted<'_> {
    fn holds(self, start: u32, end: u32) -> bool {
        let next = self.intervals.partition_point(|interval| interval.start() <= start);
        let begins = next.checked_sub(1).is_some_and(|last| start < self.intervals[last].end());
        let reaches = self.intervals.get(next).is_some_and(|interval| end > interval.start());
        begins || reaches && !(self.goes_on && next == 0)
    }
}

/// Holds the reads that reach into a window that moves to the right.
pub struct Intake<'a, I> {
    path: PathBuf,
    records: I,
    last_start: u32,
    options: &'a Options,
    recalibration: Option<&'a Recalibration>,
    counted: Counted<'a>,
    bound: DepthBound,
    waiting: Option<Read>,
    done: bool,
    held: Vec<Read>,
    ambiguous: Vec<Ambiguous>,
    counts: ReadCounts,
}

impl<'a, I: Iterator<Item = Result<Record>>> Intake<'a, I> {
    /// Takes the records of one contig in the order of their start, from the file at `path`: those
    /// over [`depth::needed`] of the windows to come.
    pub fn new(path: PathBuf, records: I, options: &'a Options, counted: Counted<'a>) -> Self {
        Self {
            path,
            records,
            last_start: 0,
            options,
            recalibration: None,
            counted,
            bound: DepthBound::new(options.max_depth),
            waiting: None,
            done: false,
            held: Vec::new(),
            ambiguous: Vec::new(),
            counts: ReadCounts::default(),
        }
    }

    /// Gives the reads' bases the qualities that a calibration says.
    pub fn recalibrated(self, recalibration: Option<&'a Recalibration>) -> Self {
        Self { recalibration, ..self }
    }

    /// Moves the window, which must not begin before the last one: reads that end before it are
    /// forgotten, those that begin before its end are taken in.
    pub fn advance(&mut self, window: Interval0) -> Result<()> {
        self.held.retain(|read| read.end() > window.start());
        self.ambiguous.retain(|read| read.end > window.start());
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

    /// The reads in the window, and some beyond it, that map too ambiguously to take part, in the
    /// order of their start.
    pub fn ambiguous(&self) -> &[Ambiguous] {
        &self.ambiguous
    }

    /// Reads what is left: what became of the records, and where they were too many.
    pub fn finish(mut self) -> Result<(ReadCounts, Vec<DeepStretch>)> {
        while self.next_read()?.is_some() {}
        let mut deep = Vec::new();
        for stretch in self.bound.deep() {
            let parts =
                self.counted.intervals.iter().filter_map(|i| i.intersection(stretch.interval));
            let parts = parts.filter(|part| !part.is_empty());
            deep.extend(parts.map(|interval| DeepStretch { interval, ..*stretch }));
        }
        Ok((self.counts, deep))
    }

    fn next_read(&mut self) -> Result<Option<Read>> {
        if let Some(read) = self.waiting.take() {
            return Ok(Some(read));
        }
        loop {
            let reached = if self.done { u32::MAX } else { self.last_start };
            while let Some((read, stays)) = self.bound.pop(reached) {
                self.count(&read, stays);
                if stays {
                    return Ok(Some(read));
                }
            }
            self.bound.forget(reached);
            if self.done {
                return Ok(None);
            }
            match self.records.next() {
                Some(record) => self.take(&record?)?,
                None => self.done = true,
            }
        }
    }

    fn count(&mut self, read: &Read, used: bool) {
        let n = u64::from(self.counted.holds(read.start(), read.end()));
        *(if used { &mut self.counts.used } else { &mut self.counts.too_deep }) += n;
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

    fn take(&mut self, record: &Record) -> Result<()> {
        self.check_order(record)?;
        let (start, end) = (self.last_start, record.end().unwrap_or(self.last_start));
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
            let mapq = record.mapq();
            let parts = read::covered(start, record.cigar());
            self.ambiguous.extend(parts.map(|p| Ambiguous { start: p.start, end: p.end, mapq }));
            &mut self.counts.low_mapq
        } else if let Some(mut read) = Read::of(record) {
            self.recalibration.iter().for_each(|of| read.recalibrate(record, of));
            if let Some(read) = self.bound.push(read) {
                self.count(&read, false);
            }
            return Ok(());
        } else {
            &mut self.counts.unmapped
        };
        *counter += u64::from(self.counted.holds(start, end.max(start + 1)));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use wgs_formats::alignment::Flags;

    use super::*;
    use crate::read::tests::record;

    fn intake<'a>(
        records: Vec<Record>,
        options: &'a Options,
        intervals: &'a [Interval0],
    ) -> Intake<'a, impl Iterator<Item = Result<Record>>> {
        let counted = Counted { intervals, goes_on: false };
        Intake::new("x.bam".into(), records.into_iter().map(Ok), options, counted)
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
        let all = [window(0, 100)];
        let mut intake = intake(records, &options, &all);
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
        let all = [window(0, 100)];
        let mut intake = intake(records, &options, &all);
        intake.advance(window(0, 10)).unwrap();
        assert_eq!(intake.ambiguous(), [Ambiguous { start: 0, end: 4, mapq: 4 }]);
        let expected = ReadCounts {
            used: 1,
            unmapped: 1,
            not_primary: 2,
            duplicate: 1,
            qc_fail: 1,
            low_mapq: 1,
            too_deep: 0,
        };
        assert_eq!(intake.finish().unwrap(), (expected, Vec::new()));
    }

    #[test]
    fn records_out_of_order_are_refused() {
        let options = Options::default();
        let mut intake = intake(vec![plain("a", 20), plain("b", 10)], &options, &[]);
        let error = intake.advance(window(0, 100)).unwrap_err();
        assert_eq!(error.to_string(), "x.bam: read b: the reads are not sorted by coordinate");
    }

    #[test]
    fn reads_of_neighbouring_parts_count_once() {
        let options = Options::default();
        let records = || [0, 10, 12, 30].map(|start| plain("r", start)).to_vec();
        let used = |from, to, goes_on| {
            let intervals = [window(from, to)];
            let counted = Counted { intervals: &intervals, goes_on };
            let records = records().into_iter().map(Ok);
            Intake::new("x.bam".into(), records, &options, counted).finish().unwrap().0.used
        };
        assert_eq!((used(0, 11, false), used(11, 40, true)), (2, 2));
        assert_eq!((used(11, 40, false), used(11, 12, false)), (3, 1));
    }

    #[test]
    fn too_many_reads_are_counted_and_told() {
        let options = Options { max_depth: 30, ..Options::default() };
        let mut records: Vec<Record> = (0..300).map(|i| plain(&format!("r{i}"), 5)).collect();
        records.push(plain("late", 70));
        let all = [window(0, 100)];
        let mut intake = intake(records, &options, &all);
        intake.advance(window(0, 100)).unwrap();
        let left = intake.reads().len() as u64;
        let (counts, deep) = intake.finish().unwrap();
        assert_eq!((counts.used, counts.too_deep), (left, 301 - left));
        assert!((15..50).contains(&left), "{left}");
        assert_eq!(deep, [DeepStretch { interval: window(0, 64), depth: 300 }]);
    }
}
