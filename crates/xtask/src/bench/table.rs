//! Rows of Markdown tables that several jobs show.

use super::process::Used;

/// Head of a table of [`used`] rows; the last column compares with what `against` names.
pub(super) fn used_head(against: &str) -> String {
    format!("| work | wall s | core-s | peak MB | core-s to {against} |\n|---|--:|--:|--:|--:|\n")
}

/// What some work took; with its processor time as a multiple of `base`.
pub(super) fn used(name: &str, used: Used, base: Option<Used>) -> String {
    let Used { wall_s, core_s, max_rss_bytes } = used;
    let megabytes = max_rss_bytes as f64 / 1e6;
    let ratio = base.map(|base| format!("{:.2}x", core_s / base.core_s)).unwrap_or_default();
    format!("| {name} | {wall_s:.1} | {core_s:.1} | {megabytes:.0} | {ratio} |\n")
}

/// A list of points.
pub(super) fn points(lines: impl IntoIterator<Item = String>) -> String {
    lines.into_iter().map(|line| format!("- {line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_shows_the_ratio_to_our_stage() {
        let took = Used { wall_s: 10.04, core_s: 30.0, max_rss_bytes: 1_500_000_000 };
        let row = used("bwa", took, Some(Used { core_s: 12.0, ..took }));
        assert_eq!(row, "| bwa | 10.0 | 30.0 | 1500 | 2.50x |\n");
    }
}
