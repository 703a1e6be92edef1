//! gVCF: every base of the regions called, in a record of a variant or in a block of reference.
//!
//! - [`candidate`]: loci with any sign of a variant, whatever the genotype
//! - [`blocks`]: the bases between them, in blocks of like confidence
//! - [`mod@record`]: header and records
//!
//! The conventions are the GATK's, which joint callers read: `<NON_REF>` stands for any allele
//! that is not told; `END` ends a block.

pub mod blocks;
pub mod candidate;
pub mod record;

pub use blocks::{Entry, GvcfOptions};
pub use candidate::Candidate;
