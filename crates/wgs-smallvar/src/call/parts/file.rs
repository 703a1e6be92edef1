//! The file of a part, in gzip: a line of JSON of what it is; and for each of its shards one more, which
//! the lines of its gVCF follow.

use std::{
    io::{BufRead, Write},
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};
use serde::{Deserialize, Serialize};
use wgs_core::{ContigIndex, Interval0};
use wgs_formats::{
    FileError, Result,
    genome::open_maybe_gzip,
    output::{self, AtomicFile},
};

use super::Part;
use crate::{
    call::{
        SexSummary,
        lines::{Called, Line},
        shards::ShardCalls,
    },
    intake::{ReadCounts, depth::DeepStretch},
    phase::{Locus, Vote},
};

/// Value of `schema`.
pub(super) const SCHEMA: &str = "wgs-pipe/calls-part/1";

/// What to do about a file that is not what it should be.
const AGAIN: &str = "remove it, and run the task again that makes it";

/// The first line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    pub(super) schema: String,
    /// Of this crate.
    pub(super) version: String,
    /// Of the genome's contigs.
    pub(super) genome_md5: String,
    pub(super) options_sha256: String,
    pub(super) sample: String,
    pub(super) sex: SexSummary,
    pub(super) part: Part,
    /// Of the costs of all shards, by which they are divided among the parts.
    pub(super) costs_sha256: String,
    /// Shards of all parts together.
    pub(super) shards_of_all: usize,
    /// Those of this part, counted from 0, ascending.
    pub(super) shards: Vec<usize>,
}

/// The calls of a shard, but for the lines of its gVCF, which follow.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shard {
    contig: usize,
    sites: Vec<SiteOfPart>,
    reads: Vec<ReadCounts>,
    /// Start, end, and depth.
    deep: Vec<Vec<(u32, u32, u32)>>,
    pileup_windows: u64,
    realigned_windows: u64,
    spanning_origin: u64,
    /// Number of the lines.
    lines: usize,
}

/// A site.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SiteOfPart {
    position: u32,
    is_snv: bool,
    passes: bool,
    /// Of each sample the fragments with the bits of their odds, which no rounding touches.
    votes: Vec<Option<Vec<(u64, u64)>>>,
}

/// Makes the file of a part.
pub(super) struct PartWriter {
    path: PathBuf,
    gzip: GzEncoder<AtomicFile>,
}

impl PartWriter {
    pub(super) fn create(path: &Path, head: &Head) -> Result<Self> {
        output::remove_dead_partials(path)?;
        // What is soon read again and then removed is not worth more.
        let gzip = GzEncoder::new(AtomicFile::create(path)?, Compression::fast());
        let mut writer = Self { path: path.to_owned(), gzip };
        writer.json(head)?;
        Ok(writer)
    }

    /// Adds the next shard.
    pub(super) fn write(&mut self, contig: ContigIndex, calls: ShardCalls) -> Result<()> {
        let mut lines = Vec::new();
        calls.lines.iter().for_each(|line| add_line(line, &mut lines));
        self.json(&Shard::of(contig, calls))?;
        self.text(&lines)
    }

    fn json(&mut self, value: &impl Serialize) -> Result<()> {
        let mut text = serde_json::to_vec(value).expect("text and whole numbers make JSON");
        text.push(b'\n');
        self.text(&text)
    }

    fn text(&mut self, text: &[u8]) -> Result<()> {
        self.gzip.write_all(text).map_err(|e| FileError::io(&self.path, e))
    }

    pub(super) fn finish(self) -> Result<()> {
        self.gzip.finish().map_err(|e| FileError::io(&self.path, e))?.commit()
    }
}

/// Reads the file of a part. Its shards come in their order.
pub(super) struct PartReader {
    path: PathBuf,
    reader: Box<dyn BufRead + Send>,
    pub(super) head: Head,
    /// Shards that were read.
    read: usize,
    line: String,
}

impl PartReader {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let mut reader = open_maybe_gzip(path)?;
        let mut line = String::new();
        if !next_line(path, &mut *reader, &mut line)? {
            return Err(FileError::truncated(path, "is empty").hint(AGAIN));
        }
        let head: Head = serde_json::from_str(&line)
            .map_err(|e| FileError::invalid(path, e.to_string()).hint(AGAIN))?;
        if head.schema != SCHEMA {
            let reason = format!("schema is {:?}; this version reads {SCHEMA:?}", head.schema);
            return Err(FileError::invalid(path, reason));
        }
        Ok(Self { path: path.to_owned(), reader, head, read: 0, line })
    }

    /// The calls of the next shard.
    pub(super) fn read(&mut self) -> Result<(ContigIndex, ShardCalls)> {
        self.next_line()?;
        let shard: Shard =
            serde_json::from_str(&self.line).map_err(|e| self.wrong(e.to_string()))?;
        let (contig, count) = (ContigIndex(shard.contig), shard.lines);
        let mut calls = shard.calls().map_err(|reason| self.wrong(reason))?;
        for _ in 0..count {
            self.next_line()?;
            let line = line_of(&self.line).ok_or_else(|| self.wrong("not a line of one".into()))?;
            calls.lines.push(line);
        }
        self.read += 1;
        Ok((contig, calls))
    }

    /// Checks that nothing is left.
    pub(super) fn finish(mut self) -> Result<()> {
        match next_line(&self.path, &mut *self.reader, &mut self.line)? {
            false => Ok(()),
            true => Err(self.wrong("holds more than it says".into())),
        }
    }

    fn next_line(&mut self) -> Result<()> {
        match next_line(&self.path, &mut *self.reader, &mut self.line)? {
            true => Ok(()),
            false => Err(self.wrong("ends before its last shard".into())),
        }
    }

    fn wrong(&self, reason: String) -> FileError {
        let place = match self.head.shards.get(self.read) {
            Some(shard) => format!("shard {shard}"),
            None => "end".into(),
        };
        FileError::invalid(&self.path, reason).at(place).hint(AGAIN)
    }
}

/// Reads a line, without its end; whether there was one.
fn next_line(path: &Path, reader: &mut dyn BufRead, line: &mut String) -> Result<bool> {
    line.clear();
    let bytes = reader.read_line(line).map_err(|e| FileError::io(path, e).hint(AGAIN))?;
    if line.ends_with('\n') {
        line.pop();
    }
    Ok(bytes > 0)
}

/// Start and end of the bases, `b` for a block, `s` for a substitution or `o` for another variant,
/// and the line.
fn add_line(line: &Line, lines: &mut Vec<u8>) {
    let kind = match line.is_snv {
        None => 'b',
        Some(true) => 's',
        Some(false) => 'o',
    };
    let (start, end) = (line.interval.start(), line.interval.end());
    let written = writeln!(lines, "{start}\t{end}\t{kind}\t{}", line.text);
    written.expect("writing to memory does not fail");
}

fn line_of(text: &str) -> Option<Line> {
    let mut columns = text.splitn(4, '\t');
    let mut number = || columns.next()?.parse().ok();
    let interval = Interval0::new(number()?, number()?).ok()?;
    let is_snv = match columns.next()? {
        "b" => None,
        "s" => Some(true),
        "o" => Some(false),
        _ => return None,
    };
    Some(Line { interval, is_snv, text: columns.next()?.to_owned() })
}

impl Shard {
    fn of(contig: ContigIndex, calls: ShardCalls) -> Self {
        let deep = |stretch: &DeepStretch| {
            (stretch.interval.start(), stretch.interval.end(), stretch.depth)
        };
        Self {
            contig: contig.0,
            lines: calls.lines.len(),
            sites: calls.sites.into_iter().map(SiteOfPart::of).collect(),
            reads: calls.reads,
            deep: calls.deep.iter().map(|deeps| deeps.iter().map(deep).collect()).collect(),
            pileup_windows: calls.pileup_windows,
            realigned_windows: calls.realigned_windows,
            spanning_origin: calls.spanning_origin,
        }
    }

    /// The calls, without lines.
    fn calls(self) -> std::result::Result<ShardCalls, String> {
        let deep = |&(start, end, depth): &(u32, u32, u32)| {
            let interval = Interval0::new(start, end).map_err(|e| e.to_string())?;
            Ok(DeepStretch { interval, depth })
        };
        let deep = |deeps: &Vec<_>| deeps.iter().map(deep).collect();
        if !self.sites.is_sorted_by_key(|site| site.position) {
            return Err("the sites do not ascend".into());
        }
        Ok(ShardCalls {
            sites: self.sites.into_iter().map(SiteOfPart::called).collect(),
            lines: Vec::new(),
            reads: self.reads,
            deep: self.deep.iter().map(deep).collect::<std::result::Result<_, String>>()?,
            pileup_windows: self.pileup_windows,
            realigned_windows: self.realigned_windows,
            spanning_origin: self.spanning_origin,
        })
    }
}

impl SiteOfPart {
    fn of(site: Called) -> Self {
        let bits = |votes: Vec<Vote>| -> Vec<(u64, u64)> {
            votes.into_iter().map(|vote| (vote.fragment, vote.ln_odds.to_bits())).collect()
        };
        Self {
            position: site.locus.position,
            is_snv: site.is_snv,
            passes: site.passes,
            votes: site.locus.votes.into_iter().map(|votes| votes.map(bits)).collect(),
        }
    }

    fn called(self) -> Called {
        let vote = |(fragment, bits)| Vote { fragment, ln_odds: f64::from_bits(bits) };
        let of_sample = |votes: Vec<(u64, u64)>| votes.into_iter().map(vote).collect();
        let votes = self.votes.into_iter().map(|votes| votes.map(of_sample)).collect();
        let locus = Locus { position: self.position, votes };
        Called { locus, is_snv: self.is_snv, passes: self.passes, record: None }
    }
}
