//! The curated evidence on an allele, and what of it counts.

use wgs_formats::findings::{
    CuratedEvidence, DiseaseRelation, EvidenceKind, EvidenceLevel, MatchLevel, Origin,
};

use super::{
    alteration::Alteration,
    disease::TumorTypes,
    evidence::{Coordinates, EvidenceBase, EvidenceItem, EvidenceOrigin},
    matching::{GeneEffects, Match, best_match},
};

/// What the evidence on an allele is judged by.
pub(crate) struct EvidenceQuestion<'a> {
    pub(crate) base: &'a EvidenceBase,
    pub(crate) types: &'a TumorTypes,
    pub(crate) tumor_type: Option<&'a str>,
    pub(crate) origin: Origin,
    pub(crate) allele: Coordinates,
    pub(crate) effects: &'a GeneEffects<'a>,
    /// Whether the allele itself is likely to drive the tumour (or, inherited, is pathogenic).
    pub(crate) drives: bool,
    /// Whether the case has one of these alterations of a gene.
    pub(crate) has: &'a dyn Fn(&str, &[Alteration]) -> Option<bool>,
}

/// The evidence on an allele, that which counts first, then by level and exactness; and how many
/// items on the gene small variants cannot decide.
pub(crate) fn evidence(question: &EvidenceQuestion<'_>) -> (Vec<CuratedEvidence>, u64) {
    let gene = question.effects.gene;
    let mut undecided = 0;
    let mut found: Vec<CuratedEvidence> = Vec::new();
    for item in question.base.of_gene(gene) {
        if item.is_undecidable_for(gene) && item.coordinates.as_ref() != Some(&question.allele) {
            undecided += 1;
        } else if let Some(judged) = judged(item, question) {
            found.push(judged);
        }
    }
    let is_of_gene = |item: &&EvidenceItem| item.profile.wanted().iter().any(|(g, _)| *g == gene);
    let by_allele = question.base.of_allele(&question.allele).filter(|item| !is_of_gene(item));
    found.extend(by_allele.filter_map(|item| judged(item, question)));
    found.sort_by_key(|e| (!e.counts(), e.level, e.matched));
    (found, undecided)
}

fn judged(item: &EvidenceItem, question: &EvidenceQuestion<'_>) -> Option<CuratedEvidence> {
    let is_allele = item.coordinates.as_ref() == Some(&question.allele);
    let wanted = item.profile.wanted();
    let matched = match is_allele {
        true => Match { level: MatchLevel::Allele, other_transcript: None },
        false => wanted
            .iter()
            .filter(|(gene, _)| *gene == question.effects.gene)
            .filter_map(|(_, alterations)| best_match(alterations, question.effects))
            .min_by_key(|found| (found.other_transcript.is_some(), found.level))?,
    };
    // How well the allele itself is what the item names is judged below.
    let has = |gene: &str, alterations: &[Alteration]| {
        let is_this =
            gene == question.effects.gene && best_match(alterations, question.effects).is_some();
        if is_this { Some(true) } else { (question.has)(gene, alterations) }
    };
    let holds = if is_allele { Some(true) } else { item.profile.holds(&has) };
    if holds == Some(false) {
        return None;
    }
    let names: Vec<&str> =
        [&item.disease, &item.disease_id].into_iter().flatten().map(String::as_str).collect();
    let relation = question.types.relation(question.tumor_type, &names);
    let not_counted = why_not(item, &matched, relation, holds.is_none(), question);
    Some(CuratedEvidence {
        source: item.source.clone(),
        id: item.id.clone(),
        profile: item.name.clone(),
        matched: matched.level,
        other_transcript: matched.other_transcript,
        kind: item.kind,
        level: item.level,
        supports: item.supports,
        significance: item.significance.clone(),
        therapies: item.therapies.clone(),
        interaction: item.interaction.clone(),
        disease: item.disease.clone(),
        disease_id: item.disease_id.clone(),
        relation,
        citation: item.citation.clone(),
        rating: item.rating,
        not_counted: not_counted.map(str::to_owned),
    })
}

fn why_not(
    item: &EvidenceItem,
    matched: &Match,
    relation: DiseaseRelation,
    is_incomplete: bool,
    question: &EvidenceQuestion<'_>,
) -> Option<&'static str> {
    use EvidenceKind::{Diagnostic, Predictive, Prognostic};
    let needs_driver = matched.needs_driver();
    let is_germline = question.origin == Origin::Germline;
    let is_elsewhere = !matches!(
        relation,
        DiseaseRelation::Same | DiseaseRelation::Broader | DiseaseRelation::Unknown
    );
    if !matches!(item.kind, Predictive | Prognostic | Diagnostic) {
        Some("is not on therapy, course or diagnosis")
    } else if !item.supports {
        Some("speaks against what it is about")
    } else if item.significance.is_empty() {
        Some("does not say what follows")
    } else if item.level == EvidenceLevel::E {
        Some("is concluded from elsewhere")
    } else if item.origin == EvidenceOrigin::Germline && !is_germline {
        Some("is of inherited variants")
    } else if item.origin == EvidenceOrigin::Somatic && is_germline {
        Some("is of variants of tumours")
    } else if is_incomplete {
        Some("needs more than what small variants show")
    } else if matched.other_transcript.is_some() {
        Some("is by the numbers of another transcript")
    } else if needs_driver && !question.drives {
        Some("is on whatever drives tumours, and this change is not shown to")
    } else if is_elsewhere && item.kind != Predictive {
        Some("is on another disease")
    } else {
        None
    }
}

/// The level of AMP/ASCO/CAP that an item of evidence which counts gives. What is in use for another
/// tumour, and what rests on trials of it, is C; so are trials that their curators trust little.
pub(crate) fn amp_level(evidence: &CuratedEvidence) -> EvidenceLevel {
    let here = evidence.relation.includes_tumor();
    let is_weak = evidence.rating.is_some_and(|rating| rating <= 2);
    match (evidence.level, here) {
        (EvidenceLevel::A, true) => EvidenceLevel::A,
        (EvidenceLevel::B, true) if !is_weak => EvidenceLevel::B,
        (EvidenceLevel::A | EvidenceLevel::B, _) | (EvidenceLevel::C, true) => EvidenceLevel::C,
        _ => EvidenceLevel::D,
    }
}

/// Whether an item speaks against what one that counts says: of the same disease and therapies, and
/// of no lower level.
pub(crate) fn contradicts(one: &CuratedEvidence, other: &CuratedEvidence) -> bool {
    let same = one.kind == other.kind
        && one.disease == other.disease
        && one.therapies == other.therapies
        && other.level <= one.level;
    let significance =
        |e: &CuratedEvidence| e.significance.to_ascii_lowercase().replace([' ', '_'], "");
    let is_resistance = |e: &CuratedEvidence| significance(e).contains("resistance");
    same && one.counts()
        && ((significance(one) == significance(other) && !other.supports)
            || (one.kind == EvidenceKind::Predictive
                && other.supports
                && !other.significance.is_empty()
                && is_resistance(one) != is_resistance(other)))
}

#[cfg(test)]
mod tests {
    use super::{
        super::{matching::tests::effect, table::file},
        *,
    };

    const HEAD: &str = "molecular_profile\tdisease\tdoid\ttherapies\tevidence_type\t\
        evidence_direction\tevidence_level\tsignificance\tvariant_origin\trating\tevidence_id\n";

    fn base(rows: &str) -> EvidenceBase {
        let mut base = EvidenceBase::default();
        base.add("civic", &file(&format!("{HEAD}{rows}")).1).unwrap();
        base
    }

    fn judge(
        rows: &str,
        tumor_type: Option<&str>,
        origin: Origin,
        drives: bool,
    ) -> Vec<CuratedEvidence> {
        let base = base(rows);
        let v600e = effect("missense_variant", "", "p.Val600Glu", "15/18");
        let effects = GeneEffects { gene: "BRAF", main: &v600e, others: vec![] };
        let has = |gene: &str, alterations: &[Alteration]| {
            if gene == "BRAF" && best_match(alterations, &effects).is_some() {
                return Some(true);
            }
            alterations.iter().all(Alteration::is_decidable).then_some(false)
        };
        evidence(&EvidenceQuestion {
            base: &base,
            types: &TumorTypes::default(),
            tumor_type,
            origin,
            allele: ("chr7".into(), 5, "A".into(), "T".into()),
            effects: &effects,
            drives,
            has: &has,
        })
        .0
    }

    fn row(profile: &str, rest: &str) -> String {
        format!("{profile}\tMelanoma\t1909\tVemurafenib\t{rest}\n")
    }

    const SENSITIVE: &str = "Predictive\tSupports\tA\tSensitivity/Response\tSomatic\t5\t1";

    #[test]
    fn evidence_of_the_same_tumour_counts_most() {
        let rows = row("BRAF V600E", SENSITIVE);
        let here = judge(&rows, Some("melanoma"), Origin::Somatic, false);
        assert!(here[0].counts());
        assert_eq!((here[0].matched, amp_level(&here[0])), (MatchLevel::Protein, EvidenceLevel::A));
        let elsewhere = judge(&rows, Some("DOID:3910"), Origin::Somatic, false);
        assert_eq!(
            (elsewhere[0].relation, amp_level(&elsewhere[0])),
            (DiseaseRelation::Other, EvidenceLevel::C)
        );
        let unsaid = judge(&rows, None, Origin::Somatic, false);
        assert_eq!(
            (unsaid[0].relation, amp_level(&unsaid[0])),
            (DiseaseRelation::Unknown, EvidenceLevel::C)
        );
    }

    #[test]
    fn what_does_not_count_says_why() {
        let why = |profile: &str, rest: &str, drives| {
            let found = judge(&row(profile, rest), Some("melanoma"), Origin::Somatic, drives);
            found[0].not_counted.clone().unwrap_or_default()
        };
        let profile = "BRAF V600E";
        assert_eq!(why(profile, SENSITIVE, false), "");
        assert!(
            why(profile, "Predictive\tDoes Not Support\tA\tSensitivity\tSomatic\t\t1", true)
                .contains("against")
        );
        assert!(
            why(profile, "Predictive\tSupports\tA\tSensitivity\tRare Germline\t\t1", true)
                .contains("inherited")
        );
        assert!(
            why(profile, "Predictive\tSupports\tE\tSensitivity\tSomatic\t\t1", true)
                .contains("elsewhere")
        );
        assert!(
            why(profile, "Oncogenic\tSupports\tA\tOncogenicity\tSomatic\t\t1", true)
                .contains("not on therapy")
        );
        assert!(why("BRAF Mutation", SENSITIVE, false).contains("not shown"));
        assert_eq!(why("BRAF Mutation", SENSITIVE, true), "");
        assert!(why("BRAF V600E AND BRAF Amplification", SENSITIVE, true).contains("needs more"));
    }

    #[test]
    fn other_changes_and_other_genes_are_left_out() {
        let rows = [
            row("BRAF V600K", SENSITIVE),
            row("KIT V600E", SENSITIVE),
            row("BRAF V600E AND KRAS G12C", SENSITIVE),
        ]
        .concat();
        assert!(judge(&rows, Some("melanoma"), Origin::Somatic, true).is_empty());
    }

    #[test]
    fn weak_and_contradicted_evidence() {
        let weak = row("BRAF V600E", "Predictive\tSupports\tB\tSensitivity\tSomatic\t2\t1");
        let against = row("BRAF V600E", "Predictive\tSupports\tB\tResistance\tSomatic\t4\t2");
        let found = judge(&[weak, against].concat(), Some("melanoma"), Origin::Somatic, true);
        assert_eq!(
            [amp_level(&found[0]), amp_level(&found[1])],
            [EvidenceLevel::C, EvidenceLevel::B]
        );
        assert!(contradicts(&found[0], &found[1]) && contradicts(&found[1], &found[0]));
        assert!(!contradicts(&found[0], &found[0]));
    }

    #[test]
    fn inherited_and_acquired_are_kept_apart() {
        let rows = row("BRAF V600E", SENSITIVE);
        let found = judge(&rows, Some("melanoma"), Origin::Germline, true);
        assert!(found[0].not_counted.as_ref().unwrap().contains("tumours"));
    }

    #[test]
    fn items_that_small_variants_cannot_decide_are_counted() {
        let base = base(
            &[row("BRAF Amplification", SENSITIVE), row("BRAF Kinase Domain Mutation", SENSITIVE)]
                .concat(),
        );
        let v600e = effect("missense_variant", "", "p.Val600Glu", "");
        let effects = GeneEffects { gene: "BRAF", main: &v600e, others: vec![] };
        let (found, undecided) = evidence(&EvidenceQuestion {
            base: &base,
            types: &TumorTypes::default(),
            tumor_type: None,
            origin: Origin::Somatic,
            allele: ("a".into(), 1, "A".into(), "C".into()),
            effects: &effects,
            drives: true,
            has: &|_, _| None,
        });
        assert_eq!((found.len(), undecided), (0, 2));
    }
}
