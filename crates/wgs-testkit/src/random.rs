//! Random numbers that are the same everywhere.

use std::ops::Range;

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

/// A stream of random numbers. Two streams of one seed with different names share nothing, so
/// that a change in how a genome is made leaves the reads' randomness as it was.
///
/// ```
/// use wgs_testkit::Random;
/// let (mut a, mut b) = (Random::new(1, "reads"), Random::new(1, "reads"));
/// assert_eq!(a.below(1000), b.below(1000));
/// ```
#[derive(Clone, Debug)]
pub struct Random(ChaCha8Rng);

impl Random {
    /// The stream of a name under a seed.
    pub fn new(seed: u64, stream: &str) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&fnv1a(stream.as_bytes()).to_le_bytes());
        Self(ChaCha8Rng::from_seed(key))
    }

    /// Uniform in `[0, 1)`, with 53 random bits.
    pub fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Uniform in `[0, n)`.
    ///
    /// # Panics
    ///
    /// If `n` is 0.
    pub fn below(&mut self, n: u32) -> u32 {
        assert!(n > 0, "there is no number below 0");
        (((self.0.next_u64() >> 32) * u64::from(n)) >> 32) as u32
    }

    /// Uniform in a half-open range, which must not be empty.
    pub fn within(&mut self, range: Range<u32>) -> u32 {
        range.start + self.below(range.end - range.start)
    }

    /// True with this probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Normal but for the tails beyond six standard deviations: the sum of twelve uniforms, which
    /// needs no logarithm and so is the same on every machine.
    pub fn normal(&mut self, mean: f64, sd: f64) -> f64 {
        let sum: f64 = (0..12).map(|_| self.unit()).sum();
        mean + sd * (sum - 6.0)
    }

    /// One of several things.
    ///
    /// # Panics
    ///
    /// If there are none.
    pub fn pick<'a, T>(&mut self, things: &'a [T]) -> &'a T {
        &things[self.below(things.len() as u32) as usize]
    }

    /// An index, each with a probability proportional to its weight.
    pub fn weighted(&mut self, weights: &[f64]) -> usize {
        let total: f64 = weights.iter().sum();
        let mut rest = self.unit() * total;
        for (index, weight) in weights.iter().enumerate() {
            if rest < *weight {
                return index;
            }
            rest -= weight;
        }
        weights.len() - 1
    }

    /// A base; `gc` is the probability of G or C.
    pub fn base(&mut self, gc: f64) -> u8 {
        let pair = if self.chance(gc) { b"GC" } else { b"AT" };
        *self.pick(pair)
    }

    /// A base that is not this one.
    pub fn other_base(&mut self, base: u8) -> u8 {
        loop {
            let other = *self.pick(b"ACGT");
            if other != base {
                return other;
            }
        }
    }
}

fn fnv1a(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, b| (hash ^ u64::from(*b)).wrapping_mul(0x100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_fixed_and_apart() {
        let draw = |stream| {
            let mut random = Random::new(42, stream);
            [random.below(1 << 16), random.below(1 << 16), random.below(1 << 16)]
        };
        assert_eq!(draw("a"), draw("a"));
        assert_ne!(draw("a"), draw("b"));
    }

    #[test]
    fn normal_has_its_mean_and_deviation() {
        let mut random = Random::new(1, "normal");
        let draws: Vec<f64> = (0..20_000).map(|_| random.normal(350.0, 50.0)).collect();
        let mean = draws.iter().sum::<f64>() / draws.len() as f64;
        let variance = draws.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / draws.len() as f64;
        assert!((mean - 350.0).abs() < 2.0, "{mean}");
        assert!((variance.sqrt() - 50.0).abs() < 2.0, "{}", variance.sqrt());
    }

    #[test]
    fn weights_are_kept() {
        let mut random = Random::new(1, "weights");
        let ones = (0..10_000).filter(|_| random.weighted(&[1.0, 3.0]) == 1).count();
        assert!((7_300..7_700).contains(&ones), "{ones}");
    }
}
