//! Alleles by kind, and what each sample carries.

use std::collections::BTreeMap;

use wgs_formats::{
    qc::{
        rate,
        variants::{AlleleCounts, SampleVariants},
    },
    variant::{Genotype, Record},
};

use super::allele::Change;

/// Counts an allele; [`finish_alleles`] sets the ratio.
pub(super) fn add_allele(counts: &mut AlleleCounts, change: Change) {
    match change {
        Change::Snv(reference, alternate) => add_snv(counts, reference, alternate),
        Change::Mnv => counts.mnvs += 1,
        Change::Insertion(length) => {
            counts.insertions += 1;
            *counts.indel_length_bp.entry(length as i32).or_default() += 1;
        }
        Change::Deletion(length) => {
            counts.deletions += 1;
            *counts.indel_length_bp.entry(-(length as i32)).or_default() += 1;
        }
        Change::Complex => counts.complex += 1,
        Change::Symbolic => counts.symbolic += 1,
        Change::Nothing => {}
    }
}

fn add_snv(counts: &mut AlleleCounts, reference: u8, alternate: u8) {
    counts.snvs += 1;
    if [reference, alternate].iter().any(|base| !b"ACGT".contains(base)) {
        return;
    }
    let change = format!("{}>{}", char::from(reference), char::from(alternate));
    if matches!(change.as_str(), "A>G" | "G>A" | "C>T" | "T>C") {
        counts.transitions += 1;
    } else {
        counts.transversions += 1;
    }
    *counts.substitutions.entry(change).or_default() += 1;
}

pub(super) fn merge_alleles(counts: &mut AlleleCounts, other: &AlleleCounts) {
    counts.snvs += other.snvs;
    counts.mnvs += other.mnvs;
    counts.insertions += other.insertions;
    counts.deletions += other.deletions;
    counts.complex += other.complex;
    counts.symbolic += other.symbolic;
    counts.transitions += other.transitions;
    counts.transversions += other.transversions;
    merge_map(&mut counts.substitutions, &other.substitutions);
    merge_map(&mut counts.indel_length_bp, &other.indel_length_bp);
}

pub(super) fn merge_map<K: Ord + Clone>(counts: &mut BTreeMap<K, u64>, other: &BTreeMap<K, u64>) {
    for (key, count) in other {
        *counts.entry(key.clone()).or_default() += count;
    }
}

pub(super) fn finish_alleles(counts: &AlleleCounts) -> AlleleCounts {
    let ti_tv_ratio = rate(counts.transitions, counts.transversions);
    AlleleCounts { ti_tv_ratio, ..counts.clone() }
}

/// Counts a genotype among alleles that do `changes` to the reference.
pub(super) fn add_genotype(
    counts: &mut SampleVariants,
    genotype: Option<&Genotype>,
    changes: &[Change],
) {
    let known = genotype.filter(|g| g.alleles.iter().all(Option::is_some));
    let Some(genotype) = known else {
        counts.missing_records += 1;
        return;
    };
    let carried = carried(genotype, changes);
    if carried.is_empty() {
        counts.reference_records += 1;
        return;
    }
    counts.variant_records += 1;
    let snvs = carried.iter().all(|(_, change)| matches!(change, Change::Snv(..)));
    if genotype.ploidy() == 1 {
        counts.hemizygous_records += 1;
    } else if genotype.is_heterozygous() {
        counts.het_records += 1;
        counts.het_snv_records += u64::from(snvs);
    } else {
        counts.hom_alt_records += 1;
        counts.hom_alt_snv_records += u64::from(snvs);
    }
    carried.iter().for_each(|&(_, change)| add_allele(&mut counts.alleles, change));
}

/// The alternative alleles of a genotype that are variants, each once, with their index.
pub(super) fn carried(genotype: &Genotype, changes: &[Change]) -> Vec<(u32, Change)> {
    let one = |(index, &change): (u32, &Change)| {
        (change != Change::Nothing && genotype.has(index)).then_some((index, change))
    };
    (1..).zip(changes).filter_map(one).collect()
}

/// Counts genotype quality and depth of a sample with a variant.
pub(super) fn add_values(counts: &mut SampleVariants, record: &Record, sample: usize) {
    let value = |key| {
        let number = record.sample_value(sample, key)?.parse::<f64>().ok()?;
        (number >= 0.0).then(|| number.round() as u32)
    };
    if let Some(quality) = value("GQ") {
        counts.genotype_quality_phred.add(quality, 1);
    }
    if let Some(depth) = value("DP") {
        counts.depth.add(depth, 1);
    }
}

pub(super) fn merge_sample(counts: &mut SampleVariants, other: &SampleVariants) {
    counts.variant_records += other.variant_records;
    counts.reference_records += other.reference_records;
    counts.missing_records += other.missing_records;
    counts.het_records += other.het_records;
    counts.hom_alt_records += other.hom_alt_records;
    counts.hemizygous_records += other.hemizygous_records;
    counts.het_snv_records += other.het_snv_records;
    counts.hom_alt_snv_records += other.hom_alt_snv_records;
    counts.singletons += other.singletons;
    merge_alleles(&mut counts.alleles, &other.alleles);
    counts.genotype_quality_phred.merge(&other.genotype_quality_phred);
    counts.depth.merge(&other.depth);
}

pub(super) fn finish_sample(counts: &SampleVariants) -> SampleVariants {
    SampleVariants {
        het_hom_ratio: rate(counts.het_records, counts.hom_alt_records),
        alleles: finish_alleles(&counts.alleles),
        ..counts.clone()
    }
}
