//! How often genotypes are expected before any read is seen.
//!
//! Alleles are drawn from an urn that holds one reference allele and a small share θ of each other,
//! and gets another of the kind that was drawn each time (Hoppe's urn: the Ewens sampling formula).
//! Two draws are heterozygous with probability θ and alike but different from the reference with
//! θ/2; k of many chromosomes carry an allele with probability θ/k.

use super::order::Copies;
use crate::{allele::Allele, options::Priors, stretch::Stretch};

/// How often each of the alleles of a locus is expected.
pub(crate) fn theta(alleles: &[&Allele], reference: &Stretch, priors: &Priors) -> f64 {
    if alleles.iter().all(|allele| allele.is_snv()) {
        priors.snv
    } else if alleles.iter().any(|allele| allele.is_in_repeat(reference)) {
        priors.repeat_indel
    } else {
        priors.indel
    }
}

/// What the urn holds: the weight of each allele, the reference's first.
#[derive(Clone, Debug, PartialEq)]
pub struct Urn(Vec<f64>);

impl Urn {
    /// An urn before the first draw; θ of each other allele than the reference.
    pub fn new(thetas: &[f64]) -> Self {
        Self(std::iter::once(1.0).chain(thetas.iter().copied()).collect())
    }

    /// The urn after other draws, of which these (perhaps expected) numbers gave each allele.
    #[must_use]
    pub fn after(&self, draws: &[f64]) -> Self {
        Self(self.0.iter().zip(draws).map(|(weight, n)| weight + n).collect())
    }

    /// Number of alleles.
    pub fn alleles(&self) -> usize {
        self.0.len()
    }

    /// The weight of all alleles but the reference.
    pub fn variant_weight(&self) -> f64 {
        self.0[1..].iter().sum()
    }

    /// The weight of an allele.
    pub fn weight(&self, allele: usize) -> f64 {
        self.0[allele]
    }

    /// Probability of a genotype.
    pub fn probability(&self, copies: Copies) -> f64 {
        let total: f64 = self.0.iter().sum();
        match copies {
            Copies::One(a) => self.0[a] / total,
            Copies::Two(a, b) if a == b => self.0[a] * (self.0[a] + 1.0) / (total * (total + 1.0)),
            Copies::Two(a, b) => 2.0 * self.0[a] * self.0[b] / (total * (total + 1.0)),
        }
    }

    /// Natural logarithm of the probability that k of n chromosomes carry a variant allele, for k
    /// from 0 to n.
    pub fn ln_variant_counts(&self, chromosomes: usize) -> Vec<f64> {
        let (reference, variant) = (self.0[0], self.variant_weight());
        // Of one order of draws; the number of orders is the binomial coefficient.
        let rising = |start: f64, n: usize| (0..n).map(|i| (start + i as f64).ln()).sum::<f64>();
        let all = rising(reference + variant, chromosomes);
        (0..=chromosomes)
            .map(|k| {
                ln_choose(chromosomes, k) + rising(variant, k) + rising(reference, chromosomes - k)
                    - all
            })
            .collect()
    }
}

/// Natural logarithm of the number of ways to choose k of n.
pub fn ln_choose(n: usize, k: usize) -> f64 {
    (1..=k).map(|i| (((n - k + i) as f64) / i as f64).ln()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::genotype::order;

    #[test]
    fn one_genome_has_theta_and_half_of_it() {
        let urn = Urn::new(&[1e-3]);
        let probability = |copies| urn.probability(copies);
        assert!((probability(Copies::Two(0, 1)) / 1e-3 - 1.0).abs() < 3e-3);
        assert!((probability(Copies::Two(1, 1)) / 5e-4 - 1.0).abs() < 3e-3);
        assert!((probability(Copies::One(1)) / 1e-3 - 1.0).abs() < 3e-3);
    }

    #[test]
    fn probabilities_sum_to_one() {
        let urn = Urn::new(&[1e-3, 1e-4, 0.3]).after(&[3.0, 0.5, 0.0, 2.0]);
        for ploidy in [1, 2] {
            let sum: f64 = order::all(ploidy, 4).into_iter().map(|g| urn.probability(g)).sum();
            assert!((sum - 1.0).abs() < 1e-12);
        }
        let sum: f64 = urn.ln_variant_counts(6).iter().map(|l| l.exp()).sum();
        assert!((sum - 1.0).abs() < 1e-12);
    }

    #[test]
    fn counts_follow_theta_over_k() {
        let counts = Urn::new(&[1e-3]).ln_variant_counts(6);
        for (k, ln) in counts.iter().enumerate().take(6).skip(1) {
            assert!((ln.exp() * k as f64 / 1e-3 - 1.0).abs() < 0.01, "{k}");
        }
    }
}
