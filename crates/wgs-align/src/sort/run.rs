//! Sorted items on disk.

use std::{
    fs::File,
    io::{self, Write},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

use flate2::Crc;
use lz4_flex::block;
use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result};

use super::{Key, merge::Source};

/// Bytes of items after which a block ends.
pub(super) const BLOCK_BYTES: usize = 64 << 10;
/// Bytes before a block: how long it is, how long its items are, their checksum.
const HEAD_BYTES: usize = 12;

/// Sorted items in a temporary file without a name, in blocks that can be read each for itself.
///
/// A block is LZ4, behind its head; in it, for each item: key, length of the bytes (all
/// little-endian), bytes.
pub(super) struct Run<const N: usize> {
    file: File,
    folder: PathBuf,
    blocks: Vec<Block<N>>,
    /// Bytes of the file.
    bytes: u64,
}

/// Where a block begins, and with which item.
#[derive(Clone, Copy)]
pub(super) struct Block<const N: usize> {
    pub(super) first: Key<N>,
    offset: u64,
    pub(super) items: u32,
}

/// Names the folder in an error of a temporary file, and says what helps.
fn failed(folder: &Path, error: io::Error) -> FileError {
    let error = FileError::io(folder, error).at("temporary file");
    match error.kind() {
        ErrorKind::OutOfSpace => error.hint("free space there, or give more --memory"),
        _ => error,
    }
}

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "came back other than it was written")
}

/// Writes a run, item by item, in order.
pub(super) struct RunWriter<const N: usize> {
    run: Run<N>,
    /// Items of the block that is being filled.
    block: Vec<u8>,
    first: Key<N>,
    items: u32,
    packed: Vec<u8>,
}

impl<const N: usize> RunWriter<N> {
    pub(super) fn create(folder: &Path) -> Result<Self> {
        let file = tempfile::tempfile_in(folder).map_err(|e| failed(folder, e))?;
        Ok(Self::to(file, folder))
    }

    fn to(file: File, folder: &Path) -> Self {
        let run = Run { file, folder: folder.to_owned(), blocks: Vec::new(), bytes: 0 };
        Self { run, block: Vec::new(), first: [0; N], items: 0, packed: Vec::new() }
    }

    pub(super) fn push(&mut self, key: Key<N>, payload: &[u8]) -> Result<()> {
        if self.items == 0 {
            self.first = key;
        }
        self.items += 1;
        for number in key {
            self.block.extend_from_slice(&number.to_le_bytes());
        }
        self.block.extend_from_slice(&(payload.len() as u32).to_le_bytes());
        self.block.extend_from_slice(payload);
        if self.block.len() >= BLOCK_BYTES { self.end_block() } else { Ok(()) }
    }

    fn end_block(&mut self) -> Result<()> {
        let bound = block::get_maximum_output_size(self.block.len());
        self.packed.resize(HEAD_BYTES + bound, 0);
        let (head, body) = self.packed.split_at_mut(HEAD_BYTES);
        let size = block::compress_into(&self.block, body).expect("the bound holds");
        for (field, value) in
            head.chunks_exact_mut(4).zip([size as u32, self.block.len() as u32, crc(&self.block)])
        {
            field.copy_from_slice(&value.to_le_bytes());
        }
        let whole = &self.packed[..HEAD_BYTES + size];
        let written = self.run.file.write_all(whole);
        written.map_err(|e| failed(&self.run.folder, e))?;
        let block = Block { first: self.first, offset: self.run.bytes, items: self.items };
        self.run.blocks.push(block);
        self.run.bytes += whole.len() as u64;
        self.block.clear();
        self.items = 0;
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<Run<N>> {
        if self.items > 0 {
            self.end_block()?;
        }
        Ok(self.run)
    }
}

impl<const N: usize> Run<N> {
    pub(super) fn blocks(&self) -> &[Block<N>] {
        &self.blocks
    }

    /// The items whose keys are not below `from`, and below `to` if that is given.
    pub(super) fn range(&self, from: Key<N>, to: Option<Key<N>>) -> Result<RunReader<'_, N>> {
        let next = self.blocks.partition_point(|block| block.first <= from).saturating_sub(1);
        let mut reader =
            RunReader { run: self, to, next, items: Vec::new(), packed: Vec::new(), at: 0 };
        reader.load()?;
        while reader.key().is_some_and(|key| key < from) {
            reader.advance()?;
        }
        Ok(reader)
    }
}

/// Items of a run, one after the other.
pub(super) struct RunReader<'a, const N: usize> {
    run: &'a Run<N>,
    to: Option<Key<N>>,
    /// The block after the one whose items are here.
    next: usize,
    items: Vec<u8>,
    packed: Vec<u8>,
    /// Where the present item begins in `items`.
    at: usize,
}

impl<const N: usize> RunReader<'_, N> {
    /// Reads the next block; no items at the end.
    fn load(&mut self) -> Result<()> {
        self.at = 0;
        self.items.clear();
        let Some(block) = self.run.blocks.get(self.next) else { return Ok(()) };
        if self.to.is_some_and(|to| block.first >= to) {
            return Ok(());
        }
        self.next += 1;
        let end = self.run.blocks.get(self.next).map_or(self.run.bytes, |block| block.offset);
        self.packed.resize((end - block.offset) as usize, 0);
        let read = self.run.file.read_exact_at(&mut self.packed, block.offset);
        read.and_then(|()| self.unpack()).map_err(|e| failed(&self.run.folder, e))
    }

    fn unpack(&mut self) -> io::Result<()> {
        let (head, body) = self.packed.split_at(HEAD_BYTES);
        let field = |n: usize| u32::from_le_bytes([0, 1, 2, 3].map(|i| head[4 * n + i]));
        if field(0) as usize != body.len() {
            return Err(damaged());
        }
        self.items.resize(field(1) as usize, 0);
        let size = block::decompress_into(body, &mut self.items).map_err(|_| damaged())?;
        let sound = size == self.items.len() && crc(&self.items) == field(2);
        if sound { Ok(()) } else { Err(damaged()) }
    }

    fn payload_range(&self) -> std::ops::Range<usize> {
        let start = self.at + 8 * N + 4;
        let length = self.items[start - 4..start].try_into().expect("4 bytes");
        start..start + u32::from_le_bytes(length) as usize
    }
}

impl<const N: usize> Source<N> for RunReader<'_, N> {
    fn key(&self) -> Option<Key<N>> {
        let bytes = self.items.get(self.at..self.at + 8 * N)?;
        let mut key = [0; N];
        for (number, bytes) in key.iter_mut().zip(bytes.chunks_exact(8)) {
            *number = u64::from_le_bytes(bytes.try_into().expect("8 bytes"));
        }
        Some(key).filter(|key| self.to.is_none_or(|to| *key < to))
    }

    fn payload(&self) -> &[u8] {
        &self.items[self.payload_range()]
    }

    fn advance(&mut self) -> Result<()> {
        self.at = self.payload_range().end;
        if self.at == self.items.len() { self.load() } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(items: u64) -> Run<2> {
        let mut writer = RunWriter::create(&std::env::temp_dir()).unwrap();
        for i in 0..items {
            writer.push([i / 10, i], &vec![i as u8; (i % 300) as usize]).unwrap();
        }
        writer.finish().unwrap()
    }

    fn keys(run: &Run<2>, from: Key<2>, to: Option<Key<2>>) -> Vec<u64> {
        let mut reader = run.range(from, to).unwrap();
        let mut keys = Vec::new();
        while let Some([_, i]) = reader.key() {
            assert_eq!(reader.payload(), vec![i as u8; (i % 300) as usize]);
            keys.push(i);
            reader.advance().unwrap();
        }
        keys
    }

    #[test]
    fn any_range_comes_back() {
        let run = run(5000);
        assert!(run.blocks().len() > 10);
        assert_eq!(run.blocks().iter().map(|b| b.items).sum::<u32>(), 5000);
        let first = run.blocks()[3].first;
        for (from, to) in [(0, 5000), (0, 1), (4999, 5000), (1234, 3210), (first[1], 5000)] {
            let key = |i: u64| [i / 10, i];
            let expected: Vec<u64> = (from..to).collect();
            assert_eq!(keys(&run, key(from), Some(key(to))), expected);
        }
        assert_eq!(keys(&run, [0, 0], Some(first)).len() as u64, first[1]);
        assert_eq!(keys(&run, [9999, 0], None), [0; 0]);
        assert_eq!(keys(&run, [0, 0], None).len(), 5000);
        assert_eq!(keys(&self::run(0), [0, 0], None), [0; 0]);
    }

    #[test]
    fn damage_is_seen() {
        let run = run(500);
        let size = run.bytes;
        for at in [0, 5, 9, 100, size / 2, size - 1] {
            let mut byte = [0];
            run.file.read_exact_at(&mut byte, at).unwrap();
            run.file.write_all_at(&[byte[0] ^ 16], at).unwrap();
            let read = || -> Result<()> {
                let mut reader = run.range([0, 0], None)?;
                while reader.key().is_some() {
                    reader.advance()?;
                }
                Ok(())
            };
            assert!(read().is_err(), "byte {at}");
            run.file.write_all_at(&byte, at).unwrap();
        }
        run.file.set_len(size - 1).unwrap();
        assert!(run.range([49, 0], None).is_err());
    }

    #[test]
    fn a_full_disk_is_out_of_space() {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let mut writer = RunWriter::<2>::to(full, Path::new("/dev"));
        let error = (0..100_000).try_for_each(|i| writer.push([i, i], b"record")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::OutOfSpace, "{error}");
        assert!(error.hint_text().is_some());
    }
}
