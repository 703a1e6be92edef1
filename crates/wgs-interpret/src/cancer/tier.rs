//! A proposal of the tier of AMP/ASCO/CAP 2017 (Li et al., doi:10.1016/j.jmoldx.2016.10.002), and what
//! the role of the gene says.

use wgs_formats::findings::{
    CuratedEvidence, Evidence, EvidenceLevel, MatchLevel, Oncogenicity, OncogenicityClass, Rule,
    Tier,
};

use super::{
    genes::CancerGene,
    hotspot::Hotspot,
    judge::{amp_level, contradicts},
    matching::GeneEffects,
    protein::ProteinChange,
};

/// Frequency in a population from which on an allele is tier IV, unless evidence is of it exactly.
const COMMON: f64 = 0.01;

fn rule(id: &str, text: &str, evidence: Vec<Evidence>) -> Rule {
    Rule { id: id.to_owned(), text: text.to_owned(), evidence }
}

/// Rules by which a change is likely to drive tumours: what truncates a suppressor, and what changes
/// a hotspot.
pub(crate) fn driver_rules(
    effects: &GeneEffects<'_>,
    gene: Option<&CancerGene>,
    hotspot: Option<&Hotspot>,
) -> Vec<Rule> {
    let mut rules = Vec::new();
    let name = || Evidence::new("gene", effects.gene);
    if gene.is_some_and(|gene| gene.suppressor) && effects.is_null() {
        let consequence = Evidence::new("consequence", effects.main.terms.join("&"));
        let text = "a null variant in a tumour suppressor";
        rules.push(rule("null-in-suppressor", text, vec![name(), consequence]));
    }
    if let (Some(spot), Some(change)) = (hotspot, effects.protein_change()) {
        let samples = Evidence::new("samples", spot.samples.to_string());
        let (id, text) = match (&change, gene.is_some_and(|gene| gene.oncogene)) {
            (ProteinChange::Substitution(..), true) => {
                ("hotspot-in-oncogene", "a missense change at a hotspot of an oncogene")
            }
            (ProteinChange::Substitution(..), false) => {
                ("hotspot", "a missense change at a hotspot")
            }
            _ => ("in-frame-at-hotspot", "an in-frame change within a hotspot"),
        };
        rules.push(rule(id, text, vec![name(), samples]));
    }
    rules
}

/// A tier, with the level of the evidence and the rules that led there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Proposal {
    pub(crate) tier: Tier,
    pub(crate) level: Option<EvidenceLevel>,
    pub(crate) rules: Vec<Rule>,
}

/// Proposes a tier. `None` if nothing speaks of the allele: no evidence, no role of the gene, no
/// driver rule.
pub(crate) fn propose(
    evidence: &[CuratedEvidence],
    oncogenicity: &Oncogenicity,
    gene: Option<&CancerGene>,
    alters_product: bool,
    drivers: &[Rule],
    highest_frequency: Option<&(String, f64)>,
) -> Option<Proposal> {
    let counted: Vec<&CuratedEvidence> = evidence.iter().filter(|e| e.counts()).collect();
    let level = counted.iter().map(|e| amp_level(e)).min();
    let mut rules = drivers.to_vec();
    if let Some(level) = level {
        rules.push(level_rule(level, &counted));
    }
    if let Some((one, other)) = conflict(evidence) {
        let items = [one, other].map(|e| Evidence::new(&e.source, &e.id)).to_vec();
        rules.push(rule(
            "conflicting-evidence",
            "items of evidence speak against each other",
            items,
        ));
    }
    let common = highest_frequency.filter(|(_, frequency)| *frequency >= COMMON);
    if let Some((name, frequency)) = common {
        let text = "common in a population, so likely inherited and harmless";
        rules.push(rule(
            "common-in-population",
            text,
            vec![Evidence::new(name, frequency.to_string())],
        ));
    }
    let benign = oncogenicity.class <= OncogenicityClass::LikelyBenign;
    if benign {
        let points = vec![Evidence::new("points", oncogenicity.points.to_string())];
        rules.push(rule("benign-by-points", "benign or likely benign by its points", points));
    }
    let exact = counted.iter().any(|e| e.matched <= MatchLevel::Protein);
    let tier = match level {
        _ if (common.is_some() || benign) && !exact => Tier::Benign,
        Some(EvidenceLevel::A | EvidenceLevel::B) => Tier::StrongSignificance,
        Some(_) => Tier::PotentialSignificance,
        None => Tier::UnknownSignificance,
    };
    let is_cancer_gene = gene.is_some() && alters_product;
    if is_cancer_gene && level.is_none() && drivers.is_empty() {
        rules.push(rule("cancer-gene", "changes a gene of the list of cancer genes", vec![]));
    }
    let speaks = !evidence.is_empty() || is_cancer_gene || !drivers.is_empty();
    speaks.then_some(Proposal { tier, level, rules })
}

fn level_rule(level: EvidenceLevel, counted: &[&CuratedEvidence]) -> Rule {
    let (id, text) = match level {
        EvidenceLevel::A => ("level-a", "in use for this tumour"),
        EvidenceLevel::B => ("level-b", "trials or many patients with this tumour"),
        EvidenceLevel::C => {
            ("level-c", "in use for, or tried in, another tumour; or cases of this one")
        }
        EvidenceLevel::D | EvidenceLevel::E => {
            ("level-d", "from the laboratory, or cases of another tumour")
        }
    };
    let items = counted.iter().filter(|e| amp_level(e) == level);
    rule(id, text, items.map(|e| Evidence::new(&e.source, &e.id)).collect())
}

fn conflict(evidence: &[CuratedEvidence]) -> Option<(&CuratedEvidence, &CuratedEvidence)> {
    let pairs = evidence.iter().flat_map(|one| evidence.iter().map(move |other| (one, other)));
    pairs.into_iter().find(|(one, other)| contradicts(one, other))
}

#[cfg(test)]
mod tests {
    use wgs_formats::findings::{DiseaseRelation, EvidenceKind};

    use super::{super::matching::tests::effect, *};

    fn item(
        level: EvidenceLevel,
        relation: DiseaseRelation,
        matched: MatchLevel,
    ) -> CuratedEvidence {
        CuratedEvidence {
            source: "civic".into(),
            id: "1".into(),
            profile: "G V1E".into(),
            matched,
            other_transcript: None,
            kind: EvidenceKind::Predictive,
            level,
            supports: true,
            significance: "Sensitivity".into(),
            therapies: vec!["drug".into()],
            interaction: None,
            disease: None,
            disease_id: None,
            relation,
            citation: None,
            rating: None,
            not_counted: None,
        }
    }

    fn points(points: i32) -> Oncogenicity {
        let class = OncogenicityClass::of(points);
        Oncogenicity { points, class, criteria: vec![], open: vec![] }
    }

    fn tier(
        evidence: &[CuratedEvidence],
        sum: i32,
        frequency: f64,
    ) -> Option<(&'static str, String)> {
        let frequency = ("GNOMAD".to_owned(), frequency);
        let proposal = propose(evidence, &points(sum), None, true, &[], Some(&frequency))?;
        let ids: Vec<&str> = proposal.rules.iter().map(|rule| rule.id.as_str()).collect();
        Some((proposal.tier.name(), ids.join(" ")))
    }

    #[test]
    fn levels_make_tiers() {
        use DiseaseRelation::{Other, Same};
        let one =
            |level, relation| tier(&[item(level, relation, MatchLevel::Protein)], 3, 0.0).unwrap();
        assert_eq!(one(EvidenceLevel::A, Same), ("I", "level-a".into()));
        assert_eq!(one(EvidenceLevel::B, Same), ("I", "level-b".into()));
        assert_eq!(one(EvidenceLevel::A, Other), ("II", "level-c".into()));
        assert_eq!(one(EvidenceLevel::C, Same), ("II", "level-c".into()));
        assert_eq!(one(EvidenceLevel::C, Other), ("II", "level-d".into()));
        assert_eq!(one(EvidenceLevel::D, Same), ("II", "level-d".into()));
        let mut unheard = item(EvidenceLevel::A, Same, MatchLevel::Protein);
        unheard.not_counted = Some("x".into());
        assert_eq!(tier(&[unheard], 3, 0.0).unwrap().0, "III");
        assert_eq!(tier(&[], 3, 0.0), None);
    }

    #[test]
    fn common_and_benign_alleles_are_tier_four_but_for_exact_evidence() {
        let broad = item(EvidenceLevel::A, DiseaseRelation::Same, MatchLevel::Gene);
        assert_eq!(tier(std::slice::from_ref(&broad), 0, 0.2).unwrap().0, "IV");
        assert_eq!(tier(&[broad], -4, 0.0).unwrap().0, "IV");
        let exact = item(EvidenceLevel::A, DiseaseRelation::Same, MatchLevel::Protein);
        let kept = tier(&[exact], 0, 0.2).unwrap();
        assert_eq!((kept.0, kept.1.contains("common-in-population")), ("I", true));
    }

    #[test]
    fn contradictions_are_told() {
        let one = item(EvidenceLevel::B, DiseaseRelation::Same, MatchLevel::Protein);
        let other = CuratedEvidence { significance: "Resistance".into(), ..one.clone() };
        assert!(tier(&[one, other], 0, 0.0).unwrap().1.contains("conflicting-evidence"));
    }

    #[test]
    fn roles_tell_drivers() {
        let ids = |terms: &str, protein: &str, gene: &CancerGene, spot: Option<&Hotspot>| {
            let main = effect(terms, "", protein, "");
            let effects = GeneEffects { gene: "G", main: &main, others: vec![] };
            let rules = driver_rules(&effects, Some(gene), spot);
            rules.into_iter().map(|rule| rule.id).collect::<Vec<_>>().join(" ")
        };
        let suppressor = CancerGene { suppressor: true, ..CancerGene::default() };
        let oncogene = CancerGene { oncogene: true, ..CancerGene::default() };
        let spot = Hotspot { first: 600, last: 600, samples: 9, changes: Default::default() };
        assert_eq!(ids("stop_gained", "p.Arg9Ter", &suppressor, None), "null-in-suppressor");
        assert_eq!(ids("stop_gained", "p.Arg9Ter", &oncogene, None), "");
        assert_eq!(
            ids("missense_variant", "p.Val600Glu", &oncogene, Some(&spot)),
            "hotspot-in-oncogene"
        );
        assert_eq!(ids("missense_variant", "p.Val600Glu", &suppressor, Some(&spot)), "hotspot");
        assert_eq!(
            ids("inframe_deletion", "p.Val600del", &oncogene, Some(&spot)),
            "in-frame-at-hotspot"
        );
    }
}
