//! The FM index: `.bwt.2bit.64`.
//!
//! All numbers are little-endian. With `n` bases on both strands and `r = n + 1` rows (suffixes in
//! order, the empty one first):
//!
//! ```text
//! i64        r
//! i64 x 5    bases smaller than A, C, G, T, and all
//! 64 bytes   x (r / 64 + 1): a block of 64 rows: i64 x 4, how often A, C, G, T precede the block
//!            in the transform; u64 x 4, where in the block they stand, row 0 in the highest bit
//! i8         x (r / 8 + 1): bits 32-39 of the position of every 8th row's suffix
//! u32        x (r / 8 + 1): bits 0-31
//! i64        the row whose suffix is the whole text
//! i64        3: log2 of the sampling (read by bwa-mem3, ignored by bwa-mem2)
//! ```

use std::{io::Write, path::Path};

use libsais::{IsValidOutputFor, SuffixArrayConstruction};
use rayon::prelude::*;
use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result, output::AtomicFile};

/// log2 of the rows of a block.
const BLOCK_SHIFT: u32 = 6;
/// Rows of a block.
const BLOCK_ROWS: usize = 1 << BLOCK_SHIFT;
/// Bytes of a block.
pub(super) const BLOCK_BYTES: u64 = 64;
/// Bytes of the numbers before the blocks.
pub(super) const HEADER_BYTES: u64 = 48;
/// log2 of the rows per sampled suffix.
pub(super) const SAMPLE_SHIFT: u32 = 3;
/// Rows that are transformed together; a multiple of [`BLOCK_ROWS`].
const PART_ROWS: usize = 1 << 22;
/// What stands in the transform for the end of the text.
const END: u8 = 4;
/// Longest text whose suffix array fits 32-bit numbers, with the room that libsais wants.
const NARROW_LIMIT: u64 = i32::MAX as u64 - 20_000;

/// Whether the suffix array of a text of so many bases takes 32 bits for each.
pub(super) fn is_narrow(bases: u64) -> bool {
    bases <= NARROW_LIMIT
}

/// Places of the parts of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) blocks: u64,
    pub(super) samples: u64,
    pub(super) high_at: u64,
    pub(super) low_at: u64,
    pub(super) end_row_at: u64,
    /// With the trailing sampling number.
    pub(super) bytes: u64,
}

impl Layout {
    pub(super) fn new(rows: u64) -> Self {
        let (blocks, samples) = ((rows >> BLOCK_SHIFT) + 1, (rows >> SAMPLE_SHIFT) + 1);
        let high_at = HEADER_BYTES + blocks * BLOCK_BYTES;
        let low_at = high_at + samples;
        let end_row_at = low_at + 4 * samples;
        Self { blocks, samples, high_at, low_at, end_row_at, bytes: end_row_at + 16 }
    }
}

/// Builds and writes the index of a text of bases 0 to 3: both strands one after the other, so of
/// even length.
pub(super) fn write(text: &[u8], path: &Path) -> Result<()> {
    if is_narrow(text.len() as u64) {
        write_with::<i32>(text, path)
    } else {
        write_with::<i64>(text, path)
    }
}

/// As [`write`], with positions of a type that holds them.
fn write_with<P: IsValidOutputFor<u8>>(text: &[u8], path: &Path) -> Result<()> {
    let mut suffixes = super::reserved(text.len() as u64, path)?;
    suffixes.resize(text.len(), P::zero());
    SuffixArrayConstruction::for_text(text)
        .in_borrowed_buffer::<P>(&mut suffixes)
        .single_threaded()
        .run()
        .map_err(|e| failed(path, &e))?;
    let position = |i: usize| suffixes[i].to_u64().expect("positions are not negative");
    write_rows(text, position, path)
}

fn failed(path: &Path, error: &dyn std::error::Error) -> FileError {
    FileError::new(path, ErrorKind::TaskFailed, format!("failed to sort the suffixes: {error}"))
}

/// The rows of the sorted suffixes of a text and its end.
struct Rows<'a, S> {
    text: &'a [u8],
    suffix: S,
}

impl<S: Fn(usize) -> u64 + Sync> Rows<'_, S> {
    fn len(&self) -> usize {
        self.text.len() + 1
    }

    /// Where the suffix of a row begins.
    fn position(&self, row: usize) -> u64 {
        if row == 0 { self.text.len() as u64 } else { (self.suffix)(row - 1) }
    }

    /// The base before the suffix of a row.
    fn transformed(&self, row: usize) -> u8 {
        match self.position(row) {
            0 => END,
            position => self.text[position as usize - 1],
        }
    }
}

fn write_rows(text: &[u8], suffix: impl Fn(usize) -> u64 + Sync, path: &Path) -> Result<()> {
    let rows = Rows { text, suffix };
    let layout = Layout::new(rows.len() as u64);
    let mut file = AtomicFile::create(path)?;
    let mut written = 0;
    let mut put = |bytes: &[u8]| {
        written += bytes.len() as u64;
        file.write_all(bytes).map_err(|e| FileError::io(path, e))
    };
    put(&(rows.len() as i64).to_le_bytes())?;
    for count in smaller_counts(text) {
        put(&count.to_le_bytes())?;
    }
    let end_row = write_blocks(&rows, &mut put)?;
    write_samples(&rows, &mut put, |position| vec![(position >> 32) as u8])?;
    write_samples(&rows, &mut put, |position| (position as u32).to_le_bytes().to_vec())?;
    put(&(end_row as i64).to_le_bytes())?;
    put(&i64::from(SAMPLE_SHIFT).to_le_bytes())?;
    debug_assert_eq!(written, layout.bytes);
    file.commit()
}

fn smaller_counts(text: &[u8]) -> [i64; 5] {
    let mut counts = [0; 5];
    for &code in text {
        counts[usize::from(code) + 1] += 1;
    }
    for i in 1..5 {
        counts[i] += counts[i - 1];
    }
    counts
}

type Put<'a> = &'a mut dyn FnMut(&[u8]) -> Result<()>;

/// Writes the blocks and returns the row whose suffix is the whole text.
fn write_blocks<S: Fn(usize) -> u64 + Sync>(rows: &Rows<'_, S>, put: Put<'_>) -> Result<usize> {
    let mut counts = [0i64; 4];
    let mut end_row = 0;
    for start in (0..rows.len()).step_by(PART_ROWS) {
        let end = (start + PART_ROWS).min(rows.len());
        let transform: Vec<u8> =
            (start..end).into_par_iter().map(|row| rows.transformed(row)).collect();
        if let Some(place) = transform.iter().position(|&code| code == END) {
            end_row = start + place;
        }
        let mut bytes = Vec::with_capacity(transform.len() + BLOCK_BYTES as usize);
        for block in transform.chunks(BLOCK_ROWS) {
            push_block(&mut bytes, block, &mut counts);
        }
        put(&bytes)?;
    }
    Ok(end_row)
}

fn push_block(bytes: &mut Vec<u8>, block: &[u8], counts: &mut [i64; 4]) {
    let mut masks = [0u64; 4];
    for (row, &code) in block.iter().enumerate() {
        if code != END {
            masks[usize::from(code)] |= 1 << (63 - row);
        }
    }
    bytes.extend(counts.iter().flat_map(|count| count.to_le_bytes()));
    bytes.extend(masks.iter().flat_map(|mask| mask.to_le_bytes()));
    for (count, mask) in counts.iter_mut().zip(masks) {
        *count += i64::from(mask.count_ones());
    }
}

fn write_samples<S: Fn(usize) -> u64 + Sync>(
    rows: &Rows<'_, S>,
    put: Put<'_>,
    part: impl Fn(u64) -> Vec<u8>,
) -> Result<()> {
    let mut bytes = Vec::new();
    for row in (0..rows.len()).step_by(1 << SAMPLE_SHIFT) {
        bytes.extend(part(rows.position(row)));
        if bytes.len() >= 1 << 20 {
            put(&bytes)?;
            bytes.clear();
        }
    }
    put(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::random_bases;

    /// Naive suffix order, the empty suffix first.
    fn naive(text: &[u8]) -> Vec<usize> {
        let mut order: Vec<usize> = (0..=text.len()).collect();
        order.sort_by_key(|&i| &text[i..]);
        order
    }

    fn number(bytes: &[u8], at: u64) -> u64 {
        let at = at as usize;
        u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())
    }

    #[test]
    fn every_row_can_be_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("index");
        for length in [2usize, 62, 64, 126, 500] {
            let text: Vec<u8> = random_bases(length as u64, length)
                .iter()
                .map(|b| b"ACGT".iter().position(|x| x == b).unwrap() as u8)
                .collect();
            write(&text, &path).unwrap();
            let (bytes, order) = (std::fs::read(&path).unwrap(), naive(&text));
            write_with::<i64>(&text, &path).unwrap();
            assert!(bytes == std::fs::read(&path).unwrap(), "wide positions give other bytes");
            let layout = Layout::new(length as u64 + 1);
            assert_eq!(bytes.len() as u64, layout.bytes);
            assert_eq!(number(&bytes, 0), length as u64 + 1);
            let mut before = [0u64; 4];
            for (row, &position) in order.iter().enumerate() {
                let block = HEADER_BYTES + (row as u64 / 64) * BLOCK_BYTES;
                let expected = position.checked_sub(1).map(|p| text[p]);
                let found = (0..4u8).find(|&code| {
                    number(&bytes, block + 32 + 8 * u64::from(code)) >> (63 - row % 64) & 1 == 1
                });
                assert_eq!(found, expected, "row {row} of {length}");
                if row % 64 == 0 {
                    let counts = [0, 1, 2, 3].map(|code| number(&bytes, block + 8 * code));
                    assert_eq!(counts, before);
                }
                if let Some(code) = expected {
                    before[usize::from(code)] += 1;
                }
                if row % 8 == 0 {
                    let at = (layout.low_at + row as u64 / 8 * 4) as usize;
                    let low = u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
                    assert_eq!(low as usize, position);
                }
            }
            let end_row = order.iter().position(|&p| p == 0).unwrap();
            assert_eq!(number(&bytes, layout.end_row_at), end_row as u64);
        }
    }
}
