//! A read as the caller uses it: unpacked bases, qualities and alignment.

use std::ops::Range;

use wgs_formats::{
    alignment::{CigarKind, CigarOp, Record},
    qc::calibration::Recalibration,
};

/// Quality of every base of a record that has none (`*`), Phred-scaled.
const QUALITY_WHERE_ABSENT: u8 = 20;

/// One primary alignment with its bases at hand.
#[derive(Clone, Debug)]
pub struct Read {
    start: u32,
    end: u32,
    fragment: u64,
    mapq: u8,
    reverse: bool,
    ops: Box<[CigarOp]>,
    bases: Box<[u8]>,
    quals: Box<[u8]>,
}

/// Bases of a read aligned to as many of the reference, without a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// First reference base, 0-based.
    pub reference: u32,
    /// First base of the read, 0-based.
    pub offset: usize,
    /// Number of bases.
    pub len: usize,
}

/// What SAM writes where the mapping quality is not known (SAM v1 §1.4).
const MAPQ_UNAVAILABLE: u8 = 255;
/// What counts in its place: that of a read with one good place.
const MAPQ_WHERE_UNAVAILABLE: u8 = 60;

impl Read {
    /// Unpacks a record; `None` if it is unmapped, or has no bases or no aligned ones.
    pub fn of(record: &Record) -> Option<Self> {
        let (start, end) = (record.start()?, record.end()?);
        let ops: Box<[CigarOp]> = record.cigar().filter(|op| op.len > 0).collect();
        let aligned = ops.iter().any(|op| op.kind.is_aligned());
        if record.flags().is_unmapped() || record.is_empty() || !aligned {
            return None;
        }
        let quals = match record.quals() {
            [] => vec![QUALITY_WHERE_ABSENT; record.len()],
            quals => quals.to_vec(),
        };
        Some(Self {
            start,
            end,
            fragment: fragment_of(record),
            mapq: match record.mapq() {
                MAPQ_UNAVAILABLE => MAPQ_WHERE_UNAVAILABLE,
                mapq => mapq,
            },
            reverse: record.flags().is_reverse(),
            ops,
            bases: record.bases().into(),
            quals: quals.into(),
        })
    }

    /// Gives the bases the qualities that a calibration says, where the record that this is has some.
    pub fn recalibrate(&mut self, record: &Record, recalibration: &Recalibration) {
        if !record.quals().is_empty() {
            recalibration.apply(record, &self.bases, &mut self.quals);
        }
    }

    /// First aligned reference base, 0-based.
    pub fn start(&self) -> u32 {
        self.start
    }

    /// One past the last aligned reference base, 0-based.
    pub fn end(&self) -> u32 {
        self.end
    }

    /// Equal for the two reads of a pair, and for no others: a 64-bit hash of read group and name. A
    /// read without a name (`*`) is a fragment of its own.
    pub fn fragment(&self) -> u64 {
        self.fragment
    }

    /// Mapping quality, Phred-scaled.
    pub fn mapq(&self) -> u8 {
        self.mapq
    }

    /// Whether the read is of the reverse strand.
    pub fn is_reverse(&self) -> bool {
        self.reverse
    }

    /// The bases in the direction of the reference, clipped ones included.
    pub fn bases(&self) -> &[u8] {
        &self.bases
    }

    /// Base qualities, Phred-scaled, one for each base: as reported, or recalibrated.
    pub fn quals(&self) -> &[u8] {
        &self.quals
    }

    /// Number of clipped bases before the first aligned one.
    pub fn leading_clip(&self) -> u32 {
        clipped(self.ops.iter())
    }

    /// Number of clipped bases after the last aligned one.
    pub fn trailing_clip(&self) -> u32 {
        clipped(self.ops.iter().rev())
    }

    /// The operations of the alignment, each with the reference offset and the read offset at
    /// which it begins.
    pub fn steps(&self) -> impl Iterator<Item = (CigarOp, u32, usize)> {
        let (mut reference, mut offset) = (self.start, 0);
        self.ops.iter().map(move |&op| {
            let step = (op, reference, offset);
            reference += if op.kind.consumes_reference() { op.len } else { 0 };
            offset += if op.kind.consumes_query() { op.len as usize } else { 0 };
            step
        })
    }

    /// The aligned parts, ascending.
    pub fn segments(&self) -> impl Iterator<Item = Segment> {
        self.steps()
            .filter(|(op, ..)| op.kind.is_aligned())
            .map(|(op, reference, offset)| Segment { reference, offset, len: op.len as usize })
    }

    /// The parts of the reference that it lies over, gaps included, ascending: one, unless it skips some
    /// of the reference (`N`), which is no evidence of anything there.
    pub fn covered(&self) -> impl Iterator<Item = Range<u32>> {
        covered(self.start, self.ops.iter().copied())
    }

    /// Whether it lies over a reference offset, perhaps with a gap; false where it skips it.
    pub fn covers(&self, position: u32) -> bool {
        self.covered().any(|part| part.contains(&position))
    }

    /// The base of the read that is aligned to a reference offset; `None` in gaps and outside.
    pub fn offset_at(&self, position: u32) -> Option<usize> {
        if position < self.start || position >= self.end {
            return None;
        }
        self.segments().find_map(|s| {
            let within = position.checked_sub(s.reference)? as usize;
            (within < s.len).then_some(s.offset + within)
        })
    }

    /// The first aligned base at or after a reference offset: (reference offset, read offset).
    pub fn first_aligned_from(&self, position: u32) -> Option<(u32, usize)> {
        self.segments().find_map(|s| {
            let within = position.saturating_sub(s.reference);
            ((within as usize) < s.len).then(|| (s.reference + within, s.offset + within as usize))
        })
    }

    /// The last aligned base before a reference offset: (reference offset, read offset).
    pub fn last_aligned_before(&self, position: u32) -> Option<(u32, usize)> {
        let before = self.segments().take_while(|s| s.reference < position).last()?;
        let within = (position - 1 - before.reference).min(before.len as u32 - 1);
        Some((before.reference + within, before.offset + within as usize))
    }

    /// Bases between a read offset and the nearer end of the read, clipped bases not counted.
    pub fn distance_to_end(&self, offset: usize) -> u32 {
        let aligned = self.aligned_range();
        let offset = offset.clamp(aligned.start, aligned.end - 1);
        (offset - aligned.start).min(aligned.end - 1 - offset) as u32
    }

    fn aligned_range(&self) -> Range<usize> {
        self.leading_clip() as usize..self.bases.len() - self.trailing_clip() as usize
    }
}

/// The parts of the reference that an alignment lies over, but for what it skips (`N`).
pub(crate) fn covered(
    start: u32,
    ops: impl Iterator<Item = CigarOp>,
) -> impl Iterator<Item = Range<u32>> {
    let mut ops = ops.filter(|op| op.kind.consumes_reference()).peekable();
    let mut at = start;
    std::iter::from_fn(move || {
        while let Some(skipped) = ops.next_if(|op| op.kind == CigarKind::Skip) {
            at += skipped.len;
        }
        let from = at;
        while let Some(op) = ops.next_if(|op| op.kind != CigarKind::Skip) {
            at += op.len;
        }
        (from < at).then_some(from..at)
    })
}

fn clipped<'a>(ops: impl Iterator<Item = &'a CigarOp>) -> u32 {
    let clips = ops.take_while(|op| op.kind.is_clip());
    clips.filter(|op| op.kind == CigarKind::SoftClip).map(|op| op.len).sum()
}

/// Of reads without a name, those that are alike in everything are taken for one.
fn fragment_of(record: &Record) -> u64 {
    let group = record.read_group().unwrap_or_default();
    match record.name() {
        b"" | b"*" => {
            let start = record.start().unwrap_or(0).to_le_bytes();
            let flags = record.flags().0.to_le_bytes();
            let bases = record.bases();
            fragment_hash(group, &[&start[..], &flags[..], &bases[..], record.quals()].concat())
        }
        name => fragment_hash(group, name),
    }
}

/// FNV-1a of 64 bits, then the finaliser of MurmurHash3, so that every bit counts in every bit of
/// the hash. Two lanes may use a name for two fragments, so the read group counts too.
fn fragment_hash(read_group: &[u8], name: &[u8]) -> u64 {
    let bytes = read_group.iter().chain(b"\t").chain(name);
    let fnv = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let mixed = (fnv ^ (fnv >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let mixed = (mixed ^ (mixed >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    mixed ^ (mixed >> 33)
}

#[cfg(test)]
pub(crate) mod tests {
    use wgs_core::ContigIndex;
    use wgs_formats::alignment::{Flags, RecordBuilder};

    use super::*;

    #[test]
    fn names_are_of_their_read_group() {
        let hash = |group: &str, name: &str| fragment_hash(group.as_bytes(), name.as_bytes());
        assert_eq!(hash("L1", "a"), hash("L1", "a"));
        assert_ne!(hash("L1", "a"), hash("L2", "a"));
    }

    #[test]
    fn an_unavailable_mapping_quality_is_none() {
        let mut unknown = record("r", 0, "4M", "ACGT", Flags(0));
        unknown.set_mapq(255);
        assert_eq!(Read::of(&unknown).map(|read| read.mapq()), Some(60));
    }

    /// A read for tests of this crate, of quality 30 and mapping quality 60.
    pub(crate) fn read(name: &str, start: u32, cigar: &str, bases: &str) -> Read {
        Read::of(&record(name, start, cigar, bases, Flags(0))).unwrap()
    }

    pub(crate) fn record(name: &str, start: u32, cigar: &str, bases: &str, flags: Flags) -> Record {
        RecordBuilder::new(name.as_bytes())
            .position(ContigIndex(0), start)
            .flags(flags)
            .mapq(60)
            .cigar(CigarOp::parse(cigar.as_bytes()).unwrap())
            .bases(bases.as_bytes())
            .quals(&vec![30; bases.len()])
            .build()
            .unwrap()
    }

    #[test]
    fn places_in_an_alignment_with_everything() {
        let read = read("r", 100, "2S3M2I2M3D2M1S", "AACCCGGTTACA");
        assert_eq!((read.start(), read.end()), (100, 110));
        assert_eq!((read.leading_clip(), read.trailing_clip()), (2, 1));
        assert_eq!(read.offset_at(99), None);
        assert_eq!(read.offset_at(102), Some(4));
        assert_eq!(read.offset_at(103), Some(7));
        assert_eq!(read.offset_at(106), None);
        assert_eq!(read.offset_at(109), Some(10));
        assert_eq!(read.first_aligned_from(0), Some((100, 2)));
        assert_eq!(read.first_aligned_from(105), Some((108, 9)));
        assert_eq!(read.first_aligned_from(110), None);
        assert_eq!(read.last_aligned_before(107), Some((104, 8)));
        assert_eq!(read.last_aligned_before(500), Some((109, 10)));
        assert_eq!(read.last_aligned_before(100), None);
        assert_eq!((read.distance_to_end(2), read.distance_to_end(9)), (0, 1));
    }

    #[test]
    fn what_is_skipped_is_not_covered() {
        let read = read("r", 100, "2S3M2I2M3D2M50N1M20N4N2M1S", "AACCCGGTTACATTT");
        assert_eq!(read.covered().collect::<Vec<_>>(), [100..110, 160..161, 185..187]);
        assert!(read.covers(106) && !read.covers(110) && read.covers(160));
        assert_eq!(read.end(), 187);
    }

    #[test]
    fn mates_share_a_fragment_and_strangers_do_not() {
        let (a, b) = (read("x", 5, "1M", "A"), read("x", 9, "1M", "A"));
        assert_eq!(a.fragment(), b.fragment());
        assert_ne!(a.fragment(), read("y", 5, "1M", "A").fragment());
    }

    #[test]
    fn reads_without_a_name_are_strangers() {
        let fragment = |name, start, bases: &str| read(name, start, "4M", bases).fragment();
        assert_ne!(fragment("*", 5, "ACGT"), fragment("*", 6, "ACGT"));
        assert_ne!(fragment("*", 5, "ACGT"), fragment("*", 5, "ACGA"));
        assert_eq!(fragment("a", 5, "ACGT"), fragment("a", 6, "ACGA"));
    }

    #[test]
    fn what_is_not_aligned_is_no_read() {
        assert!(Read::of(&Record::default()).is_none());
        assert!(Read::of(&record("r", 3, "4S", "ACGT", Flags(0))).is_none());
    }
}
