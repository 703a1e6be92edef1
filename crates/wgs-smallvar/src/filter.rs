//! The fourth room: what speaks against a call, in words.
//!
//! A call is judged by its [`features`] alone, so that one that is read from a file is judged as one
//! that was just made. The [`model`] decides by all of them together; beside it stand thresholds for
//! what no call should have whatever else speaks for it.

pub mod features;
pub mod model;

use self::features::Features;
use crate::{options::FilterOptions, site::Site};

/// Phred-scaled p of Fisher's test above which a strand odds ratio counts: few fragments may have an
/// extreme one by chance.
const CLEAR_FISHER_STRAND: f64 = 40.0;

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
    /// The reads that show the variant differ elsewhere too, or are clipped.
    PoorAlignment,
    /// Other candidates are near.
    Clustered,
    /// The reference repeats itself.
    Repeat,
    /// There are more reads than elsewhere.
    ExcessDepth,
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
    pub const ALL: [Self; 17] = [
        Self::LowQual,
        Self::LowQualByDepth,
        Self::LowDepth,
        Self::LowMapQ,
        Self::StrandBias,
        Self::BaseQuality,
        Self::ReadPosition,
        Self::AlleleBalance,
        Self::PoorAlignment,
        Self::Clustered,
        Self::Repeat,
        Self::ExcessDepth,
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
            Self::PoorAlignment => "PoorAlignment",
            Self::Clustered => "Clustered",
            Self::Repeat => "Repeat",
            Self::ExcessDepth => "ExcessDepth",
            Self::MitoLowLod => "MitoLowLod",
            Self::MitoStrandBias => "MitoStrandBias",
            Self::MitoBaseQuality => "MitoBaseQuality",
            Self::MitoReadPosition => "MitoReadPosition",
            Self::MitoMapQ => "MitoMapQ",
        }
    }

    /// What it says, with its threshold.
    pub fn description(self, options: &FilterOptions) -> String {
        let fault = self.fault();
        let Some(threshold) = self.threshold(options) else {
            return if self.is_mitochondrial() { fault.into() } else { by_model(fault, options) };
        };
        format!("{}; or {threshold}", by_model(fault, options))
    }

    fn is_mitochondrial(self) -> bool {
        self >= Self::MitoLowLod
    }

    fn fault(self) -> &'static str {
        match self {
            Self::LowQual => "QUAL is low",
            Self::LowQualByDepth => "QUAL is low for so many fragments (QD)",
            Self::LowDepth => "Few fragments",
            Self::LowMapQ => "Reads map ambiguously (MQ, MQRankSum, LMQF, MQ0F)",
            Self::StrandBias => {
                "Variant and reference fragments are of different strands (FS, SOR)"
            }
            Self::BaseQuality => {
                "The substituted bases are of lower quality than the reference's (BaseQRankSum)"
            }
            Self::ReadPosition => {
                "The variant is seen nearer to the ends of reads than the reference (ReadPosRankSum)"
            }
            Self::AlleleBalance => "Too few fragments show the variant for a heterozygous sample",
            Self::PoorAlignment => {
                "The reads that show the variant differ elsewhere too (NMA, NMR), or are clipped (SCF)"
            }
            Self::Clustered => "Other candidates are near (NCD)",
            Self::Repeat => "The reference repeats itself (RU, REFREP)",
            Self::ExcessDepth => "There are more reads than elsewhere in the genome (DPR)",
            Self::MitoLowLod => "chrM: LOD of the variant against the background is low",
            Self::MitoStrandBias => {
                "chrM: the variant is seen on one strand, the reference on both"
            }
            Self::MitoBaseQuality => {
                "chrM: the substituted bases are of lower quality than the reference's"
            }
            Self::MitoReadPosition => "chrM: the variant is seen at the ends of reads",
            Self::MitoMapQ => {
                "chrM: fragments with the variant map ambiguously; it may be of a nuclear copy"
            }
        }
    }

    /// What fails whatever the model says.
    fn threshold(self, options: &FilterOptions) -> Option<String> {
        Some(match self {
            Self::LowQual => format!("QUAL below {}", options.min_quality),
            Self::LowQualByDepth => format!(
                "QD below {} (insertions and deletions {})",
                options.min_snv_quality_by_depth, options.min_indel_quality_by_depth
            ),
            Self::LowDepth => {
                format!("no sample with the variant has {} fragments", options.min_depth)
            }
            Self::LowMapQ => format!("MQ below {}", options.min_mapping_quality),
            Self::StrandBias => format!(
                "FS above {} (insertions and deletions {}), SOR above {} ({}) with FS above \
                 {CLEAR_FISHER_STRAND}",
                options.max_snv_fisher_strand,
                options.max_indel_fisher_strand,
                options.max_snv_strand_odds_ratio,
                options.max_indel_strand_odds_ratio
            ),
            Self::BaseQuality => format!("z below {}", options.min_base_quality_z),
            Self::ReadPosition => format!("z below {}", options.min_read_position_z),
            Self::AlleleBalance => format!(
                "the Phred-scaled binomial probability is above {}",
                options.max_allele_balance_phred
            ),
            _ => return None,
        })
    }

    fn rejects(self, call: &Features, options: &FilterOptions) -> bool {
        let of_kind = |snv, indel| if call.is_snv { snv } else { indel };
        let below = |value: Option<f64>, least: f64| value.is_some_and(|value| value < least);
        let above = |value: Option<f64>, most: f64| value.is_some_and(|value| value > most);
        match self {
            Self::LowQual => below(call.quality, options.min_quality),
            Self::LowQualByDepth => {
                let least =
                    of_kind(options.min_snv_quality_by_depth, options.min_indel_quality_by_depth);
                below(call.quality_by_depth, least)
            }
            Self::LowDepth => below(call.depth, f64::from(options.min_depth)),
            Self::LowMapQ => below(call.mapping_quality, options.min_mapping_quality),
            Self::StrandBias => {
                let fisher =
                    of_kind(options.max_snv_fisher_strand, options.max_indel_fisher_strand);
                let odds =
                    of_kind(options.max_snv_strand_odds_ratio, options.max_indel_strand_odds_ratio);
                above(call.fisher_strand, fisher)
                    || above(call.strand_odds_ratio, odds)
                        && above(call.fisher_strand, CLEAR_FISHER_STRAND)
            }
            Self::BaseQuality => {
                call.is_snv && below(call.base_quality_z, options.min_base_quality_z)
            }
            Self::ReadPosition => below(call.read_position_z, options.min_read_position_z),
            Self::AlleleBalance => above(call.imbalance, options.max_allele_balance_phred),
            // The model alone knows of these; those of chrM are judged by crate::mito::filters, with
            // what it knows of each fragment.
            _ => false,
        }
    }
}

fn by_model(fault: &str, options: &FilterOptions) -> String {
    let least = (options.model.snv.min_probability, options.model.indel.min_probability);
    format!(
        "{fault}, which speaks most against a call whose probability to be true (VQ) is below {} \
         (insertions and deletions {})",
        least.0, least.1
    )
}

/// What is concluded of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// Phred-scaled probability that it is wrong, by the model; at most 60.
    pub phred: f64,
    /// What it fails, in order.
    pub filters: Vec<Filter>,
}

/// Judges a call by what is known of it.
pub fn judge(call: &Features, options: &FilterOptions) -> Verdict {
    let judgement = options.model.judge(call);
    let fails = |f: &Filter| judgement.reasons.contains(f) || f.rejects(call, options);
    Verdict { phred: judgement.phred(), filters: Filter::ALL.into_iter().filter(fails).collect() }
}

/// Notes the filters that a site fails, and what the model makes of it.
pub fn apply(site: &mut Site, options: &FilterOptions) {
    let verdict = judge(&Features::of(site), options);
    site.bias.model_phred = Some(verdict.phred);
    site.filters = verdict.filters;
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{
        model::{FORMAT, Model, Odds},
        *,
    };
    use crate::{
        genotype::{Copies, GenotypeCall},
        site::{Bias, SampleCall},
    };

    /// A call that nothing speaks against.
    pub(crate) fn good() -> Site {
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

    /// Thresholds that are worth a test, and a model that trusts everything.
    fn strict() -> FilterOptions {
        let odds = Odds { intercept: 9.0, min_probability: 0.5, terms: Vec::new() };
        let model =
            Model { format: FORMAT, name: "trusting".into(), snv: odds.clone(), indel: odds };
        FilterOptions {
            min_quality: 20.0,
            min_snv_quality_by_depth: 2.0,
            min_indel_quality_by_depth: 1.0,
            min_depth: 4,
            min_mapping_quality: 30.0,
            model,
            ..FilterOptions::default()
        }
    }

    #[test]
    fn the_model_of_this_crate_knows_good_and_bad() {
        let verdict = |change: fn(&mut Site)| {
            let mut site = good();
            change(&mut site);
            apply(&mut site, &FilterOptions::default());
            (site.bias.model_phred.unwrap(), site.filters)
        };
        let (phred, filters) = verdict(|_| ());
        assert!(phred > 15.0 && filters.is_empty(), "{phred} {filters:?}");
        let (phred, filters) = verdict(|site| {
            site.quality = 4.0;
            site.bias.mapping_quality = 21.0;
            site.bias.ambiguous_share = 0.8;
            site.bias.variant_mismatches = Some(9.0);
            site.bias.depth_ratio = Some(3.0);
        });
        assert!(phred < 3.02 && !filters.is_empty(), "{phred} {filters:?}");
    }

    fn filtered(change: impl FnOnce(&mut Site)) -> Vec<&'static str> {
        let mut site = good();
        change(&mut site);
        apply(&mut site, &strict());
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
        assert_eq!(odds(41.0), ["StrandBias"]);
        assert_eq!(odds(39.0), Vec::<&str>::new());
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
