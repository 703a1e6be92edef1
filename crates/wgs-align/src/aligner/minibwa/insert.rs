//! Insert sizes of pairs that face inward.
//!
//! The engine takes them as whole numbers, of this orientation alone; so they are estimated here,
//! once for all batches, from alignments of the single reads, in the way of `bwa mem`: of pairs
//! whose reads both map uniquely, outliers beyond twice the interquartile range from the quartiles
//! left out for mean and deviation; proper pairs reach three times as far, or four deviations from
//! the mean.

use super::hit::Hit;
use crate::aligner::{Distances, InsertSize};

/// Least mapping quality of reads that count.
const MIN_MAPQ: u8 = 10;
/// Longest distance that counts.
const MAX_DISTANCE: u32 = 10_000;
/// Least number of pairs of an orientation.
const MIN_PAIRS: usize = 20;
/// Least part of the most frequent orientation's pairs.
const MIN_RATIO: f64 = 0.05;
/// Where in [`InsertSize`] pairs stand that face inward.
const INWARD: usize = 1;

/// What the engine is told of pairs that face inward.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pairing {
    pub(super) mean: i32,
    pub(super) deviation: i32,
    pub(super) low: i32,
    pub(super) high: i32,
}

impl Pairing {
    /// No pair is proper, and no mate is looked for.
    const NONE: Self = Self { mean: 0, deviation: 1, low: 1, high: 0 };

    pub(super) fn of(insert: &InsertSize) -> Self {
        insert.0[INWARD].map_or(Self::NONE, |distances| Self {
            mean: distances.mean.round() as i32,
            deviation: (distances.deviation.round() as i32).max(1),
            low: distances.low as i32,
            high: distances.high as i32,
        })
    }
}

/// The insert sizes that pairs of alignment lists show; whole numbers.
pub(super) fn estimate<'a>(pairs: impl Iterator<Item = (&'a [Hit], &'a [Hit])>) -> InsertSize {
    let mut distances: [Vec<u32>; 4] = Default::default();
    for (first, last) in pairs {
        let (Some(first), Some(last)) = (unique(first), unique(last)) else { continue };
        if first.contig != last.contig {
            continue;
        }
        let (a, b) = (first.begin(), last.begin());
        let strands = usize::from(first.reverse) << 1 | usize::from(last.reverse);
        let orientation = if a < b { strands } else { strands ^ 3 };
        if a.abs_diff(b) < MAX_DISTANCE {
            distances[orientation].push(a.abs_diff(b));
        }
    }
    let most = distances.iter().map(Vec::len).max().unwrap_or(0);
    let inward = &mut distances[INWARD];
    let enough = inward.len() >= MIN_PAIRS && inward.len() as f64 >= most as f64 * MIN_RATIO;
    let mut insert = InsertSize::default();
    if enough {
        insert.0[INWARD] = Some(summary(inward));
    }
    insert
}

/// The only alignment of a read, if it is one to rely on.
fn unique(hits: &[Hit]) -> Option<&Hit> {
    let mut primary = hits.iter().filter(|hit| hit.is_primary);
    let hit = primary.next().filter(|hit| hit.mapq >= MIN_MAPQ)?;
    primary.next().is_none().then_some(hit)
}

fn summary(distances: &mut [u32]) -> Distances {
    distances.sort_unstable();
    let last = distances.len() - 1;
    let quantile = |part: f64| {
        let index = (part * distances.len() as f64 + 0.499) as usize;
        f64::from(distances[index.min(last)])
    };
    let (lower, upper) = (quantile(0.25), quantile(0.75));
    let bounds = |factor: f64| {
        let reach = factor * (upper - lower);
        ((lower - reach).round().max(1.0), (upper + reach).round())
    };
    let (least, largest) = bounds(2.0);
    let inside = distances.iter().map(|&d| f64::from(d)).filter(|d| (least..=largest).contains(d));
    let count = inside.clone().count().max(1) as f64;
    let mean = inside.clone().sum::<f64>() / count;
    let deviation = (inside.map(|d| (d - mean).powi(2)).sum::<f64>() / count).sqrt();
    let (low, high) = bounds(3.0);
    Distances {
        low: low.min((mean - 4.0 * deviation).round()).max(1.0) as u32,
        high: high.max((mean + 4.0 * deviation).round()) as u32,
        mean: mean.round(),
        deviation: deviation.round().max(1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(start: u32, distance: u32, mapq: u8) -> (Vec<Hit>, Vec<Hit>) {
        let hit = |start: u32, reverse| Hit {
            start,
            end: start + 100,
            is_primary: true,
            reverse,
            mapq,
            ..Hit::default()
        };
        (vec![hit(start, false)], vec![hit(start + distance - 100, true)])
    }

    fn estimated(pairs: &[(Vec<Hit>, Vec<Hit>)]) -> Option<Distances> {
        estimate(pairs.iter().map(|(a, b)| (&a[..], &b[..]))).0[INWARD]
    }

    #[test]
    fn outliers_do_not_count() {
        let mut pairs: Vec<_> = (0..101).map(|i| pair(1000, 350 + i, 60)).collect();
        pairs.push(pair(1000, 9000, 60));
        pairs.push(pair(1000, 20_000, 60));
        let found = estimated(&pairs).unwrap();
        assert_eq!((found.mean, found.deviation), (400.0, 29.0));
        assert_eq!((found.low, found.high), (222, 579));
    }

    #[test]
    fn too_few_or_unsure_pairs_show_nothing() {
        let pairs = |count, mapq| (0..count).map(|i| pair(i, 400, mapq)).collect::<Vec<_>>();
        assert!(estimated(&pairs(19, 60)).is_none());
        assert!(estimated(&pairs(99, 9)).is_none());
        let equal = estimated(&pairs(20, 10)).unwrap();
        assert_eq!((equal.mean, equal.deviation, equal.low, equal.high), (400.0, 1.0, 400, 400));
    }
}
