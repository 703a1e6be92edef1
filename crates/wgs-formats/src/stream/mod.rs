//! Text that may be compressed, read ahead by threads of its own.
//!
//! Plain text and gzip are read, digested and inflated by one thread, so that a consumer only takes
//! what is there. The blocks of BGZF are, on request, inflated by several, and come in their order.

mod block;
mod produce;
mod source;

use std::{
    io::{self, BufRead, Read},
    path::Path,
    thread,
};

use crossbeam_channel::{Receiver, Sender, bounded};

use self::produce::Producer;
pub(crate) use self::source::Source;
use crate::{FileError, Result, digest::Expected};

/// Bytes of a piece of text.
const PIECE: usize = 1 << 18;
/// Pieces that wait for the consumer, for each thread.
const PIECES_AHEAD: usize = 4;

/// How a file is read.
#[derive(Clone, Debug)]
pub(crate) struct StreamOptions {
    /// Threads that inflate blocks of BGZF; 0 is 1.
    pub(crate) threads: usize,
    /// Digests of the whole file.
    pub(crate) expected: Expected,
    /// Whether BGZF must end with the block that marks the end.
    pub(crate) end_block: bool,
}

/// A part of the text.
struct Piece {
    buffer: Vec<u8>,
    len: usize,
    /// What stands behind it.
    error: Option<io::Error>,
}

/// What follows in the text.
enum Item {
    Ready(Piece),
    Pending(Receiver<Piece>),
    End,
}

/// The text of a file.
///
/// Errors of reading wrap a [`FileError`] where one says more: [`crate::input::error`] takes it out.
pub(crate) struct Stream {
    items: Receiver<Item>,
    /// Buffers to be filled again.
    used: Sender<Vec<u8>>,
    piece: Piece,
    at: usize,
    ended: bool,
}

impl Stream {
    /// Opens a file and begins to read it.
    pub(crate) fn open(path: &Path, options: StreamOptions) -> Result<Self> {
        let source = Source::open(path, &options.expected)?;
        let ahead = PIECES_AHEAD * options.threads.max(1);
        let (full, items) = bounded(ahead);
        let (used, empty) = bounded(ahead + 2);
        let producer = Producer::new(source, path, options, full, empty);
        thread::Builder::new()
            .name("read-ahead".into())
            .spawn(move || producer.run())
            .map_err(|e| FileError::io(path, e))?;
        let piece = Piece { buffer: Vec::new(), len: 0, error: None };
        Ok(Self { items, used, piece, at: 0, ended: false })
    }

    /// Waits for the next piece; false at the end.
    fn advance(&mut self) -> io::Result<bool> {
        if let Some(error) = self.piece.error.take() {
            self.ended = true;
            return Err(error);
        }
        if self.ended {
            return Ok(false);
        }
        let died = |_| io::Error::other("a thread that reads it has died");
        let next = match self.items.recv().map_err(died)? {
            Item::Ready(piece) => piece,
            Item::Pending(piece) => piece.recv().map_err(died)?,
            Item::End => {
                self.ended = true;
                return Ok(false);
            }
        };
        let old = std::mem::replace(&mut self.piece, next);
        // A full channel has enough of them.
        let _ = self.used.try_send(old.buffer);
        self.at = 0;
        Ok(true)
    }
}

impl BufRead for Stream {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.at == self.piece.len && self.advance()? {}
        Ok(&self.piece.buffer[self.at..self.piece.len])
    }

    fn consume(&mut self, amount: usize) {
        self.at += amount;
    }
}

impl Read for Stream {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let mut filled = self.fill_buf()?;
        let read = filled.read(bytes)?;
        self.consume(read);
        Ok(read)
    }
}

/// An error to pass through readers.
fn wrapped(error: FileError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

#[cfg(test)]
mod tests;
