//! From the haplotypes of a window to the genotypes of its loci.

use super::{order, order::Copies, prior::Urn};
use crate::{
    allele::Allele,
    candidates::{Haplotype, Window},
    likelihood::Matrix,
};

/// Rows multiplied before a logarithm is taken: each factor is above 1e-5, so that no product
/// leaves the range of `f64`.
const ROWS_PER_LOGARITHM: usize = 32;

/// Alleles that share one VCF record: those with one anchor, substitutions apart from insertions
/// and deletions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locus {
    /// 0-based place of the record.
    pub anchor: u32,
    /// Whether its alleles are substitutions.
    pub is_snv: bool,
    /// Places of its alleles in the window.
    pub alleles: Vec<usize>,
    /// Places in the window of the deletions of other loci that take its anchor, or for a
    /// substitution its base, away.
    pub spanning: Vec<usize>,
}

impl Locus {
    /// The loci of a window, ascending.
    pub fn of(window: &Window) -> Vec<Self> {
        let key = |allele: &Allele| (allele.anchor(), allele.is_snv());
        let mut order: Vec<usize> = (0..window.alleles.len()).collect();
        order.sort_by_key(|&i| (key(&window.alleles[i]), i));
        order
            .chunk_by(|&a, &b| key(&window.alleles[a]) == key(&window.alleles[b]))
            .map(|group| {
                let (anchor, is_snv) = key(&window.alleles[group[0]]);
                let spans = |a: &Allele| {
                    a.inserted.len() < a.deleted as usize && a.start <= anchor && anchor < a.end()
                };
                let spanning =
                    (0..window.alleles.len()).filter(|&i| spans(&window.alleles[i])).collect();
                Self { anchor, is_snv, alleles: group.to_vec(), spanning }
            })
            .collect()
    }

    /// Which of the locus's alleles a haplotype carries: 0 for the reference's, else one more than
    /// the place in [`Locus::alleles`]. A haplotype on which the locus is deleted counts as
    /// reference here ([`Locus::is_deleted_on`] tells them apart).
    pub fn allele_on(&self, haplotype: &Haplotype) -> usize {
        self.alleles.iter().position(|&allele| haplotype.has(allele)).map_or(0, |i| i + 1)
    }

    /// Number of alleles, the reference's included.
    pub fn allele_count(&self) -> usize {
        self.alleles.len() + 1
    }

    /// Whether a deletion of another locus takes the place away on a haplotype.
    pub fn is_deleted_on(&self, haplotype: &Haplotype) -> bool {
        self.allele_on(haplotype) == 0 && self.spanning.iter().any(|&a| haplotype.has(a))
    }

    /// Like [`Locus::allele_on`], but [`Locus::allele_count`] where the place is deleted.
    pub fn allele_or_deletion_on(&self, haplotype: &Haplotype) -> usize {
        if self.is_deleted_on(haplotype) { self.allele_count() } else { self.allele_on(haplotype) }
    }
}

/// Likelihoods of one sample at a locus.
#[derive(Clone, Debug, PartialEq)]
pub struct LocusLikelihoods {
    /// With haplotypes on which the place is deleted taken for the reference's.
    pub merged: SampleLikelihoods,
    /// With the absence of the place as an allele of its own, the last one; none where no deletion
    /// spans the place.
    pub spanned: Option<SampleLikelihoods>,
}

/// Likelihoods of one sample's genotypes at a locus.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleLikelihoods {
    /// Copies of the locus in the sample: 0, 1 or 2.
    pub ploidy: usize,
    /// Natural logarithms in the order of VCF, relative to the best, which has 0; empty where the
    /// sample has no copy.
    pub genotypes: Vec<f64>,
}

impl SampleLikelihoods {
    /// The likelihoods over fewer alleles: those at `kept`, which is ascending and begins with 0.
    #[must_use]
    pub fn subset(&self, kept: &[usize]) -> Self {
        if self.ploidy == 0 {
            return self.clone();
        }
        let genotypes =
            order::all(self.ploidy, kept.len()).into_iter().map(|copies| match copies {
                Copies::One(a) => self.genotypes[Copies::One(kept[a]).index()],
                Copies::Two(a, b) => self.genotypes[Copies::Two(kept[a], kept[b]).index()],
            });
        Self { ploidy: self.ploidy, genotypes: relative(genotypes.collect()) }
    }
}

fn relative(mut values: Vec<f64>) -> Vec<f64> {
    let best = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if best.is_finite() {
        values.iter_mut().for_each(|v| *v -= best);
    }
    values
}

/// Genotype likelihoods of a sample at each locus of a window. The genotypes of a window's other
/// loci are summed over, weighted by their `urns` (one for each locus).
///
/// # Panics
///
/// If `ploidy` is above 2.
pub fn locus_likelihoods(
    matrix: &Matrix,
    haplotypes: &[Haplotype],
    loci: &[Locus],
    urns: &[Urn],
    ploidy: usize,
) -> Vec<LocusLikelihoods> {
    assert!(ploidy <= 2, "diploid and haploid samples only");
    let mut tallies: Vec<Tally> = loci
        .iter()
        .zip(urns)
        .map(|(locus, urn)| Tally::new(locus, haplotypes, urn, ploidy))
        .collect();
    if ploidy > 0 {
        for (genome, ln_likelihood) in genomes(matrix, haplotypes.len(), ploidy) {
            let ln_prior: f64 = tallies.iter().map(|tally| tally.ln_prior(genome)).sum();
            for tally in &mut tallies {
                tally.add(genome, ln_likelihood + ln_prior - tally.ln_prior(genome));
            }
        }
    }
    tallies.into_iter().map(|tally| tally.finish(ploidy)).collect()
}

/// The sums over genomes of one locus.
struct Tally {
    /// The allele on each haplotype, and the same with the place's absence apart.
    carried: Vec<usize>,
    spanned: Option<Vec<usize>>,
    ln_priors: Vec<f64>,
    merged_sums: Vec<f64>,
    spanned_sums: Vec<f64>,
}

impl Tally {
    fn new(locus: &Locus, haplotypes: &[Haplotype], urn: &Urn, ploidy: usize) -> Self {
        let genotypes =
            |alleles| if ploidy == 0 { Vec::new() } else { order::all(ploidy, alleles) };
        let count = locus.allele_count();
        let is_spanned = haplotypes.iter().any(|h| locus.is_deleted_on(h));
        let apart = || haplotypes.iter().map(|h| locus.allele_or_deletion_on(h)).collect();
        let spanned_len = if is_spanned { genotypes(count + 1).len() } else { 0 };
        Self {
            carried: haplotypes.iter().map(|h| locus.allele_on(h)).collect(),
            spanned: is_spanned.then(apart),
            ln_priors: genotypes(count).into_iter().map(|g| urn.probability(g).ln()).collect(),
            merged_sums: vec![f64::NEG_INFINITY; genotypes(count).len()],
            spanned_sums: vec![f64::NEG_INFINITY; spanned_len],
        }
    }

    fn ln_prior(&self, genome: Copies) -> f64 {
        self.ln_priors[genotype_index(&self.carried, genome)]
    }

    fn add(&mut self, genome: Copies, ln_likelihood: f64) {
        let sum = &mut self.merged_sums[genotype_index(&self.carried, genome)];
        *sum = ln_add(*sum, ln_likelihood);
        if let Some(spanned) = &self.spanned {
            let sum = &mut self.spanned_sums[genotype_index(spanned, genome)];
            *sum = ln_add(*sum, ln_likelihood);
        }
    }

    fn finish(self, ploidy: usize) -> LocusLikelihoods {
        let likelihoods = |sums| SampleLikelihoods { ploidy, genotypes: relative(floored(sums)) };
        LocusLikelihoods {
            merged: likelihoods(self.merged_sums),
            spanned: self.spanned.map(|_| likelihoods(self.spanned_sums)),
        }
    }
}

/// The genotype of a genome whose haplotypes carry these alleles.
fn genotype_index(carried: &[usize], genome: Copies) -> usize {
    match genome {
        Copies::One(h) => Copies::One(carried[h]).index(),
        Copies::Two(g, h) => Copies::two(carried[g], carried[h]).index(),
    }
}

/// Genotypes that no pair of haplotypes gives are as unlikely as the least likely that one gives.
fn floored(mut values: Vec<f64>) -> Vec<f64> {
    let least = values.iter().copied().filter(|v| v.is_finite()).fold(f64::INFINITY, f64::min);
    values.iter_mut().filter(|v| !v.is_finite()).for_each(|v| *v = least);
    values
}

/// The haplotypes that a sample may have, singly or in pairs, and the likelihood of its fragments
/// (natural logarithm): each comes from either copy with the same chance.
fn genomes(
    matrix: &Matrix,
    haplotypes: usize,
    ploidy: usize,
) -> impl Iterator<Item = (Copies, f64)> {
    let linear: Vec<Vec<f64>> =
        (0..haplotypes).map(|h| matrix.rows().map(|(_, row)| row[h].exp()).collect()).collect();
    order::all(ploidy, haplotypes).into_iter().map(move |genome| {
        let ln_likelihood = match genome {
            Copies::One(h) => ln_product(linear[h].iter().copied()),
            Copies::Two(g, h) => {
                let pairs = linear[g].iter().zip(&linear[h]);
                ln_product(pairs.map(|(a, b)| 0.5 * (a + b)))
            }
        };
        (genome, ln_likelihood)
    })
}

fn ln_product(factors: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut product, mut n) = (0.0, 1.0, 0);
    for factor in factors {
        product *= factor;
        n += 1;
        if n == ROWS_PER_LOGARITHM {
            sum += f64::ln(product);
            (product, n) = (1.0, 0);
        }
    }
    sum + product.ln()
}

/// Logarithm of the sum of two numbers that are given by their logarithms.
fn ln_add(a: f64, b: f64) -> f64 {
    let (high, low) = if a > b { (a, b) } else { (b, a) };
    if low == f64::NEG_INFINITY { high } else { high + (low - high).exp().ln_1p() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::candidates::Method;

    fn haplotype(alleles: u64) -> Haplotype {
        Haplotype { alleles, bases: Vec::new() }
    }

    fn window(alleles: Vec<Allele>) -> Window {
        let fragments = vec![2; alleles.len()];
        Window {
            method: Method::Realign,
            span: 0..1,
            held: 0..1,
            alleles,
            fragments,
            assembled: Vec::new(),
            told_from: 0,
        }
    }

    #[test]
    fn records_take_alleles_of_one_anchor_and_kind() {
        let window = window(vec![
            Allele::snv(9, b'A'),
            Allele::snv(9, b'C'),
            Allele::insertion(10, b"T".to_vec()),
            Allele::deletion(10, 2),
            Allele::snv(10, b'A'),
        ]);
        let loci = Locus::of(&window);
        let keys: Vec<_> = loci.iter().map(|l| (l.anchor, l.is_snv, l.alleles.clone())).collect();
        assert_eq!(keys, [(9, false, vec![2, 3]), (9, true, vec![0, 1]), (10, true, vec![4])]);
        assert_eq!(loci[0].allele_on(&haplotype(0b1000)), 2);
        assert_eq!(loci[0].allele_on(&haplotype(0b0001)), 0);
    }

    #[test]
    fn diploid_likelihoods_by_hand() {
        // Three fragments, Q20: two of the reference, one of the other allele.
        let mut matrix = Matrix::new(2);
        let low = 0.01f64;
        matrix.push(0, 60, &[0.0, low.ln()]);
        matrix.push(1, 60, &[0.0, low.ln()]);
        matrix.push(2, 60, &[low.ln(), 0.0]);
        let window = window(vec![Allele::snv(9, b'A')]);
        let haplotypes = [haplotype(0), haplotype(1)];
        let likelihoods = |ploidy| {
            let loci = Locus::of(&window);
            let urns = [Urn::new(&[1e-3])];
            locus_likelihoods(&matrix, &haplotypes, &loci, &urns, ploidy).remove(0).merged
        };
        let het = ((1.0 + low) / 2.0).powi(3);
        let expected = [(low / het).ln(), 0.0, (low * low / het).ln()];
        for (value, expected) in likelihoods(2).genotypes.iter().zip(expected) {
            assert!((value - expected).abs() < 1e-9, "{value} {expected}");
        }
        let haploid = likelihoods(1).genotypes;
        assert!(haploid[0] == 0.0 && (haploid[1] - low.ln()).abs() < 1e-9);
        assert_eq!(likelihoods(0).genotypes, Vec::<f64>::new());
    }

    #[test]
    fn a_neighbour_that_explains_the_reads_takes_the_evidence() {
        // All fragments fit the haplotype with both alleles as well as that with the second alone.
        let mut matrix = Matrix::new(4);
        for i in 0..20 {
            let worse = -8.0;
            let row =
                if i % 2 == 0 { [0.0, worse, worse, worse] } else { [worse, worse, 0.0, 0.0] };
            matrix.push(i, 60, &row);
        }
        let window = window(vec![Allele::snv(9, b'A'), Allele::deletion(12, 3)]);
        let haplotypes = [0b00, 0b01, 0b10, 0b11].map(haplotype);
        let urns = [Urn::new(&[1e-3]), Urn::new(&[1e-4])];
        let loci = Locus::of(&window);
        let result = locus_likelihoods(&matrix, &haplotypes, &loci, &urns, 2);
        let result: Vec<_> = result.into_iter().map(|l| l.merged).collect();
        assert!(result[0].genotypes[1] > -1.0, "the first may be there or not: {result:?}");
        assert!(result[1].genotypes[1] == 0.0 && result[1].genotypes[0] < -20.0, "{result:?}");
    }

    #[test]
    fn a_deletion_over_a_substitution_is_an_allele_of_its_own() {
        let window = window(vec![Allele::deletion(9, 5), Allele::snv(11, b'T')]);
        let haplotypes = [0b00, 0b01, 0b10].map(haplotype);
        let loci = Locus::of(&window);
        assert_eq!((loci[1].anchor, &loci[1].spanning[..]), (11, &[0][..]));
        let on: Vec<usize> = haplotypes.iter().map(|h| loci[1].allele_or_deletion_on(h)).collect();
        assert_eq!(on, [0, 2, 1]);
        let mut matrix = Matrix::new(3);
        for i in 0..10 {
            let row = if i % 2 == 0 { [-8.0, 0.0, -8.0] } else { [-8.0, -8.0, 0.0] };
            matrix.push(i, 60, &row);
        }
        let urns = [Urn::new(&[1e-4]), Urn::new(&[1e-3])];
        let result = locus_likelihoods(&matrix, &haplotypes, &loci, &urns, 2);
        assert_eq!(result[0].spanned, None);
        assert_eq!(result[1].merged.genotypes[1], 0.0);
        let spanned = result[1].spanned.as_ref().unwrap();
        assert_eq!(spanned.genotypes[Copies::Two(1, 2).index()], 0.0);
        assert!(spanned.genotypes[Copies::Two(0, 1).index()] < -20.0);
        let haploid = locus_likelihoods(&matrix, &haplotypes, &loci, &urns, 1);
        assert_eq!(haploid[1].spanned.as_ref().unwrap().genotypes.len(), 3);
        let none = locus_likelihoods(&matrix, &haplotypes, &loci, &urns, 0);
        assert_eq!(none[1].spanned.as_ref().unwrap().genotypes, Vec::<f64>::new());
    }

    #[test]
    fn subsets_keep_the_genotypes_of_their_alleles() {
        let three =
            SampleLikelihoods { ploidy: 2, genotypes: vec![-9.0, -5.0, -6.0, -1.0, 0.0, -2.0] };
        assert_eq!(three.subset(&[0, 2]).genotypes, [-8.0, 0.0, -1.0]);
    }
}
