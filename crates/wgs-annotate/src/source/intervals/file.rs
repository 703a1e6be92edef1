//! The file of a store of intervals: blocks, then what they are, then where that begins.
//!
//! ```text
//! block … block   sections of Zstandard, each with its checksum
//! contents        JSON in Zstandard: source, fields, contigs, places of the blocks
//! tail            bytes of the contents, compressed and not (u64, little-endian), and MAGIC
//! ```

use std::{
    fs::File,
    io::Write,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use wgs_core::{ContigList, ErrorKind};
use wgs_formats::{FileError, Result, output::AtomicFile};

use super::{
    super::file::StoredField,
    CLASSES,
    block::{Block, MAX_ROWS, Place},
    longest,
};

const MAGIC: &[u8; 8] = b"wgs-int1";
/// Bytes of the tail.
const TAIL: usize = 24;
/// Most bytes of contents that are not damaged.
const MAX_CONTENTS_BYTES: u64 = 1 << 30;

/// The file of a store in its folder.
pub(in super::super) fn store_path(folder: &Path) -> PathBuf {
    folder.join("intervals.store")
}

/// What a file holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in super::super) struct Contents {
    /// Name of the source.
    pub(in super::super) source: String,
    pub(in super::super) fields: Vec<StoredField>,
    /// The genome's contigs with their lengths.
    contigs: Vec<(String, u32)>,
    blocks: Vec<Place>,
}

/// Writes a store, which appears when it is finished.
pub(super) struct IntervalWriter {
    file: AtomicFile,
    offset: u64,
    contents: Contents,
}

impl IntervalWriter {
    pub(super) fn create(
        path: &Path,
        source: &str,
        fields: Vec<StoredField>,
        contigs: &ContigList,
    ) -> Result<Self> {
        let contigs = contigs.iter().map(|contig| (contig.name.clone(), contig.length)).collect();
        let contents = Contents { source: source.into(), fields, contigs, blocks: Vec::new() };
        Ok(Self { file: AtomicFile::create(path)?, offset: 0, contents })
    }

    /// Adds a block; they come by contig, class and start.
    pub(super) fn write(&mut self, mut place: Place, bytes: &[u8]) -> Result<()> {
        place.offset = self.offset;
        self.contents.blocks.push(place);
        self.append(bytes)
    }

    fn append(&mut self, bytes: &[u8]) -> Result<()> {
        self.offset += bytes.len() as u64;
        self.file.write_all(bytes).map_err(|e| FileError::io(self.file.path(), e))
    }

    pub(super) fn finish(mut self) -> Result<()> {
        let failed =
            |reason: String| FileError::new(self.file.path(), ErrorKind::TaskFailed, reason);
        let json = serde_json::to_vec(&self.contents).map_err(|e| failed(e.to_string()))?;
        let mut compressor = zstd::bulk::Compressor::new(19).map_err(|e| failed(e.to_string()))?;
        compressor.include_checksum(true).map_err(|e| failed(e.to_string()))?;
        let compressed = compressor.compress(&json).map_err(|e| failed(e.to_string()))?;
        self.append(&compressed)?;
        self.append(&(compressed.len() as u64).to_le_bytes())?;
        self.append(&(json.len() as u64).to_le_bytes())?;
        self.append(MAGIC)?;
        self.file.commit()
    }
}

/// A store that is open.
#[derive(Debug)]
pub(in super::super) struct IntervalFile {
    path: PathBuf,
    file: File,
    pub(in super::super) contents: Contents,
    /// Blocks of each contig and class.
    of_class: Vec<std::ops::Range<usize>>,
}

impl IntervalFile {
    /// Opens a store that was made for these contigs; `None`: for whatever contigs.
    pub(in super::super) fn open(path: &Path, contigs: Option<&ContigList>) -> Result<Self> {
        let io = |e| FileError::io(path, e);
        let file = File::open(path).map_err(io)?;
        let length = file.metadata().map_err(io)?.len();
        let contents = read_contents(path, &file, length)?;
        let is_same = |contigs: &ContigList| {
            let theirs = contigs.iter().map(|contig| (&contig.name, contig.length));
            contents.contigs.iter().map(|(name, length)| (name, *length)).eq(theirs)
        };
        if !contigs.is_none_or(is_same) {
            let reason = "made for another genome: names or lengths of contigs differ";
            return Err(FileError::new(path, ErrorKind::ReferenceMismatch, reason)
                .hint("build the source again for this genome"));
        }
        let key = |place: &Place| place.contig * CLASSES + place.class;
        let blocks = &contents.blocks;
        let of_class = (0..contents.contigs.len() * CLASSES).map(|class| {
            let start = blocks.partition_point(|block| key(block) < class);
            start..blocks.partition_point(|block| key(block) <= class)
        });
        let of_class = of_class.collect();
        Ok(Self { path: path.to_owned(), file, of_class, contents })
    }

    /// How many intervals there are.
    pub(in super::super) fn rows(&self) -> u64 {
        self.contents.blocks.iter().map(|block| block.rows as u64).sum()
    }

    /// Numbers of the blocks of a class that may overlap a place.
    pub(super) fn blocks_at(
        &self,
        contig: usize,
        class: usize,
        start: u32,
        end: u32,
    ) -> std::ops::Range<usize> {
        let Some(range) = self.of_class.get(contig * CLASSES + class).cloned() else { return 0..0 };
        let blocks = &self.contents.blocks[range.clone()];
        let least = start.saturating_sub(longest(class));
        let first = range.start + blocks.partition_point(|block| block.last < least);
        let after = range.start + blocks.partition_point(|block| block.first < end);
        first..after.max(first)
    }

    /// Reads a block.
    pub(super) fn read(&self, number: usize) -> Result<Block> {
        let place = self.contents.blocks[number].clone();
        let mut bytes = vec![0; place.bytes().ok_or_else(|| self.damaged(number))?];
        self.file
            .read_exact_at(&mut bytes, place.offset)
            .map_err(|e| FileError::io(&self.path, e))?;
        Block::decode(place, bytes).ok_or_else(|| self.damaged(number))
    }

    /// The error of a block that is not what was written.
    pub(super) fn damaged(&self, number: usize) -> FileError {
        FileError::invalid(&self.path, "is damaged")
            .at(format!("block {}", number + 1))
            .hint("build the source again, or copy it again from where it came")
    }
}

fn read_contents(path: &Path, file: &File, length: u64) -> Result<Contents> {
    let again = "build the source again, or copy it again from where it came";
    let not_one = || {
        FileError::invalid(path, "is not a store of intervals, or ends before its end").hint(again)
    };
    let io = |e| FileError::io(path, e);
    let tail_at = length.checked_sub(TAIL as u64).ok_or_else(not_one)?;
    let mut tail = [0; TAIL];
    file.read_exact_at(&mut tail, tail_at).map_err(io)?;
    let number = |at: usize| u64::from_le_bytes(tail[at..at + 8].try_into().expect("8 bytes"));
    let (compressed, raw) = (number(0), number(8));
    if &tail[16..] != MAGIC {
        let reason = "is cut off, or not a store of intervals";
        return Err(FileError::truncated(path, reason).hint(again));
    }
    let start = tail_at.checked_sub(compressed).ok_or_else(not_one)?;
    let mut bytes = vec![0; usize::try_from(compressed).map_err(|_| not_one())?];
    file.read_exact_at(&mut bytes, start).map_err(io)?;
    let raw = usize::try_from(raw.min(MAX_CONTENTS_BYTES)).map_err(|_| not_one())?;
    let json = zstd::bulk::decompress(&bytes, raw).map_err(|_| not_one())?;
    let contents: Contents = serde_json::from_slice(&json).map_err(|_| not_one())?;
    let in_order = |a: &Place, b: &Place| {
        let class = |place: &Place| (place.contig, place.class);
        class(a) < class(b) || (class(a) == class(b) && a.last <= b.first)
    };
    let within = |place: &Place| {
        let end = place.bytes().and_then(|bytes| place.offset.checked_add(bytes as u64));
        end.is_some_and(|end| end <= start)
            && place.columns() == Some(contents.fields.len())
            && place.rows <= MAX_ROWS
            && place.first <= place.last
            && place.contig < contents.contigs.len()
            && place.class < CLASSES
    };
    let is_whole = contents.blocks.iter().all(within) && contents.blocks.is_sorted_by(in_order);
    if is_whole { Ok(contents) } else { Err(not_one()) }
}
