//! chrM: alleles by the share of fragments that carry them.
//!
//! A cell has hundreds of mitochondrial genomes, so a variant may be in any share of them
//! (heteroplasmy), and there are no genotypes of one or two copies. The windows, haplotypes and
//! likelihoods are those of the rest of the genome ([`crate::block`]); what is made of them is not:
//!
//! - [`fractions`]: the most likely share of each haplotype, and how much more likely it is than
//!   what errors that base qualities do not know of could leave
//! - [`judge`]: the sites of a window, with FORMAT AF and a genotype that other programs can read
//! - [`filters`]: what speaks against them
//! - [`origin`] and [`extend`]: the molecule is a circle. Aligners clip reads at its origin; near
//!   it, sites are judged in a frame that runs over the origin, in which clipped ends are aligned
//!
//! Copies of mitochondrial sequence in the nuclear genome (NUMT) that the reference lacks send their
//! reads here. They look like heteroplasmy of a few percent; neither LOD nor the filters can tell
//! one from the other. The background that a variant has to exceed is set for what is common.

pub mod extend;
pub mod filters;
pub mod fractions;
pub mod judge;
pub mod origin;

/// Whether a contig is the mitochondrial genome, by its name: `chrM`, `chrMT`, `M` or `MT`.
///
/// ```
/// assert!(wgs_smallvar::mito::is_mitochondrial("chrM"));
/// assert!(!wgs_smallvar::mito::is_mitochondrial("chr1"));
/// ```
pub fn is_mitochondrial(contig: &str) -> bool {
    matches!(contig.strip_prefix("chr").unwrap_or(contig), "M" | "MT")
}

/// Settings for chrM.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MitoOptions {
    /// Least share of a sample's fragments that an allele must have to be told.
    pub min_fraction: f64,
    /// Share that an allele may have by errors that base qualities do not know of, by mix-ups and
    /// by common nuclear copies; LOD is against it.
    pub background_fraction: f64,
    /// From this share on an allele is in all copies, as far as its genotype goes.
    pub homoplasmic_fraction: f64,
    /// Alleles of lower LOD (base ten) are not written.
    pub min_written_lod: f64,
    /// Fragments that must show an allele.
    pub min_fragments: u32,
    /// Reads of lower mapping quality (Phred) are left out: they may be of nuclear copies.
    pub min_mapq: u8,
    /// Bases of lower quality (Phred) count neither for candidates nor at isolated substitutions.
    pub min_base_quality: u8,
    /// Reads beyond this depth of a sample are left out.
    pub max_depth: u32,
    /// What a site must have to pass.
    pub filters: MitoFilterOptions,
}

impl Default for MitoOptions {
    fn default() -> Self {
        Self {
            min_fraction: 0.02,
            background_fraction: 0.002,
            homoplasmic_fraction: 0.95,
            min_written_lod: 3.0,
            min_fragments: 3,
            min_mapq: 20,
            min_base_quality: 20,
            max_depth: 8_000,
            filters: MitoFilterOptions::default(),
        }
    }
}

/// Thresholds of chrM's filters.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MitoFilterOptions {
    /// `MitoLowLod`: least LOD (base ten).
    pub min_lod: f64,
    /// `MitoStrandBias`: Phred-scaled p of Fisher's test from which on the strands are compared.
    pub min_fisher_strand: f64,
    /// `MitoStrandBias`: least share of the variant's fragments on its rarer strand.
    pub min_strand_share: f64,
    /// `MitoBaseQuality`: how much lower (Phred) the mean quality of substituted bases may be.
    pub max_base_quality_loss: f64,
    /// `MitoReadPosition`: least median distance to the end of the read, in bases.
    pub min_end_distance: f64,
    /// `MitoMapQ`: least root mean square of the mapping qualities of the variant's fragments.
    pub min_mapping_quality: f64,
}

impl Default for MitoFilterOptions {
    fn default() -> Self {
        Self {
            min_lod: 5.0,
            min_fisher_strand: 30.0,
            min_strand_share: 0.1,
            max_base_quality_loss: 8.0,
            min_end_distance: 5.0,
            min_mapping_quality: 30.0,
        }
    }
}

impl crate::Options {
    /// These settings as the rooms before [`judge`] need them on chrM: depth, base quality and
    /// candidates are chrM's.
    #[must_use]
    pub fn for_mitochondrion(&self) -> Self {
        let mito = &self.mito;
        let mut options = self.clone();
        options.max_depth = mito.max_depth;
        options.min_mapq = mito.min_mapq;
        options.min_base_quality = mito.min_base_quality;
        options.candidates.min_fragments = mito.min_fragments;
        // Alignments show some of the fragments that carry an allele, not all.
        // Molecules mix: a haplotype of a few percent is one of many in a window.
        options.candidates.max_alleles = options.candidates.max_alleles.max(40);
        options.candidates.max_haplotypes = options.candidates.max_haplotypes.max(256);
        options.candidates.min_snv_fraction = 0.5 * mito.min_fraction;
        options.candidates.min_indel_fraction = 0.5 * mito.min_fraction;
        options
    }
}
