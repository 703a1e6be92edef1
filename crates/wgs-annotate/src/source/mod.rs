//! Sources of what is known: alleles (ClinVar, gnomAD, dbSNP, scores), intervals (conservation,
//! repeats, structural variants) and genes (constraint, panels). Built once from files as they are
//! published into stores that alleles are looked up in.
//!
//! ```text
//! FOLDER/alleles.store     normalised alleles in order, compressed by column in blocks
//! FOLDER/intervals.store   intervals by contig, class of length and start, likewise
//! FOLDER/genes.tsv         a table of genes
//! ```
//!
//! - [`build`]: a store from a file as it was downloaded
//! - [`Source`], [`SourceReader`]: what a store says about alleles
//! - [`GeneSource`]: what a table says about genes

mod about;
mod alleles;
mod bed;
mod block;
mod build;
mod bytes;
mod carried;
mod code;
mod column;
mod decimal;
mod fields;
mod file;
mod genes;
mod intervals;
mod kind;
mod lookup;
mod opened;
mod options;
mod ratio;
mod roles;
mod sort;
mod table;
mod values;
mod vcf;
mod wiggle;

pub use about::{About, about};
pub use build::build;
pub use file::STORE_VERSION;
pub use genes::GeneSource;
pub use opened::{Known, Source, SourceReader};
pub use options::{Kind, SourceOptions, SourceSummary};

pub(crate) use about::kind_in;
