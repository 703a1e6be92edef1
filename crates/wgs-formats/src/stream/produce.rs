//! The threads that read ahead.

use std::{
    io::{self, Read},
    path::{Path, PathBuf},
    thread,
};

use crossbeam_channel::{Receiver, Sender, bounded};
use flate2::bufread::MultiGzDecoder;

use super::{
    Item, PIECE, Piece, StreamOptions,
    block::{self, Inflater, MAX_TEXT},
    source::Source,
    wrapped,
};
use crate::input::without_end;

/// What the thread has that reads a file.
pub(super) struct Producer {
    source: Source,
    path: PathBuf,
    options: StreamOptions,
    full: Sender<Item>,
    empty: Receiver<Vec<u8>>,
    piece: Vec<u8>,
    len: usize,
}

/// Blocks to be inflated, one after the other, and where their text is waited for.
struct Job {
    blocks: Vec<u8>,
    reply: Sender<Piece>,
}

/// The consumer has gone; nobody sees this.
fn gone<T>(_: T) -> io::Error {
    io::ErrorKind::BrokenPipe.into()
}

/// A buffer, used before where there is one.
fn buffer(empty: &Receiver<Vec<u8>>) -> Vec<u8> {
    let mut buffer = empty.try_recv().unwrap_or_default();
    buffer.resize(PIECE, 0);
    buffer
}

impl Producer {
    pub(super) fn new(
        source: Source,
        path: &Path,
        options: StreamOptions,
        full: Sender<Item>,
        empty: Receiver<Vec<u8>>,
    ) -> Self {
        let piece = vec![0; PIECE];
        Self { source, path: path.to_owned(), options, full, empty, piece, len: 0 }
    }

    /// Reads the whole file, and sends its text and then the end, or the error.
    pub(super) fn run(mut self) {
        let read = self.read();
        let Self { source, path, full, piece, len, .. } = self;
        let error = read.and_then(|()| source.finish(&path)).err();
        let ended = error.is_none();
        // A consumer that has gone needs neither.
        let _ = full.send(Item::Ready(Piece { buffer: piece, len, error }));
        if ended {
            let _ = full.send(Item::End);
        }
    }

    fn read(&mut self) -> io::Result<()> {
        let head = self.source.peek(block::MAX_SIZE)?;
        if !head.starts_with(&[0x1f, 0x8b]) {
            return self.plain();
        }
        if block::size(head).is_some() {
            let marked = if self.options.threads > 1 { self.parallel()? } else { self.serial()? };
            if self.source.peek(1)?.is_empty() {
                let lacks = self.options.end_block && !marked;
                let error = || without_end(&self.path, "BGZF end-of-file block");
                return if lacks { Err(wrapped(error().hint(NO_END))) } else { Ok(()) };
            }
        }
        self.gzip()
    }

    /// The rest of the file, as one gzip member or several.
    fn gzip(&mut self) -> io::Result<()> {
        let mut decoder = MultiGzDecoder::new(&mut self.source);
        loop {
            if self.len == PIECE {
                send(&self.full, &self.empty, &mut self.piece, &mut self.len)?;
            }
            match decoder.read(&mut self.piece[self.len..]) {
                Ok(0) => return Ok(()),
                Ok(read) => self.len += read,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
    }

    fn plain(&mut self) -> io::Result<()> {
        loop {
            if self.len == PIECE {
                self.send()?;
            }
            match self.source.read(&mut self.piece[self.len..])? {
                0 => return Ok(()),
                read => self.len += read,
            }
        }
    }

    fn send(&mut self) -> io::Result<()> {
        send(&self.full, &self.empty, &mut self.piece, &mut self.len)
    }

    /// Inflates blocks up to the end of the file or to what is none; tells whether the last was
    /// empty.
    fn serial(&mut self) -> io::Result<bool> {
        let (mut inflater, mut marked) = (Inflater::new(), false);
        while let Some(size) = next_block(&mut self.source)? {
            if self.len + MAX_TEXT > PIECE {
                self.send()?;
            }
            let block = &self.source.peek(size)?[..size];
            let len = inflater.inflate(block, &mut self.piece[self.len..])?;
            io::BufRead::consume(&mut self.source, size);
            self.len += len;
            marked = len == 0;
        }
        Ok(marked)
    }

    /// As [`Producer::serial`], on several threads.
    fn parallel(&mut self) -> io::Result<bool> {
        let threads = self.options.threads;
        let (jobs, queue) = bounded::<Job>(threads);
        for _ in 0..threads {
            let (queue, empty) = (queue.clone(), self.empty.clone());
            thread::Builder::new().name("inflate".into()).spawn(move || work(&queue, &empty))?;
        }
        drop(queue);
        let mut marked = false;
        loop {
            let (blocks, error) = self.gather(&mut marked);
            let ended = blocks.is_empty();
            if !ended {
                let (reply, answer) = bounded(1);
                self.full.send(Item::Pending(answer)).map_err(gone)?;
                jobs.send(Job { blocks, reply }).map_err(gone)?;
            }
            error?;
            if ended {
                return Ok(marked);
            }
        }
    }

    /// As many blocks as fill a piece with text; none at their end. What is wrong behind them comes
    /// beside.
    fn gather(&mut self, marked: &mut bool) -> (Vec<u8>, io::Result<()>) {
        let (mut blocks, mut text) = (Vec::new(), 0);
        loop {
            let size = match next_block(&mut self.source) {
                Ok(Some(size)) => size,
                Ok(None) => return (blocks, Ok(())),
                Err(error) => return (blocks, Err(error)),
            };
            let block = match self.source.peek(size) {
                Ok(bytes) => &bytes[..size],
                Err(error) => return (blocks, Err(error)),
            };
            let len = block::text_len(block);
            if text + len > PIECE && !blocks.is_empty() {
                return (blocks, Ok(()));
            }
            text += len;
            *marked = len == 0;
            blocks.extend_from_slice(block);
            io::BufRead::consume(&mut self.source, size);
        }
    }
}

/// What a user whose file has no end can do.
const NO_END: &str = "a copy that was cut off between two blocks looks like this: compare its size \
                      or checksum with the source's. Illumina's demultiplexers write such files as \
                      well; if this one is whole, read it with --without-end-block, or in a pipeline \
                      definition with without_end_block = true under [options.reads]";

/// Size of the block at the front, which lies whole in the buffer; `None` where none begins.
fn next_block(source: &mut Source) -> io::Result<Option<usize>> {
    let bytes = source.peek(block::MAX_SIZE)?;
    match block::size(bytes) {
        Some(size) if size > bytes.len() => Err(io::ErrorKind::UnexpectedEof.into()),
        size => Ok(size),
    }
}

/// Sends the text of a piece, and takes another buffer.
fn send(
    full: &Sender<Item>,
    empty: &Receiver<Vec<u8>>,
    piece: &mut Vec<u8>,
    len: &mut usize,
) -> io::Result<()> {
    let buffer = std::mem::replace(piece, buffer(empty));
    let ready = Piece { buffer, len: std::mem::take(len), error: None };
    full.send(Item::Ready(ready)).map_err(gone)
}

/// Inflates the blocks of each job.
fn work(queue: &Receiver<Job>, empty: &Receiver<Vec<u8>>) {
    let mut inflater = Inflater::new();
    for Job { blocks, reply } in queue {
        let mut piece = Piece { buffer: buffer(empty), len: 0, error: None };
        let mut rest = &blocks[..];
        while let Some((block, more)) =
            block::size(rest).and_then(|size| rest.split_at_checked(size))
        {
            match inflater.inflate(block, &mut piece.buffer[piece.len..]) {
                Ok(len) => piece.len += len,
                Err(error) => {
                    piece.error = Some(error);
                    break;
                }
            }
            rest = more;
        }
        // A consumer that has gone needs no answer.
        let _ = reply.send(piece);
    }
}
