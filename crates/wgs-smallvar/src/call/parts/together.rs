//! Parts, put together.

use std::path::{Path, PathBuf};

use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result, genome::Genome, qc::calibration::contigs_md5};

use super::{
    digest_of,
    file::{Head, PartReader},
};
use crate::{
    call::{Request, Summary, Told, lines::Called},
    options::Options,
};

/// What to put together.
#[derive(Clone, Copy)]
pub struct GatherRequest<'a> {
    /// The files of all parts of a sample, by their numbers.
    pub parts: &'a [PathBuf],
    /// The genome that they were called with.
    pub genome: &'a Genome,
    /// The gVCF to make (bgzip); its index is written beside it.
    pub gvcf: &'a Path,
    /// The settings that they were called with.
    pub options: &'a Options,
    /// Threads that compress; 0 is 1. Without influence on the output.
    pub threads: usize,
    /// Hears how many shards are done, and of how many.
    pub progress: Option<&'a dyn Fn(u64, u64)>,
}

/// Puts the parts of a sample together: gVCF, index and summary are those that
/// [`call`](crate::call) makes of the whole.
///
/// # Errors
///
/// If parts are missing, in another order, damaged, or not of one sample, version, genome and
/// settings, which must be those of the request; and whatever reading and writing bring.
pub fn gather(request: &GatherRequest<'_>) -> Result<Summary> {
    let GatherRequest { genome, options, threads, .. } = *request;
    let mut readers: Vec<_> =
        request.parts.iter().map(|path| PartReader::open(path)).collect::<Result<_>>()?;
    let owners = check(request, &readers)?;
    let whole = Request {
        samples: &[],
        genome,
        output: None,
        gvcf: Some(request.gvcf),
        regions: None,
        options,
        threads,
        progress: None,
    };
    let samples = readers.iter().take(1).map(|part| (part.head.sample.clone(), part.head.sex));
    let mut told = Told::begin(&whole, samples, threads)?;
    let mut last = None;
    for (done, &owner) in owners.iter().enumerate() {
        let (contig, calls) = readers[owner].read()?;
        let length = genome.contigs().get(contig).map_or(0, |contig| contig.length);
        if calls.lines.iter().any(|line| line.interval.end() > length) {
            let reason = format!("shard {done} reaches beyond its contig");
            return Err(FileError::invalid(&request.parts[owner], reason));
        }
        let place = |site: &Called| (contig, site.locus.position);
        if last > calls.sites.first().map(place).or(last) {
            let reason = format!("shard {done} lies before the one that comes before it");
            return Err(FileError::invalid(&request.parts[owner], reason));
        }
        last = calls.sites.last().map(place).or(last);
        told.add(contig, calls)?;
        request.progress.iter().for_each(|tell| tell(done as u64 + 1, owners.len() as u64));
    }
    readers.into_iter().try_for_each(PartReader::finish)?;
    told.finish()
}

/// Checks that the parts are those of one whole, and finds the part that holds each shard.
fn check(request: &GatherRequest<'_>, parts: &[PartReader]) -> Result<Vec<usize>> {
    let Some(first) = parts.first() else {
        let reason = "there are no parts to put together";
        return Err(FileError::new(request.gvcf, ErrorKind::Usage, reason));
    };
    let expected = Head {
        version: crate::VERSION.to_owned(),
        genome_md5: contigs_md5(request.genome.contigs()),
        options_sha256: digest_of(request.options),
        ..first.head.clone()
    };
    let leave_out = || {
        let reason = "is one of parts that leave out some of the whole";
        FileError::invalid(&request.parts[0], reason)
    };
    if parts.iter().map(|part| part.head.shards.len()).sum::<usize>() != expected.shards_of_all {
        return Err(leave_out());
    }
    let mut owners = vec![None; expected.shards_of_all];
    for (index, (path, part)) in request.parts.iter().zip(parts).enumerate() {
        let (number, of) = (index + 1, parts.len());
        let head = &part.head;
        let wrong = |reason: String| Err(FileError::invalid(path, reason));
        if (head.part.number as usize, head.part.of as usize) != (number, of) {
            return wrong(format!("holds shard {}, and not {number} of {of}", head.part));
        }
        if head.genome_md5 != expected.genome_md5 {
            let reason = "was called with another genome";
            return Err(FileError::new(path, ErrorKind::ReferenceMismatch, reason));
        }
        let same = [
            (head.version == expected.version, "was called by another version"),
            (head.options_sha256 == expected.options_sha256, "was called with other settings"),
            (head.sample == expected.sample, "is of another sample than the first part"),
            (head.sex == expected.sex, "tells another sex than the first part"),
            (head.costs_sha256 == expected.costs_sha256, "is of other reads than the first part"),
            (head.shards_of_all == owners.len(), "is of another whole than the first part"),
        ];
        if let Some((_, reason)) = same.iter().find(|(is_same, _)| !is_same) {
            return wrong((*reason).to_owned());
        }
        for &shard in &head.shards {
            match owners.get_mut(shard) {
                Some(owner @ None) => *owner = Some(index),
                _ => return wrong(format!("holds shard {shard}, which is another part's or none")),
            }
        }
        if !head.shards.is_sorted() {
            return wrong("holds its shards in another order".to_owned());
        }
    }
    owners.into_iter().collect::<Option<_>>().ok_or_else(leave_out)
}
