//! How far a read must reach to tell whether a place has an insertion or deletion.
//!
//! In a tandem repeat a gap may be put anywhere, and a read that ends inside fits every length. So
//! a read speaks of a gap at a place if it holds, without one, the whole repeat around and
//! [`ANCHOR_BASES`] on either side.

use std::ops::Range;

use wgs_core::Interval0;

use crate::stretch::Stretch;

/// Bases beyond the repeat that a read must hold on either side.
pub const ANCHOR_BASES: u32 = 4;
/// Longest unit of a tandem repeat that is looked for, in bases.
const MAX_UNIT: usize = 10;

/// For each place of an interval, what a read must hold to speak of a gap between that base and
/// the next. Neither starts nor ends decrease.
#[derive(Clone, Debug)]
pub struct Contexts {
    interval: Interval0,
    starts: Vec<u32>,
    ends: Vec<u32>,
}

impl Contexts {
    /// The contexts along an interval; repeats are seen as far as `reference` reaches.
    pub fn of(reference: &Stretch, interval: Interval0) -> Self {
        let whole = reference.interval();
        let after = |p: u32| p + 1;
        let mut starts: Vec<u32> = (interval.start()..interval.end()).map(after).collect();
        let mut ends = starts.clone();
        for tract in tracts(reference.slice(whole.start(), whole.end())) {
            let (first, last) =
                (tract.start as u32 + whole.start(), tract.end as u32 + whole.start());
            // The base before a repeat anchors what is gained or lost in it.
            let from = first.saturating_sub(1).max(interval.start());
            for place in from..last.min(interval.end()) {
                let at = (place - interval.start()) as usize;
                starts[at] = starts[at].min(first);
                ends[at] = ends[at].max(last);
            }
        }
        starts.iter_mut().for_each(|s| *s = s.saturating_sub(ANCHOR_BASES).max(whole.start()));
        ends.iter_mut().for_each(|e| *e = (*e + ANCHOR_BASES).min(whole.end()));
        Self { interval, starts, ends }
    }

    /// The places, as offsets in the interval, of which bases `[start, end)` without a gap speak.
    pub fn told_by(&self, start: u32, end: u32) -> Range<usize> {
        let first = self.starts.partition_point(|&s| s < start);
        let last = self.ends.partition_point(|&e| e <= end);
        first..last.max(first)
    }

    /// A place as an offset in the interval, if it lies in it.
    pub fn offset(&self, place: u32) -> Option<usize> {
        self.interval.contains(place).then(|| (place - self.interval.start()) as usize)
    }

    /// What a read must hold to speak of a gap after the base at a place of the interval.
    pub fn around(&self, place: u32) -> Range<u32> {
        let at = (place - self.interval.start()) as usize;
        self.starts[at]..self.ends[at]
    }
}

/// The tandem repeats among bases: two copies of a unit at least.
fn tracts(bases: &[u8]) -> Vec<Range<usize>> {
    let mut tracts = Vec::new();
    for unit in 1..=MAX_UNIT {
        let mut run = 0;
        for at in unit..=bases.len() {
            let goes_on = at < bases.len() && bases[at] == bases[at - unit] && bases[at] != b'N';
            if goes_on {
                run += 1;
                continue;
            }
            if run >= unit {
                tracts.push(at - run - unit..at);
            }
            run = 0;
        }
    }
    tracts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn contexts(text: &str) -> Contexts {
        let interval = Interval0::new(0, text.len() as u32).unwrap();
        Contexts::of(&Stretch::new(0, text.into()), interval)
    }

    #[test]
    fn a_repeat_is_held_whole_from_its_anchor_on() {
        let contexts = contexts("GATCGTAGCTACGACACACACATGCGTACGATCAGT");
        let repeat = 13..22;
        for place in [12, 13, 15, 21] {
            let around = contexts.around(place);
            assert!(around.start <= repeat.start - 4 && around.end >= repeat.end + 4, "{around:?}");
        }
        assert_eq!(contexts.around(5), 2..10);
        assert!(contexts.told_by(0, 24).end <= 12, "ends in the anchor of the repeat");
        assert!(contexts.told_by(0, 26).contains(&15));
        assert_eq!(contexts.told_by(7, 9).len(), 0);
    }

    #[test]
    fn copies_of_longer_units_count() {
        let found = tracts(b"TTCGATAGATAC");
        assert!(found.contains(&(3..11)), "{found:?}");
        assert!(tracts(b"NNNNNN").is_empty());
    }

    proptest! {
        #[test]
        fn contexts_do_not_go_back(text in "[ACGTN]{1,90}") {
            let contexts = contexts(&text);
            prop_assert!(contexts.starts.is_sorted() && contexts.ends.is_sorted());
        }
    }
}
