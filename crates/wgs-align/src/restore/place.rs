//! Templates that have kept their place in the input, brought into its order.

use std::path::Path;

use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result, fastq::Read};

use super::files::Files;
use crate::{
    origin::{FastqReads, OriginalTemplate},
    sort::{Chunk, Sorter},
};

/// Bytes of templates that are handed to the sorter together.
const PART_BYTES: usize = 1 << 20;

/// Sorts templates by read group and place.
pub(super) struct Places {
    sorter: Sorter<2>,
    part: Chunk<2>,
    packed: Vec<u8>,
}

impl Places {
    /// Holds so many bytes in memory; more go to a temporary file in the folder.
    pub(super) fn new(folder: &Path, memory_bytes: usize) -> Self {
        let sorter = Sorter::new(folder, memory_bytes, 1);
        Self { sorter, part: Chunk::default(), packed: Vec::new() }
    }

    /// Takes a template of a group.
    pub(super) fn push(
        &mut self,
        group: usize,
        place: u64,
        template: &OriginalTemplate<'_>,
    ) -> Result<()> {
        let FastqReads { first, last } = template.fastq();
        self.packed.clear();
        self.packed.push(u8::from(last.is_some()));
        for read in [Some(first), last].into_iter().flatten() {
            for field in [read.name, read.suffix, read.bases, read.quals] {
                self.packed.extend((field.len() as u32).to_le_bytes());
                self.packed.extend_from_slice(field);
            }
        }
        self.part.push([group as u64, place], &self.packed);
        if self.part.used() >= PART_BYTES {
            self.sorter.append(&self.part)?;
            self.part.clear();
        }
        Ok(())
    }

    /// Writes all in order; gives how many each group had.
    pub(super) fn write(self, files: &mut Files) -> Result<Vec<u64>> {
        self.sorter.append(&self.part)?;
        let mut counts = vec![0; files.groups()];
        self.sorter.finish()?.for_each(
            |_, chunk: Chunk<2>| Ok(chunk),
            |chunk| {
                for ([group, _], packed) in chunk.items() {
                    let reads = unpack(packed).ok_or_else(damaged)?;
                    files.write(group as usize, &reads)?;
                    counts[group as usize] += 1;
                }
                Ok(())
            },
        )?;
        Ok(counts)
    }
}

fn damaged() -> FileError {
    FileError::new("temporary file", ErrorKind::TaskFailed, "is not what was written")
}

fn unpack(packed: &[u8]) -> Option<FastqReads<'_>> {
    let (&paired, mut rest) = packed.split_first()?;
    let first = read(&mut rest)?;
    let last = if paired == 0 { None } else { Some(read(&mut rest)?) };
    Some(FastqReads { first, last })
}

fn read<'a>(rest: &mut &'a [u8]) -> Option<Read<'a>> {
    let mut field = || {
        let (length, after) = rest.split_first_chunk()?;
        let (field, after) = after.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        *rest = after;
        Some(field)
    };
    Some(Read { name: field()?, suffix: field()?, bases: field()?, quals: field()? })
}
