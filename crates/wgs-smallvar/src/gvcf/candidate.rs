//! A locus of one sample with any sign of a variant.

use crate::{
    genotype::{
        self, Copies, GenotypeCall, Judgement, Locus, LocusLikelihoods, SampleLikelihoods, order,
    },
    likelihood::Matrix,
    site::{self, Context, Site},
};

/// Alleles that are told: those of which a genotype is at most this far behind the best,
/// Phred-scaled.
const MAX_TOLD_PHRED: f64 = 60.0;
/// Most variant alleles that are told.
const MAX_TOLD: usize = 6;

/// A locus as a gVCF tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The alleles with their depths, the genotype (perhaps of the reference alone), QUAL, and the
    /// fragments' biases as they are when only alleles of the genotype count.
    pub site: Site,
    /// Phred-scaled likelihoods of the genotypes over the site's alleles and, last, any other;
    /// none on chrM, where there are shares of fragments in place of genotypes.
    pub phred_likelihoods: Vec<u32>,
}

/// What a gVCF tells of a locus, from the only sample's likelihoods over all its alleles. `None`
/// where no variant allele is near to any sense, or without copies or fragments.
pub fn of(
    context: Context<'_>,
    locus: &Locus,
    likelihoods: &LocusLikelihoods,
    theta: f64,
) -> Option<Candidate> {
    let merged = &likelihoods.merged;
    if merged.ploidy == 0 {
        return None;
    }
    let thetas = vec![theta; locus.alleles.len()];
    let judged = genotype::judge(std::slice::from_ref(merged), &thetas);
    let kept = if judged.has_variant() { judged.kept.clone() } else { vec![0] };
    let mut told = told(merged, &kept, locus.allele_count());
    if told.len() < 2 {
        return None;
    }
    let genotype = judged.call.genotypes[0].map(|g| within(g, &judged, &told));
    let quality = judged.call.quality;
    let over_told = Judgement {
        likelihoods: vec![merged.subset(&told)],
        call: genotype::CohortCall { quality, genotypes: vec![genotype] },
        kept: told.clone(),
    };
    let described =
        |judged| site::described(context, locus, std::slice::from_ref(likelihoods), judged);
    let mut site = described(over_told);
    if judged.has_variant() && kept != told {
        let of_genotype = described(judged);
        site.bias = of_genotype.bias;
        site.samples[0].strands = of_genotype.samples[0].strands;
    }
    if site.alternates.len() == told.len() {
        // The place is deleted on a copy: `*` is told as well.
        told.push(locus.allele_count());
    }
    let phred_likelihoods = with_any_other(
        &site.samples[0].phred_likelihoods,
        &rows(context, locus, &told),
        merged.ploidy,
        told.len(),
    );
    (site.samples[0].depth > 0).then_some(Candidate { site, phred_likelihoods })
}

/// The alleles of the genotype, and of the others those that come nearest; ascending.
fn told(likelihoods: &SampleLikelihoods, kept: &[usize], alleles: usize) -> Vec<usize> {
    let genotypes = order::all(likelihoods.ploidy, alleles);
    let nearest = |allele: usize| {
        let with = genotypes.iter().zip(&likelihoods.genotypes);
        let with = with.filter(|(g, _)| g.count(allele) > 0).map(|(_, l)| -l);
        with.fold(f64::INFINITY, f64::min) * 10.0 / std::f64::consts::LN_10
    };
    let mut others: Vec<(f64, usize)> = (1..alleles)
        .filter(|allele| !kept.contains(allele))
        .map(|allele| (nearest(allele), allele))
        .filter(|(phred, _)| *phred <= MAX_TOLD_PHRED)
        .collect();
    others.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let room = (MAX_TOLD + 1).saturating_sub(kept.len());
    let mut told: Vec<usize> =
        kept.iter().copied().chain(others.into_iter().take(room).map(|o| o.1)).collect();
    told.sort_unstable();
    told
}

/// The genotype by the places of its alleles among those told.
fn within(call: GenotypeCall, judged: &Judgement, told: &[usize]) -> GenotypeCall {
    let place = |allele: usize| {
        let allele = if judged.has_variant() { judged.kept[allele] } else { allele };
        told.iter().position(|&t| t == allele).unwrap_or(0)
    };
    let copies = match call.copies {
        Copies::One(a) => Copies::One(place(a)),
        Copies::Two(a, b) => Copies::two(place(a), place(b)),
    };
    GenotypeCall { copies, ..call }
}

/// For each fragment, natural logarithms of the likelihood of each allele told and of any other:
/// the best of the others, or the second best of those told, whichever is better.
fn rows(context: Context<'_>, locus: &Locus, told: &[usize]) -> Vec<Vec<f64>> {
    let on: Vec<usize> = if told.contains(&locus.allele_count()) {
        context.haplotypes.iter().map(|h| locus.allele_or_deletion_on(h)).collect()
    } else {
        context.haplotypes.iter().map(|h| locus.allele_on(h)).collect()
    };
    let matrix: &Matrix = &context.matrices[0];
    matrix
        .rows()
        .map(|(_, row)| {
            let mut best = vec![f64::NEG_INFINITY; locus.allele_count() + 1];
            for (&allele, &value) in on.iter().zip(row) {
                best[allele] = best[allele].max(value);
            }
            let mut values: Vec<f64> = told.iter().map(|&allele| best[allele]).collect();
            let mut descending = values.clone();
            descending.sort_by(|a, b| b.total_cmp(a));
            let untold = (0..best.len()).filter(|a| !told.contains(a)).map(|a| best[a]);
            values.push(untold.fold(descending[1], f64::max));
            values
        })
        .collect()
}

/// Adds to likelihoods those of the genotypes with any other allele, which come last in VCF's
/// order, from the fragments one by one.
fn with_any_other(phred: &[u32], rows: &[Vec<f64>], ploidy: usize, alleles: usize) -> Vec<u32> {
    let genotypes = order::all(ploidy, alleles + 1);
    let ln_likelihoods: Vec<f64> = genotypes
        .iter()
        .map(|copies| {
            let of = |row: &Vec<f64>| match *copies {
                Copies::One(a) => row[a],
                Copies::Two(a, b) => (0.5 * (row[a].exp() + row[b].exp())).ln(),
            };
            rows.iter().map(of).sum()
        })
        .collect();
    let best = ln_likelihoods[..phred.len()].iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let any_other = ln_likelihoods[phred.len()..].iter();
    let any_other =
        any_other.map(|l| ((best - l) * 10.0 / std::f64::consts::LN_10).round().max(0.0) as u32);
    phred.iter().copied().chain(any_other).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alleles_near_the_best_genotype_are_told() {
        let ln = |phred: f64| -phred * std::f64::consts::LN_10 / 10.0;
        let phred = [70.0, 0.0, 80.0, 95.0, 40.0, 90.0, 200.0, 150.0, 300.0, 300.0];
        let likelihoods = SampleLikelihoods { ploidy: 2, genotypes: phred.map(ln).to_vec() };
        assert_eq!(told(&likelihoods, &[0, 1], 4), [0, 1, 2]);
        assert_eq!(told(&likelihoods, &[0], 4), [0, 1, 2]);
    }

    #[test]
    fn any_other_allele_is_as_far_as_the_fragments_say() {
        // Four fragments of the reference and four of the variant, each by 30 Phred.
        let far = -3.0 * std::f64::consts::LN_10;
        let rows: Vec<Vec<f64>> =
            (0..8).map(|i| if i < 4 { vec![0.0, far, far] } else { vec![far, 0.0, far] }).collect();
        let phred = with_any_other(&[96, 0, 96], &rows, 2, 2);
        assert_eq!(phred[..3], [96, 0, 96]);
        // Half of the fragments fit one copy, by one half; the others none.
        assert!((105..=110).contains(&phred[3]) && phred[3] == phred[4], "{phred:?}");
        assert!(phred[5] > 200);
        assert_eq!(with_any_other(&[0, 240], &rows[..8], 1, 2).len(), 3);
    }
}
