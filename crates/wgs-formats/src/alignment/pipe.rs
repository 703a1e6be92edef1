//! Reading SAM or BAM that another program writes into a pipe.

use std::{
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use noodles_bgzf as bgzf;

use super::{
    Header, Record,
    bam::{self, ReadError},
    contigs::ContigMap,
    sam::SamReader,
};
use crate::{FileError, Result, genome::Genome, input::BGZF_EOF};

/// First bytes of a BGZF file.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
/// Bytes that are read from the pipe at a time.
const BUFFER_BYTES: usize = 1 << 18;

/// The records of SAM text or BAM that comes through a pipe, in its order.
///
/// As [`Reader`](super::Reader), but nothing is known of the end before it is there: a stream that
/// ends within a line, a record or a block, or BAM without its end marker, is an error of the read
/// that meets it.
///
/// ```
/// use wgs_formats::alignment::{PipeReader, Record};
///
/// let text = "@SQ\tSN:chr1\tLN:100\nr1\t0\tchr1\t11\t60\t4M\t*\t0\t0\tACGT\t*\n";
/// let mut reader = PipeReader::new("aligner", text.as_bytes(), None)?;
/// let mut record = Record::default();
/// assert!(reader.read(&mut record)? && !reader.read(&mut record)?);
/// let mut cut = PipeReader::new("aligner", &text.as_bytes()[..text.len() - 1], None)?;
/// assert!(cut.read(&mut record).is_err());
/// # Ok::<(), wgs_formats::FileError>(())
/// ```
pub struct PipeReader<'a> {
    name: PathBuf,
    header: Header,
    contigs: ContigMap,
    source: Source<'a>,
    number: u64,
}

enum Source<'a> {
    Sam(SamReader<'a>),
    Bam(Box<bgzf::io::Reader<Tail<'a>>>),
}

impl<'a> PipeReader<'a> {
    /// Reads the header. `name` says in errors where the stream comes from; with a genome, the
    /// records must be of it, and come in its terms.
    ///
    /// # Errors
    ///
    /// If the stream cannot be read, is neither SAM nor BAM, or is of another genome
    /// (`ReferenceMismatch`).
    pub fn new(
        name: impl AsRef<Path>,
        input: impl Read + Send + 'a,
        genome: Option<&Genome>,
    ) -> Result<Self> {
        let name = name.as_ref().to_owned();
        let mut input = BufReader::with_capacity(BUFFER_BYTES, input);
        let first = input.fill_buf().map_err(|e| FileError::io(&name, e))?;
        let (header, source) = if first.starts_with(&GZIP_MAGIC) {
            let tail = Tail { input: Box::new(input), last: Vec::new() };
            let mut stream = bgzf::io::Reader::new(tail);
            (bam::read_header(&mut stream, &name)?, Source::Bam(Box::new(stream)))
        } else {
            let (reader, header) = SamReader::new(Box::new(input), &name)?;
            (header, Source::Sam(reader))
        };
        let contigs = ContigMap::new(&name, &header, genome)?;
        let header = contigs.header(header, genome);
        Ok(Self { name, header, contigs, source, number: 0 })
    }

    /// The header; its contigs are those that records refer to.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Reads the next record; false at the end of a whole stream.
    ///
    /// # Errors
    ///
    /// As [`Reader::read`](super::Reader::read); `Truncated` if the stream ends too early.
    pub fn read(&mut self, record: &mut Record) -> Result<bool> {
        self.number += 1;
        let more = self.read_next(record).map_err(|e| e.at(format!("record {}", self.number)))?;
        if more {
            self.contigs.apply(&self.name, record)?;
        }
        Ok(more)
    }

    fn read_next(&mut self, record: &mut Record) -> Result<bool> {
        let name = &self.name;
        match &mut self.source {
            Source::Sam(reader) => {
                let more = reader.read(name, record, self.contigs.of_file());
                if reader.is_cut() {
                    return Err(FileError::truncated(name, "the output ends within a line"));
                }
                more
            }
            Source::Bam(stream) => {
                let more = bam::read_record(&mut **stream, record);
                let more = more.map_err(|e: ReadError| e.in_file(name))?;
                if !more && stream.get_ref().last != BGZF_EOF {
                    let reason = "the output lacks the BGZF end-of-file block";
                    return Err(FileError::truncated(name, reason));
                }
                Ok(more)
            }
        }
    }
}

/// Remembers the last bytes of a stream.
struct Tail<'a> {
    input: Box<dyn Read + Send + 'a>,
    last: Vec<u8>,
}

impl Read for Tail<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        self.last.extend_from_slice(&buffer[count.saturating_sub(BGZF_EOF.len())..count]);
        let excess = self.last.len().saturating_sub(BGZF_EOF.len());
        self.last.drain(..excess);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use wgs_core::{Contig, ContigIndex, ContigList, ErrorKind};

    use super::*;
    use crate::alignment::{CigarOp, Format, RecordBuilder, Writer};

    fn records() -> Vec<Record> {
        let record = |i: u32| {
            RecordBuilder::new(format!("r{i}").as_bytes())
                .position(ContigIndex(0), i)
                .cigar(CigarOp::parse(b"4M").unwrap())
                .bases(b"ACGT")
                .build()
                .unwrap()
        };
        (0..50).map(record).collect()
    }

    fn stream(format: Format) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        let contigs = ContigList::new(vec![Contig::new("chr1", 1000)]).unwrap();
        let mut writer = Writer::create(&path, format, &Header::new(contigs), None, 1).unwrap();
        records().iter().for_each(|record| writer.write(record).unwrap());
        writer.finish().unwrap();
        std::fs::read(&path).unwrap()
    }

    fn read(bytes: &[u8]) -> Result<Vec<Record>> {
        let mut reader = PipeReader::new("aligner", bytes, None)?;
        let (mut all, mut record) = (Vec::new(), Record::default());
        while reader.read(&mut record)? {
            all.push(record.clone());
        }
        Ok(all)
    }

    #[test]
    fn sam_and_bam_give_the_same_records() {
        for format in [Format::Sam, Format::Bam] {
            assert!(read(&stream(format)).unwrap() == records());
        }
    }

    #[test]
    fn every_cut_is_noticed() {
        for format in [Format::Sam, Format::Bam] {
            let whole = stream(format);
            let header = whole.len() - 28.min(whole.len());
            for keep in (header..whole.len()).chain([whole.len() / 2, whole.len() / 3]) {
                let whole_lines = format == Format::Sam && whole[keep - 1] == b'\n';
                let error = match read(&whole[..keep]) {
                    Ok(_) if whole_lines => continue,
                    Ok(_) => panic!("{format:?} cut to {keep} of {}", whole.len()),
                    Err(error) => error,
                };
                assert!(
                    matches!(error.kind(), ErrorKind::Truncated | ErrorKind::InvalidInput),
                    "{error}"
                );
            }
        }
    }
}
