//! The FASTQ files that reads are given back in.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use wgs_core::ErrorKind;
use wgs_formats::{
    FileError, Result,
    fastq::{Read, Writer},
};

use crate::origin::{FastqReads, Originals};

/// Name of the files of reads without read group.
const WITHOUT_GROUP: &str = "reads";
/// What follows a group's name in those of its files: of first, of last, and of single reads.
const SUFFIXES: [&str; 3] = ["_R1", "_R2", ""];

/// The files of all read groups, each opened with its first read.
pub(super) struct Files {
    folder: PathBuf,
    threads: usize,
    groups: Vec<GroupFiles>,
}

struct GroupFiles {
    name: String,
    pairs: Option<[Writer; 2]>,
    single: Option<Writer>,
}

impl Files {
    /// Files in a folder, compressed by so many threads each; none of them may be there, as they
    /// may be the first ones.
    pub(super) fn new(folder: &Path, threads: usize, originals: &Originals) -> Result<Self> {
        let ids = originals.read_groups().iter().map(|group| group.id.as_str());
        let (mut groups, mut ids_of) = (Vec::new(), HashMap::new());
        for id in ids.chain([WITHOUT_GROUP]) {
            let name = file_name(id);
            if let Some(other) = ids_of.insert(name.clone(), id) {
                let reason = format!("read groups {other} and {id} would be files of one name");
                return Err(FileError::new(folder, ErrorKind::Configuration, reason));
            }
            for suffix in SUFFIXES {
                refuse_existing(&path_of(folder, &name, suffix))?;
            }
            groups.push(GroupFiles { name, pairs: None, single: None });
        }
        Ok(Self { folder: folder.to_owned(), threads, groups })
    }

    /// How many groups there are.
    pub(super) fn groups(&self) -> usize {
        self.groups.len()
    }

    /// Writes a template of a group.
    pub(super) fn write(&mut self, group: usize, reads: &FastqReads<'_>) -> Result<()> {
        let Self { folder, threads, groups } = self;
        let GroupFiles { name, pairs, single } = &mut groups[group];
        let create = |suffix| Writer::create(path_of(folder, name, suffix), *threads);
        match reads.last {
            Some(last) => {
                if pairs.is_none() {
                    *pairs = Some([create(SUFFIXES[0])?, create(SUFFIXES[1])?]);
                }
                let [r1, r2] = pairs.as_mut().expect("set above");
                write(r1, reads.first)?;
                write(r2, last)
            }
            None => {
                if single.is_none() {
                    *single = Some(create(SUFFIXES[2])?);
                }
                write(single.as_mut().expect("set above"), reads.first)
            }
        }
    }

    /// Lets the files appear; gives the paths of each group.
    pub(super) fn finish(self) -> Result<Vec<Vec<PathBuf>>> {
        let finish = |group: GroupFiles| {
            let writers = group.pairs.into_iter().flatten().chain(group.single);
            let finished = writers.map(|writer| {
                let path = writer.path().to_owned();
                writer.finish().map(|()| path)
            });
            finished.collect()
        };
        self.groups.into_iter().map(finish).collect()
    }
}

fn write(writer: &mut Writer, read: Read<'_>) -> Result<()> {
    if read.quals.is_empty() && !read.bases.is_empty() {
        let name = String::from_utf8_lossy(read.name);
        let reason = format!("the read {name} has no qualities, which FASTQ must have");
        return Err(FileError::invalid(writer.path(), reason));
    }
    writer.write(read.name, read.suffix, read.bases, read.quals)
}

fn path_of(folder: &Path, name: &str, suffix: &str) -> PathBuf {
    folder.join(format!("{name}{suffix}.fastq.gz"))
}

fn refuse_existing(path: &Path) -> Result<()> {
    if path.symlink_metadata().is_err() {
        return Ok(());
    }
    Err(FileError::new(path, ErrorKind::Usage, "exists already")
        .hint("name a folder that holds no FASTQ of this name"))
}

fn file_name(id: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let name: String = id.chars().map(|c| if fits(c) { c } else { '_' }).collect();
    // A leading dot would hide the file.
    if name.starts_with('.') { format!("_{name}") } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_become_names_of_files() {
        for (id, name) in
            [("L1", "L1"), ("a b/c", "a_b_c"), ("../x", "_.._x"), ("H3:1.é-_", "H3_1._-_")]
        {
            assert_eq!(file_name(id), name);
        }
    }
}
