//! The fourth room: what speaks against a call, in words.

use crate::{options::FilterOptions, site::Site};

/// Phred-scaled p of Fisher's test above which a strand odds ratio counts: few fragments may have an
/// extreme one by chance.
const CLEAR_FISHER_STRAND: f64 = 25.0;

/// A reason not to trust a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Filter {
    /// QUAL is low.
    LowQual,
    /// QUAL is low for so many fragments.
    LowQualByDepth,
    /// Few fragments.
    LowDepth,
    /// Fragments map ambiguously.
    LowMapQ,
    /// The variant is seen on one strand.
    StrandBias,
    /// The variant is seen in bases of low quality.
    BaseQuality,
    /// The variant is seen near the ends of reads.
    ReadPosition,
    /// Too few of the fragments show the variant for a heterozygous sample.
    AlleleBalance,
    /// chrM: the variant is hardly more frequent than errors.
    MitoLowLod,
    /// chrM: the variant is seen on one strand.
    MitoStrandBias,
    /// chrM: the variant is seen in bases of low quality.
    MitoBaseQuality,
    /// chrM: the variant is seen near the ends of reads.
    MitoReadPosition,
    /// chrM: the variant's fragments map ambiguously.
    MitoMapQ,
}

impl Filter {
    /// All filters in the order in which they are written.
    pub const ALL: [Self; 13] = [
        Self::LowQual,
        Self::LowQualByDepth,
        Self::LowDepth,
        Self::LowMapQ,
        Self::StrandBias,
        Self::BaseQuality,
        Self::ReadPosition,
        Self::AlleleBalance,
        Self::MitoLowLod,
        Self::MitoStrandBias,
        Self::MitoBaseQuality,
        Self::MitoReadPosition,
        Self::MitoMapQ,
    ];

    /// Its name in the FILTER column.
    pub fn name(self) -> &'static str {
        match self {
            Self::LowQual => "LowQual",
            Self::LowQualByDepth => "LowQualByDepth",
            Self::LowDepth => "LowDepth",
            Self::LowMapQ => "LowMapQ",
            Self::StrandBias => "StrandBias",
            Self::BaseQuality => "BaseQuality",
            Self::ReadPosition => "ReadPosition",
            Self::AlleleBalance => "AlleleBalance",
            Self::MitoLowLod => "MitoLowLod",
            Self::MitoStrandBias => "MitoStrandBias",
            Self::MitoBaseQuality => "MitoBaseQuality",
            Self::MitoReadPosition => "MitoReadPosition",
            Self::MitoMapQ => "MitoMapQ",
        }
    }

    /// What it says, with its threshold.
    pub fn description(self, options: &FilterOptions) -> String {
        match self {
            Self::LowQual => format!("QUAL below {}", options.min_quality),
            Self::LowQualByDepth => format!(
                "QUAL below {} (insertions and deletions {}) for each fragment of the samples that \
                 have the variant",
                options.min_snv_quality_by_depth, options.min_indel_quality_by_depth
            ),
            Self::LowDepth => {
                format!("No sample with the variant has {} fragments", options.min_depth)
            }
            Self::LowMapQ => format!(
                "Root mean square of the mapping qualities below {}",
                options.min_mapping_quality
            ),
            Self::StrandBias => format!(
                "Variant and reference fragments are of different strands: FS above {} (insertions \
                 and deletions {}), or SOR above {} ({}) and FS above {CLEAR_FISHER_STRAND}",
                options.max_snv_fisher_strand,
                options.max_indel_fisher_strand,
                options.max_snv_strand_odds_ratio,
                options.max_indel_strand_odds_ratio
            ),
            Self::BaseQuality => format!(
                "The substituted bases are of lower quality than the reference's (BaseQRankSum \
                 below {})",
                options.min_base_quality_z
            ),
            Self::ReadPosition => format!(
                "The variant is seen nearer to the ends of reads than the reference \
                 (ReadPosRankSum below {})",
                options.min_read_position_z
            ),
            Self::AlleleBalance => format!(
                "Too few fragments show the variant for a heterozygous sample: the Phred-scaled \
                 binomial probability is above {}",
                options.max_allele_balance_phred
            ),
            Self::MitoLowLod => "chrM: LOD of the variant against the background is low".to_owned(),
            Self::MitoStrandBias => {
                "chrM: the variant is seen on one strand, the reference on both".to_owned()
            }
            Self::MitoBaseQuality => {
                "chrM: the substituted bases are of lower quality than the reference's".to_owned()
            }
            Self::MitoReadPosition => "chrM: the variant is seen at the ends of reads".to_owned(),
            Self::MitoMapQ => {
                "chrM: fragments with the variant map ambiguously; it may be of a nuclear copy"
                    .to_owned()
            }
        }
    }

    fn rejects(self, site: &Site, options: &FilterOptions) -> bool {
        let bias = &site.bias;
        let of_kind = |snv, indel| if site.is_snv() { snv } else { indel };
        match self {
            Self::LowQual => site.quality < options.min_quality,
            Self::LowQualByDepth => {
                let least =
                    of_kind(options.min_snv_quality_by_depth, options.min_indel_quality_by_depth);
                site.quality_by_depth() < least
            }
            Self::LowDepth => {
                let carriers = site.samples.iter().filter(|s| s.has_variant());
                carriers.map(|s| s.depth).max().unwrap_or(0) < options.min_depth
            }
            Self::LowMapQ => bias.mapping_quality < options.min_mapping_quality,
            Self::StrandBias => {
                let fisher =
                    of_kind(options.max_snv_fisher_strand, options.max_indel_fisher_strand);
                let odds =
                    of_kind(options.max_snv_strand_odds_ratio, options.max_indel_strand_odds_ratio);
                bias.fisher_strand > fisher
                    || bias.strand_odds_ratio > odds && bias.fisher_strand > CLEAR_FISHER_STRAND
            }
            Self::BaseQuality => {
                site.is_snv() && bias.base_quality_z.is_some_and(|z| z < options.min_base_quality_z)
            }
            Self::ReadPosition => {
                bias.read_position_z.is_some_and(|z| z < options.min_read_position_z)
            }
            Self::AlleleBalance => {
                site.allele_balance_phred().is_some_and(|p| p > options.max_allele_balance_phred)
            }
            // Judged by crate::mito::filters, with what it knows of each fragment.
            Self::MitoLowLod
            | Self::MitoStrandBias
            | Self::MitoBaseQuality
            | Self::MitoReadPosition
            | Self::MitoMapQ => false,
        }
    }
}

/// Notes the filters that a site fails.
pub fn apply(site: &mut Site, options: &FilterOptions) {
    site.filters = Filter::ALL.into_iter().filter(|f| f.rejects(site, options)).collect();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        genotype::{Copies, GenotypeCall},
        site::{Bias, SampleCall},
    };

    fn good() -> Site {
        let sample = SampleCall {
            ploidy: 2,
            genotype: Some(GenotypeCall { copies: Copies::Two(0, 1), quality: 99.0 }),
            allele_depths: vec![15, 15],
            depth: 30,
            phred_likelihoods: vec![400, 0, 400],
            strands: [8, 7, 7, 8],
            ..SampleCall::default()
        };
        let bias = Bias { mapping_quality: 60.0, ..Bias::default() };
        Site {
            position: 10,
            reference: b"A".to_vec(),
            alternates: vec![b"C".to_vec()],
            quality: 370.0,
            samples: vec![sample],
            bias,
            filters: Vec::new(),
        }
    }

    fn filtered(change: impl FnOnce(&mut Site)) -> Vec<&'static str> {
        let mut site = good();
        change(&mut site);
        apply(&mut site, &FilterOptions::default());
        site.filters.iter().map(|f| f.name()).collect()
    }

    #[test]
    fn each_fault_has_its_name() {
        assert_eq!(filtered(|_| ()), Vec::<&str>::new());
        assert_eq!(filtered(|s| s.quality = 19.0), ["LowQual", "LowQualByDepth"]);
        assert_eq!(filtered(|s| s.samples[0].depth = 3), ["LowDepth"]);
        assert_eq!(filtered(|s| s.bias.mapping_quality = 19.0), ["LowMapQ"]);
        assert_eq!(filtered(|s| s.bias.fisher_strand = 70.0), ["StrandBias"]);
        let odds = |fisher| {
            filtered(|s| {
                s.bias.strand_odds_ratio = 4.5;
                s.bias.fisher_strand = fisher;
            })
        };
        assert_eq!(odds(26.0), ["StrandBias"]);
        assert_eq!(odds(15.0), Vec::<&str>::new());
        assert_eq!(filtered(|s| s.bias.base_quality_z = Some(-5.5)), ["BaseQuality"]);
        assert_eq!(filtered(|s| s.bias.read_position_z = Some(-9.0)), ["ReadPosition"]);
        assert_eq!(filtered(|s| s.samples[0].allele_depths = vec![37, 8]), ["AlleleBalance"]);
    }

    #[test]
    fn indels_may_have_more_bias_and_less_quality() {
        let indel = filtered(|s| {
            s.alternates = vec![b"AC".to_vec()];
            s.quality = 31.0;
            s.bias.fisher_strand = 100.0;
            s.bias.strand_odds_ratio = 5.0;
            s.bias.base_quality_z = Some(-5.5);
        });
        assert_eq!(indel, Vec::<&str>::new());
    }

    #[test]
    fn one_balanced_or_homozygous_sample_is_enough() {
        let second = |copies, allele_depths: [u32; 2]| {
            filtered(|s| {
                s.samples[0].allele_depths = vec![37, 8];
                let mut other = s.samples[0].clone();
                other.genotype = Some(GenotypeCall { copies, quality: 99.0 });
                other.allele_depths = allele_depths.to_vec();
                s.samples.push(other);
            })
        };
        assert_eq!(second(Copies::Two(0, 1), [15, 13]), Vec::<&str>::new());
        assert_eq!(second(Copies::Two(1, 1), [1, 30]), Vec::<&str>::new());
        assert_eq!(second(Copies::Two(0, 0), [30, 0]), ["AlleleBalance"]);
    }

    #[test]
    fn names_are_distinct_and_descriptions_tell_thresholds() {
        let options = FilterOptions { min_quality: 31.5, ..FilterOptions::default() };
        assert!(Filter::LowQual.description(&options).contains("31.5"));
        let names: std::collections::BTreeSet<_> = Filter::ALL.iter().map(|f| f.name()).collect();
        assert_eq!(names.len(), Filter::ALL.len());
    }
}
