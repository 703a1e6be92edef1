//! All findings of a case of a rare disease.

use std::path::Path;

use wgs_formats::{
    Result,
    findings::{Finding, Findings, Scope, Setting, Source},
};
use wgs_task::case::{Clinical, Role};

use super::interpret;
use crate::{
    Family, Knowledge, Options,
    cancer::{self, InheritedQuestion, inherited, with_secondary},
    scope::{Purpose, settings, withhold},
};

/// A person or family with a rare disease, and their annotated variants.
#[derive(Clone, Copy, Debug)]
pub struct RareCase<'a> {
    /// The people.
    pub family: &'a Family,
    /// Panels, consent and scope.
    pub clinical: &'a Clinical,
    /// Germline variants, annotated.
    pub variants: &'a Path,
    /// Tables of genes and protein changes.
    pub knowledge: &'a Knowledge,
    /// The list of secondary findings and the genes of tumours, where there are any: findings in
    /// their genes that the case does not ask for are secondary.
    pub secondary: Option<&'a cancer::Knowledge>,
    /// What the variants were annotated with.
    pub sources: &'a [Source],
    /// Choices; their panels are asked for where the case names none.
    pub options: &'a Options,
}

/// The findings of a case of a rare disease that consent and scope allow. What satisfies a model, and
/// what lies in genes of the question, belongs to the question. A case without an affected person has
/// no findings, and a warning that says so.
///
/// # Errors
///
/// If a panel is not there, or the variants cannot be read, are not annotated, or lack everyone who is
/// affected.
pub fn rare_findings(case: &RareCase<'_>) -> Result<Findings> {
    let panels = match case.clinical.panels.as_slice() {
        [] => &case.options.panels,
        panels => panels,
    };
    case.knowledge.check_panels(panels)?;
    let mut findings = Findings::new(&case.family.case);
    findings.settings = asked(panels, case);
    findings.sources = [case.sources, case.knowledge.sources.as_slice()].concat();
    if case.family.affected().next().is_none() {
        let text = "Nobody of the case is said to be affected: no inherited variant was judged.";
        findings.warnings.push(text.to_owned());
        return Ok(findings);
    }
    let found = interpret(case.variants, case.family, panels, case.knowledge, case.options)?;
    let purpose = |scope| match scope {
        Scope::Primary => Purpose::Question,
        Scope::Secondary => Purpose::Other,
    };
    let judged = found.findings.into_iter().map(|finding| {
        let purpose = purpose(finding.scope);
        (finding, purpose)
    });
    let judged = with_list(judged.collect(), case)?;
    if let Some(knowledge) = case.secondary {
        findings.sources.extend(knowledge.sources.iter().cloned());
    }
    let (returned, withheld) = withhold(judged, case.clinical);
    findings.germline = returned;
    findings.withheld.extend(withheld);
    findings.counts = found.counts;
    findings.warnings = found.warnings;
    Ok(findings)
}

/// Adds what the list of secondary findings has reported of the patient: the proband, else the first
/// who is affected.
fn with_list(
    judged: Vec<(Finding, Purpose)>,
    case: &RareCase<'_>,
) -> Result<Vec<(Finding, Purpose)>> {
    let proband = case.family.members.iter().find(|member| member.role == Some(Role::Proband));
    let patient = proband.or_else(|| case.family.affected().next());
    let (Some(knowledge), Some(patient)) = (case.secondary, patient) else { return Ok(judged) };
    let question = InheritedQuestion {
        person: &patient.sample,
        family: case.family,
        tumor_type: None,
        knowledge,
        classify: &|_, _| None,
    };
    Ok(with_secondary(judged, inherited(case.variants, &question)?, knowledge))
}

fn asked(panels: &[String], case: &RareCase<'_>) -> Vec<Setting> {
    let list = |name: &str, values: &[String]| Setting {
        name: name.to_owned(),
        value: if values.is_empty() { "none".to_owned() } else { values.join(", ") },
    };
    let asked = [list("panels", panels), list("phenotypes", &case.family.phenotypes())];
    asked.into_iter().chain(settings(case.clinical)).chain(case.options.settings()).collect()
}
