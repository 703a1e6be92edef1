//! Genotypes of all samples at a locus, and how sure it is that any of them differs from the
//! reference.

use super::{SampleLikelihoods, order, order::Copies, prior::Urn};

/// Rounds in which samples learn from each other; a handful settles.
const ROUNDS: usize = 4;
/// Largest genotype quality, as other callers have it.
const MAX_GENOTYPE_QUALITY: f64 = 99.0;

/// The genotype of one sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GenotypeCall {
    /// The genotype of highest posterior probability.
    pub copies: Copies,
    /// Phred-scaled posterior probability that it is another, at most 99.
    pub quality: f64,
}

/// Genotypes of all samples.
#[derive(Clone, Debug, PartialEq)]
pub struct CohortCall {
    /// Phred-scaled posterior probability that no sample has a variant allele.
    pub quality: f64,
    /// The samples' genotypes; `None` where a sample has no copy of the locus.
    pub genotypes: Vec<Option<GenotypeCall>>,
}

/// Genotypes all samples together.
///
/// QUAL is exact under the urn's prior for the number of variant chromosomes, all variant alleles
/// taken together (as in Li 2011, doi:10.1093/bioinformatics/btr509). Genotypes take the alleles of
/// the other samples, as far as they are known, for earlier draws from the urn.
pub fn call(samples: &[SampleLikelihoods], urn: &Urn) -> CohortCall {
    let posteriors = posteriors(samples, urn);
    let genotypes = samples
        .iter()
        .zip(&posteriors)
        .map(|(sample, posterior)| most_likely(sample.ploidy, urn.alleles(), posterior))
        .collect();
    CohortCall { quality: quality(samples, urn), genotypes }
}

fn most_likely(ploidy: usize, alleles: usize, posterior: &[f64]) -> Option<GenotypeCall> {
    let mut best = 0;
    for (i, p) in posterior.iter().enumerate() {
        if *p > posterior[best] {
            best = i;
        }
    }
    let copies = *order::all(ploidy.max(1), alleles).get(best)?;
    let error: f64 = posterior.iter().enumerate().filter(|(i, _)| *i != best).map(|(_, p)| p).sum();
    let quality = (-10.0 * error.log10()).clamp(0.0, MAX_GENOTYPE_QUALITY);
    (ploidy > 0).then_some(GenotypeCall { copies, quality })
}

/// Posterior probabilities of each sample's genotypes.
fn posteriors(samples: &[SampleLikelihoods], urn: &Urn) -> Vec<Vec<f64>> {
    let nothing = vec![0.0; urn.alleles()];
    let alone = |sample| posterior(sample, &urn.after(&nothing));
    let mut posteriors: Vec<Vec<f64>> = samples.iter().map(alone).collect();
    if samples.len() < 2 {
        return posteriors;
    }
    for _ in 0..ROUNDS {
        for index in 0..samples.len() {
            let mut others = nothing.clone();
            for (other, posterior) in samples
                .iter()
                .zip(&posteriors)
                .enumerate()
                .filter_map(|(i, pair)| (i != index).then_some(pair))
            {
                add_expected(&mut others, other.ploidy, posterior);
            }
            posteriors[index] = posterior(&samples[index], &urn.after(&others));
        }
    }
    posteriors
}

fn posterior(sample: &SampleLikelihoods, urn: &Urn) -> Vec<f64> {
    if sample.ploidy == 0 {
        return Vec::new();
    }
    let genotypes = order::all(sample.ploidy, urn.alleles()).into_iter();
    let weights: Vec<f64> =
        genotypes.zip(&sample.genotypes).map(|(g, l)| l.exp() * urn.probability(g)).collect();
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|w| w / sum).collect()
}

/// Adds the expected copies of each allele in a sample.
fn add_expected(counts: &mut [f64], ploidy: usize, posterior: &[f64]) {
    if ploidy == 0 {
        return;
    }
    for (copies, p) in order::all(ploidy, counts.len()).into_iter().zip(posterior) {
        for allele in copies.alleles() {
            counts[allele] += p;
        }
    }
}

fn quality(samples: &[SampleLikelihoods], urn: &Urn) -> f64 {
    let mut counts = vec![0.0];
    for sample in samples.iter().filter(|s| s.ploidy > 0) {
        counts = convolved(&counts, &by_variant_count(sample, urn));
    }
    let chromosomes = counts.len() - 1;
    let joint: Vec<f64> = urn
        .ln_variant_counts(chromosomes)
        .iter()
        .zip(&counts)
        .enumerate()
        .map(|(k, (prior, sum))| prior + sum - super::prior::ln_choose(chromosomes, k))
        .collect();
    let total = ln_sum(joint.iter().copied());
    ((total - joint[0]) * 10.0 / std::f64::consts::LN_10).max(0.0)
}

/// Likelihood (natural logarithm) of a sample for each number of variant copies, times the number
/// of ways to choose the copies; which variant alleles they are is weighted by the urn.
fn by_variant_count(sample: &SampleLikelihoods, urn: &Urn) -> Vec<f64> {
    let variant = urn.variant_weight();
    let weight = |copies: Copies| match copies {
        Copies::One(0) | Copies::Two(0, 0) => 1.0,
        Copies::One(a) => urn.weight(a) / variant,
        Copies::Two(0, b) => 2.0 * urn.weight(b) / variant,
        Copies::Two(a, b) if a == b => {
            urn.weight(a) * (urn.weight(a) + 1.0) / (variant * (variant + 1.0))
        }
        Copies::Two(a, b) => 2.0 * urn.weight(a) * urn.weight(b) / (variant * (variant + 1.0)),
    };
    let mut sums = vec![f64::NEG_INFINITY; sample.ploidy + 1];
    for (copies, likelihood) in
        order::all(sample.ploidy, urn.alleles()).into_iter().zip(&sample.genotypes)
    {
        let sum = &mut sums[copies.variant_count()];
        *sum = ln_sum([*sum, likelihood + weight(copies).ln()]);
    }
    sums
}

fn convolved(a: &[f64], b: &[f64]) -> Vec<f64> {
    (0..a.len() + b.len() - 1)
        .map(|k| {
            let from = (k + 1).saturating_sub(b.len());
            ln_sum((from..=k.min(a.len() - 1)).map(|i| a[i] + b[k - i]))
        })
        .collect()
}

fn ln_sum(values: impl IntoIterator<Item = f64, IntoIter: Clone>) -> f64 {
    let values = values.into_iter();
    let best = values.clone().fold(f64::NEG_INFINITY, f64::max);
    if best == f64::NEG_INFINITY {
        return best;
    }
    best + values.map(|v| (v - best).exp()).sum::<f64>().ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diploid(genotypes: &[f64]) -> SampleLikelihoods {
        SampleLikelihoods { ploidy: 2, genotypes: genotypes.to_vec() }
    }

    fn phred(p: f64) -> f64 {
        -10.0 * p.log10()
    }

    #[test]
    fn one_sample_by_hand() {
        let urn = Urn::new(&[1e-3]);
        let sample = diploid(&[-12.0, 0.0, -20.0]);
        let call = call(&[sample], &urn);
        let weights = [
            (-12f64).exp() * urn.probability(Copies::Two(0, 0)),
            urn.probability(Copies::Two(0, 1)),
            (-20f64).exp() * urn.probability(Copies::Two(1, 1)),
        ];
        let sum: f64 = weights.iter().sum();
        assert!((call.quality - phred(weights[0] / sum)).abs() < 1e-9);
        let genotype = call.genotypes[0].unwrap();
        assert_eq!(genotype.copies, Copies::Two(0, 1));
        assert!((genotype.quality - phred((weights[0] + weights[2]) / sum)).abs() < 1e-9);
    }

    #[test]
    fn quality_is_the_sum_over_all_genotypes_of_a_family() {
        let urn = Urn::new(&[1e-3]);
        let samples = [diploid(&[-3.0, 0.0, -9.0]), diploid(&[0.0, -2.0, -30.0])];
        let pair = |g: Copies, h: Copies| {
            let k = g.variant_count() + h.variant_count();
            let ways = |g: Copies| if g == Copies::Two(0, 1) { 2.0 } else { 1.0 };
            let choose = [1.0, 4.0, 6.0, 4.0, 1.0][k];
            let prior = urn.ln_variant_counts(4)[k].exp() * ways(g) * ways(h) / choose;
            prior * (samples[0].genotypes[g.index()] + samples[1].genotypes[h.index()]).exp()
        };
        let all = order::all(2, 2);
        let total: f64 = all
            .iter()
            .flat_map(|&g| all.iter().map(move |&h| (g, h)))
            .map(|(g, h)| pair(g, h))
            .sum();
        let none = pair(Copies::Two(0, 0), Copies::Two(0, 0)) / total;
        assert!((call(&samples, &urn).quality - phred(none)).abs() < 1e-9);
    }

    #[test]
    fn weak_evidence_is_enough_where_a_relative_is_sure() {
        let urn = Urn::new(&[1e-3]);
        let weak = diploid(&[-4.0, 0.0, -8.0]);
        let sure = diploid(&[-80.0, 0.0, -60.0]);
        let alone = call(std::slice::from_ref(&weak), &urn);
        assert_eq!(alone.genotypes[0].unwrap().copies, Copies::Two(0, 0));
        let together = call(&[sure, weak], &urn);
        assert_eq!(together.genotypes[1].unwrap().copies, Copies::Two(0, 1));
    }

    #[test]
    fn haploid_and_absent_samples() {
        let urn = Urn::new(&[1e-3]);
        let haploid = SampleLikelihoods { ploidy: 1, genotypes: vec![-30.0, 0.0] };
        let absent = SampleLikelihoods { ploidy: 0, genotypes: vec![] };
        let result = call(&[absent.clone(), haploid], &urn);
        assert_eq!(result.genotypes[0], None);
        assert_eq!(result.genotypes[1].unwrap().copies, Copies::One(1));
        assert!((result.quality - phred((-30f64).exp() / 1e-3)).abs() < 0.1);
        assert_eq!(call(&[absent], &urn).quality, 0.0);
    }

    #[test]
    fn two_variant_alleles() {
        let urn = Urn::new(&[1e-4, 1e-4]);
        let sample = diploid(&[-90.0, -40.0, -90.0, -40.0, 0.0, -90.0]);
        let call = call(&[sample], &urn);
        assert_eq!(call.genotypes[0].unwrap().copies, Copies::Two(1, 2));
        assert!(call.quality > 200.0);
    }
}
