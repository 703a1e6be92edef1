//! Whether a CRAM file is whole, without its genome: the chain of its containers and blocks, and their
//! checksums (CRAM v3 §7 to §9).

use std::{
    io::{self, Read},
    path::Path,
};

use super::container::{Block, ContainerHeader, Cursor, Unexpected, crc};
use crate::{FileError, Result, input};

/// Bytes of the file definition, which the first container follows.
const DEFINITION_BYTES: usize = 26;
/// Bytes of a checksum.
const CRC_BYTES: usize = 4;
/// More bytes than a container's header has.
const LONGEST_HEADER: usize = 1 << 26;
/// Where the container that ends a file says that its reads begin: `EOF` in hexadecimal.
const END_START: i32 = 0x45_4f46;

/// Reads a CRAM 2 or 3 file from front to back, and compares the checksum of every container's header
/// and of every block, which CRAM 2 has not. `path` is for errors. Nothing is decompressed.
///
/// ```
/// let cut = &b"CRAM\x03\x01 definition of a file"[..];
/// let error = wgs_formats::alignment::check_cram("x.cram".as_ref(), cut).unwrap_err();
/// assert_eq!(error.kind(), wgs_core::ErrorKind::Truncated);
/// ```
///
/// # Errors
///
/// With the byte at which it is found: a container or block that is damaged or not all there, the
/// container that ends the file missing, or anything behind it.
pub fn check_cram(path: &Path, input: impl Read) -> Result<()> {
    let mut walk = Walk { path, input, bytes: Vec::new(), used: 0, at: 0, major: 0 };
    walk.definition()?;
    let mut has_ended = false;
    while walk.has_more()? {
        if has_ended {
            let reason = "damaged: something follows the container that ends the file";
            return Err(walk.fault(reason).hint("CRAM is joined by: samtools cat"));
        }
        has_ended = walk.container()?;
    }
    if has_ended { Ok(()) } else { Err(input::without_end(path, "CRAM end-of-file container")) }
}

struct Walk<'a, R> {
    path: &'a Path,
    input: R,
    /// What was read and is not done with, from `used`.
    bytes: Vec<u8>,
    used: usize,
    /// Offset in the file of what comes next.
    at: u64,
    major: u8,
}

impl<R: Read> Walk<'_, R> {
    fn definition(&mut self) -> Result<()> {
        if !self.fill(DEFINITION_BYTES)? {
            return Err(self.cut("its first bytes"));
        }
        let definition = &self.bytes[..DEFINITION_BYTES];
        self.major = definition[4];
        if !definition.starts_with(b"CRAM") || !matches!(self.major, 2 | 3) {
            return Err(FileError::invalid(self.path, "is not CRAM 2 or 3"));
        }
        self.advance(DEFINITION_BYTES);
        Ok(())
    }

    /// Goes past a container; whether it is the one that ends a file.
    fn container(&mut self) -> Result<bool> {
        let (header, length) = self.header()?;
        if !self.fill(length)? {
            return Err(self.cut("a container"));
        }
        let body = &self.bytes[self.used..self.used + length];
        if let Err(at) = check_blocks(body, &header, self.major) {
            self.at += at as u64;
            return Err(self.fault("damaged: no sound block of a container is there"));
        }
        self.advance(length);
        Ok(header.records == 0 && header.contig == -1 && header.start == END_START)
    }

    fn header(&mut self) -> Result<(ContainerHeader, usize)> {
        let mut wanted = 1 << 10;
        loop {
            let is_all = !self.fill(wanted)?;
            let bytes = &self.bytes[self.used..];
            let mut cursor = Cursor(bytes);
            match ContainerHeader::read_version(&mut cursor, self.major) {
                Ok(found) => {
                    let taken = bytes.len() - cursor.0.len();
                    if !is_sound(&bytes[..taken], self.major) {
                        return Err(self.fault("damaged: no sound container is there"));
                    }
                    self.advance(taken);
                    return Ok(found);
                }
                Err(Unexpected) if is_all => return Err(self.cut("the header of a container")),
                Err(Unexpected) if wanted >= LONGEST_HEADER => {
                    return Err(self.fault("damaged: no container is there"));
                }
                Err(Unexpected) => wanted *= 32,
            }
        }
    }

    fn has_more(&mut self) -> Result<bool> {
        self.fill(1)
    }

    /// Reads until so many bytes are there; false if the file ends before.
    fn fill(&mut self, count: usize) -> Result<bool> {
        let there = self.bytes.len() - self.used;
        if there >= count {
            return Ok(true);
        }
        self.bytes.drain(..self.used);
        self.used = 0;
        let lacking = (count - there) as u64;
        let read = self.input.by_ref().take(lacking).read_to_end(&mut self.bytes);
        Ok(read.map_err(|e: io::Error| input::error(self.path, e))? as u64 == lacking)
    }

    fn advance(&mut self, count: usize) {
        self.used += count;
        self.at += count as u64;
    }

    fn fault(&self, reason: &str) -> FileError {
        FileError::invalid(self.path, reason).at(format!("byte {}", self.at))
    }

    fn cut(&self, within: &str) -> FileError {
        let reason = format!("the file ends inside {within}");
        FileError::truncated(self.path, reason).at(format!("byte {}", self.at))
    }
}

/// Goes through the blocks of a container; where the first one is that is not as it must be.
fn check_blocks(body: &[u8], header: &ContainerHeader, major: u8) -> Result<(), usize> {
    let mut rest = body;
    for _ in 0..header.blocks {
        let mut cursor = Cursor(rest);
        let at = body.len() - rest.len();
        Block::read_version(&mut cursor, major).map_err(|Unexpected| at)?;
        let taken = rest.len() - cursor.0.len();
        if !is_sound(&rest[..taken], major) {
            return Err(at);
        }
        rest = cursor.0;
    }
    // The container of the file's header may leave room for a longer one.
    if rest.is_empty() || header.records == 0 { Ok(()) } else { Err(body.len() - rest.len()) }
}

/// Whether bytes end with their checksum.
fn is_sound(bytes: &[u8], major: u8) -> bool {
    let (content, sum) = bytes.split_at(bytes.len().saturating_sub(CRC_BYTES));
    major < 3 || sum == crc(content)
}
