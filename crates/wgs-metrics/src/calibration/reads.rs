//! The reads over a block of the genome, unpacked.

use std::{array::from_fn, collections::BTreeMap, ops::Range, sync::LazyLock};

use wgs_core::{ContigIndex, Interval0};
use wgs_formats::{
    alignment::Record,
    genome::Genome,
    qc::calibration::{MAX_CYCLES, MAX_REPORTED_PHRED, code, context, mate},
};

/// Bases of the reference that a block has.
pub(super) const BLOCK_BP: u32 = 16_384;
/// Bases beyond a block in which its tandem repeats may end.
pub(super) const MARGIN_BP: u32 = 128;
/// Code of what is not known: neither base nor context.
pub(super) const UNKNOWN: u8 = 0xff;
/// Stands for no base where codes are numbers of places.
const NO_BASE: usize = 4;
static CODES: LazyLock<[u8; 256]> = LazyLock::new(codes);
static CONTEXT_NUMBERS: LazyLock<[[[u8; NO_BASE + 1]; NO_BASE + 1]; 2]> =
    LazyLock::new(|| [false, true].map(context_numbers));
/// Bases of reads that are held at most; the rest of the block has no reads then.
const MAX_READ_BASES: usize = 16 << 20;
/// Read groups that are told apart.
const MAX_READ_GROUPS: usize = 1024;

/// Numbers of read groups in the order in which they were met.
#[derive(Debug, Default)]
pub(super) struct ReadGroups {
    numbers: BTreeMap<Vec<u8>, usize>,
    last: Option<(Vec<u8>, usize)>,
}

impl ReadGroups {
    /// The number of a record's read group, if it has one that is told apart.
    pub(super) fn of(&mut self, record: &Record) -> Option<usize> {
        let id = record.read_group()?;
        if let Some((last, number)) = &self.last
            && last == id
        {
            return Some(*number);
        }
        let next = self.numbers.len();
        let number = match self.numbers.get(id) {
            Some(&number) => number,
            None if next < MAX_READ_GROUPS => {
                self.numbers.insert(id.to_owned(), next);
                next
            }
            None => return None,
        };
        self.last = Some((id.to_owned(), number));
        Some(number)
    }

    /// Ids and numbers, by id.
    pub(super) fn names(&self) -> impl Iterator<Item = (String, usize)> {
        self.numbers.iter().map(|(id, &n)| (String::from_utf8_lossy(id).into_owned(), n))
    }
}

/// A read of a block, by its places in the block's stores.
#[derive(Clone, Debug)]
pub(super) struct BlockRead {
    /// First base.
    pub(super) first: usize,
    pub(super) len: usize,
    pub(super) segments: Range<usize>,
    pub(super) gaps: Range<usize>,
    /// First aligned base of the reference, and one past the last.
    pub(super) span: Range<u32>,
    pub(super) mate: usize,
    pub(super) is_reverse: bool,
    pub(super) group: Option<usize>,
}

/// Bases of a read aligned to as many of the reference.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    pub(super) reference: u32,
    /// In the block's store of bases.
    pub(super) base: usize,
    pub(super) len: usize,
}

/// Bases that a read has more (or less, below 0) than the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Gap {
    /// First base of the reference behind it (or in it).
    pub(super) at: u32,
    pub(super) bases: i32,
}

/// A block with its reads.
#[derive(Debug, Default)]
pub(super) struct Block {
    place: Option<(ContigIndex, u32)>,
    /// What the block is of its contig.
    pub(super) interval: Range<u32>,
    /// The reference over the block and its margins, in ASCII.
    pub(super) reference: Vec<u8>,
    /// Where that begins.
    pub(super) origin: u32,
    pub(super) reads: Vec<BlockRead>,
    /// Of each base its code as the reference would have it, 0 to 3, or [`UNKNOWN`].
    pub(super) codes: Vec<u8>,
    /// Of each base its context, or [`UNKNOWN`].
    pub(super) contexts: Vec<u8>,
    pub(super) quals: Vec<u8>,
    pub(super) segments: Vec<Segment>,
    pub(super) gaps: Vec<Gap>,
    bases: Vec<u8>,
}

impl Block {
    /// Empties the block and makes it another.
    pub(super) fn begin(&mut self, genome: &Genome, contig: ContigIndex, number: u32) {
        let length = genome.contigs().get(contig).map_or(0, |c| c.length);
        let start = (number * BLOCK_BP).min(length);
        let end = start.saturating_add(BLOCK_BP).min(length);
        self.place = Some((contig, number));
        self.interval = start..end;
        self.origin = start.saturating_sub(MARGIN_BP);
        let interval = Interval0::new(self.origin, end.saturating_add(MARGIN_BP).min(length));
        let interval = interval.expect("a margin is not before its block");
        genome.fetch_into(contig, interval, &mut self.reference);
        self.reads.clear();
        self.codes.clear();
        self.contexts.clear();
        self.quals.clear();
        self.segments.clear();
        self.gaps.clear();
    }

    /// Contig, and number of the block in it.
    pub(super) fn place(&self) -> (ContigIndex, u32) {
        self.place.unwrap_or((ContigIndex(usize::MAX), 0))
    }

    /// Adds a read that has qualities.
    pub(super) fn push(&mut self, record: &Record, group: Option<usize>) {
        let told: usize =
            record.cigar().filter(|op| op.kind.consumes_query()).map(|op| op.len as usize).sum();
        if told != record.len() || self.codes.len() + told > MAX_READ_BASES {
            return;
        }
        let first = self.codes.len();
        let (segments, gaps) = (self.segments.len(), self.gaps.len());
        let (mut reference, mut base) = (record.start().unwrap_or(0), first);
        for op in record.cigar() {
            let (len, bases) = (op.len as usize, op.len.min(i32::MAX as u32) as i32);
            let (query, target) = (op.kind.consumes_query(), op.kind.consumes_reference());
            if op.kind.is_aligned() {
                self.segments.push(Segment { reference, base, len });
            } else if target {
                self.gaps.push(Gap { at: reference, bases: -bases });
            } else if query && !op.kind.is_clip() {
                self.gaps.push(Gap { at: reference, bases });
            }
            reference += if target { op.len } else { 0 };
            base += if query { len } else { 0 };
        }
        let is_reverse = record.flags().is_reverse();
        self.unpack(record, is_reverse);
        let aligned = &self.segments[segments..];
        let end = aligned.last().map_or(0, |s| s.reference + s.len as u32);
        self.reads.push(BlockRead {
            first,
            len: record.len(),
            span: aligned.first().map_or(0, |s| s.reference)..end,
            segments: segments..self.segments.len(),
            gaps: gaps..self.gaps.len(),
            mate: mate(record.flags()),
            is_reverse,
            group,
        });
    }

    fn unpack(&mut self, record: &Record, is_reverse: bool) {
        record.bases_into(&mut self.bases);
        let first = self.codes.len();
        self.codes.extend(self.bases.iter().map(|&base| CODES[usize::from(base)]));
        self.quals.extend(record.quals().iter().map(|&q| q.min(MAX_REPORTED_PHRED)));
        self.contexts.resize(self.codes.len(), UNKNOWN);
        let pairs = self.codes[first..].iter().zip(&mut self.contexts[first..]);
        if is_reverse {
            name_contexts(pairs.rev(), &CONTEXT_NUMBERS[1]);
        } else {
            name_contexts(pairs, &CONTEXT_NUMBERS[0]);
        }
    }

    /// The segments of a read.
    pub(super) fn segments_of(&self, read: &BlockRead) -> &[Segment] {
        &self.segments[read.segments.clone()]
    }

    /// The gaps of a read.
    pub(super) fn gaps_of(&self, read: &BlockRead) -> &[Gap] {
        &self.gaps[read.gaps.clone()]
    }

    /// The part of a segment that lies in the block: first place in the block, first base, length.
    pub(super) fn inside(&self, segment: &Segment) -> (usize, usize, usize) {
        let from = segment.reference.max(self.interval.start);
        let to = (segment.reference + segment.len as u32).min(self.interval.end);
        if from >= to {
            return (0, segment.base, 0);
        }
        let base = segment.base + (from - segment.reference) as usize;
        ((from - self.interval.start) as usize, base, (to - from) as usize)
    }

    /// The reference along the block, without margins.
    pub(super) fn inner_reference(&self) -> &[u8] {
        let from = (self.interval.start - self.origin) as usize;
        &self.reference[from..from + self.interval.len()]
    }
}

/// Numbers the contexts of bases in the order of sequencing.
fn name_contexts<'a>(
    pairs: impl Iterator<Item = (&'a u8, &'a mut u8)>,
    numbers: &[[u8; NO_BASE + 1]; NO_BASE + 1],
) {
    let mut before = NO_BASE;
    for (&code, context) in pairs {
        let code = usize::from(code).min(NO_BASE);
        *context = numbers[before][code];
        before = code;
    }
}

fn codes() -> [u8; 256] {
    from_fn(|base| code(base as u8, false).map_or(UNKNOWN, |code| code as u8))
}

/// Of both strands, by the codes of the base before and of the base as the reference has them.
fn context_numbers(is_reverse: bool) -> [[u8; NO_BASE + 1]; NO_BASE + 1] {
    let sequenced =
        |code: usize| (code < NO_BASE).then(|| if is_reverse { NO_BASE - 1 - code } else { code });
    let number = |before, base| context(sequenced(before), base) as u8;
    from_fn(|before| from_fn(|base| sequenced(base).map_or(UNKNOWN, |base| number(before, base))))
}

/// The cycle of a base of a read, from 0, by its place in it.
#[inline]
pub(super) fn cycle(at: usize, len: usize, is_reverse: bool) -> usize {
    (if is_reverse { len - 1 - at } else { at }).min(MAX_CYCLES - 1)
}
