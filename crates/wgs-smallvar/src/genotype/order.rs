//! The order of genotypes in VCF (4.3, §1.6.2, GL): by the highest allele, then by the other.

/// A genotype of one or two copies, by allele indices in ascending order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Copies {
    /// One copy.
    One(usize),
    /// Two copies, the lower allele first.
    Two(usize, usize),
}

impl Copies {
    /// Two copies in whatever order.
    pub fn two(a: usize, b: usize) -> Self {
        Self::Two(a.min(b), a.max(b))
    }

    /// Its place among the genotypes of its ploidy.
    pub fn index(self) -> usize {
        match self {
            Self::One(a) => a,
            Self::Two(a, b) => b * (b + 1) / 2 + a,
        }
    }

    /// Copies of an allele.
    pub fn count(self, allele: usize) -> usize {
        match self {
            Self::One(a) => usize::from(a == allele),
            Self::Two(a, b) => usize::from(a == allele) + usize::from(b == allele),
        }
    }

    /// Copies of other alleles than the reference's.
    pub fn variant_count(self) -> usize {
        match self {
            Self::One(a) => usize::from(a > 0),
            Self::Two(a, b) => usize::from(a > 0) + usize::from(b > 0),
        }
    }

    /// The alleles.
    pub fn alleles(self) -> impl Iterator<Item = usize> {
        let (first, second) = match self {
            Self::One(a) => (a, None),
            Self::Two(a, b) => (a, Some(b)),
        };
        std::iter::once(first).chain(second)
    }
}

/// All genotypes of a ploidy (1 or 2) over a number of alleles, in order.
pub fn all(ploidy: usize, alleles: usize) -> Vec<Copies> {
    if ploidy == 1 {
        return (0..alleles).map(Copies::One).collect();
    }
    (0..alleles).flat_map(|b| (0..=b).map(move |a| Copies::Two(a, b))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_that_of_the_specification() {
        let three = all(2, 3);
        let expected = [(0, 0), (0, 1), (1, 1), (0, 2), (1, 2), (2, 2)];
        assert_eq!(three, expected.map(|(a, b)| Copies::Two(a, b)));
        for ploidy in [1, 2] {
            for (i, copies) in all(ploidy, 4).into_iter().enumerate() {
                assert_eq!(copies.index(), i);
            }
        }
        assert_eq!(Copies::two(2, 1), Copies::Two(1, 2));
        assert_eq!(Copies::Two(0, 2).variant_count(), 1);
        assert_eq!(Copies::Two(2, 2).count(2), 2);
    }
}
