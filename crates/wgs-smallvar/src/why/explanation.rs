//! What is told of a locus, as data: [`Explanation`] and its parts. Positions are 1-based, as in VCF.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wgs_core::Sex;

use crate::intake::ReadCounts;

/// What happened at a locus.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// The sample.
    pub sample: String,
    /// The locus, such as `chr20:10012345`.
    pub locus: String,
    /// The base of the reference; `N` where it is not A, C, G or T.
    pub reference: String,
    /// The sex that the sample is called with.
    pub sex: Sex,
    /// Copies of the locus.
    pub copies: usize,
    /// Whether it lies on chrM, where shares take the place of genotypes.
    pub is_mitochondrial: bool,
    /// What becomes of the reads over the base.
    pub reads: ReadCounts,
    /// Reads that take part by the base that they show; `-` in a gap.
    pub bases: BTreeMap<String, u32>,
    /// The windows that hold the base or end beside it.
    pub windows: Vec<WindowView>,
    /// The lines of the VCF that are here.
    pub records: Vec<String>,
    /// The filters that they fail, with what these say.
    pub filters: BTreeMap<String, String>,
    /// In plain words.
    pub verdict: Vec<String>,
}

/// Candidate alleles that are judged together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WindowView {
    /// First base of the span of its alleles.
    pub first: u32,
    /// Last base.
    pub last: u32,
    /// How likelihoods are found: `pileup` or `realign`.
    pub method: String,
    /// Its candidate alleles.
    pub alleles: Vec<AlleleView>,
    /// The sequences that they may form.
    pub haplotypes: Vec<HaplotypeView>,
    /// Fragments that take part.
    pub fragments: usize,
    /// Some of them with their likelihoods.
    pub rows: Vec<FragmentView>,
    /// The places of its records.
    pub loci: Vec<LocusView>,
}

/// A candidate allele.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlleleView {
    /// Such as `10012345 A>G`, `10012346 del 3` or `10012346 ins ACG` (before that base).
    pub name: String,
    /// Fragments whose alignments show it.
    pub fragments: u32,
}

/// A haplotype of a window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HaplotypeView {
    /// Its alleles, or `reference`.
    pub alleles: String,
    /// Its bases; none where only the bases of alignments are compared.
    pub bases: String,
    /// Fragments that fit it best, ties not counted.
    pub best_of: usize,
    /// Sum of the log10 likelihoods of all fragments, relative to the best of each.
    pub log10_sum: f64,
}

/// A fragment with its likelihoods.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FragmentView {
    /// Name of its reads.
    pub name: String,
    /// First base of the read that stands for it.
    pub first: u32,
    /// Strand of that read: `+` or `-`.
    pub strand: char,
    /// Its mapping quality.
    pub mapq: u8,
    /// log10 likelihood of each haplotype, relative to the best.
    pub log10: Vec<f64>,
}

/// A place of which there may be a record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LocusView {
    /// Where the record would be.
    pub position: u32,
    /// Its variant alleles.
    pub alleles: Vec<String>,
    /// How often each is expected in a genome, for each base.
    pub prior: f64,
    /// Phred-scaled likelihood of each genotype, the best 0.
    pub genotypes: Vec<(String, f64)>,
    /// The likeliest genotype with the prior, as numbers of alleles.
    pub called: Option<String>,
    /// Phred-scaled probability of no variant allele.
    pub quality: f64,
    /// On chrM, the share of each variant allele.
    pub fractions: Vec<f64>,
}
