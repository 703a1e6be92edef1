//! Which part calls which shard.

use super::Part;

/// For each shard, by its cost, the number (from 0) of the part that calls it.
///
/// The dearest shard first, each goes to the part that has least so far (R. L. Graham 1969, Bounds on
/// multiprocessing timing anomalies, doi:10.1137/0117039). Neighbours go to different parts by that:
/// where costs err, they do so for whole regions, and all parts have their share of them.
pub(super) fn divided(costs: &[f64], parts: u32) -> Vec<u32> {
    let mut by_cost: Vec<usize> = (0..costs.len()).collect();
    by_cost.sort_by(|&a, &b| costs[b].total_cmp(&costs[a]).then(a.cmp(&b)));
    let mut sums = vec![0.0; parts as usize];
    let mut owners = vec![0; costs.len()];
    for shard in by_cost {
        let least = (0..sums.len()).min_by(|&a, &b| f64::total_cmp(&sums[a], &sums[b]));
        let least = least.expect("there is a part at least");
        sums[least] += costs[shard];
        owners[shard] = least as u32;
    }
    owners
}

/// The shards of a part, ascending.
pub(super) fn shards_of(owners: &[u32], part: Part) -> Vec<usize> {
    let is_own = |&(_, &owner): &(usize, &u32)| owner + 1 == part.number;
    owners.iter().enumerate().filter(is_own).map(|(shard, _)| shard).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sums(costs: &[f64], parts: u32) -> Vec<f64> {
        let owners = divided(costs, parts);
        let of = |part| shards_of(&owners, part).into_iter().map(|shard| costs[shard]).sum();
        Part::all(parts).unwrap().map(of).collect()
    }

    #[test]
    fn a_dear_shard_stands_against_several_cheap_ones() {
        assert_eq!(sums(&[1.0, 1.0, 4.0, 1.0, 1.0], 2), [4.0, 4.0]);
        assert_eq!(sums(&[2.0], 3), [2.0, 0.0, 0.0]);
        assert_eq!(sums(&[], 2), [0.0, 0.0]);
    }

    proptest! {
        #[test]
        fn every_shard_is_of_one_part_and_none_has_far_more_than_the_mean(
            costs in prop::collection::vec(0.0..100.0_f64, 0..200),
            parts in 1u32..20,
        ) {
            let owners = divided(&costs, parts);
            let all = Part::all(parts).unwrap();
            let mut shards: Vec<usize> = all.flat_map(|part| shards_of(&owners, part)).collect();
            shards.sort_unstable();
            prop_assert_eq!(shards, (0..costs.len()).collect::<Vec<_>>());
            let mean = costs.iter().sum::<f64>() / f64::from(parts);
            let dearest = costs.iter().copied().fold(0.0, f64::max);
            prop_assert!(sums(&costs, parts).iter().all(|&sum| sum <= mean + dearest + 1e-6));
        }
    }
}
