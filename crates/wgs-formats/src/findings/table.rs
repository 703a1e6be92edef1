//! Findings for spreadsheets.

use super::{Finding, Findings, Origin};
use crate::qc::Table;

const COLUMNS: [&str; 25] = [
    "origin",
    "tier",
    "classification",
    "points",
    "gene",
    "contig",
    "position",
    "reference",
    "alternate",
    "consequence",
    "transcript",
    "hgvs_c",
    "hgvs_p",
    "models",
    "partners",
    "carriers",
    "criteria",
    "rules",
    "frequencies",
    "clinical",
    "scope",
    "classes",
    "level",
    "oncogenicity",
    "evidence",
];

pub(super) fn of(findings: &Findings) -> Table {
    let mut table = Table::new(&COLUMNS);
    findings.all().for_each(|finding| table.push(row(finding)));
    table
}

fn row(finding: &Finding) -> Vec<String> {
    let join = |parts: Vec<String>| parts.join(";");
    let effect = finding.effect.clone().unwrap_or_default();
    let allele = &finding.allele;
    let carriers = finding.carriers.iter().map(|c| format!("{}:{}", c.sample, c.genotype));
    let criteria = finding.criteria.iter();
    let frequencies = finding.frequencies.iter();
    let clinical = finding.clinical.iter();
    let cancer = finding.cancer.iter();
    let evidence = cancer.clone().flat_map(|c| c.evidence.iter().filter(|e| e.counts()));
    let oncogenicity = cancer.clone().find_map(|c| c.oncogenicity.as_ref());
    vec![
        match finding.origin {
            Origin::Germline => "germline".to_owned(),
            Origin::Somatic => "somatic".to_owned(),
        },
        finding.tier.map(|tier| tier.name().to_owned()).unwrap_or_default(),
        finding.classification.map(|class| class.name().to_owned()).unwrap_or_default(),
        finding.points.map(|points| points.to_string()).unwrap_or_default(),
        finding.gene.clone().unwrap_or_default(),
        allele.contig.clone(),
        allele.position.to_string(),
        allele.reference.clone(),
        allele.alternate.clone(),
        effect.consequences.join("&"),
        effect.transcript.unwrap_or_default(),
        effect.hgvs_c.unwrap_or_default(),
        effect.hgvs_p.unwrap_or_default(),
        join(finding.models.iter().map(|m| m.model.clone()).collect()),
        join(finding.partners.iter().map(|p| p.allele.to_string()).collect()),
        join(carriers.collect()),
        join(criteria.map(|c| format!("{}_{}", c.id, c.strength.name())).collect()),
        join(finding.rules.iter().map(|rule| rule.id.clone()).collect()),
        join(frequencies.map(|f| format!("{}={}", f.source, f.allele_frequency)).collect()),
        join(clinical.map(|c| format!("{}={}", c.source, c.significance.join("/"))).collect()),
        word(&finding.scope),
        join(finding.classes.iter().map(word).collect()),
        word(&finding.cancer.as_ref().and_then(|cancer| cancer.level)),
        oncogenicity.map(|o| format!("{} ({})", o.class.name(), o.points)).unwrap_or_default(),
        join(evidence.map(|e| format!("{}:{}={:?}", e.source, e.id, e.level)).collect()),
    ]
}

/// The word that JSON has for a value; nothing for none.
fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}
