//! Writing BCF.

use std::{
    io::Write,
    num::NonZero,
    path::{Path, PathBuf},
};

use noodles_bgzf as bgzf;
use wgs_core::ErrorKind;

use super::{
    super::{Header, Record, writer::Order},
    MAGIC,
    dictionary::Dictionaries,
    encode, ffi,
};
use crate::{
    FileError, Result,
    output::{self, AtomicFile},
};

/// Writes a BCF file that appears, with its index `.csi`, when [`Writer::finish`] is called.
///
/// Records must be sorted, as in a VCF with an index. The header must declare every contig, filter
/// and key that they have, and values must be of the types that it says. Floats become 32-bit
/// numbers. The bytes do not depend on the number of threads.
pub struct Writer {
    path: PathBuf,
    header: Header,
    names: Dictionaries,
    order: Order,
    /// None after an error.
    output: Option<bgzf::io::MultithreadedWriter<AtomicFile>>,
    bytes: Vec<u8>,
}

impl Writer {
    /// Opens a file beside its final name and writes the header. `threads` compress.
    pub fn create(path: impl AsRef<Path>, header: &Header, threads: usize) -> Result<Self> {
        let path = path.as_ref().to_owned();
        output::remove_dead_partials(&path)?;
        output::remove_dead_partials(&index_path(&path))?;
        let invalid = |reason: String| FileError::invalid(&path, reason).at("header");
        // Numbers that a header brings along are of another file: readers of this one count lines.
        let (_, text) = Dictionaries::of(&header.to_string()).map_err(invalid)?;
        let (names, text) = Dictionaries::of(&text).map_err(invalid)?;
        let file = AtomicFile::create(&path)?;
        let threads = NonZero::new(threads).unwrap_or(NonZero::<usize>::MIN);
        let mut output = bgzf::io::MultithreadedWriter::with_worker_count(threads, file);
        let mut bytes = MAGIC.to_vec();
        let length = u32::try_from(text.len() + 1).map_err(|_| invalid("is too long".into()))?;
        bytes.extend(length.to_le_bytes());
        bytes.extend(text.bytes());
        bytes.push(0);
        output.write_all(&bytes).map_err(|e| FileError::io(&path, e))?;
        let (header, order) = (header.clone(), Order::new(header));
        Ok(Self { path, header, names, order, output: Some(output), bytes })
    }

    /// Adds a record. It must have a column for each sample of the header. The file cannot be
    /// finished after an error.
    pub fn write(&mut self, record: &Record) -> Result<()> {
        let written = self.put(record);
        if written.is_err() {
            self.output = None;
        }
        let place = || format!("record {}:{}", record.contig, record.position);
        written.map_err(|e| e.at(place()))
    }

    fn put(&mut self, record: &Record) -> Result<()> {
        let Self { path, header, names, order, output, bytes } = self;
        let invalid = |reason: String| FileError::invalid(&*path, reason);
        let output = output.as_mut().ok_or_else(|| failed(path))?;
        let (found, expected) = (record.samples.len(), header.samples().len());
        if found != expected {
            return Err(invalid(format!("{found} sample columns, the header has {expected}")));
        }
        let interval = record.interval();
        order.check(&record.contig, interval.first(), interval.end()).map_err(invalid)?;
        bytes.clear();
        encode::record(record, header, names, bytes).map_err(invalid)?;
        output.write_all(bytes).map_err(|e| FileError::io(&*path, e))
    }

    /// Ends the file, makes its index, and gives both their names.
    pub fn finish(mut self) -> Result<()> {
        let mut output = self.output.take().ok_or_else(|| failed(&self.path))?;
        let io = |e| FileError::io(&self.path, e);
        let mut file = output.finish().map_err(io)?;
        file.flush().map_err(io)?;
        let index = index_path(&self.path);
        let partial = output::partial_path(&index);
        let made = ffi::index(&output::partial_path(&self.path), &partial);
        if made.is_err() {
            // Best effort: the next writer clears what stays.
            let _ = std::fs::remove_file(&partial);
        }
        made.map_err(|e| FileError::io(&index, e))?;
        output::publish_together(vec![AtomicFile::adopt(&index)?, file], &[])
    }
}

fn failed(path: &Path) -> FileError {
    FileError::new(path, ErrorKind::TaskFailed, "cannot be written after an error")
}

fn index_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".csi");
    name.into()
}
