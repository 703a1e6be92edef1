//! One-to-one matching.

use std::collections::VecDeque;

/// Pairs each left item with at most one right item: greedily along `edges`, which come best
/// first, and then along augmenting paths (Berge, PNAS 1957, doi:10.1073/pnas.43.9.842), so that no
/// matching has more pairs. Returns the partner of each left item.
pub(crate) fn assign(lefts: usize, rights: usize, edges: &[(usize, usize)]) -> Vec<Option<usize>> {
    let mut matching = Matching {
        right_of: vec![None; lefts],
        left_of: vec![None; rights],
        neighbours: vec![Vec::new(); lefts],
    };
    for &(left, right) in edges {
        matching.neighbours[left].push(right);
        if matching.right_of[left].is_none() && matching.left_of[right].is_none() {
            matching.join(left, right);
        }
    }
    let mut order: Vec<usize> = edges.iter().map(|&(left, _)| left).collect();
    let mut seen = vec![false; lefts];
    order.retain(|&left| !std::mem::replace(&mut seen[left], true));
    for left in order {
        if matching.right_of[left].is_none() {
            matching.augment(left);
        }
    }
    matching.right_of
}

struct Matching {
    right_of: Vec<Option<usize>>,
    left_of: Vec<Option<usize>>,
    neighbours: Vec<Vec<usize>>,
}

impl Matching {
    fn join(&mut self, left: usize, right: usize) {
        self.right_of[left] = Some(right);
        self.left_of[right] = Some(left);
    }

    /// Finds a free right item by giving others on the way another partner.
    fn augment(&mut self, start: usize) {
        // Which left item reached a right one first.
        let mut reached = std::collections::HashMap::new();
        let mut queue = VecDeque::from([start]);
        while let Some(left) = queue.pop_front() {
            for &right in &self.neighbours[left] {
                if reached.contains_key(&right) {
                    continue;
                }
                reached.insert(right, left);
                match self.left_of[right] {
                    Some(next) => queue.push_back(next),
                    None => return self.turn(right, &reached),
                }
            }
        }
    }

    /// Joins along the path that led to a free right item.
    fn turn(&mut self, free: usize, reached: &std::collections::HashMap<usize, usize>) {
        let mut next = Some(free);
        while let Some(right) = next {
            let left = reached[&right];
            next = self.right_of[left];
            self.join(left, right);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_best_edge_wins_where_nothing_is_lost() {
        assert_eq!(assign(2, 1, &[(1, 0), (0, 0)]), [None, Some(0)]);
    }

    #[test]
    fn a_better_edge_yields_to_another_pair() {
        assert_eq!(assign(2, 2, &[(0, 0), (0, 1), (1, 0)]), [Some(1), Some(0)]);
    }

    /// Largest matching by trying everything.
    fn largest(left: usize, lefts: usize, taken: u32, edges: &[(usize, usize)]) -> usize {
        if left == lefts {
            return 0;
        }
        let free = |&&(l, r): &&(usize, usize)| l == left && taken & (1 << r) == 0;
        let with = |&(_, r): &(usize, usize)| 1 + largest(left + 1, lefts, taken | 1 << r, edges);
        let best = edges.iter().filter(free).map(with).max().unwrap_or(0);
        best.max(largest(left + 1, lefts, taken, edges))
    }

    proptest! {
        #[test]
        fn no_matching_has_more_pairs(edges in prop::collection::vec((0usize..6, 0usize..6), 0..18)) {
            let found = assign(6, 6, &edges);
            let rights: std::collections::BTreeSet<_> = found.iter().flatten().collect();
            prop_assert_eq!(rights.len(), found.iter().flatten().count());
            for (left, right) in found.iter().enumerate() {
                prop_assert!(right.is_none_or(|right| edges.contains(&(left, right))));
            }
            prop_assert_eq!(rights.len(), largest(0, 6, 0, &edges));
        }
    }
}
