//! Sources of known variants (ClinVar, gnomAD, dbSNP, or any VCF): built once into a store that
//! is looked up by allele.
//!
//! ```text
//! FOLDER/store.vcf.gz  .tbi   one normalised allele a record, sorted, with the fields to carry
//! ```
//!
//! - [`build`]: a store from a VCF as it was downloaded
//! - [`SourceReader`]: what a store says about alleles

mod build;
mod fields;
mod lookup;
mod sort;

pub use build::{SourceOptions, SourceSummary, build};
pub use lookup::{Source, SourceReader};
