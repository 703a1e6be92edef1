//! Whether a variant lies in regions.

use wgs_core::Interval0;

/// Whether bases lie, in part at least, in one of some ascending intervals; of an insertion, which
/// has no bases (`start == end`), whether both its neighbours lie in one.
pub(crate) fn overlaps(intervals: &[Interval0], start: u32, end: u32) -> bool {
    let after = intervals.partition_point(|interval| interval.start() < end);
    after > 0 && start < intervals[after - 1].end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn touching_is_not_overlapping() {
        let intervals = [(10, 20), (30, 40)].map(|(s, e)| Interval0::new(s, e).unwrap());
        let inside = |start, end| overlaps(&intervals, start, end);
        assert!(inside(10, 11) && inside(19, 25) && inside(5, 11) && inside(25, 60));
        assert!(!inside(9, 10) && !inside(20, 30) && !inside(40, 41) && !inside(0, 0));
        assert!(inside(11, 11) && inside(19, 19));
        assert!(!inside(10, 10) && !inside(20, 20) && !inside(30, 30));
        assert!(!overlaps(&[], 1, 2));
    }
}
