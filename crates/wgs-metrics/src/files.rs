//! The figures of an alignment file, in one pass.

use std::{path::Path, sync::mpsc, thread};

use wgs_formats::{
    FileError, Result,
    alignment::{Header, Reader, Record},
    genome::Genome,
    qc::{AlignmentQc, Calibration, CoverageQc},
};

use crate::{AlignmentAccumulator, CalibrationAccumulator, CoverageAccumulator, CoverageOptions};

/// Records that go from the reading to the counting thread at once.
const BATCH: usize = 2048;
/// Batches under way.
const BATCHES: usize = 4;

/// How a file is measured.
#[derive(Clone, Default)]
pub struct MetricsOptions<'a> {
    /// What counts as coverage; `None`: neither coverage nor the errors of the sequencer are
    /// measured, and the order of the records does not matter.
    pub coverage: Option<CoverageOptions>,
    /// Threads; 0 is 1. Without influence on the figures.
    pub threads: usize,
    /// Hears now and then how many records were read.
    pub progress: Option<&'a dyn Fn(u64)>,
}

/// The figures of an alignment file.
#[derive(Clone, Debug, PartialEq)]
pub struct AlignmentMetrics {
    /// Alignment and insert sizes.
    pub alignment: AlignmentQc,
    /// Coverage, if it was asked for.
    pub coverage: Option<CoverageQc>,
    /// Errors of the sequencer, if coverage was asked for.
    pub calibration: Option<Calibration>,
}

/// Measures a SAM, BAM or CRAM file in one pass.
///
/// ```
/// use wgs_formats::genome::{self, Genome};
/// use wgs_metrics::{CoverageOptions, MetricsOptions, alignment_metrics};
///
/// let folder = tempfile::tempdir()?;
/// let (fasta, plain) = (folder.path().join("in.fa"), folder.path().join("genome.fa"));
/// std::fs::write(&fasta, ">chr1\nACGTACGTAC\n")?;
/// genome::import(&fasta, &plain)?;
/// let sam = folder.path().join("reads.sam");
/// std::fs::write(&sam, "@SQ\tSN:chr1\tLN:10\nr\t0\tchr1\t3\t60\t4M\t*\t0\t0\tGTAC\tIIII\n")?;
///
/// let options = MetricsOptions { coverage: Some(CoverageOptions::default()), ..Default::default() };
/// let metrics = alignment_metrics(&sam, &Genome::open(&plain)?, &options)?;
/// assert_eq!(metrics.alignment.total.mapped_bases, 4);
/// assert_eq!(metrics.coverage.map(|coverage| coverage.genome.mean_depth), Some(0.4));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// If the file cannot be read, is not of this genome, holds no reads or read groups of several
/// samples, or if coverage is asked for and its records are not in coordinate order.
pub fn alignment_metrics(
    path: &Path,
    genome: &Genome,
    options: &MetricsOptions<'_>,
) -> Result<AlignmentMetrics> {
    let decoders = options.threads.saturating_sub(1).max(1);
    let mut reader = Reader::open_threaded(path, Some(genome), decoders)?;
    check_samples(&reader)?;
    let mut counter = Counter::new(&reader, genome, options.coverage.as_ref());
    if options.threads < 2 {
        let mut batch = Vec::new();
        loop {
            let read = read_batch(&mut reader, &mut batch);
            counter.count(&batch)?;
            counter.report(options.progress);
            if read? == 0 {
                return counter.finish();
            }
        }
    }
    count_beside(&mut reader, counter, options.progress)
}

/// Figures of several samples together are those of none.
fn check_samples(reader: &Reader) -> Result<()> {
    match reader.header().samples().as_slice() {
        [] | [_] => Ok(()),
        samples => {
            let reason = format!("holds {} samples: {}", samples.len(), samples.join(", "));
            Err(FileError::invalid(reader.path(), reason)
                .hint("split it by sample: samtools split, then give each file"))
        }
    }
}

/// Reads here, and counts in a thread beside.
fn count_beside(
    reader: &mut Reader,
    mut counter: Counter<'_>,
    progress: Option<&dyn Fn(u64)>,
) -> Result<AlignmentMetrics> {
    thread::scope(|scope| {
        let (full, to_count) = mpsc::sync_channel::<Vec<Record>>(BATCHES);
        let (empty, to_fill) = mpsc::sync_channel::<Vec<Record>>(BATCHES);
        let counting = scope.spawn(move || {
            for batch in to_count {
                counter.count(&batch)?;
                // The reader may have ended; what it does not take back is dropped.
                let _ = empty.try_send(batch);
            }
            Ok(counter)
        });
        let read = fill(reader, &full, &to_fill, progress);
        drop(full);
        // An error of counting is of an earlier record than one of reading.
        let counter = counting.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        read.and_then(|()| counter.finish())
    })
}

fn fill(
    reader: &mut Reader,
    full: &mpsc::SyncSender<Vec<Record>>,
    to_fill: &mpsc::Receiver<Vec<Record>>,
    progress: Option<&dyn Fn(u64)>,
) -> Result<()> {
    let mut records = 0;
    loop {
        let mut batch = to_fill.try_recv().unwrap_or_default();
        let read = read_batch(reader, &mut batch);
        let count = batch.len() as u64;
        if count == 0 || full.send(batch).is_err() {
            return read.map(drop);
        }
        read?;
        records += count;
        progress.iter().for_each(|progress| progress(records));
    }
}

/// Fills a batch, whose records are used again; it ends with the file, or before a wrong record.
fn read_batch(reader: &mut Reader, batch: &mut Vec<Record>) -> Result<usize> {
    batch.resize_with(BATCH, Record::default);
    for at in 0..BATCH {
        match reader.read(&mut batch[at]) {
            Ok(true) => {}
            Ok(false) => {
                batch.truncate(at);
                break;
            }
            Err(error) => {
                batch.truncate(at);
                return Err(error);
            }
        }
    }
    Ok(batch.len())
}

struct Counter<'a> {
    path: std::path::PathBuf,
    header: Header,
    records: u64,
    alignment: AlignmentAccumulator,
    coverage: Option<CoverageAccumulator<'a>>,
    calibration: Option<CalibrationAccumulator<'a>>,
}

impl<'a> Counter<'a> {
    fn new(reader: &Reader, genome: &'a Genome, options: Option<&CoverageOptions>) -> Self {
        Self {
            path: reader.path().to_owned(),
            header: reader.header().clone(),
            records: 0,
            alignment: AlignmentAccumulator::new(genome),
            coverage: options.map(|options| CoverageAccumulator::new(genome, options.clone())),
            calibration: options.map(|_| CalibrationAccumulator::new(genome)),
        }
    }

    fn count(&mut self, batch: &[Record]) -> Result<()> {
        for record in batch {
            self.records += 1;
            self.alignment.add(record);
            let added = self.coverage.as_mut().map_or(Ok(()), |coverage| coverage.add(record));
            added.map_err(|e| {
                FileError::invalid(&self.path, e.to_string())
                    .at(format!("record {}", self.records))
                    .hint("coverage needs records in coordinate order: sort the file first")
            })?;
            if let Some(calibration) = &mut self.calibration {
                calibration.add(record);
            }
        }
        Ok(())
    }

    fn report(&self, progress: Option<&dyn Fn(u64)>) {
        progress.iter().for_each(|progress| progress(self.records));
    }

    fn finish(self) -> Result<AlignmentMetrics> {
        if self.records == 0 {
            return Err(FileError::invalid(&self.path, "holds no reads")
                .hint("the figures of no reads would say nothing; was the file cut or filtered?"));
        }
        Ok(AlignmentMetrics {
            alignment: self.alignment.finish(&self.header),
            coverage: self.coverage.map(|coverage| coverage.finish(&self.header)),
            calibration: self.calibration.map(|calibration| calibration.finish(&self.header)),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use wgs_core::ErrorKind;
    use wgs_formats::{genome, output};

    use super::*;

    struct Files(tempfile::TempDir);

    impl Files {
        fn new(records: &str) -> Self {
            Self::with_header("", records)
        }

        fn with_header(lines: &str, records: &str) -> Self {
            let files = Self(tempfile::tempdir().unwrap());
            let (source, bases) = (files.0.path().join("in.fa"), "ACGT".repeat(5000));
            output::write(&source, format!(">one\n{bases}\n>two\n{bases}\n")).unwrap();
            genome::import(&source, &files.0.path().join("genome.fa")).unwrap();
            let header = "@HD\tVN:1.6\n@SQ\tSN:one\tLN:20000\n@SQ\tSN:two\tLN:20000\n";
            let text = format!("{header}{lines}{records}");
            output::write(&files.0.path().join("reads.sam"), text).unwrap();
            files
        }

        fn measured(&self, coverage: bool, threads: usize) -> Result<AlignmentMetrics> {
            let coverage = coverage.then(CoverageOptions::default);
            let genome = Genome::open(self.0.path().join("genome.fa")).unwrap();
            let options = MetricsOptions { coverage, threads, progress: None };
            alignment_metrics(&self.0.path().join("reads.sam"), &genome, &options)
        }
    }

    fn line(number: u32, contig: &str, start: u32) -> String {
        format!("r{number}\t0\t{contig}\t{start}\t60\t8M\t*\t0\t0\tACGTACGT\tIIIIIIII\n")
    }

    fn sorted(count: u32) -> String {
        let half = count / 2;
        let place = |number| if number < half { ("one", number) } else { ("two", number - half) };
        (0..count).fold(String::new(), |mut text, number| {
            let (contig, rank) = place(number);
            let _ = text.write_str(&line(number, contig, 1 + 3 * rank));
            text
        })
    }

    #[test]
    fn threads_do_not_change_the_figures() {
        let files = Files::new(&sorted(3 * BATCH as u32 + 17));
        let one = files.measured(true, 1).unwrap();
        assert_eq!(one.alignment.total.reads, 3 * BATCH as u64 + 17);
        assert_eq!(
            one.coverage.as_ref().unwrap().genome.counted_bases,
            8 * one.alignment.total.reads
        );
        for threads in [0, 2, 4] {
            assert_eq!(files.measured(true, threads).unwrap(), one);
        }
    }

    #[test]
    fn disorder_is_refused_with_its_record_unless_coverage_is_left_out() {
        let mut text = sorted(2 * BATCH as u32);
        text.push_str(&line(9, "one", 1));
        text.push_str("nonsense\n");
        let files = Files::new(&text);
        for threads in [1, 2] {
            let error = files.measured(true, threads).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(error.to_string().contains("record 4097"), "{error}");
            assert!(error.hint_text().is_some_and(|hint| hint.contains("sort")));
        }
        let files = Files::new(&text.replace("nonsense\n", ""));
        let metrics = files.measured(false, 2).unwrap();
        assert_eq!((metrics.alignment.total.reads, metrics.coverage), (4097, None));
    }

    #[test]
    fn several_samples_are_refused() {
        let groups = |second: &str| format!("@RG\tID:a\tSM:S1\n@RG\tID:b\tSM:{second}\n");
        assert!(Files::with_header(&groups("S1"), &sorted(2)).measured(true, 1).is_ok());
        let error = Files::with_header(&groups("S2"), &sorted(2)).measured(true, 1).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().ends_with("holds 2 samples: S1, S2"), "{error}");
        assert!(error.hint_text().is_some_and(|hint| hint.contains("samtools split")));
    }

    #[test]
    fn a_file_without_reads_is_refused() {
        for threads in [1, 2] {
            let error = Files::new("").measured(true, threads).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(error.to_string().ends_with("holds no reads"), "{error}");
        }
    }

    #[test]
    fn errors_of_reading_come_through() {
        let files = Files::new(&(sorted(10) + "nonsense\n"));
        for threads in [1, 2] {
            assert_eq!(files.measured(true, threads).unwrap_err().kind(), ErrorKind::InvalidInput);
        }
    }
}
