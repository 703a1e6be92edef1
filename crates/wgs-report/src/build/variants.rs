//! Statistics of the variants.

use std::collections::BTreeMap;

use wgs_formats::qc::{VariantQc, variants};

use crate::{
    format::rounded,
    model::{AlleleCount, AlleleCounts, LengthCount, SampleVariants, VariantSummary},
};

use super::rank;

/// Changes of the reference strand's base, C or T first as in mutational signatures.
const CHANGES: [&str; 6] = ["C>A", "C>G", "C>T", "T>A", "T>C", "T>G"];

pub(super) fn summary(qc: &VariantQc, order: &[&str]) -> VariantSummary {
    let mut samples: Vec<_> = qc.samples.iter().map(sample).collect();
    samples.sort_by_key(|s| rank(order, Some(&s.sample)));
    let filters =
        qc.filters.iter().map(|(name, count)| AlleleCount { name: name.clone(), count: *count });
    VariantSummary {
        records: qc.records,
        passing_records: qc.passing_records,
        filters: filters.collect(),
        alleles: alleles(&qc.alleles),
        samples,
    }
}

fn sample(qc: &variants::SampleVariants) -> SampleVariants {
    SampleVariants {
        sample: qc.sample.clone(),
        variant_records: qc.variant_records,
        het_records: qc.het_records,
        hom_alt_records: qc.hom_alt_records,
        hemizygous_records: qc.hemizygous_records,
        missing_records: qc.missing_records,
        het_hom_ratio: (qc.hom_alt_records > 0).then(|| rounded(qc.het_hom_ratio, 4)),
        alleles: alleles(&qc.alleles),
    }
}

fn alleles(qc: &variants::AlleleCounts) -> AlleleCounts {
    let lengths = qc.indel_length_bp.iter();
    AlleleCounts {
        snvs: qc.snvs,
        mnvs: qc.mnvs,
        insertions: qc.insertions,
        deletions: qc.deletions,
        complex: qc.complex,
        transitions: qc.transitions,
        transversions: qc.transversions,
        ti_tv_ratio: (qc.transversions > 0).then(|| rounded(qc.ti_tv_ratio, 4)),
        substitutions: substitutions(&qc.substitutions),
        indel_lengths: lengths
            .map(|(&length_bp, &count)| LengthCount { length_bp, count })
            .collect(),
    }
}

/// Puts both strands together: G>A counts as C>T.
fn substitutions(counts: &BTreeMap<String, u64>) -> Vec<AlleleCount> {
    let of = |change: &str| counts.get(change).copied().unwrap_or(0);
    CHANGES
        .map(|change| AlleleCount {
            name: change.to_owned(),
            count: of(change) + of(&other_strand(change)),
        })
        .to_vec()
}

fn other_strand(change: &str) -> String {
    let complement = |c| match c {
        'A' => 'T',
        'C' => 'G',
        'G' => 'C',
        'T' => 'A',
        other => other,
    };
    change.chars().map(complement).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_strands_count_together() {
        let counts = [("C>T", 3), ("G>A", 4), ("A>C", 5)];
        let counts = counts.map(|(change, count)| (change.to_owned(), count));
        let folded = substitutions(&counts.into());
        let found: Vec<_> = folded.iter().map(|c| (c.name.as_str(), c.count)).collect();
        assert_eq!(found, [("C>A", 0), ("C>G", 0), ("C>T", 7), ("T>A", 0), ("T>C", 0), ("T>G", 5)]);
    }
}
