//! The lanes of a sample: their files and read groups.

use std::path::{Path, PathBuf};

use wgs_core::ErrorKind;
use wgs_formats::{
    FileError, Result,
    alignment::ReadGroup,
    fastq::{self, PairReader, ReadReader},
    genome::Genome,
};

use super::{Input, Lane};
use crate::{
    duplicates::MAX_LIBRARIES,
    reads::{MAX_READ_GROUPS, Read, ReadBatch, TemplateError},
};

/// A lane that is being read.
pub(super) struct OpenLane {
    path: PathBuf,
    source: Source,
    read_group: usize,
}

enum Source {
    Pairs(Box<PairReader>),
    Single(Box<ReadReader>),
}

impl OpenLane {
    /// Its file, or the first of two.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Adds the next template to a batch; false at the end.
    pub(super) fn read(&mut self, batch: &mut ReadBatch) -> Result<bool> {
        let (added, count) = match &mut self.source {
            Source::Pairs(reader) => {
                let Some(pair) = reader.read()? else { return Ok(false) };
                let (first, last) = (of_fastq(pair.first), of_fastq(pair.last));
                (batch.push(self.read_group, pair.name, first, Some(last)), reader.count())
            }
            Source::Single(reader) => {
                let Some(read) = reader.read()? else { return Ok(false) };
                (batch.push(self.read_group, read.name, of_fastq(read), None), reader.count())
            }
        };
        added.map_err(|e| self.refused(&e, count))?;
        Ok(true)
    }

    fn refused(&self, error: &TemplateError, count: u64) -> FileError {
        FileError::invalid(&self.path, error.to_string()).at(format!("record {count}"))
    }
}

fn of_fastq(read: fastq::Read<'_>) -> Read<'_> {
    Read { bases: read.bases, quals: read.quals }
}

/// Opens the lanes, and lists the read groups that their reads will have.
pub(super) fn open(
    lanes: &[Lane],
    _genome: &Genome,
    output: &Path,
) -> Result<(Vec<OpenLane>, Vec<ReadGroup>)> {
    let (mut open, mut read_groups) = (Vec::new(), Vec::new());
    for lane in lanes {
        let (path, source) = match &lane.input {
            Input::Fastq { r1, r2: Some(r2) } => {
                (r1, Source::Pairs(Box::new(PairReader::open(r1, r2)?)))
            }
            Input::Fastq { r1, r2: None } => (r1, Source::Single(Box::new(ReadReader::open(r1)?))),
            Input::Alignment { .. } => unreachable!(),
        };
        open.push(OpenLane { path: path.clone(), source, read_group: read_groups.len() });
        read_groups.push(lane.read_group.clone());
    }
    check_read_groups(&read_groups, output)?;
    Ok((open, read_groups))
}

/// All must be of one sample, which has a name.
fn check_read_groups(read_groups: &[ReadGroup], output: &Path) -> Result<()> {
    let wrong =
        |reason: String| Err(FileError::new(output, ErrorKind::Configuration, reason));
    if read_groups.len() > MAX_READ_GROUPS {
        return wrong(format!("more than {MAX_READ_GROUPS} read groups"));
    }
    let sample = read_groups.first().and_then(|group| group.sample.as_ref());
    for group in read_groups {
        match &group.sample {
            None => return wrong(format!("read group {} has no sample (SM)", group.id)),
            Some(own) if Some(own) != sample => {
                let first = sample.map_or("", String::as_str);
                return wrong(format!("read groups are of the samples {first} and {own}"));
            }
            Some(_) => {}
        }
    }
    Ok(())
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

    #[test]
    fn one_file_holds_one_sample() {
        let check = |groups: &[ReadGroup]| check_read_groups(groups, Path::new("out"));
        let (a, b) = (group("1", Some("a"), None), group("2", Some("b"), None));
        assert!(check(std::slice::from_ref(&a)).is_ok());
        for wrong in [&[a.clone(), b][..], &[group("1", None, None)], &[a, group("2", None, None)]] {
            assert_eq!(check(wrong).unwrap_err().kind(), ErrorKind::Configuration);
        }
    }
}
