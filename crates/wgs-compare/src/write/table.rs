//! Tables with tabs.

use std::fmt::Write;

use crate::{Counts, Summary, TypeCounts};

/// Columns of counts and rates.
const COLUMNS: &str = "type\ttp\tfp\tfn\tprecision\trecall\tf1\ttp_call\tfp_genotype\tfp_allele\t\
    fn_filtered\tprecision_low\tprecision_high\trecall_low\trecall_high\tf1_low\tf1_high";

/// The counts by type.
pub(crate) fn types(types: &[TypeCounts]) -> String {
    types.iter().fold(format!("{COLUMNS}\n"), |text, row| text + &line(row) + "\n")
}

/// The counts by type within each stratum.
pub(super) fn stratified(summary: &Summary) -> String {
    let mut text = format!("stratum\t{COLUMNS}\n");
    for stratum in &summary.strata {
        for row in &stratum.types {
            text.push_str(&format!("{}\t{}\n", stratum.name, line(row)));
        }
    }
    text
}

/// The curves.
pub(super) fn roc(summary: &Summary) -> String {
    let mut text = String::from("type\tscore\ttp\tfp\tfn\tprecision\trecall\tf1\ttp_call\n");
    for curve in &summary.curves {
        for p in &curve.points {
            let score = p.score.map_or_else(|| ".".to_owned(), |score| score.to_string());
            let counts = format!("{:.2}\t{}\t{:.2}", p.tp, p.fp, p.fn_);
            let rates = format!("{:.6}\t{:.6}\t{:.6}", p.precision, p.recall, p.f1);
            let line = format!("{}\t{score}\t{counts}\t{rates}\t{}\n", curve.name, p.tp_call);
            text.push_str(&line);
        }
    }
    text
}

fn line(row: &TypeCounts) -> String {
    let Counts { tp, tp_call, fp, fn_, fp_genotype, fp_allele, fn_filtered } = row.counts;
    let counts = row.counts;
    let mut line = format!("{}\t{tp}\t{fp}\t{fn_}", row.name);
    for rate in [counts.precision(), counts.recall(), counts.f1()] {
        write!(line, "\t{}", number(rate)).expect("writing to memory does not fail");
    }
    write!(line, "\t{tp_call}\t{fp_genotype}\t{fp_allele}\t{fn_filtered}")
        .expect("writing to memory does not fail");
    let intervals = [counts.precision_interval(), counts.recall_interval(), counts.f1_interval()];
    for interval in intervals {
        let (low, high) = interval.unzip();
        write!(line, "\t{}\t{}", number(low), number(high))
            .expect("writing to memory does not fail");
    }
    line
}

/// A rate with six decimals; `nan` where there is none, which programs read as no number.
fn number(rate: Option<f64>) -> String {
    rate.map_or_else(|| "nan".to_owned(), |rate| format!("{rate:.6}"))
}
