//! Charts with a bar for each name.

use wgs_formats::svg::{Svg, text_width};

use super::{BarChart, scale::Scale};
use crate::format::{count, fixed};

const WIDTH: f64 = 560.0;
const LEFT: f64 = 74.0;
const RIGHT: f64 = 548.0;
const TOP: f64 = 38.0;
const BOTTOM: f64 = 228.0;
/// Widest bar.
const MOST_WIDTH: f64 = 56.0;

pub(super) fn draw(chart: &BarChart) -> String {
    let mut svg = Svg::default();
    let bars: Vec<_> = chart.bars.iter().filter(|bar| bar.1.is_finite()).collect();
    if bars.is_empty() {
        svg.text("none", (WIDTH / 2.0, BOTTOM / 2.0), "no data");
        return svg.finish(&chart.id, (WIDTH, BOTTOM), &chart.title, "No data.");
    }
    let floor = chart.y.at_least.or(Some((0.0, 0.0)));
    let y = Scale::new(bars.iter().map(|bar| bar.1), floor, chart.y.unit, 5, true);
    let y = y.onto(BOTTOM, TOP);
    for (value, text) in y.ticks() {
        let at = y.place(value);
        svg.line("grid", (LEFT, at), (RIGHT, at));
        svg.text("tick end", (LEFT - 6.0, at + 4.0), &text);
    }
    let slot = (RIGHT - LEFT) / bars.len() as f64;
    let width = (slot * 0.72).min(MOST_WIDTH);
    let longest = bars.iter().map(|bar| text_width(&bar.0)).fold(0.0, f64::max);
    let turned = longest > slot;
    for (i, (name, height, colour)) in bars.iter().enumerate() {
        let middle = LEFT + slot * (i as f64 + 0.5);
        let (top, base) = (y.place(*height), y.place(0.0));
        let title = format!("{name}: {}", value(*height));
        let class = format!("s{colour} fill");
        svg.rect(&class, (middle - width / 2.0, top), (width, base - top), &title);
        if turned {
            svg.turned("tick end", (middle + 3.0, BOTTOM + 12.0), -45, name);
        } else {
            svg.text("tick mid", (middle, BOTTOM + 17.0), name);
        }
    }
    svg.line("axis", (LEFT, BOTTOM), (RIGHT, BOTTOM));
    svg.turned("label mid", (11.0, (TOP + BOTTOM) / 2.0), -90, &chart.y.label);
    let below = if turned { 16.0 + 0.65 * longest.min(180.0) } else { 28.0 };
    let told = format!("{} {}", chart.description, chart.details);
    svg.finish(&chart.id, (WIDTH, BOTTOM + below), &chart.title, told.trim_end())
}

fn value(height: f64) -> String {
    if height.fract() == 0.0 { count(height as u64) } else { fixed(height, 2) }
}
