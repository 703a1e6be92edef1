//! Superloci: variants of both sets that are near each other, and far from all others.

use std::ops::Range;

use crate::load::{Fate, Site};

/// Reference bases without a variant that part two superloci. A variant can be placed differently
/// within a tandem repeat of this length.
pub(crate) const GAP_BP: u32 = 1000;

/// Sites of truth and calls on one contig, as ranges of their places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Superlocus {
    /// Places of the sites of truth and of calls.
    pub(crate) sites: [Range<usize>; 2],
    /// First base of a variant.
    pub(crate) start: u32,
    /// The base after the last.
    pub(crate) end: u32,
}

/// Parts the sites of a contig, which are in order of their start.
pub(crate) fn superloci(sites: [&[Site]; 2]) -> Vec<Superlocus> {
    let mut next = [0, 0];
    let mut found: Vec<Superlocus> = Vec::new();
    loop {
        let head = |side: usize| sites[side].get(next[side]).map(|site: &Site| site.start);
        let side = match (head(0), head(1)) {
            (None, None) => return found,
            (Some(truth), Some(call)) => usize::from(call < truth),
            (truth, _) => usize::from(truth.is_none()),
        };
        let site = &sites[side][next[side]];
        // What is neither compared nor looked at does not hold others together.
        let counts = matches!(site.fate, Fate::Compared | Fate::Filtered);
        match found.last_mut() {
            Some(last) if !counts || site.start < last.end.saturating_add(GAP_BP) => {
                last.end = if counts { last.end.max(site.end()) } else { last.end };
                last.sites[side].end = next[side] + 1;
            }
            _ => {
                let mut ranges = [next[0]..next[0], next[1]..next[1]];
                ranges[side].end += 1;
                found.push(Superlocus { sites: ranges, start: site.start, end: site.end() });
            }
        }
        next[side] += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{class::Class, load::Called};

    fn site(start: u32, fate: Fate) -> Site {
        Site {
            start,
            reference_bp: 2,
            called: Called::Diploid([Some(0), Some(1)]),
            score: f32::NAN,
            fate,
            inside: true,
            class: Class::of("A", std::iter::empty()),
            text: ".\tAC\tA\t.\t.\t0/1".into(),
        }
    }

    #[test]
    fn only_a_wide_gap_parts() {
        let compared = |starts: &[u32]| -> Vec<Site> {
            starts.iter().map(|&start| site(start, Fate::Compared)).collect()
        };
        let truth = compared(&[10, 1011, 5000]);
        let calls = compared(&[10, 2013, 5000, 9000]);
        let found = superloci([&truth, &calls]);
        let ranges: Vec<_> = found.iter().map(|s| (s.sites.clone(), s.start, s.end)).collect();
        assert_eq!(
            ranges,
            [
                ([0..2, 0..1], 10, 1013),
                ([2..2, 1..2], 2013, 2015),
                ([2..3, 2..3], 5000, 5002),
                ([3..3, 3..4], 9000, 9002),
            ]
        );
    }

    #[test]
    fn what_is_not_compared_does_not_bridge_gaps() {
        let truth = [10, 2000].map(|start| site(start, Fate::Compared));
        let calls = [900, 1500].map(|start| site(start, Fate::Symbolic));
        let found = superloci([&truth, &calls]);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].sites, [0..1, 0..2]);
    }
}
