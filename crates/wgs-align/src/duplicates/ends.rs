//! What makes two templates duplicates: where their reads begin.

use wgs_core::Phred;
use wgs_formats::alignment::Record;

/// Bases of a lower quality do not count for the score.
const MIN_QUALITY: Phred = Phred(15);
/// Largest score of a read; Picard's limit as well.
const MAX_SCORE: u32 = (1 << 14) - 1;
/// Added to positions, so that a read clipped before its contig's first base has one too.
const OFFSET: i64 = 1 << 20;

/// Bits of a template's number.
pub(super) const TEMPLATE_BITS: u32 = 40;
/// Bits of the score of a pair.
const RANK_BITS: u32 = 15;
/// Where the library's bits begin.
const LIBRARY_SHIFT: u32 = TEMPLATE_BITS + RANK_BITS;
/// Libraries that a sample may have.
pub(crate) const MAX_LIBRARIES: usize = 1 << (64 - LIBRARY_SHIFT);
/// The bit that is clear in a mark and set in a fragment.
const FRAGMENT: u64 = 1 << (TEMPLATE_BITS + 14);

/// The 5' end of a mapped read, as if nothing of it had been clipped, and its score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct End {
    /// Contig, position and strand, from the high to the low bits.
    place: u64,
    score: u32,
}

impl End {
    /// The end of a record; none if it is unmapped.
    pub(crate) fn of(record: &Record) -> Option<Self> {
        if record.flags().is_unmapped() {
            return None;
        }
        let (contig, start) = (record.ref_index()?.0 as u64, record.start()?);
        let reverse = record.flags().is_reverse();
        let five_prime = if reverse {
            i64::from(start) + i64::from(record.reference_span()) - 1 + trailing_clip(record)
        } else {
            i64::from(start) - leading_clip(record)
        };
        let position = (five_prime + OFFSET).clamp(0, i64::from(u32::MAX)) as u64;
        let place = contig << 33 | position << 1 | u64::from(reverse);
        Some(Self { place, score: score(record.quals()) })
    }
}

fn leading_clip(record: &Record) -> i64 {
    let clips = record.cigar().take_while(|op| op.kind.is_clip());
    clips.map(|op| i64::from(op.len)).sum()
}

fn trailing_clip(record: &Record) -> i64 {
    record.cigar().fold(0, |sum, op| if op.kind.is_clip() { sum + i64::from(op.len) } else { 0 })
}

fn score(quals: &[u8]) -> u32 {
    let sum: u32 = quals.iter().filter(|&&q| q >= MIN_QUALITY.0).map(|&q| u32::from(q)).sum();
    sum.min(MAX_SCORE)
}

/// The key of a template whose reads are both mapped: the lower end, the higher end, then
/// library, the better score first, and the template's number.
pub(super) fn pair_key(library: usize, template: u64, first: End, second: End) -> [u64; 3] {
    let rank = u64::from(2 * MAX_SCORE - (first.score + second.score));
    let (low, high) = (first.place.min(second.place), first.place.max(second.place));
    [low, high, (library as u64) << LIBRARY_SHIFT | rank << TEMPLATE_BITS | template]
}

/// The key of a template with one mapped read: its end, then library, the better score first, and
/// the template's number.
pub(super) fn fragment_key(library: usize, template: u64, end: End) -> [u64; 2] {
    let rank = u64::from(MAX_SCORE - end.score);
    [end.place, (library as u64) << LIBRARY_SHIFT | FRAGMENT | rank << TEMPLATE_BITS | template]
}

/// The mark that a pair has an end in a place; comes before the fragments there.
pub(super) fn mark_key(place: u64, library: usize) -> [u64; 2] {
    [place, (library as u64) << LIBRARY_SHIFT]
}

/// The library of the last number of a key.
pub(super) fn library_of(tail: u64) -> usize {
    (tail >> LIBRARY_SHIFT) as usize
}

/// The template's number in the last number of a key.
pub(super) fn template_of(tail: u64) -> u64 {
    tail & ((1 << TEMPLATE_BITS) - 1)
}

/// Whether the last number of a key is a fragment's, not a mark's.
pub(super) fn is_fragment(tail: u64) -> bool {
    tail & FRAGMENT != 0
}

#[cfg(test)]
mod tests {
    use wgs_core::ContigIndex;
    use wgs_formats::alignment::{CigarOp, Flags, RecordBuilder};

    use super::*;

    fn end(flags: u16, start: u32, cigar: &[u8], quals: &[u8]) -> Option<End> {
        let record = RecordBuilder::new(b"r")
            .flags(Flags(flags))
            .position(ContigIndex(1), start)
            .cigar(CigarOp::parse(cigar).unwrap())
            .bases(&vec![b'A'; quals.len()])
            .quals(quals)
            .build()
            .unwrap();
        End::of(&record)
    }

    #[test]
    fn clipping_does_not_move_an_end() {
        let quals = [30; 10];
        let place = |flags, start, cigar: &[u8]| end(flags, start, cigar, &quals).unwrap().place;
        assert_eq!(place(0, 100, b"10M"), place(0, 103, b"3S7M"));
        assert_eq!(place(0, 100, b"10M"), place(0, 105, b"2H3S7M"));
        assert_eq!(place(0, 100, b"10M"), place(0, 100, b"5M5S"));
        assert_eq!(place(16, 100, b"10M"), place(16, 100, b"6M4S"));
        assert_eq!(place(16, 100, b"10M"), place(16, 103, b"3S7M"));
        assert_eq!(place(16, 100, b"10M"), place(16, 98, b"3S2M3D4M1S2H"));
        assert_ne!(place(16, 91, b"10M"), place(0, 100, b"10M"), "strands differ");
        assert_ne!(place(0, 101, b"10M"), place(0, 100, b"10M"));
    }

    #[test]
    fn an_end_may_lie_before_the_contig() {
        let at_zero = end(0, 0, b"10M", &[30; 10]).unwrap().place;
        let before = end(0, 0, b"4S6M", &[30; 10]).unwrap().place;
        assert!(before < at_zero);
    }

    #[test]
    fn only_good_qualities_count() {
        assert_eq!(end(0, 0, b"4M", &[14, 15, 40, 2]).unwrap().score, 55);
        assert_eq!(end(0, 0, b"500M", &[90; 500]).unwrap().score, MAX_SCORE);
        assert!(end(4, 0, b"*", &[30]).is_none());
    }

    #[test]
    fn the_better_and_then_the_earlier_comes_first() {
        let (good, bad) =
            (end(0, 5, b"2M", &[40; 2]).unwrap(), end(0, 5, b"2M", &[20; 2]).unwrap());
        let mate = end(16, 50, b"2M", &[30; 2]).unwrap();
        assert!(pair_key(1, 9, good, mate) < pair_key(1, 2, bad, mate));
        assert!(pair_key(1, 2, good, mate) < pair_key(1, 9, mate, good));
        assert_eq!(pair_key(1, 2, good, mate), pair_key(1, 2, mate, good));
        assert!(mark_key(good.place, 3) < fragment_key(3, 0, good));
        assert!(fragment_key(3, 7, good) < fragment_key(3, 1, bad));
        let tail = fragment_key(511, (1 << 40) - 1, bad)[1];
        assert_eq!((library_of(tail), template_of(tail)), (511, (1 << 40) - 1));
        assert!(is_fragment(tail) && !is_fragment(mark_key(5, 511)[1]));
    }
}
