//! The proof that an alignment file and FASTQ files hold the same reads.

use std::path::{Path, PathBuf};

use serde::Serialize;
use wgs_core::ErrorKind;
use wgs_formats::{
    FileError, Result,
    alignment::UnalignOptions,
    fastq::{PairReader, ReadOptions, ReadReader},
    genome::Genome,
};

use super::tally::{Group, Tally, check_repeats};
use crate::{ReadsDigest, origin::Originals};

/// The FASTQ files of a lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FastqFiles {
    /// First reads, or single ones.
    pub r1: PathBuf,
    /// Last reads.
    pub r2: Option<PathBuf>,
}

/// What is to be proven.
#[derive(Clone, Copy, Debug)]
pub struct Verify<'a> {
    /// SAM, BAM or CRAM.
    pub alignment: &'a Path,
    /// The genome that a CRAM file was made with.
    pub genome: Option<&'a Genome>,
    /// FASTQ files, each of whose reads must be those of one read group.
    pub fastq: &'a [FastqFiles],
    /// Whether FASTQ in BGZF may lack the block that ends it.
    pub without_end_block: bool,
    /// Folder for temporary files.
    pub scratch: &'a Path,
    /// Threads that decompress.
    pub threads: usize,
    /// Memory in bytes for reads that wait for their mates.
    pub memory_bytes: usize,
}

/// What was proven.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// The read groups of the file that have reads.
    pub read_groups: Vec<VerifiedGroup>,
    /// The FASTQ files.
    pub fastq: Vec<VerifiedFastq>,
}

/// A read group whose reads were read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VerifiedGroup {
    /// Its id; none for reads without one.
    pub read_group: Option<String>,
    /// Number of its reads.
    pub reads: u64,
    /// Their [`ReadsDigest`](crate::ReadsDigest).
    pub digest: String,
    /// Whether the header has this number and digest; if not, it has none.
    pub proven: bool,
}

/// FASTQ files that hold the reads of a read group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VerifiedFastq {
    /// First reads, or single ones.
    pub r1: PathBuf,
    /// Last reads.
    pub r2: Option<PathBuf>,
    /// The read group; none if its reads have none.
    pub read_group: Option<String>,
}

/// Proves that the reads of each read group are those that its header tells of, and that each of
/// the FASTQ files given holds exactly the reads of one read group: in any order, with names and
/// what follows them, bases and qualities. Read groups of which the header tells nothing must be
/// those of FASTQ files.
///
/// # Errors
///
/// If that is not so, or records are there more than once (`InvalidInput`), or a file cannot be read; if there is nothing to compare
/// with: no digest in the header, and no FASTQ files (`Usage`).
pub fn verify(request: &Verify<'_>) -> Result<Verified> {
    let options = UnalignOptions {
        memory_bytes: request.memory_bytes,
        scratch: request.scratch.to_owned(),
        threads: request.threads,
        ..UnalignOptions::default()
    };
    let mut originals = Originals::open(request.alignment, request.genome, options)?;
    let mut tally = Tally::new(&originals);
    if request.fastq.is_empty() && !tally.is_promised() {
        let reason = "has no digests of its reads in its header, and no FASTQ is given";
        return Err(FileError::new(request.alignment, ErrorKind::Usage, reason)
            .hint("give the FASTQ files that it was made of"));
    }
    while let Some(template) = originals.read()? {
        tally.add(&template);
    }
    check_repeats(request.alignment, originals.repeated())?;
    tally.check(request.alignment)?;
    let groups: Vec<&Group> = tally.groups().filter(|group| group.templates > 0).collect();
    let linked = request.fastq.iter().map(|files| link(files, &groups, request));
    let fastq: Vec<VerifiedFastq> = linked.collect::<Result<_>>()?;
    check_proven(&groups, &fastq, request.alignment)?;
    Ok(Verified {
        fastq,
        read_groups: groups
            .iter()
            .map(|group| VerifiedGroup {
                read_group: group.id.clone(),
                reads: group.digest.reads(),
                digest: group.digest.to_string(),
                proven: group.promised.is_some(),
            })
            .collect(),
    })
}

/// The reads of each group must be those that the header tells of, or those of FASTQ files.
fn check_proven(groups: &[&Group], fastq: &[VerifiedFastq], alignment: &Path) -> Result<()> {
    let is_linked = |group: &Group| fastq.iter().any(|files| files.read_group == group.id);
    let unproven = groups.iter().find(|group| group.promised.is_none() && !is_linked(group));
    let Some(group) = unproven else { return Ok(()) };
    let reads = group.digest.reads();
    let reason = match &group.id {
        Some(id) => format!("the header tells nothing of the {reads} reads of read group {id}"),
        None => {
            format!("{reads} reads have no read group, so that the header tells nothing of them")
        }
    };
    Err(FileError::invalid(alignment, reason).hint("give the FASTQ files that they came from"))
}

/// Finds the read group whose reads FASTQ files hold.
fn link(files: &FastqFiles, groups: &[&Group], request: &Verify<'_>) -> Result<VerifiedFastq> {
    let digest = digest_of(files, request.without_end_block)?;
    let Some(group) = groups.iter().find(|group| group.digest == digest) else {
        let has = |group: &&Group| {
            let id = group.id.as_deref().unwrap_or("(none)");
            format!("{id} {}", group.digest.reads())
        };
        let reason = format!(
            "its {} reads{} are not those of any read group of {}, which has (reads): {}",
            digest.reads(),
            files.r2.as_ref().map(|r2| format!(" (with {})", r2.display())).unwrap_or_default(),
            request.alignment.display(),
            groups.iter().map(has).collect::<Vec<_>>().join(", ")
        );
        return Err(FileError::invalid(&files.r1, reason)
            .hint("keep these FASTQ files: the alignment file does not stand for them"));
    };
    let FastqFiles { r1, r2 } = files.clone();
    Ok(VerifiedFastq { r1, r2, read_group: group.id.clone() })
}

fn digest_of(files: &FastqFiles, without_end_block: bool) -> Result<ReadsDigest> {
    let options = || ReadOptions { without_end_block, ..ReadOptions::default() };
    let mut digest = ReadsDigest::default();
    match &files.r2 {
        None => {
            let mut reader = ReadReader::open_with(&files.r1, options())?;
            while let Some(read) = reader.read()? {
                digest.add(read, None);
            }
        }
        Some(r2) => {
            let mut reader = PairReader::open_with((&files.r1, options()), (r2, options()))?;
            while let Some(pair) = reader.read()? {
                digest.add(pair.first, Some(pair.last));
            }
        }
    }
    Ok(digest)
}
