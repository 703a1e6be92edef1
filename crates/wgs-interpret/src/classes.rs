//! What an expert panel should take a finding up for.

use wgs_formats::findings::{
    CuratedEvidence, Evidence, EvidenceKind, Finding, Origin, ResultClass, Rule, Tier,
};

use crate::cancer::{CancerGenes, PanelGenes, SecondaryList};

/// What findings are classed by.
#[derive(Clone, Copy, Debug, Default)]
pub struct ClassKnowledge<'a> {
    /// Roles of genes in cancer.
    pub cancer_genes: Option<&'a CancerGenes>,
    /// The list of secondary findings.
    pub secondary: Option<&'a SecondaryList>,
    /// Genes of tests by panel.
    pub panel: Option<&'a PanelGenes>,
}

/// Sets the classes of a finding, with a rule for each.
///
/// | class | of |
/// |---|---|
/// | drug selection | findings with evidence that counts on a therapy |
/// | diagnosis of the cancer | findings with evidence that counts on the diagnosis |
/// | hereditary disease | inherited pathogenic or likely pathogenic findings |
/// | not detectable by panels | significant findings in genes that no panel has, or outside of exons and splice sites |
/// | likely non-cancer disease | inherited pathogenic findings in genes that do not make for cancer; where a list of cancer genes, or of secondary findings with the gene, is there to tell |
/// | diagnostically useful | findings of one of the first three classes, and of tiers I and 1 |
///
/// Significant are tiers I and II, and `pathogenic` findings.
pub fn set_classes(finding: &mut Finding, pathogenic: bool, knowledge: &ClassKnowledge<'_>) {
    let germline = finding.origin == Origin::Germline;
    let mut classes = Vec::new();
    for (class, kind) in [
        (ResultClass::DrugSelection, EvidenceKind::Predictive),
        (ResultClass::CancerDiagnosis, EvidenceKind::Diagnostic),
    ] {
        let items = counted(finding, kind);
        if !items.is_empty() {
            classes.push((class, items));
        }
    }
    if germline && pathogenic {
        classes.push((ResultClass::HereditaryDisease, diseases(finding, knowledge)));
    }
    let useful =
        !classes.is_empty() || matches!(finding.tier, Some(Tier::StrongSignificance | Tier::One));
    let significant = pathogenic
        || matches!(finding.tier, Some(Tier::StrongSignificance | Tier::PotentialSignificance));
    if let Some(why) = not_by_panels(finding, knowledge.panel).filter(|_| significant) {
        classes.push((ResultClass::NotDetectableByPanels, vec![why]));
    }
    if useful {
        classes.push((ResultClass::DiagnosticallyUseful, vec![]));
    }
    if germline && pathogenic && is_of_other_disease(finding, knowledge) {
        classes.push((ResultClass::LikelyNonCancerDisease, diseases(finding, knowledge)));
    }
    classes.sort_by_key(|(class, _)| *class);
    finding.rules.extend(classes.iter().map(|(class, evidence)| rule(*class, evidence)));
    finding.classes = classes.into_iter().map(|(class, _)| class).collect();
}

fn rule(class: ResultClass, evidence: &[Evidence]) -> Rule {
    let (id, text) = match class {
        ResultClass::DrugSelection => ("class-drug-selection", "evidence on a therapy counts"),
        ResultClass::CancerDiagnosis => {
            ("class-cancer-diagnosis", "evidence on the diagnosis counts")
        }
        ResultClass::HereditaryDisease => ("class-hereditary-disease", "inherited and pathogenic"),
        ResultClass::NotDetectableByPanels => {
            ("class-not-by-panels", "tests by panel do not find it")
        }
        ResultClass::DiagnosticallyUseful => {
            ("class-useful", "of use for therapy, diagnosis or heredity")
        }
        ResultClass::LikelyNonCancerDisease => {
            ("class-non-cancer", "inherited and pathogenic in a gene that does not make for cancer")
        }
    };
    Rule { id: id.to_owned(), text: text.to_owned(), evidence: evidence.to_vec() }
}

fn counted(finding: &Finding, kind: EvidenceKind) -> Vec<Evidence> {
    let items = finding.cancer.iter().flat_map(|cancer| &cancer.evidence);
    let counts = |item: &&CuratedEvidence| item.kind == kind && item.counts();
    items.filter(counts).map(|item| Evidence::new(&item.source, &item.id)).collect()
}

fn diseases(finding: &Finding, knowledge: &ClassKnowledge<'_>) -> Vec<Evidence> {
    let (Some(list), Some(gene)) = (knowledge.secondary, &finding.gene) else { return Vec::new() };
    list.of_gene(gene).iter().map(|entry| Evidence::new("disease", &entry.disease)).collect()
}

fn not_by_panels(finding: &Finding, panel: Option<&PanelGenes>) -> Option<Evidence> {
    let panel = panel?;
    let Some(gene) = finding.gene.as_deref().filter(|gene| panel.has(gene)) else {
        return Some(Evidence::new("gene", "of no panel"));
    };
    let effect = finding.effect.as_ref()?;
    let splices = effect.consequences.iter().any(|term| term.starts_with("splice_"));
    let outside = effect.exon.is_none() && !splices;
    outside.then(|| Evidence::new("place", format!("outside of exons and splice sites of {gene}")))
}

fn is_of_other_disease(finding: &Finding, knowledge: &ClassKnowledge<'_>) -> bool {
    let Some(gene) = finding.gene.as_deref() else { return false };
    let listed = knowledge.secondary.map_or(&[][..], |list| list.of_gene(gene));
    if !listed.is_empty() {
        return listed.iter().all(|entry| !entry.is_cancer);
    }
    knowledge.cancer_genes.is_some_and(|genes| genes.get(gene).is_none_or(|g| !g.predisposition))
}
