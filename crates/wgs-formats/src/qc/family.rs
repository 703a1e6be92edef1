//! Families: whether genotypes keep to inheritance, and what is new in children.

use serde::{Deserialize, Serialize};

use super::{Document, Table, rate, table::decimal};

/// What the genotypes of parents and children look like as a whole, over the records that pass all
/// filters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FamilyQc {
    /// `wgs-pipe/family-qc/1`.
    pub schema: String,
    /// Each child of two sampled parents.
    pub trios: Vec<TrioQc>,
}

/// A child with both parents.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrioQc {
    /// The child's sample.
    pub child: String,
    /// The father's sample.
    pub father: String,
    /// The mother's sample.
    pub mother: String,
    /// Records at which all three have a genotype and one of them a variant.
    pub sites: u64,
    /// Those whose genotypes, each by its own reads and the cohort, contradict inheritance.
    pub mendelian_errors: u64,
    /// `mendelian_errors / sites`.
    pub mendelian_error_rate: f64,
    /// Those whose genotypes as written (with the pedigree's prior) contradict inheritance.
    pub written_errors: u64,
    /// `written_errors / sites`.
    pub written_error_rate: f64,
    /// Alleles called new (`DN` is `DeNovo`): substitutions.
    pub de_novo_snvs: u64,
    /// Alleles called new: insertions, deletions and others.
    pub de_novo_indels: u64,
    /// Heterozygous genotypes of the child.
    pub heterozygous: u64,
    /// Those whose alleles are told by their parent.
    pub phased_by_transmission: u64,
}

impl FamilyQc {
    /// A document of the current schema; the rates follow from the counts.
    pub fn new(mut trios: Vec<TrioQc>) -> Self {
        for trio in &mut trios {
            trio.mendelian_error_rate = rate(trio.mendelian_errors, trio.sites);
            trio.written_error_rate = rate(trio.written_errors, trio.sites);
        }
        Self { schema: Self::SCHEMA.to_owned(), trios }
    }
}

impl Document for FamilyQc {
    const SCHEMA: &'static str = "wgs-pipe/family-qc/1";

    fn schema(&self) -> &str {
        &self.schema
    }

    /// One row per child.
    fn table(&self) -> Table {
        let mut table = Table::new(&[
            "child",
            "father",
            "mother",
            "sites",
            "mendelian_errors",
            "mendelian_error_rate",
            "written_errors",
            "written_error_rate",
            "de_novo_snvs",
            "de_novo_indels",
            "heterozygous",
            "phased_by_transmission",
        ]);
        for trio in &self.trios {
            table.push(vec![
                trio.child.clone(),
                trio.father.clone(),
                trio.mother.clone(),
                trio.sites.to_string(),
                trio.mendelian_errors.to_string(),
                decimal(trio.mendelian_error_rate),
                trio.written_errors.to_string(),
                decimal(trio.written_error_rate),
                trio.de_novo_snvs.to_string(),
                trio.de_novo_indels.to_string(),
                trio.heterozygous.to_string(),
                trio.phased_by_transmission.to_string(),
            ]);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_follow_from_counts() {
        let trio = TrioQc { sites: 200, mendelian_errors: 3, ..TrioQc::default() };
        let family = FamilyQc::new(vec![trio, TrioQc::default()]);
        let rates: Vec<f64> = family.trios.iter().map(|t| t.mendelian_error_rate).collect();
        assert_eq!(rates, [0.015, 0.0]);
        assert_eq!(family.table().rows()[0][3..6], ["200", "3", "0.015000"]);
    }
}
