//! What of the inherited findings is returned, by consent and scope; the rest is counted and nowhere
//! named.

use std::collections::BTreeMap;

use wgs_formats::findings::{Finding, Origin, Partner, Scope, Setting, Withheld};
use wgs_task::case::{Clinical, Consent};

/// What an inherited finding is reported for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// It is what the case asks for.
    Question,
    /// It makes for cancer.
    Cancer,
    /// Its gene is on the list of secondary findings.
    Actionable,
    /// Neither.
    Other,
}

impl Purpose {
    /// The consent that it needs.
    pub fn needs(self) -> Consent {
        match self {
            Self::Question => Consent::None,
            Self::Cancer => Consent::Cancer,
            Self::Actionable => Consent::Actionable,
            Self::Other => Consent::Full,
        }
    }
}

/// Keeps what may be returned, in order, and counts the rest: one number, which tells neither gene nor
/// list.
///
/// ```
/// use wgs_interpret::scope::withhold;
/// use wgs_task::case::Clinical;
///
/// let (returned, withheld) = withhold(Vec::new(), &Clinical::default());
/// assert!(returned.is_empty() && withheld.is_none());
/// ```
pub fn withhold(
    mut found: Vec<(Finding, Purpose)>,
    clinical: &Clinical,
) -> (Vec<Finding>, Option<Withheld>) {
    together(&mut found);
    let allowed = clinical.allowed();
    let all = found.len();
    let returned: Vec<Finding> = found
        .into_iter()
        .filter(|(_, purpose)| purpose.needs() <= allowed)
        .map(|(mut finding, purpose)| {
            if purpose != Purpose::Question {
                finding.scope = Scope::Secondary;
            }
            finding
        })
        .collect();
    let count = (all - returned.len()) as u64;
    let withheld =
        (count > 0).then(|| Withheld { origin: Origin::Germline, reason: reason(clinical), count });
    (returned, withheld)
}

/// Two alleles that are one finding of a recessive gene, each naming the other, are returned for the
/// wider purpose of the two, or neither is.
fn together(found: &mut [(Finding, Purpose)]) {
    let places: BTreeMap<_, usize> = found
        .iter()
        .enumerate()
        .map(|(place, (finding, _))| ((finding.gene.clone(), finding.allele.clone()), place))
        .collect();
    let pairs_of = |(one, (finding, _)): (usize, &(Finding, Purpose))| {
        let partners = finding.partners.iter();
        let key = |p: &Partner| (finding.gene.clone(), p.allele.clone());
        partners.filter_map(|p| Some((one, *places.get(&key(p))?))).collect::<Vec<_>>()
    };
    let pairs: Vec<(usize, usize)> = found.iter().enumerate().flat_map(pairs_of).collect();
    loop {
        let mut changed = false;
        for &(one, other) in &pairs {
            let purpose = found[one].1.min(found[other].1);
            changed |= found[one].1 != purpose || found[other].1 != purpose;
            found[one].1 = purpose;
            found[other].1 = purpose;
        }
        if !changed {
            return;
        }
    }
}

fn reason(clinical: &Clinical) -> String {
    format!(
        "consent is {}, scope of what is returned is {}",
        clinical.consent.word(),
        clinical.return_scope.word()
    )
}

/// Consent and scope as settings, and what follows from them in a sentence.
pub fn settings(clinical: &Clinical) -> Vec<Setting> {
    let returned = match clinical.allowed() {
        Consent::None => "none",
        Consent::Cancer => "those that make for cancer",
        Consent::Actionable => {
            "those that make for cancer, and those of the list of secondary findings"
        }
        Consent::Full => "all",
    };
    let setting = |name: &str, value: &str| Setting { name: name.into(), value: value.into() };
    let mut settings = vec![
        setting("consent", clinical.consent.word()),
        setting("return_scope", clinical.return_scope.word()),
        setting("inherited findings beyond the question of the case", returned),
    ];
    if let Some(tumor_type) = &clinical.tumor_type {
        settings.push(setting("tumor_type", tumor_type.as_str()));
    }
    settings
}

#[cfg(test)]
mod tests {
    use wgs_formats::findings::{AlleleName, Findings};
    use wgs_task::case::ReturnScope;

    use super::*;

    fn finding(gene: &str) -> Finding {
        let mut text = serde_json::json!({
            "origin": "germline", "gene": gene, "gene_id": null, "ids": [], "quality_phred": null,
            "filters": [], "effect": null, "frequencies": [], "clinical": [], "carriers": [],
            "models": [], "partners": [], "tier": null, "rules": [], "criteria": [],
            "open_criteria": [], "points": null, "classification": null, "classes": [],
            "scope": "primary", "notes": [],
        });
        let allele = AlleleName {
            contig: "a".into(),
            position: 1,
            reference: "A".into(),
            alternate: "C".into(),
        };
        text["allele"] = serde_json::to_value(allele).unwrap();
        serde_json::from_value(text).unwrap()
    }

    fn returned(consent: Consent, return_scope: ReturnScope) -> (Vec<String>, u64) {
        let all = [
            ("Q", Purpose::Question),
            ("C", Purpose::Cancer),
            ("A", Purpose::Actionable),
            ("O", Purpose::Other),
        ];
        let found = all.map(|(gene, purpose)| (finding(gene), purpose)).to_vec();
        let (kept, withheld) =
            withhold(found, &Clinical { consent, return_scope, ..Clinical::default() });
        for finding in &kept {
            let is_question = finding.gene.as_deref() == Some("Q");
            assert_eq!(finding.scope == Scope::Primary, is_question);
        }
        (kept.into_iter().filter_map(|f| f.gene).collect(), withheld.map_or(0, |w| w.count))
    }

    #[test]
    fn the_narrower_of_consent_and_scope_is_returned() {
        assert_eq!(returned(Consent::None, ReturnScope::Full), (vec!["Q".into()], 3));
        assert_eq!(returned(Consent::Full, ReturnScope::Cancer), (vec!["Q".into(), "C".into()], 2));
        assert_eq!(returned(Consent::Actionable, ReturnScope::Full).0, ["Q", "C", "A"]);
        assert_eq!(returned(Consent::Full, ReturnScope::Full).1, 0);
    }

    #[test]
    fn partners_go_together() {
        use wgs_formats::findings::PartnerPhase;
        let at = |position: u32, other: u32| {
            let mut one = finding("G");
            one.allele.position = position;
            let allele = AlleleName { position: other, ..one.allele.clone() };
            let (phase, evidence) = (PartnerPhase::Unknown, "".to_owned());
            one.partners.push(Partner { allele, phase, evidence });
            one
        };
        let returned = |consent| {
            let found = vec![(at(777, 888), Purpose::Cancer), (at(888, 777), Purpose::Other)];
            let clinical =
                Clinical { consent, return_scope: ReturnScope::Full, ..Clinical::default() };
            withhold(found, &clinical).0.len()
        };
        assert_eq!((returned(Consent::Cancer), returned(Consent::None)), (2, 0));
    }

    #[test]
    fn what_is_withheld_is_one_number() {
        let found = vec![(finding("SECRET"), Purpose::Cancer), (finding("HIDDEN"), Purpose::Other)];
        let (returned, withheld) = withhold(found, &Clinical::default());
        let mut findings = Findings::new("C1");
        findings.germline = returned;
        findings.withheld.extend(withheld);
        findings.settings = settings(&Clinical::default());
        let text = serde_json::to_string(&findings).unwrap();
        assert!(!text.contains("SECRET") && !text.contains("HIDDEN"), "{text}");
        assert!(text.contains("\"count\":2") && text.contains("consent is none"), "{text}");
    }
}
