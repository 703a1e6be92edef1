//! The loci of a place, over the rows of all samples that begin there.

use super::row::{Row, Told};
use crate::allele::Allele;

/// Alleles of all samples that share a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unified {
    /// Place of the record, 0-based.
    pub anchor: u32,
    /// The variants, in order, each once.
    pub alleles: Vec<Allele>,
}

/// The loci of rows that begin at one place. As in the VCF of one call, substitutions of one base
/// have a record apart from insertions and deletions, unless a row has both.
pub fn unified<'a>(anchor: u32, rows: &(impl Iterator<Item = &'a Row> + Clone)) -> Vec<Unified> {
    let substitutes = |row: &Row| row.variants().all(Allele::is_snv);
    let mixed = |row: &Row| !substitutes(row) && row.variants().any(Allele::is_snv);
    let of = |wanted: &dyn Fn(&Row) -> bool| {
        let rows = rows.clone().filter(|row| row.has_variant() && wanted(row));
        let mut alleles: Vec<Allele> = rows.flat_map(Row::variants).cloned().collect();
        alleles.sort();
        alleles.dedup();
        Unified { anchor, alleles }
    };
    let loci = if rows.clone().any(mixed) {
        vec![of(&|_| true)]
    } else {
        vec![of(&substitutes), of(&|row| !substitutes(row))]
    };
    loci.into_iter().filter(|locus| !locus.alleles.is_empty()).collect()
}

impl Unified {
    /// Whether a row tells one of its alleles.
    pub fn is_told_by(&self, row: &Row) -> bool {
        row.range.start == self.anchor
            && row.told.iter().any(|told| match told {
                Told::Variant(allele) => self.alleles.contains(allele),
                _ => false,
            })
    }
}
