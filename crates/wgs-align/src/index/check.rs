//! Refuses an index that is cut, mixed up or of another genome.
//!
//! The engine's own loader ends the process where a file is not as it expects, and trusts the
//! rest; so everything that it relies on is looked at before.

use std::{
    fs::File,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    str::FromStr,
};

use wgs_core::{ContigList, ErrorKind};
use wgs_formats::{FileError, Result};

use super::fm::{BLOCK_BYTES, HEADER_BYTES, Layout, SAMPLE_SHIFT};

/// Blocks and samples that are looked at, evenly over the file.
const PROBES: u64 = 2048;

/// Checks that the index files are whole, agree with each other, and are of these contigs (names,
/// order and lengths).
///
/// Sizes and all numbers of the headers are checked, and some thousand places of the body: enough
/// for files that were cut, mixed up or zeroed, not for a single flipped bit, which is what the
/// digests of a reference bundle are for.
///
/// # Errors
///
/// `NotFound`, `Truncated` or `InvalidInput` with the file, `ReferenceMismatch` if the index is a
/// sound one of other contigs.
pub fn validate(prefix: &Path, contigs: &ContigList) -> Result<()> {
    let bases = contigs.total_length();
    check_ann(prefix, contigs)?;
    ambiguous_runs(prefix, contigs)?;
    check_pac(prefix, bases)?;
    FmFile::open(prefix, bases)?.check()
}

pub(super) fn hint(error: FileError) -> FileError {
    error.hint("build the bundle anew: `wgs-pipe bundle build`")
}

pub(super) fn invalid(path: &Path, reason: impl Into<String>) -> FileError {
    hint(FileError::invalid(path, reason))
}

fn read_table(path: &Path) -> Result<String> {
    let text = std::fs::read_to_string(path).map_err(|e| hint(FileError::io(path, e)))?;
    if text.ends_with('\n') {
        Ok(text)
    } else {
        Err(hint(FileError::truncated(path, "does not end with a line feed")))
    }
}

/// White-space separated fields of a table.
struct Fields<'a> {
    path: PathBuf,
    fields: std::str::SplitWhitespace<'a>,
}

impl<'a> Fields<'a> {
    fn text(&mut self, what: &str) -> Result<&'a str> {
        self.fields
            .next()
            .ok_or_else(|| hint(FileError::truncated(&self.path, format!("ends before {what}"))))
    }

    fn number<T: FromStr>(&mut self, what: &str) -> Result<T> {
        let text = self.text(what)?;
        text.parse().map_err(|_| invalid(&self.path, format!("{text:?} is not {what}")))
    }

    fn expect(&mut self, what: &str, expected: u64) -> Result<()> {
        let found: u64 = self.number(what)?;
        if found == expected {
            Ok(())
        } else {
            Err(self.other(what, &found.to_string(), &expected.to_string()))
        }
    }

    fn other(&self, what: &str, found: &str, expected: &str) -> FileError {
        let reason =
            format!("{what} is {found}, in the genome {expected}; the index is of another genome");
        hint(FileError::new(&self.path, ErrorKind::ReferenceMismatch, reason))
    }

    fn end(&mut self) -> Result<()> {
        match self.fields.next() {
            None => Ok(()),
            Some(_) => Err(invalid(&self.path, "goes on after its end")),
        }
    }
}

fn check_ann(prefix: &Path, contigs: &ContigList) -> Result<()> {
    let path = super::file(prefix, super::ANN);
    let text = read_table(&path)?;
    let mut lines = text.lines();
    let mut line = |what: &str| {
        lines
            .next()
            .map(|line| Fields { path: path.clone(), fields: line.split_whitespace() })
            .ok_or_else(|| hint(FileError::truncated(&path, format!("ends before {what}"))))
    };
    let mut head = line("its first line")?;
    head.expect("the number of bases", contigs.total_length())?;
    head.expect("the number of contigs", contigs.len() as u64)?;
    let mut offset = 0;
    for contig in contigs.iter() {
        let mut name = line("the last contig's name")?;
        name.number::<u64>("a sequence number")?;
        let found = name.text("a contig's name")?;
        if found != contig.name {
            return Err(name.other("a contig's name", found, &contig.name));
        }
        let mut place = line("the last contig's length")?;
        place.expect("a contig's offset", offset)?;
        place.expect("a contig's length", u64::from(contig.length))?;
        place.number::<u32>("a number of ambiguous runs")?;
        offset += u64::from(contig.length);
    }
    match lines.next() {
        None => Ok(()),
        Some(_) => Err(invalid(&path, "goes on after its end")),
    }
}

/// The runs of ambiguous bases that an index lists, in order: offset in the concatenated contigs,
/// and length.
///
/// # Errors
///
/// As [`validate`].
pub(crate) fn ambiguous_runs(prefix: &Path, contigs: &ContigList) -> Result<Vec<(u64, u64)>> {
    let path = super::file(prefix, super::AMB);
    let text = read_table(&path)?;
    let bases = contigs.total_length();
    let mut fields = Fields { path: path.clone(), fields: text.split_whitespace() };
    fields.expect("the number of bases", bases)?;
    fields.expect("the number of contigs", contigs.len() as u64)?;
    let count: u32 = fields.number("a number of ambiguous runs")?;
    let (mut runs, mut last) = (Vec::new(), 0);
    for _ in 0..count {
        let (offset, length): (u64, u64) =
            (fields.number("an offset")?, fields.number("a length")?);
        fields.text("the last letter")?;
        let end = offset.checked_add(length).filter(|&end| offset >= last && end <= bases);
        last = end.ok_or_else(|| {
            invalid(&path, "an ambiguous run lies outside the genome, or before another")
        })?;
        runs.push((offset, length));
    }
    fields.end()?;
    Ok(runs)
}

fn check_pac(prefix: &Path, bases: u64) -> Result<()> {
    let path = super::file(prefix, super::PAC);
    let (file, length) = open(&path)?;
    check_length(&path, length, &[bases / 4 + 2])?;
    let mut last = [0];
    read_at(&file, &path, length - 1, &mut last)?;
    if u64::from(last[0]) != bases % 4 {
        return Err(invalid(&path, "does not end with the number of bases in its last byte"));
    }
    Ok(())
}

pub(super) fn open(path: &Path) -> Result<(File, u64)> {
    let opened = File::open(path).and_then(|file| file.metadata().map(|meta| (file, meta)));
    let (file, meta) = opened.map_err(|e| hint(FileError::io(path, e)))?;
    if !meta.is_file() {
        return Err(invalid(path, "is not a file"));
    }
    Ok((file, meta.len()))
}

pub(super) fn check_length(path: &Path, length: u64, expected: &[u64]) -> Result<()> {
    if expected.contains(&length) {
        return Ok(());
    }
    let reason = format!("has {length} bytes, expected {}", expected[0]);
    Err(if length < expected[0] {
        hint(FileError::truncated(path, reason))
    } else {
        invalid(path, reason)
    })
}

fn read_at(file: &File, path: &Path, offset: u64, bytes: &mut [u8]) -> Result<()> {
    file.read_exact_at(bytes, offset).map_err(|e| hint(FileError::io(path, e)))
}

struct FmFile {
    path: PathBuf,
    file: File,
    bases: u64,
    layout: Layout,
}

impl FmFile {
    fn open(prefix: &Path, bases: u64) -> Result<Self> {
        let path = super::file(prefix, super::FM);
        let (file, length) = open(&path)?;
        let layout = Layout::new(2 * bases + 1);
        // bwa-mem2 leaves the sampling number out.
        check_length(&path, length, &[layout.bytes, layout.bytes - 8])?;
        Ok(Self { path, file, bases: 2 * bases, layout })
    }

    fn check(&self) -> Result<()> {
        let rows = self.number(0)?;
        if rows != self.bases + 1 {
            return Err(invalid(&self.path, format!("has {rows} rows, not {}", self.bases + 1)));
        }
        if self.number(self.layout.end_row_at)? >= rows {
            return Err(invalid(&self.path, "the row of the whole text lies outside"));
        }
        let sampling = self.layout.end_row_at + 8;
        if sampling + 8 == self.length()? && self.number(sampling)? != u64::from(SAMPLE_SHIFT) {
            return Err(invalid(&self.path, "was sampled otherwise than every 8th row"));
        }
        let totals = self.check_counts()?;
        self.check_last_block(totals)?;
        for probe in 0..PROBES {
            self.check_block(probe * (self.layout.blocks - 1) / PROBES)?;
            self.check_sample(probe * (self.layout.samples - 1) / PROBES)?;
        }
        Ok(())
    }

    fn length(&self) -> Result<u64> {
        let meta = self.file.metadata().map_err(|e| FileError::io(&self.path, e))?;
        Ok(meta.len())
    }

    fn number(&self, offset: u64) -> Result<u64> {
        let mut bytes = [0; 8];
        read_at(&self.file, &self.path, offset, &mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    /// How often each base stands in the text.
    fn check_counts(&self) -> Result<[u64; 4]> {
        let mut smaller = [0; 5];
        for (i, count) in smaller.iter_mut().enumerate() {
            *count = self.number(8 + 8 * i as u64)?;
        }
        if smaller[0] != 0 || smaller[4] != self.bases || !smaller.is_sorted() {
            return Err(invalid(&self.path, "the counts of the bases are impossible"));
        }
        Ok([0, 1, 2, 3].map(|i| smaller[i + 1] - smaller[i]))
    }

    /// Counts before a block, and within it.
    fn block(&self, index: u64) -> Result<([u64; 4], [u64; 4])> {
        let mut bytes = [0; BLOCK_BYTES as usize];
        read_at(&self.file, &self.path, HEADER_BYTES + index * BLOCK_BYTES, &mut bytes)?;
        let number =
            |i: usize| u64::from_le_bytes(bytes[8 * i..8 * i + 8].try_into().expect("8 bytes"));
        let masks = [4, 5, 6, 7].map(number);
        let overlap = masks[0] & masks[1] | (masks[0] | masks[1]) & masks[2];
        if overlap | (masks[0] | masks[1] | masks[2]) & masks[3] != 0 {
            return Err(self.corrupt(index));
        }
        Ok(([0, 1, 2, 3].map(number), masks.map(|mask| u64::from(mask.count_ones()))))
    }

    fn corrupt(&self, block: u64) -> FileError {
        invalid(&self.path, "the transform contradicts its counts").at(format!("block {block}"))
    }

    fn check_block(&self, index: u64) -> Result<()> {
        let (before, within) = self.block(index)?;
        let (after, _) = self.block(index + 1)?;
        let agree = (0..4).all(|i| before[i].checked_add(within[i]) == Some(after[i]));
        if agree { Ok(()) } else { Err(self.corrupt(index)) }
    }

    fn check_last_block(&self, totals: [u64; 4]) -> Result<()> {
        let last = self.layout.blocks - 1;
        let (before, within) = self.block(last)?;
        let agree = (0..4).all(|i| before[i].checked_add(within[i]) == Some(totals[i]));
        if agree { Ok(()) } else { Err(self.corrupt(last)) }
    }

    fn check_sample(&self, index: u64) -> Result<()> {
        let (mut high, mut low) = ([0], [0; 4]);
        read_at(&self.file, &self.path, self.layout.high_at + index, &mut high)?;
        read_at(&self.file, &self.path, self.layout.low_at + 4 * index, &mut low)?;
        let position = u64::from(high[0]) << 32 | u64::from(u32::from_le_bytes(low));
        if position > self.bases {
            return Err(invalid(&self.path, "a suffix begins outside the genome")
                .at(format!("sample {index}")));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{genome_of, random_bases};
    use wgs_core::Contig;

    fn built() -> (tempfile::TempDir, PathBuf, ContigList) {
        let (folder, genome) = genome_of(&[
            ("a", &random_bases(1, 3001)),
            ("b", b"NNNNACGTNN"),
            ("c", &random_bases(2, 700)),
        ]);
        let prefix = folder.path().join("index");
        super::super::build(&genome, &prefix).unwrap();
        (folder, prefix, genome.contigs().clone())
    }

    fn altered(prefix: &Path, suffix: &str, change: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
        let path = super::super::file(prefix, suffix);
        let whole = std::fs::read(&path).unwrap();
        let mut bytes = whole.clone();
        change(&mut bytes);
        wgs_formats::output::write(&path, bytes).unwrap();
        whole
    }

    #[test]
    fn what_was_built_is_accepted() {
        let (_folder, prefix, contigs) = built();
        validate(&prefix, &contigs).unwrap();
    }

    #[test]
    fn every_cut_is_refused() {
        let (_folder, prefix, contigs) = built();
        for suffix in super::super::SUFFIXES {
            let length = std::fs::metadata(super::super::file(&prefix, suffix)).unwrap().len();
            for keep in [0, 1, length / 3, length / 2, length - 17, length - 1] {
                let whole = altered(&prefix, suffix, |bytes| bytes.truncate(keep as usize));
                let error = validate(&prefix, &contigs).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Truncated, "{suffix} cut to {keep}: {error}");
                altered(&prefix, suffix, |bytes| bytes.clone_from(&whole));
            }
        }
        validate(&prefix, &contigs).unwrap();
    }

    #[test]
    fn zeroed_and_shifted_content_is_refused() {
        let (_folder, prefix, contigs) = built();
        for (at, length) in [(0, 8), (8, 40), (48, 64), (48 + 64 * 40, 32), (48 + 64 * 70 + 32, 32)]
        {
            let whole = altered(&prefix, ".bwt.2bit.64", |bytes| {
                bytes[at..at + length].iter_mut().for_each(|b| *b ^= 0x55);
            });
            assert!(validate(&prefix, &contigs).is_err(), "bytes {at} to {}", at + length);
            altered(&prefix, ".bwt.2bit.64", |bytes| bytes.clone_from(&whole));
        }
    }

    #[test]
    fn an_index_of_another_genome_is_a_mismatch() {
        let (_folder, prefix, contigs) = built();
        let mut others: Vec<Contig> = contigs.iter().cloned().collect();
        others.swap(0, 2);
        let error = validate(&prefix, &ContigList::new(others).unwrap()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ReferenceMismatch);
        let fewer = ContigList::new(contigs.iter().take(2).cloned().collect()).unwrap();
        let error = validate(&prefix, &fewer).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ReferenceMismatch);
    }

    #[test]
    fn a_missing_file_is_named() {
        let (_folder, prefix, contigs) = built();
        std::fs::remove_file(super::super::file(&prefix, ".pac")).unwrap();
        let error = validate(&prefix, &contigs).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert!(error.to_string().contains("index.pac"));
    }
}
