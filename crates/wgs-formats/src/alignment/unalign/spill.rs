//! Temporary files for reads that wait, parted by their key.

use std::{
    fs::File,
    io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use crate::{FileError, Result};

/// Files of one parting, as a power of two.
const BITS: u32 = 5;
/// Bytes of a file's buffer.
const BUFFER: usize = 1 << 16;

/// Key and packed read.
pub(super) type Entry = (Box<[u8]>, Box<[u8]>);

/// Files of which each has the entries of some keys.
pub(super) struct Partitions {
    folder: PathBuf,
    level: u32,
    files: Vec<(BufWriter<File>, u64)>,
}

/// One of them, to be read again.
pub(super) struct Partition {
    folder: PathBuf,
    level: u32,
    file: BufReader<File>,
    bytes: u64,
}

/// FNV-1a with the last step of MurmurHash3: the same on every machine.
fn hash(key: &[u8]) -> u64 {
    let fnv = |hash: u64, &b: &u8| (hash ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3);
    let hash = key.iter().fold(0xcbf2_9ce4_8422_2325, fnv);
    let hash = (hash ^ hash >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^ hash >> 33
}

impl Partitions {
    /// Makes empty files; each level parts by other bits of the keys' hashes.
    pub(super) fn create(folder: &Path, level: u32) -> Result<Self> {
        let file =
            || tempfile::tempfile_in(folder).map(|f| (BufWriter::with_capacity(BUFFER, f), 0));
        let files = (0..1 << BITS).map(|_| file()).collect::<io::Result<_>>();
        let files = files.map_err(|e| FileError::io(folder, e))?;
        Ok(Self { folder: folder.to_owned(), level, files })
    }

    /// Appends an entry to the file of its key.
    pub(super) fn push(&mut self, key: &[u8], packed: &[u8]) -> Result<()> {
        let index = hash(key) >> (BITS * self.level) & ((1 << BITS) - 1);
        let (file, bytes) = &mut self.files[index as usize];
        let length = |part: &[u8]| (part.len() as u32).to_le_bytes();
        *bytes += (8 + key.len() + packed.len()) as u64;
        file.write_all(&length(key))
            .and_then(|()| file.write_all(&length(packed)))
            .and_then(|()| file.write_all(key))
            .and_then(|()| file.write_all(packed))
            .map_err(|e| FileError::io(&self.folder, e))
    }

    /// The files, to be read, without empty ones; the first comes last.
    pub(super) fn finish(self) -> Result<Vec<Partition>> {
        let Self { folder, level, files } = self;
        let used = files.into_iter().rev().filter(|(_, bytes)| *bytes > 0);
        used.map(|(file, bytes)| {
            let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.seek(SeekFrom::Start(0))?;
            let file = BufReader::with_capacity(BUFFER, file);
            Ok(Partition { folder: folder.clone(), level, file, bytes })
        })
        .collect::<io::Result<_>>()
        .map_err(|e| FileError::io(&folder, e))
    }
}

impl Partition {
    /// Bytes of all entries.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How often its entries were parted before.
    pub(super) fn level(&self) -> u32 {
        self.level
    }

    /// The next entry.
    pub(super) fn next(&mut self) -> Result<Option<Entry>> {
        if self.bytes == 0 {
            return Ok(None);
        }
        let mut lengths = [0; 8];
        let mut read = || {
            self.file.read_exact(&mut lengths)?;
            let [a, b, c, d, e, f, g, h] = lengths;
            let mut key = vec![0; u32::from_le_bytes([a, b, c, d]) as usize];
            let mut packed = vec![0; u32::from_le_bytes([e, f, g, h]) as usize];
            self.file.read_exact(&mut key)?;
            self.file.read_exact(&mut packed)?;
            Ok((key.into_boxed_slice(), packed.into_boxed_slice()))
        };
        let (key, packed) = read().map_err(|e| FileError::io(&self.folder, e))?;
        self.bytes -= (8 + key.len() + packed.len()) as u64;
        Ok(Some((key, packed)))
    }
}
