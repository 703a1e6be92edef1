//! Encoding CRAM 3.0 and 3.1.

use std::{
    collections::VecDeque,
    io::{self, Write},
    path::Path,
    sync::Arc,
    thread::{self, JoinHandle},
};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::{
    super::{
        CramProfile, Header, Record, SortOrder, WriterOptions, format::CRAM_3_EOF, publish::Output,
    },
    container::{self, Part, SliceEntry, Unexpected},
    ffi::{HtsHeader, PackedRecord, SharedEncoder, StreamEncoder},
};
use crate::{FileError, Result, genome::Genome};

/// Encoders, which take parts in turn; of them at most so many are at work at a time. Parts meet
/// encoders that have seen the same parts before, whatever the number of threads, so this is a
/// constant, and so are the sizes of parts.
const STREAMS: usize = 16;
/// Packed bytes after which a part ends all the same, so that long reads do not fill the memory.
const PART_BYTES: usize = 48 << 20;

/// Writes the containers of a CRAM file.
pub(in super::super) struct CramWriter {
    output: Output,
    shared: Arc<SharedEncoder>,
    sorted: bool,
    part: Records,
    part_records: u32,
    /// Records of the parts before.
    before: u64,
    /// Those that no thread has.
    streams: [Option<Stream>; STREAMS],
    /// The one that takes the next part.
    next: usize,
    workers: Option<Workers>,
    index: Vec<String>,
}

/// Packed records, each behind its length, and how many they are.
#[derive(Default)]
struct Records {
    bytes: Vec<u8>,
    count: u32,
}

/// An encoder, and how many records it has had.
struct Stream {
    encoder: StreamEncoder,
    count: u64,
}

/// A part, the number of its first record in the file, and who encodes it.
struct Job {
    records: Records,
    first: u64,
    stream: Stream,
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

/// What comes of a job.
type Done = (Stream, Encoded);

/// Threads that encode, and the parts that they have, in order.
struct Workers {
    jobs: Sender<(Job, Sender<Done>)>,
    waiting: VecDeque<(usize, Receiver<Done>)>,
    threads: Vec<JoinHandle<()>>,
}

/// Records of a part, of whole slices.
fn part_records(profile: CramProfile) -> u32 {
    match profile {
        CramProfile::Normal => 20_000,
        CramProfile::Small => 50_000,
        CramProfile::Archive => 100_000,
    }
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
        let shared = Arc::new(shared.map_err(|e| Failure::Io(e).in_file(&path))?);
        let workers =
            if threads > 1 { Some(Workers::new(threads.min(STREAMS)).map_err(io)?) } else { None };
        Ok(Self {
            output,
            shared,
            sorted: header.sort_order() == SortOrder::Coordinate,
            part: Records::default(),
            part_records: part_records(options.cram_profile),
            before: 0,
            streams: Default::default(),
            next: 0,
            workers,
            index: Vec::new(),
        })
    }

    /// Appends a record.
    pub(in super::super) fn write(&mut self, record: &Record) -> Result<()> {
        self.part.push(record);
        if self.part.count == self.part_records || self.part.bytes.len() >= PART_BYTES {
            self.end_part()?;
        }
        Ok(())
    }

    fn end_part(&mut self) -> Result<()> {
        let room = Vec::with_capacity(self.part.bytes.len());
        let records = std::mem::replace(&mut self.part, Records { bytes: room, count: 0 });
        let (first, place) = (self.before, self.next);
        self.before += u64::from(records.count);
        self.next = (place + 1) % STREAMS;
        let stream = self.streams[place].take().map_or_else(|| self.stream(), Ok)?;
        let job = Job { records, first, stream };
        let Some(workers) = &mut self.workers else { return self.append(place, job.run()) };
        let done = workers.send(place, job).map_err(|e| e.in_file(self.output.path()))?;
        done.map_or(Ok(()), |(place, done)| self.append(place, done))
    }

    fn stream(&self) -> Result<Stream> {
        let encoder = StreamEncoder::new(&self.shared, self.sorted);
        let encoder = encoder.map_err(|e| Failure::Io(e).in_file(self.output.path()))?;
        Ok(Stream { encoder, count: 0 })
    }

    fn append(&mut self, place: usize, (stream, encoded): Done) -> Result<()> {
        self.streams[place] = Some(stream);
        let part = encoded.map_err(|e| e.in_file(self.output.path()))?;
        let offset = self.output.written();
        if self.sorted {
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
        while let Some(done) = self.workers.as_mut().and_then(|workers| workers.next()) {
            let (place, done) = done.map_err(|e| e.in_file(self.output.path()))?;
            self.append(place, done)?;
        }
        let written = self.output.write_all(&CRAM_3_EOF);
        written.map_err(|e| FileError::io(self.output.path(), e))?;
        let index = self.sorted.then(|| self.index.concat());
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

impl Stream {
    fn encode(&mut self, records: &Records, first: u64) -> Encoded {
        let (mut record, mut packed) = (Record::default(), PackedRecord::default());
        for bytes in records.iter() {
            record.refill(bytes);
            packed.fill(&record);
            self.encoder.write(&mut packed)?;
        }
        let bytes = self.encoder.take()?;
        let part = container::renumber(&bytes, first - self.count)?;
        self.count += u64::from(records.count);
        Ok(part)
    }
}

impl Job {
    fn run(mut self) -> Done {
        let encoded = self.stream.encode(&self.records, self.first);
        (self.stream, encoded)
    }
}

impl Workers {
    /// Of as many threads, which must not be more than the encoders: one that takes a part then has
    /// come back from the part that it took before.
    fn new(threads: usize) -> io::Result<Self> {
        let (jobs, queue) = bounded::<(Job, Sender<Done>)>(1);
        let threads = (0..threads)
            .map(|_| {
                let queue = queue.clone();
                thread::Builder::new().name("cram".into()).spawn(move || {
                    for (job, reply) in queue {
                        // The writer may be gone after an error.
                        let _ = reply.send(job.run());
                    }
                })
            })
            .collect::<io::Result<Vec<_>>>()?;
        Ok(Self { jobs, waiting: VecDeque::new(), threads })
    }

    /// Gives a part to a thread; when all have one, waits for the first and gives it back.
    fn send(&mut self, place: usize, job: Job) -> Result<Option<(usize, Done)>, Failure> {
        let done = if self.waiting.len() >= self.threads.len() { self.next() } else { None };
        let (reply, encoded) = bounded(1);
        self.waiting.push_back((place, encoded));
        // Where no thread is left, the reply is missing, which `next` reports.
        let _ = self.jobs.send((job, reply));
        done.transpose()
    }

    /// Waits for the first part that threads have.
    fn next(&mut self) -> Option<Result<(usize, Done), Failure>> {
        let (place, done) = self.waiting.pop_front()?;
        let died = |_| Failure::Io(io::Error::other("a thread that encoded it has died"));
        Some(done.recv().map(|done| (place, done)).map_err(died))
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
