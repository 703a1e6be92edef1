//! Germline small variants from a CRAM or BAM: [`call`] makes a VCF, and [`CallStage`] is the same as
//! a stage of the pipeline.
//!
//! The rooms, in the order in which reads pass them: [`intake`] (which reads take part),
//! [`candidates`] (alleles worth a look, in windows), [`likelihood`] (how well each read fits each
//! haplotype of a window), [`genotype`] (which genotypes are likely), [`site`] and [`filter`] (what is
//! told of a site), and [`mod@vcf`].

pub mod allele;
pub mod block;
mod call;
pub mod candidates;
pub mod filter;
pub mod genotype;
pub mod intake;
pub mod likelihood;
mod options;
pub mod read;
pub mod sample;
pub mod site;
mod stage;
pub mod statistics;
pub mod stretch;
pub mod vcf;

pub use call::{Request, SampleFile, SampleSummary, Summary, call};
pub use options::{CandidateOptions, FilterOptions, Options, Priors};
pub use stage::CallStage;

/// Version of this crate: part of what decides the bytes of its outputs.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
