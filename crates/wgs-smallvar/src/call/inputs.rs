//! The files of the samples, checked before any work.

use std::path::{Path, PathBuf};

use wgs_core::ErrorKind;
use wgs_formats::{
    FileError, Result,
    alignment::{Header, IndexedReader, SortOrder},
};

use super::Request;

/// Files that can be called together.
#[derive(Debug)]
pub(super) struct Inputs {
    /// Names of the samples.
    pub(super) names: Vec<String>,
    /// Their files.
    pub(super) paths: Vec<PathBuf>,
}

impl Inputs {
    pub(super) fn check(request: &Request<'_>) -> Result<Self> {
        if request.samples.is_empty() {
            let reason = "no reads are given for it";
            return Err(FileError::new(request.output, ErrorKind::Usage, reason));
        }
        let mut names: Vec<String> = Vec::new();
        for sample in request.samples {
            let reader = IndexedReader::open(&sample.path, Some(request.genome))?;
            let name = sample_of(&sample.path, reader.header())?;
            if names.contains(&name) {
                let reason = format!("sample {name} is in another of the files too");
                return Err(FileError::invalid(&sample.path, reason));
            }
            names.push(name);
        }
        let paths = request.samples.iter().map(|sample| sample.path.clone()).collect();
        Ok(Self { names, paths })
    }
}

fn sample_of(path: &Path, header: &Header) -> Result<String> {
    let order = header.sort_order();
    if order != SortOrder::Coordinate {
        let reason = "its header does not say that the reads are sorted by coordinate";
        let hint = format!("sort it: samtools sort -o sorted.bam {}", path.display());
        return Err(FileError::invalid(path, reason).hint(hint));
    }
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
