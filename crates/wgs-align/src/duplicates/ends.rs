//! What makes two templates duplicates: where their reads begin.

use wgs_core::Phred;
use wgs_formats::alignment::Record;

use super::location::Location;

/// Bases of a lower quality do not count for the score.
const MIN_QUALITY: Phred = Phred(15);
/// Largest score of a read; Picard's limit as well.
const MAX_SCORE: i32 = (1 << 14) - 1;
/// What a read that failed the vendor's checks has less.
const FAILED: i32 = 1 << 14;
/// Added to positions, so that a read clipped before its contig's first base has one too.
const OFFSET: i64 = 1 << 20;

/// Bits of a template's number.
pub(super) const TEMPLATE_BITS: u32 = 40;
/// Bits of the score of a pair.
const RANK_BITS: u32 = 16;
/// Bits of a tile.
const TILE_BITS: u32 = 16;
/// Bits of an x that stand beside the tile; the others come after them.
const HIGH_X_BITS: u32 = 23;
const LOW_X_BITS: u32 = 32 - HIGH_X_BITS;
/// Bits of the distance of a record's start from the 5' end, and its strand.
const OFFSET_BITS: u32 = 19;
/// Bits of a read group.
const GROUP_BITS: u32 = 16;
/// Where the bits of what follows the score begin.
const RANK_SHIFT: u32 = TILE_BITS + HIGH_X_BITS;
/// Where the library's bits begin.
const LIBRARY_SHIFT: u32 = RANK_SHIFT + RANK_BITS;
/// Libraries that a sample may have.
pub(crate) const MAX_LIBRARIES: usize = 1 << (64 - LIBRARY_SHIFT);
/// The bit that is clear in a mark and set in a fragment: its rank is below it.
const FRAGMENT: u64 = 1 << (RANK_SHIFT + RANK_BITS - 1);

/// The 5' end of a mapped read, as if nothing of it had been clipped, and its score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct End {
    /// Contig, position and strand, from the high to the low bits.
    place: u64,
    score: i32,
    /// Orders the records of one place as the sorted file does: by their start, then strand.
    offset: u64,
}

/// What duplicates are told apart by, besides their ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin {
    /// Which of the sample's libraries.
    pub(crate) library: usize,
    /// Which of its read groups.
    pub(crate) read_group: usize,
    /// Number of the template in the sample.
    pub(crate) template: u64,
    /// Where its cluster lay.
    pub(crate) location: Location,
}

impl End {
    /// The end of a record; none if it is unmapped.
    pub(crate) fn of(record: &Record) -> Option<Self> {
        if record.flags().is_unmapped() {
            return None;
        }
        let (contig, start) = (record.ref_index()?.0 as u64, i64::from(record.start()?));
        let reverse = record.flags().is_reverse();
        let five_prime = if reverse {
            start + i64::from(record.reference_span()) - 1 + trailing_clip(record)
        } else {
            start - leading_clip(record)
        };
        let position = (five_prime + OFFSET).clamp(0, i64::from(u32::MAX)) as u64;
        let place = contig << 33 | position << 1 | u64::from(reverse);
        let most = 1 << (OFFSET_BITS - 2);
        let offset = (start - five_prime).clamp(-most, most - 1) + most;
        let offset = (offset as u64) << 1 | u64::from(reverse);
        let failed = record.flags().is_qc_fail();
        let score = score(record.quals()) - if failed { FAILED } else { 0 };
        Some(Self { place, score, offset })
    }

    fn is_reverse(self) -> bool {
        self.place & 1 == 1
    }
}

fn leading_clip(record: &Record) -> i64 {
    let clips = record.cigar().take_while(|op| op.kind.is_clip());
    clips.map(|op| i64::from(op.len)).sum()
}

fn trailing_clip(record: &Record) -> i64 {
    record.cigar().fold(0, |sum, op| if op.kind.is_clip() { sum + i64::from(op.len) } else { 0 })
}

fn score(quals: &[u8]) -> i32 {
    let sum: u32 = quals.iter().filter(|&&q| q >= MIN_QUALITY.0).map(|&q| u32::from(q)).sum();
    sum.min(MAX_SCORE as u32) as i32
}

/// The last three numbers of a key: library, the better score first, tile, x and y; then what orders
/// records in the sorted file, which are the offset of the start and the template's number.
fn tail(origin: &Origin, rank: u64, offset: u64, extra: u64) -> [u64; 3] {
    // Numbers with a sign, in their order.
    let ordered = |number: i32| u64::from(number as u32 ^ 1 << 31);
    let Location { tile, x, y } = origin.location;
    let (tile, x, y) = (u64::from(tile as u16 ^ 1 << 15), ordered(x), ordered(y));
    let first = (origin.library as u64) << LIBRARY_SHIFT
        | rank << RANK_SHIFT
        | tile << HIGH_X_BITS
        | x >> LOW_X_BITS;
    let mut rest = u128::from(x & ((1 << LOW_X_BITS) - 1));
    for (bits, value) in [
        (32, y),
        (OFFSET_BITS, offset),
        (TEMPLATE_BITS, origin.template),
        (GROUP_BITS, origin.read_group as u64),
        (1, extra),
    ] {
        rest = rest << bits | u128::from(value);
    }
    let unused = 128 - (LOW_X_BITS + 32 + OFFSET_BITS + TEMPLATE_BITS + GROUP_BITS + 1);
    let rest = rest << unused;
    [first, (rest >> 64) as u64, rest as u64]
}

/// The key of a template whose first and last read are both mapped: the lower end, the higher end,
/// then library, the better score first, and what breaks ties.
pub(super) fn pair_key(origin: &Origin, first: End, last: End) -> [u64; 5] {
    let rank = (2 * MAX_SCORE - (first.score + last.score)) as u64;
    let (low, high) = (first.place.min(last.place), first.place.max(last.place));
    // Of two ends in one position, that of the record which comes first in the file.
    let by_file = |end: &End| (end.place >> 1, end.offset);
    let offset = if by_file(&first) <= by_file(&last) { first.offset } else { last.offset };
    let [a, b, c] = tail(origin, rank, offset, u64::from(first.is_reverse()));
    [low, high, a, b, c]
}

/// The key of a template with one mapped read: its end, then library, the better score first, and
/// what breaks ties.
pub(super) fn fragment_key(origin: &Origin, end: End) -> [u64; 4] {
    let rank = (MAX_SCORE - end.score) as u64;
    let [a, b, c] = tail(origin, rank, end.offset, 0);
    [end.place, a | FRAGMENT, b, c]
}

/// The mark that a pair has an end in a place; comes before the fragments there.
pub(super) fn mark_key(place: u64, library: usize) -> [u64; 4] {
    [place, (library as u64) << LIBRARY_SHIFT, 0, 0]
}

/// The library in a number of a key.
pub(super) fn library_of(number: u64) -> usize {
    (number >> LIBRARY_SHIFT) as usize
}

/// Whether a number of a key is a fragment's, not a mark's.
pub(super) fn is_fragment(number: u64) -> bool {
    number & FRAGMENT != 0
}

/// What the end of a pair's key says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PairTail {
    pub(super) location: Location,
    pub(super) offset: u64,
    pub(super) template: u64,
    pub(super) read_group: u16,
    pub(super) first_reverse: bool,
}

impl PairTail {
    /// Of the last three numbers of a pair's or a fragment's key.
    pub(super) fn of([first, second, third]: [u64; 3]) -> Self {
        let mut rest = u128::from(second) << 64 | u128::from(third);
        let mut take = |bits: u32| {
            let value = (rest >> (128 - bits)) as u64;
            rest <<= bits;
            value
        };
        let low_x = take(LOW_X_BITS);
        let y = take(32);
        let x = (first & ((1 << HIGH_X_BITS) - 1)) << LOW_X_BITS | low_x;
        let signed = |number: u64| (number as u32 ^ 1 << 31) as i32;
        let tile = ((first >> HIGH_X_BITS) as u16 ^ 1 << 15) as i16;
        Self {
            location: Location { tile, x: signed(x), y: signed(y) },
            offset: take(OFFSET_BITS),
            template: take(TEMPLATE_BITS),
            read_group: take(GROUP_BITS) as u16,
            first_reverse: take(1) == 1,
        }
    }
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

    fn origin(library: usize, template: u64) -> Origin {
        Origin { library, read_group: 0, template, location: Location::UNKNOWN }
    }

    #[test]
    fn the_better_and_then_the_earlier_comes_first() {
        let (good, bad) =
            (end(0, 5, b"2M", &[40; 2]).unwrap(), end(0, 5, b"2M", &[20; 2]).unwrap());
        let failed = end(512, 5, b"2M", &[40; 2]).unwrap();
        let mate = end(16, 50, b"2M", &[30; 2]).unwrap();
        let pair = |template, first, last| pair_key(&origin(1, template), first, last);
        assert!(pair(9, good, mate) < pair(2, bad, mate));
        assert!(pair(9, bad, mate) < pair(2, failed, mate));
        assert!(pair(2, good, mate) < pair(9, mate, good));
        assert_eq!(pair(2, good, mate)[..4], pair(2, mate, good)[..4]);
        let fragment = |template, end| fragment_key(&origin(3, template), end);
        assert!(mark_key(good.place, 3) < fragment(0, good));
        assert!(fragment(7, good) < fragment(1, bad));
        assert!(fragment(7, bad) < fragment(1, failed));
        assert!(is_fragment(fragment(7, failed)[1]) && !is_fragment(mark_key(5, 511)[1]));
        assert_eq!(library_of(fragment_key(&origin(511, 0), failed)[1]), 511);
    }

    #[test]
    fn ties_are_broken_by_the_place_on_the_flow_cell_and_then_in_the_file() {
        let at = |tile, x, y| Location { tile, x, y };
        let of = |location, read_group, template, end, last| {
            pair_key(&Origin { location, library: 0, read_group, template }, end, last)
        };
        let quals = [30; 10];
        let whole = end(0, 100, b"10M", &quals).unwrap();
        let clipped = end(0, 102, b"2S8M", &quals).unwrap();
        let mate = end(16, 300, b"10M", &quals).unwrap();
        let keys = [
            of(Location::UNKNOWN, 5, 9, whole, mate),
            of(at(1, -5, 3), 5, 8, whole, mate),
            of(at(1, 4, 600), 5, 7, whole, mate),
            of(at(1, 600, -2), 5, 6, whole, mate),
            of(at(1, 600, 2), 5, 5, whole, mate),
            of(at(2, 1, 1), 9, 4, whole, mate),
            of(at(2, 1, 1), 3, 5, whole, mate),
            of(at(2, 1, 1), 3, 1, clipped, mate),
            of(at(2, 1, 1), 3, 2, mate, clipped),
        ];
        assert!(keys.is_sorted());
        let back = PairTail::of([keys[3][2], keys[3][3], keys[3][4]]);
        assert_eq!((back.location, back.template, back.read_group), (at(1, 600, -2), 6, 5));
        assert!(!back.first_reverse);
        let back = PairTail::of([keys[8][2], keys[8][3], keys[8][4]]);
        assert!(back.first_reverse && back.offset == clipped.offset);
        let most = Origin {
            location: at(i16::MAX, i32::MIN, i32::MAX),
            library: 511,
            read_group: 65_535,
            template: (1 << 40) - 1,
        };
        let key = pair_key(&most, mate, whole);
        let back = PairTail::of([key[2], key[3], key[4]]);
        assert_eq!((back.location, back.template), (most.location, most.template));
        assert_eq!((back.read_group, library_of(key[2])), (65_535, 511));
    }

    #[test]
    fn of_ends_in_one_position_that_of_the_earlier_record_counts() {
        let quals = [30; 10];
        let forward = end(0, 100, b"10M", &quals).unwrap();
        let reverse = end(16, 91, b"10M", &quals).unwrap();
        assert_eq!(forward.place >> 1, reverse.place >> 1);
        let key = pair_key(&origin(0, 0), forward, reverse);
        assert_eq!(PairTail::of([key[2], key[3], key[4]]).offset, reverse.offset);
    }
}
