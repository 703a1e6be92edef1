//! Writing FASTQ.

use std::{
    io::{self, Write},
    num::NonZero,
    path::{Path, PathBuf},
};

use noodles_bgzf as bgzf;
use wgs_core::ErrorKind;

use crate::{
    FileError, Result,
    output::{self, AtomicFile},
};

/// Bytes of text that are handed on together.
const CHUNK: usize = 1 << 18;

/// Writes a FASTQ file that appears under its name when [`Writer::finish`] is called; dropped
/// before, it leaves nothing.
///
/// A name that ends in `.gz` or `.bgz` gives BGZF, which every reader of gzip reads; any other
/// gives plain text. The bytes follow from the reads alone, not from the number of threads.
///
/// ```
/// use wgs_formats::fastq::{ReadReader, Writer};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("reads.fastq.gz");
/// let mut writer = Writer::create(&path, 2)?;
/// writer.write(b"read1", b" 1:N:0:ACGT", b"ACGN", b"IIII")?;
/// assert!(!path.exists());
/// writer.finish()?;
/// let mut reader = ReadReader::open(&path)?;
/// let read = reader.read()?.expect("there is one");
/// assert_eq!((read.name, read.suffix), (&b"read1"[..], &b" 1:N:0:ACGT"[..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Writer {
    path: PathBuf,
    sink: Sink,
    text: Vec<u8>,
    count: u64,
}

enum Sink {
    Plain(AtomicFile),
    Bgzf(bgzf::io::Writer<AtomicFile>),
    Threaded(bgzf::io::MultithreadedWriter<AtomicFile>),
    /// After an error.
    Failed,
}

impl Writer {
    /// Opens a partial file beside `path`, whose folder must exist. `threads` compress; 0 is 1.
    pub fn create(path: impl AsRef<Path>, threads: usize) -> Result<Self> {
        let path = path.as_ref().to_owned();
        output::remove_dead_partials(&path)?;
        let file = AtomicFile::create(&path)?;
        let compressed = path.extension().is_some_and(|e| e == "gz" || e == "bgz");
        let sink = match NonZero::new(threads).filter(|threads| threads.get() > 1) {
            _ if !compressed => Sink::Plain(file),
            None => Sink::Bgzf(bgzf::io::Writer::new(file)),
            Some(threads) => {
                Sink::Threaded(bgzf::io::MultithreadedWriter::with_worker_count(threads, file))
            }
        };
        Ok(Self { path, sink, text: Vec::with_capacity(2 * CHUNK), count: 0 })
    }

    /// The final name.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many reads were written.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Appends a read: a name, what follows it in its line (with the blank that parts them, if
    /// any), bases, and as many qualities, Phred + 33.
    ///
    /// # Errors
    ///
    /// If there are not as many qualities as bases, or none of either, or if a part holds a line
    /// end, or if the file cannot be written. The file cannot be finished after an error.
    pub fn write(&mut self, name: &[u8], suffix: &[u8], bases: &[u8], quals: &[u8]) -> Result<()> {
        if matches!(self.sink, Sink::Failed) {
            return Err(self.failed());
        }
        self.count += 1;
        let written = check(name, suffix, bases, quals)
            .map_err(|reason| FileError::invalid(&self.path, reason))
            .and_then(|()| self.put(&[b"@", name, suffix, b"\n", bases, b"\n+\n", quals, b"\n"]));
        if written.is_err() {
            self.sink = Sink::Failed;
        }
        written.map_err(|e| e.at(format!("record {}", self.count)))
    }

    fn put(&mut self, parts: &[&[u8]]) -> Result<()> {
        parts.iter().for_each(|part| self.text.extend_from_slice(part));
        if self.text.len() >= CHUNK { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<()> {
        let written = match &mut self.sink {
            Sink::Plain(file) => file.write_all(&self.text),
            Sink::Bgzf(bgzf) => bgzf.write_all(&self.text),
            Sink::Threaded(bgzf) => bgzf.write_all(&self.text),
            Sink::Failed => return Err(self.failed()),
        };
        self.text.clear();
        written.map_err(|e| FileError::io(&self.path, e))
    }

    fn failed(&self) -> FileError {
        FileError::new(&self.path, ErrorKind::TaskFailed, "cannot be written after an error")
    }

    /// Ends the file, syncs it and gives it its name.
    pub fn finish(mut self) -> Result<()> {
        self.flush()?;
        let ended: io::Result<AtomicFile> = match std::mem::replace(&mut self.sink, Sink::Failed) {
            Sink::Plain(file) => Ok(file),
            Sink::Bgzf(bgzf) => bgzf.finish(),
            Sink::Threaded(mut bgzf) => bgzf.finish(),
            Sink::Failed => return Err(self.failed()),
        };
        ended.map_err(|e| FileError::io(&self.path, e))?.commit()
    }
}

fn check(name: &[u8], suffix: &[u8], bases: &[u8], quals: &[u8]) -> Result<(), String> {
    let ends_line = |b: &u8| matches!(b, b'\n' | b'\r');
    if name.is_empty() || name.iter().chain(suffix).any(ends_line) {
        return Err("the name cannot stand in FASTQ".into());
    }
    if bases.len() != quals.len() || bases.is_empty() {
        return Err(format!("has {} bases and {} qualities", bases.len(), quals.len()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(name: &str, threads: usize) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        let mut writer = Writer::create(&path, threads).unwrap();
        for i in 0..20_000_u32 {
            let base = b"ACGT"[(i * i % 7 % 4) as usize];
            writer.write(format!("r{i}").as_bytes(), b"/1", &[base; 50], &[b'I'; 50]).unwrap();
        }
        assert_eq!(writer.count(), 20_000);
        writer.finish().unwrap();
        std::fs::read(&path).unwrap()
    }

    #[test]
    fn threads_do_not_change_the_bytes() {
        let one = bytes("x.fq.gz", 1);
        for threads in [0, 2, 4] {
            assert!(bytes("x.fq.gz", threads) == one);
        }
        let mut text = Vec::new();
        let mut reader = bgzf::io::Reader::new(&one[..]);
        io::Read::read_to_end(&mut reader, &mut text).unwrap();
        assert!(text == bytes("x.fastq", 3));
    }

    #[test]
    fn nothing_appears_of_what_is_not_finished() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.fq.gz");
        for wrong in [
            [&b"a"[..], b"", b"ACGT", b"III"],
            [b"a", b"", b"", b""],
            [b"a", b"\nb", b"A", b"I"],
            [b"", b"x", b"A", b"I"],
        ] {
            let mut writer = Writer::create(&path, 2).unwrap();
            writer.write(b"ok", b"", b"A", b"I").unwrap();
            let [name, suffix, bases, quals] = wrong;
            let error = writer.write(name, suffix, bases, quals).unwrap_err();
            assert!(error.to_string().contains("record 2"), "{error}");
            assert!(writer.write(b"ok", b"", b"A", b"I").is_err());
            assert!(writer.finish().is_err());
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
