//! Tandem repeats of the reference: where polymerases slip, and aligners err.

use crate::stretch::Stretch;

/// Longest unit that is looked for, in bases.
const MAX_UNIT: u32 = 6;
/// Fewest copies that are told.
const MIN_COPIES: u32 = 3;
/// Bases on either side within which a repeat is followed.
const MAX_REACH: u32 = 300;

/// A unit of the reference, many times in a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repeat {
    /// The bases of its first copy.
    pub unit: Vec<u8>,
    /// Whole copies, three at least.
    pub copies: u32,
}

impl Repeat {
    /// The longest tandem repeat that one of the bases from `start` to before `end` belongs to; of
    /// equally long ones that of the shorter unit.
    pub fn touching(start: u32, end: u32, reference: &Stretch) -> Option<Self> {
        let mut best: Option<(u32, u32, u32)> = None;
        for unit in 1..=MAX_UNIT {
            for place in start..end {
                if let Some((first, len)) = run(place, unit, reference)
                    && len >= MIN_COPIES * unit
                    && best.is_none_or(|(_, longest, _)| len > longest)
                {
                    best = Some((first, len, unit));
                }
            }
        }
        best.map(|(first, len, unit)| Self {
            unit: reference.slice(first, first + unit).to_vec(),
            copies: len / unit,
        })
    }
}

/// The stretch around a base in which each base is that of `unit` bases before: its start and
/// length. Of stretches shorter than three units none may be found.
fn run(place: u32, unit: u32, reference: &Stretch) -> Option<(u32, u32)> {
    let repeats = |at: u32| {
        let base = reference.base(at);
        base != b'N' && base == reference.base(at + unit)
    };
    let before = place.checked_sub(unit);
    let seed = std::iter::once(place).chain(before).find(|&at| repeats(at))?;
    let least = seed.saturating_sub(MAX_REACH);
    let first = (least..seed).rev().take_while(|&at| repeats(at)).last().unwrap_or(seed);
    let past = (seed..seed + MAX_REACH).take_while(|&at| repeats(at)).last()? + 1;
    Some((first, past + unit - first))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(start: u32, end: u32, reference: &str) -> Option<(String, u32)> {
        let found = Repeat::touching(start, end, &Stretch::new(0, reference.into()))?;
        Some((String::from_utf8(found.unit).unwrap(), found.copies))
    }

    #[test]
    fn the_longest_repeat_that_is_touched() {
        let reference = "GCTAAAAAAACGTACACACACATGCCN";
        assert_eq!(at(4, 5, reference), Some(("A".into(), 7)));
        assert_eq!(at(2, 3, reference), None);
        assert_eq!(at(2, 4, reference), Some(("A".into(), 7)));
        assert_eq!(at(15, 16, reference), Some(("AC".into(), 4)));
        assert_eq!(at(11, 12, reference), None);
        assert_eq!(at(26, 27, reference), None);
        assert_eq!(at(0, 1, reference), None);
    }

    #[test]
    fn a_homopolymer_is_of_units_of_one_base() {
        assert_eq!(at(3, 4, "GCTTTTTTTTTTTTTGC"), Some(("T".into(), 13)));
        assert_eq!(at(3, 4, "GCTTTATTTATTTATTTATTAAC"), Some(("TTTA".into(), 4)));
    }
}
