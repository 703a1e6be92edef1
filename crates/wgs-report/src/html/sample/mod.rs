//! A sample's part of the page.

mod alignment;
mod coverage;
mod reads;

use crate::{
    format::fixed,
    model::SampleReport,
    plot::{Axis, Chart, Series, Shape, Unit},
};

use super::SampleView;

/// Name of a sample that the measurements do not tell.
pub(super) const UNNAMED: &str = "not named";

pub(super) fn view(index: usize, report: &SampleReport) -> SampleView {
    let id = format!("sample-{}", index + 1);
    let mut blocks = Vec::new();
    if let Some(coverage) = &report.coverage {
        blocks.push(coverage::block(&id, coverage));
    }
    if let Some(alignment) = &report.alignment {
        blocks.push(alignment::block(&id, alignment, report.reads.is_none()));
    }
    if let Some(reads) = &report.reads {
        blocks.push(reads::block(&id, reads));
    }
    let name = report.sample.clone().unwrap_or_else(|| UNNAMED.to_owned());
    SampleView { id, name, blocks }
}

/// A depth of coverage.
pub(super) fn times(depth: f64) -> String {
    format!("{}x", fixed(depth, if depth < 10.0 { 2 } else { 1 }))
}

/// A chart without series yet.
fn chart(id: String, title: String, x: (&str, Unit), y: (&str, Unit)) -> Chart {
    Chart {
        id,
        title,
        description: String::new(),
        x: Axis::new(x.0, x.1),
        y: Axis::new(y.0, y.1),
        series: Vec::new(),
        marks: Vec::new(),
        wide: false,
    }
}

fn line(name: &str, colour: usize, points: Vec<(f64, f64)>) -> Series {
    Series { name: name.to_owned(), colour, shape: Shape::Line(points) }
}
