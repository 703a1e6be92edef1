//! Reading truth and calls, and turning their records into variants.

pub(crate) mod header;
mod intake;
mod place;
mod site;
mod trim;

pub(crate) use intake::{Source, load};
pub(crate) use place::overlaps;
pub(crate) use site::{Called, Fate, Site};
pub(crate) use trim::{trimmed, variants};

use serde::Serialize;

/// The records of one set that take part, or are shown, by contig and in order of their start.
pub(crate) type Sites = Vec<Vec<Site>>;

/// What became of the records of one file before the comparison.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Intake {
    /// Records read.
    pub records: u64,
    /// Records that are compared.
    pub compared: u64,
    /// Of these, those in the confident regions.
    pub inside: u64,
    /// The sample has the reference only, or the record has no alternate allele.
    pub reference: u64,
    /// Records with an alternate allele that is REF itself: it counts as the reference's.
    pub same_as_reference: u64,
    /// The sample has no genotype.
    pub no_genotype: u64,
    /// Failed a filter.
    pub filtered: u64,
    /// Symbolic alleles, breakends and `*` only.
    pub symbolic: u64,
    /// An allele is longer than is compared.
    pub too_long: u64,
    /// More than two alleles in the genotype.
    pub ploidy: u64,
}
