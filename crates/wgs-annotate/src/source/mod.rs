//! Sources of known variants (ClinVar, gnomAD, dbSNP, or any VCF): built once into a store that
//! is looked up by allele.
//!
//! ```text
//! FOLDER/alleles.store   normalised alleles in order, compressed by column in blocks
//! ```
//!
//! - [`build`]: a store from a VCF as it was downloaded
//! - [`SourceReader`]: what a store says about alleles

mod block;
mod build;
mod bytes;
mod code;
mod column;
mod decimal;
mod fields;
mod file;
mod lookup;
mod ratio;
mod sort;

pub use build::{SourceOptions, SourceSummary, build};
pub use file::STORE_VERSION;
pub use lookup::{Known, Source, SourceReader};
