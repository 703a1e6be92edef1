//! A file that is published with its checksum and its index.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use md5::{Digest, Md5};

use super::Format;
use crate::{
    FileError, Result,
    digest::hex,
    output::{self, AtomicFile},
};

/// A file in the making, whose bytes are counted and digested as they come.
pub(super) struct Output {
    file: AtomicFile,
    format: Format,
    md5: Md5,
    written: u64,
}

/// The path with a suffix behind its name: `x.cram` and `.crai` make `x.cram.crai`.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Every name that an index of the file may have, those to be preferred first.
pub(super) fn index_names(path: &Path, format: Format) -> Vec<PathBuf> {
    let kinds: &[&str] = match format {
        Format::Sam => &[],
        Format::Bam => &["bai", "csi"],
        Format::Cram => &["crai"],
    };
    let names = |kind: &&str| [beside(path, &format!(".{kind}")), path.with_extension(kind)];
    kinds.iter().flat_map(names).collect()
}

impl Output {
    /// Begins a file, and clears away what killed writers left of it and its index.
    pub(super) fn create(path: &Path, format: Format) -> Result<Self> {
        let checksum = beside(path, ".md5");
        for name in index_names(path, format).iter().map(PathBuf::as_path).chain([path, &checksum])
        {
            output::remove_dead_partials(name)?;
        }
        let file = AtomicFile::create(path)?;
        Ok(Self { file, format, md5: Md5::new(), written: 0 })
    }

    /// The final name.
    pub(super) fn path(&self) -> &Path {
        self.file.path()
    }

    /// Bytes so far.
    pub(super) fn written(&self) -> u64 {
        self.written
    }

    /// Gives the file its name, after its index and the checksum file `NAME.md5` have theirs, and
    /// after every older one of them is gone.
    pub(super) fn publish(self, index: Option<AtomicFile>) -> Result<()> {
        let path = self.path().to_owned();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let line = format!("{}  {name}\n", hex(&self.md5.finalize()));
        let mut checksum = AtomicFile::create(beside(&path, ".md5"))?;
        checksum.write_all(line.as_bytes()).map_err(|e| FileError::io(checksum.path(), e))?;
        let files = index.into_iter().chain([checksum, self.file]).collect();
        output::publish_together(files, &index_names(&path, self.format))
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.md5.update(&bytes[..count]);
        self.written += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_older_files_left_is_cleared_away() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let names = ["x.bam", "x.bam.bai", "x.bai", "x.bam.csi", "x.csi", "x.bam.md5"];
        for name in names {
            output::write(&at(name), "old").unwrap();
            output::write(&at(&format!(".{name}.partial-4294967295")), "cut").unwrap();
        }
        output::write(&at("x.crai"), "of x.cram").unwrap();
        let mut output = Output::create(&at("x.bam"), Format::Bam).unwrap();
        output.write_all(b"new").unwrap();
        assert!(names.iter().all(|name| at(name).exists()), "until the new file is whole");
        output.publish(None).unwrap();
        let left = std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name());
        let mut left: Vec<_> = left.collect();
        left.sort();
        assert_eq!(left, ["x.bam", "x.bam.md5", "x.crai"]);
        assert_eq!(std::fs::read(at("x.bam")).unwrap(), b"new");
    }
}
