//! The first room: which alleles may be here, and on which haplotypes. It sees the reads of a
//! stretch and gives [`Window`]s; the rooms behind it (likelihoods, genotypes, filters) know
//! nothing of how they were found.
//!
//! - [`observed`]: alleles that enough alignments show
//! - `clipped`: deletions and duplications that clipped ends show
//! - `activity`: where alignments do not explain the reads
//! - [`assembly`]: haplotypes that the reads there spell
//! - [`window`]: groups of alleles that must be looked at together
//! - [`hold`]: how much of the reference around them alignments need
//! - [`haplotype`]: the sequences that carry them

mod activity;
pub mod assembly;
mod clipped;
pub mod haplotype;
pub mod hold;
pub mod observed;
pub mod window;

use wgs_core::Interval0;

pub use haplotype::Haplotype;
pub use observed::Candidate;
pub use window::{Method, Window};

use crate::{options::Options, read::Read, stretch::Stretch};

/// The windows whose alleles begin in `interval`, ascending. `samples` holds the reads of each
/// sample that reach into it, `reference` should reach beyond it by a few hundred bases.
pub fn windows(
    samples: &[&[Read]],
    reference: &Stretch,
    interval: Interval0,
    options: &Options,
) -> Vec<Window> {
    let mut found = observed::find(samples, reference, interval, options);
    let mut assembled = Vec::new();
    for region in &found.active {
        assembled.extend(assembly::haplotypes(samples, region, reference, &options.assembly));
    }
    assembled.retain(|a| a.alleles.iter().all(|a| interval.contains(a.start)));
    add(&mut found.candidates, &assembled);
    window::group(found.candidates, &assembled, reference, options.candidates.max_alleles)
}

/// Adds the alleles of assembled haplotypes that no alignment shows.
fn add(candidates: &mut Vec<Candidate>, assembled: &[assembly::Assembled]) {
    let known = candidates.len();
    for haplotype in assembled {
        for allele in &haplotype.alleles {
            let is_known = candidates[..known].binary_search_by(|c| c.allele.cmp(allele)).is_ok();
            if !is_known {
                let fragments = haplotype.support;
                candidates.push(Candidate { allele: allele.clone(), fragments });
            }
        }
    }
    candidates.sort_by(|a, b| a.allele.cmp(&b.allele).then(b.fragments.cmp(&a.fragments)));
    candidates.dedup_by(|next, kept| next.allele == kept.allele);
}
