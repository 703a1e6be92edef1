//! Whether an index belongs to its file.
//!
//! An index of another file, or of an older one of the same name, finds other records than those
//! of a region, or none, and nothing says so. Its contigs, its beginning and its end tell.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, BufRead},
    path::Path,
};

use noodles::csi::{BinningIndex, binning_index};
use noodles_bgzf::{self as bgzf, VirtualPosition};
use wgs_core::ErrorKind;

use super::{Header, Record, bam, cram, load::crai_entries};
use crate::{FileError, Result};

/// Adds to the error of data that an index led to what may be behind it.
pub(super) fn doubt_index(error: FileError) -> FileError {
    if is_senseless(&error) {
        return error.hint("the file is damaged, or its index belongs to another file");
    }
    error
}

fn is_senseless(error: &FileError) -> bool {
    matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Truncated)
}

/// The error of an index that is not of the file.
fn foreign(index: &Path, path: &Path, why: &str) -> FileError {
    let path = path.display();
    FileError::invalid(index, format!("is not the index of {path} as it is: {why}"))
        .hint(format!("make the index again: samtools index {path}"))
}

/// What part of a BAM file an index covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extent {
    contigs: usize,
    /// Begin of the first chunk and end of the last, where there is one.
    chunks: Option<(VirtualPosition, VirtualPosition)>,
}

impl Extent {
    pub(super) fn of<I: binning_index::index::reference_sequence::Index>(
        index: &binning_index::Index<I>,
    ) -> Self {
        let chunks = || {
            let bins = index.reference_sequences().iter().flat_map(|r| r.bins().values());
            bins.flat_map(|bin| bin.chunks())
        };
        let (first, last) = (chunks().map(|c| c.start()).min(), chunks().map(|c| c.end()).max());
        Self { contigs: BinningIndex::reference_sequences(index).count(), chunks: first.zip(last) }
    }

    /// Refuses the index of a BAM file whose reader stands behind the header.
    ///
    /// In a file sorted by coordinate, the first chunk begins with the first record, and behind the
    /// last chunk no record lies on a contig.
    pub(super) fn check(
        self,
        reader: &mut bgzf::io::Reader<File>,
        header: &Header,
        path: &Path,
        index: &Path,
    ) -> Result<()> {
        let (found, expected) = (self.contigs, header.contigs().len());
        if found != expected {
            let why = format!("it is of {found} contigs, and the file has {expected}");
            return Err(foreign(index, path, &why));
        }
        let plain = |e: io::Error| bam::ReadError::Io(e).in_file(path);
        let misled = |error: FileError| {
            let why = "it points to where no record begins, or the file is damaged there";
            if is_senseless(&error) { foreign(index, path, why) } else { error }
        };
        reader.fill_buf().map_err(plain)?;
        let mut behind = reader.virtual_position();
        if let Some((first, last)) = self.chunks {
            let length = reader.get_ref().metadata().map_err(|e| FileError::io(path, e))?.len();
            if last.compressed() > length {
                return Err(foreign(index, path, "it goes on behind the end of the file"));
            }
            let sought = reader.seek(first).and_then(|_| reader.fill_buf().map(|_| ()));
            sought.map_err(|e| misled(plain(e)))?;
            if reader.virtual_position() != behind {
                return Err(foreign(index, path, "it does not begin with the first record"));
            }
            behind = last;
        }
        let mut record = Record::default();
        let sought = reader.seek(behind).map_err(plain);
        let more =
            sought.and_then(|_| bam::read_record(reader, &mut record).map_err(|e| e.in_file(path)));
        let more = more.map_err(|e| if self.chunks.is_some() { misled(e) } else { e })?;
        if more && record.ref_index().is_some() {
            return Err(foreign(index, path, "it ends before the records on contigs do"));
        }
        Ok(())
    }
}

/// Refuses an index of a CRAM file that lacks a container with records on contigs, or has one that
/// the file lacks.
pub(super) fn check_crai(path: &Path, index: &Path) -> Result<()> {
    let indexed: BTreeSet<u64> = crai_entries(index)?.iter().map(|e| e.container).collect();
    let containers = cram::data_containers(path)?;
    let known: BTreeSet<u64> = containers.iter().map(|c| c.offset).collect();
    if let Some(offset) = indexed.difference(&known).next() {
        let why = format!("the file has no container at byte {offset}");
        return Err(foreign(index, path, &why));
    }
    let missing = containers.iter().find(|c| c.on_contigs && !indexed.contains(&c.offset));
    missing.map_or(Ok(()), |container| {
        let why = format!("it lacks the container at byte {}", container.offset);
        Err(foreign(index, path, &why))
    })
}
