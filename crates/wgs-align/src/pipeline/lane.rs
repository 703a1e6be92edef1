//! The lanes of a sample: their files and read groups.

use std::path::{Path, PathBuf};

use wgs_core::ErrorKind;
use wgs_formats::{
    FileError, Result,
    alignment::{ReadGroup, UnalignCounts, UnalignOptions},
    fastq::{self, PairReader, ReadReader},
};

use super::{
    Input, Lane, Request,
    groups::{check_ids, check_read_groups, check_samples, completed},
};
use crate::{
    duplicates::MAX_LIBRARIES,
    origin::{FastqReads, Originals, without_reads},
    reads::{Name, Read, ReadBatch, TemplateError},
};

/// Bytes for reads of an alignment file that wait for their mates. Fixed, as the order of the
/// templates depends on it.
pub(super) const WAITING_BYTES: usize = 256 << 20;
/// Threads that decompress an alignment file at most.
const MAX_READER_THREADS: usize = 4;

/// A lane that is being read.
pub(super) struct OpenLane {
    path: PathBuf,
    source: Source,
    first_group: usize,
    templates: u64,
}

enum Source {
    Pairs(Box<PairReader>),
    Single(Box<ReadReader>),
    /// With the read groups of the file itself, or with that of the lane.
    Alignment {
        reader: Box<Originals>,
        own_groups: bool,
    },
}

impl OpenLane {
    /// Its file, or the first of two.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Which of the sample's read groups the first of this lane is.
    pub(super) fn first_group(&self) -> usize {
        self.first_group
    }

    /// Whether its read groups are those of the file.
    pub(super) fn has_own_groups(&self) -> bool {
        matches!(self.source, Source::Alignment { own_groups: true, .. })
    }

    /// What was seen of an alignment file; zeros of FASTQ, which has neither orphans nor repeats.
    pub(super) fn counts(&self) -> UnalignCounts {
        match &self.source {
            Source::Alignment { reader, .. } => reader.counts(),
            Source::Pairs(_) | Source::Single(_) => UnalignCounts::default(),
        }
    }

    /// Adds the next template to a batch; false at the end.
    pub(super) fn read(&mut self, batch: &mut ReadBatch) -> Result<bool> {
        let group = self.first_group;
        let added = match &mut self.source {
            Source::Pairs(reader) => {
                let Some(pair) = reader.read()? else { return Ok(false) };
                let name =
                    Name { name: pair.name, suffixes: [pair.first.suffix, pair.last.suffix] };
                batch.push(group, name, of_fastq(pair.first), Some(of_fastq(pair.last)))
            }
            Source::Single(reader) => {
                let Some(read) = reader.read()? else { return Ok(false) };
                let name = Name { name: read.name, suffixes: [read.suffix, b""] };
                batch.push(group, name, of_fastq(read), None)
            }
            Source::Alignment { reader, own_groups } => {
                let Some(template) = reader.read()? else { return Ok(false) };
                let own = if *own_groups { template.read_group } else { Some(0) };
                let own = own.ok_or_else(|| without_group(&self.path, template.name))?;
                let FastqReads { first, last } = template.fastq();
                let name = Name {
                    name: template.name,
                    suffixes: [first.suffix, last.map_or(b"", |last| last.suffix)],
                };
                batch.push(group + own, name, of_fastq(first), last.map(of_fastq))
            }
        };
        self.templates += 1;
        added.map_err(|e| self.refused(&e))?;
        Ok(true)
    }

    fn refused(&self, error: &TemplateError) -> FileError {
        let what = match self.source {
            Source::Alignment { .. } => "template",
            _ => "record",
        };
        let hint = match error {
            TemplateError::LongRead(_) => "leave such reads out; long ones need another aligner",
            _ => "change the read, or leave it out",
        };
        let refused = FileError::invalid(&self.path, error.to_string()).hint(hint);
        refused.at(format!("{what} {}", self.templates))
    }
}

fn of_fastq(read: fastq::Read<'_>) -> Read<'_> {
    Read { bases: read.bases, quals: read.quals }
}

fn without_group(path: &Path, name: &[u8]) -> FileError {
    let name = String::from_utf8_lossy(name);
    let reason = format!("the read {name} has no read group, though the file lists some");
    FileError::invalid(path, reason).hint("give all reads of the file one read group")
}

/// Opens the lanes, and lists the read groups that their reads will have.
pub(super) fn open(request: &Request<'_>) -> Result<(Vec<OpenLane>, Vec<ReadGroup>)> {
    let (mut open, mut read_groups) = (Vec::new(), Vec::new());
    for lane in request.lanes {
        let (path, source) = match &lane.input {
            Input::Fastq { r1, r2: Some(r2) } => {
                let [first, last] = [0, 1].map(|file| fastq_options(lane, file, request));
                let reader = PairReader::open_with((r1, first), (r2, last))?;
                (r1, Source::Pairs(Box::new(reader)))
            }
            Input::Fastq { r1, r2: None } => {
                let reader = ReadReader::open_with(r1, fastq_options(lane, 0, request))?;
                (r1, Source::Single(Box::new(reader)))
            }
            Input::Alignment { path, keep_read_groups } => {
                (path, open_alignment(path, lane, *keep_read_groups, request)?)
            }
        };
        let first_group = read_groups.len();
        match &source {
            Source::Alignment { reader, own_groups: true } => {
                read_groups.extend(reader.read_groups().iter().map(|own| completed(own, lane)));
            }
            _ => read_groups.push(without_reads(lane.read_group.clone())),
        }
        open.push(OpenLane { path: path.clone(), source, first_group, templates: 0 });
    }
    check_ids(&open, &read_groups)?;
    check_read_groups(&read_groups, request.output)?;
    Ok((open, read_groups))
}

fn fastq_options(lane: &Lane, file: usize, request: &Request<'_>) -> fastq::ReadOptions {
    fastq::ReadOptions {
        threads: request.threads.clamp(1, MAX_READER_THREADS),
        expected: lane.expected[file].clone(),
        without_end_block: request.options.without_end_block,
    }
}

fn open_alignment(
    path: &Path,
    lane: &Lane,
    keep_read_groups: bool,
    request: &Request<'_>,
) -> Result<Source> {
    let options = UnalignOptions {
        memory_bytes: WAITING_BYTES,
        scratch: request.temporary_folder().to_owned(),
        threads: request.threads.clamp(1, MAX_READER_THREADS),
        expected: lane.expected[0].clone(),
        ..UnalignOptions::default()
    };
    let reader = Box::new(Originals::open(path, Some(request.genome), options)?);
    let own_groups = keep_read_groups && !reader.read_groups().is_empty();
    let asked = lane.read_group.sample.as_deref().filter(|_| own_groups);
    check_samples(path, reader.read_groups(), asked)?;
    Ok(Source::Alignment { reader, own_groups })
}

/// The libraries in the order of their first read group, and that of each read group.
pub(super) fn libraries(
    read_groups: &[ReadGroup],
    output: &Path,
) -> Result<(Vec<String>, Vec<usize>)> {
    let mut libraries: Vec<String> = Vec::new();
    let mut library_of = Vec::new();
    for group in read_groups {
        let name = group.library.clone().unwrap_or_default();
        let known = libraries.iter().position(|library| *library == name);
        library_of.push(known.unwrap_or(libraries.len()));
        if known.is_none() {
            libraries.push(name);
        }
    }
    if libraries.len() > MAX_LIBRARIES {
        let reason = format!("more than {MAX_LIBRARIES} libraries");
        return Err(FileError::new(output, ErrorKind::Configuration, reason));
    }
    Ok((libraries, library_of))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(id: &str, sample: Option<&str>, library: Option<&str>) -> ReadGroup {
        ReadGroup {
            sample: sample.map(str::to_owned),
            library: library.map(str::to_owned),
            ..ReadGroup::new(id)
        }
    }

    #[test]
    fn libraries_are_listed_once() {
        let groups = [("1", Some("x")), ("2", None), ("3", Some("y")), ("4", Some("x"))]
            .map(|(id, library)| group(id, Some("s"), library));
        let (libraries, library_of) = libraries(&groups, Path::new("out")).unwrap();
        assert_eq!(libraries, ["x", "", "y"]);
        assert_eq!(library_of, [0, 1, 2, 0]);
    }
}
