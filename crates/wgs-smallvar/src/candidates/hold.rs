//! How far around an allele a read must reach for its alignment to have a hold.
//!
//! Between tandem repeats, bases may be gained on one side of an allele and lost on the other, so
//! that two haplotypes fit a piece of a read alike though the whole read tells them apart.

use std::ops::Range;

use crate::stretch::Stretch;

/// Bases without a tandem repeat that are a hold.
pub(super) const HOLD_BASES: u32 = 20;
/// Farthest that a hold is looked for.
const MAX_FLANK_BASES: u32 = 100;
/// Bases by which the search moves.
const STEP_BASES: u32 = 4;
/// Longest repeat unit that is looked for, in bases.
const MAX_UNIT: usize = 6;

/// A part of the reference with a hold on either side, or with a flank of a hundred bases where there
/// is none so near.
pub fn around(span: &Range<u32>, reference: &Stretch) -> Range<u32> {
    let whole = reference.interval();
    let mut flank = 0;
    let left = loop {
        let end = span.start.saturating_sub(flank);
        let start = end.saturating_sub(HOLD_BASES).max(whole.start());
        if flank + HOLD_BASES >= MAX_FLANK_BASES || !is_repetitive(reference.slice(start, end)) {
            break start;
        }
        flank += STEP_BASES;
    };
    flank = 0;
    let right = loop {
        let start = span.end + flank;
        let end = (start + HOLD_BASES).min(whole.end());
        if flank + HOLD_BASES >= MAX_FLANK_BASES || !is_repetitive(reference.slice(start, end)) {
            break end;
        }
        flank += STEP_BASES;
    };
    left.min(span.start)..right.max(span.end)
}

/// Whether a tandem repeat is among the bases: six of one base, seven in units of two, three copies
/// of longer units.
fn is_repetitive(bases: &[u8]) -> bool {
    (1..=MAX_UNIT).any(|unit| {
        let longest = (2 * unit).max(5);
        let mut run = 0;
        bases.iter().zip(bases.iter().skip(unit)).any(|(a, b)| {
            run = if a == b { run + 1 } else { 0 };
            run >= longest
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_give_no_hold() {
        let plain = "GATCCGTAGCTTACGGCATTCAGGACTTGCA";
        let text = format!("{plain}{}{plain}", "AC".repeat(20));
        let reference = Stretch::new(0, text.into_bytes());
        let (first, last) = (31, 71);
        let held = around(&(first + 2..first + 3), &reference);
        assert!(held.start <= first - 12 && held.end >= last + 12, "{held:?}");
        assert_eq!(around(&(25..26), &reference).start, 5);
    }

    #[test]
    fn what_is_a_repeat() {
        for text in ["GAAAAAAG", "ACACACAC", "GCAGCAGCA", "GATAGATAGATA"] {
            assert!(is_repetitive(text.as_bytes()), "{text}");
        }
        for text in ["GAAAAAG", "ACACAG", "GCAGCATT", "GATCCGTAGCTTACGGCATT"] {
            assert!(!is_repetitive(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn the_search_ends() {
        let reference = Stretch::new(0, b"A".repeat(1000));
        assert_eq!(around(&(500..501), &reference), 400..601);
        assert_eq!(around(&(3..5), &reference).start, 0);
    }
}
