//! Germline small variants from a CRAM or BAM.
pub mod allele;
pub mod block;
pub mod candidates;
pub mod filter;
pub mod genotype;
pub mod intake;
pub mod likelihood;
mod options;
pub mod read;
pub mod sample;
pub mod site;
pub mod statistics;
pub mod stretch;
pub mod vcf;

pub use options::{CandidateOptions, FilterOptions, Options, Priors};
