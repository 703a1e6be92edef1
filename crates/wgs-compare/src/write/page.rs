//! The comparison as one HTML file, which needs nothing from outside.

use std::fmt;

use askama::{Template, filters::HtmlSafe};

use crate::{Counts, Intake, Summary, TypeCounts};

use super::plot;

/// A picture that this crate has drawn.
struct Picture(String);

impl fmt::Display for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Picture {}

/// Counts with a heading.
struct Block {
    heading: String,
    rows: Vec<Row>,
}

/// A row of figures.
struct Row {
    name: String,
    cells: Vec<String>,
}

#[derive(Template)]
#[template(path = "compare.html")]
struct Page<'a> {
    title: String,
    options: Vec<(&'static str, String)>,
    blocks: Vec<Block>,
    picture: Picture,
    intake: Vec<Row>,
    summary: &'a Summary,
}

/// The page.
pub(super) fn page(summary: &Summary) -> String {
    let name = |role: &str| {
        let file = summary.inputs.iter().find(|file| file.role == role);
        file.map(|file| file.name.clone()).unwrap_or_default()
    };
    let all = Block { heading: "All regions".to_owned(), rows: rows(&summary.types) };
    let strata = summary.strata.iter().map(|stratum| Block {
        heading: format!("In {}", stratum.name),
        rows: rows(&stratum.types),
    });
    let page = Page {
        title: format!("{} against {}", name("calls"), name("truth")),
        options: options(summary),
        blocks: std::iter::once(all).chain(strata).collect(),
        picture: Picture(plot::curves(&summary.curves)),
        intake: intake(&summary.truth, &summary.calls),
        summary,
    };
    page.render().expect("the template only writes to memory")
}

/// The types that have something to show.
fn rows(types: &[TypeCounts]) -> Vec<Row> {
    let counted = |row: &&TypeCounts| {
        let Counts { tp, tp_call, fp, fn_, .. } = row.counts;
        tp + tp_call + fp + fn_ > 0
    };
    types
        .iter()
        .filter(counted)
        .map(|row| Row { name: row.name.clone(), cells: cells(&row.counts) })
        .collect()
}

fn cells(counts: &Counts) -> Vec<String> {
    let rate = |rate: Option<f64>, interval: Option<(f64, f64)>| match (rate, interval) {
        (Some(rate), Some((low, high))) => format!("{rate:.4} ({low:.4}-{high:.4})"),
        (Some(rate), None) => format!("{rate:.4}"),
        _ => "none".to_owned(),
    };
    vec![
        counts.tp.to_string(),
        counts.fp.to_string(),
        counts.fn_.to_string(),
        rate(counts.precision(), counts.precision_interval()),
        rate(counts.recall(), counts.recall_interval()),
        rate(counts.f1(), counts.f1_interval()),
        counts.fp_genotype.to_string(),
        counts.fp_allele.to_string(),
        counts.fn_filtered.to_string(),
    ]
}

fn options(summary: &Summary) -> Vec<(&'static str, String)> {
    let options = &summary.options;
    let level = format!("{:?}", options.level).to_lowercase();
    let records = if options.all_records { "all" } else { "those that passed all filters" };
    let overlap = if options.strict_overlap { "strict" } else { "reference bases say nothing" };
    vec![
        ("Must agree", level),
        ("Records", records.to_owned()),
        ("Overlaps", overlap.to_owned()),
        ("Longest allele", format!("{} bases", options.max_allele_bp)),
        ("Score", options.score.to_string()),
    ]
}

fn intake(truth: &Intake, calls: &Intake) -> Vec<Row> {
    let row = |name: &str, of: fn(&Intake) -> u64| Row {
        name: name.to_owned(),
        cells: vec![of(truth).to_string(), of(calls).to_string()],
    };
    vec![
        row("Records", |i| i.records),
        row("Compared", |i| i.compared),
        row("In confident regions", |i| i.inside),
        row("Reference only", |i| i.reference),
        row("With REF as an allele of ALT", |i| i.same_as_reference),
        row("No genotype", |i| i.no_genotype),
        row("Failed a filter", |i| i.filtered),
        row("Symbolic or * only", |i| i.symbolic),
        row("Too long", |i| i.too_long),
        row("More than two alleles", |i| i.ploidy),
    ]
}
