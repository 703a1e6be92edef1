//! Entries of the INFO field.

use wgs_formats::variant::{Record, csq::escape};

use super::{Candidate, Together};
use crate::{
    Effects,
    csq::{self, AlleleColumns, write_entry},
};

/// The fields of an entry. `Variants` names the alleles (`CONTIG:POS:REF:ALT`, joined by `&`),
/// `Samples` those who have all of them on one haplotype; the others are as in `CSQ`.
pub(crate) const FIELDS: [&str; 13] = [
    "Variants",
    "Samples",
    "Consequence",
    "IMPACT",
    "SYMBOL",
    "Gene",
    "Feature",
    "HGVSc",
    "HGVSp",
    "CDS_position",
    "Protein_position",
    "Amino_acids",
    "Codons",
];

/// The entry of alleles that act together.
pub(super) fn text(
    effects: &Effects,
    together: &Together,
    records: &[Record],
    candidates: &[Candidate],
    samples: &[String],
) -> String {
    let allele = AlleleColumns { allele: "", number: 0, known: "", genomic_name: "" };
    let mut csq = String::new();
    write_entry(&mut csq, &allele, &together.effect, effects.columns());
    let values: Vec<&str> = csq.split('|').collect();
    let of_csq = |field: &&str| {
        let place = csq::FIELDS.iter().position(|name| name == field);
        place.and_then(|place| values.get(place)).copied().unwrap_or_default()
    };
    let variants = together.members.iter().map(|&member| {
        let Candidate { record, allele, .. } = &candidates[member];
        let record = &records[*record];
        let alternate = &record.alternates[*allele as usize - 1];
        let (contig, position) = (&record.contig, record.position);
        format!("{contig}:{position}:{}:{alternate}", record.reference)
    });
    let samples = together.samples.iter().filter_map(|&sample| samples.get(sample));
    let joined = |parts: Vec<String>| {
        parts.iter().map(|part| escape(part).into_owned()).collect::<Vec<_>>().join("&")
    };
    let own = [joined(variants.collect()), joined(samples.cloned().collect())];
    let whole = own.iter().map(String::as_str).chain(FIELDS[2..].iter().map(of_csq));
    whole.collect::<Vec<_>>().join("|")
}
