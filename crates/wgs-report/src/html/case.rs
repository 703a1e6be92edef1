//! Whose report it is.

use wgs_core::Sex;
use wgs_task::case::{CaseKind, Role};

use crate::{
    format::NOTHING,
    model::{CaseSample, CaseSummary, Report},
};

use super::parts::Table;

pub(super) fn title(report: &Report) -> String {
    match &report.case {
        Some(case) => format!("Case {}", case.id),
        None => "Sequencing report".to_owned(),
    }
}

pub(super) fn subtitle(report: &Report) -> String {
    let kind = report.case.as_ref().and_then(|case| case.kind);
    let kind = kind.map(|kind| match kind {
        CaseKind::Germline => "Germline, one person",
        CaseKind::Family => "Germline, family",
        CaseKind::TumorNormal => "Tumour with matched normal",
        CaseKind::TumorOnly => "Tumour without normal",
    });
    let mut parts: Vec<String> = kind.into_iter().map(str::to_owned).collect();
    if let Some(provenance) = &report.provenance {
        parts.push(format!("{} {}", provenance.program, provenance.version));
        parts.extend(provenance.pipeline.iter().map(|name| format!("pipeline {name}")));
    }
    parts.join(" · ")
}

pub(super) fn samples(case: &CaseSummary) -> Option<Table> {
    let columns = ["Sample", "Role", "Sex (declared)", "Affected", "Phenotypes", "Read groups"];
    let mut table = Table::new("Samples as declared", &columns);
    for sample in &case.samples {
        table.push(vec![
            sample.id.clone().into(),
            role(sample.role).into(),
            sex(sample.sex).into(),
            affected(sample.affected).into(),
            or_nothing(&sample.phenotypes).into(),
            or_nothing(&read_groups(sample)).into(),
        ]);
    }
    (!table.rows.is_empty()).then_some(table)
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Proband => "proband",
        Role::Father => "father",
        Role::Mother => "mother",
        Role::Sibling => "sibling",
        Role::Tumor => "tumour",
        Role::Normal => "normal",
    }
}

fn sex(sex: Sex) -> &'static str {
    match sex {
        Sex::Female => "female",
        Sex::Male => "male",
        Sex::Unknown => "unknown",
    }
}

fn affected(affected: Option<bool>) -> &'static str {
    match affected {
        Some(true) => "yes",
        Some(false) => "no",
        None => "unknown",
    }
}

fn read_groups(sample: &CaseSample) -> Vec<String> {
    let groups = sample.reads.iter().map(|reads| match (&reads.read_group, &reads.platform) {
        (Some(id), Some(platform)) => format!("{id} ({platform})"),
        (Some(id), None) => id.clone(),
        (None, _) => "of the alignment file".to_owned(),
    });
    groups.collect()
}

fn or_nothing(items: &[String]) -> String {
    if items.is_empty() { NOTHING.to_owned() } else { items.join(", ") }
}
