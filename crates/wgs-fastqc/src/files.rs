//! The figures of FASTQ files.

use std::{path::PathBuf, sync::mpsc, thread};

use wgs_formats::{
    Result,
    fastq::{PairReader, Read as FastqRead, ReadOptions, ReadReader},
    qc::{FastqQc, fastq::ReadGroupQc},
};

use crate::{QualityEncoding, ReadGroupAccumulator};

/// Bytes of bases and qualities after which a batch goes to a counting thread.
const BATCH_BYTES: usize = 1 << 20;

/// Templates after which progress is told.
const TEMPLATES: u64 = 4096;

/// The files of one read group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FastqFiles {
    /// Id of the read group.
    pub read_group: String,
    /// Its library, where known.
    pub library: Option<String>,
    /// First reads, or all reads where they are not paired.
    pub r1: PathBuf,
    /// Second reads, in the order of the first.
    pub r2: Option<PathBuf>,
}

/// How files are measured.
#[derive(Clone, Copy, Default)]
pub struct QcOptions<'a> {
    /// Threads: up to two, one parses and counts, beside those that read ahead; of more, two are
    /// for reading and the others count. Without influence on the figures.
    pub threads: usize,
    /// Takes files in BGZF without the block that ends it: see
    /// [`ReadOptions::without_end_block`](wgs_formats::fastq::ReadOptions::without_end_block).
    pub without_end_block: bool,
    /// Hears now and then how many templates (reads or pairs) were read of all files.
    pub progress: Option<&'a dyn Fn(u64)>,
}

/// Measures the FASTQ files (plain, gzip or bgzip) of a sample, one read group after the other.
///
/// ```
/// use wgs_fastqc::{FastqFiles, QcOptions, qc_files};
///
/// let folder = tempfile::tempdir()?;
/// let r1 = folder.path().join("R1.fastq");
/// std::fs::write(&r1, "@read1\nACGT\n+\nII#I\n")?;
/// let files = FastqFiles { read_group: "lane1".into(), library: None, r1, r2: None };
/// let qc = qc_files(Some("NA12878"), &[files], &QcOptions::default())?;
/// assert_eq!((qc.bases(), qc.read_groups[0].r1.q30_bases), (4, 3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// If a file cannot be read to its end, or mates do not match.
pub fn qc_files(
    sample: Option<&str>,
    files: &[FastqFiles],
    options: &QcOptions<'_>,
) -> Result<FastqQc> {
    let mut templates = 0;
    let groups = files.iter().map(|files| read_group(files, options, &mut templates));
    Ok(FastqQc::new(sample.map(str::to_owned), groups.collect::<Result<_>>()?))
}

fn read_group(
    files: &FastqFiles,
    options: &QcOptions<'_>,
    templates: &mut u64,
) -> Result<ReadGroupQc> {
    let mut source = Source::open(files, options)?;
    let total = if options.threads <= 2 {
        count_here(&mut source, options, templates)?
    } else {
        count_beside(&mut source, options, templates)?
    };
    Ok(total.finish(&files.read_group, files.library.as_deref()))
}

/// Reads and counts in turn, so that nothing is copied, and what is counted is in the nearest cache.
fn count_here(
    source: &mut Source,
    options: &QcOptions<'_>,
    templates: &mut u64,
) -> Result<ReadGroupAccumulator> {
    let mut counts = ReadGroupAccumulator::new(QualityEncoding::Phred33);
    loop {
        let counted = source.count(&mut counts)?;
        if counted == 0 {
            return Ok(counts);
        }
        *templates += counted;
        options.progress.iter().for_each(|progress| progress(*templates));
    }
}

/// Reads here, and counts in threads beside: each has its own accumulator and its own queue, which
/// get the batches in turn.
fn count_beside(
    source: &mut Source,
    options: &QcOptions<'_>,
    templates: &mut u64,
) -> Result<ReadGroupAccumulator> {
    thread::scope(|scope| {
        let (empty, to_fill) = mpsc::channel::<Batch>();
        let counters: Vec<_> = (2..options.threads)
            .map(|_| {
                let (full, to_count) = mpsc::sync_channel::<Batch>(2);
                let empty = empty.clone();
                let counting = scope.spawn(move || {
                    let mut counts = ReadGroupAccumulator::new(QualityEncoding::Phred33);
                    for batch in to_count {
                        batch.count(&mut counts);
                        // The reader may have ended: then nobody fills the batch again.
                        let _ = empty.send(batch);
                    }
                    counts
                });
                (full, counting)
            })
            .collect();
        let mut read = Ok(());
        for (full, _) in counters.iter().cycle() {
            let mut batch = to_fill.try_recv().unwrap_or_default();
            match source.fill(&mut batch) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    read = Err(error);
                    break;
                }
            }
            *templates += batch.templates();
            options.progress.iter().for_each(|progress| progress(*templates));
            if full.send(batch).is_err() {
                break;
            }
        }
        let (queues, counters): (Vec<_>, Vec<_>) = counters.into_iter().unzip();
        drop(queues);
        let total = counters
            .into_iter()
            .map(|counter| counter.join().unwrap_or_else(|e| std::panic::resume_unwind(e)))
            .reduce(|mut total, part| {
                total.merge(&part);
                total
            });
        read.map(|()| total.unwrap_or_else(|| ReadGroupAccumulator::new(QualityEncoding::Phred33)))
    })
}

enum Source {
    Pairs(Box<PairReader>),
    Singles(Box<ReadReader>),
}

impl Source {
    fn open(files: &FastqFiles, options: &QcOptions<'_>) -> Result<Self> {
        let options = || ReadOptions {
            without_end_block: options.without_end_block,
            ..ReadOptions::default()
        };
        Ok(match &files.r2 {
            Some(r2) => Self::Pairs(Box::new(PairReader::open_with(
                (&files.r1, options()),
                (r2, options()),
            )?)),
            None => Self::Singles(Box::new(ReadReader::open_with(&files.r1, options())?)),
        })
    }

    /// Counts some templates; tells how many, 0 at the end of the files.
    fn count(&mut self, counts: &mut ReadGroupAccumulator) -> Result<u64> {
        for counted in 0..TEMPLATES {
            let more = match self {
                Self::Pairs(reader) => reader.read()?.map(|pair| {
                    counts.add_pair(
                        pair.name,
                        (pair.first.bases, pair.first.quals),
                        (pair.last.bases, pair.last.quals),
                    );
                }),
                Self::Singles(reader) => reader
                    .read()?
                    .map(|read| counts.add_single(read.name, (read.bases, read.quals))),
            };
            if more.is_none() {
                return Ok(counted);
            }
        }
        Ok(TEMPLATES)
    }

    /// Replaces the content of a batch; false at the end of the files.
    fn fill(&mut self, batch: &mut Batch) -> Result<bool> {
        batch.clear();
        while batch.bytes.len() < BATCH_BYTES {
            let more = match self {
                Self::Pairs(reader) => {
                    let pair = reader.read()?;
                    pair.map(|pair| batch.push(pair.name, &pair.first, Some(&pair.last)))
                }
                Self::Singles(reader) => {
                    reader.read()?.map(|read| batch.push(read.name, &read, None))
                }
            };
            if more.is_none() {
                break;
            }
        }
        Ok(!batch.templates.is_empty())
    }
}

/// Reads one after the other: name, bases, qualities, bases, …
#[derive(Default)]
struct Batch {
    bytes: Vec<u8>,
    templates: Vec<Place>,
}

/// Where in a batch a template lies.
struct Place {
    /// Length of the name.
    name: usize,
    /// Number of bases of the first read.
    first: usize,
    /// Number of bases of the last read of a pair.
    last: Option<usize>,
}

impl Batch {
    fn clear(&mut self) {
        self.bytes.clear();
        self.templates.clear();
    }

    fn push(&mut self, name: &[u8], first: &FastqRead<'_>, last: Option<&FastqRead<'_>>) {
        self.bytes.extend_from_slice(name);
        for read in std::iter::once(first).chain(last) {
            self.bytes.extend_from_slice(read.bases);
            self.bytes.extend_from_slice(read.quals);
        }
        let (first, last) = (first.bases.len(), last.map(|read| read.bases.len()));
        self.templates.push(Place { name: name.len(), first, last });
    }

    fn templates(&self) -> u64 {
        self.templates.len() as u64
    }

    fn count(&self, counts: &mut ReadGroupAccumulator) {
        let mut rest = self.bytes.as_slice();
        let mut next = |length: usize| {
            let (next, after) = rest.split_at(length);
            rest = after;
            next
        };
        for place in &self.templates {
            let (name, first) = (next(place.name), (next(place.first), next(place.first)));
            match place.last {
                Some(last) => counts.add_pair(name, first, (next(last), next(last))),
                None => counts.add_single(name, first),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use wgs_core::ErrorKind;
    use wgs_formats::output;

    use super::*;

    fn fastq(reads: usize, seed: usize) -> String {
        (0..reads).fold(String::new(), |mut text, number| {
            let at = |i: usize| ((number * 7919 + i * i * seed + i) * 2_654_435_761) >> 7;
            let bases: String = (0..100).map(|i| char::from(b"ACGT"[at(i) & 3])).collect();
            let quals: String = (0..100).map(|i| char::from(b'#' + (at(i) % 40) as u8)).collect();
            let _ = write!(text, "@r{number}\n{bases}\n+\n{quals}\n");
            text
        })
    }

    fn files(r1: &str, r2: Option<&str>) -> (tempfile::TempDir, FastqFiles) {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            output::write(&path, text).unwrap();
            path
        };
        let (r1, r2) = (write("r1.fq", r1), r2.map(|text| write("r2.fq", text)));
        let files = FastqFiles { read_group: "g".into(), library: Some("l".into()), r1, r2 };
        (folder, files)
    }

    #[test]
    fn threads_do_not_change_the_figures() {
        let (_folder, pairs) = files(&fastq(12_000, 3), Some(&fastq(12_000, 5)));
        let run = |threads| {
            let options = QcOptions { threads, ..QcOptions::default() };
            qc_files(Some("S"), &[pairs.clone(), pairs.clone()], &options).unwrap()
        };
        let one = run(1);
        assert_eq!((one.reads(), one.read_groups.len()), (48_000, 2));
        for threads in [0, 2, 4] {
            assert_eq!(run(threads), one);
        }
    }

    #[test]
    fn progress_counts_templates_of_all_files() {
        let (_folder, pairs) = files(&fastq(12_000, 3), Some(&fastq(12_000, 5)));
        let last = std::cell::Cell::new(0);
        let progress = |templates| {
            assert!(templates > last.replace(templates));
        };
        let options = QcOptions { threads: 2, progress: Some(&progress), ..QcOptions::default() };
        qc_files(None, &[pairs.clone(), pairs], &options).unwrap();
        assert_eq!(last.get(), 24_000);
    }

    #[test]
    fn single_reads() {
        let (_folder, single) = files(&fastq(10, 3), None);
        let qc = qc_files(None, &[single], &QcOptions::default()).unwrap();
        assert_eq!((qc.read_groups[0].r1.reads, qc.read_groups[0].r2.is_none()), (10, true));
        assert_eq!(qc.read_groups[0].library.as_deref(), Some("l"));
    }

    #[test]
    fn errors_of_reading_come_through() {
        let r1 = fastq(12_000, 3);
        for (r2, kind) in [
            (&r1[..r1.len() - 120], ErrorKind::Truncated),
            (&*fastq(11_999, 3), ErrorKind::Truncated),
            (&*r1.replace("@r11000\n", "@x\n"), ErrorKind::InvalidInput),
        ] {
            let (_folder, pairs) = files(&r1, Some(r2));
            for threads in [1, 3] {
                let options = QcOptions { threads, ..QcOptions::default() };
                let error = qc_files(None, std::slice::from_ref(&pairs), &options).unwrap_err();
                assert_eq!(error.kind(), kind, "{error}");
            }
        }
    }
}
