//! One process: its input, its output, and how it ends.

use std::{
    collections::VecDeque,
    io::{BufWriter, Read, Write},
    process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio},
    sync::Mutex,
    thread::{self, ScopedJoinHandle},
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, Sender};
use wgs_core::ErrorKind;
use wgs_formats::{
    FileError, Result,
    alignment::{PipeReader, Record},
};

use super::{
    External, command,
    matching::{Group, Mismatch, lossy},
};
use crate::reads::{Read as SequencedRead, ReadBatch, Template};

/// Bytes of the program's standard error that are kept: its end.
const KEPT_ERROR_BYTES: usize = 4096;
/// How long a program that has closed its output may take to end.
const END_TIMEOUT: Duration = Duration::from_secs(10);
/// How often is looked whether it has.
const END_POLL: Duration = Duration::from_millis(20);

/// A batch with its records: place of the template in the aligned reads, and record.
pub(crate) struct Aligned<B> {
    pub(crate) batch: B,
    pub(crate) records: Vec<(usize, Record)>,
}

/// Starts the program, feeds it with the batches in their order, as they are once prepared, and
/// sends them on with their records, until there are no more or nobody takes them.
///
/// # Errors
///
/// If the program does not do what it should, see the [module](super); those of `prepare`.
pub(crate) fn run<B: AsRef<ReadBatch> + Send>(
    external: &External,
    batches: Receiver<ReadBatch>,
    prepare: impl Fn(ReadBatch) -> Result<B> + Send,
    aligned: &Sender<Aligned<B>>,
) -> Result<()> {
    let mut child = Guard(start(external)?);
    let pipes = (child.0.stdin.take(), child.0.stdout.take(), child.0.stderr.take());
    let (Some(stdin), Some(stdout), Some(stderr)) = pipes else {
        return Err(failed(external, "its pipes are not there"));
    };
    let tail = Mutex::new(VecDeque::new());
    let (sender, waiting) = crossbeam_channel::unbounded();
    thread::scope(|scope| {
        let listener = scope.spawn(|| listen(stderr, &tail));
        let writer =
            scope.spawn(move || feed(external, stdin, batches.into_iter().map(prepare), &sender));
        let received = receive(external, stdout, &waiting, aligned);
        drop(waiting);
        let status = end(&mut child.0, &received);
        let written = join(writer);
        join(listener);
        judge(external, received, written, status).map_err(|error| explained(error, &tail))
    })
}

fn join<T>(handle: ScopedJoinHandle<'_, T>) -> T {
    handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

fn start(external: &External) -> Result<Child> {
    let (program, arguments) = external
        .argv
        .split_first()
        .ok_or_else(|| failed(external, "its command has no program"))?;
    Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| command::not_started(program, &e))
}

/// Ends the process when nobody waits for it any more.
struct Guard(Child);

impl Drop for Guard {
    fn drop(&mut self) {
        // Both fail if it has ended, which is what they are for.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn listen(mut stderr: ChildStderr, tail: &Mutex<VecDeque<u8>>) {
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = stderr.read(&mut buffer) {
        let Ok(mut tail) = tail.lock() else { return };
        tail.extend(&buffer[..count]);
        let excess = tail.len().saturating_sub(KEPT_ERROR_BYTES);
        tail.drain(..excess);
    }
}

/// Writes the reads; each batch waits for its records from before its first byte is written.
fn feed<B: AsRef<ReadBatch>>(
    external: &External,
    stdin: ChildStdin,
    batches: impl Iterator<Item = Result<B>>,
    waiting: &Sender<B>,
) -> Result<()> {
    let stopped =
        |e| failed(external, format!("the aligner stopped reading before the last read: {e}"));
    let mut stdin = BufWriter::with_capacity(1 << 18, stdin);
    let mut text = Vec::new();
    for batch in batches {
        let batch = batch?;
        text.clear();
        batch.as_ref().templates().for_each(|template| push_template(&mut text, &template));
        if waiting.send(batch).is_err() {
            return Ok(());
        }
        stdin.write_all(&text).map_err(stopped)?;
    }
    stdin.flush().map_err(stopped)
}

fn push_template(text: &mut Vec<u8>, template: &Template<'_>) {
    push_read(text, template.name, template.first);
    if let Some(last) = template.last {
        push_read(text, template.name, last);
    }
}

/// A read without qualities becomes FASTA.
fn push_read(text: &mut Vec<u8>, name: &[u8], read: SequencedRead<'_>) {
    text.push(if read.quals.is_empty() { b'>' } else { b'@' });
    text.extend(name);
    text.push(b'\n');
    text.extend(read.bases);
    text.push(b'\n');
    if !read.quals.is_empty() {
        text.extend(b"+\n");
        text.extend(read.quals);
        text.push(b'\n');
    }
}

/// Why records were not received.
enum Failure {
    /// The output ended too early: how the process ended may say why.
    Ended(FileError),
    /// The output is not readable, or is of another genome.
    Unreadable(FileError),
    /// It is not what the input asks for.
    Mismatch(Mismatch),
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        if error.kind() == ErrorKind::Truncated {
            Self::Ended(error)
        } else {
            Self::Unreadable(error)
        }
    }
}

fn receive<B: AsRef<ReadBatch>>(
    external: &External,
    stdout: ChildStdout,
    waiting: &Receiver<B>,
    aligned: &Sender<Aligned<B>>,
) -> Result<bool, Failure> {
    let mut source = Source {
        reader: PipeReader::new(external.name(), stdout, Some(&external.genome))?,
        next: None,
    };
    for batch in waiting {
        let mut records = Vec::with_capacity(batch.as_ref().reads() as usize);
        for (place, template) in batch.as_ref().templates().enumerate() {
            let group = source.group(external, template)?;
            records.extend(group.into_iter().map(|record| (place, record)));
        }
        if aligned.send(Aligned { batch, records }).is_err() {
            return Ok(false);
        }
    }
    match source.peek()? {
        None => Ok(true),
        Some(record) => Err(Failure::Mismatch(Mismatch::Extra(lossy(record.name())))),
    }
}

/// The records, with a look at the next one.
struct Source<'a> {
    reader: PipeReader<'a>,
    next: Option<Record>,
}

impl Source<'_> {
    fn peek(&mut self) -> Result<Option<&Record>> {
        if self.next.is_none() {
            let mut record = Record::default();
            if self.reader.read(&mut record)? {
                self.next = Some(record);
            }
        }
        Ok(self.next.as_ref())
    }

    fn group(
        &mut self,
        external: &External,
        template: Template<'_>,
    ) -> Result<Vec<Record>, Failure> {
        let mut group = Group::new(template);
        while self.peek()?.is_some_and(|record| group.takes(record)) {
            if let Some(record) = self.next.take() {
                group.push(record).map_err(Failure::Mismatch)?;
            }
        }
        group.finish(self.next.as_ref()).map_err(|mismatch| match self.next {
            None => Failure::Ended(failed(external, mismatch.to_string())),
            Some(_) => Failure::Mismatch(mismatch),
        })
    }
}

/// How the process ended, if it did so by itself: it has some time for it once its output has
/// ended, and none if it is not wanted any more.
fn end(child: &mut Child, received: &Result<bool, Failure>) -> Option<ExitStatus> {
    let patience = match received {
        Ok(true) => return child.wait().ok(),
        Err(Failure::Ended(_)) => END_TIMEOUT,
        Ok(false) | Err(_) => Duration::ZERO,
    };
    let begun = Instant::now();
    while begun.elapsed() < patience {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        thread::sleep(END_POLL);
    }
    // It may have ended meanwhile, which is as well.
    let _ = child.kill();
    let _ = child.wait();
    None
}

/// What to say of it all: a process that failed explains what its output lacks.
fn judge(
    external: &External,
    received: Result<bool, Failure>,
    written: Result<()>,
    status: Option<ExitStatus>,
) -> Result<()> {
    if let Some(status) = status.filter(|status| !status.success()) {
        return Err(failed(external, format!("the aligner failed: {status}")));
    }
    match received {
        Err(Failure::Ended(error)) if status.is_some() => {
            let reason = format!("the aligner ended with success, but not all is there: {error}");
            Err(failed(external, reason))
        }
        Err(Failure::Ended(error) | Failure::Unreadable(error)) => Err(error),
        Err(Failure::Mismatch(mismatch)) => Err(failed(external, mismatch.to_string())),
        Ok(true) => written,
        Ok(false) => Ok(()),
    }
}

fn failed(external: &External, reason: impl Into<String>) -> FileError {
    FileError::new(external.name(), ErrorKind::TaskFailed, reason)
}

/// An error with the end of what the program said.
fn explained(error: FileError, tail: &Mutex<VecDeque<u8>>) -> FileError {
    let said: Vec<u8> = tail.lock().map(|tail| tail.iter().copied().collect()).unwrap_or_default();
    let said = String::from_utf8_lossy(&said);
    match said.trim() {
        "" => error.hint("it wrote nothing to its standard error"),
        said => error.hint(format!("its standard error ends:\n{said}")),
    }
}
