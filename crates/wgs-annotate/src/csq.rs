//! Effects as VEP's `CSQ` field.

use wgs_formats::{
    table::genes::GeneName,
    variant::{
        AlleleKind,
        csq::{Format, escape},
    },
};

use crate::{
    Effect, GeneSource, Mane, Numbers, Span, Strand, Transcript,
    text::{push_integer, push_number},
};

/// The fields of `CSQ`, in VEP's order as far as VEP has them.
pub const FIELDS: [&str; 30] = [
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
    "HGVS_OFFSET",
    "HGVSg",
    "NMD",
];

/// The format of the `CSQ` that this crate writes.
///
/// `ALLELE_NUM` is the number of the alternate allele from 1. `MANE_SELECT` and
/// `MANE_PLUS_CLINICAL` hold the id of the same transcript in the other database, or `YES` where
/// the gene models do not tell it. `HGNC_ID` and `ENSP` are empty where they do not. `NMD` is
/// `NMD_escaping_variant`, as the plugin of that name writes it, or empty.
pub fn csq_format() -> Format {
    Format::new(FIELDS)
}

/// The alternate alleles as VEP writes them, with `-` for nothing. A lone one that differs from the
/// reference in length: without what both begin with, then without what both end with. Of several, if
/// one differs in length and all begin with the same base: without that base. Alleles that are not
/// bases stay as they are, and out of the comparison.
///
/// ```
/// use wgs_annotate::vep_alleles;
/// assert_eq!(vep_alleles("CAG", &["C", "CAGAG", "*"]), ["-", "AGAG", "*"]);
/// assert_eq!(vep_alleles("CAG", &["TAG"]), ["TAG"]);
/// assert_eq!(vep_alleles("TTG", &["TTGCATG"]), ["CATG"]);
/// ```
pub fn vep_alleles<S: AsRef<str>>(reference: &str, alternates: &[S]) -> Vec<String> {
    let alternates: Vec<&str> = alternates.iter().map(AsRef::as_ref).collect();
    written_alleles(reference, &alternates).into_iter().map(str::to_owned).collect()
}

/// As [`vep_alleles`], without copies.
pub(crate) fn written_alleles<'a>(reference: &str, alternates: &[&'a str]) -> Vec<&'a str> {
    let is_bases = |allele: &str| AlleleKind::of(allele) == AlleleKind::Bases;
    if let [alternate] = alternates
        && is_bases(alternate)
        && alternate.len() != reference.len()
    {
        return vec![trimmed(reference, alternate)];
    }
    let bases = || alternates.iter().filter(|a| is_bases(a));
    let first = |allele: &str| allele.as_bytes().first().map(u8::to_ascii_uppercase);
    let trims = bases().any(|a| a.len() != reference.len())
        && bases().all(|a| first(a) == first(reference));
    let written = |allele: &&'a str| match allele.get(1..) {
        Some("") if trims && is_bases(allele) => "-",
        Some(rest) if trims && is_bases(allele) => rest,
        _ => allele,
    };
    alternates.iter().map(written).collect()
}

/// An allele without what it shares with the reference at its start, then at its end.
fn trimmed<'a>(reference: &str, alternate: &'a str) -> &'a str {
    let same = |(r, a): &(u8, u8)| r.eq_ignore_ascii_case(a);
    let left = reference.bytes().zip(alternate.bytes()).take_while(same).count();
    let (reference, alternate) = (&reference[left..], &alternate[left..]);
    let ends = reference.bytes().rev().zip(alternate.bytes().rev());
    let right = ends.take_while(same).count();
    match &alternate[..alternate.len() - right] {
        "" => "-",
        bases => bases,
    }
}

/// What an entry says about its allele.
pub(crate) struct AlleleColumns<'a> {
    /// As VEP writes it.
    pub(crate) allele: &'a str,
    /// From 1.
    pub(crate) number: usize,
    /// Identifiers of the same allele in the sources, joined by `&`.
    pub(crate) known: &'a str,
    /// The name on the contig, escaped; empty if there is none.
    pub(crate) genomic_name: &'a str,
}

/// What the entries of a transcript have in common, ready to be written.
#[derive(Debug, Default)]
pub(crate) struct TranscriptColumns {
    /// From `SYMBOL` to `BIOTYPE`.
    names: String,
    /// From `STRAND` to `ENSP`.
    about: String,
    /// What tables of genes add, with `|` before each value.
    genes: String,
}

impl TranscriptColumns {
    /// The columns of a transcript, with those that tables add.
    pub(crate) fn new(transcript: &Transcript, tables: &[GeneSource]) -> Self {
        let mane = |mane| {
            let id = || transcript.counterpart.as_deref().unwrap_or("YES");
            if transcript.mane == Some(mane) { id() } else { "" }
        };
        let names = [
            &transcript.symbol,
            &transcript.gene,
            "Transcript",
            &transcript.feature,
            &transcript.biotype,
        ];
        let about = [
            if transcript.strand == Strand::Forward { "1" } else { "-1" },
            flags(transcript),
            transcript.hgnc.as_deref().unwrap_or_default(),
            if transcript.canonical { "YES" } else { "" },
            mane(Mane::Select),
            mane(Mane::PlusClinical),
            transcript.protein.as_deref().unwrap_or_default(),
        ];
        let name = GeneName {
            symbol: &transcript.symbol,
            id: &transcript.gene,
            hgnc: transcript.hgnc.as_deref(),
        };
        let genes = tables.iter().map(|table| table.columns(Some(&name))).collect();
        Self { names: columns(&names), about: columns(&about), genes }
    }

    /// What stands in place of a transcript's columns where there is none.
    pub(crate) fn none(tables: &[GeneSource]) -> Self {
        let genes = tables.iter().map(|table| table.columns(None)).collect();
        Self { names: "||||".into(), about: "||||||".into(), genes }
    }
}

fn columns(values: &[&str]) -> String {
    let mut text = String::new();
    for (place, value) in values.iter().enumerate() {
        text.push_str(if place == 0 { "" } else { "|" });
        text.push_str(&escape(value));
    }
    text
}

fn flags(transcript: &Transcript) -> &'static str {
    match (transcript.coding_start_missing, transcript.coding_end_missing) {
        (true, true) => "cds_start_NF&cds_end_NF",
        (true, false) => "cds_start_NF",
        (false, true) => "cds_end_NF",
        (false, false) => "",
    }
}

/// Appends one entry to the value of `CSQ`; `transcripts` are those of all transcripts in order, and
/// after them that of none.
pub(crate) fn write_entry(
    text: &mut String,
    allele: &AlleleColumns<'_>,
    effect: &Effect,
    transcripts: &[TranscriptColumns],
) {
    let none = transcripts.len() - 1;
    let transcript = &transcripts[effect.transcript.unwrap_or(none)];
    text.push_str(allele.allele);
    text.push('|');
    for (place, term) in effect.terms.iter().enumerate() {
        text.push_str(if place == 0 { "" } else { "&" });
        text.push_str(term.name());
    }
    text.push('|');
    text.push_str(effect.impact().name());
    text.push('|');
    text.push_str(&transcript.names);
    text.push('|');
    numbers(text, effect.exon);
    numbers(text, effect.intron);
    for value in [&effect.hgvs_transcript, &effect.hgvs_protein] {
        if let Some(value) = value {
            text.push_str(&escape(value));
        }
        text.push('|');
    }
    [effect.cdna, effect.coding, effect.protein].into_iter().for_each(|s| span(text, s));
    for value in [&effect.amino_acids, &effect.codons] {
        text.push_str(value.as_deref().unwrap_or_default());
        text.push('|');
    }
    text.push_str(allele.known);
    text.push('|');
    push_number(text, allele.number as u64);
    text.push('|');
    if let Some(distance) = effect.distance {
        push_number(text, distance);
    }
    text.push('|');
    text.push_str(&transcript.about);
    text.push('|');
    if let Some(offset) = effect.hgvs_offset {
        push_integer(text, offset);
    }
    text.push('|');
    text.push_str(allele.genomic_name);
    text.push('|');
    if effect.nmd_escaping == Some(true) {
        text.push_str("NMD_escaping_variant");
    }
    text.push_str(&transcript.genes);
}

fn numbers(text: &mut String, numbers: Option<Numbers>) {
    if let Some(Numbers { first, last, total }) = numbers {
        push_number(text, first.into());
        if first != last {
            text.push('-');
            push_number(text, last.into());
        }
        text.push('/');
        push_number(text, total.into());
    }
    text.push('|');
}

fn span(text: &mut String, span: Option<Span>) {
    let end = |text: &mut String, end: Option<u32>| match end {
        Some(position) => push_number(text, position.into()),
        None => text.push('?'),
    };
    if let Some(Span { first, last }) = span.filter(|s| s.first.is_some() || s.last.is_some()) {
        end(text, first);
        if first != last {
            text.push('-');
            end(text, last);
        }
    }
    text.push('|');
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
        assert_eq!(vep_alleles("TAAAATTC", &["C"]), ["-"]);
        assert_eq!(vep_alleles("GCC", &["GTGTAC"]), ["TGTA"]);
        assert_eq!(vep_alleles("CTTC", &["aagtagcc"]), ["aagtagc"]);
        assert_eq!(vep_alleles("AT", &["A", "<NON_REF>"]), ["-", "<NON_REF>"]);
        assert_eq!(vep_alleles("AT", &["C"]), ["C"]);
        assert_eq!(vep_alleles::<&str>("AT", &[]), [""; 0]);
    }

    #[test]
    fn every_value_stands_in_its_field() {
        let span = |first, last| Some(Span { first, last });
        let effect = Effect {
            transcript: Some(0),
            exon: Some(Numbers { first: 1, last: 1, total: 9 }),
            intron: Some(Numbers { first: 2, last: 3, total: 8 }),
            hgvs_transcript: Some("T:c.1A>G".into()),
            hgvs_protein: Some("P:p.Met1=".into()),
            hgvs_offset: Some(-3),
            cdna: span(Some(4), Some(4)),
            coding: span(Some(5), Some(6)),
            protein: span(None, Some(7)),
            amino_acids: Some("R/*".into()),
            codons: Some("Cga/Tga".into()),
            distance: Some(0),
            nmd_escaping: Some(true),
            ..Effect::of_terms(
                crate::Terms::from(crate::Term::STOP_GAINED) | crate::Term::INTRON.into(),
            )
        };
        let transcript = TranscriptColumns {
            names: "s|g|Transcript|f|b".into(),
            about: "1|x|h|YES|m||p".into(),
            genes: String::new(),
        };
        let (known, genomic_name) = ("rs1&rs2", "1:g.2A>G");
        let allele = AlleleColumns { allele: "G", number: 2, known, genomic_name };
        let mut text = String::new();
        write_entry(&mut text, &allele, &effect, &[transcript]);
        let values: Vec<&str> = text.split('|').collect();
        let named: Vec<String> =
            FIELDS.iter().zip(&values).map(|(field, value)| format!("{field}={value}")).collect();
        let expected = "Allele=G Consequence=stop_gained&intron_variant IMPACT=HIGH SYMBOL=s \
            Gene=g Feature_type=Transcript Feature=f BIOTYPE=b EXON=1/9 INTRON=2-3/8 \
            HGVSc=T:c.1A>G HGVSp=P:p.Met1%3D cDNA_position=4 CDS_position=5-6 \
            Protein_position=?-7 Amino_acids=R/* Codons=Cga/Tga Existing_variation=rs1&rs2 \
            ALLELE_NUM=2 DISTANCE=0 STRAND=1 FLAGS=x HGNC_ID=h CANONICAL=YES MANE_SELECT=m \
            MANE_PLUS_CLINICAL= ENSP=p HGVS_OFFSET=-3 HGVSg=1:g.2A>G NMD=NMD_escaping_variant";
        assert_eq!(named.join(" "), expected);
        assert_eq!(values.len(), FIELDS.len());

        let intergenic = Effect::of_terms(crate::Term::INTERGENIC.into());
        let mut text = String::new();
        write_entry(&mut text, &allele, &intergenic, &[TranscriptColumns::none(&[])]);
        assert_eq!(text.split('|').count(), FIELDS.len());
    }
}
