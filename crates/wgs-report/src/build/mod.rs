//! From quality control files and variants to the model.

mod alignment;
mod coverage;
mod family;
mod files;
mod quality;
mod reads;
mod variants;

use wgs_formats::{Result, variant::Reader};

pub use files::case_files;

use crate::{
    Inputs,
    model::{Report, SCHEMA, SampleReport, VariantReport},
    notable,
};

/// Makes a report. Reads the annotated variants, if there are any; everything else is in memory.
pub fn build(inputs: &Inputs) -> Result<Report> {
    let order: Vec<&str> = inputs
        .case
        .iter()
        .flat_map(|case| case.samples.iter().map(|sample| sample.id.as_str()))
        .collect();
    let summary = inputs.variant_qc.as_ref().map(|qc| variants::summary(qc, &order));
    let notable = match &inputs.variants {
        Some(path) if inputs.findings.is_none() => {
            Some(notable::select(path, inputs.case.as_ref(), &inputs.options)?)
        }
        _ => None,
    };
    let has_variants = summary.is_some() || notable.is_some();
    Ok(Report {
        schema: SCHEMA.to_owned(),
        case: inputs.case.clone(),
        quality: quality::summary(&inputs.gates, &order),
        warnings: warnings(inputs)?,
        samples: samples(inputs, &order),
        family: inputs.family.as_ref().and_then(|qc| family::report(qc, &order)),
        findings: inputs.findings.clone(),
        variants: has_variants.then_some(VariantReport { summary, notable }),
        provenance: inputs.provenance.clone(),
        files: inputs.files.clone(),
        limitations: limitations(inputs),
    })
}

fn warnings(inputs: &Inputs) -> Result<Vec<String>> {
    let Some(path) = &inputs.variants else { return Ok(Vec::new()) };
    Ok(Reader::open(path)?.header().others("warning").map(str::to_owned).collect())
}

/// Place of a sample: the case's samples first, in its order; then the others.
fn rank(order: &[&str], sample: Option<&str>) -> usize {
    let known = sample.and_then(|sample| order.iter().position(|id| *id == sample));
    known.unwrap_or(order.len())
}

fn samples(inputs: &Inputs, order: &[&str]) -> Vec<SampleReport> {
    let mut reports = Vec::new();
    for qc in &inputs.fastq {
        of_sample(&mut reports, qc.sample.as_deref()).reads = Some(reads::report(qc));
    }
    for qc in &inputs.alignment {
        of_sample(&mut reports, qc.sample.as_deref()).alignment = Some(alignment::report(qc));
    }
    for qc in &inputs.coverage {
        of_sample(&mut reports, qc.sample.as_deref()).coverage = Some(coverage::report(qc));
    }
    reports.sort_by_key(|report| rank(order, report.sample.as_deref()));
    reports
}

fn of_sample<'a>(reports: &'a mut Vec<SampleReport>, sample: Option<&str>) -> &'a mut SampleReport {
    let at = reports.iter().position(|r| r.sample.as_deref() == sample).unwrap_or_else(|| {
        let sample = sample.map(str::to_owned);
        reports.push(SampleReport { sample, reads: None, alignment: None, coverage: None });
        reports.len() - 1
    });
    &mut reports[at]
}

/// What a reader must know before trusting a figure.
fn limitations(inputs: &Inputs) -> Vec<String> {
    let mut sentences = vec![
        "This report was made by software for research. It is not a medical device; a finding \
         needs the judgement of qualified persons, and confirmation by a validated method before \
         it is used in care.",
    ];
    if inputs.findings.is_some() {
        sentences.push(
            "Findings are chosen and judged by fixed rules from genotypes and annotation. Criteria \
             that data cannot decide are left open, so a class is a proposal and no classification \
             by the guideline. Models of inheritance rest on who is said to be ill, and on the \
             parents being the parents.",
        );
    }
    if inputs.variants.is_some() || inputs.variant_qc.is_some() {
        sentences.push(
            "It tells of small variants only: SNVs, and insertions and deletions that short reads \
             span. Structural variants, copy-number changes, repeat expansions, mosaicism at low \
             fractions and methylation are not assessed.",
        );
        sentences.push(
            "Where coverage is low, or reads cannot be placed (segmental duplications, \
             pseudogenes, repeats), variants may be missing or false. That a variant is not listed \
             does not show that it is absent.",
        );
    }
    if inputs.variants.is_some() && inputs.findings.is_none() {
        sentences.push(
            "The notable variants are chosen by fixed rules from annotation, without regard to \
             phenotype; they are no classification by ACMG/AMP criteria. Annotation is as old as \
             the sources named under provenance.",
        );
    }
    sentences.into_iter().map(str::to_owned).collect()
}
