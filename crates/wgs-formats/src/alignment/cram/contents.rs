//! What a CRAM file says that it holds, and the checksums that htslib does not compare.
//!
//! htslib takes the header of a container, as of a slice, as it comes if it is not compressed, and
//! with several threads it takes a container that it cannot read for the end of the file. So the
//! headers are gone through here, which takes a small part of the time of decoding.

use std::{fs::File, io, os::unix::fs::FileExt, path::Path};

use super::container::{Block, ContainerHeader, Cursor, Unexpected, crc};
use crate::FileError;

/// Bytes of the file definition, which the first container follows.
const DEFINITION_BYTES: u64 = 26;
/// Contig of a container whose records lie on none.
const UNPLACED: i32 = -1;
/// Bytes of a checksum.
const CRC_BYTES: usize = 4;
/// Bytes within which a header is looked for: most are short.
const WINDOWS: [usize; 4] = [1 << 10, 1 << 14, 1 << 20, 1 << 26];

/// A container that holds records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct DataContainer {
    /// Offset in the file.
    pub(in super::super) offset: u64,
    /// Whether it holds records that lie on contigs.
    pub(in super::super) on_contigs: bool,
    /// How many records it holds.
    pub(in super::super) records: u64,
}

/// The containers of a CRAM 2 or 3 file that hold records, from their headers. Of CRAM 3, the
/// checksums of these headers, of what tells how the records are encoded, and of the headers of
/// slices are compared.
///
/// # Errors
///
/// If one is not as it must be, or anything but containers follows, such as another file.
pub(in super::super) fn data_containers(path: &Path) -> Result<Vec<DataContainer>, FileError> {
    let io = |e| FileError::io(path, e);
    let file = File::open(path).map_err(io)?;
    let length = file.metadata().map_err(io)?.len();
    let mut major = [0];
    file.read_exact_at(&mut major, 4).map_err(io)?;
    let walk = Walk { file, major: major[0] };
    let mut containers = Vec::new();
    let mut offset = DEFINITION_BYTES;
    while offset < length {
        let (header, end) = walk.container(offset).map_err(io)?.ok_or_else(|| {
            FileError::invalid(path, format!("damaged: no sound container is at byte {offset}"))
                .hint("was it joined of several files? CRAM is joined by: samtools cat")
        })?;
        if let Ok(records @ 1..) = u64::try_from(header.records) {
            containers.push(DataContainer {
                offset,
                on_contigs: header.contig != UNPLACED,
                records,
            });
        }
        offset = end;
    }
    if offset > length {
        return Err(FileError::truncated(path, "the file ends inside a container"));
    }
    Ok(containers)
}

struct Walk {
    file: File,
    /// Version of CRAM.
    major: u8,
}

impl Walk {
    /// The header of the container at an offset, and where it ends; none if what is there is no
    /// container, or is damaged.
    fn container(&self, at: u64) -> io::Result<Option<(ContainerHeader, u64)>> {
        let read = |cursor: &mut Cursor<'_>| ContainerHeader::read_version(cursor, self.major);
        let Some(((header, length), body)) = self.part(at, read)? else { return Ok(None) };
        if header.records > 0 && self.major >= 3 {
            let slices = header.landmarks.iter().map(|&landmark| u64::try_from(landmark));
            for place in std::iter::once(Ok(0)).chain(slices) {
                let Ok(place) = place else { return Ok(None) };
                let block = |cursor: &mut Cursor<'_>| Block::read(cursor).map(drop);
                if self.part(body + place, block)?.is_none() {
                    return Ok(None);
                }
            }
        }
        Ok(Some((header, body + length as u64)))
    }

    /// What `read` finds at an offset, and where it ends, if its checksum is right.
    fn part<T>(
        &self,
        at: u64,
        read: impl Fn(&mut Cursor<'_>) -> Result<T, Unexpected>,
    ) -> io::Result<Option<(T, u64)>> {
        for size in WINDOWS {
            let mut bytes = vec![0; size];
            let count = self.file.read_at(&mut bytes, at)?;
            let mut cursor = Cursor(&bytes[..count]);
            if let Ok(found) = read(&mut cursor) {
                let taken = count - cursor.0.len();
                let (content, sum) = bytes[..taken].split_at(taken.saturating_sub(CRC_BYTES));
                let sound = self.major < 3 || sum == crc(content);
                return Ok(sound.then_some((found, at + taken as u64)));
            }
            if count < size {
                break;
            }
        }
        Ok(None)
    }
}
