//! Regions such as `chr20:10,000-20,000`, read against a list of contigs.

use crate::{ContigIndex, ContigList, Interval0, PositionError};

/// A part of one contig.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region {
    /// The contig's place in its list.
    pub contig: ContigIndex,
    /// The part, 0-based and half-open.
    pub interval: Interval0,
}

/// Why a text is not a region of these contigs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegionError {
    /// No contig has this name.
    #[error("region {0:?}: no such contig in the reference")]
    UnknownContig(String),
    /// The part after the colon is not `START`, `START-` or `START-END`.
    #[error("region {0:?}: expected CONTIG, CONTIG:START or CONTIG:START-END")]
    Syntax(String),
    /// Start is 0, or the end lies before it.
    #[error("region {text:?}: {source}")]
    Position {
        /// The region as given.
        text: String,
        /// What is wrong with its numbers.
        source: PositionError,
    },
    /// The region leaves its contig.
    #[error("region {text:?}: the contig has only {length} bases")]
    OutsideContig {
        /// The region as given.
        text: String,
        /// Length of the contig in bases.
        length: u32,
    },
}

impl Region {
    /// Reads `CONTIG`, `CONTIG:START` (to the contig's end) or `CONTIG:START-END`; positions are
    /// 1-based and inclusive and may hold commas. A text that is a contig's whole name is that
    /// contig, whatever colons it holds.
    pub fn parse(text: &str, contigs: &ContigList) -> Result<Self, RegionError> {
        let whole = |contig: ContigIndex| contigs.get(contig).map_or(0, |c| c.length);
        if let Some(contig) = contigs.index_of(text) {
            let interval = position(text, Interval0::new(0, whole(contig)))?;
            return Ok(Self { contig, interval });
        }
        let unknown = || RegionError::UnknownContig(text.to_owned());
        let (name, range) = text.rsplit_once(':').ok_or_else(unknown)?;
        let contig = contigs.index_of(name).ok_or_else(unknown)?;
        let length = whole(contig);
        let (first, last) = match range.split_once('-') {
            None => (number(text, range)?, length),
            Some((first, "")) => (number(text, first)?, length),
            Some((first, last)) => (number(text, first)?, number(text, last)?),
        };
        if first > length || last > length {
            return Err(RegionError::OutsideContig { text: text.to_owned(), length });
        }
        let interval = position(text, Interval0::from_1based_inclusive(first, last))?;
        Ok(Self { contig, interval })
    }
}

fn number(text: &str, digits: &str) -> Result<u32, RegionError> {
    digits.replace(',', "").parse().map_err(|_| RegionError::Syntax(text.to_owned()))
}

fn position<T>(text: &str, result: Result<T, PositionError>) -> Result<T, RegionError> {
    result.map_err(|source| RegionError::Position { text: text.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Contig;

    fn contigs() -> ContigList {
        let contigs = [("chr1", 1000), ("HLA-A*01:01:01:01", 500), ("HLA-A*01:01", 50)];
        ContigList::new(contigs.map(|(n, l)| Contig::new(n, l)).to_vec()).unwrap()
    }

    fn parse(text: &str) -> Result<(usize, u32, u32), RegionError> {
        let r = Region::parse(text, &contigs())?;
        Ok((r.contig.0, r.interval.start(), r.interval.end()))
    }

    #[test]
    fn a_contig_name_with_colons_is_a_contig() {
        assert_eq!(parse("HLA-A*01:01:01:01"), Ok((1, 0, 500)));
        assert_eq!(parse("HLA-A*01:01:7-9"), Ok((2, 6, 9)));
    }

    #[test]
    fn ranges() {
        assert_eq!(parse("chr1"), Ok((0, 0, 1000)));
        assert_eq!(parse("chr1:11"), Ok((0, 10, 1000)));
        assert_eq!(parse("chr1:1,000-1,000"), Ok((0, 999, 1000)));
    }

    #[test]
    fn wrong_ranges_are_refused() {
        for text in ["chr2", "chr1:8-5", "chr1:0-5", "chr1:5-1001", "chr1:x", "chr1:", "chr1:-5"] {
            assert!(parse(text).is_err(), "{text} must be refused");
        }
    }
}
