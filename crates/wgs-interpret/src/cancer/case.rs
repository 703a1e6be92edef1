//! All findings of a case with a tumour.

use std::{collections::BTreeSet, path::Path};

use wgs_formats::{
    FileError, Result,
    findings::{AlleleName, Count, Finding, Findings},
    variant::annotated::{Spelling, trimmed},
};
use wgs_task::case::{Clinical, Role};

use super::{
    Classify, Inherited, InheritedQuestion, Knowledge, germline::carried_of, inherited, somatic,
};
use crate::{
    Family,
    scope::{Purpose, settings, withhold},
};

/// A case with a tumour, and its annotated files.
pub struct CancerCase<'a> {
    /// The people: one patient, by tumour and normal samples.
    pub family: &'a Family,
    /// Tumour type, consent and scope.
    pub clinical: &'a Clinical,
    /// Somatic variants, annotated.
    pub somatic: Option<&'a Path>,
    /// Germline variants, annotated, with the normal sample.
    pub germline: Option<&'a Path>,
    /// The tables.
    pub knowledge: &'a Knowledge,
    /// The points of ACMG/AMP.
    pub classify: &'a Classify<'a>,
}

/// The findings of a case with a tumour: somatic ones, and of the inherited ones those that consent
/// and scope allow. All inherited ones are beyond the question of the case, which is the tumour's.
///
/// # Errors
///
/// If a file cannot be read or lacks a sample of the case, or there are germline variants and no
/// normal sample.
pub fn cancer_findings(case: &CancerCase<'_>) -> Result<Findings> {
    let mut findings = Findings::new(&case.family.case);
    let tumor_type = case.clinical.tumor_type.as_ref().map(|tumor_type| tumor_type.as_str());
    findings.settings = settings(case.clinical);
    findings.sources = case.knowledge.sources.clone();
    if let Some(path) = case.somatic {
        let found = somatic(path, case.family, tumor_type, case.knowledge)?;
        findings.somatic = found.findings;
        findings.counts.extend(found.counts);
        findings.warnings.extend(found.warnings);
    }
    if let Some(path) = case.germline {
        let of_normal = |member: &&crate::Member| member.role == Some(Role::Normal);
        let person = case.family.members.iter().find(of_normal).ok_or_else(|| {
            FileError::invalid(path, "the case has no normal sample whose variants these could be")
        })?;
        let found = inherited(
            path,
            &InheritedQuestion {
                person: &person.sample,
                family: case.family,
                tumor_type,
                knowledge: case.knowledge,
                classify: case.classify,
            },
        )?;
        add_inherited(&mut findings, found.findings, found.counts, case.clinical);
        leave_inherited_out(&mut findings, path, &person.sample)?;
    }
    Ok(findings)
}

/// Takes alleles that the germline file has of the patient from the somatic findings, where a file
/// without a normal sample has them: what consent and scope allow of them is among the germline's.
fn leave_inherited_out(findings: &mut Findings, germline: &Path, person: &str) -> Result<()> {
    let spelled = |finding: &Finding| {
        let AlleleName { contig, position, reference, alternate } = &finding.allele;
        trimmed(contig, *position, reference, alternate)
    };
    let alleles: BTreeSet<Spelling> = findings.somatic.iter().map(spelled).collect();
    if alleles.is_empty() {
        return Ok(());
    }
    let inherited = carried_of(germline, person, &alleles)?;
    findings.somatic.retain(|finding| !inherited.contains(&spelled(finding)));
    let name = "somatic alleles of findings that the germline variants hold".to_owned();
    findings.counts.push(Count { name, count: inherited.len() as u64 });
    Ok(())
}

/// Adds secondary findings to those of a case of a rare disease, before consent and scope are asked.
/// Findings of alleles in genes of the list of secondary findings are for what the list says, in
/// whichever other gene the allele lies besides, unless the rules say that the gene is one of the case's panels or phenotypes.
pub fn with_secondary(
    found: Vec<(Finding, Purpose)>,
    inherited: Inherited,
    knowledge: &Knowledge,
) -> Vec<(Finding, Purpose)> {
    let same =
        |one: &Finding, other: &Finding| one.allele == other.allele && one.gene == other.gene;
    let is_listed = |finding: &Finding| {
        let (Some(list), Some(gene)) = (&knowledge.secondary, &finding.gene) else { return false };
        !list.of_gene(gene).is_empty()
    };
    // An allele has a finding for each gene that it lies in: all of them wait for the listed one's.
    let unasked = found.iter().map(|(finding, _)| finding).filter(|finding| !is_asked(finding));
    let also = inherited.findings.iter().map(|(finding, _)| finding);
    let listed: BTreeSet<AlleleName> =
        unasked.chain(also).filter(|f| is_listed(f)).map(|f| f.allele.clone()).collect();
    let mut all: Vec<(Finding, Purpose)> = found
        .into_iter()
        .map(|(finding, purpose)| {
            if is_asked(&finding) {
                return (finding, purpose);
            }
            let known = inherited.findings.iter().find(|(other, _)| same(&finding, other));
            let known = known.map(|(_, purpose)| *purpose);
            let purpose = match (listed.contains(&finding.allele), known) {
                (true, known) => known.unwrap_or(Purpose::Other),
                (false, Some(known)) if purpose == Purpose::Other => known,
                _ => purpose,
            };
            (finding, purpose)
        })
        .collect();
    for (finding, purpose) in inherited.findings {
        if purpose != Purpose::Other && !all.iter().any(|(other, _)| same(&finding, other)) {
            all.push((finding, purpose));
        }
    }
    all
}

/// Whether the rules say that the gene is what the case asks for.
fn is_asked(finding: &Finding) -> bool {
    const RULES: [&str; 3] = ["panel-gene", "panel-gene-low", "phenotype-gene"];
    finding.rules.iter().any(|rule| RULES.contains(&rule.id.as_str()))
}

fn add_inherited(
    findings: &mut Findings,
    found: Vec<(Finding, Purpose)>,
    counts: Vec<Count>,
    clinical: &Clinical,
) {
    let (returned, withheld) = withhold(found, clinical);
    findings.germline = returned;
    findings.withheld.extend(withheld);
    findings.counts.extend(counts);
}
