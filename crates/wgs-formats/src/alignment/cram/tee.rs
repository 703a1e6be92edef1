//! Digests of a CRAM file, taken while htslib reads it.

use std::{
    io::{self, BufRead, PipeReader, Write},
    os::fd::AsRawFd,
    path::{Path, PathBuf},
    thread::{self, JoinHandle},
};

use wgs_core::ErrorKind;

use crate::{FileError, Result, digest::Expected, input, stream::Source};

/// A thread that reads a file, digests it, and passes it on through a pipe.
///
/// htslib opens files by their paths; the pipe has one, too.
pub(in super::super) struct Tee {
    thread: JoinHandle<io::Result<()>>,
    pipe: PipeReader,
}

impl Tee {
    /// Begins to read a file.
    pub(in super::super) fn start(path: &Path, expected: &Expected) -> Result<Self> {
        let mut source = Source::open(path, expected)?;
        let (pipe, mut into) = io::pipe().map_err(|e| FileError::io(path, e))?;
        let path_of_thread = path.to_owned();
        let pass_on = move || {
            loop {
                let bytes = source.fill_buf()?;
                let len = bytes.len();
                // A reader that has gone needs no more, but the digest does.
                if len == 0 || into.write_all(bytes).is_err() {
                    break;
                }
                source.consume(len);
            }
            drop(into);
            source.finish(&path_of_thread)
        };
        let thread = thread::Builder::new().name("digest".into()).spawn(pass_on);
        Ok(Self { thread: thread.map_err(|e| FileError::io(path, e))?, pipe })
    }

    /// Where the file can be opened, once, while this lives.
    pub(in super::super) fn path(&self) -> PathBuf {
        format!("/dev/fd/{}", self.pipe.as_raw_fd()).into()
    }

    /// After the file was opened: what waits for its end.
    pub(in super::super) fn opened(self) -> Digested {
        Digested(self.thread)
    }
}

/// The digests of a file whose reader is at work.
pub(in super::super) struct Digested(JoinHandle<io::Result<()>>);

impl Digested {
    /// Compares the digests; the reader must be closed, or this may wait for ever.
    pub(in super::super) fn finish(self, path: &Path) -> Result<()> {
        let died = FileError::new(path, ErrorKind::TaskFailed, "the thread that reads it has died");
        self.0.join().map_err(|_| died)?.map_err(|e| input::error(path, e))
    }
}
