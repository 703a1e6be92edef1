//! Charts as inline SVG.
//!
//! A [`Chart`] is drawn as one `<svg>` with a title and a description for screen readers. Colours
//! are classes (`s1` … `s4`), so that the page's style decides them for screen, dark mode and
//! paper; lines differ in dashes too. Coordinates have one decimal, so that the same numbers give
//! the same text. Whatever cannot be drawn (no point, no finite number) gives a chart that says so.

mod bars;
mod frame;
mod reduce;
mod scale;

#[cfg(test)]
mod tests;

pub(crate) use scale::Unit;

/// A chart with numbers on both axes.
#[derive(Clone, Debug)]
pub(crate) struct Chart {
    /// Unique in the page: `[a-z0-9-]`.
    pub(crate) id: String,
    /// What it shows.
    pub(crate) title: String,
    /// What can be read from it, in words.
    pub(crate) description: String,
    /// The axis to the right.
    pub(crate) x: Axis,
    /// The axis upwards; begins at 0 unless it says otherwise.
    pub(crate) y: Axis,
    /// What is drawn, the first at the bottom.
    pub(crate) series: Vec<Series>,
    /// Vertical lines with a name, ascending.
    pub(crate) marks: Vec<(f64, String)>,
    /// Whether it takes the width of two.
    pub(crate) wide: bool,
}

/// One axis.
#[derive(Clone, Debug, Default)]
pub(crate) struct Axis {
    /// What is on it, with unit.
    pub(crate) label: String,
    /// How its numbers are written.
    pub(crate) unit: Unit,
    /// Bounds that the data may not narrow: lowest and highest value at least shown.
    pub(crate) at_least: Option<(f64, f64)>,
}

impl Axis {
    pub(crate) fn new(label: &str, unit: Unit) -> Self {
        Self { label: label.to_owned(), unit, at_least: None }
    }

    pub(crate) fn at_least(mut self, low: f64, high: f64) -> Self {
        self.at_least = Some((low, high));
        self
    }
}

/// Something drawn.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    /// Name in the legend.
    pub(crate) name: String,
    /// Colour, from 1.
    pub(crate) colour: usize,
    /// Its shape.
    pub(crate) shape: Shape,
}

/// Shape of a series.
#[derive(Clone, Debug)]
pub(crate) enum Shape {
    /// A line through points (x, y), x ascending; broken where y is no number.
    Line(Vec<(f64, f64)>),
    /// The area between two lines (x, lower, upper).
    Band(Vec<(f64, f64, f64)>),
    /// Columns of one width that begin at x: (x, height).
    Columns {
        /// Width in units of x.
        width: f64,
        /// Start and height of each.
        columns: Vec<(f64, f64)>,
    },
}

impl Chart {
    /// The chart as an `<svg>` element.
    pub(crate) fn svg(&self) -> String {
        frame::draw(self)
    }
}

/// A chart with a bar for each name.
#[derive(Clone, Debug)]
pub(crate) struct BarChart {
    /// Unique in the page: `[a-z0-9-]`.
    pub(crate) id: String,
    /// What it shows.
    pub(crate) title: String,
    /// What can be read from it, in words.
    pub(crate) description: String,
    /// More of it, for those who cannot see the bars.
    pub(crate) details: String,
    /// The axis upwards.
    pub(crate) y: Axis,
    /// Name, height and colour of each bar.
    pub(crate) bars: Vec<(String, f64, usize)>,
}

impl BarChart {
    /// The chart as an `<svg>` element.
    pub(crate) fn svg(&self) -> String {
        bars::draw(self)
    }
}
