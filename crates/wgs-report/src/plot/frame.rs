//! Charts with numbers on both axes.

use wgs_formats::svg::{Path, Svg, text_width};

use super::{Chart, Series, Shape, reduce, scale::Scale};

/// Size of a chart, in units that the page scales.
const SIZE: (f64, f64) = (560.0, 276.0);
/// Size of a wide chart.
const WIDE: (f64, f64) = (1150.0, 276.0);
/// Edges of the area where data are drawn; `MARGIN` is left free at the right.
const LEFT: f64 = 74.0;
const MARGIN: f64 = 12.0;
const TOP: f64 = 38.0;
const BOTTOM: f64 = 228.0;
/// Baseline of the names of marks, above the data.
const MARK_NAMES: f64 = 33.0;
/// Baseline of the legend.
const LEGEND: f64 = 14.0;

pub(super) fn draw(chart: &Chart) -> String {
    let mut svg = Svg::default();
    let size = if chart.wide { WIDE } else { SIZE };
    let right = size.0 - MARGIN;
    if chart.series.iter().all(|series| !series.shape.can_be_drawn()) {
        svg.text("none", (size.0 / 2.0, size.1 / 2.0), "no data");
        return svg.finish(&chart.id, size, &chart.title, "No data.");
    }
    let shapes = || chart.series.iter().map(|series| &series.shape);
    let x = Scale::new(shapes().flat_map(Shape::xs), chart.x.at_least, chart.x.unit, 8, false);
    let x = x.onto(LEFT, right);
    let floor = chart.y.at_least.or(Some((0.0, 0.0)));
    let y = Scale::new(shapes().flat_map(Shape::ys), floor, chart.y.unit, 5, true);
    let y = y.onto(BOTTOM, TOP);
    axes(&mut svg, &x, &y, right, [&chart.x.label, &chart.y.label]);
    marks(&mut svg, &x, right, &chart.marks);
    for series in &chart.series {
        shape(&mut svg, &x, &y, series);
    }
    legend(&mut svg, &chart.series);
    svg.finish(&chart.id, size, &chart.title, &chart.description)
}

fn axes(svg: &mut Svg, x: &Scale, y: &Scale, right: f64, labels: [&str; 2]) {
    for (value, text) in y.ticks() {
        let at = y.place(value);
        svg.line("grid", (LEFT, at), (right, at));
        svg.text("tick end", (LEFT - 6.0, at + 4.0), &text);
    }
    for (value, text) in x.ticks() {
        let at = x.place(value);
        svg.line("axis", (at, BOTTOM), (at, BOTTOM + 4.0));
        svg.text("tick mid", (at, BOTTOM + 17.0), &text);
    }
    svg.line("axis", (LEFT, BOTTOM), (right, BOTTOM));
    svg.text("label mid", ((LEFT + right) / 2.0, BOTTOM + 37.0), labels[0]);
    svg.turned("label mid", (11.0, (TOP + BOTTOM) / 2.0), -90, labels[1]);
}

/// Lines with names above them; a name that would reach the next line is left out.
fn marks(svg: &mut Svg, x: &Scale, right: f64, marks: &[(f64, String)]) {
    let marks: Vec<_> = marks.iter().filter(|(value, _)| value.is_finite()).collect();
    for (i, (value, name)) in marks.iter().enumerate() {
        let at = x.place(*value);
        svg.line("mark", (at, TOP - 14.0), (at, BOTTOM));
        let end = marks.get(i + 1).map_or(right, |next| x.place(next.0));
        if end - at > text_width(name) {
            svg.text("tick", (at + 4.0, MARK_NAMES), name);
        } else if marks.len() == 1 {
            svg.text("tick end", (at - 4.0, MARK_NAMES), name);
        }
    }
}

/// Names above the data, from the left; only where there is more than one.
fn legend(svg: &mut Svg, series: &[Series]) {
    let named: Vec<_> = series.iter().filter(|series| !series.name.is_empty()).collect();
    if named.len() < 2 {
        return;
    }
    let mut at = LEFT;
    for series in named {
        let class = format!("s{}", series.colour);
        match series.shape {
            Shape::Line(_) => {
                svg.line(&format!("{class} line"), (at, LEGEND - 4.0), (at + 20.0, LEGEND - 4.0));
            }
            Shape::Band(_) => {
                svg.rect(&format!("{class} band"), (at, LEGEND - 9.0), (20.0, 10.0), "");
            }
            Shape::Columns { .. } => {
                svg.rect(&format!("{class} fill"), (at, LEGEND - 9.0), (20.0, 10.0), "");
            }
        }
        svg.text("tick", (at + 26.0, LEGEND), &series.name);
        at += 40.0 + text_width(&series.name);
    }
}

fn shape(svg: &mut Svg, x: &Scale, y: &Scale, series: &Series) {
    let colour = format!("s{}", series.colour);
    match &series.shape {
        Shape::Line(points) => line(svg, x, y, &colour, points),
        Shape::Band(points) => band(svg, x, y, &colour, points),
        Shape::Columns { width, columns } => area(svg, x, y, &colour, *width, columns),
    }
}

fn line(svg: &mut Svg, x: &Scale, y: &Scale, colour: &str, points: &[(f64, f64)]) {
    let points = reduce::line(points);
    let mut path = Path::default();
    for run in points.split(|p| !is_point(p)) {
        if let [(px, py)] = run {
            svg.circle(&format!("{colour} fill"), (x.place(*px), y.place(*py)), 2.5);
        }
        for (i, (px, py)) in run.iter().enumerate().filter(|_| run.len() > 1) {
            let (px, py) = (x.place(*px), y.place(*py));
            if i == 0 { path.move_to(px, py) } else { path.line_to(px, py) }
        }
    }
    if !path.is_empty() {
        svg.path(&format!("{colour} line"), &path);
    }
}

fn band(svg: &mut Svg, x: &Scale, y: &Scale, colour: &str, points: &[(f64, f64, f64)]) {
    let finite = |p: &&(f64, f64, f64)| [p.0, p.1, p.2].iter().all(|v| v.is_finite());
    let points: Vec<_> = reduce::band(points).iter().filter(finite).copied().collect();
    let mut path = Path::default();
    let upper = points.iter().map(|p| (p.0, p.2));
    let lower = points.iter().rev().map(|p| (p.0, p.1));
    for (i, (px, py)) in upper.chain(lower).enumerate() {
        let (px, py) = (x.place(px), y.place(py));
        if i == 0 { path.move_to(px, py) } else { path.line_to(px, py) }
    }
    if !path.is_empty() {
        path.close();
        svg.path(&format!("{colour} band"), &path);
    }
}

/// Columns side by side as one outline.
fn area(svg: &mut Svg, x: &Scale, y: &Scale, colour: &str, width: f64, columns: &[(f64, f64)]) {
    let mut path = Path::default();
    let floor = y.place(y.low());
    for (start, height) in columns.iter().filter(|c| is_point(c) && c.1 != 0.0) {
        let (from, to, top) = (x.place(*start), x.place(start + width), y.place(*height));
        path.move_to(from, floor);
        path.line_to(from, top);
        path.line_to(to, top);
        path.line_to(to, floor);
        path.close();
    }
    if !path.is_empty() {
        svg.path(&format!("{colour} fill"), &path);
    }
}

fn is_point(point: &(f64, f64)) -> bool {
    point.0.is_finite() && point.1.is_finite()
}

impl Shape {
    fn can_be_drawn(&self) -> bool {
        match self {
            Self::Line(points) => points.iter().any(is_point),
            Self::Band(points) => points.iter().any(|p| p.0.is_finite()),
            Self::Columns { columns, .. } => columns.iter().any(|c| is_point(c) && c.1 != 0.0),
        }
    }

    fn xs(&self) -> Vec<f64> {
        match self {
            Self::Line(points) => points.iter().map(|p| p.0).collect(),
            Self::Band(points) => points.iter().map(|p| p.0).collect(),
            Self::Columns { width, columns } => {
                columns.iter().flat_map(|c| [c.0, c.0 + width]).collect()
            }
        }
    }

    fn ys(&self) -> Vec<f64> {
        match self {
            Self::Line(points) => points.iter().map(|p| p.1).collect(),
            Self::Band(points) => points.iter().flat_map(|p| [p.1, p.2]).collect(),
            Self::Columns { columns, .. } => columns.iter().map(|c| c.1).collect(),
        }
    }
}
