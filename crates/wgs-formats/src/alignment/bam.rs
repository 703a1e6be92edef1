//! BAM: the header and records within a BGZF stream.

use std::{
    io::{self, BufRead, Read},
    path::Path,
};

use wgs_core::{Contig, ContigList};

use super::{Header, Record, RecordError};
use crate::{FileError, Result, input};

/// Bytes that memory grows by while a record is read whose announced size may be a lie.
const GROWTH: usize = 1 << 20;

/// Why the next record could not be had.
#[derive(Debug)]
pub(super) enum ReadError {
    Io(io::Error),
    Record(RecordError),
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl ReadError {
    /// As an error of a file.
    pub(super) fn in_file(self, path: &Path) -> FileError {
        match self {
            Self::Record(error) => FileError::invalid(path, error.to_string()),
            Self::Io(e) if e.kind() == io::ErrorKind::UnexpectedEof => FileError::truncated(
                path,
                "the file ends here, where it must go on: it was cut off",
            ),
            Self::Io(e) => input::error(path, e),
        }
    }
}

/// Reads the next record into `record`; false at the end of the stream.
///
/// After an error, the content of `record` is any valid record.
pub(super) fn read_record(
    reader: &mut impl BufRead,
    record: &mut Record,
) -> Result<bool, ReadError> {
    let mut size = [0; 4];
    let filled = reader.fill_buf()?;
    if filled.is_empty() {
        return Ok(false);
    }
    reader.read_exact(&mut size)?;
    let size = u32::from_le_bytes(size) as usize;
    if size > i32::MAX as usize {
        return Err(ReadError::Record(RecordError::Long));
    }
    let mut bytes = std::mem::take(record).into_bytes();
    let read = read_bytes(reader, size, &mut bytes);
    *record = match read {
        Ok(()) => Record::from_bytes(bytes).map_err(ReadError::Record)?,
        Err(error) => return Err(error.into()),
    };
    Ok(true)
}

/// Replaces the content of `bytes` by the next `size` bytes.
fn read_bytes(reader: &mut impl BufRead, size: usize, bytes: &mut Vec<u8>) -> io::Result<()> {
    bytes.clear();
    let filled = reader.fill_buf()?;
    if let Some(whole) = filled.get(..size) {
        bytes.extend_from_slice(whole);
        reader.consume(size);
        return Ok(());
    }
    while bytes.len() < size {
        let start = bytes.len();
        bytes.resize(size.min(start + GROWTH), 0);
        reader.read_exact(&mut bytes[start..])?;
    }
    Ok(())
}

/// Reads the header. Contigs stand in its text and again in binary form: both must agree, unless
/// the text has none.
pub(super) fn read_header(reader: &mut impl BufRead, path: &Path) -> Result<Header> {
    let at = |e: io::Error| ReadError::Io(e).in_file(path).at("header");
    let invalid = |reason: String| FileError::invalid(path, reason).at("header");
    let mut magic = [0; 4];
    reader.read_exact(&mut magic).map_err(at)?;
    let length = read_u32(reader).map_err(at)?;
    let mut text = Vec::new();
    read_bytes(reader, length, &mut text).map_err(at)?;
    let header =
        Header::parse(&String::from_utf8_lossy(&text)).map_err(|e| invalid(e.to_string()))?;
    let contigs = read_contigs(reader, path)?;
    if header.contigs().is_empty() && !contigs.is_empty() {
        return Ok(header.with_contigs(&contigs));
    }
    let same = contigs.len() == header.contigs().len()
        && contigs
            .iter()
            .zip(header.contigs().iter())
            .all(|(a, b)| (&a.name, a.length) == (&b.name, b.length));
    if same { Ok(header) } else { Err(invalid("its text and its list of contigs disagree".into())) }
}

fn read_u32(reader: &mut impl Read) -> io::Result<usize> {
    let mut bytes = [0; 4];
    reader.read_exact(&mut bytes)?;
    Ok(u32::from_le_bytes(bytes) as usize)
}

fn read_contigs(reader: &mut impl BufRead, path: &Path) -> Result<ContigList> {
    let at = |e: io::Error| ReadError::Io(e).in_file(path).at("header");
    let invalid = |reason: String| FileError::invalid(path, reason).at("header");
    let count = read_u32(reader).map_err(at)?;
    let mut contigs = Vec::new();
    let mut name = Vec::new();
    for _ in 0..count {
        let length = read_u32(reader).map_err(at)?;
        read_bytes(reader, length, &mut name).map_err(at)?;
        let text = name.strip_suffix(b"\0").map(|name| String::from_utf8_lossy(name).into_owned());
        let text = text.ok_or_else(|| invalid("the name of a contig has no end".into()))?;
        contigs.push(Contig::new(text, read_u32(reader).map_err(at)? as u32));
    }
    ContigList::new(contigs).map_err(|e| invalid(e.to_string()))
}
