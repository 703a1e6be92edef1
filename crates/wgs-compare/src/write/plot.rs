//! Precision and recall as inline SVG.

use std::fmt::Write;

use crate::Curve;

/// Size of the picture, in units that the page scales.
const SIZE: (f64, f64) = (560.0, 320.0);
/// Edges of the area where data are drawn.
const AREA: (f64, f64, f64, f64) = (64.0, 34.0, 544.0, 268.0);

/// A part of the axis from 0 to 1 that holds all of some rates.
#[derive(Clone, Copy, Debug)]
struct Scale {
    low: f64,
    from: f64,
    to: f64,
}

impl Scale {
    /// From a round number below the lowest rate to 1.
    fn new(rates: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        let lowest = rates.fold(1.0, f64::min);
        let lows = [0.999, 0.995, 0.99, 0.98, 0.95, 0.9, 0.8, 0.5];
        let low = lows.into_iter().find(|low| *low < lowest).unwrap_or(0.0);
        Self { low, from, to }
    }

    fn place(self, rate: f64) -> f64 {
        self.from + (rate - self.low) / (1.0 - self.low) * (self.to - self.from)
    }

    /// Five marks from the lowest rate to 1.
    fn ticks(self) -> impl Iterator<Item = (f64, String)> {
        let decimals = if self.low < 0.9 { 2 } else { 4 };
        (0..=4).map(move |i| {
            let rate = self.low + (1.0 - self.low) * f64::from(i) / 4.0;
            (self.place(rate), format!("{rate:.decimals$}"))
        })
    }
}

/// The curves, precision upwards and recall to the right; empty where there is nothing to draw.
/// Names of curves are this crate's own and need no escape.
pub(super) fn curves(curves: &[Curve]) -> String {
    let drawn: Vec<&Curve> = curves.iter().filter(|curve| !curve.points.is_empty()).collect();
    if drawn.is_empty() {
        return String::new();
    }
    let (left, top, right, bottom) = AREA;
    // The first calls of all make steps that say little; the axes hold what comes behind them.
    let tail = |curve: &&Curve| {
        let points = &curve.points;
        points[points.len() / 2..].to_vec()
    };
    let points: Vec<_> = drawn.iter().flat_map(tail).collect();
    let x = Scale::new(points.iter().map(|p| p.recall), left, right);
    let y = Scale::new(points.iter().map(|p| p.precision), bottom, top);
    let mut svg = format!(
        r#"<svg viewBox="0 0 {} {}" role="img" aria-labelledby="curve-t curve-d"><title id="curve-t">Precision and recall</title><desc id="curve-d">One line for each type, from the surest calls to all calls; the dot is all calls.</desc><clipPath id="area"><rect x="{left}" y="{top}" width="{}" height="{}"/></clipPath>"#,
        SIZE.0,
        SIZE.1,
        right - left,
        bottom - top,
    );
    axes(&mut svg, x, y);
    for (i, curve) in drawn.iter().enumerate() {
        line(&mut svg, curve, i + 1, x, y);
    }
    svg.push_str("</svg>");
    svg
}

fn axes(svg: &mut String, x: Scale, y: Scale) {
    let (left, top, right, bottom) = AREA;
    let mut put = |text: String| svg.push_str(&text);
    for (at, text) in y.ticks() {
        put(format!(r#"<line class="grid" x1="{left}" y1="{at:.1}" x2="{right}" y2="{at:.1}"/>"#));
        put(format!(r#"<text class="end" x="{}" y="{:.1}">{text}</text>"#, left - 6.0, at + 4.0));
    }
    for (at, text) in x.ticks() {
        put(format!(r#"<line class="grid" x1="{at:.1}" y1="{top}" x2="{at:.1}" y2="{bottom}"/>"#));
        put(format!(r#"<text class="mid" x="{at:.1}" y="{}">{text}</text>"#, bottom + 17.0));
    }
    let (middle, centre) = ((left + right) / 2.0, (top + bottom) / 2.0);
    put(format!(r#"<text class="mid" x="{middle}" y="{}">recall</text>"#, bottom + 38.0));
    put(format!(
        r#"<text class="mid" x="12" y="{centre}" transform="rotate(-90 12 {centre})">precision</text>"#
    ));
}

fn line(svg: &mut String, curve: &Curve, colour: usize, x: Scale, y: Scale) {
    let mut path = String::new();
    for (i, p) in curve.points.iter().enumerate() {
        let (step, px, py) =
            (if i == 0 { 'M' } else { 'L' }, x.place(p.recall), y.place(p.precision));
        write!(path, "{step}{px:.1} {py:.1}").expect("writing to memory does not fail");
    }
    svg.push_str(&format!(r#"<path class="s{colour} line" clip-path="url(#area)" d="{path}"/>"#));
    if let Some(last) = curve.points.last() {
        let (px, py) = (x.place(last.recall), y.place(last.precision));
        svg.push_str(&format!(
            r#"<circle class="s{colour} dot" cx="{px:.1}" cy="{py:.1}" r="3.5"/>"#
        ));
    }
    let at = AREA.0 + 90.0 * (colour - 1) as f64;
    svg.push_str(&format!(
        r#"<line class="s{colour} line" x1="{at}" y1="14" x2="{}" y2="14"/><text x="{}" y="18">{}</text>"#,
        at + 20.0,
        at + 26.0,
        curve.name
    ));
}
