//! Positions and intervals on one contig.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a number is not a position, or two are not an interval.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PositionError {
    /// Positions of SAM and VCF begin at 1.
    #[error("position 0 is not a 1-based position")]
    Zero,
    /// The end lies before the start.
    #[error("the end {end} lies before the start {start}")]
    EndBeforeStart {
        /// First position, as given.
        start: u32,
        /// Last position, as given.
        end: u32,
    },
}

/// A 1-based position, as SAM, VCF, GFF3 and people write it.
///
/// ```
/// use wgs_core::Pos1;
/// let pos = Pos1::new(10_000_001)?;
/// assert_eq!(pos.to_pos0(), 10_000_000);
/// assert_eq!(Pos1::from_pos0(0).get(), 1);
/// # Ok::<(), wgs_core::PositionError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pos1(u32);

impl Pos1 {
    /// Takes a 1-based number; refuses 0.
    pub fn new(position: u32) -> Result<Self, PositionError> {
        if position == 0 { Err(PositionError::Zero) } else { Ok(Self(position)) }
    }

    /// The position of the base at a 0-based offset.
    ///
    /// # Panics
    ///
    /// At `u32::MAX`, which no contig of SAM reaches.
    pub fn from_pos0(offset: u32) -> Self {
        Self(offset.checked_add(1).expect("contigs are shorter than 2^32"))
    }

    /// The 1-based number.
    pub fn get(self) -> u32 {
        self.0
    }

    /// The 0-based offset of the same base.
    pub fn to_pos0(self) -> u32 {
        self.0 - 1
    }
}

impl fmt::Display for Pos1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A 0-based half-open interval `[start, end)`, as BED and programs write it; it may be empty.
///
/// ```
/// use wgs_core::Interval0;
/// let exon = Interval0::new(9, 20)?;
/// assert_eq!(exon, Interval0::from_1based_inclusive(10, 20)?);
/// assert_eq!(exon.len(), 11);
/// assert!(exon.contains(9) && !exon.contains(20));
/// # Ok::<(), wgs_core::PositionError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Interval0 {
    start: u32,
    end: u32,
}

impl Interval0 {
    /// `[start, end)`, both 0-based.
    pub fn new(start: u32, end: u32) -> Result<Self, PositionError> {
        if end < start {
            return Err(PositionError::EndBeforeStart { start, end });
        }
        Ok(Self { start, end })
    }

    /// The interval that GFF3 or a region string writes as first and last position.
    pub fn from_1based_inclusive(first: u32, last: u32) -> Result<Self, PositionError> {
        let first0 = Pos1::new(first)?.to_pos0();
        if last < first {
            return Err(PositionError::EndBeforeStart { start: first, end: last });
        }
        Ok(Self { start: first0, end: last })
    }

    /// First base, 0-based.
    pub fn start(self) -> u32 {
        self.start
    }

    /// One past the last base, 0-based.
    pub fn end(self) -> u32 {
        self.end
    }

    /// First base, 1-based.
    pub fn first(self) -> Pos1 {
        Pos1::from_pos0(self.start)
    }

    /// Last base, 1-based; meaningless for an empty interval.
    pub fn last(self) -> u32 {
        self.end
    }

    /// Number of bases.
    pub fn len(self) -> u32 {
        self.end - self.start
    }

    /// Whether it holds no base.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether the base at a 0-based offset lies inside.
    pub fn contains(self, offset: u32) -> bool {
        self.start <= offset && offset < self.end
    }

    /// Whether both share at least one base.
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// The bases both hold.
    pub fn intersection(self, other: Self) -> Option<Self> {
        let (start, end) = (self.start.max(other.start), self.end.min(other.end));
        (start < end).then_some(Self { start, end })
    }

    /// Widened by `bases` on both sides, within `[0, contig_len)`.
    pub fn padded(self, bases: u32, contig_len: u32) -> Self {
        let end = self.end.saturating_add(bases).min(contig_len);
        Self { start: self.start.saturating_sub(bases).min(end), end }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_based_zero_is_refused() {
        assert_eq!(Pos1::new(0), Err(PositionError::Zero));
        assert_eq!(Interval0::from_1based_inclusive(0, 5), Err(PositionError::Zero));
    }

    #[test]
    fn reversed_interval_is_refused_as_given() {
        let error = Interval0::from_1based_inclusive(8, 5).unwrap_err();
        assert_eq!(error, PositionError::EndBeforeStart { start: 8, end: 5 });
    }

    #[test]
    fn neighbours_do_not_overlap() {
        let (a, b) = (Interval0::new(0, 10).unwrap(), Interval0::new(10, 20).unwrap());
        assert!(!a.overlaps(b));
        assert_eq!(a.intersection(b), None);
    }

    #[test]
    fn padding_stays_on_the_contig() {
        let padded = Interval0::new(3, 8).unwrap().padded(5, 10);
        assert_eq!((padded.start(), padded.end()), (0, 10));
    }
}
