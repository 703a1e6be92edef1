//! Optical duplicates: clusters of one molecule that lie beside each other on the flow cell.

use super::{Bits, ends::PairTail};

/// Duplicates of one orientation of which no more are searched, as Picard has it.
const MAX_SET: usize = 300_000;

/// The pairs of one set of duplicates, by the strand of their first read: those that were sequenced
/// from the other end are no copies of one cluster.
#[derive(Default)]
pub(super) struct DuplicateSet {
    by_strand: [Vec<PairTail>; 2],
    /// The template that is kept.
    best: u64,
    /// Reused: for each pair, another one of its cluster, or itself.
    parents: Vec<usize>,
}

impl DuplicateSet {
    /// Begins the set with its best pair.
    pub(super) fn begin(&mut self, best: PairTail) {
        self.by_strand.iter_mut().for_each(Vec::clear);
        self.best = best.template;
        self.add(best);
    }

    /// Adds a pair.
    pub(super) fn add(&mut self, pair: PairTail) {
        let pairs = &mut self.by_strand[usize::from(pair.first_reverse)];
        // One more than are searched tells that there are too many.
        if pairs.len() <= MAX_SET {
            pairs.push(pair);
        }
    }

    /// Counts the optical duplicates: in each group of pairs of one read group and tile in which
    /// each lies near another, all but one. That one is the best pair of the set, or else the one
    /// of the lowest pixel. Notes their templates, if there are bits for them.
    pub(super) fn optical(&mut self, distance: u32, noted: Option<&Bits>) -> u64 {
        let [forward, reverse] = &mut self.by_strand;
        let sets = [forward, reverse].into_iter();
        sets.map(|pairs| count(pairs, &mut self.parents, self.best, distance, noted)).sum()
    }
}

fn count(
    pairs: &mut Vec<PairTail>,
    parents: &mut Vec<usize>,
    best: u64,
    distance: u32,
    noted: Option<&Bits>,
) -> u64 {
    if pairs.len() > MAX_SET {
        return 0;
    }
    pairs.retain(|pair| pair.location.is_known());
    if pairs.len() < 2 {
        return 0;
    }
    let place = |p: &PairTail| (p.read_group, p.location.tile, p.location.x, p.location.y);
    pairs.sort_unstable_by_key(|p| (place(p), p.offset, p.template));
    join_near(pairs, parents, distance);
    // Of each cluster the first one stays, unless the best of all is in it.
    let kept = pairs.iter().position(|pair| pair.template == best);
    let kept = kept.map(|kept| (root(parents, kept), kept));
    let mut optical = 0;
    for (i, pair) in pairs.iter().enumerate() {
        let root = root(parents, i);
        let representative = kept.filter(|kept| kept.0 == root).map_or(root, |kept| kept.1);
        if i != representative {
            optical += 1;
            noted.inspect(|bits| bits.set(pair.template));
        }
    }
    optical
}

/// Joins pairs that are near each other; the root of a cluster is its first pair.
fn join_near(pairs: &[PairTail], parents: &mut Vec<usize>, distance: u32) {
    parents.clear();
    parents.extend(0..pairs.len());
    for (i, pair) in pairs.iter().enumerate() {
        let same_tile = |other: &PairTail| {
            (other.read_group, other.location.tile) == (pair.read_group, pair.location.tile)
                && other.location.x.abs_diff(pair.location.x) <= distance
        };
        for (j, other) in pairs.iter().enumerate().skip(i + 1).take_while(|(_, o)| same_tile(o)) {
            if pair.location.is_within(distance, other.location) {
                let (a, b) = (root(parents, i), root(parents, j));
                parents[a.max(b)] = a.min(b);
            }
        }
    }
}

fn root(parents: &mut [usize], mut i: usize) -> usize {
    while parents[i] != i {
        parents[i] = parents[parents[i]];
        i = parents[i];
    }
    i
}

#[cfg(test)]
mod tests {
    use super::{super::location::Location, *};

    fn pair(template: u64, first_reverse: bool, read_group: u16, xy: [i32; 2]) -> PairTail {
        let location = Location { tile: 7, x: xy[0], y: xy[1] };
        PairTail { template, read_group, first_reverse, location, offset: 0 }
    }

    fn optical(pairs: &[PairTail]) -> (u64, Vec<u64>) {
        let (mut set, bits) = (DuplicateSet::default(), Bits::new(64));
        set.begin(pairs[0]);
        pairs[1..].iter().for_each(|pair| set.add(*pair));
        let count = set.optical(100, Some(&bits));
        (count, (0..64).filter(|&i| bits.get(i)).collect())
    }

    #[test]
    fn near_pairs_of_a_tile_form_chains_of_which_one_stays() {
        let at = |template, x| pair(template, false, 0, [x, 0]);
        assert_eq!(optical(&[at(1, 0)]), (0, vec![]));
        assert_eq!(optical(&[at(1, 0), at(2, 101)]), (0, vec![]));
        assert_eq!(optical(&[at(9, 100), at(2, 200), at(3, 0)]), (2, vec![2, 3]));
        assert_eq!(optical(&[at(9, 900), at(2, 200), at(3, 150), at(4, 290)]), (2, vec![2, 4]));
    }

    #[test]
    fn read_groups_strands_and_tiles_are_apart() {
        let here = pair(1, false, 0, [0, 0]);
        let unknown = |template| PairTail { template, location: Location::UNKNOWN, ..here };
        let mut tile = pair(2, false, 0, [0, 0]);
        tile.location.tile = 8;
        let others = [here, tile, pair(3, true, 0, [0, 0]), pair(4, false, 1, [0, 0]), unknown(5)];
        assert_eq!(optical(&others), (0, vec![]));
        assert_eq!(optical(&[unknown(5), unknown(6), unknown(7)]), (0, vec![]));
        let both = [here, pair(3, true, 0, [5, 0]), pair(4, true, 0, [0, 5])];
        assert_eq!(optical(&both), (1, vec![3]));
    }

    #[test]
    fn very_many_are_not_searched() {
        let mut set = DuplicateSet::default();
        set.begin(pair(0, false, 0, [0, 0]));
        (1..=MAX_SET as u64).for_each(|i| set.add(pair(i, false, 0, [1_000 * i as i32, 0])));
        set.add(pair(9, true, 0, [0, 0]));
        set.add(pair(9, true, 0, [1, 0]));
        assert_eq!(set.optical(100, None), 1);
    }
}
