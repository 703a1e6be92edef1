//! Effects as VEP's `CSQ` field.

use std::collections::BTreeSet;

use wgs_formats::variant::{
    AlleleKind,
    csq::{Format, escape},
};

use crate::{Effect, Mane, Strand, Transcript};

/// The fields of `CSQ`, in VEP's order as far as VEP has them.
pub const FIELDS: [&str; 27] = [
    "Allele",
    "Consequence",
    "IMPACT",
    "SYMBOL",
    "Gene",
    "Feature_type",
    "Feature",
    "BIOTYPE",
    "EXON",
    "INTRON",
    "HGVSc",
    "HGVSp",
    "cDNA_position",
    "CDS_position",
    "Protein_position",
    "Amino_acids",
    "Codons",
    "Existing_variation",
    "ALLELE_NUM",
    "DISTANCE",
    "STRAND",
    "FLAGS",
    "HGNC_ID",
    "CANONICAL",
    "MANE_SELECT",
    "MANE_PLUS_CLINICAL",
    "ENSP",
];

/// The format of the `CSQ` that this crate writes.
///
/// `ALLELE_NUM` is the number of the alternate allele from 1. `MANE_SELECT` and
/// `MANE_PLUS_CLINICAL` hold the id of the same transcript in the other database, or `YES` where
/// the gene models do not tell it. `HGNC_ID` and `ENSP` are empty where they do not.
pub fn csq_format() -> Format {
    Format::new(FIELDS)
}

/// The alternate alleles as VEP writes them: if one differs from the reference in length and all
/// begin with the same base, without that base, and `-` for nothing. Alleles that are not bases stay
/// as they are, and out of the comparison.
///
/// ```
/// use wgs_annotate::vep_alleles;
/// assert_eq!(vep_alleles("CAG", &["C", "CAGAG", "*"]), ["-", "AGAG", "*"]);
/// assert_eq!(vep_alleles("CAG", &["TAG"]), ["TAG"]);
/// ```
pub fn vep_alleles<S: AsRef<str>>(reference: &str, alternates: &[S]) -> Vec<String> {
    let is_bases = |allele: &str| AlleleKind::of(allele) == AlleleKind::Bases;
    let bases = || alternates.iter().map(AsRef::as_ref).filter(|a| is_bases(a));
    let first = |allele: &str| allele.as_bytes().first().map(u8::to_ascii_uppercase);
    let trims = bases().any(|a| a.len() != reference.len())
        && bases().all(|a| first(a) == first(reference));
    let written = |allele: &str| match allele.get(1..) {
        Some("") if trims && is_bases(allele) => "-".to_owned(),
        Some(rest) if trims && is_bases(allele) => rest.to_owned(),
        _ => allele.to_owned(),
    };
    alternates.iter().map(|allele| written(allele.as_ref())).collect()
}

/// What an entry says about its allele.
pub(crate) struct AlleleColumns<'a> {
    /// As VEP writes it.
    pub(crate) allele: &'a str,
    /// From 1.
    pub(crate) number: usize,
    /// Identifiers of the same allele in the sources.
    pub(crate) known: &'a BTreeSet<String>,
}

/// Appends one entry to the value of `CSQ`.
pub(crate) fn write_entry(
    text: &mut String,
    allele: &AlleleColumns<'_>,
    effect: &Effect,
    transcripts: &[Transcript],
) {
    if !text.is_empty() {
        text.push(',');
    }
    let transcript = effect.transcript.and_then(|index| transcripts.get(index));
    for (place, field) in FIELDS.iter().enumerate() {
        if place > 0 {
            text.push('|');
        }
        let value = of_allele(field, allele, effect)
            .or_else(|| of_effect(field, effect))
            .or_else(|| of_transcript(field, transcript?));
        if let Some(value) = value {
            text.push_str(&escape(&value));
        }
    }
}

fn of_allele(field: &str, allele: &AlleleColumns<'_>, effect: &Effect) -> Option<String> {
    match field {
        "Allele" => Some(allele.allele.to_owned()),
        "ALLELE_NUM" => Some(allele.number.to_string()),
        "Existing_variation" => Some(joined(allele.known.iter().map(String::as_str))),
        "Consequence" => Some(joined(effect.terms.iter().map(|term| term.name()))),
        "IMPACT" => Some(effect.impact().to_string()),
        _ => None,
    }
}

fn of_effect(field: &str, effect: &Effect) -> Option<String> {
    match field {
        "EXON" => effect.exon.clone(),
        "INTRON" => effect.intron.clone(),
        "HGVSc" => effect.hgvs_transcript.clone(),
        "HGVSp" => effect.hgvs_protein.clone(),
        "cDNA_position" => effect.cdna.map(range),
        "CDS_position" => effect.coding.map(range),
        "Protein_position" => effect.protein.map(range),
        "Amino_acids" => effect.amino_acids.clone(),
        "Codons" => effect.codons.clone(),
        "DISTANCE" => effect.distance.map(|distance| distance.to_string()),
        _ => None,
    }
}

fn of_transcript(field: &str, transcript: &Transcript) -> Option<String> {
    let mane = |mane| {
        let id = || transcript.counterpart.clone().unwrap_or_else(|| "YES".into());
        (transcript.mane == Some(mane)).then(id)
    };
    match field {
        "SYMBOL" => Some(transcript.symbol.clone()),
        "Gene" => Some(transcript.gene.clone()),
        "Feature_type" => Some("Transcript".into()),
        "Feature" => Some(transcript.feature.clone()),
        "BIOTYPE" => Some(transcript.biotype.clone()),
        "STRAND" => Some(if transcript.strand == Strand::Forward { "1" } else { "-1" }.into()),
        "FLAGS" => Some(flags(transcript)),
        "HGNC_ID" => transcript.hgnc.clone(),
        "CANONICAL" => transcript.canonical.then(|| "YES".into()),
        "MANE_SELECT" => mane(Mane::Select),
        "MANE_PLUS_CLINICAL" => mane(Mane::PlusClinical),
        "ENSP" => transcript.protein.clone(),
        _ => None,
    }
}

fn flags(transcript: &Transcript) -> String {
    let flags = [
        (transcript.coding_start_missing, "cds_start_NF"),
        (transcript.coding_end_missing, "cds_end_NF"),
    ];
    joined(flags.into_iter().filter(|flag| flag.0).map(|flag| flag.1))
}

fn joined<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    parts.collect::<Vec<_>>().join("&")
}

fn range((first, last): (u32, u32)) -> String {
    if first == last { first.to_string() } else { format!("{first}-{last}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alleles_are_trimmed_together_or_not_at_all() {
        assert_eq!(vep_alleles("A", &["C"]), ["C"]);
        assert_eq!(vep_alleles("A", &["AT"]), ["T"]);
        assert_eq!(vep_alleles("AT", &["A"]), ["-"]);
        assert_eq!(vep_alleles("AT", &["A", "CT"]), ["A", "CT"]);
        assert_eq!(vep_alleles("AT", &["AC"]), ["AC"]);
        assert_eq!(vep_alleles("AT", &["A", "<NON_REF>"]), ["-", "<NON_REF>"]);
        assert_eq!(vep_alleles("AT", &["C"]), ["C"]);
        assert_eq!(vep_alleles::<&str>("AT", &[]), [""; 0]);
    }

    #[test]
    fn ranges_of_one_position_are_one_number() {
        assert_eq!(range((7, 7)), "7");
        assert_eq!(range((7, 9)), "7-9");
    }
}
