//! The fourth room: what speaks against a call, in words.

use crate::{options::FilterOptions, site::Site};

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
    /// The variant is seen near the ends of reads.
    ReadPosition,
    /// Too few of the fragments show the variant for a germline variant.
    LowAlleleFraction,
}

impl Filter {
    /// All filters in the order in which they are written.
    pub const ALL: [Self; 7] = [
        Self::LowQual,
        Self::LowQualByDepth,
        Self::LowDepth,
        Self::LowMapQ,
        Self::StrandBias,
        Self::ReadPosition,
        Self::LowAlleleFraction,
    ];

    /// Its name in the FILTER column.
    pub fn name(self) -> &'static str {
        match self {
            Self::LowQual => "LowQual",
            Self::LowQualByDepth => "LowQualByDepth",
            Self::LowDepth => "LowDepth",
            Self::LowMapQ => "LowMapQ",
            Self::StrandBias => "StrandBias",
            Self::ReadPosition => "ReadPosition",
            Self::LowAlleleFraction => "LowAlleleFraction",
        }
    }

    /// What it says, with its threshold.
    pub fn description(self, options: &FilterOptions) -> String {
        match self {
            Self::LowQual => format!("QUAL below {}", options.min_quality),
            Self::LowQualByDepth => format!(
                "QUAL below {} for each fragment of the samples that have the variant",
                options.min_quality_by_depth
            ),
            Self::LowDepth => {
                format!("No sample with the variant has {} fragments", options.min_depth)
            }
            Self::LowMapQ => format!(
                "Root mean square of the mapping qualities below {}",
                options.min_mapping_quality
            ),
            Self::StrandBias => format!(
                "Variant and reference fragments are of different strands (FS above {}, insertions \
                 and deletions {})",
                options.max_snv_fisher_strand, options.max_indel_fisher_strand
            ),
            Self::ReadPosition => format!(
                "The variant is seen nearer to the ends of reads than the reference \
                 (ReadPosRankSum below {})",
                options.min_read_position_z
            ),
            Self::LowAlleleFraction => format!(
                "In no heterozygous sample does the variant have a share of {} of the fragments",
                options.min_allele_fraction
            ),
        }
    }

    fn rejects(self, site: &Site, options: &FilterOptions) -> bool {
        match self {
            Self::LowQual => site.quality < options.min_quality,
            Self::LowQualByDepth => site.quality_by_depth() < options.min_quality_by_depth,
            Self::LowDepth => {
                let carriers = site.samples.iter().filter(|s| s.has_variant());
                carriers.map(|s| s.depth).max().unwrap_or(0) < options.min_depth
            }
            Self::LowMapQ => site.bias.mapping_quality < options.min_mapping_quality,
            Self::StrandBias => {
                let max = if site.is_snv() {
                    options.max_snv_fisher_strand
                } else {
                    options.max_indel_fisher_strand
                };
                site.bias.fisher_strand > max
            }
            Self::ReadPosition => {
                site.bias.read_position_z.is_some_and(|z| z < options.min_read_position_z)
            }
            Self::LowAlleleFraction => {
                let hom = site
                    .samples
                    .iter()
                    .filter_map(|s| s.genotype)
                    .any(|g| g.copies.variant_count() > 0 && g.copies.count(0) == 0);
                !hom && site
                    .heterozygous_fraction()
                    .is_some_and(|f| f < options.min_allele_fraction)
            }
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
        assert_eq!(filtered(|s| s.quality = 25.0), ["LowQual", "LowQualByDepth"]);
        assert_eq!(filtered(|s| s.samples[0].depth = 3), ["LowDepth"]);
        assert_eq!(filtered(|s| s.bias.mapping_quality = 30.0), ["LowMapQ"]);
        assert_eq!(filtered(|s| s.bias.fisher_strand = 70.0), ["StrandBias"]);
        assert_eq!(filtered(|s| s.bias.read_position_z = Some(-9.0)), ["ReadPosition"]);
        assert_eq!(filtered(|s| s.samples[0].allele_depths = vec![27, 3]), ["LowAlleleFraction"]);
    }

    #[test]
    fn indels_may_have_more_strand_bias_and_homozygous_genotypes_any_fraction() {
        let indel = filtered(|s| {
            s.alternates = vec![b"AC".to_vec()];
            s.bias.fisher_strand = 100.0;
        });
        assert_eq!(indel, Vec::<&str>::new());
        let hom = filtered(|s| {
            s.samples[0].genotype = Some(GenotypeCall { copies: Copies::Two(1, 1), quality: 99.0 });
            s.samples[0].allele_depths = vec![27, 3];
        });
        assert_eq!(hom, Vec::<&str>::new());
    }

    #[test]
    fn names_are_distinct_and_descriptions_tell_thresholds() {
        let options = FilterOptions { min_quality: 31.5, ..FilterOptions::default() };
        assert!(Filter::LowQual.description(&options).contains("31.5"));
        let names: std::collections::BTreeSet<_> = Filter::ALL.iter().map(|f| f.name()).collect();
        assert_eq!(names.len(), Filter::ALL.len());
    }
}
