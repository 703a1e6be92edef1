//! Tandem repeats.

/// Copies of a unit one after the other; the last may be cut short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tract {
    /// Place of the first base, 0-based.
    pub start: usize,
    /// Length in bases.
    pub len: usize,
    /// Length of the unit in bases.
    pub unit: usize,
}

impl Tract {
    /// Whole copies of the unit.
    pub fn copies(&self) -> usize {
        self.len / self.unit
    }

    /// Whether no shorter unit makes the same tract of these bases: `AAAA` is of units of one base,
    /// and no repeat of `AA`.
    pub fn is_primitive(&self, bases: &[u8]) -> bool {
        let unit = &bases[self.start..self.start + self.unit];
        let repeats = |shorter: usize| unit[shorter..].iter().zip(unit).all(|(a, b)| a == b);
        !(1..self.unit).any(|shorter| self.unit.is_multiple_of(shorter) && repeats(shorter))
    }

    /// One past the last base.
    pub fn end(&self) -> usize {
        self.start + self.len
    }
}

/// Tandem repeats of two whole copies or more, by unit and then by place; each is as long as it can
/// be. Units have one to `max_unit` bases; a tract of short units is one of their multiples as well,
/// if it has two copies of them ([`Tract::is_primitive`]). Bases are compared as they are, whatever
/// they stand for.
///
/// ```
/// use wgs_core::tandem::{Tract, tracts};
/// assert_eq!(
///     tracts(b"GCACACATTT", 2),
///     [Tract { start: 7, len: 3, unit: 1 }, Tract { start: 1, len: 6, unit: 2 }]
/// );
/// ```
pub fn tracts(bases: &[u8], max_unit: usize) -> Vec<Tract> {
    let mut tracts = Vec::new();
    for unit in 1..=max_unit.min(bases.len()) {
        let mut start = 0;
        while start + unit < bases.len() {
            let pairs = bases[start + unit..].iter().zip(&bases[start..]);
            let len = pairs.take_while(|(a, b)| a == b).count() + unit;
            if len >= 2 * unit {
                tracts.push(Tract { start, len, unit });
            }
            start += len - unit + 1;
        }
    }
    tracts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_homopolymer_is_no_repeat_of_longer_units() {
        let primitive = |bases: &[u8]| {
            let mut found = tracts(bases, 6);
            found.retain(|tract| tract.is_primitive(bases));
            found
        };
        assert_eq!(tracts(b"CAAAAAAAAG", 6).len(), 4);
        assert_eq!(primitive(b"CAAAAAAAAG"), [Tract { start: 1, len: 8, unit: 1 }]);
        assert_eq!(primitive(b"CACACACA"), [Tract { start: 0, len: 8, unit: 2 }]);
    }

    #[test]
    fn units_may_be_cut_short_at_the_end_and_bases_may_lack() {
        let found = tracts(b"TGATAGATAGAC", 4);
        assert_eq!(found, [Tract { start: 1, len: 10, unit: 4 }]);
        assert_eq!((found[0].copies(), found[0].end()), (2, 11));
        assert_eq!(tracts(b"", 6), []);
        assert_eq!(tracts(b"A", 6), []);
    }
}
