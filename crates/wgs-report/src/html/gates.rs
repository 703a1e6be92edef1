//! The traffic light.

use crate::{
    format::{NOTHING, percent, trimmed},
    model::{GateCheck, Level, Outcome, QualitySummary},
};

use super::parts::{Cell, Table};

/// The light with its checks.
pub(super) struct Light {
    /// Class: `pass`, `warn` or `fail`.
    pub(super) class: &'static str,
    pub(super) sign: &'static str,
    pub(super) text: String,
    pub(super) checks: Table,
}

pub(super) fn light(quality: &QualitySummary) -> Light {
    let mut checks = Table::new(
        "Quality thresholds",
        &["Sample", "Threshold", "#Measured", "#Limit", "If missed", "Result"],
    );
    for check in &quality.checks {
        checks.push(row(check));
    }
    Light {
        class: class(quality.outcome),
        sign: sign(quality.outcome),
        text: sentence(quality),
        checks,
    }
}

fn sentence(quality: &QualitySummary) -> String {
    let all = quality.checks.len();
    let missed = quality.checks.iter().filter(|c| c.outcome != Outcome::Pass).count();
    let failed = quality.checks.iter().filter(|c| c.outcome == Outcome::Fail).count();
    match quality.outcome {
        Outcome::Pass => format!("All {all} quality checks passed"),
        Outcome::Warn => format!("Look at the quality: {missed} of {all} checks gave a warning"),
        Outcome::Fail => format!("Quality gate failed: {failed} of {all} checks"),
    }
}

fn row(check: &GateCheck) -> Vec<Cell> {
    let (name, bound) = words(&check.threshold);
    let figure = |value| figure(&check.threshold, value);
    let result = match (check.outcome, check.value) {
        (Outcome::Pass, _) => "kept",
        (_, None) => "not measured",
        (Outcome::Warn | Outcome::Fail, _) => "missed",
    };
    let level = match check.level {
        Level::Warn => "warning",
        Level::Fail => "case fails",
    };
    vec![
        check.sample.clone().unwrap_or_else(|| "case".to_owned()).into(),
        name.into(),
        check.value.map_or_else(|| NOTHING.to_owned(), figure).into(),
        format!("{bound}{}", figure(check.limit)).into(),
        level.into(),
        Cell {
            text: format!("{} {result}", sign(check.outcome)),
            link: None,
            mark: class(check.outcome),
        },
    ]
}

/// What a threshold is about and on which side of the limit to be: `min_mean_coverage` is "Mean
/// depth", "≥ ".
fn words(threshold: &str) -> (String, &'static str) {
    let (name, bound) = match threshold.split_once('_') {
        Some(("min", name)) => (name, "≥ "),
        Some(("max", name)) => (name, "≤ "),
        _ => (threshold, ""),
    };
    let text = match name {
        "mean_coverage" => "Mean depth (x)".to_owned(),
        "target_mean_coverage" => "Mean depth of targets (x)".to_owned(),
        "q30_rate" => "Bases at Q30".to_owned(),
        "mapped_rate" => "Mapped reads".to_owned(),
        "properly_paired_rate" => "Properly paired reads".to_owned(),
        "duplicate_rate" => "Duplicates".to_owned(),
        "mismatch_rate" => "Mismatching bases".to_owned(),
        "insert_size_median_bp" => "Insert size, median (bp)".to_owned(),
        "snvs" => "SNVs".to_owned(),
        "ti_tv_ratio" => "Ti/Tv".to_owned(),
        "het_hom_ratio" => "Het/hom".to_owned(),
        "mendelian_error_rate" => "Contradictions of inheritance".to_owned(),
        "de_novo_snvs" => "New SNVs".to_owned(),
        _ => match name.strip_suffix("x_rate").and_then(|name| name.split_once("breadth_")) {
            Some(("", depth)) => format!("Positions at ≥ {depth}x"),
            Some((of, depth)) => format!("Positions at ≥ {depth}x ({})", of.trim_end_matches('_')),
            None => name.replace('_', " "),
        },
    };
    (text, bound)
}

fn figure(threshold: &str, value: f64) -> String {
    if threshold.contains("rate") || threshold.contains("breadth") || threshold.contains("fraction")
    {
        percent(value, 2)
    } else {
        trimmed(value, 2)
    }
}

fn class(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "pass",
        Outcome::Warn => "warn",
        Outcome::Fail => "fail",
    }
}

fn sign(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "✓",
        Outcome::Warn => "!",
        Outcome::Fail => "✗",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_in_words() {
        let of = |name| words(name);
        assert_eq!(of("min_mean_coverage"), ("Mean depth (x)".into(), "≥ "));
        assert_eq!(of("min_breadth_10x_rate"), ("Positions at ≥ 10x".into(), "≥ "));
        assert_eq!(of("min_target_breadth_20x_rate"), ("Positions at ≥ 20x (target)".into(), "≥ "));
        assert_eq!(of("max_odd_thing"), ("odd thing".into(), "≤ "));
        assert_eq!(of("odd"), ("odd".into(), ""));
    }
}
