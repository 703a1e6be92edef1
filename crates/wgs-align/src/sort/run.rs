//! Sorted items on disk.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use lz4_flex::frame::{BlockSize, FrameDecoder, FrameEncoder, FrameInfo};
use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result};

use super::{Key, merge::Source};

/// Sorted items in a temporary file without a name: key, length of the bytes (all little-endian),
/// bytes; LZ4 frames with checksums.
pub(super) struct Run<const N: usize> {
    file: File,
    items: u64,
}

/// Names the folder in an error of a temporary file, and says what helps.
fn failed(folder: &Path, error: io::Error) -> FileError {
    let error = FileError::io(folder, error).at("temporary file");
    match error.kind() {
        ErrorKind::OutOfSpace => error.hint("free space there, or give more --memory"),
        _ => error,
    }
}

impl<const N: usize> Run<N> {
    /// Writes everything that a source yields.
    pub(super) fn write(folder: &Path, source: impl Source<N>) -> Result<Self> {
        let file = tempfile::tempfile_in(folder).map_err(|e| failed(folder, e))?;
        Self::write_to(file, folder, source)
    }

    fn write_to(file: File, folder: &Path, mut source: impl Source<N>) -> Result<Self> {
        let info = FrameInfo::new().block_size(BlockSize::Max256KB).block_checksums(true);
        let mut encoder = FrameEncoder::with_frame_info(info, file);
        let (mut items, mut payload, mut head) = (0, Vec::new(), Vec::with_capacity(8 * N + 4));
        while let Some(key) = source.next(&mut payload)? {
            head.clear();
            head.extend(key.iter().flat_map(|number| number.to_le_bytes()));
            head.extend((payload.len() as u32).to_le_bytes());
            let written = encoder.write_all(&head).and_then(|()| encoder.write_all(&payload));
            written.map_err(|e| failed(folder, e))?;
            items += 1;
        }
        let file = encoder.finish().map_err(|e| failed(folder, e.into()))?;
        Ok(Self { file, items })
    }

    /// Reads the items from the first on.
    pub(super) fn read(mut self, folder: &Path) -> Result<RunReader<N>> {
        self.file.seek(SeekFrom::Start(0)).map_err(|e| failed(folder, e))?;
        let decoder = FrameDecoder::new(BufReader::with_capacity(1 << 16, self.file));
        Ok(RunReader { folder: folder.to_owned(), decoder, left: self.items })
    }
}

/// Items of a run, one after the other.
pub(super) struct RunReader<const N: usize> {
    folder: PathBuf,
    decoder: FrameDecoder<BufReader<File>>,
    left: u64,
}

impl<const N: usize> RunReader<N> {
    fn read(&mut self, payload: &mut Vec<u8>) -> io::Result<Key<N>> {
        let mut key = [0; N];
        for number in &mut key {
            let mut bytes = [0; 8];
            self.decoder.read_exact(&mut bytes)?;
            *number = u64::from_le_bytes(bytes);
        }
        let mut length = [0; 4];
        self.decoder.read_exact(&mut length)?;
        payload.resize(u32::from_le_bytes(length) as usize, 0);
        self.decoder.read_exact(payload)?;
        Ok(key)
    }
}

impl<const N: usize> Source<N> for RunReader<N> {
    fn next(&mut self, payload: &mut Vec<u8>) -> Result<Option<Key<N>>> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        self.read(payload).map(Some).map_err(|e| failed(&self.folder, e))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sort::Chunk;

    #[test]
    fn a_full_disk_is_out_of_space() {
        let mut chunk = Chunk::<2>::default();
        (0..100_000).for_each(|i| chunk.push([i, i], b"record"));
        let full = File::options().write(true).open("/dev/full").unwrap();
        let result = Run::write_to(full, Path::new("/dev"), chunk.into_source());
        let error = result.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::OutOfSpace, "{error}");
        assert!(error.hint_text().is_some());
    }
}
