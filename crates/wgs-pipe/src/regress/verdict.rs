//! Which figures keep their baselines.

use std::{fmt::Write, path::Path};

use serde::Serialize;
use wgs_formats::{Result, output};

use super::file::{Baseline, Bound};

/// Name and version of the form of `regress.json`.
const SCHEMA: &str = "wgs-pipe/regress-result/1";
/// What adding a tolerance may lose to rounding.
const ROUNDING: f64 = 1e-9;

/// How a figure stands to its baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// It keeps it.
    Kept,
    /// It does not, but by no more than the tolerance.
    Tolerated,
    /// It is too small.
    Below,
    /// It is too large.
    Above,
    /// There is none.
    NotMeasured,
}

impl Verdict {
    fn of(baseline: &Baseline, measured: Option<f64>) -> Self {
        let Some(measured) = measured.filter(|value| value.is_finite()) else {
            return Self::NotMeasured;
        };
        let value = |bound: &Option<Bound>| bound.as_ref().map(|bound| bound.value);
        let short = value(&baseline.min).map_or(0.0, |min| (min - measured).max(0.0));
        let over = value(&baseline.max).map_or(0.0, |max| (measured - max).max(0.0));
        let allowed = baseline.tolerance + ROUNDING;
        match (short, over) {
            (short, _) if short > allowed => Self::Below,
            (_, over) if over > allowed => Self::Above,
            (short, over) if short.max(over) > ROUNDING => Self::Tolerated,
            _ => Self::Kept,
        }
    }

    /// Whether the figure is as good as it is to be.
    pub(crate) fn passes(self) -> bool {
        matches!(self, Self::Kept | Self::Tolerated)
    }

    fn text(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Tolerated => "tolerated",
            Self::Below => "below",
            Self::Above => "above",
            Self::NotMeasured => "not_measured",
        }
    }
}

/// One figure of one sample.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) sample: String,
    pub(crate) figure: String,
    min: Option<f64>,
    max: Option<f64>,
    tolerance: f64,
    pub(crate) measured: Option<f64>,
    pub(crate) verdict: Verdict,
}

impl Row {
    pub(crate) fn new(sample: &str, baseline: &Baseline, measured: Option<f64>) -> Self {
        Self {
            sample: sample.to_owned(),
            figure: baseline.name.clone(),
            min: baseline.min.as_ref().map(|bound| bound.value),
            max: baseline.max.as_ref().map(|bound| bound.value),
            tolerance: baseline.tolerance,
            measured,
            verdict: Verdict::of(baseline, measured),
        }
    }

    /// The baseline as people write it.
    pub(crate) fn baseline(&self) -> String {
        let bound = |sign: &str, bound: Option<f64>| bound.map(|b| format!("{sign} {b}"));
        let bounds: Vec<String> =
            [bound(">=", self.min), bound("<=", self.max)].into_iter().flatten().collect();
        let tolerance = match self.tolerance {
            0.0 => String::new(),
            tolerance => format!(" (tolerance {tolerance})"),
        };
        bounds.join(", ") + &tolerance
    }

    pub(crate) fn measured(&self) -> String {
        self.measured.map_or_else(|| "-".to_owned(), number)
    }
}

/// Six decimals where it is not whole.
fn number(value: f64) -> String {
    if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.6}") }
}

/// The rows as a table for people.
pub(crate) fn table(rows: &[Row]) -> String {
    let heading = ["sample", "figure", "baseline", "measured", "verdict"].map(str::to_owned);
    let cells = |row: &Row| {
        let verdict = row.verdict.text().to_owned();
        [row.sample.clone(), row.figure.clone(), row.baseline(), row.measured(), verdict]
    };
    let lines: Vec<[String; 5]> = [heading].into_iter().chain(rows.iter().map(cells)).collect();
    let width = |column: usize| lines.iter().map(|l| l[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; 5] = std::array::from_fn(width);
    let mut text = String::new();
    for line in &lines {
        let padded: Vec<String> =
            line.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        writeln!(text, "{}", padded.join("  ").trim_end()).expect("writing to memory");
    }
    text
}

fn tsv(rows: &[Row]) -> String {
    let mut text = "sample\tfigure\tmin\tmax\ttolerance\tmeasured\tverdict\n".to_owned();
    for row in rows {
        let cell = |value: Option<f64>| value.map(|v| v.to_string()).unwrap_or_default();
        let Row { sample, figure, min, max, tolerance, measured, verdict } = row;
        let (min, max, measured) = (cell(*min), cell(*max), cell(*measured));
        let verdict = verdict.text();
        writeln!(text, "{sample}\t{figure}\t{min}\t{max}\t{tolerance}\t{measured}\t{verdict}")
            .expect("writing to memory");
    }
    text
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    passed: bool,
    figures: &'a [Row],
}

/// Writes `regress.tsv` and `regress.json`.
pub(crate) fn write(folder: &Path, rows: &[Row]) -> Result<()> {
    let passed = rows.iter().all(|row| row.verdict.passes());
    output::write(&folder.join("regress.tsv"), tsv(rows))?;
    let document = Document { schema: SCHEMA, passed, figures: rows };
    output::write_json(&folder.join("regress.json"), &document)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::regress::{figure::Figure, file::Variants};

    fn baseline(min: Option<f64>, max: Option<f64>, tolerance: f64) -> Baseline {
        let bound = |value: f64| Bound { value, place: 0..0 };
        Baseline {
            name: "snv.f1".into(),
            figure: Figure::parse("snv.f1", Variants::Germline).unwrap(),
            min: min.map(bound),
            max: max.map(bound),
            tolerance,
        }
    }

    #[test]
    fn a_figure_may_miss_its_bound_by_the_tolerance() {
        let least = baseline(Some(0.995), None, 0.001);
        for (measured, verdict) in [
            (Some(0.995), Verdict::Kept),
            (Some(0.9949), Verdict::Tolerated),
            (Some(0.994), Verdict::Tolerated),
            (Some(0.99399), Verdict::Below),
            (Some(f64::NAN), Verdict::NotMeasured),
            (None, Verdict::NotMeasured),
        ] {
            assert_eq!(Verdict::of(&least, measured), verdict, "{measured:?}");
        }
        let most = baseline(None, Some(7.0), 0.0);
        assert_eq!(Verdict::of(&most, Some(7.0)), Verdict::Kept);
        assert_eq!(Verdict::of(&most, Some(8.0)), Verdict::Above);
        assert!(!Verdict::NotMeasured.passes() && Verdict::Tolerated.passes());
    }

    #[test]
    fn tables_for_people_and_programs() {
        let rows = [
            Row::new("S1", &baseline(Some(0.995), None, 0.001), Some(0.9)),
            Row::new("S1", &baseline(None, Some(7.0), 0.0), Some(3.0)),
        ];
        let table = table(&rows);
        assert!(table.contains("S1      snv.f1  >= 0.995 (tolerance 0.001)  0.900000  below\n"));
        assert!(table.contains("<= 7                        3         kept\n"), "{table}");
        assert!(tsv(&rows).contains("S1\tsnv.f1\t0.995\t\t0.001\t0.9\tbelow\n"));
    }
}
