//! Regression files with what was measured as their baselines.

use super::{
    file::{Bound, Regression},
    verdict::Row,
};

/// Decimals of a new bound.
const DECIMALS: i32 = 6;

/// The text of the regression file with each bound set to the figure that was measured, rounded so
/// that this figure keeps it; everything else, comments too, stays. Bounds of figures that were not
/// measured stay as well.
pub(crate) fn rewritten(regression: &Regression, rows: &[Row]) -> String {
    let baselines = regression.samples.iter().flat_map(|sample| &sample.baselines);
    let mut edits: Vec<(&Bound, f64)> = Vec::new();
    for (baseline, row) in baselines.zip(rows) {
        let Some(measured) = row.measured.filter(|value| value.is_finite()) else { continue };
        edits.extend(baseline.min.as_ref().map(|min| (min, rounded(measured, f64::floor))));
        edits.extend(baseline.max.as_ref().map(|max| (max, rounded(measured, f64::ceil))));
    }
    edits.sort_by_key(|(bound, _)| std::cmp::Reverse(bound.place.start));
    let mut text = regression.text.clone();
    for (bound, value) in edits {
        text.replace_range(bound.place.clone(), &format!("{value:?}"));
    }
    text
}

fn rounded(value: f64, to_whole: fn(f64) -> f64) -> f64 {
    let scale = 10f64.powi(DECIMALS);
    if value.abs() < 1e9 { to_whole(value * scale) / scale } else { to_whole(value) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::regress::file;
    use wgs_formats::output;

    #[test]
    fn bounds_change_and_nothing_else_does() {
        let text = "schema = \"wgs-pipe/regress/1\"\n# why\n[[samples]]\nname = \"S\"\ncalls = \"c\"\n\
            truth = \"c\"\n[samples.baselines]\n\"snv.f1\" = { min = 0.9, tolerance = 0.01 } # x\n\
            \"all.fp\" = { max = 7, min = 1 }\n\"indel.f1\" = { min = 0.5 }\n";
        let folder = tempfile::tempdir().unwrap();
        output::write(&folder.path().join("c"), "").unwrap();
        let path = folder.path().join("r.toml");
        output::write(&path, text).unwrap();
        let regression = file::read(&path).unwrap();
        let measured = [Some(12.0), None, Some(0.987_654_321)];
        let baselines = &regression.samples[0].baselines;
        let rows: Vec<Row> =
            baselines.iter().zip(measured).map(|(b, m)| Row::new("S", b, m)).collect();
        let expected = text
            .replace("min = 0.9,", "min = 0.987654,")
            .replace("max = 7, min = 1 ", "max = 12.0, min = 12.0 ");
        assert_eq!(rewritten(&regression, &rows), expected);
    }
}
