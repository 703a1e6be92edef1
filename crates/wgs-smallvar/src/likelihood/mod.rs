//! The second room: how likely each fragment is on each haplotype.
//!
//! - [`pileup`]: substituted bases away from insertions and deletions, by the bases aligned there
//! - [`realign`]: everything else, by a pair hidden Markov model ([`pair_hmm`]) whose gap
//!   probabilities depend on the repeats of the haplotype ([`gaps`]), sixteen reads at a time
//!   ([`lanes`])

pub mod gaps;
pub mod lanes;
pub mod pair_hmm;
pub mod pileup;
pub mod realign;

/// Largest belief in a fragment's bases, Phred-scaled: what amplification and cluster mix-ups leave.
const MAX_CONFIDENCE_PHRED: f64 = 45.0;

/// Natural logarithm of a probability that is given on the Phred scale.
pub fn ln_of_phred(phred: f64) -> f64 {
    -phred * std::f64::consts::LN_10 / 10.0
}

/// Likelihoods of fragments (rows) on haplotypes (columns): natural logarithms relative to the
/// best haplotype of the row, which has 0.
#[derive(Clone, Debug, Default)]
pub struct Matrix {
    columns: usize,
    reads: Vec<usize>,
    values: Vec<f64>,
}

impl Matrix {
    /// A matrix without rows.
    pub fn new(columns: usize) -> Self {
        Self { columns, reads: Vec::new(), values: Vec::new() }
    }

    /// Adds a fragment by the index of the read that stands for it, with likelihoods in any scale.
    ///
    /// A fragment may come from elsewhere with the probability that its mapping quality (Phred)
    /// says, so no haplotype is less likely against the best one than that.
    pub fn push(&mut self, read: usize, mapq: u8, ln_likelihoods: &[f64]) {
        debug_assert_eq!(ln_likelihoods.len(), self.columns);
        let best = ln_likelihoods.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let floor = ln_of_phred(f64::from(mapq).min(MAX_CONFIDENCE_PHRED));
        self.reads.push(read);
        self.values.extend(ln_likelihoods.iter().map(|l| (l - best).max(floor)));
    }

    /// Number of haplotypes.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Number of fragments.
    pub fn len(&self) -> usize {
        self.reads.len()
    }

    /// Whether there is no fragment.
    pub fn is_empty(&self) -> bool {
        self.reads.is_empty()
    }

    /// The fragments: index of the read that stands for each, and its likelihoods.
    pub fn rows(&self) -> impl Iterator<Item = (usize, &[f64])> {
        self.reads.iter().copied().zip(self.values.chunks_exact(self.columns.max(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mapping_quality_bounds_what_a_fragment_says() {
        let mut matrix = Matrix::new(2);
        matrix.push(7, 20, &[-100.0, -3.0]);
        matrix.push(8, 60, &[-3.0, -100.0]);
        let rows: Vec<_> = matrix.rows().collect();
        assert_eq!(rows[0].0, 7);
        assert!((rows[0].1[0] - 0.01f64.ln()).abs() < 1e-9 && rows[0].1[1] == 0.0);
        assert!((rows[1].1[1] - ln_of_phred(45.0)).abs() < 1e-9);
    }
}
