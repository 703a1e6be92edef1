//! Reading BCF.

use std::{
    io::{self, BufRead, Read},
    path::{Path, PathBuf},
};

use super::{
    super::{Header, Record, reader::Lines},
    decode,
    dictionary::Dictionaries,
};
use crate::{
    FileError, Result,
    digest::Expected,
    input,
    stream::{Stream, StreamOptions},
};

/// Bytes of the longest header or part of a record that is read.
const MAX_BYTES: u32 = 1 << 30;

/// Reads a BCF file from its beginning. Errors carry the number of the record.
///
/// Numbers come as VCF writes them: floats with as few digits as give the same 32-bit number.
pub struct Reader {
    path: PathBuf,
    input: Stream,
    header: Header,
    names: Dictionaries,
    number: u64,
    shared: Vec<u8>,
    samples: Vec<u8>,
}

impl Reader {
    /// Opens a file and reads its header.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let options = StreamOptions { threads: 1, expected: Expected::default(), end_block: true };
        let mut input = Stream::open(path, options)?;
        let text = header_text(&mut input, path)?;
        let invalid = |reason: String| FileError::invalid(path, reason).at("header");
        let (names, text) = Dictionaries::of(&text).map_err(invalid)?;
        let header = Lines::new(path).header(&mut text.as_bytes())?;
        let (shared, samples) = (Vec::new(), Vec::new());
        Ok(Self { path: path.to_owned(), input, header, names, number: 0, shared, samples })
    }

    /// The header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The next record; `None` at the end.
    ///
    /// # Errors
    ///
    /// [`Truncated`](wgs_core::ErrorKind::Truncated) if the file ends within a record,
    /// [`InvalidInput`](wgs_core::ErrorKind::InvalidInput) if one is not as BCF has it, or cannot
    /// stand in VCF.
    pub fn read(&mut self) -> Result<Option<Record>> {
        self.number += 1;
        let place = format!("record {}", self.number);
        match self.input.fill_buf() {
            Ok([]) => return Ok(None),
            Ok(_) => {}
            Err(e) => return Err(input::error(&self.path, e).at(place)),
        }
        self.fill().map_err(|e| input::error(&self.path, e).at(place.clone()))?;
        let record = decode::record(&self.shared, &self.samples, &self.header, &self.names);
        record.map(Some).map_err(|reason| FileError::invalid(&self.path, reason).at(place))
    }

    fn fill(&mut self) -> io::Result<()> {
        let (shared, samples) = (read_u32(&mut self.input)?, read_u32(&mut self.input)?);
        read_bytes(&mut self.input, shared, &mut self.shared)?;
        read_bytes(&mut self.input, samples, &mut self.samples)
    }
}

fn header_text(input: &mut Stream, path: &Path) -> Result<String> {
    let at = |e: io::Error| input::error(path, e).at("header");
    let mut magic = [0; 5];
    input.read_exact(&mut magic).map_err(at)?;
    if !matches!(magic, [b'B', b'C', b'F', 2, 1 | 2]) {
        return Err(FileError::invalid(path, "is not BCF 2"));
    }
    let mut text = Vec::new();
    let len = read_u32(input).map_err(at)?;
    read_bytes(input, len, &mut text).map_err(at)?;
    let end = text.iter().position(|&b| b == 0).unwrap_or(text.len());
    text.truncate(end);
    String::from_utf8(text).map_err(|_| FileError::invalid(path, "not UTF-8 text").at("header"))
}

fn read_u32(input: &mut Stream) -> io::Result<u32> {
    let mut bytes = [0; 4];
    input.read_exact(&mut bytes)?;
    Ok(u32::from_le_bytes(bytes))
}

/// Replaces `bytes` by the next `len`; memory grows with what is there, not with what is said.
fn read_bytes(input: &mut Stream, len: u32, bytes: &mut Vec<u8>) -> io::Result<()> {
    if len > MAX_BYTES {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a part is longer than 1 GiB"));
    }
    bytes.clear();
    let read = input.take(len.into()).read_to_end(bytes)?;
    if read < len as usize { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
}
