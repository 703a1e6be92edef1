//! The rules by which an allele is notable, and in which order alleles stand.

use std::cmp::Reverse;

use crate::{
    format::{NO_BREAK, trimmed},
    model::{
        ClinicalSignificance, Impact, NotableVariant, PopulationFrequency, Reason, SelectionRule,
        Zygosity,
    },
};

/// The first rule that applies.
pub(super) fn reason(
    clinical: &[ClinicalSignificance],
    impact: Option<Impact>,
    frequencies: &[PopulationFrequency],
    common_from: f64,
) -> Option<Reason> {
    let common = frequencies.iter().any(|f| f.allele_frequency >= common_from);
    if clinical.iter().any(|c| c.significance.iter().any(|term| pathogenicity(term).is_some())) {
        return Some(Reason::ClinicallyPathogenic);
    }
    match (impact, common) {
        (Some(Impact::High), false) => Some(Reason::HighImpact),
        (Some(Impact::High), true) => Some(Reason::HighImpactCommon),
        (Some(Impact::Moderate), false) => Some(Reason::ModerateImpact),
        _ => None,
    }
}

/// Whether an allele chosen for this reason is listed although its record failed a filter.
pub(super) fn listed_if_filtered(reason: Reason) -> bool {
    reason == Reason::ClinicallyPathogenic
}

/// 0 for pathogenic, 1 for likely pathogenic, with or without a modifier such as low penetrance;
/// `None` for everything else, conflicting interpretations among it.
fn pathogenicity(term: &str) -> Option<u8> {
    let term = term.to_ascii_lowercase().replace(' ', "_");
    match term.split(',').next()? {
        "pathogenic" => Some(0),
        "likely_pathogenic" => Some(1),
        _ => None,
    }
}

/// Whether the term is benign or likely benign.
fn is_benign(term: &str) -> bool {
    let term = term.to_ascii_lowercase().replace(' ', "_");
    matches!(term.as_str(), "benign" | "likely_benign")
}

/// What alleles are sorted by before their position: smaller is more notable.
pub(super) fn rank(variant: &NotableVariant, carriers: &[String]) -> impl Ord + use<> {
    let terms = || variant.clinical.iter().flat_map(|c| &c.significance);
    let pathogenic = terms().filter_map(|term| pathogenicity(term)).min();
    let benign = terms().next().is_some() && terms().all(|term| is_benign(term));
    let frequency = variant.frequencies.iter().map(|f| f.allele_frequency).fold(0.0, f64::max);
    let all_copies = variant.samples.iter().any(|call| {
        matches!(call.zygosity, Zygosity::Homozygous | Zygosity::Hemizygous)
            && carriers.contains(&call.sample)
    });
    (
        variant.reason,
        !variant.passes(),
        pathogenic.unwrap_or(u8::MAX),
        benign,
        Reverse(variant.effect.as_ref().and_then(|effect| effect.impact)),
        (frequency * 1e9) as u64,
        !all_copies,
    )
}

/// The rules in words, in their order, without counts.
pub(super) fn texts(common_from: f64) -> Vec<SelectionRule> {
    let common = format!("{}{NO_BREAK}%", trimmed(common_from * 100.0, 4));
    let rule = |reason, text: String| SelectionRule { reason, text, chosen: 0 };
    vec![
        rule(
            Reason::ClinicallyPathogenic,
            "Pathogenic or likely pathogenic in a clinical source, whatever its frequency; listed \
             also where the call failed a filter."
                .to_owned(),
        ),
        rule(
            Reason::HighImpact,
            format!(
                "Impact HIGH, and frequency below {common} in every population source or not known."
            ),
        ),
        rule(
            Reason::ModerateImpact,
            format!(
                "Impact MODERATE, and frequency below {common} in every population source or not known."
            ),
        ),
        rule(
            Reason::HighImpactCommon,
            format!("Impact HIGH, and frequency of {common} or more in a population source."),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clinical(term: &str) -> Vec<ClinicalSignificance> {
        vec![ClinicalSignificance {
            source: "clinvar".into(),
            significance: vec!["drug_response".into(), term.into()],
            id: None,
            review: None,
            conditions: Vec::new(),
        }]
    }

    fn of(impact: Option<Impact>, frequencies: &[f64]) -> Option<Reason> {
        let frequencies: Vec<_> = frequencies
            .iter()
            .map(|&allele_frequency| PopulationFrequency { source: "g".into(), allele_frequency })
            .collect();
        reason(&[], impact, &frequencies, 0.01)
    }

    #[test]
    fn pathogenic_terms_decide_first() {
        for term in
            ["Pathogenic", "Likely_pathogenic", "likely pathogenic", "Pathogenic,_low_penetrance"]
        {
            assert_eq!(
                reason(&clinical(term), None, &[], 0.01),
                Some(Reason::ClinicallyPathogenic),
                "{term}"
            );
        }
        for term in [
            "Benign",
            "Uncertain_significance",
            "Conflicting_interpretations_of_pathogenicity",
            "Conflicting_classifications_of_pathogenicity",
            "not_provided",
            "Likely_risk_allele",
        ] {
            assert_eq!(reason(&clinical(term), Some(Impact::Low), &[], 0.01), None, "{term}");
        }
    }

    #[test]
    fn impact_and_frequency_decide_next() {
        assert_eq!(of(Some(Impact::High), &[]), Some(Reason::HighImpact));
        assert_eq!(of(Some(Impact::High), &[0.001, 0.01]), Some(Reason::HighImpactCommon));
        assert_eq!(of(Some(Impact::Moderate), &[0.0099]), Some(Reason::ModerateImpact));
        assert_eq!(of(Some(Impact::Moderate), &[0.0, 0.01]), None);
        assert_eq!(of(Some(Impact::Low), &[]), None);
        assert_eq!(of(None, &[]), None);
    }

    #[test]
    fn rules_stand_in_the_order_of_reasons() {
        let reasons: Vec<_> = texts(0.01).into_iter().map(|rule| rule.reason).collect();
        let mut sorted = reasons.clone();
        sorted.sort();
        assert_eq!(reasons, sorted);
        assert!(texts(0.001)[1].text.contains("0.1\u{a0}%"));
    }
}
