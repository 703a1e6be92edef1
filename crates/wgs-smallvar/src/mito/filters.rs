//! What speaks against a variant of chrM.
//!
//! With thousands of fragments every difference is significant, so a bias has to be large as well.

use super::MitoFilterOptions;
use crate::{filter::Filter, site::Evidence, statistics};

/// Least share of the reference's fragments on its rarer strand, and least median distance of theirs
/// to the end of the read in thresholds, for a variant to be compared with them.
const BALANCED: f64 = 0.2;

/// The filters that a site fails, by the fragments of the samples that have a variant.
pub(crate) fn failed(
    evidence: &[Evidence<'_>],
    lod: f64,
    is_snv: bool,
    options: &MitoFilterOptions,
) -> Vec<Filter> {
    let group = |variant: bool| -> Vec<&Evidence<'_>> {
        evidence.iter().filter(|e| e.allele.is_some_and(|a| (a > 0) == variant)).collect()
    };
    let (reference, variant) = (group(false), group(true));
    let checks = [
        (Filter::MitoLowLod, lod < options.min_lod),
        (Filter::MitoStrandBias, is_of_one_strand(&reference, &variant, options)),
        (
            Filter::MitoBaseQuality,
            is_snv && quality_loss(&reference, &variant) > options.max_base_quality_loss,
        ),
        (
            Filter::MitoReadPosition,
            median_distance(&variant).is_some_and(|d| d < options.min_end_distance),
        ),
        (
            Filter::MitoMapQ,
            root_mean_square_mapq(&variant).is_some_and(|q| q < options.min_mapping_quality),
        ),
    ];
    checks.into_iter().filter_map(|(filter, fails)| fails.then_some(filter)).collect()
}

fn is_of_one_strand(
    reference: &[&Evidence<'_>],
    variant: &[&Evidence<'_>],
    options: &MitoFilterOptions,
) -> bool {
    let reverse = |group: &[&Evidence<'_>]| group.iter().filter(|e| e.reverse).count() as u32;
    let forward = |group: &[&Evidence<'_>]| group.len() as u32 - reverse(group);
    let rarer = |group: &[&Evidence<'_>]| {
        f64::from(reverse(group).min(forward(group))) / (group.len() as f64).max(1.0)
    };
    let table = [forward(reference), reverse(reference), forward(variant), reverse(variant)];
    rarer(variant) < options.min_strand_share
        && rarer(reference) >= BALANCED
        && statistics::fisher_strand_phred(table) >= options.min_fisher_strand
}

fn quality_loss(reference: &[&Evidence<'_>], variant: &[&Evidence<'_>]) -> f64 {
    let mean = |group: &[&Evidence<'_>]| {
        let qualities: Vec<f64> =
            group.iter().filter_map(|e| e.base_quality).map(f64::from).collect();
        (!qualities.is_empty()).then(|| qualities.iter().sum::<f64>() / qualities.len() as f64)
    };
    mean(reference).zip(mean(variant)).map_or(0.0, |(r, v)| r - v)
}

fn median_distance(group: &[&Evidence<'_>]) -> Option<f64> {
    let mut distances: Vec<u32> = group.iter().filter_map(|e| e.end_distance).collect();
    distances.sort_unstable();
    distances.get(distances.len() / 2).copied().map(f64::from)
}

fn root_mean_square_mapq(group: &[&Evidence<'_>]) -> Option<f64> {
    let squares: f64 = group.iter().map(|e| f64::from(e.mapq).powi(2)).sum();
    (!group.is_empty()).then(|| (squares / group.len() as f64).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fragments(
        allele: usize,
        n: usize,
        change: impl Fn(usize, &mut Evidence<'static>),
    ) -> Vec<Evidence<'static>> {
        let made = (0..n).map(|i| {
            let mut evidence = Evidence {
                fragment: i as u64,
                row: &[],
                allele: Some(allele),
                mapq: 60,
                reverse: i % 2 == 0,
                base_quality: Some(35),
                end_distance: Some((i % 70) as u32),
                ..Evidence::default()
            };
            change(i, &mut evidence);
            evidence
        });
        made.collect()
    }

    fn told(change: impl Fn(usize, &mut Evidence<'static>)) -> Vec<&'static str> {
        let mut all = fragments(0, 950, |_, _| ());
        all.extend(fragments(1, 60, change));
        let failed = failed(&all, 40.0, true, &MitoFilterOptions::default());
        failed.into_iter().map(Filter::name).collect()
    }

    #[test]
    fn each_fault_has_its_name() {
        assert_eq!(told(|_, _| ()), Vec::<&str>::new());
        assert_eq!(told(|i, e| e.reverse = i == 0), ["MitoStrandBias"]);
        assert_eq!(told(|i, e| e.reverse = i % 4 == 0), Vec::<&str>::new());
        assert_eq!(told(|_, e| e.base_quality = Some(26)), ["MitoBaseQuality"]);
        assert_eq!(told(|i, e| e.end_distance = Some(i as u32 % 6)), ["MitoReadPosition"]);
        assert_eq!(told(|_, e| e.mapq = 22), ["MitoMapQ"]);
        let weak = failed(&fragments(1, 60, |_, _| ()), 4.0, true, &MitoFilterOptions::default());
        assert_eq!(weak, [Filter::MitoLowLod]);
    }
}
