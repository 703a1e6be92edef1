//! Reading SAM, BAM and CRAM from front to back.

use std::path::{Path, PathBuf};

use super::{
    Format, Header, Record, bam,
    contigs::ContigMap,
    cram::{self, CramReader, Digested, Tee},
    format,
    sam::SamReader,
};
use crate::{
    FileError, Result,
    digest::Expected,
    genome::Genome,
    stream::{Stream, StreamOptions},
};

/// How an alignment file is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// Threads for decompression; 0 is 1.
    pub threads: usize,
    /// Digests that the file must have. They are taken of what is read, as it stands in the file,
    /// and compared before the reader says that there is no more record.
    pub expected: Expected,
}

/// The records of a SAM (plain or gzip), BAM or CRAM file, in the file's order.
///
/// The format is told by the content. BGZF and CRAM files without their end marker are refused as
/// truncated before the first record, and the checksum of every block is checked: of the headers
/// within CRAM at the end of the file.
///
/// With a genome, the data must be of it: contigs that it lacks, or that differ in length or MD5,
/// are an [`ErrorKind::ReferenceMismatch`](wgs_core::ErrorKind::ReferenceMismatch). Everything then comes in the genome's terms:
/// [`Reader::header`] has the genome's contigs in the genome's order, and the
/// [`ContigIndex`](wgs_core::ContigIndex) of a record is the genome's, whatever the order in the
/// file. CRAM needs the genome; it is never looked for elsewhere.
///
/// ```
/// use wgs_formats::alignment::Reader;
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("reads.sam");
/// std::fs::write(&path, "@SQ\tSN:chr1\tLN:100\nr1\t0\tchr1\t11\t60\t4M\t*\t0\t0\tACGT\t*\n")?;
/// let mut reader = Reader::open(&path, None)?;
/// assert_eq!(reader.header().contigs().len(), 1);
/// for record in &mut reader {
///     assert_eq!(record?.start(), Some(10));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Reader {
    path: PathBuf,
    format: Format,
    header: Header,
    source: Source,
    contigs: ContigMap,
    /// 1-based number of the record last asked for.
    number: u64,
    ended: bool,
}

/// The header of a SAM, BAM or CRAM file, without its records: that of CRAM needs no genome.
///
/// # Errors
///
/// If the file is none of these, lacks the block or container that ends its format
/// ([`Truncated`](wgs_core::ErrorKind::Truncated)), or has a damaged header.
pub fn read_header(path: &Path) -> Result<Header> {
    let format = Format::of_file(path)?;
    format::check_end(path, format)?;
    Ok(match format {
        Format::Sam => SamReader::open(path, Expected::default())?.1,
        Format::Bam => {
            let options =
                StreamOptions { threads: 1, expected: Expected::default(), end_block: true };
            bam::read_header(&mut Stream::open(path, options)?, path)?
        }
        Format::Cram => CramReader::open_at(path, path)?.1,
    })
}

enum Source {
    Sam(SamReader<'static>),
    Bam(Stream),
    Cram(Option<CramReader>, Option<Digested>),
}

impl Reader {
    /// Opens a file and reads its header.
    pub fn open(path: impl AsRef<Path>, genome: Option<&Genome>) -> Result<Self> {
        Self::open_with(path, genome, ReadOptions::default())
    }

    /// As [`Reader::open`], with some threads for decompression; 0 is 1.
    pub fn open_threaded(
        path: impl AsRef<Path>,
        genome: Option<&Genome>,
        threads: usize,
    ) -> Result<Self> {
        Self::open_with(path, genome, ReadOptions { threads, ..ReadOptions::default() })
    }

    /// As [`Reader::open`], to be read in a way of your choice.
    pub fn open_with(
        path: impl AsRef<Path>,
        genome: Option<&Genome>,
        options: ReadOptions,
    ) -> Result<Self> {
        let ReadOptions { threads, expected } = options;
        let path = path.as_ref().to_owned();
        let format = Format::of_file(&path)?;
        format::check_end(&path, format)?;
        let (header, mut source) = match format {
            Format::Sam => {
                let (reader, header) = SamReader::open(&path, expected)?;
                (header, Source::Sam(reader))
            }
            Format::Bam => {
                let mut stream =
                    Stream::open(&path, StreamOptions { threads, expected, end_block: true })?;
                (bam::read_header(&mut stream, &path)?, Source::Bam(stream))
            }
            Format::Cram => {
                let tee =
                    (!expected.is_empty()).then(|| Tee::start(&path, &expected)).transpose()?;
                let content = tee.as_ref().map_or_else(|| path.clone(), Tee::path);
                let (reader, header) = CramReader::open_at(&path, &content)?;
                (header, Source::Cram(Some(reader), tee.map(Tee::opened)))
            }
        };
        let contigs = ContigMap::new(&path, &header, genome)?;
        if let Source::Cram(Some(reader), _) = &mut source {
            reader.set_reference(&path, &header, genome)?;
            reader.set_threads(&path, threads)?;
        }
        let header = contigs.header(header, genome);
        Ok(Self { path, format, header, source, contigs, number: 0, ended: false })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file's format.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The header; its contigs are those that records refer to.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Reads the next record into `record`, whose memory is used again; false at the end.
    ///
    /// After an error there is no further record, and `record` is any valid record.
    pub fn read(&mut self, record: &mut Record) -> Result<bool> {
        if self.ended {
            return Ok(false);
        }
        self.number += 1;
        let read = self.read_next(record);
        self.ended = !matches!(read, Ok(true));
        match &self.source {
            Source::Sam(lines) => read.map_err(|e| e.at(format!("line {}", lines.number()))),
            _ => read.map_err(|e| e.at(format!("record {}", self.number))),
        }
    }

    fn read_next(&mut self, record: &mut Record) -> Result<bool> {
        let more = match &mut self.source {
            Source::Sam(reader) => reader.read(&self.path, record, self.contigs.of_file())?,
            Source::Bam(stream) => {
                bam::read_record(stream, record).map_err(|e| e.in_file(&self.path))?
            }
            Source::Cram(Some(reader), _) => reader.read(&self.path, record)?,
            Source::Cram(None, _) => false,
        };
        if more {
            self.contigs.apply(&self.path, record)?;
        } else if let Source::Cram(reader, digested) = &mut self.source {
            drop(reader.take());
            digested.take().map_or(Ok(()), |digested| digested.finish(&self.path))?;
            self.check_count()?;
        }
        Ok(more)
    }

    /// A decoder that stops early looks like one at the end: all records of a CRAM file must have
    /// come.
    fn check_count(&self) -> Result<()> {
        let all: u64 = cram::data_containers(&self.path)?.iter().map(|c| c.records).sum();
        let read = self.number - 1;
        if read == all {
            return Ok(());
        }
        let reason = format!("damaged: {read} records could be read, of {all} that it holds");
        Err(FileError::invalid(&self.path, reason)
            .hint("compare the file's checksum with its source's, and fetch it again"))
    }
}

impl Iterator for Reader {
    type Item = Result<Record>;

    fn next(&mut self) -> Option<Result<Record>> {
        let mut record = Record::default();
        match self.read(&mut record) {
            Ok(true) => Some(Ok(record)),
            Ok(false) => None,
            Err(error) => Some(Err(error)),
        }
    }
}
