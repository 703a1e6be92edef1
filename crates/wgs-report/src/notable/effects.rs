//! What an allele does to genes, and which of its effects to show.

use std::cmp::Reverse;

use wgs_formats::variant::csq::Entry;

use crate::model::{Effect, Impact};

/// Terms of high impact, by Ensembl's table of calculated consequences.
const HIGH: [&str; 10] = [
    "transcript_ablation",
    "splice_acceptor_variant",
    "splice_donor_variant",
    "stop_gained",
    "frameshift_variant",
    "stop_lost",
    "start_lost",
    "transcript_amplification",
    "feature_elongation",
    "feature_truncation",
];
/// Terms of moderate impact, by the same table.
const MODERATE: [&str; 4] =
    ["inframe_insertion", "inframe_deletion", "missense_variant", "protein_altering_variant"];

/// The effects of one allele.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Effects {
    /// The most severe one, in the transcript that represents its gene best.
    pub(super) main: Option<Effect>,
    /// The one in the gene's representative transcript, if that is another.
    pub(super) representative: Option<Effect>,
    /// Number of transcripts.
    pub(super) transcripts: u32,
    /// Other genes with a moderate or high impact, in alphabetical order.
    pub(super) other_genes: Vec<String>,
}

impl Effects {
    pub(super) fn of(entries: &[&Entry<'_>]) -> Self {
        let effects: Vec<Effect> = entries.iter().map(|entry| effect(entry)).collect();
        let Some(main) = effects.iter().min_by_key(|e| Reverse(precedence(e))).cloned() else {
            return Self::default();
        };
        let representative = effects
            .iter()
            .filter(|e| e.gene == main.gene && is_representative(e))
            .min_by_key(|e| Reverse(standing(e)))
            .filter(|e| e.transcript != main.transcript && !is_representative(&main));
        let severe = effects.iter().filter(|e| e.impact >= Some(Impact::Moderate));
        let genes = severe.filter_map(|e| e.gene.clone());
        let mut other_genes: Vec<_> = genes.filter(|g| Some(g) != main.gene.as_ref()).collect();
        other_genes.sort();
        other_genes.dedup();
        Self {
            representative: representative.cloned(),
            transcripts: effects.iter().filter(|e| e.transcript.is_some()).count() as u32,
            other_genes,
            main: Some(main),
        }
    }

    /// The most severe impact.
    pub(super) fn impact(&self) -> Option<Impact> {
        self.main.as_ref()?.impact
    }
}

fn effect(entry: &Entry<'_>) -> Effect {
    let text = |field| entry.text(field).map(std::borrow::Cow::into_owned);
    let transcript = entry.get("Feature_type").is_none_or(|kind| kind == "Transcript");
    let tag = |old| entry.get("MANE").is_some_and(|tags| tags.split('&').any(|tag| tag == old));
    Effect {
        consequences: entry.terms().map(str::to_owned).collect(),
        impact: impact(entry),
        gene: text("SYMBOL").or_else(|| text("Gene")),
        transcript: text("Feature").filter(|_| transcript),
        mane_select: entry.get("MANE_SELECT").is_some() || tag("MANE_Select"),
        mane_plus_clinical: entry.get("MANE_PLUS_CLINICAL").is_some() || tag("MANE_Plus_Clinical"),
        canonical: entry.get("CANONICAL") == Some("YES"),
        hgvs_c: text("HGVSc"),
        hgvs_p: text("HGVSp"),
        exon: text("EXON"),
        intron: text("INTRON"),
    }
}

/// As the entry says, or by its terms.
fn impact(entry: &Entry<'_>) -> Option<Impact> {
    let any = |terms: &[&str]| entry.terms().any(|term| terms.contains(&term));
    match entry.get("IMPACT") {
        Some("HIGH") => Some(Impact::High),
        Some("MODERATE") => Some(Impact::Moderate),
        Some("LOW") => Some(Impact::Low),
        Some("MODIFIER") => Some(Impact::Modifier),
        _ if any(&HIGH) => Some(Impact::High),
        _ if any(&MODERATE) => Some(Impact::Moderate),
        _ => None,
    }
}

/// Severity, then how well the transcript represents its gene.
fn precedence(effect: &Effect) -> (Option<Impact>, [bool; 3]) {
    (effect.impact, standing(effect))
}

fn standing(effect: &Effect) -> [bool; 3] {
    [effect.mane_select, effect.mane_plus_clinical, effect.canonical]
}

fn is_representative(effect: &Effect) -> bool {
    effect.mane_select || effect.canonical
}

#[cfg(test)]
mod tests {
    use wgs_core::Pos1;
    use wgs_formats::variant::{Record, csq::Format};

    use super::*;

    const FIELDS: &str =
        "Allele|Consequence|IMPACT|SYMBOL|Gene|Feature|CANONICAL|MANE_SELECT|HGVSp";

    fn effects(csq: &str) -> Effects {
        let format = Format::new(FIELDS.split('|'));
        let mut record = Record::new("a", Pos1::from_pos0(0), "A", ["C"]);
        record.info.set("CSQ", csq);
        let entries = format.entries(&record);
        Effects::of(&entries.iter().collect::<Vec<_>>())
    }

    #[test]
    fn the_most_severe_effect_leads_and_the_representative_follows() {
        let found = effects(
            "C|missense_variant|MODERATE|G1|E1|T1|YES|NM_1|p.A,\
             C|stop_gained|HIGH|G1|E1|T2|||p.B,\
             C|stop_gained|HIGH|G1|E1|T3|||p.C,\
             C|missense_variant|MODERATE|G2|E2|T4|YES||,\
             C|intron_variant|MODIFIER|G3|E3|T5|YES||",
        );
        assert_eq!(found.main.unwrap().transcript.as_deref(), Some("T2"));
        assert_eq!(found.representative.unwrap().transcript.as_deref(), Some("T1"));
        assert_eq!(found.transcripts, 5);
        assert_eq!(found.other_genes, ["G2"]);
    }

    #[test]
    fn equal_effects_are_shown_in_the_mane_transcript() {
        let found = effects(
            "C|stop_gained|HIGH|G1|E1|T1|YES||,C|stop_gained|HIGH|G1|E1|T2||NM_2|p.Arg2%3D",
        );
        let main = found.main.unwrap();
        assert_eq!(main.transcript.as_deref(), Some("T2"));
        assert_eq!(main.hgvs_p.as_deref(), Some("p.Arg2="));
        assert_eq!(found.representative, None);
    }

    #[test]
    fn terms_tell_the_impact_where_the_entry_does_not() {
        assert_eq!(effects("C|intron_variant&splice_donor_variant").impact(), Some(Impact::High));
        assert_eq!(effects("C|missense_variant||||").impact(), Some(Impact::Moderate));
        assert_eq!(effects("C|intron_variant").impact(), None);
        assert_eq!(effects("").impact(), None);
    }

    #[test]
    fn a_gene_without_symbol_has_its_id() {
        let main = effects("C|stop_gained|HIGH||ENSG1|T1").main.unwrap();
        assert_eq!(main.gene.as_deref(), Some("ENSG1"));
    }
}
