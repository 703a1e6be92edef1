//! Encoding CRAM 3.0 and 3.1.

use std::{
    collections::VecDeque,
    io::{self, PipeWriter, Read, Write},
    path::Path,
    sync::Arc,
    thread::{self, JoinHandle},
};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::{
    super::{Header, Record, SortOrder, WriterOptions, format::CRAM_3_EOF, publish::Output},
    container::{self, Part, SliceEntry, Unexpected},
    ffi::{HtsHeader, PackedRecord, PartEncoder, SharedEncoder},
};
use crate::{FileError, Result, genome::Genome};

/// Records of a part: ten slices of htslib's. A part is a unit of work for a thread, and the bytes
/// of the file follow from where parts end, so this is a constant.
const PART_RECORDS: u32 = 100_000;
/// Packed bytes after which a part ends all the same, so that long reads do not fill the memory.
const PART_BYTES: usize = 48 << 20;

/// Writes the containers of a CRAM file.
pub(in super::super) struct CramWriter {
    output: Output,
    encoder: Arc<Encoder>,
    part: Records,
    /// Records of the parts before.
    before: u64,
    workers: Option<Workers>,
    index: Vec<String>,
}

/// Packed records, each behind its length, and how many they are.
#[derive(Default)]
struct Records {
    bytes: Vec<u8>,
    count: u32,
}

/// What every thread needs to encode a part.
struct Encoder {
    shared: SharedEncoder,
    sorted: bool,
}

/// Why a part could not be encoded.
enum Failure {
    Io(io::Error),
    Unexpected,
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<Unexpected> for Failure {
    fn from(_: Unexpected) -> Self {
        Self::Unexpected
    }
}

impl Failure {
    fn in_file(self, path: &Path) -> FileError {
        let reason = match self {
            Self::Io(e) if e.raw_os_error().is_some() => return FileError::io(path, e),
            Self::Io(e) => format!("cannot be encoded as CRAM: {e}"),
            Self::Unexpected => "htslib encoded containers of an unknown layout".to_owned(),
        };
        FileError::new(path, wgs_core::ErrorKind::TaskFailed, reason)
    }
}

type Encoded = Result<Part, Failure>;

/// Threads that encode, and the parts that they have, in order.
struct Workers {
    jobs: Sender<(Records, u64, Sender<Encoded>)>,
    waiting: VecDeque<Receiver<Encoded>>,
    threads: Vec<JoinHandle<()>>,
}

impl CramWriter {
    /// Writes the head of the file. The header's contigs must be of the genome, and carry `M5`.
    pub(in super::super) fn new(
        mut output: Output,
        header: &Header,
        options: &WriterOptions<'_>,
    ) -> Result<Self> {
        let (path, threads) = (output.path().to_owned(), options.threads);
        let io = |e| FileError::io(&path, e);
        let head = container::file_head(header, options.cram_version).map_err(io)?;
        output.write_all(&head).map_err(io)?;
        let hts_header = HtsHeader::parse(&header.to_text())
            .ok_or_else(|| FileError::invalid(&path, "htslib refuses the header"))?;
        let kind = (options.cram_version, options.cram_profile);
        let shared = SharedEncoder::new(hts_header, options.genome.map(Genome::path), kind);
        let encoder = Arc::new(Encoder {
            shared: shared.map_err(|e| Failure::Io(e).in_file(&path))?,
            sorted: header.sort_order() == SortOrder::Coordinate,
        });
        let workers =
            if threads > 1 { Some(Workers::new(&encoder, threads).map_err(io)?) } else { None };
        Ok(Self {
            output,
            encoder,
            part: Records::default(),
            before: 0,
            workers,
            index: Vec::new(),
        })
    }

    /// Appends a record.
    pub(in super::super) fn write(&mut self, record: &Record) -> Result<()> {
        self.part.push(record);
        if self.part.count == PART_RECORDS || self.part.bytes.len() >= PART_BYTES {
            self.end_part()?;
        }
        Ok(())
    }

    fn end_part(&mut self) -> Result<()> {
        let part = std::mem::take(&mut self.part);
        let first = self.before;
        self.before += u64::from(part.count);
        let Some(workers) = &mut self.workers else {
            let encoded = self.encoder.encode(&part, first);
            return self.append(encoded);
        };
        let done = workers.send(part, first);
        done.map_or(Ok(()), |encoded| self.append(encoded))
    }

    fn append(&mut self, encoded: Encoded) -> Result<()> {
        let part = encoded.map_err(|e| e.in_file(self.output.path()))?;
        let offset = self.output.written();
        if self.encoder.sorted {
            self.index.extend(part.slices.into_iter().map(|slice| SliceEntry::line(slice, offset)));
        }
        let written = self.output.write_all(&part.bytes);
        written.map_err(|e| FileError::io(self.output.path(), e))
    }

    /// Ends the file; gives it back, with the lines of its index where its records are sorted.
    pub(in super::super) fn finish(mut self) -> Result<(Output, Option<String>)> {
        if self.part.count > 0 {
            self.end_part()?;
        }
        while let Some(encoded) = self.workers.as_mut().and_then(Workers::next) {
            self.append(encoded)?;
        }
        let written = self.output.write_all(&CRAM_3_EOF);
        written.map_err(|e| FileError::io(self.output.path(), e))?;
        let index = self.encoder.sorted.then(|| self.index.concat());
        Ok((self.output, index))
    }
}

impl Records {
    fn push(&mut self, record: &Record) {
        let bytes = record.as_bytes();
        self.bytes.extend((bytes.len() as u32).to_le_bytes());
        self.bytes.extend_from_slice(bytes);
        self.count += 1;
    }

    fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = self.bytes.as_slice();
        std::iter::from_fn(move || {
            let (size, behind) = rest.split_first_chunk()?;
            let (bytes, behind) = behind.split_at_checked(u32::from_le_bytes(*size) as usize)?;
            rest = behind;
            Some(bytes)
        })
    }
}

impl Encoder {
    fn encode(&self, records: &Records, first: u64) -> Encoded {
        let (mut reader, pipe) = io::pipe()?;
        let bytes = thread::scope(|scope| {
            let drain = thread::Builder::new().spawn_scoped(scope, move || {
                let mut bytes = Vec::new();
                reader.read_to_end(&mut bytes).map(|_| bytes)
            })?;
            let encoded = self.encode_to(records, pipe);
            let bytes = drain.join().unwrap_or_else(|_| Err(io::Error::other("lost its reader")));
            encoded.and(bytes)
        })?;
        Ok(container::renumber(&bytes, first)?)
    }

    fn encode_to(&self, records: &Records, pipe: PipeWriter) -> io::Result<()> {
        let mut encoder = PartEncoder::new(&self.shared, pipe, self.sorted)?;
        let (mut record, mut packed) = (Record::default(), PackedRecord::default());
        for bytes in records.iter() {
            record.refill(bytes);
            packed.fill(&record);
            encoder.write(&mut packed)?;
        }
        encoder.finish()
    }
}

impl Workers {
    fn new(encoder: &Arc<Encoder>, threads: usize) -> io::Result<Self> {
        let (jobs, queue) = bounded::<(Records, u64, Sender<Encoded>)>(1);
        let threads = (0..threads)
            .map(|_| {
                let (encoder, queue) = (Arc::clone(encoder), queue.clone());
                thread::Builder::new().name("cram".into()).spawn(move || {
                    for (records, first, reply) in queue {
                        // The writer may be gone after an error.
                        let _ = reply.send(encoder.encode(&records, first));
                    }
                })
            })
            .collect::<io::Result<Vec<_>>>()?;
        Ok(Self { jobs, waiting: VecDeque::new(), threads })
    }

    /// Gives a part to a thread; when all have one, waits for the first and gives it back.
    fn send(&mut self, records: Records, first: u64) -> Option<Encoded> {
        let done = if self.waiting.len() >= self.threads.len() { self.next() } else { None };
        let (reply, encoded) = bounded(1);
        self.waiting.push_back(encoded);
        // Where no thread is left, the reply is missing, which `next` reports.
        let _ = self.jobs.send((records, first, reply));
        done
    }

    /// Waits for the first part that threads have.
    fn next(&mut self) -> Option<Encoded> {
        let encoded = self.waiting.pop_front()?;
        Some(encoded.recv().unwrap_or_else(|_| {
            Err(Failure::Io(io::Error::other("a thread that encoded it has died")))
        }))
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.jobs = bounded(0).0;
        for thread in self.threads.drain(..) {
            // A panic in it was reported as a missing reply.
            let _ = thread.join();
        }
    }
}
