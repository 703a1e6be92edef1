//! Opening text that may be compressed.

use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    os::unix::fs::FileExt,
    path::Path,
};

use flate2::bufread::MultiGzDecoder;
use noodles_bgzf as bgzf;

use crate::{FileError, Result};

/// Bytes read, or decompressed, at a time.
const BUFFER: usize = 1 << 18;

/// The empty block that ends a BGZF file (SAM v1 §4.1.2).
pub(crate) const BGZF_EOF: [u8; 28] = [
    0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 6, 0, b'B', b'C', 2, 0, 0x1b, 0, 3, 0, 0, 0, 0, 0, 0, 0,
    0, 0,
];

/// Opens a file that may be plain, gzip or bgzip for reading, told apart by content.
///
/// # Errors
///
/// [`Truncated`](wgs_core::ErrorKind::Truncated) if a bgzip file lacks the block that ends it, so
/// that one cut between two blocks is refused before it is read. Plain gzip has no such block (a
/// cut shows where the data end), and what is not a regular file cannot be looked at from behind.
pub fn open(path: &Path) -> Result<Box<dyn BufRead + Send>> {
    let reader = buffered(path)?;
    Ok(if is_bgzf(reader.buffer()) {
        check_bgzf_end(path, reader.get_ref())?;
        Box::new(bgzf::io::Reader::new(reader))
    } else if is_gzip(&reader) {
        Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(reader)))
    } else {
        Box::new(reader)
    })
}

/// Opens a file that must be bgzip, for access by way of an index.
pub(crate) fn open_bgzf(path: &Path) -> Result<bgzf::io::Reader<File>> {
    let file = File::open(path).map_err(|e| FileError::io(path, e))?;
    check_bgzf_end(path, &file)?;
    Ok(bgzf::io::Reader::new(file))
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

/// Whether bytes begin a BGZF block.
pub(crate) fn is_bgzf(head: &[u8]) -> bool {
    head.len() >= 18 && head[..4] == BGZF_EOF[..4] && head[12..16] == BGZF_EOF[12..16]
}

/// Refuses a regular file that lacks the block that ends BGZF.
fn check_bgzf_end(path: &Path, file: &File) -> Result<()> {
    let io = |e| FileError::io(path, e);
    let metadata = file.metadata().map_err(io)?;
    if !metadata.is_file() {
        return Ok(());
    }
    let mut tail = [0; BGZF_EOF.len()];
    if let Some(at) = metadata.len().checked_sub(tail.len() as u64) {
        file.read_exact_at(&mut tail, at).map_err(io)?;
    }
    if tail == BGZF_EOF { Ok(()) } else { Err(without_end(path, "BGZF end-of-file block")) }
}

/// What to do about a file that did not come whole.
pub(crate) const AGAIN: &str =
    "fetch or make the file again, and compare its checksum with the source's";

/// The error of a file that lacks the block or container that ends its format.
pub(crate) fn without_end(path: &Path, end: &str) -> FileError {
    let reason = format!("ends without the {end}: the file was cut off, or is still being written");
    FileError::truncated(path, reason).hint(AGAIN)
}

/// The error of a failed read of data: what a decoder refuses is invalid input, and an end within
/// compressed data is a truncated file.
pub(crate) fn error(path: &Path, error: io::Error) -> FileError {
    let error = match error.downcast::<FileError>() {
        Ok(error) => return error,
        Err(error) => error,
    };
    match error.kind() {
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData
            if error.raw_os_error().is_none() =>
        {
            FileError::invalid(path, format!("damaged: {error}")).hint(AGAIN)
        }
        io::ErrorKind::UnexpectedEof => FileError::truncated(
            path,
            "the compressed data ends before its end: the file was cut off",
        )
        .hint(AGAIN),
        _ => FileError::io(path, error),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use wgs_core::{ContigList, ErrorKind};

    use super::*;
    use crate::{bed, genome, output, variant};

    /// Two blocks of text and the block that ends the file.
    fn blocks(first: &str, second: &str) -> (Vec<u8>, Vec<u8>) {
        let mut writer = bgzf::io::Writer::new(Vec::new());
        for text in [first, second] {
            writer.write_all(text.as_bytes()).unwrap();
            writer.flush().unwrap();
        }
        let whole = writer.finish().unwrap();
        let cut = whole[..whole.len() - BGZF_EOF.len()].to_vec();
        (whole, cut)
    }

    fn text(path: &Path) -> String {
        let mut text = String::new();
        open(path).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn compression_is_told_by_content() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(b"one\ntwo\n").unwrap();
        let (bgzip, _) = blocks("one\n", "two\n");
        for bytes in [b"one\ntwo\n".to_vec(), gzip.finish().unwrap(), bgzip] {
            output::write(&path, bytes).unwrap();
            assert_eq!(text(&path), "one\ntwo\n");
        }
        output::write(&path, "").unwrap();
        assert_eq!(text(&path), "");
    }

    #[test]
    fn bgzip_that_is_cut_between_blocks_is_truncated() {
        let folder = tempfile::tempdir().unwrap();
        let (path, plain) = (folder.path().join("x"), folder.path().join("genome.fa"));
        let write = |first, second| output::write(&path, blocks(first, second).1).unwrap();
        write(">a\nACGT\n", ">b\nACGT\n");
        let fasta = genome::import(&path, &plain).unwrap_err();
        assert!(!plain.exists());
        write("a\t1\t2\n", "a\t3\t4\n");
        let bed = bed::read(&path, &ContigList::default()).unwrap_err();
        write("##fileformat=VCFv4.2\n", "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n");
        let vcf = variant::Reader::open(&path).err().unwrap();
        for error in [fasta, bed, vcf] {
            assert_eq!(error.kind(), ErrorKind::Truncated);
            assert!(error.to_string().contains("ends without the BGZF end-of-file block"));
        }
    }
}
