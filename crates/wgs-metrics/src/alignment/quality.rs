//! Base qualities of primary reads, by value.

use wgs_formats::qc::Histogram;

/// Tables that neighbouring bases count in: equal qualities in a row then need not wait for each
/// other.
const TABLES: usize = 4;

/// Bases by quality.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct QualityHistogram(Box<[[u64; 256]; TABLES]>);

impl Default for QualityHistogram {
    fn default() -> Self {
        Self(Box::new([[0; 256]; TABLES]))
    }
}

impl QualityHistogram {
    pub(super) fn add(&mut self, quals: &[u8]) {
        let (fours, rest) = quals.as_chunks::<TABLES>();
        let [a, b, c, d] = &mut *self.0;
        for &[w, x, y, z] in fours {
            a[usize::from(w)] += 1;
            b[usize::from(x)] += 1;
            c[usize::from(y)] += 1;
            d[usize::from(z)] += 1;
        }
        rest.iter().for_each(|&quality| a[usize::from(quality)] += 1);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        let counts = self.0.as_flattened_mut().iter_mut();
        counts.zip(other.0.as_flattened()).for_each(|(a, b)| *a += b);
    }

    fn count(&self, quality: usize) -> u64 {
        self.0.iter().map(|table| table[quality]).sum()
    }

    /// Bases with at least a quality.
    pub(super) fn at_least(&self, quality: usize) -> u64 {
        (quality..256).map(|quality| self.count(quality)).sum()
    }

    /// Sum of all qualities.
    pub(super) fn sum(&self) -> u64 {
        (0..256).map(|quality| quality as u64 * self.count(quality)).sum()
    }

    pub(super) fn histogram(&self) -> Histogram {
        (0..256).map(|quality| (quality as u32, self.count(quality))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_base_counts_wherever_it_stands() {
        let mut qualities = QualityHistogram::default();
        let quals: Vec<u8> = (0..203).map(|i| [2, 11, 25, 37, 37, 37][i % 6]).collect();
        qualities.add(&quals);
        let mut twice = qualities.clone();
        twice.merge(&qualities);
        let expected = quals.iter().map(|&q| (u32::from(q), 2)).fold(
            Histogram::default(),
            |mut all, (quality, count)| {
                all.add(quality, count);
                all
            },
        );
        assert_eq!(twice.histogram(), expected);
        assert_eq!(twice.sum(), 2 * quals.iter().map(|&q| u64::from(q)).sum::<u64>());
        assert_eq!(twice.at_least(25), expected.count_from(25));
    }
}
