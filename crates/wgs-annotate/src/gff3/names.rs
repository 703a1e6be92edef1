//! What the attributes of the providers mean.

use super::{features::Feature, line::Attributes};
use crate::Mane;

/// Names of a gene.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct GeneNames {
    pub(super) id: String,
    pub(super) symbol: String,
    pub(super) hgnc: Option<String>,
}

impl GeneNames {
    /// From the gene, and its transcript where that tells more.
    pub(super) fn of(gene: &Feature, transcript: &Feature) -> Self {
        let (g, t) = (gene.attributes(), transcript.attributes());
        let entrez = cross_reference(g, "GeneID:").or_else(|| cross_reference(t, "GeneID:"));
        let id = g.get("gene_id").map(|id| id.into_owned()).or(entrez).unwrap_or_else(|| id_of(g));
        let symbol = g.first(&["gene_name", "gene", "Name"]).or_else(|| t.first(&["gene_name"]));
        let symbol = symbol.filter(|symbol| *symbol != id).unwrap_or_default().into_owned();
        Self { id: without_ensembl_version(&id).to_owned(), symbol, hgnc: hgnc(g).or(hgnc(t)) }
    }
}

/// Names of a transcript or protein: with version, and as VEP writes them.
pub(super) fn transcript_names(transcript: Attributes<'_>) -> (String, String) {
    let id = transcript.get("transcript_id").map_or_else(|| id_of(transcript), |id| id.into());
    let accession = with_version(id, transcript);
    (accession.clone(), without_ensembl_version(&accession).to_owned())
}

/// The protein's id with version.
pub(super) fn protein_name(coding: Attributes<'_>) -> Option<String> {
    let named = coding.get("protein_id").map(|id| id.into_owned());
    let id = named.or_else(|| coding.get("ID").map(|_| id_of(coding)))?;
    Some(with_version(id, coding))
}

/// `version=9` of Ensembl belongs behind the id; GENCODE and RefSeq have it there already.
fn with_version(id: String, attributes: Attributes<'_>) -> String {
    match attributes.get("version") {
        Some(version) if !has_version(&id) => format!("{id}.{version}"),
        _ => id,
    }
}

fn has_version(id: &str) -> bool {
    id.rsplit_once('.').is_some_and(|(_, v)| !v.is_empty() && v.bytes().all(|b| b.is_ascii_digit()))
}

fn without_ensembl_version(id: &str) -> &str {
    match id.rsplit_once('.') {
        Some((stable, _)) if id.starts_with("ENS") && has_version(id) => stable,
        _ => id,
    }
}

/// `transcript:ENST0001`, `rna-NM_7.4` and `gene-X` are names of names.
fn id_of(attributes: Attributes<'_>) -> String {
    let id = attributes.get("ID").unwrap_or_default();
    let prefixes = ["transcript:", "gene:", "CDS:", "rna-", "gene-", "cds-", "id-"];
    let bare = prefixes.iter().find_map(|prefix| id.strip_prefix(prefix));
    bare.unwrap_or(&id).to_owned()
}

/// The value behind a prefix among the cross references of RefSeq.
fn cross_reference(attributes: Attributes<'_>, prefix: &str) -> Option<String> {
    attributes.values("Dbxref").find_map(|v| v.strip_prefix(prefix).map(str::to_owned))
}

fn hgnc(attributes: Attributes<'_>) -> Option<String> {
    let number = |text: &str| {
        let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
        (!digits.is_empty()).then(|| format!("HGNC:{digits}"))
    };
    if let Some(id) = attributes.get("hgnc_id") {
        return number(id.trim_start_matches("HGNC:"));
    }
    if let Some(id) = cross_reference(attributes, "HGNC:") {
        return number(id.trim_start_matches("HGNC:"));
    }
    let description = attributes.get("description")?;
    number(description.split_once("Acc:HGNC:")?.1)
}

/// The transcript's id in Ensembl, as RefSeq gives it.
pub(super) fn counterpart(transcript: Attributes<'_>) -> Option<String> {
    cross_reference(transcript, "Ensembl:")
}

/// The biotype in Ensembl's words. RefSeq has none on transcripts, but kinds that tell.
pub(super) fn biotype(gene: &Feature, transcript: &Feature) -> String {
    let t = transcript.attributes();
    if let Some(biotype) = t.first(&["biotype", "transcript_type", "transcript_biotype"]) {
        return biotype.into_owned();
    }
    match transcript.kind.as_str() {
        "mRNA" => "protein_coding".into(),
        "lnc_RNA" => "lncRNA".into(),
        "transcript" => "misc_RNA".into(),
        "V_gene_segment" | "D_gene_segment" | "J_gene_segment" | "C_gene_segment" => {
            transcript.kind.replace("_gene_segment", "_segment")
        }
        kind => {
            let names = ["gene_biotype", "gene_type", "biotype"];
            let of_gene = gene.attributes().first(&names).filter(|_| kind.contains("gene"));
            of_gene.map_or_else(|| kind.to_owned(), |biotype| biotype.into_owned())
        }
    }
}

/// What curators say about a transcript.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tags {
    pub(super) canonical: bool,
    pub(super) mane: Option<Mane>,
    pub(super) start_missing: bool,
    pub(super) end_missing: bool,
}

impl Tags {
    pub(super) fn of(transcript: Attributes<'_>) -> Self {
        let mut tags = Self::default();
        for tag in transcript.values("tag") {
            match tag.replace(' ', "_").as_str() {
                "Ensembl_canonical" | "RefSeq_Select" => tags.canonical = true,
                "MANE_Select" => tags.mane = Some(Mane::Select),
                "MANE_Plus_Clinical" => tags.mane = Some(Mane::PlusClinical),
                "cds_start_NF" => tags.start_missing = true,
                "cds_end_NF" => tags.end_missing = true,
                _ => {}
            }
        }
        tags
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ensembl() {
        let t = Attributes("ID=transcript:ENST1;transcript_id=ENST1;version=9");
        assert_eq!(transcript_names(t), ("ENST1.9".into(), "ENST1".into()));
        let cds = Attributes("ID=CDS:ENSP1;protein_id=ENSP1;version=2");
        assert_eq!(protein_name(cds).as_deref(), Some("ENSP1.2"));
        let gene = Attributes("description=x [Source:HGNC Symbol%3BAcc:HGNC:1100]");
        assert_eq!(hgnc(gene).as_deref(), Some("HGNC:1100"));
    }

    #[test]
    fn gencode() {
        let t = Attributes("ID=ENST1.9;transcript_id=ENST1.9;tag=basic,cds_end_NF,MANE_Select");
        assert_eq!(transcript_names(t), ("ENST1.9".into(), "ENST1".into()));
        let tags = Tags::of(t);
        assert!(tags.end_missing && !tags.start_missing && tags.mane == Some(Mane::Select));
        let par = Attributes("transcript_id=ENST1.9_PAR_Y");
        assert_eq!(transcript_names(par), ("ENST1.9_PAR_Y".into(), "ENST1.9_PAR_Y".into()));
    }

    #[test]
    fn refseq() {
        let t = Attributes(
            "ID=rna-NM_7.4;Dbxref=Ensembl:ENST1.9,GeneID:672,HGNC:HGNC:1100;tag=MANE Select",
        );
        assert_eq!(transcript_names(t), ("NM_7.4".into(), "NM_7.4".into()));
        assert_eq!(counterpart(t).as_deref(), Some("ENST1.9"));
        assert_eq!(hgnc(t).as_deref(), Some("HGNC:1100"));
        assert_eq!(cross_reference(t, "GeneID:").as_deref(), Some("672"));
        assert_eq!(Tags::of(t).mane, Some(Mane::Select));
    }
}
