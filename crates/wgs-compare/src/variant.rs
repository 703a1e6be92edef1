//! Variants as the search sees them: alleles without what they share with the reference, and the
//! ways to lay them onto two haplotypes.

/// Which of the two sets a variant is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    /// The truth set.
    Truth,
    /// The calls.
    Calls,
}

impl Side {
    /// Both, in the order of arrays that hold something of each.
    pub(crate) const BOTH: [Self; 2] = [Self::Truth, Self::Calls];

    /// Place in such an array.
    pub(crate) fn index(self) -> usize {
        self as usize
    }
}

/// Bases that take the place of an interval of the reference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Allele {
    /// First reference base that is replaced, 0-based.
    pub(crate) start: u32,
    /// The reference base after the last that is replaced.
    pub(crate) end: u32,
    /// What stands there instead; upper case.
    pub(crate) bases: Vec<u8>,
}

impl Allele {
    /// Whether it replaces nothing by nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.start == self.end && self.bases.is_empty()
    }
}

/// The allele of each of two haplotypes, as places in [`Variant::alleles`]; `None` leaves the
/// haplotype as it is.
pub(crate) type Way = [Option<u8>; 2];

/// A variant of one set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Variant {
    /// First base that any of its alleles touches, 0-based.
    pub(crate) start: u32,
    /// The base after the last.
    pub(crate) end: u32,
    /// Its alleles, without the reference's unless that takes part in the comparison.
    pub(crate) alleles: Vec<Allele>,
    /// The ways to lay them onto the haplotypes.
    pub(crate) ways: Vec<Way>,
    /// Whether it lies in a confident region.
    pub(crate) inside: bool,
}

impl Variant {
    /// The allele that a haplotype gets by a way.
    pub(crate) fn allele(&self, way: Way, haplotype: usize) -> Option<&Allele> {
        way[haplotype].map(|index| &self.alleles[usize::from(index)])
    }
}

/// Both orders of a genotype's alleles, or the one there is; ascending.
pub(crate) fn both_phases(genotype: Way) -> Vec<Way> {
    let (low, high) = (genotype[0].min(genotype[1]), genotype[0].max(genotype[1]));
    if low == high { vec![[low; 2]] } else { vec![[low, high], [high, low]] }
}

/// Each allele alone on the one haplotype of a comparison that looks at alleles only.
pub(crate) fn each_allele(alleles: impl IntoIterator<Item = u8>) -> Vec<Way> {
    alleles.into_iter().map(|allele| [Some(allele), None]).collect()
}
