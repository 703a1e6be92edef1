//! Joint genotyping: from the gVCFs of samples to the variants of a family or cohort.
//!
//! - [`row`]: what a record of a gVCF says, checked against the genome
//! - [`source`]: the rows of a file in order, and those that speak of a place
//! - [`sites`]: the loci of a place, with the alleles of all samples unified
//! - [`evidence`]: what a sample's rows say of a locus
//! - [`mod@genotyped`]: genotypes, and the site as a call tells it; [`mitochondrion`] for chrM
//! - [`pooled`]: the biases of all samples together
//! - [`family`]: genotypes of relatives by each other, new mutations, and the parents' haplotypes
//! - [`kin`]: what of that is written
//! - [`sexes`]: with which sex the samples were called, and whether the pedigree says the same
//! - [`joint`]: the whole
//!
//! Nobody has more copies of X and Y than their sex, by the pedigree or else as the gVCF says that it
//! was called: the genotype of a female on Y is `.`, as in a call, whatever her gVCF has there.
//!
//! Genotypes, QUAL, filters and records are made by what makes those of [`crate::call`].

pub mod evidence;
pub mod family;
pub mod genotyped;
pub mod kin;
pub mod mitochondrion;
pub mod pooled;
pub mod row;
mod run;
pub mod sexes;
pub mod sites;
pub mod source;

pub use run::{JointOptions, JointRequest, JointSummary, joint};
