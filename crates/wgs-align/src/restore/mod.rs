//! Reads back from an alignment file, and the proof that they are those that went in.

mod files;
mod place;
mod tally;
mod verify;

use std::path::{Path, PathBuf};

use serde::Serialize;
use wgs_formats::{Result, alignment::UnalignOptions, genome::Genome};

pub use self::verify::{FastqFiles, Verified, VerifiedFastq, VerifiedGroup, Verify, verify};
use self::{
    files::Files,
    place::Places,
    tally::{Tally, check_repeats},
};
use crate::origin::Originals;

/// An alignment file whose reads are wanted back.
#[derive(Clone, Copy, Debug)]
pub struct Restore<'a> {
    /// SAM, BAM or CRAM.
    pub alignment: &'a Path,
    /// The genome that a CRAM file was made with.
    pub genome: Option<&'a Genome>,
    /// Where the files appear; made if it is not there.
    pub folder: &'a Path,
    /// Threads that decompress, and that compress.
    pub threads: usize,
    /// Memory in bytes for reads that wait for their mates or their place; more go to temporary
    /// files in the folder.
    pub memory_bytes: usize,
}

/// The reads of a read group, given back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RestoredGroup {
    /// The read group's id; none for reads that have none.
    pub read_group: Option<String>,
    /// Number of reads.
    pub reads: u64,
    /// Their [`ReadsDigest`](crate::ReadsDigest).
    pub digest: String,
    /// Whether the header tells number and digest of the reads, so that they are proven to be all
    /// of them, as they were.
    pub proven: bool,
    /// Whether they are in the order that they had.
    pub in_order: bool,
    /// The files: R1 and R2 of pairs, then that of single reads.
    pub files: Vec<PathBuf>,
}

/// Writes the reads of each read group as FASTQ: `ID_R1.fastq.gz` and `ID_R2.fastq.gz` those of
/// pairs, `ID.fastq.gz` single ones; bytes in an id that are not letters, digits, `.`, `_` or `-`
/// become `_`.
///
/// In files that [`align_sample`](crate::align_sample) has made, the reads are what they were: names with
/// what followed them, bases, qualities, also what was trimmed. Their order is the one they had if it
/// was kept, else that in which the file completes them.
///
/// # Errors
///
/// If one of the files is there already (`Usage`); if the alignment file cannot be read, or has lost
/// reads or parts of them: where the header tells number
/// and digest of a read group's reads, nothing appears unless they are the same.
pub fn restore(request: &Restore<'_>) -> Result<Vec<RestoredGroup>> {
    wgs_formats::output::create_folder(request.folder)?;
    let options = UnalignOptions {
        memory_bytes: request.memory_bytes / 2,
        scratch: request.folder.to_owned(),
        threads: request.threads,
        ..UnalignOptions::default()
    };
    let mut originals = Originals::open(request.alignment, request.genome, options)?;
    let mut tally = Tally::new(&originals);
    let mut files = Files::new(request.folder, request.threads, &originals)?;
    let mut places = Places::new(request.folder, request.memory_bytes / 2);
    while let Some(template) = originals.read()? {
        tally.add(&template);
        match template.first.place {
            Some(place) => places.push(tally.index(&template), place, &template)?,
            None => files.write(tally.index(&template), &template.fastq())?,
        }
    }
    if tally.is_promised() {
        check_repeats(request.alignment, originals.repeated())?;
    }
    tally.check(request.alignment)?;
    let placed = places.write(&mut files)?;
    let paths = files.finish()?;
    let groups = tally.groups().zip(placed).zip(paths);
    let restored = groups.map(|((group, placed), files)| RestoredGroup {
        read_group: group.id.clone(),
        reads: group.digest.reads(),
        digest: group.digest.to_string(),
        proven: group.promised.is_some(),
        in_order: placed == group.templates,
        files,
    });
    Ok(restored.filter(|group| group.reads > 0).collect())
}
