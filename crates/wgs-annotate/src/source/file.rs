//! The file of a store: blocks, then what they are, then where that begins.
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
use wgs_core::{ContigIndex, ContigList, ErrorKind};
use wgs_formats::{FileError, Result, output::AtomicFile, variant::ValueType};

use super::block::{Block, Inflater, MAX_ROWS, Place};

/// The form of the stores that this crate writes and reads; of another it refuses them.
pub const STORE_VERSION: &str = "wgs-all2";

const MAGIC: &[u8] = STORE_VERSION.as_bytes();

/// What the form's name begins with in every version.
const FAMILY: &[u8] = b"wgs-all";

/// Bytes of the tail.
const TAIL: usize = 24;
/// Most bytes of contents that are not damaged.
const MAX_CONTENTS_BYTES: u64 = 1 << 30;

/// What a file holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Contents {
    /// Name of the source.
    pub(super) source: String,
    pub(super) fields: Vec<StoredField>,
    /// The genome's contigs with their lengths.
    contigs: Vec<(String, u32)>,
    blocks: Vec<Place>,
}

/// A field of a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StoredField {
    pub(super) key: String,
    /// `Integer`, `Float` or `String`.
    #[serde(rename = "type")]
    pub(super) value_type: String,
    pub(super) description: String,
}

impl StoredField {
    pub(super) fn new(key: &str, value_type: ValueType, description: &str) -> Self {
        let value_type = value_type.to_string();
        Self { key: key.into(), value_type, description: description.into() }
    }
}

/// Writes a store, which appears when it is finished.
pub(super) struct StoreWriter {
    file: AtomicFile,
    offset: u64,
    contents: Contents,
}

impl StoreWriter {
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

    /// Adds a block; they come in the order of the genome.
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

/// A store that is open. Blocks are read when they are needed, by their place in the file: pages
/// that were read once are the operating system's, and a file that is cut off while it is open is
/// an error and no signal, as it would be were it mapped.
#[derive(Debug)]
pub(super) struct StoreFile {
    path: PathBuf,
    file: File,
    pub(super) contents: Contents,
    /// Blocks of each contig.
    of_contig: Vec<std::ops::Range<usize>>,
}

impl StoreFile {
    /// Opens a store that was made for these contigs.
    pub(super) fn open(path: &Path, contigs: &ContigList) -> Result<Self> {
        let store = Self::open_any(path)?;
        let theirs = contigs.iter().map(|contig| (&contig.name, contig.length));
        if !store.contents.contigs.iter().map(|(name, length)| (name, *length)).eq(theirs) {
            let reason = "made for another genome: names or lengths of contigs differ";
            return Err(FileError::new(path, ErrorKind::ReferenceMismatch, reason)
                .hint("build the source again for this genome"));
        }
        Ok(store)
    }

    /// Opens a store that was made for whatever contigs.
    pub(super) fn open_any(path: &Path) -> Result<Self> {
        let io = |e| FileError::io(path, e);
        let rebuild = "build the source again: `wgs-pipe bundle add`";
        let file = File::open(path).map_err(|e| io(e).hint(rebuild))?;
        let length = file.metadata().map_err(io)?.len();
        let contents = read_contents(path, &file, length)?;
        let of_contig = (0..contents.contigs.len()).map(|contig| {
            let start = contents.blocks.partition_point(|block| block.contig < contig);
            start..contents.blocks.partition_point(|block| block.contig <= contig)
        });
        let of_contig = of_contig.collect();
        Ok(Self { path: path.to_owned(), file, of_contig, contents })
    }

    /// How many alleles there are.
    pub(super) fn rows(&self) -> u64 {
        self.contents.blocks.iter().map(|block| block.rows as u64).sum()
    }

    /// Numbers of the blocks that may hold an allele with this start.
    pub(super) fn blocks_at(&self, contig: ContigIndex, start: u32) -> std::ops::Range<usize> {
        let Some(range) = self.of_contig.get(contig.0).cloned() else { return 0..0 };
        let blocks = &self.contents.blocks[range.clone()];
        let first = range.start + blocks.partition_point(|block| block.last < start);
        let end = range.start + blocks.partition_point(|block| block.first <= start);
        first..end.max(first)
    }

    /// What blocks are read with.
    pub(super) fn inflater(&self) -> Result<Inflater> {
        Inflater::new().map_err(|e| FileError::io(&self.path, e))
    }

    /// Reads a block.
    pub(super) fn read(&self, number: usize, inflater: &mut Inflater) -> Result<Block> {
        let place = self.contents.blocks[number].clone();
        let mut bytes = vec![0; place.bytes().ok_or_else(|| self.damaged(number))?];
        self.file
            .read_exact_at(&mut bytes, place.offset)
            .map_err(|e| FileError::io(&self.path, e))?;
        Block::decode(place, bytes, inflater).ok_or_else(|| self.damaged(number))
    }

    /// The error of a block that is not what was written.
    pub(super) fn damaged(&self, number: usize) -> FileError {
        FileError::invalid(&self.path, "is damaged")
            .at(format!("block {}", number + 1))
            .hint("build the source again, or copy it again from where it came")
    }
}

fn read_contents(path: &Path, file: &File, length: u64) -> Result<Contents> {
    let not_one =
        || FileError::invalid(path, "is not the store of a source, or ends before its end");
    let io = |e| FileError::io(path, e);
    let tail_at = length.checked_sub(TAIL as u64).ok_or_else(not_one)?;
    let mut tail = [0; TAIL];
    file.read_exact_at(&mut tail, tail_at).map_err(io)?;
    let number = |at: usize| u64::from_le_bytes(tail[at..at + 8].try_into().expect("8 bytes"));
    let (compressed, raw) = (number(0), number(8));
    if tail[16..].starts_with(FAMILY) && &tail[16..] != MAGIC {
        return Err(FileError::invalid(path, "is a store of another form than this version reads")
            .hint("build the source again: `wgs-pipe bundle add`"));
    }
    if &tail[16..] != MAGIC {
        return Err(FileError::truncated(path, "is cut off, or not the store of a source")
            .hint("build the source again, or copy it again from where it came"));
    }
    let start = tail_at.checked_sub(compressed).ok_or_else(not_one)?;
    let mut bytes = vec![0; usize::try_from(compressed).map_err(|_| not_one())?];
    file.read_exact_at(&mut bytes, start).map_err(io)?;
    let raw = usize::try_from(raw.min(MAX_CONTENTS_BYTES)).map_err(|_| not_one())?;
    let json = zstd::bulk::decompress(&bytes, raw).map_err(|_| not_one())?;
    let contents: Contents = serde_json::from_slice(&json).map_err(|_| not_one())?;
    let apart =
        |a: &Place, b: &Place| a.contig < b.contig || (a.contig == b.contig && a.last <= b.first);
    let within = |place: &Place| {
        let end = place.bytes().and_then(|bytes| place.offset.checked_add(bytes as u64));
        end.is_some_and(|end| end <= start)
            && place.sections.len() == contents.fields.len() + 1
            && place.rows <= MAX_ROWS
            && place.first <= place.last
    };
    let is_whole = contents.blocks.iter().all(within) && contents.blocks.is_sorted_by(apart);
    if is_whole { Ok(contents) } else { Err(not_one()) }
}
