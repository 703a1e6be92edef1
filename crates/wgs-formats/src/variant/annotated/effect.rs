//! What an allele does to a transcript or another feature.

use crate::variant::csq::Entry;

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
/// Columns that an [`Effect`] tells in its own fields, or that say nothing of the effect.
const KNOWN: [&str; 23] = [
    "Allele",
    "ALLELE_NUM",
    "Consequence",
    "IMPACT",
    "SYMBOL",
    "Gene",
    "HGNC_ID",
    "Feature_type",
    "Feature",
    "BIOTYPE",
    "EXON",
    "INTRON",
    "HGVSc",
    "HGVSp",
    "CDS_position",
    "Protein_position",
    "Amino_acids",
    "Codons",
    "CANONICAL",
    "MANE",
    "MANE_SELECT",
    "MANE_PLUS_CLINICAL",
    "NMD",
];

/// How much a consequence is likely to matter, by VEP's four classes; ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Impact {
    /// Outside of what is translated, or no evidence of an effect.
    Modifier,
    /// Unlikely to change how the protein behaves.
    Low,
    /// May change how well the protein works.
    Moderate,
    /// Likely to truncate or abolish the protein.
    High,
}

impl Impact {
    /// As VEP writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Modifier => "MODIFIER",
            Self::Low => "LOW",
            Self::Moderate => "MODERATE",
            Self::High => "HIGH",
        }
    }
}

/// An entry of `CSQ`: what an allele does to one feature.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effect {
    /// Sequence Ontology terms, the most severe first.
    pub terms: Vec<String>,
    /// As the entry says, or by its terms.
    pub impact: Option<Impact>,
    /// Symbol of the gene.
    pub symbol: Option<String>,
    /// Stable id of the gene.
    pub gene: Option<String>,
    /// `HGNC:…`.
    pub hgnc: Option<String>,
    /// `Transcript`, `RegulatoryFeature` and so on; a transcript where the file does not say.
    pub feature_type: Option<String>,
    /// Id of the transcript or other feature.
    pub feature: Option<String>,
    /// Biotype of the transcript.
    pub biotype: Option<String>,
    /// Whether it is MANE Select.
    pub mane_select: bool,
    /// Whether it is MANE Plus Clinical.
    pub mane_plus_clinical: bool,
    /// Whether it is Ensembl's canonical one.
    pub canonical: bool,
    /// Exon of how many (`5/10`, `5-6/10`).
    pub exon: Option<String>,
    /// Intron of how many.
    pub intron: Option<String>,
    /// HGVS name on the transcript.
    pub hgvs_c: Option<String>,
    /// HGVS name on the protein.
    pub hgvs_p: Option<String>,
    /// First and last base of the coding sequence, from 1, as VEP writes it (`7`, `7-9`, `?-9`).
    pub cds_position: Option<String>,
    /// First and last amino acid, from 1, as VEP writes it.
    pub protein_position: Option<String>,
    /// Amino acids before and after (`R/Q`; one where nothing changes).
    pub amino_acids: Option<String>,
    /// Codons before and after, changed bases in capitals.
    pub codons: Option<String>,
    /// Whether the shortened product is likely to escape nonsense-mediated decay; `None` where the
    /// file does not tell of decay at all.
    pub nmd_escaping: Option<bool>,
    /// The other columns that have a value, with their names, in order.
    pub extra: Vec<(String, String)>,
}

impl Effect {
    /// What an entry says.
    pub(super) fn of(entry: &Entry<'_>) -> Self {
        let text = |field| entry.text(field).map(std::borrow::Cow::into_owned);
        let tag = |of| entry.get("MANE").is_some_and(|tags| tags.split('&').any(|tag| tag == of));
        let extra = entry.fields().filter(|(name, _)| !KNOWN.contains(name));
        Self {
            terms: entry.terms().map(str::to_owned).collect(),
            impact: impact(entry),
            symbol: text("SYMBOL"),
            gene: text("Gene"),
            hgnc: text("HGNC_ID"),
            feature_type: text("Feature_type"),
            feature: text("Feature"),
            biotype: text("BIOTYPE"),
            mane_select: entry.get("MANE_SELECT").is_some() || tag("MANE_Select"),
            mane_plus_clinical: entry.get("MANE_PLUS_CLINICAL").is_some()
                || tag("MANE_Plus_Clinical"),
            canonical: entry.get("CANONICAL") == Some("YES"),
            exon: text("EXON"),
            intron: text("INTRON"),
            hgvs_c: text("HGVSc"),
            hgvs_p: text("HGVSp"),
            cds_position: text("CDS_position"),
            protein_position: text("Protein_position"),
            amino_acids: text("Amino_acids"),
            codons: text("Codons"),
            nmd_escaping: entry
                .has("NMD")
                .then(|| entry.get("NMD").is_some_and(|text| text.contains("escaping"))),
            extra: extra.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        }
    }

    /// The transcript, if the feature is one.
    pub fn transcript(&self) -> Option<&str> {
        let is_one = self.feature_type.as_ref().is_none_or(|kind| kind == "Transcript");
        self.feature.as_deref().filter(|_| is_one)
    }

    /// The gene: its symbol, or its id where it has none.
    pub fn gene_name(&self) -> Option<&str> {
        self.symbol.as_deref().or(self.gene.as_deref())
    }

    /// Whether it has a term.
    pub fn has(&self, term: &str) -> bool {
        self.terms.iter().any(|t| t == term)
    }

    /// The value of a column that this type does not know.
    pub fn column(&self, name: &str) -> Option<&str> {
        self.extra.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// How well the transcript represents its gene: MANE Select, MANE Plus Clinical, canonical;
    /// greater is better.
    pub fn standing(&self) -> [bool; 3] {
        [self.mane_select, self.mane_plus_clinical, self.canonical]
    }

    /// First and last amino acid, from 1, where both are known.
    pub fn residues(&self) -> Option<(u32, u32)> {
        range(self.protein_position.as_deref()?)
    }

    /// First and last base of the coding sequence, from 1, where both are known.
    pub fn coding_bases(&self) -> Option<(u32, u32)> {
        range(self.cds_position.as_deref()?)
    }
}

/// `7`, `7-9`, and VEP's `7/120`.
fn range(text: &str) -> Option<(u32, u32)> {
    let text = text.split('/').next()?;
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    Some((first.parse().ok()?, last.parse().ok()?))
}

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

#[cfg(test)]
mod tests {
    use wgs_core::Pos1;

    use super::*;
    use crate::variant::{Record, csq::Format};

    fn effects(columns: &str, csq: &str) -> Vec<Effect> {
        let format = Format::new(columns.split('|'));
        let mut record = Record::new("a", Pos1::from_pos0(0), "A", ["C"]);
        record.info.set("CSQ", csq);
        format.entries(&record).iter().map(Effect::of).collect()
    }

    #[test]
    fn terms_tell_the_impact_where_the_entry_does_not() {
        let of = |csq| effects("Allele|Consequence|IMPACT", csq)[0].impact;
        assert_eq!(of("C|intron_variant&splice_donor_variant"), Some(Impact::High));
        assert_eq!(of("C|missense_variant|"), Some(Impact::Moderate));
        assert_eq!(of("C|missense_variant|LOW"), Some(Impact::Low));
        assert_eq!(of("C|intron_variant"), None);
    }

    #[test]
    fn columns_become_fields() {
        let found = effects(
            "Consequence|Gene|Feature_type|Feature|MANE|HGVSp|Protein_position|CDS_position|NMD|X",
            "a&b|E1|Transcript|T|MANE_Select|p.A%3D|7-9/80|?-5||1,|E2|MotifFeature|M||||||",
        );
        let first = &found[0];
        assert_eq!((first.transcript(), first.gene_name()), (Some("T"), Some("E1")));
        assert!(first.has("b") && first.mane_select && first.nmd_escaping == Some(false));
        assert_eq!((first.residues(), first.coding_bases()), (Some((7, 9)), None));
        assert_eq!((first.hgvs_p.as_deref(), first.column("X")), (Some("p.A="), Some("1")));
        assert_eq!(found[1].transcript(), None);
        assert_eq!(effects("Consequence", "x")[0].nmd_escaping, None);
    }
}
