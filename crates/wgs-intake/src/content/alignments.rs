//! All of a file of alignments: the records of BAM and SAM by their form, the containers of CRAM by
//! their checksums.

use std::{
    io::{self, BufRead, BufReader, Read},
    path::Path,
};

use flate2::read::MultiGzDecoder;
use wgs_core::ErrorKind;
use wgs_formats::{FileError, alignment};

use super::decoding_fault;
use crate::problem::{Code, Problem};

/// Bytes that a line may have.
const LONGEST_LINE: u64 = 1 << 30;
/// Bytes of a BAM record before its name, without its own length (SAM v1 §4.2).
const FIXED_BYTES: usize = 32;

/// Reads a file whose first bytes are known; what is wrong with it.
pub(super) fn check(path: &Path, start: &[u8], file: impl Read) -> Result<(), Problem> {
    if start.starts_with(b"CRAM") {
        return alignment::check_cram(path, file).map_err(|e| fault_of(&e, path));
    }
    if !start.starts_with(&[0x1f, 0x8b]) {
        return sam(BufReader::with_capacity(1 << 18, file));
    }
    let mut text = BufReader::with_capacity(1 << 18, MultiGzDecoder::new(file));
    match text.fill_buf().map_err(|e| decoding_fault(&e))? {
        head if head.starts_with(b"BAM\x01") => bam(text),
        _ => sam(text),
    }
}

/// The problem that an error of a file's content tells of.
pub(super) fn fault_of(error: &FileError, path: &Path) -> Problem {
    let code = match error.kind() {
        ErrorKind::Truncated => Code::Truncated,
        _ => Code::Damaged,
    };
    let (text, place) = (error.to_string(), format!("{}: ", path.display()));
    Problem::new(code, text.strip_prefix(&place).unwrap_or(&text))
}

fn cut(within: &str) -> Problem {
    Problem::new(Code::Truncated, format!("ends inside {within}"))
}

fn damaged(reason: String) -> Problem {
    Problem::new(Code::Damaged, reason)
}

fn bam(mut from: impl Read) -> Result<(), Problem> {
    skip(&mut from, 4, "its header")?;
    let text = length(&mut from, "its header")?;
    skip(&mut from, text, "its header")?;
    for _ in 0..length(&mut from, "its header")? {
        let name = length(&mut from, "its header")?;
        skip(&mut from, name + 4, "its header")?;
    }
    let mut fixed = [0; FIXED_BYTES];
    for number in 1_u64.. {
        let mut size = [0; 4];
        match super::read_full(&mut from, &mut size).map_err(|e| decoding_fault(&e))? {
            0 => break,
            4 => {}
            _ => return Err(cut(&format!("record {number}"))),
        }
        let size = u32::from_le_bytes(size) as usize;
        let wrong = || damaged(format!("record {number} is no record of BAM"));
        let behind = size.checked_sub(FIXED_BYTES).ok_or_else(wrong)?;
        let read = super::read_full(&mut from, &mut fixed).map_err(|e| decoding_fault(&e))?;
        if read < FIXED_BYTES {
            return Err(cut(&format!("record {number}")));
        }
        let u16_at = |at: usize| usize::from(u16::from_le_bytes([fixed[at], fixed[at + 1]]));
        let bases = u16_at(16) | u16_at(18) << 16;
        let least = usize::from(fixed[8]) + 4 * u16_at(12) + bases.div_ceil(2) + bases;
        if fixed[8] == 0 || least > behind {
            return Err(wrong());
        }
        skip(&mut from, behind as u64, &format!("record {number}"))?;
    }
    Ok(())
}

fn length(from: &mut impl Read, within: &str) -> Result<u64, Problem> {
    let mut bytes = [0; 4];
    match super::read_full(from, &mut bytes).map_err(|e| decoding_fault(&e))? {
        4 => Ok(u64::from(u32::from_le_bytes(bytes))),
        _ => Err(cut(within)),
    }
}

fn skip(from: &mut impl Read, count: u64, within: &str) -> Result<(), Problem> {
    let skipped = io::copy(&mut from.take(count), &mut io::sink());
    let skipped = skipped.map_err(|e| decoding_fault(&e))?;
    if skipped == count { Ok(()) } else { Err(cut(within)) }
}

fn sam(mut text: impl BufRead) -> Result<(), Problem> {
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        let read = text.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line);
        if read.map_err(|e| decoding_fault(&e))? == 0 {
            break;
        }
        if line.pop() != Some(b'\n') {
            return Err(cut(&format!("line {number}")));
        }
        if line.starts_with(b"@") {
            continue;
        }
        let fields: Vec<&[u8]> = line.split(|&b| b == b'\t').collect();
        let is_star = |field: &[u8]| field == b"*";
        let fits = fields.len() >= 11
            && (is_star(fields[9]) || is_star(fields[10]) || fields[9].len() == fields[10].len());
        if !fits {
            return Err(damaged(format!("line {number} is no record of SAM")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(bytes).unwrap();
        gzip.finish().unwrap()
    }

    fn code(bytes: &[u8]) -> Option<Code> {
        check("x".as_ref(), &bytes[..bytes.len().min(4)], bytes).err().map(|fault| fault.code)
    }

    fn header() -> Vec<u8> {
        [&b"BAM\x01\x03\0\0\0@CO\x01\0\0\0\x02\0\0\0a\0\x09\0\0\0"[..]].concat()
    }

    /// Named `r`, with one base.
    fn record() -> Vec<u8> {
        let mut record = vec![0; 4 + FIXED_BYTES];
        (record[0], record[4 + 8], record[4 + 16]) = (36, 2, 1);
        record.extend(b"r\0\x10\x20");
        record
    }

    #[test]
    fn records_of_bam() {
        let whole = [header(), record(), record()].concat();
        assert_eq!(code(&gzip(&whole)), None);
        let ends = [header().len(), header().len() + 40, whole.len()];
        for length in 4..whole.len() {
            let found = code(&gzip(&whole[..length]));
            assert_eq!(found.is_none(), ends.contains(&length), "{length}: {found:?}");
        }
        let mut damaged = whole.clone();
        damaged[header().len() + 4 + 16] = 9;
        assert_eq!(code(&gzip(&damaged)), Some(Code::Damaged));
        damaged[header().len()] = 9;
        assert_eq!(code(&gzip(&damaged)), Some(Code::Damaged));
        assert_eq!(code(&gzip(&whole)[..30]), Some(Code::Truncated));
    }

    #[test]
    fn lines_of_sam() {
        let line = "r\t4\t*\t0\t0\t*\t*\t0\t0\tAC\tFF";
        let whole = format!("@CO\tx\n{line}\n{line}\tNM:i:0\n");
        for bytes in [whole.clone().into_bytes(), gzip(whole.as_bytes())] {
            assert_eq!(code(&bytes), None);
        }
        assert_eq!(code(whole.trim_end().as_bytes()), Some(Code::Truncated));
        assert_eq!(code(whole.replace("FF\n", "F\n").as_bytes()), Some(Code::Damaged));
        assert_eq!(code(b"r\t4\t*\n"), Some(Code::Damaged));
    }
}
