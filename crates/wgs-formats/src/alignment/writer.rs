//! Writing SAM, BAM and CRAM.

use std::{
    io::{self, Write},
    num::NonZero,
    path::{Path, PathBuf},
};

use noodles_bgzf as bgzf;
use wgs_core::{ContigIndex, ContigList, ErrorKind};

use super::{
    Format, Header, Record, SortOrder, WriterOptions,
    cram::{self, CramWriter},
    publish::{Output, beside},
    reference_fields::completed,
    text,
};
use crate::{
    FileError, Result,
    genome::Genome,
    output::{self, AtomicFile},
};

/// Longest contig that a BAI index can address, in bases.
const BAI_MAX: u32 = 1 << 29;
/// Smallest bin of a CSI index, as a power of two.
const CSI_MIN_SHIFT: u8 = 14;

/// Writes a SAM, BAM or CRAM file that appears under its name, with its index and checksum, when
/// [`Writer::finish`] is called; dropped before, it leaves nothing.
///
/// | file | index, where the header says that records are sorted by coordinate | checksum |
/// |---|---|---|
/// | `x.cram` (3.0 or 3.1) | `x.cram.crai` | `x.cram.md5` |
/// | `x.bam` | `x.bam.bai`; `x.bam.csi` if a contig is longer than 2^29 bases | `x.bam.md5` |
/// | `x.sam` | none | `x.sam.md5` |
///
/// The checksum file is what `md5sum` writes. The bytes of all files follow from header and
/// records alone, not from the number of threads.
///
/// CRAM needs the genome, which must have every contig of the header; the header is given their
/// `M5`, and `UR` as [`WriterOptions::reference_uri`] says. CRAM cannot hold everything: `=` and `X` in a CIGAR become `M`, and operations over no
/// base vanish; the CIGAR of a read with the unmapped flag is left out, and so is the mate's place
/// of a read without the paired flag; a mapped read without `MD` and `NM` comes back with them; the
/// order of optional fields may change; and a mapped read that has bases but no CIGAR is refused.
/// Threads beyond 16 have nothing to encode. Short reads take about 10 MB for each thread, and 100 MB
/// more in 16 encoders (by the profile `small` 25 MB and 250 MB, by `archive` 50 MB and 1 GB), long
/// ones up to 48 MiB for each thread and 48 MiB more; the sequence of the contigs in work comes on
/// top.
///
/// ```
/// use wgs_core::{Contig, ContigIndex, ContigList};
/// use wgs_formats::alignment::{Format, Header, Reader, RecordBuilder, SortOrder, Writer};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("reads.bam");
/// let mut header = Header::new(ContigList::new(vec![Contig::new("chr1", 1000)])?);
/// header.set_sort_order(SortOrder::Coordinate);
/// let mut writer = Writer::create(&path, Format::Bam, &header, None, 1)?;
/// writer.write(&RecordBuilder::new(b"r1").position(ContigIndex(0), 9).bases(b"ACGT").build()?)?;
/// assert!(!path.exists());
/// writer.finish()?;
/// assert!(folder.path().join("reads.bam.bai").exists());
/// assert_eq!(Reader::open(&path, None)?.count(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Writer {
    path: PathBuf,
    contigs: ContigList,
    sink: Sink,
    threads: usize,
    count: u64,
    /// Place of the last record, where the order is checked.
    last: Option<(usize, u32)>,
    sorted: bool,
}

enum Sink {
    Sam {
        output: Output,
        line: Vec<u8>,
    },
    Bam(Bgzf),
    BamThreaded(bgzf::io::MultithreadedWriter<Output>),
    Cram(Box<CramWriter>),
    /// After an error.
    Failed,
}

type Bgzf = bgzf::io::Writer<Output>;

impl Writer {
    /// As [`Writer::with_options`], with the defaults for what is not given here.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn create(
        path: impl AsRef<Path>,
        format: Format,
        header: &Header,
        genome: Option<&Genome>,
        threads: usize,
    ) -> Result<Self> {
        Self::with_options(
            path,
            format,
            header,
            &WriterOptions { genome, threads, ..Default::default() },
        )
    }

    /// Opens a partial file beside `path`, whose folder must exist, and writes the header.
    ///
    /// # Errors
    ///
    /// If the folder cannot be written to; if the `UR` cannot stand in a header
    /// ([`ErrorKind::Usage`]). For CRAM: without a genome ([`ErrorKind::Usage`]), and if the header
    /// has contigs that the genome lacks ([`ErrorKind::ReferenceMismatch`]).
    pub fn with_options(
        path: impl AsRef<Path>,
        format: Format,
        header: &Header,
        options: &WriterOptions<'_>,
    ) -> Result<Self> {
        let path = path.as_ref().to_owned();
        let header = completed(&path, format, header, options)?;
        let output = Output::create(&path, format)?;
        let threads = options.threads;
        let sink = match format {
            Format::Sam => sam(output, &header)?,
            Format::Bam => bam(output, &header, threads)?,
            Format::Cram => Sink::Cram(Box::new(CramWriter::new(output, &header, options)?)),
        };
        let sorted = header.sort_order() == SortOrder::Coordinate;
        let contigs = header.contigs().clone();
        Ok(Self { path, contigs, sink, threads, count: 0, last: None, sorted })
    }

    /// The final name.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends a record.
    ///
    /// # Errors
    ///
    /// If the record lies on a contig that the header lacks, or beyond a contig's end, or out of
    /// the order that the header states; if the file cannot be written. The file cannot be finished
    /// after an error.
    pub fn write(&mut self, record: &Record) -> Result<()> {
        self.count += 1;
        let written = self.check(record).and_then(|()| self.put(record));
        if written.is_err() {
            self.sink = Sink::Failed;
        }
        written.map_err(|e| e.at(format!("record {}", self.count)))
    }

    fn put(&mut self, record: &Record) -> Result<()> {
        let bytes = record.as_bytes();
        let size = (bytes.len() as u32).to_le_bytes();
        let put = match &mut self.sink {
            Sink::Cram(writer) => return writer.write(record),
            Sink::Failed => return Err(self.failed()),
            Sink::Sam { output, line } => {
                line.clear();
                text::write(record, &self.contigs, line);
                output.write_all(line)
            }
            Sink::Bam(bgzf) => bgzf.write_all(&size).and_then(|()| bgzf.write_all(bytes)),
            Sink::BamThreaded(bgzf) => bgzf.write_all(&size).and_then(|()| bgzf.write_all(bytes)),
        };
        put.map_err(|e| FileError::io(&self.path, e))
    }

    fn failed(&self) -> FileError {
        FileError::new(&self.path, ErrorKind::TaskFailed, "cannot be written after an error")
    }

    fn check(&mut self, record: &Record) -> Result<()> {
        self.check_place(record.ref_index(), record.start())?;
        self.check_place(record.mate_ref_index(), record.mate_start())?;
        let bare = record.cigar().len() == 0 && !record.is_empty() && !record.flags().is_unmapped();
        if bare && matches!(self.sink, Sink::Cram(_)) {
            let reason = "CRAM cannot hold a mapped read that has bases but no CIGAR";
            return Err(FileError::invalid(&self.path, reason));
        }
        if self.sorted {
            let contig = record.ref_index().map_or(usize::MAX, |c| c.0);
            let place = (contig, record.start().map_or(0, |start| start + 1));
            if self.last.is_some_and(|last| place < last) {
                return Err(FileError::invalid(
                    &self.path,
                    "is not in the order of coordinates that the header states",
                ));
            }
            self.last = Some(place);
        }
        Ok(())
    }

    fn check_place(&self, contig: Option<ContigIndex>, start: Option<u32>) -> Result<()> {
        let Some(index) = contig else { return Ok(()) };
        let length = self.contigs.get(index).map_or(0, |contig| contig.length);
        if start.is_some_and(|start| start >= length) || length == 0 {
            return Err(FileError::invalid(&self.path, "lies outside the contigs of the header"));
        }
        Ok(())
    }

    /// Ends the file, makes its index and checksum, and gives all of them their names: that of the
    /// file itself comes last. Older files of these names, and older indexes of any kind, are
    /// removed before.
    pub fn finish(mut self) -> Result<()> {
        let io = |e| FileError::io(&self.path, e);
        match std::mem::replace(&mut self.sink, Sink::Failed) {
            Sink::Failed => Err(self.failed()),
            Sink::Sam { output, .. } => output.publish(None),
            Sink::Bam(bgzf) => self.publish_bam(bgzf.finish().map_err(io)?),
            Sink::BamThreaded(mut bgzf) => self.publish_bam(bgzf.finish().map_err(io)?),
            Sink::Cram(writer) => {
                let (output, lines) = writer.finish()?;
                output.publish(lines.map(|lines| self.index_cram(&lines)).transpose()?)
            }
        }
    }

    fn index_cram(&self, lines: &str) -> Result<AtomicFile> {
        let mut index = AtomicFile::create(beside(&self.path, ".crai"))?;
        let written = crai(lines).and_then(|bytes| index.write_all(&bytes));
        written.map_err(|e| FileError::io(index.path(), e))?;
        Ok(index)
    }

    fn publish_bam(&self, mut output: Output) -> Result<()> {
        output.flush().map_err(|e| FileError::io(&self.path, e))?;
        output.publish(self.sorted.then(|| self.index_bam()).transpose()?)
    }

    fn index_bam(&self) -> Result<AtomicFile> {
        let long = self.contigs.iter().any(|contig| contig.length > BAI_MAX);
        let (suffix, min_shift) = if long { (".csi", CSI_MIN_SHIFT) } else { (".bai", 0) };
        let index = beside(&self.path, suffix);
        let partial = output::partial_path(&index);
        let bam = output::partial_path(&self.path);
        let made = cram::index_bam(&bam, &partial, min_shift, self.threads);
        if made.is_err() {
            // Best effort: the next writer clears what stays.
            let _ = std::fs::remove_file(&partial);
        }
        made.map_err(|e| FileError::io(&index, e))?;
        AtomicFile::adopt(&index)
    }
}

fn sam(mut output: Output, header: &Header) -> Result<Sink> {
    let written = output.write_all(header.to_text().as_bytes());
    written.map_err(|e| FileError::io(output.path(), e))?;
    Ok(Sink::Sam { output, line: Vec::new() })
}

fn bam(output: Output, header: &Header, threads: usize) -> Result<Sink> {
    let path = output.path().to_owned();
    let head = bam_head(header);
    let written = |result: io::Result<()>| result.map_err(|e| FileError::io(&path, e));
    match NonZero::new(threads).filter(|threads| threads.get() > 1) {
        None => {
            let mut bgzf = Bgzf::new(output);
            written(bgzf.write_all(&head))?;
            Ok(Sink::Bam(bgzf))
        }
        Some(threads) => {
            let mut bgzf = bgzf::io::MultithreadedWriter::with_worker_count(threads, output);
            written(bgzf.write_all(&head))?;
            Ok(Sink::BamThreaded(bgzf))
        }
    }
}

fn bam_head(header: &Header) -> Vec<u8> {
    let text = header.to_text();
    let mut bytes = b"BAM\x01".to_vec();
    bytes.extend((text.len() as u32).to_le_bytes());
    bytes.extend(text.as_bytes());
    bytes.extend((header.contigs().len() as u32).to_le_bytes());
    for contig in header.contigs().iter() {
        bytes.extend((contig.name.len() as u32 + 1).to_le_bytes());
        bytes.extend(contig.name.as_bytes());
        bytes.push(0);
        bytes.extend(contig.length.to_le_bytes());
    }
    bytes
}

fn crai(lines: &str) -> io::Result<Vec<u8>> {
    let mut bgzf = bgzf::io::Writer::new(Vec::new());
    bgzf.write_all(lines.as_bytes())?;
    bgzf.finish()
}
