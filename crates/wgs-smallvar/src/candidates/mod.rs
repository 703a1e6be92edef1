//! The first room: which alleles may be here, and on which haplotypes. It sees the reads of a
//! stretch and gives [`Window`]s; the rooms behind it (likelihoods, genotypes, filters) know
//! nothing of how they were found.
//!
//! - [`observed`]: alleles that enough alignments show
//! - [`window`]: groups of alleles that must be looked at together
//! - [`hold`]: how much of the reference around them alignments need
//! - [`haplotype`]: the sequences that carry them

pub mod haplotype;
pub mod hold;
pub mod observed;
pub mod window;

use wgs_core::Interval0;

pub use haplotype::Haplotype;
pub use observed::Candidate;
pub use window::{Method, Window};

use crate::{options::CandidateOptions, read::Read, stretch::Stretch};

/// The windows whose alleles begin in `interval`, ascending. `samples` holds the reads of each
/// sample that reach into it, `reference` should reach beyond it by a few hundred bases.
pub fn windows(
    samples: &[&[Read]],
    reference: &Stretch,
    interval: Interval0,
    min_base_quality: u8,
    options: &CandidateOptions,
) -> Vec<Window> {
    let candidates = observed::find(samples, reference, interval, min_base_quality, options);
    window::group(candidates, reference)
}
