//! The plain words at the end of an explanation.

use super::explanation::{Explanation, LocusView};
use crate::options::Options;

/// Why there is a record, or none.
pub(super) fn of(explanation: &Explanation, options: &Options) -> Vec<String> {
    if !explanation.records.is_empty() {
        return explanation.records.iter().map(|r| of_record(r, explanation)).collect();
    }
    let nothing = |reason: String| vec![format!("Nothing is called: {reason}.")];
    if explanation.reference == "N" {
        return nothing("the reference is not A, C, G or T here".into());
    }
    if explanation.copies == 0 {
        return nothing(format!("a {:?} sample has no copy of this place", explanation.sex));
    }
    let reads = &explanation.reads;
    if reads.used == 0 {
        let left = left_out(explanation, options);
        return nothing(match left.is_empty() {
            true => "no read covers it".into(),
            false => format!("none of the reads over it takes part ({})", left.join(", ")),
        });
    }
    if explanation.windows.is_empty() {
        return nothing(no_candidate(explanation, options));
    }
    let loci = explanation.windows.iter().flat_map(|w| &w.loci);
    loci.map(|locus| of_locus(locus, explanation.is_mitochondrial, options)).collect()
}

/// Reads that do not take part, by reason.
pub(super) fn left_out(explanation: &Explanation, options: &Options) -> Vec<String> {
    let reads = &explanation.reads;
    let reasons = [
        (reads.low_mapq, format!("of mapping quality below {}", options.min_mapq)),
        (reads.duplicate, "duplicates".to_owned()),
        (reads.not_primary, "secondary or supplementary".to_owned()),
        (reads.qc_fail, "failed by the platform".to_owned()),
        (reads.unmapped, "unmapped or without bases".to_owned()),
        (reads.too_deep, format!("beyond a depth of {}", options.max_depth)),
    ];
    let told = reasons.into_iter().filter(|(n, _)| *n > 0);
    told.map(|(n, reason)| format!("{n} {reason}")).collect()
}

fn of_record(record: &str, explanation: &Explanation) -> String {
    let columns: Vec<&str> = record.split('\t').collect();
    let [_, position, _, reference, alternates, quality, filter, ..] = columns[..] else {
        return record.to_owned();
    };
    let site = format!("{reference}>{alternates} at {position}, QUAL {quality}");
    if filter == "PASS" {
        return format!("Called, and passes: {site}.");
    }
    let reasons = filter.split(';').map(|name| {
        let says = explanation.filters.get(name).map_or("", String::as_str);
        format!("{name} ({says})")
    });
    format!("Called, but filtered: {site}: {}.", reasons.collect::<Vec<_>>().join("; "))
}

fn no_candidate(explanation: &Explanation, options: &Options) -> String {
    let candidates = &options.candidates;
    let other = explanation.bases.iter().filter(|(base, _)| {
        **base != explanation.reference && !matches!(base.as_str(), "low quality" | "N")
    });
    let shown: Vec<String> = other.map(|(base, n)| format!("{base} in {n}")).collect();
    let seen = match shown.is_empty() {
        true => "all reads show the reference".to_owned(),
        false => format!("reads show {}", shown.join(", ")),
    };
    format!(
        "there is no candidate allele; {seen} of {} reads, and it takes {} fragments and {}% of \
         the depth for a substitution, {}% for an insertion or deletion",
        explanation.reads.used,
        candidates.min_fragments,
        100.0 * candidates.min_snv_fraction,
        100.0 * candidates.min_indel_fraction
    )
}

fn of_locus(locus: &LocusView, is_mito: bool, options: &Options) -> String {
    let names = locus.alleles.join(" or ");
    if is_mito {
        let shares: Vec<String> =
            locus.fractions.iter().map(|f| format!("{:.2}%", 100.0 * f)).collect();
        return format!(
            "Nothing is called of {names}: the share is {}, and it takes {}% and a LOD of {} \
             against a background of {}%.",
            shares.join(", "),
            100.0 * options.mito.min_fraction,
            options.mito.min_written_lod,
            100.0 * options.mito.background_fraction
        );
    }
    let has_variant =
        locus.called.as_deref().is_some_and(|called| called.split('/').any(|a| a != "0"));
    if has_variant && locus.quality < options.min_written_quality {
        return format!(
            "Nothing is written of {names}: QUAL is {:.1}, below {}.",
            locus.quality, options.min_written_quality
        );
    }
    if has_variant {
        return format!(
            "{names} is called {} in a record that does not hold this base.",
            locus.called.as_deref().unwrap_or(".")
        );
    }
    format!(
        "Nothing is called of {names}: the genotype {} is likelier than one with the variant \
         (QUAL {:.1}).",
        locus.called.as_deref().unwrap_or("without copies"),
        locus.quality
    )
}
