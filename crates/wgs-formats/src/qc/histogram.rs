//! Counts of whole numbers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How often each value was seen; in JSON an object from value to count, values ascending, those
/// never seen left out.
///
/// ```
/// use wgs_formats::qc::Histogram;
/// let lengths = Histogram::from_dense(&[0, 0, 3, 1]);
/// assert_eq!((lengths.total(), lengths.median(), lengths.mean()), (4, 2.0, 2.25));
/// assert_eq!(serde_json::to_string(&lengths)?, r#"{"2":3,"3":1}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Histogram(BTreeMap<u32, u64>);

impl Histogram {
    /// Takes `counts[value]`.
    pub fn from_dense(counts: &[u64]) -> Self {
        (0..).zip(counts.iter().copied()).collect()
    }

    /// Counts a value `count` times more.
    pub fn add(&mut self, value: u32, count: u64) {
        if count > 0 {
            *self.0.entry(value).or_default() += count;
        }
    }

    /// Adds the counts of another histogram.
    pub fn merge(&mut self, other: &Self) {
        other.iter().for_each(|(value, count)| self.add(value, count));
    }

    /// Values seen and their counts, ascending by value.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (u32, u64)> {
        self.0.iter().map(|(&value, &count)| (value, count))
    }

    /// How often a value was seen.
    pub fn count(&self, value: u32) -> u64 {
        self.0.get(&value).copied().unwrap_or(0)
    }

    /// How often values of at least `value` were seen.
    pub fn count_from(&self, value: u32) -> u64 {
        self.0.range(value..).map(|(_, count)| count).sum()
    }

    /// Sum of the counts.
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Smallest value seen.
    pub fn min(&self) -> Option<u32> {
        self.0.keys().next().copied()
    }

    /// Largest value seen.
    pub fn max(&self) -> Option<u32> {
        self.0.keys().next_back().copied()
    }

    /// The value seen most often, the smallest of several.
    pub fn mode(&self) -> Option<u32> {
        let best = self.0.values().max()?;
        self.iter().find(|(_, count)| count == best).map(|(value, _)| value)
    }

    /// Sum of value times count.
    pub fn sum(&self) -> u128 {
        self.iter().map(|(value, count)| u128::from(value) * u128::from(count)).sum()
    }

    /// Arithmetic mean, or 0 of nothing.
    pub fn mean(&self) -> f64 {
        let total = self.total();
        if total == 0 { 0.0 } else { self.sum() as f64 / total as f64 }
    }

    /// Standard deviation with the divisor n - 1, or 0 of fewer than two.
    pub fn standard_deviation(&self) -> f64 {
        let total = self.total();
        if total < 2 {
            return 0.0;
        }
        let mean = self.mean();
        let squares: f64 = self
            .iter()
            .map(|(value, count)| (f64::from(value) - mean).powi(2) * count as f64)
            .sum();
        (squares / (total - 1) as f64).sqrt()
    }

    /// The smallest value with at least `quantile` (0 to 1) of all counts at or below it; 0 of
    /// nothing.
    pub fn quantile(&self, quantile: f64) -> u32 {
        let rank = (quantile.clamp(0.0, 1.0) * self.total() as f64).ceil().max(1.0) as u64;
        self.at_rank(rank)
    }

    /// Median; between two middle values their mean; 0 of nothing.
    pub fn median(&self) -> f64 {
        let total = self.total();
        let (low, high) = (self.at_rank(total.div_ceil(2)), self.at_rank(total / 2 + 1));
        f64::midpoint(f64::from(low), f64::from(high))
    }

    /// Median absolute deviation from the median, not scaled to a standard deviation.
    pub fn median_absolute_deviation(&self) -> f64 {
        let median = self.median();
        let mut doubled = Self::default();
        for (value, count) in self.iter() {
            doubled.add((2.0 * (f64::from(value) - median).abs()) as u32, count);
        }
        doubled.median() / 2.0
    }

    /// The value of the `rank`th count, from 1.
    fn at_rank(&self, rank: u64) -> u32 {
        let mut seen = 0;
        for (value, count) in self.iter() {
            seen += count;
            if seen >= rank {
                return value;
            }
        }
        self.max().unwrap_or(0)
    }
}

impl FromIterator<(u32, u64)> for Histogram {
    fn from_iter<I: IntoIterator<Item = (u32, u64)>>(counts: I) -> Self {
        let mut histogram = Self::default();
        counts.into_iter().for_each(|(value, count)| histogram.add(value, count));
        histogram
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[u32]) -> Histogram {
        values.iter().map(|&value| (value, 1)).collect()
    }

    #[test]
    fn statistics_of_a_known_sample() {
        let h = of(&[2, 4, 4, 4, 5, 5, 7, 9]);
        assert_eq!((h.mean(), h.median(), h.mode()), (5.0, 4.5, Some(4)));
        assert!((h.standard_deviation() - 2.138_089_935).abs() < 1e-9);
        // Deviations from 4.5: 0.5 x5, 2.5 x2, 4.5
        assert_eq!(h.median_absolute_deviation(), 0.5);
        assert_eq!((h.quantile(0.25), h.quantile(0.9), h.quantile(1.0)), (4, 9, 9));
        assert_eq!((h.count_from(5), h.min(), h.max()), (4, Some(2), Some(9)));
    }

    #[test]
    fn nothing_has_no_statistics() {
        let h = Histogram::default();
        assert_eq!((h.mean(), h.median(), h.quantile(0.5), h.mode()), (0.0, 0.0, 0, None));
    }

    #[test]
    fn single_value() {
        let h = of(&[7]);
        assert_eq!((h.median(), h.standard_deviation()), (7.0, 0.0));
    }
}
