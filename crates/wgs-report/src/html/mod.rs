//! The report as one HTML file.
//!
//! The page needs nothing from outside: style, script and pictures are in it, and its
//! Content-Security-Policy lets no other style or script run. Everything that comes from data
//! passes through the templates' escaping; what does not is [`Markup`], which only this crate
//! makes. Without its script the page loses sorting and filtering, nothing else.

mod case;
mod digest;
mod family;
mod findings;
mod gates;
mod notable;
mod overview;
mod parts;
mod provenance;
mod sample;
mod variants;

#[cfg(test)]
mod tests;

use askama::Template;

use crate::model::Report;

use self::{
    findings::FindingsView,
    gates::Light,
    notable::NotableView,
    parts::{Block, Markup, Table},
    provenance::ProvenanceView,
};

const STYLE: &str = include_str!("../../templates/report.css");
const SCRIPT: &str = include_str!("../../templates/report.js");

#[derive(Template)]
#[template(path = "report.html")]
struct Page {
    policy: String,
    style: Markup,
    script: Markup,
    title: String,
    subtitle: String,
    case: Option<Table>,
    light: Option<Light>,
    warnings: Vec<String>,
    overview: Option<Table>,
    samples: Vec<SampleView>,
    variants: Option<Block>,
    findings: Option<FindingsView>,
    notable: Option<NotableView>,
    family: Option<Block>,
    limitations: Vec<String>,
    provenance: Option<ProvenanceView>,
    files: Option<Table>,
    schema: String,
}

/// A sample's part of the page.
struct SampleView {
    id: String,
    name: String,
    blocks: Vec<Block>,
}

/// The page of a report.
pub(crate) fn page(report: &Report) -> String {
    let page = Page {
        policy: policy(),
        style: Markup::own(STYLE.to_owned()),
        script: Markup::own(SCRIPT.to_owned()),
        title: case::title(report),
        subtitle: case::subtitle(report),
        case: report.case.as_ref().and_then(case::samples),
        light: report.quality.as_ref().map(gates::light),
        warnings: report.warnings.clone(),
        overview: overview::table(report),
        samples: report.samples.iter().enumerate().map(|(i, s)| sample::view(i, s)).collect(),
        variants: report.variants.as_ref().and_then(|v| v.summary.as_ref()).map(variants::block),
        findings: report.findings.as_ref().map(findings::view),
        notable: report.variants.as_ref().and_then(|v| v.notable.as_ref()).map(notable::view),
        family: report.family.as_ref().map(family::block),
        limitations: report.limitations.clone(),
        provenance: provenance::view(report),
        files: provenance::files(&report.files),
        schema: report.schema.clone(),
    };
    page.render().expect("a template fails only if a value cannot be formatted, and all are text")
}

fn policy() -> String {
    format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'",
        digest::source(STYLE),
        digest::source(SCRIPT),
    )
}
