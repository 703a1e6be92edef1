//! What can be set, with the defaults for a germline whole genome.

use crate::gvcf::GvcfOptions;
use crate::{filter::model::Model, mito::MitoOptions};

/// Settings of the caller. [`Options::default`] is meant for germline genomes and exomes of short
/// paired reads.
///
/// ```
/// use wgs_smallvar::Options;
/// let options = Options { min_mapq: 30, ..Options::default() };
/// assert_eq!(options.min_base_quality, 10);
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Reads of lower mapping quality (Phred) are left out.
    pub min_mapq: u8,
    /// Bases of lower quality (Phred) count neither for candidates nor at isolated substitutions.
    pub min_base_quality: u8,
    /// Whether supplementary alignments take part. They are pieces of chimeric reads, whose primary
    /// alignment lies elsewhere; near structural breakpoints they bring false candidates.
    pub use_supplementary: bool,
    /// Where a sample has more reads than this over a base, a share of them is left out, so that
    /// about this many stay; 0 is 1.
    pub max_depth: u32,
    /// Which alleles are worth a closer look.
    pub candidates: CandidateOptions,
    /// Where reads are assembled, and what of it is looked at.
    pub assembly: AssemblyOptions,
    /// How often variants are expected.
    pub priors: Priors,
    /// Sites of lower QUAL are not written at all.
    pub min_written_quality: f64,
    /// What a site must have to pass.
    pub filters: FilterOptions,
    /// What a gVCF tells apart.
    pub gvcf: GvcfOptions,
    /// chrM, where these take the place of depth, base quality, candidates and filters above.
    pub mito: MitoOptions,
    /// Length of the parts of a contig that threads take, in bases, where there is as much data as
    /// on average; parts of much data are shorter.
    pub shard_bases: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            min_mapq: 5,
            min_base_quality: 10,
            use_supplementary: false,
            max_depth: 300,
            candidates: CandidateOptions::default(),
            assembly: AssemblyOptions::default(),
            priors: Priors::default(),
            min_written_quality: 3.0,
            filters: FilterOptions::default(),
            gvcf: GvcfOptions::default(),
            mito: MitoOptions::default(),
            shard_bases: 1_000_000,
        }
    }
}

/// Least evidence for a candidate allele. One sample that has it suffices.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CandidateOptions {
    /// Fragments that show the allele.
    pub min_fragments: u32,
    /// Share of the depth that shows a substitution.
    pub min_snv_fraction: f64,
    /// Share of the depth that shows an insertion or deletion. It is lower than that of
    /// substitutions, as reads that end near an indel are often aligned without it.
    pub min_indel_fraction: f64,
    /// Longest insertion or deletion, in bases.
    pub max_indel_bases: u32,
    /// Most alleles of a window (and as many as 12 more where some were assembled, but no more than
    /// 60); of more, those with fewest fragments are left out.
    pub max_alleles: u32,
    /// Most haplotypes that a window's alleles form, besides those that were assembled.
    pub max_haplotypes: u32,
}

impl Default for CandidateOptions {
    fn default() -> Self {
        Self {
            min_fragments: 2,
            min_snv_fraction: 0.12,
            min_indel_fraction: 0.05,
            max_indel_bases: 60,
            max_alleles: 12,
            max_haplotypes: 32,
        }
    }
}

/// Local assembly: where alignments do not explain the reads, and how much comes of it.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AssemblyOptions {
    /// Whether reads are assembled at all.
    pub enabled: bool,
    /// Fragments of a sample with clipped ends, crowded mismatches or long gaps that make a place
    /// active.
    pub min_fragments: u32,
    /// The share of the depth that they must be.
    pub min_fragment_fraction: f64,
    /// Longest active region that is assembled, in bases.
    pub max_region_bases: u32,
    /// Most haplotypes of a region.
    pub max_haplotypes: u32,
    /// Longest insertion or deletion, in bases.
    pub max_indel_bases: u32,
}

impl Default for AssemblyOptions {
    fn default() -> Self {
        Self {
            enabled: true,
            min_fragments: 3,
            min_fragment_fraction: 0.1,
            max_region_bases: 400,
            max_haplotypes: 6,
            max_indel_bases: 300,
        }
    }
}

/// Expected number of variants in one diploid genome, for each base of the reference.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Priors {
    /// Heterozygous substitutions.
    pub snv: f64,
    /// Heterozygous insertions and deletions.
    pub indel: f64,
    /// Heterozygous changes of the length of a tandem repeat (six copies or more in the reference),
    /// for each place that has one.
    pub repeat_indel: f64,
}

impl Default for Priors {
    fn default() -> Self {
        Self { snv: 1e-3, indel: 1.25e-4, repeat_indel: 1e-3 }
    }
}

/// What decides the FILTER column: a model, and thresholds. A site that is beyond a threshold fails by
/// the filter's name, whatever the model says.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FilterOptions {
    /// The model that judges by everything together.
    pub model: Model,
    /// `LowQual`: least QUAL.
    pub min_quality: f64,
    /// `LowQualByDepth`: least QUAL of a substitution, divided by the depth of the samples that have
    /// it.
    pub min_snv_quality_by_depth: f64,
    /// The same of insertions and deletions, about which a read says less where bases repeat.
    pub min_indel_quality_by_depth: f64,
    /// `LowDepth`: least depth of the deepest sample with the variant, in fragments.
    pub min_depth: u32,
    /// `LowMapQ`: least root mean square of the mapping qualities.
    pub min_mapping_quality: f64,
    /// `StrandBias`: largest Phred-scaled p of Fisher's test at substitutions.
    pub max_snv_fisher_strand: f64,
    /// `StrandBias`: largest Phred-scaled p of Fisher's test at insertions and deletions.
    pub max_indel_fisher_strand: f64,
    /// `StrandBias`: largest natural logarithm of the strand odds ratio at substitutions whose p is
    /// above 40.
    pub max_snv_strand_odds_ratio: f64,
    /// `StrandBias`: the same at insertions and deletions.
    pub max_indel_strand_odds_ratio: f64,
    /// `BaseQuality`: least z of the rank sum test of base qualities at substitutions.
    pub min_base_quality_z: f64,
    /// `ReadPosition`: least z of the rank sum test of distances to the end of the read.
    pub min_read_position_z: f64,
    /// `AlleleBalance`: largest Phred-scaled probability that so few of a heterozygous sample's
    /// fragments show the variant.
    pub max_allele_balance_phred: f64,
}

impl Default for FilterOptions {
    fn default() -> Self {
        Self {
            model: Model::default(),
            min_quality: 5.0,
            min_snv_quality_by_depth: 0.5,
            min_indel_quality_by_depth: 0.3,
            min_depth: 2,
            min_mapping_quality: 20.0,
            max_snv_fisher_strand: 60.0,
            max_indel_fisher_strand: 200.0,
            max_snv_strand_odds_ratio: 4.0,
            max_indel_strand_odds_ratio: 10.0,
            min_base_quality_z: -5.0,
            min_read_position_z: -8.0,
            max_allele_balance_phred: 40.0,
        }
    }
}
