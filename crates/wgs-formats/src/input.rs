//! Opening text that may be compressed.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
};

use flate2::bufread::MultiGzDecoder;

use crate::{FileError, Result};

/// Bytes read, or decompressed, at a time.
const BUFFER: usize = 1 << 18;

/// Opens a file that may be plain, gzip or bgzip.
pub(crate) fn open(path: &Path) -> Result<Box<dyn BufRead + Send>> {
    let reader = buffered(path)?;
    Ok(if is_gzip(&reader) {
        Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(reader)))
    } else {
        Box::new(reader)
    })
}

/// As [`open`], for callers with a buffer of their own.
pub(crate) fn open_read(path: &Path) -> Result<Box<dyn Read + Send>> {
    let reader = buffered(path)?;
    Ok(if is_gzip(&reader) { Box::new(MultiGzDecoder::new(reader)) } else { Box::new(reader) })
}

fn buffered(path: &Path) -> Result<BufReader<File>> {
    let io = |e| FileError::io(path, e);
    let mut reader = BufReader::with_capacity(BUFFER, File::open(path).map_err(io)?);
    reader.fill_buf().map_err(io)?;
    Ok(reader)
}

fn is_gzip(reader: &BufReader<File>) -> bool {
    reader.buffer().starts_with(&[0x1f, 0x8b])
}

/// The error of a failed read of data: what a decoder refuses is invalid input, and an end within
/// compressed data is a truncated file.
pub(crate) fn error(path: &Path, error: io::Error) -> FileError {
    match error.kind() {
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData
            if error.raw_os_error().is_none() =>
        {
            FileError::invalid(path, format!("damaged: {error}"))
        }
        io::ErrorKind::UnexpectedEof => FileError::truncated(
            path,
            "the compressed data ends before its end: the file was cut off",
        ),
        _ => FileError::io(path, error),
    }
}
