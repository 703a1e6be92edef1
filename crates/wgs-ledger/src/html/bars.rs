//! Pictures with a bar, or several, for each name.

use wgs_formats::svg::{Svg, fitted, text_width};

const WIDTH: f64 = 560.0;
const LEFT: f64 = 150.0;
/// Where the longest bar ends; its figure follows.
const RIGHT: f64 = 440.0;
const BAR: f64 = 15.0;
const GAP: f64 = 7.0;
const LEGEND: f64 = 22.0;

/// Bars side by side.
pub(super) struct Bars {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    /// What the bars of a name are, for a legend; with one there is none.
    pub(super) series: Vec<&'static str>,
    pub(super) rows: Vec<BarRow>,
}

/// The bars of a name: value and its text, for each of the series; none where it is not known.
pub(super) struct BarRow {
    pub(super) name: String,
    pub(super) bars: Vec<Option<(f64, String)>>,
}

/// Draws the bars, all on one scale from 0.
pub(super) fn draw(bars: &Bars) -> String {
    let mut svg = Svg::default();
    let values = bars.rows.iter().flat_map(|row| row.bars.iter().flatten().map(|(v, _)| *v));
    let largest = values.filter(|v| v.is_finite()).fold(0.0, f64::max);
    if largest <= 0.0 {
        svg.text("none", (WIDTH / 2.0, 40.0), "no data");
        return svg.finish(bars.id, (WIDTH, 70.0), bars.title, "No data.");
    }
    let mut y = if bars.series.len() > 1 { legend(&mut svg, &bars.series) } else { 4.0 };
    let top = y;
    let mut told = String::new();
    for row in &bars.rows {
        let height = BAR * row.bars.len() as f64;
        svg.text(
            "label end",
            (LEFT - 8.0, y + height / 2.0 + 4.0),
            &fitted(&row.name, LEFT - 10.0),
        );
        for (i, bar) in row.bars.iter().enumerate() {
            let Some((value, text)) = bar else { continue };
            let width = (value / largest * (RIGHT - LEFT)).max(1.0);
            let series = bars.series.get(i).copied().unwrap_or_default();
            let title = format!("{}: {series} {text}", row.name);
            let at = y + BAR * i as f64;
            svg.rect(&format!("s{} fill", i + 1), (LEFT, at + 1.0), (width, BAR - 2.0), &title);
            svg.text("tick", (LEFT + width + 5.0, at + BAR - 3.5), text);
            told.push_str(&format!("{title}. "));
        }
        y += height + GAP;
    }
    svg.line("axis", (LEFT, top), (LEFT, y - GAP));
    svg.finish(bars.id, (WIDTH, y), bars.title, told.trim_end())
}

fn legend(svg: &mut Svg, series: &[&str]) -> f64 {
    let mut x = LEFT;
    for (i, name) in series.iter().enumerate() {
        svg.rect(&format!("s{} fill", i + 1), (x, 3.0), (18.0, 10.0), name);
        svg.text("tick", (x + 23.0, 12.0), name);
        x += 36.0 + text_width(name);
    }
    LEGEND
}
