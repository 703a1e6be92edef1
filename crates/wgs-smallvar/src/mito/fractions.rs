//! Which share of the fragments comes from each haplotype.

use crate::likelihood::Matrix;

/// Rounds after which shares have settled, if they have not before.
const MAX_ROUNDS: usize = 400;
/// Change of a share below which it has settled.
const SETTLED: f64 = 1e-7;

/// The likelihoods of a sample's fragments; those that say the same are one with a weight.
#[derive(Clone, Debug)]
pub struct Mixture {
    columns: usize,
    /// Linear, relative to the best of each fragment.
    rows: Vec<f64>,
    weights: Vec<f64>,
}

/// The most likely shares of haplotypes.
#[derive(Clone, Debug, PartialEq)]
pub struct Shares {
    /// Of each haplotype; their sum is 1.
    pub fractions: Vec<f64>,
    /// Natural logarithm of the likelihood of all fragments.
    pub ln_likelihood: f64,
}

impl Mixture {
    /// Takes the fragments of a window.
    pub fn new(matrix: &Matrix) -> Self {
        let columns = matrix.columns();
        let mut rows: Vec<Vec<f64>> =
            matrix.rows().map(|(_, row)| row.iter().map(|l| l.exp()).collect()).collect();
        let order = |a: &Vec<f64>, b: &Vec<f64>| {
            let differ = a.iter().zip(b).map(|(x, y)| x.total_cmp(y));
            differ.into_iter().find(|o| o.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
        };
        rows.sort_by(order);
        let mut mixture = Self { columns, rows: Vec::new(), weights: Vec::new() };
        for group in rows.chunk_by(|a, b| a == b) {
            mixture.rows.extend(&group[0]);
            mixture.weights.push(group.len() as f64);
        }
        mixture
    }

    /// Whether there is no fragment.
    pub fn is_empty(&self) -> bool {
        self.weights.is_empty()
    }

    /// The most likely shares of all haplotypes (by expectation and maximisation, Dempster et al.
    /// 1977).
    pub fn shares(&self) -> Shares {
        self.constrained(&vec![false; self.columns], 0.0)
    }

    /// The most likely shares if the haplotypes that are `marked` have `mass` together.
    pub fn constrained(&self, marked: &[bool], mass: f64) -> Shares {
        let size = |mark: bool| marked.iter().filter(|&&m| m == mark).count() as f64;
        let mass_of = |mark: bool| match (mark, size(!mark) > 0.0) {
            (_, false) => 1.0,
            (true, true) => mass,
            (false, true) => 1.0 - mass,
        };
        let mut fractions: Vec<f64> = marked.iter().map(|&m| mass_of(m) / size(m)).collect();
        for _ in 0..MAX_ROUNDS {
            let expected = self.expected(&fractions);
            let sum_of = |mark: bool| {
                let of_mark = expected.iter().zip(marked).filter(|(_, m)| **m == mark);
                of_mark.map(|(e, _)| e).sum::<f64>()
            };
            let sums = [sum_of(false), sum_of(true)];
            let next: Vec<f64> = expected
                .iter()
                .zip(marked)
                .zip(&fractions)
                .map(|((e, &m), &before)| {
                    let sum = sums[usize::from(m)];
                    if sum > 0.0 { mass_of(m) * e / sum } else { before }
                })
                .collect();
            let change =
                next.iter().zip(&fractions).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            fractions = next;
            if change < SETTLED {
                break;
            }
        }
        let ln_likelihood = self.ln_likelihood(&fractions);
        Shares { fractions, ln_likelihood }
    }

    /// Expected fragments of each haplotype.
    fn expected(&self, fractions: &[f64]) -> Vec<f64> {
        let mut expected = vec![0.0; self.columns];
        for (row, weight) in self.rows() {
            let scale = weight / dot(row, fractions);
            for ((sum, p), f) in expected.iter_mut().zip(row).zip(fractions) {
                *sum += scale * p * f;
            }
        }
        expected
    }

    fn ln_likelihood(&self, fractions: &[f64]) -> f64 {
        self.rows().map(|(row, weight)| weight * dot(row, fractions).ln()).sum()
    }

    fn rows(&self) -> impl Iterator<Item = (&[f64], f64)> {
        self.rows.chunks_exact(self.columns.max(1)).zip(self.weights.iter().copied())
    }

    /// How much more likely (LOD, base ten) the fragments are if the marked haplotypes have the
    /// share that fits best than if they have `background`; 0 if the best is not above it.
    pub fn lod(&self, best: &Shares, marked: &[bool], background: f64) -> f64 {
        let share: f64 =
            best.fractions.iter().zip(marked).filter(|(_, m)| **m).map(|(f, _)| f).sum();
        if share <= background {
            return 0.0;
        }
        let null = self.constrained(marked, background);
        ((best.ln_likelihood - null.ln_likelihood) / std::f64::consts::LN_10).max(0.0)
    }
}

/// Never 0: the best haplotype of a row has 1, and no haplotype is less likely than its mapping
/// quality allows.
fn dot(row: &[f64], fractions: &[f64]) -> f64 {
    row.iter().zip(fractions).map(|(p, f)| p * f).sum::<f64>().max(f64::MIN_POSITIVE)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fragments of Q30 on two haplotypes: so many of each.
    fn mixture(reference: usize, variant: usize) -> Mixture {
        let error = (1e-3f64 / 3.0).ln();
        let mut matrix = Matrix::new(2);
        (0..reference).for_each(|i| matrix.push(i, 60, &[0.0, error]));
        (0..variant).for_each(|i| matrix.push(reference + i, 60, &[error, 0.0]));
        Mixture::new(&matrix)
    }

    #[test]
    fn the_share_is_that_of_the_fragments() {
        for (reference, variant) in [(950, 50), (0, 300), (400, 600), (300, 0)] {
            let shares = mixture(reference, variant).shares();
            let expected = variant as f64 / (reference + variant) as f64;
            assert!((shares.fractions[1] - expected).abs() < 1e-3, "{shares:?}");
            assert!((shares.fractions.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn lod_is_against_the_background() {
        let lod = |reference, variant| {
            let mixture = mixture(reference, variant);
            mixture.lod(&mixture.shares(), &[false, true], 0.002)
        };
        // By hand: 50 ln(0.05/0.002) + 950 ln(0.95/0.998), with errors of 1/3000.
        let by_hand = |n: f64, k: f64| {
            let of = |f: f64| {
                let e = 1e-3 / 3.0;
                k * (f + (1.0 - f) * e).ln() + (n - k) * (1.0 - f + f * e).ln()
            };
            let best = (k / n - 1e-3 / 3.0).max(0.0);
            (of(best) - of(0.002)) / std::f64::consts::LN_10
        };
        assert!((lod(950, 50) - by_hand(1000.0, 50.0)).abs() < 0.05);
        assert!(lod(4900, 100) > 40.0 && lod(998, 2) == 0.0 && lod(97, 3) < 3.0);
    }

    #[test]
    fn a_share_is_divided_among_the_haplotypes_that_carry_it() {
        let error = (1e-3f64 / 3.0).ln();
        let mut matrix = Matrix::new(3);
        (0..900).for_each(|i| matrix.push(i, 60, &[0.0, error, error]));
        (0..80).for_each(|i| matrix.push(i, 60, &[error, 0.0, error]));
        (0..20).for_each(|i| matrix.push(i, 60, &[error, error, 0.0]));
        let mixture = Mixture::new(&matrix);
        let null = mixture.constrained(&[false, true, true], 0.05);
        assert!((null.fractions[1] / null.fractions[2] - 4.0).abs() < 0.2, "{null:?}");
        assert!((null.fractions[1] + null.fractions[2] - 0.05).abs() < 1e-9);
    }
}
