//! The files of the samples, checked before any work.

use std::path::{Path, PathBuf};

use wgs_core::ErrorKind;
use wgs_formats::{
    FileError, Result,
    alignment::{Format, Header, IndexedReader, Load, Reader, Record, SortOrder},
    genome::Genome,
};

use super::Request;
use crate::{calibration::SampleErrors, profile};

/// Files that can be called together.
#[derive(Debug)]
pub(super) struct Inputs {
    /// Names of the samples.
    pub(super) names: Vec<String>,
    /// Their files.
    pub(super) paths: Vec<PathBuf>,
    /// How much data each has where.
    pub(super) loads: Vec<Vec<Load>>,
    /// Errors of each sample's sequencing.
    pub(super) errors: Vec<SampleErrors>,
}

impl Inputs {
    pub(super) fn check(request: &Request<'_>) -> Result<Self> {
        if request.samples.is_empty() {
            let reason = "no reads are given for it";
            return Err(FileError::new(request.any_output(), ErrorKind::Usage, reason));
        }
        let mut names: Vec<String> = Vec::new();
        let mut loads = Vec::new();
        let mut errors = Vec::new();
        for sample in request.samples {
            check_reads(&sample.path, request)?;
            let reader = IndexedReader::open(&sample.path, Some(request.genome))?;
            let name = sample_of(&sample.path, reader.header())?;
            if names.contains(&name) {
                let reason = format!("sample {name} is in another of the files too");
                return Err(FileError::invalid(&sample.path, reason));
            }
            errors.push(match &sample.calibration {
                Some(path) => SampleErrors::read(path, &name, request.genome.contigs())?,
                None => SampleErrors::default(),
            });
            names.push(name);
            loads.push(reader.loads()?);
        }
        let paths = request.samples.iter().map(|sample| sample.path.clone()).collect();
        Ok(Self { names, paths, loads, errors })
    }

    /// Mean depth of each sample, where it is known.
    pub(super) fn mean_depths(&self, genome: &Genome) -> Result<Vec<Option<f64>>> {
        let of = |path| profile::mean_depth(&mut IndexedReader::open(path, Some(genome))?, genome);
        self.paths.iter().map(of).collect()
    }
}

/// Refuses a file that says that it is not sorted, or that holds no reads where all of them are
/// asked for: the calls of no reads look like those of a person without variants.
fn check_reads(path: &Path, request: &Request<'_>) -> Result<()> {
    // A file whose contigs stand in another order than the genome's is unsorted by the genome's
    // header, which is no matter here; so the header of the file alone is asked where it can be.
    let (mut reader, is_original) = match Format::of_file(path)? {
        Format::Sam => return Ok(()),
        Format::Bam => (Reader::open(path, None)?, true),
        Format::Cram => (Reader::open(path, Some(request.genome))?, false),
    };
    check_order(path, reader.header().sort_order(), is_original)?;
    if request.regions.is_none() && !reader.read(&mut Record::default())? {
        let hint = "give the file that the aligner wrote, or the regions to call";
        return Err(FileError::invalid(path, "holds no reads").hint(hint));
    }
    Ok(())
}

/// A file that says nothing may be sorted all the same: its index and its records will tell.
fn check_order(path: &Path, order: SortOrder, is_original: bool) -> Result<()> {
    match order {
        SortOrder::Unknown | SortOrder::Coordinate => Ok(()),
        SortOrder::Unsorted if !is_original => Ok(()),
        _ => {
            Err(FileError::invalid(path, "the reads are not sorted by coordinate, says the header")
                .hint(sort_hint(path)))
        }
    }
}

/// What to do about a file that is not sorted.
pub(crate) fn sort_hint(path: &Path) -> String {
    format!("sort and index it: samtools sort --write-index -o sorted.bam {}", path.display())
}

pub(crate) fn sample_of(path: &Path, header: &Header) -> Result<String> {
    match header.samples().as_slice() {
        [sample] => Ok((*sample).to_owned()),
        [] => Err(FileError::invalid(path, "has no read group with a sample (SM)")
            .hint("add one: samtools addreplacerg, or Picard AddOrReplaceReadGroups")),
        samples => {
            let reason = format!("holds {} samples: {}", samples.len(), samples.join(", "));
            Err(FileError::invalid(path, reason)
                .hint("split it by sample: samtools split, then give each file"))
        }
    }
}
