//! Which of a locus's alleles the samples have, and their genotypes over these.

use super::{CohortCall, SampleLikelihoods, Urn, cohort};

/// What is concluded of a locus.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// The alleles that some genotype has, ascending; 0, the reference's, always.
    pub kept: Vec<usize>,
    /// The samples' likelihoods over these.
    pub likelihoods: Vec<SampleLikelihoods>,
    /// Genotypes over these, and QUAL.
    pub call: CohortCall,
}

impl Judgement {
    /// Whether a sample has a variant allele.
    pub fn has_variant(&self) -> bool {
        self.kept.len() > 1
    }
}

/// Genotypes all samples over all alleles of a locus, and again over those that some genotype has,
/// so that alleles which nobody has take no part of the probability. `thetas` tells how often each
/// variant allele is expected.
pub fn judge(likelihoods: &[SampleLikelihoods], thetas: &[f64]) -> Judgement {
    let call = cohort::call(likelihoods, &Urn::new(thetas));
    let has = |allele: usize| call.genotypes.iter().flatten().any(|g| g.copies.count(allele) > 0);
    let kept: Vec<usize> =
        std::iter::once(0).chain((1..=thetas.len()).filter(|&a| has(a))).collect();
    if kept.len() < 2 || kept.len() > thetas.len() {
        return Judgement { kept, likelihoods: likelihoods.to_vec(), call };
    }
    let likelihoods: Vec<_> = likelihoods.iter().map(|l| l.subset(&kept)).collect();
    let thetas: Vec<f64> = kept[1..].iter().map(|&allele| thetas[allele - 1]).collect();
    let call = cohort::call(&likelihoods, &Urn::new(&thetas));
    Judgement { kept, likelihoods, call }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::genotype::Copies;

    fn diploid(genotypes: &[f64]) -> SampleLikelihoods {
        SampleLikelihoods { ploidy: 2, genotypes: genotypes.to_vec() }
    }

    #[test]
    fn alleles_that_nobody_has_are_left_out() {
        let samples = [diploid(&[-60.0, -30.0, -60.0, 0.0, -20.0, -40.0])];
        let judged = judge(&samples, &[1e-3, 1e-3]);
        assert_eq!(judged.kept, [0, 2]);
        assert_eq!(judged.likelihoods[0].genotypes, [-60.0, 0.0, -40.0]);
        assert_eq!(judged.call.genotypes[0].map(|g| g.copies), Some(Copies::Two(0, 1)));
    }

    #[test]
    fn where_nobody_has_a_variant_all_alleles_stay() {
        let judged = judge(&[diploid(&[0.0, -9.0, -20.0])], &[1e-3]);
        assert!(!judged.has_variant());
        assert_eq!(judged.likelihoods[0].genotypes.len(), 3);
        assert!(judged.call.quality < 0.1);
    }
}
