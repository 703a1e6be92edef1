//! A file that is published with its checksum and its index.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use md5::{Digest, Md5};

use crate::{
    Result,
    digest::hex,
    output::{self, AtomicFile},
};

/// A file in the making, whose bytes are counted and digested as they come.
pub(super) struct Output {
    file: AtomicFile,
    md5: Md5,
    written: u64,
}

/// The path with a suffix behind its name: `x.cram` and `.crai` make `x.cram.crai`.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

impl Output {
    pub(super) fn create(path: &Path) -> Result<Self> {
        output::remove_partials(path)?;
        Ok(Self { file: AtomicFile::create(path)?, md5: Md5::new(), written: 0 })
    }

    /// The final name.
    pub(super) fn path(&self) -> &Path {
        self.file.path()
    }

    /// Bytes so far.
    pub(super) fn written(&self) -> u64 {
        self.written
    }

    /// Gives the file its name, after the checksum file `NAME.md5` has its own.
    pub(super) fn publish(self) -> Result<()> {
        let path = self.path().to_owned();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let line = format!("{}  {name}\n", hex(&self.md5.finalize()));
        output::write(&beside(&path, ".md5"), line)?;
        self.file.commit()
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
