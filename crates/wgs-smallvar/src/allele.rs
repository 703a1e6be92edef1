//! A small variant as a replacement of reference bases, in its leftmost form.

use std::ops::Range;

use crate::stretch::Stretch;

/// Copies of a unit in the reference from which on it is a tandem repeat here.
const REPEAT_COPIES: usize = 6;
/// Longest unit of a tandem repeat, in bases.
const REPEAT_UNIT: usize = 6;

/// Reference bases `[start, start + deleted)`, 0-based, give way to `inserted`.
///
/// The form is the smallest: no anchor base as in VCF. An insertion deletes nothing and lies
/// before the base at `start`; a deletion inserts nothing; a substitution does one of each.
///
/// The order is by place, then deletions by length, then inserted bases.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Allele {
    /// First reference base that is replaced, 0-based.
    pub start: u32,
    /// Number of reference bases that are replaced.
    pub deleted: u32,
    /// The bases in their place.
    pub inserted: Vec<u8>,
}

impl Allele {
    /// A substitution of one base.
    pub fn snv(start: u32, base: u8) -> Self {
        Self { start, deleted: 1, inserted: vec![base] }
    }

    /// An insertion before the base at `start`.
    pub fn insertion(start: u32, inserted: Vec<u8>) -> Self {
        Self { start, deleted: 0, inserted }
    }

    /// A deletion of `deleted` bases.
    pub fn deletion(start: u32, deleted: u32) -> Self {
        Self { start, deleted, inserted: Vec::new() }
    }

    /// Whether one base takes the place of another.
    pub fn is_snv(&self) -> bool {
        self.deleted == 1 && self.inserted.len() == 1
    }

    /// One past the last reference base that is replaced, 0-based.
    pub fn end(&self) -> u32 {
        self.start + self.deleted
    }

    /// 0-based place of the VCF record: the base itself, or for insertions and deletions the base
    /// before.
    pub fn anchor(&self) -> u32 {
        if self.is_snv() { self.start } else { self.start.saturating_sub(1) }
    }

    /// Bases gained, or lost where negative.
    pub fn length_change(&self) -> i64 {
        self.inserted.len() as i64 - i64::from(self.deleted)
    }

    /// Whether no haplotype can hold both: they replace the same base, or insert beside what the
    /// other replaces.
    pub fn conflicts(&self, other: &Self) -> bool {
        if self.is_snv() && other.is_snv() {
            return self.start == other.start;
        }
        let touches = |indel: &Self, other: &Self| {
            if other.is_snv() {
                indel.start < other.end() && other.start < indel.end()
            } else {
                indel.start <= other.end() && other.start <= indel.end()
            }
        };
        if self.is_snv() { touches(other, self) } else { touches(self, other) }
    }

    /// Shifts an insertion or deletion to the left as far as the reference allows, keeping a base
    /// before it (Tan et al. 2015, doi:10.1093/bioinformatics/btv112); a substitution stays.
    #[must_use]
    pub fn left_aligned(mut self, reference: &Stretch) -> Self {
        if self.deleted > 0 && !self.inserted.is_empty() {
            return self;
        }
        let mut shift = 0;
        while self.start > 1 {
            let before = reference.base(self.start - 1);
            let last = match self.inserted.len() {
                0 => reference.base(self.end() - 1),
                n => self.inserted[(n - 1 + n - shift % n) % n],
            };
            if before != last || before == b'N' {
                break;
            }
            self.start -= 1;
            shift += 1;
        }
        let n = self.inserted.len();
        if n > 0 {
            self.inserted.rotate_right(shift % n);
        }
        self
    }

    /// The reference bases among which the allele, if it is left-aligned, may be placed without a
    /// difference: from its start to one past the last base that it touches when shifted right.
    pub fn ambiguous_span(&self, reference: &Stretch) -> Range<u32> {
        let mut end = self.end();
        if self.deleted == 0 {
            let n = self.inserted.len();
            let mut shift = 0;
            while n > 0 && reference.base(end) == self.inserted[shift % n] {
                end += 1;
                shift += 1;
            }
        } else if self.inserted.is_empty() {
            while reference.base(end) != b'N'
                && reference.base(end) == reference.base(end - self.deleted)
            {
                end += 1;
            }
        }
        self.start..end
    }
}

impl Allele {
    /// Whether a left-aligned insertion or deletion changes the length of a tandem repeat: at least
    /// six copies of a unit of at most six bases are in the reference.
    pub fn is_in_repeat(&self, reference: &Stretch) -> bool {
        let span = self.ambiguous_span(reference);
        let gained_or_lost =
            if self.deleted > 0 { reference.slice(self.start, self.end()) } else { &self.inserted };
        let unit = period(gained_or_lost);
        !self.is_snv() && unit <= REPEAT_UNIT && span.len() >= REPEAT_COPIES * unit
    }
}

/// The least n for which the bases repeat their first n.
fn period(bases: &[u8]) -> usize {
    let repeats =
        |n: &usize| bases.len().is_multiple_of(*n) && bases[*n..] == bases[..bases.len() - n];
    (1..bases.len()).find(repeats).unwrap_or(bases.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The contig with the allele in place.
    fn applied(reference: &[u8], allele: &Allele) -> Vec<u8> {
        let (start, end) = (allele.start as usize, allele.end() as usize);
        [&reference[..start], &allele.inserted, &reference[end..]].concat()
    }

    #[test]
    fn indels_in_repeats_go_left() {
        let reference = Stretch::new(0, b"GCACACACT".to_vec());
        let deletion = Allele::deletion(6, 2).left_aligned(&reference);
        assert_eq!(deletion, Allele::deletion(1, 2));
        let insertion = Allele::insertion(8, b"AC".to_vec()).left_aligned(&reference);
        assert_eq!(insertion, Allele::insertion(1, b"CA".to_vec()));
        assert_eq!(insertion.ambiguous_span(&reference), 1..8);
        assert_eq!(deletion.ambiguous_span(&reference), 1..8);
        assert_eq!(insertion.anchor(), 0);
    }

    #[test]
    fn repeats_are_told_by_unit_and_copies() {
        let text = format!("GATC{}GCTC{}GTAC", "AC".repeat(7), "T".repeat(5));
        let reference = Stretch::new(0, text.into_bytes());
        assert!(Allele::deletion(4, 4).is_in_repeat(&reference));
        assert!(Allele::insertion(4, b"AC".to_vec()).is_in_repeat(&reference));
        assert!(!Allele::insertion(4, b"GG".to_vec()).is_in_repeat(&reference));
        assert!(!Allele::deletion(22, 1).is_in_repeat(&reference), "five copies");
        assert!(!Allele::snv(6, b'T').is_in_repeat(&reference));
    }

    #[test]
    fn a_base_always_stays_before() {
        let reference = Stretch::new(0, b"AAAAC".to_vec());
        assert_eq!(Allele::deletion(3, 1).left_aligned(&reference).start, 1);
        assert_eq!(Allele::insertion(4, b"A".to_vec()).left_aligned(&reference).start, 1);
    }

    #[test]
    fn shifting_stops_at_unknown_bases() {
        let reference = Stretch::new(0, b"CNNNAAC".to_vec());
        assert_eq!(Allele::deletion(5, 1).left_aligned(&reference).start, 4);
        assert_eq!(Allele::deletion(3, 1).left_aligned(&reference).start, 3);
    }

    #[test]
    fn conflicts_are_symmetric() {
        let pairs = [
            (Allele::snv(5, b'A'), Allele::snv(5, b'C'), true),
            (Allele::snv(5, b'A'), Allele::snv(6, b'C'), false),
            (Allele::snv(5, b'A'), Allele::deletion(5, 1), true),
            (Allele::snv(5, b'A'), Allele::deletion(6, 1), false),
            (Allele::snv(5, b'A'), Allele::insertion(5, b"T".to_vec()), false),
            (Allele::snv(5, b'A'), Allele::insertion(6, b"T".to_vec()), false),
            (Allele::deletion(5, 2), Allele::insertion(7, b"T".to_vec()), true),
            (Allele::insertion(5, b"T".to_vec()), Allele::insertion(5, b"G".to_vec()), true),
            (Allele::deletion(5, 2), Allele::deletion(8, 2), false),
        ];
        for (a, b, expected) in pairs {
            assert_eq!(a.conflicts(&b), expected, "{a:?} {b:?}");
            assert_eq!(b.conflicts(&a), expected, "{b:?} {a:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn the_leftmost_form_is_the_same_sequence(
            reference in "[AC]{12}", start in 2usize..9, deleted in 0u32..4, inserted in "[AC]{1,4}",
        ) {
            let allele = if deleted > 0 {
                Allele::deletion(start as u32, deleted)
            } else {
                Allele::insertion(start as u32, inserted.into_bytes())
            };
            let stretch = Stretch::new(0, reference.clone().into_bytes());
            let left = allele.clone().left_aligned(&stretch);
            let reference = reference.as_bytes();
            proptest::prop_assert_eq!(applied(reference, &left), applied(reference, &allele));
            proptest::prop_assert!(left.start <= allele.start && left.start >= 1);
            let span = left.ambiguous_span(&stretch);
            proptest::prop_assert!(span.start <= allele.start && allele.end() <= span.end);
        }
    }
}
