//! Inheritance.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Genotypes of parents and children as a whole, over the records that pass all filters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FamilyReport {
    /// Each child of two sequenced parents, in the order of the case.
    pub trios: Vec<Trio>,
}

/// A child with both parents.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Trio {
    /// The child's sample.
    pub child: String,
    /// The father's sample.
    pub father: String,
    /// The mother's sample.
    pub mother: String,
    /// Records at which all three have a genotype and one of them a variant.
    pub records: u64,
    /// Those whose genotypes, each by its own reads, contradict inheritance. New variants are among
    /// them.
    pub mendelian_errors: u64,
    /// `mendelian_errors` over `records`; absent without records.
    pub mendelian_error_rate: Option<f64>,
    /// SNVs of the child that are called new.
    pub de_novo_snvs: u64,
    /// Insertions and deletions of the child that are called new.
    pub de_novo_indels: u64,
    /// Heterozygous genotypes of the child.
    pub heterozygous: u64,
    /// Those of which it is known which allele is whose.
    pub phased_by_transmission: u64,
}
