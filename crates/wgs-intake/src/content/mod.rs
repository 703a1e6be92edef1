//! What one pass over a file tells: digests, the first reads, whether the end is there, and on request
//! every record.

mod alignments;
mod bgzf;
mod records;

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Seek, SeekFrom},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use flate2::read::MultiGzDecoder;
use nix::fcntl::OFlag;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result, alignment, digest::hex};

use self::{bgzf::Chain, records::Records};
use crate::{
    Monitor,
    problem::{Code, Problem},
    read_name::{Title, title},
    scan::Stat,
};

/// Bytes read at a time.
const BUFFER: usize = 1 << 20;
/// Bytes that are kept to find the first records in.
const HEAD: usize = 1 << 18;
/// Names of first records that are compared between mates.
const FIRST_RECORDS: usize = 16;

/// What is looked for in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Fastq,
    Alignment,
    Other,
}

/// What was found in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Content {
    pub(crate) md5: String,
    pub(crate) sha256: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) first: Option<First>,
    /// Of an alignment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) header: Option<HeaderFacts>,
    /// BGZF that lacks the block that ends it, though it ends between two blocks.
    #[serde(default)]
    pub(crate) lacks_end_block: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) fault: Option<Problem>,
    /// Whether all of it was decoded.
    pub(crate) deep: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) records: Option<RecordFacts>,
}

/// The first records of a FASTQ file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct First {
    pub(crate) title: Title,
    /// How many records the digest is of.
    pub(crate) count: usize,
    /// Of their names.
    pub(crate) names: String,
}

/// The read groups of an alignment file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HeaderFacts {
    /// The samples of its read groups, sorted.
    pub(crate) samples: Vec<String>,
    /// The ids of its read groups, sorted.
    pub(crate) ids: Vec<String>,
}

/// All records of a FASTQ file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RecordFacts {
    pub(crate) count: u64,
    /// Digest of all names in their order.
    pub(crate) names: String,
}

/// How a file is looked at.
#[derive(Clone, Copy)]
pub(crate) struct Look<'a> {
    pub(crate) form: Form,
    pub(crate) deep: bool,
    pub(crate) stop: &'a AtomicBool,
    pub(crate) monitor: &'a dyn Monitor,
}

/// The bytes of a file, digested and followed as they pass.
struct Passing<'a> {
    file: File,
    md5: md5::Md5,
    sha256: Sha256,
    chain: Chain,
    head: Vec<u8>,
    look: Look<'a>,
    /// What the file itself said when it was last read, which a decoder might hide.
    failure: Option<io::Error>,
}

impl Read for Passing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.look.stop.load(Ordering::Relaxed) {
            let stopped = || io::Error::from(io::ErrorKind::Interrupted);
            self.failure = Some(stopped());
            return Err(io::Error::other("stopped"));
        }
        let n = loop {
            match self.file.read(buffer) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => {
                    let again = io::Error::new(e.kind(), e.to_string());
                    self.failure = Some(e);
                    return Err(again);
                }
                Ok(n) => break n,
            }
        };
        let bytes = &buffer[..n];
        self.md5.update(bytes);
        self.sha256.update(bytes);
        self.chain.take(bytes);
        let room = HEAD.saturating_sub(self.head.len());
        self.head.extend_from_slice(&bytes[..n.min(room)]);
        self.look.monitor.read(n as u64);
        Ok(n)
    }
}

/// Reads a file once from front to back; nothing if it changed on the way.
///
/// # Errors
///
/// If it cannot be read, or [`Interrupted`](ErrorKind::Interrupted) when asked to stop. What is
/// wrong with its content is told by what is returned.
pub(crate) fn inspect(path: &Path, stat: &Stat, look: Look) -> Result<Option<Content>> {
    let failed = |e| FileError::io(path, e);
    // Not followed, and not waited for, if it has become a link or a pipe meanwhile.
    let flags = (OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK).bits();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path).map_err(failed)?;
    if Stat::of(&file.metadata().map_err(failed)?) != *stat {
        return Ok(None);
    }
    let mut passing = Passing {
        file,
        md5: md5::Md5::new(),
        sha256: Sha256::new(),
        chain: Chain::default(),
        head: Vec::new(),
        look,
        failure: None,
    };
    let decoded =
        if look.deep { decode(path, &mut passing, look.form) } else { Decoded::default() };
    drain(&mut passing).map_err(|e| match passing.failure.take() {
        Some(e) if e.kind() == io::ErrorKind::Interrupted => {
            FileError::new(path, ErrorKind::Interrupted, "interrupted")
        }
        Some(cause) => failed(cause),
        None => failed(e),
    })?;
    let after = std::fs::symlink_metadata(path).map_err(failed)?;
    if Stat::of(&passing.file.metadata().map_err(failed)?) != *stat || Stat::of(&after) != *stat {
        return Ok(None);
    }
    content(path, stat, passing, decoded).map(Some)
}

/// Reads what is left, so that the digests are of the whole file.
fn drain(passing: &mut Passing) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER];
    if let Some(failure) = &passing.failure {
        return Err(io::Error::new(failure.kind(), failure.to_string()));
    }
    while passing.read(&mut buffer)? > 0 {}
    Ok(())
}

/// What decoding all of a file has found.
#[derive(Default)]
struct Decoded {
    records: Option<RecordFacts>,
    fault: Option<Problem>,
}

fn decode(path: &Path, passing: &mut Passing, form: Form) -> Decoded {
    let mut start = [0; 4];
    let n = match read_full(passing, &mut start) {
        Ok(n) => n,
        Err(_) => return Decoded::default(),
    };
    let is_gzip = start[..n].starts_with(&[0x1f, 0x8b]);
    let whole = io::Cursor::new(start).take(n as u64).chain(passing);
    match (form, is_gzip) {
        (Form::Fastq, true) => all_records(MultiGzDecoder::new(whole)),
        (Form::Fastq, false) => all_records(whole),
        (Form::Alignment, _) => {
            Decoded { records: None, fault: alignments::check(path, &start[..n], whole).err() }
        }
        (Form::Other, _) => Decoded::default(),
    }
}

fn read_full(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match from.read(&mut buffer[filled..])? {
            0 => break,
            n => filled += n,
        }
    }
    Ok(filled)
}

fn all_records(text: impl Read) -> Decoded {
    let mut records = Records::new(text);
    match records.all() {
        Ok(facts) => Decoded { records: Some(facts), fault: None },
        Err(fault) => Decoded { records: None, fault: Some(fault) },
    }
}

/// The problem of compressed data that cannot be decoded.
fn decoding_fault(error: &io::Error) -> Problem {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            Problem::new(Code::Truncated, "its compressed data end before their end")
        }
        _ => Problem::new(Code::Damaged, format!("its compressed data are damaged: {error}")),
    }
}

fn content(path: &Path, stat: &Stat, passing: Passing, decoded: Decoded) -> Result<Content> {
    let Passing { md5, sha256, chain, head, look, .. } = passing;
    let mut content = Content {
        md5: hex(&md5.finalize()),
        sha256: hex(&sha256.finalize()),
        first: None,
        header: None,
        lacks_end_block: false,
        fault: None,
        deep: look.deep,
        records: decoded.records,
    };
    let empty = || Problem::new(Code::Truncated, "is empty");
    match look.form {
        Form::Other => return Ok(content),
        _ if stat.size == 0 => content.fault = Some(empty()),
        Form::Fastq => match first_records(&head) {
            Ok(first) => content.first = Some(first),
            Err(fault) => content.fault = Some(fault),
        },
        Form::Alignment => match header(path)? {
            Ok(header) => content.header = Some(header),
            Err(fault) => content.fault = Some(fault),
        },
    }
    match chain.end() {
        bgzf::End::Other | bgzf::End::Whole => {}
        bgzf::End::WithoutBlock => content.lacks_end_block = true,
        bgzf::End::Cut => {
            let reason = "ends inside a block of BGZF: the file was cut off";
            content.fault = Some(Problem::new(Code::Truncated, reason));
        }
        bgzf::End::Broken(at) => {
            let reason = format!("at byte {at} a block of BGZF must begin, and does not");
            content.fault = Some(Problem::new(Code::Damaged, reason));
        }
    }
    content.fault = content.fault.or(decoded.fault);
    Ok(content)
}

fn first_records(head: &[u8]) -> Result<First, Problem> {
    let text: Box<dyn Read> = if head.starts_with(&[0x1f, 0x8b]) {
        Box::new(MultiGzDecoder::new(head))
    } else {
        Box::new(head)
    };
    let mut records = Records::new(text);
    let mut names = Sha256::new();
    let mut first: Option<First> = None;
    for count in 1..=FIRST_RECORDS {
        match records.next() {
            Ok(Some(line)) => {
                let title = title(&line);
                names.update(title.name.as_bytes());
                names.update(b"\n");
                match &mut first {
                    None => first = Some(First { title, count, names: String::new() }),
                    Some(first) => first.count = count,
                }
            }
            // What is kept of the file ends somewhere; how the file itself ends is told elsewhere.
            Err(_) if first.is_some() => break,
            Ok(None) => break,
            Err(fault) => return Err(fault),
        }
    }
    let mut first = first.ok_or_else(|| Problem::new(Code::Truncated, "holds no record"))?;
    first.names = hex(&names.finalize()[..8]);
    Ok(first)
}

/// The read groups, or what is wrong with the header.
///
/// # Errors
///
/// If the file cannot be read: that says nothing of the file, and is not remembered.
fn header(path: &Path) -> Result<Result<HeaderFacts, Problem>> {
    let is_of_content =
        |e: &FileError| matches!(e.kind(), ErrorKind::Truncated | ErrorKind::InvalidInput);
    let header = match alignment::read_header(path) {
        Ok(header) => header,
        // Decoders call damaged what they only could not read: so it is read, and asked, once more.
        Err(e) if is_of_content(&e) => match read_again(path).and(alignment::read_header(path)) {
            Ok(header) => header,
            Err(e) if is_of_content(&e) => return Ok(Err(alignments::fault_of(&e, path))),
            Err(e) => return Err(e),
        },
        Err(e) => return Err(e),
    };
    let mut samples: Vec<String> = header.samples().into_iter().map(str::to_owned).collect();
    samples.sort();
    samples.dedup();
    let mut ids: Vec<String> = header.read_groups().iter().map(|g| g.id.clone()).collect();
    ids.sort();
    Ok(Ok(HeaderFacts { samples, ids }))
}

/// Whether the first and the last bytes of a file can be read.
fn read_again(path: &Path) -> Result<()> {
    let read = || -> io::Result<()> {
        let mut file = File::open(path)?;
        let mut bytes = vec![0; HEAD];
        read_full(&mut file, &mut bytes)?;
        let tail = file.metadata()?.len().saturating_sub(HEAD as u64);
        file.seek(SeekFrom::Start(tail))?;
        read_full(&mut file, &mut bytes).map(drop)
    };
    read().map_err(|e| FileError::new(path, ErrorKind::TaskFailed, e.to_string()))
}

#[cfg(test)]
mod tests;
