//! What a family's genotypes look like as a whole.

use std::path::Path;

use serde::{Deserialize, Serialize};
use wgs_formats::{Result, output};

/// Counts over the records that pass all filters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FamilySummary {
    /// Version of the format.
    pub schema: String,
    /// Each child of two sampled parents.
    pub trios: Vec<TrioSummary>,
}

/// A child with both parents.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrioSummary {
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
    /// `mendelian_errors` divided by `sites`; 0 without sites.
    pub mendelian_error_rate: f64,
    /// Those whose genotypes as written (with the pedigree's prior) contradict inheritance.
    pub written_errors: u64,
    /// `written_errors` divided by `sites`; 0 without sites.
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

/// Value of `schema`.
pub const SCHEMA: &str = "wgs-pipe/family/1";

impl FamilySummary {
    /// Works out the rates.
    pub(crate) fn finish(&mut self) {
        SCHEMA.clone_into(&mut self.schema);
        for trio in &mut self.trios {
            let of = |n: u64| if trio.sites == 0 { 0.0 } else { n as f64 / trio.sites as f64 };
            trio.mendelian_error_rate = of(trio.mendelian_errors);
            trio.written_error_rate = of(trio.written_errors);
        }
    }

    /// As a table with a line for each child.
    pub fn to_tsv(&self) -> String {
        let mut text = "child\tfather\tmother\tsites\tmendelian_errors\tmendelian_error_rate\t\
                        written_errors\twritten_error_rate\tde_novo_snvs\tde_novo_indels\t\
                        heterozygous\tphased_by_transmission\n"
            .to_owned();
        for t in &self.trios {
            text += &format!(
                "{}\t{}\t{}\t{}\t{}\t{:.6}\t{}\t{:.6}\t{}\t{}\t{}\t{}\n",
                t.child,
                t.father,
                t.mother,
                t.sites,
                t.mendelian_errors,
                t.mendelian_error_rate,
                t.written_errors,
                t.written_error_rate,
                t.de_novo_snvs,
                t.de_novo_indels,
                t.heterozygous,
                t.phased_by_transmission
            );
        }
        text
    }

    /// Writes the JSON and, beside it, the table (`.tsv`).
    pub fn write(&self, json: &Path) -> Result<()> {
        output::write(&json.with_extension("tsv"), self.to_tsv())?;
        output::write_json(json, self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_and_columns() {
        let trio = TrioSummary { sites: 200, mendelian_errors: 3, ..TrioSummary::default() };
        let mut summary = FamilySummary { trios: vec![trio], ..FamilySummary::default() };
        summary.finish();
        assert_eq!(summary.trios[0].mendelian_error_rate, 0.015);
        let table = summary.to_tsv();
        let columns: Vec<usize> = table.lines().map(|l| l.split('\t').count()).collect();
        assert_eq!(columns, [12, 12]);
    }
}
