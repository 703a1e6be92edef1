//! Which format a file has, and whether its end is there.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::Path,
};

use crate::{
    FileError, Result,
    input::{self, BGZF_EOF, is_bgzf},
};

/// Format of an alignment file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Text (SAM v1), plain or gzip.
    Sam,
    /// BAM, in BGZF.
    Bam,
    /// CRAM 2.1 to 3.1; written as 3.0 or 3.1.
    Cram,
}

/// The container that ends a CRAM 3 file (CRAM v3 §9).
pub(super) const CRAM_3_EOF: [u8; 38] = [
    0x0f, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f, 0xe0, 0x45, 0x4f, 0x46, 0, 0, 0, 0, 1, 0, 0x05,
    0xbd, 0xd9, 0x4f, 0, 1, 0, 6, 6, 1, 0, 1, 0, 1, 0, 0xee, 0x63, 0x01, 0x4b,
];

/// The container that ends a CRAM 2.1 file.
const CRAM_2_EOF: [u8; 30] = [
    0x0b, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f, 0xe0, 0x45, 0x4f, 0x46, 0, 0, 0, 0, 1, 0, 0, 1, 0,
    6, 6, 1, 0, 1, 0, 1, 0,
];

impl Format {
    /// The format of a path by its name: `.sam`, `.bam` or `.cram`, in any case.
    ///
    /// ```
    /// use std::path::Path;
    /// use wgs_formats::alignment::Format;
    /// assert_eq!(Format::of_name(Path::new("a.cram")), Some(Format::Cram));
    /// assert_eq!(Format::of_name(Path::new("a.txt")), None);
    /// ```
    pub fn of_name(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        Some(match extension.as_str() {
            "sam" => Self::Sam,
            "bam" => Self::Bam,
            "cram" => Self::Cram,
            _ => return None,
        })
    }

    /// The format of a file by its content; anything that is text is taken for SAM.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, is empty, or is none of the three.
    pub fn of_file(path: &Path) -> Result<Self> {
        let head = read_head(path)?;
        let other =
            |what: &str| Err(FileError::invalid(path, format!("is {what}, not SAM, BAM or CRAM")));
        match head.as_slice() {
            [] => Err(FileError::invalid(path, "is empty")),
            [b'C', b'R', b'A', b'M', ..] => Ok(Self::Cram),
            [0x1f, 0x8b, ..] => of_gzip(path, &head),
            [b'B', b'A', b'M', 1, ..] => other("BAM without compression"),
            [b'>', ..] => other("FASTA"),
            [first, ..] if first.is_ascii_graphic() => Ok(Self::Sam),
            _ => other("of an unknown format"),
        }
    }
}

fn read_head(path: &Path) -> Result<Vec<u8>> {
    let mut head = Vec::new();
    File::open(path)
        .and_then(|file| file.take(1 << 16).read_to_end(&mut head))
        .map_err(|e| FileError::io(path, e))?;
    Ok(head)
}

fn of_gzip(path: &Path, head: &[u8]) -> Result<Format> {
    let mut start = Vec::new();
    let read = flate2::read::MultiGzDecoder::new(head).take(4).read_to_end(&mut start);
    let cut = read.is_err_and(|e| e.kind() == std::io::ErrorKind::UnexpectedEof);
    match start.as_slice() {
        b"BAM\x01" if is_bgzf(head) => Ok(Format::Bam),
        b"BAM\x01" => Err(FileError::invalid(path, "is BAM in plain gzip, where BGZF must be")
            .hint("recompress it: gzip -dc FILE | bgzip > NEW.bam")),
        _ if cut => Err(FileError::truncated(path, "the file ends inside its first bytes")),
        [] => Err(FileError::invalid(path, "is empty")),
        [first, ..] if first.is_ascii_graphic() => Ok(Format::Sam),
        _ => Err(FileError::invalid(path, "is compressed, but neither SAM nor BAM")),
    }
}

/// Refuses a file that lacks the block or container that ends its format.
pub(super) fn check_end(path: &Path, format: Format) -> Result<()> {
    let io = |e| FileError::io(path, e);
    let mut file = File::open(path).map_err(io)?;
    if !file.metadata().map_err(io)?.is_file() {
        return Err(FileError::invalid(
            path,
            "is not a regular file, so its end cannot be checked",
        ));
    }
    let mut head = Vec::new();
    file.by_ref().take(18).read_to_end(&mut head).map_err(io)?;
    let (end, name): (&[u8], _) = match (format, head.as_slice()) {
        (Format::Cram, [_, _, _, _, 2, 0, ..]) => return Ok(()),
        (Format::Cram, [_, _, _, _, 2, ..]) => (&CRAM_2_EOF, "CRAM end-of-file container"),
        (Format::Cram, [_, _, _, _, 3, ..]) => (&CRAM_3_EOF, "CRAM end-of-file container"),
        (Format::Cram, [_, _, _, _, major, minor, ..]) => {
            let reason = format!("is CRAM {major}.{minor}, which is not read");
            return Err(FileError::invalid(path, reason));
        }
        (Format::Cram, _) => {
            return Err(FileError::truncated(path, "the file ends inside its first bytes"));
        }
        (Format::Sam, _) if !is_bgzf(&head) => return Ok(()),
        (Format::Sam | Format::Bam, _) => (&BGZF_EOF, "BGZF end-of-file block"),
    };
    let mut tail = Vec::new();
    let length = file.seek(SeekFrom::End(0)).map_err(io)?;
    file.seek(SeekFrom::Start(length.saturating_sub(end.len() as u64))).map_err(io)?;
    file.read_to_end(&mut tail).map_err(io)?;
    if tail_matches(&tail, end) {
        return Ok(());
    }
    Err(input::without_end(path, name))
}

/// Whether the file ends as it must. Byte 8 of CRAM's last container is the end of a -1 that
/// writers spell in two ways.
fn tail_matches(tail: &[u8], end: &[u8]) -> bool {
    let mut tail = tail.to_vec();
    if end.len() != BGZF_EOF.len() && tail.len() == end.len() {
        tail[8] &= 0x0f;
    }
    tail == end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output;

    fn of(content: &[u8]) -> Result<Format> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        output::write(&path, content).unwrap();
        Format::of_file(&path)
    }

    #[test]
    fn content_decides() {
        assert_eq!(of(b"@HD\tVN:1.6\n").unwrap(), Format::Sam);
        assert_eq!(of(b"CRAM\x03\x00").unwrap(), Format::Cram);
        for wrong in [&b""[..], b"\0\0\0", b"BAM\x01", b">chr1\nACGT\n", b"\x1f\x8b\x08"] {
            assert!(of(wrong).is_err(), "{wrong:?} must be refused");
        }
        assert_eq!(of(&BGZF_EOF).unwrap_err().to_string().rsplit(": ").next(), Some("is empty"));
    }
}
