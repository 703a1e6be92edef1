//! An allele, and how far it can move towards the 3' end of a transcript.

use std::cell::OnceCell;

use wgs_core::{ContigIndex, Interval0};
use wgs_formats::genome::Genome;

use super::{code::reverse_complement, locus::Locus};
use crate::Strand;

/// Bases on either side within which an insertion or deletion is moved.
const MOVED_WITHIN_BP: usize = 1_000;

/// Bases that are read at once while it moves.
const STRIDE: i64 = 64;

/// An allele as it is compared with the reference, in upper case; on the contig's strand, 0-based.
/// An insertion has no reference bases, a deletion no alternate ones.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) contig: ContigIndex,
    pub(crate) start: i64,
    pub(crate) forward: Alleles,
    /// As the other strand reads them.
    reverse: OnceCell<Alleles>,
    /// What is moved on the forward and on the reverse strand.
    moves: [OnceCell<Move>; 2],
}

/// Reference and alternate bases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Alleles {
    pub(crate) reference: Vec<u8>,
    pub(crate) alternate: Vec<u8>,
}

/// An insertion or deletion at the last place towards the 3' end where it means the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Move {
    /// Bases that it moves.
    pub(crate) by: i64,
    /// What is inserted there, as the strand reads it.
    pub(crate) inserted: Vec<u8>,
    /// Whether the bases before it are those that are inserted.
    pub(crate) copies: bool,
}

impl Change {
    pub(crate) fn new(contig: ContigIndex, start: u32, reference: &[u8], alternate: &[u8]) -> Self {
        Self {
            contig,
            start: start.into(),
            forward: Alleles { reference: reference.to_vec(), alternate: alternate.to_vec() },
            reverse: OnceCell::new(),
            moves: [OnceCell::new(), OnceCell::new()],
        }
    }

    /// One past the last base that is replaced; the start for an insertion.
    pub(crate) fn end(&self) -> i64 {
        self.start + self.forward.reference.len() as i64
    }

    pub(crate) fn is_insertion(&self) -> bool {
        self.forward.reference.is_empty()
    }

    pub(crate) fn is_deletion(&self) -> bool {
        self.forward.alternate.is_empty()
    }

    pub(crate) fn is_substitution_of_one(&self) -> bool {
        self.forward.reference.len() == 1 && self.forward.alternate.len() == 1
    }

    /// Whether as many bases come as go.
    pub(crate) fn keeps_length(&self) -> bool {
        self.forward.reference.len() == self.forward.alternate.len()
    }

    pub(crate) fn shortens(&self) -> bool {
        self.forward.alternate.len() < self.forward.reference.len()
    }

    pub(crate) fn lengthens(&self) -> bool {
        self.forward.alternate.len() > self.forward.reference.len()
    }

    /// Whether the alternate bases are all known.
    pub(crate) fn is_named(&self) -> bool {
        self.forward.alternate.iter().all(|base| b"ACGT".contains(base))
    }

    /// Whether the bases on both sides are known, and can be translated.
    pub(crate) fn is_readable(&self) -> bool {
        self.is_named() && self.forward.reference.iter().all(|base| b"ACGT".contains(base))
    }

    /// The alleles as a strand reads them.
    pub(crate) fn oriented(&self, strand: Strand) -> &Alleles {
        match strand {
            Strand::Forward => &self.forward,
            Strand::Reverse => self.reverse.get_or_init(|| Alleles {
                reference: reverse_complement(&self.forward.reference),
                alternate: reverse_complement(&self.forward.alternate),
            }),
        }
    }

    /// Where it lies on a strand after it was moved.
    pub(crate) fn moved(&self, genome: &Genome, strand: Strand) -> &Move {
        self.moves[usize::from(strand == Strand::Reverse)].get_or_init(|| {
            let mut cursor = Cursor::new(genome, self.contig);
            match strand {
                Strand::Forward => self.moved_forward(&mut cursor),
                Strand::Reverse => self.moved_back(&mut cursor),
            }
        })
    }

    /// How far it moves on the contig for a transcript, if it does.
    pub(crate) fn signed_shift(&self, genome: &Genome, locus: &Locus) -> Option<i64> {
        let by = self.moved(genome, locus.strand).by;
        (by != 0).then(|| locus.either(by, -by))
    }

    /// What is moved: all of an insertion or deletion; nothing of any other change.
    fn movable(&self) -> &[u8] {
        match (self.is_insertion(), self.is_deletion()) {
            (true, _) => &self.forward.alternate,
            (_, true) => &self.forward.reference,
            _ => &[],
        }
    }

    fn moved_forward(&self, cursor: &mut Cursor<'_>) -> Move {
        let bases = self.movable();
        let length = bases.len();
        let most = (MOVED_WITHIN_BP + 1).saturating_sub(length);
        let expected = |n: usize, cursor: &mut Cursor<'_>| match n.checked_sub(length) {
            None => Some(bases[n]),
            Some(before) => cursor.base(self.end() + before as i64),
        };
        let follows = |n: usize, cursor: &mut Cursor<'_>| {
            let next = cursor.base(self.end() + n as i64);
            next.is_some() && next == expected(n, cursor)
        };
        let by =
            if length == 0 { 0 } else { (0..most).take_while(|&n| follows(n, cursor)).count() };
        let mut moved = Move { by: by as i64, ..Move::default() };
        if self.is_insertion() {
            moved.inserted = bases.to_vec();
            moved.inserted.rotate_left(by % length.max(1));
            let from = self.start + moved.by - length as i64;
            let before = (from..).map(|at| cursor.base(at));
            moved.copies = { before }.zip(&moved.inserted).all(|(g, b)| g == Some(*b));
        }
        moved
    }

    fn moved_back(&self, cursor: &mut Cursor<'_>) -> Move {
        let bases = self.movable();
        let length = bases.len();
        let most = (MOVED_WITHIN_BP + 1).saturating_sub(length);
        let expected = |n: usize, cursor: &mut Cursor<'_>| match n.checked_sub(length) {
            None => Some(bases[length - 1 - n]),
            Some(before) => cursor.base(self.start - 1 - before as i64),
        };
        let precedes = |n: usize, cursor: &mut Cursor<'_>| {
            let next = cursor.base(self.start - 1 - n as i64);
            next.is_some() && next == expected(n, cursor)
        };
        let by =
            if length == 0 { 0 } else { (0..most).take_while(|&n| precedes(n, cursor)).count() };
        let mut moved = Move { by: by as i64, ..Move::default() };
        if self.is_insertion() {
            let mut inserted = bases.to_vec();
            inserted.rotate_right(by % length.max(1));
            let after = (self.start - moved.by..).map(|at| cursor.base(at));
            moved.copies = { after }.zip(&inserted).all(|(g, b)| g == Some(*b));
            moved.inserted = reverse_complement(&inserted);
        }
        moved
    }
}

/// Single bases of a contig, read in strides.
struct Cursor<'a> {
    genome: &'a Genome,
    contig: ContigIndex,
    start: i64,
    bases: Vec<u8>,
}

impl<'a> Cursor<'a> {
    fn new(genome: &'a Genome, contig: ContigIndex) -> Self {
        Self { genome, contig, start: 0, bases: Vec::new() }
    }

    /// The base at a place; `None` beyond the contig.
    fn base(&mut self, at: i64) -> Option<u8> {
        let known = |cursor: &Self| {
            usize::try_from(at - cursor.start).ok().and_then(|i| cursor.bases.get(i)).copied()
        };
        known(self).or_else(|| {
            self.start = u32::try_from(at).ok()?.saturating_sub(STRIDE as u32).into();
            let end = u32::try_from(at + STRIDE).ok()?;
            let stride = Interval0::new(self.start as u32, end).expect("it begins before it ends");
            self.genome.fetch_into(self.contig, stride, &mut self.bases);
            known(self)
        })
    }
}
