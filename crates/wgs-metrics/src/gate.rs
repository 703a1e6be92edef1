//! Quality thresholds: what must be measured for a sample to pass.

use serde::{Deserialize, Serialize};
use wgs_formats::qc::{
    AlignmentQc, CoverageQc, FamilyQc, FastqQc, VariantQc,
    coverage::CoverageSummary,
    family::TrioQc,
    gate::{Check, Level},
    variants::SampleVariants,
};

/// Limits of one figure. A value equal to a limit passes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Where the report points the value out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warn: Option<f64>,
    /// Where the case fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fail: Option<f64>,
}

macro_rules! thresholds {
    ($($source:ident $name:ident $bound:ident $measure:expr, $text:literal;)*) => {
        /// The thresholds of a pipeline definition, each with a limit at which the report warns
        /// and one at which the case fails. What is not named is not checked.
        ///
        /// ```toml
        /// [options.gates.thresholds]
        /// min_mean_coverage = { warn = 30, fail = 20 }
        /// max_duplicate_rate = { warn = 0.2 }
        /// ```
        #[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct Thresholds {
            $(
                #[doc = $text]
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $name: Option<Limits>,
            )*
        }

        impl Thresholds {
            /// Every threshold that has limits, in a fixed order.
            fn declared(&self) -> Vec<Threshold> {
                let one = |source, name, bound, limits: Option<Limits>, measure| {
                    limits.map(|limits| Threshold { source, name, bound, limits, measure })
                };
                let all: &[Option<Threshold>] = &[$(
                    one(Source::$source, stringify!($name), Bound::$bound, self.$name, $measure),
                )*];
                all.iter().copied().flatten().collect()
            }
        }
    };
}

thresholds! {
    Coverage min_mean_coverage Least |m| Some(m.main_coverage()?.mean_depth),
        "Mean depth of the autosomes (of the genome, where it has none).";
    Coverage min_breadth_10x_rate Least |m| m.main_coverage()?.breadth_at(10),
        "Fraction of the same positions with a depth of at least 10.";
    Coverage min_breadth_15x_rate Least |m| m.main_coverage()?.breadth_at(15),
        "Fraction of the same positions with a depth of at least 15.";
    Coverage min_breadth_20x_rate Least |m| m.main_coverage()?.breadth_at(20),
        "Fraction of the same positions with a depth of at least 20.";
    Coverage min_breadth_30x_rate Least |m| m.main_coverage()?.breadth_at(30),
        "Fraction of the same positions with a depth of at least 30.";
    Coverage min_target_mean_coverage Least |m| Some(m.targets()?.mean_depth),
        "Mean depth of the target regions.";
    Coverage min_target_breadth_20x_rate Least |m| m.targets()?.breadth_at(20),
        "Fraction of the target regions with a depth of at least 20.";
    Alignment min_mapped_rate Least |m| Some(m.alignment?.total.mapped_rate),
        "Fraction of reads that are mapped.";
    Alignment min_properly_paired_rate Least |m| Some(m.alignment?.total.properly_paired_rate),
        "Fraction of paired reads that are properly paired.";
    Alignment max_duplicate_rate Most |m| Some(m.alignment?.total.duplicate_rate),
        "Fraction of mapped reads that are duplicates.";
    Alignment max_mismatch_rate Most |m| Some(m.alignment?.total.mismatch_rate),
        "Fraction of aligned bases that differ from the reference.";
    Alignment min_insert_size_median_bp Least |m| Some(m.alignment?.main_insert_size()?.median_bp),
        "Median insert size of the main library and orientation, in bases.";
    Alignment max_insert_size_median_bp Most |m| Some(m.alignment?.main_insert_size()?.median_bp),
        "Median insert size of the main library and orientation, in bases.";
    Fastq min_reads Least |m| m.reads().map(|reads| reads as f64),
        "Number of reads (of FASTQ, or of primary alignments where there was none).";
    Fastq min_q30_rate Least |m| m.q30_rate(),
        "Fraction of bases with a quality of at least 30 (of the same reads).";
    Variants min_snvs Least |m| Some(m.variants?.alleles.snvs as f64),
        "SNV alleles of the sample.";
    Variants max_snvs Most |m| Some(m.variants?.alleles.snvs as f64),
        "SNV alleles of the sample.";
    Variants min_ti_tv_ratio Least |m| Some(m.variants?.alleles.ti_tv_ratio),
        "Transitions to transversions of the sample.";
    Variants max_ti_tv_ratio Most |m| Some(m.variants?.alleles.ti_tv_ratio),
        "Transitions to transversions of the sample.";
    Variants min_het_hom_ratio Least |m| Some(m.variants?.het_hom_ratio),
        "Heterozygous to homozygous records of the sample.";
    Variants max_het_hom_ratio Most |m| Some(m.variants?.het_hom_ratio),
        "Heterozygous to homozygous records of the sample.";
    Family max_mendelian_error_rate Most |m| Some(m.family.filter(|trio| trio.sites > 0)?.mendelian_error_rate),
        "Fraction of the records of a child and both parents whose genotypes contradict inheritance, before relatives weigh in. Checked of such children only.";
    Family max_de_novo_snvs Most |m| Some(m.family.filter(|trio| trio.sites > 0)?.de_novo_snvs as f64),
        "SNVs of a child that neither parent has. Checked of children of both parents only.";
}

/// What a threshold is measured on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// [`FastqQc`]; where there is none, [`AlignmentQc`].
    Fastq,
    /// [`AlignmentQc`].
    Alignment,
    /// [`CoverageQc`].
    Coverage,
    /// [`VariantQc`].
    Variants,
    /// [`FamilyQc`]; only children of two sampled parents have such figures.
    Family,
}

impl Thresholds {
    /// Whether a threshold that has limits is measured on this.
    pub fn needs(&self, source: Source) -> bool {
        self.declared().iter().any(|threshold| threshold.source == source)
    }
}

/// A way to measure; absent if what it is measured on is not there.
type Measure = fn(&Measurements<'_>) -> Option<f64>;

#[derive(Clone, Copy)]
enum Bound {
    Least,
    Most,
}

#[derive(Clone, Copy)]
struct Threshold {
    source: Source,
    name: &'static str,
    bound: Bound,
    limits: Limits,
    measure: Measure,
}

/// What was measured of one sample; what is absent does not pass where it is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Measurements<'a> {
    /// Its FASTQ.
    pub fastq: Option<&'a FastqQc>,
    /// Its alignments.
    pub alignment: Option<&'a AlignmentQc>,
    /// Its coverage.
    pub coverage: Option<&'a CoverageQc>,
    /// Its calls.
    pub variants: Option<&'a SampleVariants>,
    /// Its genotypes beside its parents'; whoever has none is not asked for it.
    pub family: Option<&'a TrioQc>,
}

impl<'a> Measurements<'a> {
    /// Adds a sample's part of a file of calls.
    #[must_use]
    pub fn with_calls_of(self, sample: &str, calls: &'a VariantQc) -> Self {
        let variants = calls.samples.iter().find(|s| s.sample == sample);
        Self { variants, ..self }
    }

    /// Adds a child's part of a family's figures.
    #[must_use]
    pub fn with_family_of(self, sample: &str, family: &'a FamilyQc) -> Self {
        let family = family.trios.iter().find(|trio| trio.child == sample);
        Self { family, ..self }
    }

    fn main_coverage(&self) -> Option<&'a CoverageSummary> {
        let coverage = self.coverage?;
        Some(coverage.autosomes.as_ref().unwrap_or(&coverage.genome))
    }

    fn targets(&self) -> Option<&'a CoverageSummary> {
        self.coverage?.targets.as_ref()
    }

    fn reads(&self) -> Option<u64> {
        let aligned = || self.alignment.map(|alignment| alignment.total.reads);
        self.fastq.map(FastqQc::reads).or_else(aligned)
    }

    fn q30_rate(&self) -> Option<f64> {
        let aligned = || self.alignment.map(|alignment| alignment.total.q30_rate);
        self.fastq.map(FastqQc::q30_rate).or_else(aligned)
    }
}

/// Checks every limit that the thresholds name, in a fixed order.
///
/// ```
/// use wgs_formats::qc::FastqQc;
/// use wgs_metrics::gate::{Limits, Measurements, Thresholds, evaluate};
///
/// let thresholds = Thresholds {
///     min_reads: Some(Limits { warn: Some(1000.0), fail: None }),
///     ..Thresholds::default()
/// };
/// let fastq = FastqQc::new(Some("S1".into()), Vec::new());
/// let measurements = Measurements { fastq: Some(&fastq), ..Measurements::default() };
/// let checks = evaluate(&thresholds, &measurements, Some("S1"));
/// assert_eq!((checks[0].value, checks[0].passed), (Some(0.0), false));
/// ```
pub fn evaluate(
    thresholds: &Thresholds,
    measurements: &Measurements<'_>,
    sample: Option<&str>,
) -> Vec<Check> {
    let is_asked = |t: &Threshold| t.source != Source::Family || measurements.family.is_some();
    let checks = thresholds.declared().into_iter().filter(is_asked).flat_map(|threshold| {
        let value = (threshold.measure)(measurements);
        let levels = [(Level::Warn, threshold.limits.warn), (Level::Fail, threshold.limits.fail)];
        levels.into_iter().filter_map(move |(level, limit)| {
            let limit = limit?;
            let kept = |value: f64| match threshold.bound {
                Bound::Least => value >= limit,
                Bound::Most => value <= limit,
            };
            Some(Check {
                sample: sample.map(str::to_owned),
                threshold: threshold.name.to_owned(),
                level,
                limit,
                value,
                passed: value.is_some_and(kept),
            })
        })
    });
    checks.collect()
}

#[cfg(test)]
mod tests {
    use wgs_formats::qc::{Document, Histogram};

    use super::*;
    use crate::CoverageOptions;

    fn read(text: &str) -> Result<Thresholds, toml::de::Error> {
        toml::from_str(text)
    }

    fn coverage(genome: u32, autosomes: Option<u32>) -> CoverageQc {
        let of = |depth| {
            let depths: Histogram = [(depth, 10)].into_iter().collect();
            CoverageSummary::new(&depths, u64::from(depth) * 10)
        };
        CoverageQc {
            schema: CoverageQc::SCHEMA.to_owned(),
            sample: None,
            counted: CoverageOptions::default().rule(),
            excluded: Default::default(),
            genome: of(genome),
            autosomes: autosomes.map(of),
            targets: None,
            contigs: Vec::new(),
            depth_histogram: Histogram::default(),
            track: None,
            gc_bias: Vec::new(),
        }
    }

    fn check(text: &str, measurements: &Measurements<'_>) -> Vec<(String, Level, bool)> {
        let checks = evaluate(&read(text).unwrap(), measurements, Some("S1"));
        assert!(checks.iter().all(|check| check.sample.as_deref() == Some("S1")));
        checks.into_iter().map(|check| (check.threshold, check.level, check.passed)).collect()
    }

    #[test]
    fn both_levels_of_a_lower_bound() {
        let coverage = coverage(25, None);
        let measurements = Measurements { coverage: Some(&coverage), ..Default::default() };
        let name = "min_mean_coverage".to_owned();
        assert_eq!(
            check("min_mean_coverage = { warn = 30, fail = 25 }", &measurements),
            [(name.clone(), Level::Warn, false), (name, Level::Fail, true)]
        );
    }

    #[test]
    fn upper_bounds_and_sample_calls() {
        let mut calls: VariantQc = VariantQc {
            schema: VariantQc::SCHEMA.to_owned(),
            records: 0,
            passing_records: 0,
            filters: Default::default(),
            reference_records: 0,
            multiallelic_records: 0,
            alleles: Default::default(),
            contigs: Vec::new(),
            samples: vec![SampleVariants::default(), SampleVariants::default()],
        };
        calls.samples[1].sample = "S1".to_owned();
        calls.samples[1].het_hom_ratio = 2.0;
        let measurements = Measurements::default().with_calls_of("S1", &calls);
        let passed = |text| check(text, &measurements)[0].2;
        assert!(passed("max_het_hom_ratio = { fail = 2.0 }"));
        assert!(!passed("max_het_hom_ratio = { fail = 1.9 }"));
        assert!(!passed("min_het_hom_ratio = { warn = 2.1 }"));
    }

    #[test]
    fn autosomes_go_before_the_genome() {
        let coverage = coverage(5, Some(50));
        let measurements = Measurements { coverage: Some(&coverage), ..Default::default() };
        let text = "min_mean_coverage = { fail = 50 }\nmin_breadth_20x_rate = { fail = 1 }";
        assert!(check(text, &measurements).iter().all(|(_, _, passed)| *passed));
    }

    #[test]
    fn what_was_not_measured_does_not_pass() {
        let text = "min_mapped_rate = { warn = 0 }\nmax_duplicate_rate = { fail = 1 }";
        let checks = check(text, &Measurements::default());
        assert_eq!(checks.len(), 2);
        assert!(checks.iter().all(|(_, _, passed)| !passed));
    }

    #[test]
    fn unknown_names_are_refused() {
        assert!(read("min_mean_covrage = { fail = 1 }").is_err());
        assert!(read("min_mean_coverage = { fial = 1 }").is_err());
        assert_eq!(read("").unwrap(), Thresholds::default());
    }

    #[test]
    fn only_children_of_both_parents_are_asked_for_inheritance() {
        let trio = |child: &str| TrioQc {
            child: child.to_owned(),
            sites: 100,
            mendelian_errors: 3,
            de_novo_snvs: 60,
            ..TrioQc::default()
        };
        let family = FamilyQc::new(vec![trio("S1")]);
        let text = "max_mendelian_error_rate = { warn = 0.02 }\nmax_de_novo_snvs = { fail = 60 }";
        let of = |sample| check(text, &Measurements::default().with_family_of(sample, &family));
        let passed: Vec<bool> = of("S1").iter().map(|(_, _, passed)| *passed).collect();
        assert_eq!(passed, [false, true]);
        assert!(of("mother").is_empty());
    }

    #[test]
    fn a_trio_without_a_record_to_compare_passes_nothing() {
        let family = FamilyQc::new(vec![TrioQc { child: "S1".to_owned(), ..TrioQc::default() }]);
        let text = "max_mendelian_error_rate = { warn = 0.02 }\nmax_de_novo_snvs = { fail = 60 }";
        let checks = check(text, &Measurements::default().with_family_of("S1", &family));
        assert_eq!(checks.iter().map(|(_, _, passed)| *passed).collect::<Vec<_>>(), [false, false]);
    }

    #[test]
    fn only_what_is_declared_is_needed() {
        let thresholds = read("min_q30_rate = { warn = 0.8 }\nmax_snvs = { fail = 9 }").unwrap();
        let sources = [Source::Fastq, Source::Alignment, Source::Coverage, Source::Variants];
        assert_eq!(sources.map(|s| thresholds.needs(s)), [true, false, false, true]);
    }
}
