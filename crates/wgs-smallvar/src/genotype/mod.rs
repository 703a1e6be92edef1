//! The third room: from the likelihoods of fragments on haplotypes to genotypes at loci.
//!
//! - [`order`]: genotypes in the order of VCF
//! - [`prior`]: how often genotypes are expected
//! - [`marginal`]: from haplotype pairs to the genotypes of each locus
//! - [`cohort`]: genotypes and QUAL from the likelihoods of all samples
//! - [`mod@judge`]: the same, of no more alleles than the samples have

pub mod cohort;
pub mod judge;
pub mod marginal;
pub mod order;
pub mod prior;

pub use cohort::{CohortCall, GenotypeCall};
pub use judge::{Judgement, judge};
pub use marginal::{Locus, LocusLikelihoods, SampleLikelihoods};
pub use order::Copies;
pub use prior::Urn;
