//! What it costs to call a part of the genome, and how work is divided by it.

use wgs_core::{ContigIndex, ContigList, Interval0};
use wgs_formats::alignment::Load;

use crate::gvcf::blocks::CELL_BASES;

/// Length of the parts of a contig of which the cost is known. Where they end, shards may.
const BIN_BASES: u32 = CELL_BASES;
/// Cost of a base without any read, in compressed bytes.
const BASE_COST: f64 = 0.02;
/// A shard is not cut shorter than this, however deep.
const MIN_SHARD_BASES: u32 = 4_000;
/// So many shards at least, where they need not be shorter than that: threads that end at different
/// times wait for about one shard.
const MIN_SHARDS: f64 = 96.0;
/// Data between two regions that is rather read than jumped over: about a slice of a CRAM, of which
/// no part can be read alone.
const JUMP_BYTES: f64 = 200_000.0;

/// The cost of each part of a genome, in compressed bytes of all samples.
#[derive(Clone, Debug)]
pub(super) struct Costs(Vec<Vec<f64>>);

impl Costs {
    /// Costs by the data that lies there.
    pub(super) fn new<'a>(contigs: &ContigList, loads: impl Iterator<Item = &'a Load>) -> Self {
        let bins = |length: u32| vec![0.0; length.div_ceil(BIN_BASES) as usize];
        let mut costs: Vec<Vec<f64>> = contigs.iter().map(|c| bins(c.length)).collect();
        for load in loads.filter(|load| !load.region.interval.is_empty()) {
            let interval = load.region.interval;
            let per_base = load.bytes as f64 / f64::from(interval.len());
            let Some(bins) = costs.get_mut(load.region.contig.0) else { continue };
            for part in parts(interval) {
                if let Some(bin) = bins.get_mut((part.start() / BIN_BASES) as usize) {
                    *bin += per_base * f64::from(part.len());
                }
            }
        }
        for bin in costs.iter_mut().flatten() {
            *bin = *bin / f64::from(BIN_BASES) + BASE_COST;
        }
        Self(costs)
    }

    /// Of the bases of an interval within one bin.
    fn of_part(&self, contig: ContigIndex, part: Interval0) -> f64 {
        let bins = self.0.get(contig.0);
        let bin = bins.and_then(|bins| bins.get((part.start() / BIN_BASES) as usize));
        f64::from(part.len()) * bin.copied().unwrap_or(BASE_COST)
    }

    /// Of the bases of an interval.
    pub(super) fn of(&self, contig: ContigIndex, interval: Interval0) -> f64 {
        parts(interval).map(|part| self.of_part(contig, part)).sum()
    }
}

/// The parts of an interval by the bins in which they lie.
fn parts(interval: Interval0) -> impl Iterator<Item = Interval0> {
    let mut start = interval.start();
    std::iter::from_fn(move || {
        (start < interval.end()).then(|| {
            let end = (start / BIN_BASES + 1).saturating_mul(BIN_BASES).min(interval.end());
            let part = Interval0::new(start, end).expect("a bin ends behind its start");
            start = end;
            part
        })
    })
}

/// How large shards may become.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    cost: f64,
    bases: u32,
}

impl Limits {
    /// Shards of `bases` where there is as much data as on average, shorter where there is more,
    /// and many enough.
    pub(super) fn of(wanted: &[Vec<Interval0>], costs: &Costs, bases: u32) -> Self {
        let (mut total, mut length) = (0.0, 0.0);
        for (index, intervals) in wanted.iter().enumerate() {
            for part in intervals.iter().flat_map(|&interval| parts(interval)) {
                let cost = costs.of_part(ContigIndex(index), part);
                total += cost;
                // Contigs without reads are no part of the average.
                if cost > 2.0 * BASE_COST * f64::from(part.len()) {
                    length += f64::from(part.len());
                }
            }
        }
        let of_length = total / f64::max(length, 1.0) * f64::from(bases);
        // Empty parts are not worth a shard of their own for every `bases`.
        Self { cost: of_length.min(total / MIN_SHARDS), bases: bases.saturating_mul(8) }
    }
}

/// Divides the intervals of a contig: a shard ends where its cost is reached, or where so much data
/// lies before the next interval that it is not worth reading.
pub(super) fn divided(
    contig: ContigIndex,
    intervals: &[Interval0],
    costs: &Costs,
    limits: Limits,
) -> Vec<Vec<Interval0>> {
    let mut shards: Vec<Vec<Interval0>> = Vec::new();
    let (mut shard, mut cost, mut bases): (Vec<Interval0>, f64, u32) = (Vec::new(), 0.0, 0);
    for &interval in intervals {
        let gap = shard.last().and_then(|last| Interval0::new(last.end(), interval.start()).ok());
        if gap.is_some_and(|gap| costs.of(contig, gap) > JUMP_BYTES || gap.len() > limits.bases) {
            shards.push(std::mem::take(&mut shard));
            (cost, bases) = (0.0, 0);
        }
        for part in parts(interval) {
            match shard.last_mut() {
                Some(last) if last.end() == part.start() => {
                    *last = Interval0::new(last.start(), part.end()).expect("parts ascend");
                }
                _ => shard.push(part),
            }
            cost += costs.of_part(contig, part);
            bases += part.len();
            if cost >= limits.cost && bases >= MIN_SHARD_BASES || bases >= limits.bases {
                shards.push(std::mem::take(&mut shard));
                (cost, bases) = (0.0, 0);
            }
        }
    }
    shards.extend((!shard.is_empty()).then_some(shard));
    shards
}

#[cfg(test)]
mod tests {
    use wgs_core::{Contig, Region};

    use super::*;

    const CONTIG: ContigIndex = ContigIndex(0);

    fn interval(start: u32, end: u32) -> Interval0 {
        Interval0::new(start, end).unwrap()
    }

    fn costs(loads: &[(u32, u32, u64)]) -> Costs {
        let contigs = ContigList::new(vec![Contig::new("a", 10_000_000)]).unwrap();
        let loads: Vec<Load> = loads
            .iter()
            .map(|&(start, end, bytes)| Load {
                region: Region { contig: CONTIG, interval: interval(start, end) },
                bytes,
            })
            .collect();
        Costs::new(&contigs, loads.iter())
    }

    fn shards(costs: &Costs, intervals: &[Interval0], bases: u32) -> Vec<Vec<Interval0>> {
        let limits = Limits::of(&[intervals.to_vec()], costs, bases);
        divided(CONTIG, intervals, costs, limits)
    }

    #[test]
    fn shards_cover_the_intervals_once_and_deep_places_have_more_of_them() {
        let costs = costs(&[(0, 10_000_000, 100_000_000), (5_000_000, 5_100_000, 100_000_000)]);
        let whole = interval(0, 10_000_000);
        let shards = shards(&costs, &[whole], 1_000_000);
        let flat: Vec<Interval0> = shards.iter().flatten().copied().collect();
        assert!(flat.windows(2).all(|pair| pair[0].end() == pair[1].start()));
        assert_eq!((flat[0].start(), flat[flat.len() - 1].end()), (0, 10_000_000));
        let each: Vec<f64> = flat.iter().map(|&i| costs.of(CONTIG, i)).collect();
        let most = each.iter().copied().fold(0.0, f64::max);
        assert!(each.len() >= 60 && most < 0.03 * each.iter().sum::<f64>(), "{}", each.len());
        let deep = flat.iter().filter(|i| i.overlaps(interval(5_000_000, 5_100_000))).count();
        assert!(deep > 20, "{deep} of {}", flat.len());
    }

    #[test]
    fn near_regions_share_a_query_and_far_ones_do_not() {
        let costs = costs(&[(0, 10_000_000, 100_000_000)]);
        let exons: Vec<Interval0> =
            [0, 1_000, 5_000, 900_000, 901_000].map(|start| interval(start, start + 100)).to_vec();
        let shards = divided(CONTIG, &exons, &costs, Limits { cost: 1e9, bases: 8_000_000 });
        let counts: Vec<usize> = shards.iter().map(Vec::len).collect();
        assert_eq!(counts, [3, 2]);
    }

    #[test]
    fn without_reads_there_are_few() {
        let costs = costs(&[]);
        let empty = shards(&costs, &[interval(0, 10_000_000)], 1_000_000);
        assert!(empty.len() < 200, "{}", empty.len());
    }
}
