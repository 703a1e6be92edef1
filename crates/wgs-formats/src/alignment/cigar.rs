//! Operations of an alignment.

use std::fmt;

use super::RecordError;

/// Longest operation that BAM can hold, in bases.
const MAX_OP_LEN: u32 = (1 << 28) - 1;

/// What an operation of a CIGAR does (SAM v1 §1.4, column 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum CigarKind {
    /// `M`: aligned, equal or not.
    Match = 0,
    /// `I`: bases that the reference lacks.
    Insertion = 1,
    /// `D`: reference bases that the read lacks.
    Deletion = 2,
    /// `N`: skipped reference, an intron.
    Skip = 3,
    /// `S`: clipped bases that stand in SEQ.
    SoftClip = 4,
    /// `H`: clipped bases that do not stand in SEQ.
    HardClip = 5,
    /// `P`: silent deletion from a padded reference.
    Padding = 6,
    /// `=`: aligned and equal.
    Equal = 7,
    /// `X`: aligned and different.
    Different = 8,
}

impl CigarKind {
    const ALL: [Self; 9] = [
        Self::Match,
        Self::Insertion,
        Self::Deletion,
        Self::Skip,
        Self::SoftClip,
        Self::HardClip,
        Self::Padding,
        Self::Equal,
        Self::Different,
    ];

    /// Whether it uses bases of the read (`MIS=X`).
    #[inline]
    pub fn consumes_query(self) -> bool {
        matches!(
            self,
            Self::Match | Self::Insertion | Self::SoftClip | Self::Equal | Self::Different
        )
    }

    /// Whether it uses bases of the reference (`MDN=X`).
    #[inline]
    pub fn consumes_reference(self) -> bool {
        matches!(self, Self::Match | Self::Deletion | Self::Skip | Self::Equal | Self::Different)
    }

    /// Whether it aligns read bases to reference bases (`M=X`).
    #[inline]
    pub fn is_aligned(self) -> bool {
        matches!(self, Self::Match | Self::Equal | Self::Different)
    }

    /// Whether it is a clip (`SH`).
    #[inline]
    pub fn is_clip(self) -> bool {
        matches!(self, Self::SoftClip | Self::HardClip)
    }

    /// The letter of SAM.
    pub fn letter(self) -> char {
        char::from(b"MIDNSHP=X"[self as usize])
    }

    /// The kind of a letter of SAM.
    pub fn from_letter(letter: u8) -> Option<Self> {
        let code = b"MIDNSHP=X".iter().position(|&l| l == letter)?;
        Self::ALL.get(code).copied()
    }
}

/// One operation of a CIGAR.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CigarOp {
    /// What it does.
    pub kind: CigarKind,
    /// Over how many bases; below 2^28.
    pub len: u32,
}

impl CigarOp {
    /// An operation.
    pub fn new(kind: CigarKind, len: u32) -> Self {
        Self { kind, len }
    }

    /// The operations of a CIGAR text; `*` has none.
    ///
    /// ```
    /// use wgs_formats::alignment::{CigarKind, CigarOp};
    /// let ops = CigarOp::parse(b"3S97M")?;
    /// assert_eq!(ops[1], CigarOp::new(CigarKind::Match, 97));
    /// # Ok::<(), wgs_formats::alignment::RecordError>(())
    /// ```
    pub fn parse(text: &[u8]) -> Result<Vec<CigarOp>, RecordError> {
        if text == b"*" {
            return Ok(Vec::new());
        }
        let wrong = || RecordError::Cigar(String::from_utf8_lossy(text).into_owned());
        let (mut ops, mut len) = (Vec::new(), None);
        for &b in text {
            if b.is_ascii_digit() {
                let grown = len.unwrap_or(0) * 10 + u32::from(b - b'0');
                len = Some(Some(grown).filter(|&l| l <= MAX_OP_LEN).ok_or_else(wrong)?);
            } else {
                let kind = CigarKind::from_letter(b).ok_or_else(wrong)?;
                ops.push(Self { kind, len: len.take().ok_or_else(wrong)? });
            }
        }
        if ops.is_empty() || len.is_some() { Err(wrong()) } else { Ok(ops) }
    }

    /// As BAM packs it.
    #[inline]
    pub(super) fn packed(self) -> u32 {
        self.len << 4 | self.kind as u32
    }

    #[inline]
    pub(super) fn unpack(packed: u32) -> Option<Self> {
        let kind = *CigarKind::ALL.get((packed & 15) as usize)?;
        Some(Self { kind, len: packed >> 4 })
    }

    pub(super) fn check(self) -> Result<(), RecordError> {
        if self.len > MAX_OP_LEN { Err(RecordError::Cigar(self.to_string())) } else { Ok(()) }
    }
}

impl fmt::Display for CigarOp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.len, self.kind.letter())
    }
}

/// The operations of a record, in the direction of the reference.
#[derive(Clone, Debug)]
pub struct Cigar<'a>(&'a [u8]);

impl<'a> Cigar<'a> {
    pub(super) fn new(packed: &'a [u8]) -> Self {
        Self(packed)
    }

    /// Reference bases that it covers.
    pub fn reference_span(&self) -> u32 {
        self.clone().filter(|op| op.kind.consumes_reference()).map(|op| op.len).sum()
    }

    /// Read bases that it covers.
    pub fn query_span(&self) -> u32 {
        self.clone().filter(|op| op.kind.consumes_query()).map(|op| op.len).sum()
    }
}

impl Iterator for Cigar<'_> {
    type Item = CigarOp;

    #[inline]
    fn next(&mut self) -> Option<CigarOp> {
        let (packed, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        CigarOp::unpack(u32::from_le_bytes(*packed))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.0.len() / 4, Some(self.0.len() / 4))
    }
}

impl DoubleEndedIterator for Cigar<'_> {
    #[inline]
    fn next_back(&mut self) -> Option<CigarOp> {
        let (rest, packed) = self.0.split_last_chunk()?;
        self.0 = rest;
        CigarOp::unpack(u32::from_le_bytes(*packed))
    }
}

impl ExactSizeIterator for Cigar<'_> {}

impl fmt::Display for Cigar<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("*");
        }
        self.clone().try_for_each(|op| op.fmt(f))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_cigar_is_refused() {
        for text in ["", "M", "5", "5M3", "5Z", "268435456M", "99999999999M", "*5M"] {
            assert!(CigarOp::parse(text.as_bytes()).is_err(), "{text} must be refused");
        }
        assert_eq!(CigarOp::parse(b"*"), Ok(vec![]));
        assert_eq!(CigarOp::parse(b"268435455M").map(|ops| ops[0].len), Ok(268_435_455));
    }

    #[test]
    fn every_operation_comes_back() {
        let text = "1H2S3M4I5D6N7P8=9X";
        let ops = CigarOp::parse(text.as_bytes()).unwrap();
        let packed: Vec<u8> = ops.iter().flat_map(|op| op.packed().to_le_bytes()).collect();
        let cigar = Cigar::new(&packed);
        assert_eq!(cigar.to_string(), text);
        assert_eq!(cigar.reference_span(), 3 + 5 + 6 + 8 + 9);
        assert_eq!(cigar.query_span(), 2 + 3 + 4 + 8 + 9);
        assert_eq!(
            cigar.clone().rev().collect::<Vec<_>>(),
            ops.into_iter().rev().collect::<Vec<_>>()
        );
    }
}
