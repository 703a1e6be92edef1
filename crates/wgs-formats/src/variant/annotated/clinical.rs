//! Clinical significance, as ClinVar and files like it tell it.
//!
//! A source's fields are called `SOURCE_FIELD` in INFO. A significance is a field `CLNSIG` (or
//! `CLINSIGN`); the same source may tell its review status (`CLNREVSTAT`), its conditions (`CLNDN`
//! or `PHENOTYPELIST`) and the id of its entry (`ID`). A bare `CLNSIG`, as other tools write it, is
//! taken for ClinVar's.

use super::field::{Field, ends_with, parts, split};
use crate::variant::{Header, Info};

/// Ends of keys that hold a significance.
const SIGNIFICANCE: [&str; 2] = ["CLNSIG", "CLINSIGN"];
/// Ends of keys that hold conditions.
const CONDITIONS: [&str; 2] = ["CLNDN", "PHENOTYPELIST"];

/// What a clinical source says of an allele.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Significance {
    /// The source.
    pub source: String,
    /// Its terms as it writes them (`Likely_pathogenic`); at least one.
    pub terms: Vec<String>,
    /// Its entry.
    pub id: Option<String>,
    /// Review status, as the source writes it (`criteria_provided,_single_submitter`); those of joined
    /// entries one after the other (`; `).
    pub review: Option<String>,
    /// Diseases.
    pub conditions: Vec<String>,
}

impl Significance {
    /// Whether a term is `Pathogenic` or `Likely_pathogenic`, with or without a modifier such as low
    /// penetrance; conflicting interpretations are not.
    pub fn is_pathogenic(&self) -> bool {
        self.terms.iter().any(|term| pathogenicity(term).is_some())
    }

    /// 0 for pathogenic, 1 for likely pathogenic: the gravest of the terms.
    pub fn pathogenicity(&self) -> Option<u8> {
        self.terms.iter().filter_map(|term| pathogenicity(term)).min()
    }

    /// Whether all terms are benign or likely benign.
    pub fn is_benign(&self) -> bool {
        let benign = |term: &String| matches!(plain(term).as_str(), "benign" | "likely_benign");
        self.terms.iter().all(benign)
    }

    /// ClinVar's stars (0 to 4) for the review status, the fewest where entries with several were
    /// joined; `None` without one.
    pub fn stars(&self) -> Option<u8> {
        self.review.as_ref()?.split("; ").map(stars_of).min()
    }
}

fn stars_of(status: &str) -> u8 {
    let review = plain(status);
    if review.contains("practice_guideline") {
        4
    } else if review.contains("reviewed_by_expert_panel") {
        3
    } else if review.contains("multiple_submitters") && review.contains("no_conflicts") {
        2
    } else if review.contains("criteria_provided") && !review.contains("no_assertion") {
        1
    } else {
        0
    }
}

/// The review statuses in a text: a comma within one is followed by a blank, which VEP writes `&_`.
fn statuses(text: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for part in text.split(['&', ',', '|', ';', '/']) {
        match all.last_mut() {
            Some(last) if part.starts_with(['_', ' ']) => {
                last.push(',');
                last.push_str(part);
            }
            _ if part.is_empty() || part == "." => {}
            _ => all.push(part.to_owned()),
        }
    }
    all
}

fn plain(term: &str) -> String {
    term.to_ascii_lowercase().replace(' ', "_")
}

fn pathogenicity(term: &str) -> Option<u8> {
    match plain(term).split(',').next()? {
        "pathogenic" => Some(0),
        "likely_pathogenic" => Some(1),
        _ => None,
    }
}

/// The fields of a source of significances.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ClinicalFields {
    name: String,
    /// What its keys begin with.
    prefix: String,
    significance: Field,
    review: Option<Field>,
    conditions: Option<Field>,
    id: Option<Field>,
}

impl ClinicalFields {
    pub(super) fn all(header: &Header) -> Vec<Self> {
        header.infos().filter_map(|definition| Self::of(header, &definition.id)).collect()
    }

    /// The source whose significance a key holds.
    fn of(header: &Header, key: &str) -> Option<Self> {
        let end = SIGNIFICANCE.into_iter().find(|end| ends_with(key, end))?;
        let prefix = &key[..key.len() - end.len()];
        if !prefix.is_empty() && !prefix.ends_with('_') {
            return None;
        }
        let of = |end: &str| header.info(&format!("{prefix}{end}")).map(Field::of);
        let name = prefix.trim_end_matches('_');
        Some(Self {
            name: if name.is_empty() { "ClinVar".to_owned() } else { name.to_owned() },
            prefix: prefix.to_owned(),
            significance: header.info(key).map(Field::of)?,
            review: of("CLNREVSTAT"),
            conditions: CONDITIONS.into_iter().find_map(of),
            id: (!prefix.is_empty()).then(|| of("ID")).flatten(),
        })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Whether a field is this source's.
    pub(super) fn owns(&self, key: &str) -> bool {
        !self.prefix.is_empty() && key.starts_with(&self.prefix)
    }

    pub(super) fn may_speak(&self, info: &Info) -> bool {
        info.has(&self.significance.key)
    }

    pub(super) fn says(&self, info: &Info, index: usize) -> Option<Significance> {
        let terms = parts(&self.significance.value(info, index)?);
        let value = |field: &Option<Field>| field.as_ref()?.value(info, index);
        (!terms.is_empty()).then(|| Significance {
            source: self.name.clone(),
            terms,
            id: value(&self.id),
            review: value(&self.review).map(|review| statuses(&review).join("; ")),
            // Names of conditions may hold a slash.
            conditions: value(&self.conditions)
                .map(|text| split(&text, &['|', ',', '&', ';']))
                .unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::variant::{Definition, Number, ValueType};

    fn sources(infos: &[&str]) -> Vec<ClinicalFields> {
        let mut header = Header::default();
        for id in infos {
            header.add_info(Definition::new(*id, Number::Alternates, ValueType::String, ""));
        }
        ClinicalFields::all(&header)
    }

    #[test]
    fn sources_are_found_by_their_fields() {
        let found = sources(&["AF", "CLINVAR_CLNSIG", "CLINVAR_CLNSIGCONF", "CLNSIG", "XCLNSIG"]);
        let names: Vec<&str> = found.iter().map(ClinicalFields::name).collect();
        assert_eq!(names, ["CLINVAR", "ClinVar"]);
        assert!(found[0].owns("CLINVAR_AF") && !found[1].owns("CLINVAR_AF"));
    }

    #[test]
    fn values_are_those_of_the_allele() {
        let source = &sources(&["C_CLNSIG", "C_CLNREVSTAT", "C_CLNDN", "C_ID"])[0];
        let info = Info::from(
            "C_CLNSIG=.,Pathogenic/Likely_pathogenic&_low_penetrance;C_ID=.,55;\
             C_CLNREVSTAT=.,criteria_provided&_single_submitter;C_CLNDN=.,Lynch/X|Other",
        );
        assert_eq!(source.says(&info, 0), None);
        let second = source.says(&info, 1).unwrap();
        assert_eq!(second.terms, ["Pathogenic", "Likely_pathogenic,_low_penetrance"]);
        assert_eq!(second.id.as_deref(), Some("55"));
        assert_eq!(second.review.as_deref(), Some("criteria_provided,_single_submitter"));
        assert_eq!(second.conditions, ["Lynch/X", "Other"]);
        assert_eq!((second.stars(), second.pathogenicity()), (Some(1), Some(0)));
    }

    #[test]
    fn joined_entries_have_the_fewest_stars() {
        let source = &sources(&["C_CLNSIG", "C_CLNREVSTAT"])[0];
        let stars = |review: &str| {
            let info = format!("C_CLNSIG=Pathogenic;C_CLNREVSTAT={review}");
            source.says(&Info::from(info.as_str()), 0).unwrap().stars()
        };
        let expert = "reviewed_by_expert_panel";
        assert_eq!(stars(expert), Some(3));
        assert_eq!(stars(&format!("{expert}&criteria_provided&_single_submitter")), Some(1));
        assert_eq!(stars(&format!("no_assertion_criteria_provided&{expert}")), Some(0));
        assert_eq!(stars("criteria_provided&_multiple_submitters&_no_conflicts"), Some(2));
        assert_eq!(stars("criteria provided%2C single submitter"), Some(1));
    }

    fn of(term: &str, review: &str) -> Significance {
        Significance {
            source: "c".into(),
            terms: vec![term.into()],
            id: None,
            review: Some(review.into()),
            conditions: Vec::new(),
        }
    }

    #[test]
    fn terms_and_stars() {
        for (term, pathogenic, benign) in [
            ("likely pathogenic", true, false),
            ("Pathogenic,_low_penetrance", true, false),
            ("Conflicting_classifications_of_pathogenicity", false, false),
            ("Likely_risk_allele", false, false),
            ("Likely_benign", false, true),
            ("Uncertain_significance", false, false),
        ] {
            let found = of(term, "");
            assert_eq!((found.is_pathogenic(), found.is_benign()), (pathogenic, benign), "{term}");
        }
        for (review, stars) in [
            ("practice_guideline", 4),
            ("reviewed_by_expert_panel", 3),
            ("criteria_provided,_multiple_submitters,_no_conflicts", 2),
            ("criteria_provided,_conflicting_classifications", 1),
            ("no_assertion_criteria_provided", 0),
            ("no_classification_provided", 0),
        ] {
            assert_eq!(of("x", review).stars(), Some(stars), "{review}");
        }
    }
}
