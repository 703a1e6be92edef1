//! Where reads differ from the reference in ways that their alignments do not explain.
//!
//! Evidence is counted by fragment, where an aligner gave up: clipped ends of good bases, and
//! mismatches of one read that crowd. Long insertions and deletions, and several of one read close
//! together, count as well. Stretches with enough of it are assembled.

use std::ops::Range;

use super::clipped::is_good;
use crate::{options::AssemblyOptions, read::Read};

/// Fewest clipped bases that count.
const CLIPPED_BASES: u32 = 8;
/// Mismatches of one read that crowd, and the bases within which they do.
const CROWDED: usize = 4;
const CROWDED_BASES: u32 = 24;
/// Fewest inserted or deleted bases that count.
const LONG_GAP_BASES: u32 = 15;
/// Bases within which events are of one cause.
const NEAR_BASES: u32 = 24;
/// Active places nearer than this are one region.
const JOIN_BASES: u32 = 40;

/// The events of one sample.
#[derive(Clone, Debug, Default)]
pub(super) struct Activity {
    /// Place, fragment and kind.
    events: Vec<(u32, u64, Event)>,
}

/// What a read does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// It is clipped from here to its end.
    ClippedAfter,
    /// It is clipped up to here.
    ClippedBefore,
    /// It has crowded mismatches or gaps, or a long gap.
    Other,
}

/// A place with enough events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// From the first event to one past the last.
    pub(super) span: Range<u32>,
    /// Whether reads are clipped from here on.
    clipped_after: bool,
    /// Whether reads are clipped up to here.
    clipped_before: bool,
}

impl Activity {
    /// Takes a read with its substitutions (places, ascending).
    pub(super) fn add(&mut self, read: &Read, substitutions: impl Iterator<Item = u32>) {
        let fragment = read.fragment();
        let quals = read.quals();
        let (leading, trailing) = (read.leading_clip(), read.trailing_clip());
        if leading >= CLIPPED_BASES && is_good(&quals[..leading as usize]) {
            self.events.push((read.start(), fragment, Event::ClippedBefore));
        }
        if trailing >= CLIPPED_BASES && is_good(&quals[quals.len() - trailing as usize..]) {
            self.events.push((read.end(), fragment, Event::ClippedAfter));
        }
        let mut recent = [0; CROWDED];
        for (i, place) in substitutions.enumerate() {
            recent[i % CROWDED] = place;
            let oldest = recent[(i + 1) % CROWDED];
            if i + 1 >= CROWDED && place - oldest <= CROWDED_BASES {
                self.events.push((oldest.midpoint(place), fragment, Event::Other));
            }
        }
    }

    /// Takes the insertions and deletions of a fragment's read: where each begins, and its bases.
    pub(super) fn add_gaps(&mut self, gaps: &[(u32, u32)], fragment: u64) {
        let long = gaps.iter().filter(|gap| gap.1 >= LONG_GAP_BASES).map(|gap| gap.0);
        let crowded = gaps.windows(2).filter(|pair| pair[0].0.abs_diff(pair[1].0) <= CROWDED_BASES);
        let crowded = crowded.map(|pair| pair[0].0.midpoint(pair[1].0));
        self.events.extend(long.chain(crowded).map(|place| (place, fragment, Event::Other)));
    }

    /// The places with enough evidence for the depth there, in order; not disjoint.
    pub(super) fn places(
        mut self,
        depth: impl Fn(u32) -> u32,
        options: &AssemblyOptions,
    ) -> Vec<Place> {
        self.events.sort_unstable();
        self.events.dedup();
        let mut places = Vec::new();
        let firsts =
            (0..self.events.len()).filter(|&i| i == 0 || self.events[i - 1].0 < self.events[i].0);
        for i in firsts {
            let place = self.events[i].0;
            let near = self.events[i..].iter().take_while(|e| e.0 - place <= NEAR_BASES);
            let has = |kind| near.clone().any(|e| e.2 == kind);
            let (clipped_after, clipped_before) =
                (has(Event::ClippedAfter), has(Event::ClippedBefore));
            let mut fragments: Vec<u64> = near.clone().map(|e| e.1).collect();
            let last = near.last().map_or(place, |e| e.0);
            fragments.sort_unstable();
            fragments.dedup();
            let least = options.min_fragment_fraction * f64::from(depth(place).max(depth(last)));
            if fragments.len() >= options.min_fragments as usize && fragments.len() as f64 >= least
            {
                places.push(Place { span: place..last + 1, clipped_after, clipped_before });
            }
        }
        places
    }
}

/// Joins places that are near each other to regions, which are disjoint and in order, and also the
/// two ends of a deletion: a place from which on reads are clipped, and one not more than `gap_bases`
/// further up to which they are. A region longer than `max_bases` is left out: the reads of
/// collapsed repeats differ everywhere.
pub(super) fn regions(mut places: Vec<Place>, gap_bases: u32, max_bases: u32) -> Vec<Range<u32>> {
    places.sort_by_key(|p| (p.span.start, p.span.end));
    let mut regions: Vec<(Range<u32>, bool)> = Vec::new();
    for Place { span, clipped_after, clipped_before } in places {
        match regions.last_mut() {
            Some((last, is_open))
                if span.start <= last.end + JOIN_BASES
                    || *is_open && clipped_before && span.start <= last.end + gap_bases =>
            {
                let is_same = span.start <= last.end + JOIN_BASES;
                *is_open = clipped_after || *is_open && is_same;
                last.end = last.end.max(span.end);
            }
            _ => regions.push((span, clipped_after)),
        }
    }
    let regions = regions.into_iter().map(|(region, _)| region);
    regions.filter(|region| region.end - region.start <= max_bases).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::tests::read;

    fn places(reads: &[Read], depth: u32) -> Vec<Place> {
        let mut activity = Activity::default();
        reads.iter().for_each(|read| activity.add(read, std::iter::empty()));
        activity.places(|_| depth, &AssemblyOptions::default())
    }

    #[test]
    fn clips_of_several_fragments_at_one_place_are_active() {
        let clipped = |name, start| read(name, start, "10S10M", "ACGTACGTACACGTACGTAC");
        let short = |name| read(name, 50, "4S16M", "ACGTACGTACACGTACGTAC");
        let three = ["a", "b", "c"].map(|name| clipped(name, 50));
        assert!(!places(&three, 20).is_empty());
        assert_eq!(places(&three, 90), [], "a small share");
        assert_eq!(places(&three[..2], 20), []);
        assert_eq!(places(&["a", "b", "c"].map(short), 20), []);
        let apart = [clipped("a", 50), clipped("b", 90), clipped("c", 130)];
        assert_eq!(places(&apart, 20), []);
    }

    #[test]
    fn crowded_mismatches_and_long_gaps_are_active() {
        let mut activity = Activity::default();
        for name in ["a", "b", "c"] {
            let read = read(name, 0, "20M", "ACGTACGTACACGTACGTAC");
            activity.add(&read, [100, 105, 110, 112].into_iter());
            activity.add(&read, [300, 320, 340, 360].into_iter());
            activity.add_gaps(&[(500, 20), (600, 3)], read.fragment());
            activity.add_gaps(&[(700, 3), (720, 1)], read.fragment());
        }
        let places = activity.places(|_| 20, &AssemblyOptions::default());
        assert_eq!(regions(places, 200, 200), [106..107, 500..501, 710..711]);
    }

    #[test]
    fn near_places_are_one_region_and_long_ones_are_none() {
        let place = |span| Place { span, clipped_after: false, clipped_before: false };
        let apart = [10..20, 50..60, 200..201].map(place).to_vec();
        assert_eq!(regions(apart, 300, 400), [10..60, 200..201]);
        let chain = (0..20).map(|i| place(30 * i..30 * i + 5)).collect();
        assert_eq!(regions(chain, 300, 400), []);
    }

    #[test]
    fn the_ends_of_a_deletion_are_one_region() {
        let place =
            |at, after| Place { span: at..at + 1, clipped_after: after, clipped_before: !after };
        let joined = regions(vec![place(100, true), place(350, false)], 300, 400);
        assert_eq!(joined, std::iter::once(100..351).collect::<Vec<_>>());
        assert_eq!(
            regions(vec![place(100, false), place(350, true)], 300, 400),
            [100..101, 350..351]
        );
        assert_eq!(regions(vec![place(100, true), place(450, false)], 300, 400).len(), 2);
    }
}
