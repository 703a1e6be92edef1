//! What the filter model looks at.

use wgs_formats::variant::Record;

use crate::{site::Site, statistics};

/// What is known of a call. It can be taken from a [`Site`], or from the record that was written of
/// it, so that calls are judged the same wherever they come from. `None` is what is not known, and
/// speaks against nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Features {
    /// Whether all alleles are single bases.
    pub is_snv: bool,
    /// QUAL.
    pub quality: Option<f64>,
    /// QUAL by fragment of the samples that have the variant.
    pub quality_by_depth: Option<f64>,
    /// Fragments of the deepest sample with the variant.
    pub depth: Option<f64>,
    /// Root mean square of the mapping qualities.
    pub mapping_quality: Option<f64>,
    /// z of the rank sum test of mapping qualities.
    pub mapping_quality_z: Option<f64>,
    /// Share of reads over the site whose mapping quality is too low for calling.
    pub ambiguous_share: Option<f64>,
    /// Share of reads over the site whose mapping quality is 0.
    pub unmappable_share: Option<f64>,
    /// Phred-scaled p of Fisher's test for the strands.
    pub fisher_strand: Option<f64>,
    /// Symmetric odds ratio of the strands, natural logarithm.
    pub strand_odds_ratio: Option<f64>,
    /// z of the rank sum test of base qualities.
    pub base_quality_z: Option<f64>,
    /// z of the rank sum test of distances to the end of the read.
    pub read_position_z: Option<f64>,
    /// Phred-scaled probability that so few fragments of the heterozygous sample of best balance
    /// show the variant.
    pub imbalance: Option<f64>,
    /// Mismatches and gaps elsewhere in the reads that show the variant, beyond those in the reads
    /// that show the reference.
    pub excess_mismatches: Option<f64>,
    /// Share of the fragments whose read is soft-clipped.
    pub clipped_share: Option<f64>,
    /// Bases to the nearest other candidate.
    pub candidate_distance: Option<f64>,
    /// Copies of the base that repeats at the site, where single bases repeat.
    pub homopolymer: Option<f64>,
    /// Bases of the tandem repeat of longer units at the site.
    pub tandem_repeat: Option<f64>,
    /// Reads over the site, divided by the sample's median depth.
    pub depth_ratio: Option<f64>,
}

/// One of the [`Features`], by the name that model files use.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields of `Features` say what they are")]
pub enum Feature {
    Quality,
    QualityByDepth,
    Depth,
    MappingQuality,
    MappingQualityZ,
    AmbiguousShare,
    UnmappableShare,
    FisherStrand,
    StrandOddsRatio,
    BaseQualityZ,
    ReadPositionZ,
    Imbalance,
    ExcessMismatches,
    ClippedShare,
    CandidateDistance,
    Homopolymer,
    TandemRepeat,
    DepthRatio,
}

impl Features {
    /// The value of a feature.
    pub fn get(&self, feature: Feature) -> Option<f64> {
        match feature {
            Feature::Quality => self.quality,
            Feature::QualityByDepth => self.quality_by_depth,
            Feature::Depth => self.depth,
            Feature::MappingQuality => self.mapping_quality,
            Feature::MappingQualityZ => self.mapping_quality_z,
            Feature::AmbiguousShare => self.ambiguous_share,
            Feature::UnmappableShare => self.unmappable_share,
            Feature::FisherStrand => self.fisher_strand,
            Feature::StrandOddsRatio => self.strand_odds_ratio,
            Feature::BaseQualityZ => self.base_quality_z,
            Feature::ReadPositionZ => self.read_position_z,
            Feature::Imbalance => self.imbalance,
            Feature::ExcessMismatches => self.excess_mismatches,
            Feature::ClippedShare => self.clipped_share,
            Feature::CandidateDistance => self.candidate_distance,
            Feature::Homopolymer => self.homopolymer,
            Feature::TandemRepeat => self.tandem_repeat,
            Feature::DepthRatio => self.depth_ratio,
        }
    }

    /// Those of a site.
    pub fn of(site: &Site) -> Self {
        let bias = &site.bias;
        let carriers = site.samples.iter().filter(|s| s.has_variant());
        let repeat = bias.repeat.as_ref().map(|r| (r.unit.len(), r.copies));
        let (homopolymer, tandem_repeat) = repeats(repeat);
        Self {
            is_snv: site.is_snv(),
            quality: Some(site.quality),
            quality_by_depth: Some(site.quality_by_depth()),
            depth: carriers.map(|s| f64::from(s.depth)).reduce(f64::max),
            mapping_quality: Some(bias.mapping_quality),
            mapping_quality_z: bias.mapping_quality_z,
            ambiguous_share: Some(bias.ambiguous_share),
            unmappable_share: Some(bias.unmappable_share),
            fisher_strand: Some(bias.fisher_strand),
            strand_odds_ratio: Some(bias.strand_odds_ratio),
            base_quality_z: bias.base_quality_z,
            read_position_z: bias.read_position_z,
            imbalance: site.allele_balance_phred(),
            excess_mismatches: excess(bias.variant_mismatches, bias.reference_mismatches),
            clipped_share: Some(bias.clipped_share),
            candidate_distance: bias.candidate_distance.map(f64::from),
            homopolymer,
            tandem_repeat,
            depth_ratio: bias.depth_ratio,
        }
    }

    /// Those of a record with the fields that [`crate::vcf`] writes; what it lacks is not known.
    pub fn of_record(record: &Record) -> Self {
        let number = |key: &str| record.info.number::<f64>(key);
        let unit = record.info.get("RU").map(str::len);
        let copies = record.info.number::<u32>("REFREP");
        let (homopolymer, tandem_repeat) = repeats(unit.zip(copies));
        let (depth, imbalance) = of_samples(record);
        Self {
            is_snv: record.reference.len() == 1 && record.alternates.iter().all(|a| a.len() == 1),
            quality: record.quality.map(f64::from),
            quality_by_depth: number("QD"),
            depth,
            mapping_quality: number("MQ"),
            mapping_quality_z: number("MQRankSum"),
            ambiguous_share: number("LMQF"),
            unmappable_share: number("MQ0F"),
            fisher_strand: number("FS"),
            strand_odds_ratio: number("SOR"),
            base_quality_z: number("BaseQRankSum"),
            read_position_z: number("ReadPosRankSum"),
            imbalance,
            excess_mismatches: excess(number("NMA"), number("NMR")),
            clipped_share: number("SCF"),
            candidate_distance: number("NCD"),
            homopolymer,
            tandem_repeat,
            depth_ratio: number("DPR"),
        }
    }
}

/// Copies of a repeated base, and bases of a repeat of longer units.
fn repeats(repeat: Option<(usize, u32)>) -> (Option<f64>, Option<f64>) {
    match repeat {
        Some((1, copies)) => (Some(f64::from(copies)), None),
        Some((unit, copies)) => (None, Some(unit as f64 * f64::from(copies))),
        None => (None, None),
    }
}

fn excess(variant: Option<f64>, reference: Option<f64>) -> Option<f64> {
    variant.map(|variant| variant - reference.unwrap_or(0.0))
}

/// Depth of the deepest sample with a variant, and the least imbalance.
fn of_samples(record: &Record) -> (Option<f64>, Option<f64>) {
    let (mut depth, mut imbalance, mut homozygous): (Option<f64>, Option<f64>, bool) =
        (None, None, false);
    for sample in 0..record.samples.len() {
        let Some(genotype) = record.genotype(sample) else { continue };
        let alleles = 1..=record.alternates.len() as u32;
        let Some(variant) = alleles.into_iter().find(|&a| genotype.has(a)) else { continue };
        let value = |key| record.sample_value(sample, key);
        let own = value("DP").and_then(|text| text.parse::<f64>().ok());
        depth = depth.into_iter().chain(own).reduce(f64::max);
        if !genotype.has(0) {
            homozygous = true;
            continue;
        }
        let depths: Vec<u32> =
            value("AD").map_or(Vec::new(), |t| t.split(',').flat_map(str::parse).collect());
        if let (Some(&reference), Some(&variant)) = (depths.first(), depths.get(variant as usize)) {
            let own = statistics::imbalance_phred(reference, variant);
            imbalance = Some(imbalance.map_or(own, |least| least.min(own)));
        }
    }
    (depth, imbalance.filter(|_| !homozygous))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{filter::tests::good, vcf};

    #[test]
    fn a_site_and_its_record_look_the_same() {
        let mut site = good();
        site.bias.variant_mismatches = Some(2.5);
        site.bias.reference_mismatches = Some(0.5);
        site.bias.depth_ratio = Some(1.25);
        site.bias.candidate_distance = Some(17);
        site.bias.read_position_z = Some(-1.5);
        site.bias.repeat = Some(crate::annotation::Repeat { unit: b"CA".to_vec(), copies: 8 });
        site.samples[0].allele_depths = vec![20, 10];
        let of_site = Features::of(&site);
        let of_record = Features::of_record(&vcf::record("chr1", &site));
        assert_eq!((of_site.tandem_repeat, of_site.homopolymer), (Some(16.0), None));
        assert_eq!(of_site.excess_mismatches, Some(2.0));
        let near = |a: Option<f64>, b: Option<f64>| match (a, b) {
            (Some(a), Some(b)) => (a - b).abs() < 0.01,
            (a, b) => a == b,
        };
        for feature in [Feature::Quality, Feature::QualityByDepth, Feature::Depth]
            .into_iter()
            .chain([Feature::MappingQuality, Feature::AmbiguousShare, Feature::Imbalance])
            .chain([Feature::FisherStrand, Feature::StrandOddsRatio, Feature::ReadPositionZ])
            .chain([Feature::ExcessMismatches, Feature::CandidateDistance])
            .chain([Feature::TandemRepeat, Feature::Homopolymer, Feature::DepthRatio])
        {
            assert!(near(of_site.get(feature), of_record.get(feature)), "{feature:?}");
        }
    }
}
