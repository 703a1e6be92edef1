//! The ledger as one page with pictures, which needs nothing from outside.
//!
//! Colours are the style's, for light and dark; every picture has a title and a description, and
//! its figures stand in a table as well. A Content-Security-Policy lets no script run and nothing be
//! loaded. Everything that comes from records is escaped.

mod bars;
mod gantt;

use std::{fmt, io};

use askama::{Template, filters::HtmlSafe};
use bars::{BarRow, Bars};
use wgs_engine::disk;
use wgs_formats::{FileError, Result};

use crate::{
    By, GroupRow, Ledger, Money, Span,
    columns::{self, Column, duration},
    write::summary_items,
};

/// Most rows of a table.
const MOST_ROWS: usize = 1000;
/// Most cases in a picture.
const MOST_CASES: usize = 25;

/// A picture that this crate has drawn.
struct Picture(String);

impl fmt::Display for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Picture {}

struct Figure {
    title: &'static str,
    note: String,
    picture: Picture,
}

struct Table {
    title: &'static str,
    note: String,
    headings: Vec<(&'static str, bool)>,
    rows: Vec<Vec<(String, bool)>>,
}

#[derive(Template)]
#[template(path = "ledger.html")]
struct Page {
    title: String,
    style: &'static str,
    problems: Vec<String>,
    summary: Vec<(&'static str, String)>,
    time_line: Figure,
    figures: Vec<Figure>,
    tables: Vec<Table>,
}

/// Writes the page.
///
/// # Errors
///
/// What writing to `out` fails with.
pub fn write_page(ledger: &Ledger, out: &mut dyn io::Write) -> Result<()> {
    let failed = |e| FileError::io("the page", e);
    let text = page(ledger).render().map_err(|e| failed(io::Error::other(e)))?;
    out.write_all(text.as_bytes()).map_err(failed)
}

fn page(ledger: &Ledger) -> Page {
    let (picture, left_out) = gantt::draw(&ledger.tasks);
    let note = match left_out {
        0 => "Each bar is a task; point at it for its case.".to_owned(),
        n => format!("Each bar is a task, the longest of them; {n} shorter ones are left out."),
    };
    let runs: Vec<_> = ledger.runs.iter().map(|run| run.run.as_str()).collect();
    Page {
        title: format!("Ledger of {}", runs.join(", ")),
        style: include_str!("../../templates/ledger.css"),
        problems: ledger.problems().map(|(_, error)| error.to_string()).collect(),
        summary: summary_items(ledger),
        time_line: Figure { title: "Time line", note, picture: Picture(picture) },
        figures: figures(ledger),
        tables: vec![
            table("Stages", By::Stage, ledger, ledger.stages.values()),
            table("Cases", By::Case, ledger, ledger.cases.iter()),
            table("Runs", By::Run, ledger, ledger.runs.iter()),
        ],
    }
}

fn table<'a>(
    title: &'static str,
    by: By,
    ledger: &Ledger,
    rows: impl ExactSizeIterator<Item = &'a GroupRow>,
) -> Table {
    let columns = columns::groups(by, ledger.pricing.is_some());
    let shown: Vec<&Column<GroupRow>> =
        columns.into_iter().filter(|column| !column.heading.is_empty()).collect();
    let note = match rows.len().saturating_sub(MOST_ROWS) {
        0 => String::new(),
        more => format!("{more} more are in --format csv."),
    };
    let cells = |row: &GroupRow| {
        let cells = shown.iter().map(|column| (column.cell)(row));
        cells.map(|cell| (cell.short(), cell.is_number())).collect()
    };
    let rows: Vec<Vec<(String, bool)>> = rows.take(MOST_ROWS).map(cells).collect();
    let is_number = |i: usize| rows.iter().any(|row| row[i].1);
    let headings = shown.iter().enumerate().map(|(i, column)| (column.heading, is_number(i)));
    Table { title, note, headings: headings.collect(), rows }
}

fn figures(ledger: &Ledger) -> Vec<Figure> {
    let mut figures = vec![core_time(ledger), memory(ledger), waiting(ledger)];
    if let Some(pricing) = &ledger.pricing {
        let currency = pricing.currency();
        if ledger.total.cost.site.is_some() {
            figures.push(cost_by_stage(ledger, currency));
        }
        figures.push(cost_by_case(ledger, currency));
    }
    figures
}

fn figure(title: &'static str, note: impl Into<String>, bars: &Bars) -> Figure {
    Figure { title, note: note.into(), picture: Picture(bars::draw(bars)) }
}

/// The stages, the largest first.
fn by_stage(ledger: &Ledger, size: fn(&GroupRow) -> f64) -> Vec<&GroupRow> {
    let mut stages: Vec<_> = ledger.stages.values().collect();
    stages.sort_by(|a, b| size(b).total_cmp(&size(a)).then(a.name.cmp(&b.name)));
    stages
}

fn core_time(ledger: &Ledger) -> Figure {
    let title = "Core time by stage";
    let bar = |span: Span| Some((span.secs(), duration(span)));
    let row = |stage: &GroupRow| BarRow {
        name: stage.name.clone(),
        bars: vec![bar(stage.sums.core), bar(stage.sums.allotted)],
    };
    let rows = by_stage(ledger, |s| s.sums.core.secs()).into_iter().map(row).collect();
    let bars = Bars { id: "core", title, series: vec!["used", "allotted"], rows };
    figure(title, "Allotted: the threads of a task, as long as it ran.", &bars)
}

fn memory(ledger: &Ledger) -> Figure {
    let title = "Memory by stage";
    let bar = |bytes: u64| Some((bytes as f64, disk::bytes(bytes)));
    let row = |stage: &GroupRow| BarRow {
        name: stage.name.clone(),
        bars: vec![bar(stage.sums.rss_bytes), bar(stage.sums.asked_bytes)],
    };
    let rows = by_stage(ledger, |s| s.sums.rss_bytes as f64).into_iter().map(row).collect();
    let bars = Bars { id: "memory", title, series: vec!["used", "asked for"], rows };
    figure(title, "The largest of one task.", &bars)
}

fn waiting(ledger: &Ledger) -> Figure {
    const STEPS: [(f64, &str); 6] = [
        (10.0, "below 10 s"),
        (60.0, "to 1 min"),
        (600.0, "to 10 min"),
        (3600.0, "to 1 h"),
        (21_600.0, "to 6 h"),
        (f64::INFINITY, "longer"),
    ];
    let title = "Waiting for machines";
    let queues: Vec<f64> = ledger
        .cases
        .iter()
        .map(|case| case.sums.queue)
        .filter(|q| q.0 > 0)
        .map(Span::secs)
        .collect();
    let mut from = 0.0;
    let rows = STEPS.map(|(to, name)| {
        let count = queues.iter().filter(|q| (from..to).contains(*q)).count();
        from = to;
        BarRow { name: name.to_owned(), bars: vec![Some((count as f64, count.to_string()))] }
    });
    let bars = Bars { id: "waiting", title, series: vec!["cases"], rows: rows.into() };
    figure(title, "Number of cases, by how long their jobs waited in all.", &bars)
}

fn bar(money: Money, currency: &str) -> (f64, String) {
    (money.0 as f64, format!("{} {currency}", money.rounded()))
}

fn cost_by_stage(ledger: &Ledger, currency: &str) -> Figure {
    let title = "Cost by stage";
    let row = |stage: &GroupRow| BarRow {
        name: stage.name.clone(),
        bars: vec![Some(bar(stage.sums.cost, currency))],
    };
    let rows = by_stage(ledger, |s| s.sums.cost.0 as f64).into_iter().map(row).collect();
    let bars = Bars { id: "cost-stage", title, series: vec!["site"], rows };
    figure(title, "Threads and memory at the site.", &bars)
}

fn cost_by_case(ledger: &Ledger, currency: &str) -> Figure {
    let title = "Cost by case";
    let site = |case: &GroupRow| case.cost.site.map(|site| site.total());
    let cloud = |case: &GroupRow| case.cost.cloud.as_ref().and_then(|cloud| cloud.total());
    let mut cases: Vec<_> = ledger.cases.iter().collect();
    let size = |case: &GroupRow| site(case).max(cloud(case)).unwrap_or_default();
    cases.sort_by(|a, b| size(b).cmp(&size(a)).then(a.name.cmp(&b.name)));
    cases.truncate(MOST_CASES);
    let row = |case: &GroupRow| BarRow {
        name: case.name.clone(),
        bars: vec![
            site(case).map(|money| bar(money, currency)),
            cloud(case).map(|money| bar(money, currency)),
        ],
    };
    let rows = cases.into_iter().map(row).collect();
    let series = vec!["site", "cloud, on demand"];
    let bars = Bars { id: "cost-case", title, series, rows };
    let note = format!(
        "With storage and transfer as the price table says; the {MOST_CASES} dearest at most."
    );
    figure(title, note, &bars)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Pricing, Problem, read_cases, testing};

    fn text(change: impl Fn(&mut wgs_engine::RunRecord)) -> String {
        let folder = tempfile::tempdir().unwrap();
        let mut record = testing::record("C1", &[("reads.S1", "reads", 100.0, 150.0)]);
        change(&mut record);
        testing::write(folder.path(), &record);
        let pricing = Pricing::parse("p".as_ref(), Pricing::example()).unwrap();
        let mut ledger = Ledger::new(Some(pricing));
        read_cases(&[folder.path().to_owned()], |case| ledger.add(case)).unwrap();
        let error = FileError::invalid("<C2>", "is broken");
        ledger.add(Err(Problem { folder: "C2".into(), error }));
        let mut out = Vec::new();
        write_page(&ledger, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_page_has_its_pictures_and_tables() {
        let page = text(|_| {});
        for id in ["gantt", "core", "memory", "waiting", "cost-stage", "cost-case"] {
            assert_eq!(page.matches(&format!("id=\"{id}-t\"")).count(), 1, "{id}");
        }
        assert_eq!(page.matches("<table").count(), 4);
        assert!(page.contains("&lt;C2&gt;") || page.contains("&#60;C2&#62;"), "problems are told");
        assert!(page.contains("EXAMPLE FIGURES"));
    }

    #[test]
    fn nothing_foreign_becomes_markup_and_nothing_is_loaded() {
        let evil = "<script>alert(1)</script>\"'";
        let page = text(|record| {
            let task = &mut record.tasks[0];
            task.stage = evil.into();
            task.tools = [("x".to_owned(), evil.to_owned())].into();
            if let wgs_engine::TaskStatus::Ran { made, .. } = &mut task.status {
                made.usage.machine = Some(evil.into());
            }
        });
        assert!(!page.contains("<script"), "{page}");
        assert!(!page.contains("http://") && !page.contains("https://"));
    }
}
