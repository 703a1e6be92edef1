//! Rows as a table, CSV or JSON.

use std::io::{self, Write};

use wgs_formats::{FileError, Result};

use crate::{
    GroupRow, Ledger,
    columns::{self, Cell, Column},
};

/// What a row is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// A task.
    Task,
    /// A stage, over all cases.
    Stage,
    /// A case.
    Case,
    /// An output folder.
    Run,
}

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people, with the sums below.
    Table,
    /// Comma-separated, as RFC 4180 has it: seconds, bytes and money without loss.
    Csv,
    /// One object, with the rows and their total.
    Json,
}

/// What is written, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowOptions {
    /// What a row is of.
    pub by: By,
    /// How they are written.
    pub format: Format,
}

/// Value of `schema` in JSON.
const SCHEMA: &str = "wgs-pipe/ledger/1";

/// Writes the rows of a ledger.
///
/// # Errors
///
/// What writing to `out` fails with.
pub fn write_rows(ledger: &Ledger, options: RowOptions, out: &mut dyn Write) -> Result<()> {
    let priced = ledger.pricing.is_some();
    let written = match options.by {
        By::Task => write(ledger, options, &columns::tasks(priced), &mut ledger.tasks.iter(), out),
        by => {
            let rows: &mut dyn Iterator<Item = &GroupRow> = match by {
                By::Stage => &mut ledger.stages.values(),
                By::Case => &mut ledger.cases.iter(),
                By::Task | By::Run => &mut ledger.runs.iter(),
            };
            write(ledger, options, &columns::groups(by, priced), rows, out)
        }
    };
    written.map_err(|e| FileError::io("the ledger", e))
}

fn write<R>(
    ledger: &Ledger,
    options: RowOptions,
    columns: &[&Column<R>],
    rows: &mut dyn Iterator<Item = &R>,
    out: &mut dyn Write,
) -> io::Result<()> {
    match options.format {
        Format::Table => {
            table(columns, rows, out)?;
            write!(out, "\n{}", summary(ledger))
        }
        Format::Csv => csv(columns, rows, out),
        Format::Json => json(ledger, options.by, columns, rows, out),
    }
}

fn table<R>(
    columns: &[&Column<R>],
    rows: &mut dyn Iterator<Item = &R>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let columns: Vec<_> = columns.iter().filter(|column| !column.heading.is_empty()).collect();
    let headings = columns.iter().map(|column| (column.heading.to_owned(), false)).collect();
    let mut lines: Vec<Vec<(String, bool)>> = vec![headings];
    for row in rows {
        let cells = columns.iter().map(|column| (column.cell)(row));
        lines.push(cells.map(|cell| (cell.short(), cell.is_number())).collect());
    }
    let width = |i: usize| lines.iter().map(|line| line[i].0.chars().count()).max().unwrap_or(0);
    let widths: Vec<_> = (0..columns.len()).map(width).collect();
    let right: Vec<_> = (0..columns.len()).map(|i| lines.iter().any(|line| line[i].1)).collect();
    for line in &lines {
        let mut text = String::new();
        for (((cell, _), width), right) in line.iter().zip(&widths).zip(&right) {
            text += &if *right { format!("{cell:>width$}  ") } else { format!("{cell:<width$}  ") };
        }
        writeln!(out, "{}", text.trim_end())?;
    }
    Ok(())
}

fn csv<R>(
    columns: &[&Column<R>],
    rows: &mut dyn Iterator<Item = &R>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    writer.write_record(columns.iter().map(|column| column.name))?;
    for row in rows {
        writer.write_record(columns.iter().map(|column| (column.cell)(row).exact()))?;
    }
    writer.flush()
}

fn json<R>(
    ledger: &Ledger,
    by: By,
    columns: &[&Column<R>],
    rows: &mut dyn Iterator<Item = &R>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let by = format!("{by:?}").to_lowercase();
    let prices = ledger.pricing.as_ref();
    let total = columns::groups(By::Run, prices.is_some());
    let head = serde_json::json!({
        "schema": SCHEMA,
        "by": by,
        "currency": prices.map(|prices| prices.currency()),
        "prices": prices.map(|prices| prices.origin()),
        "total": object(&total, &ledger.total),
    });
    // The rows follow one by one, so that they are never all in memory as JSON.
    let head = head.to_string();
    write!(out, "{},\n\"rows\":[", head.strip_suffix('}').unwrap_or(&head))?;
    for (i, row) in rows.enumerate() {
        let comma = if i == 0 { "" } else { "," };
        write!(out, "{comma}\n{}", object(columns, row))?;
    }
    writeln!(out, "\n]}}")
}

fn object<R>(columns: &[&Column<R>], row: &R) -> serde_json::Value {
    let cell = |column: &&Column<R>| (column.name.to_owned(), (column.cell)(row).json());
    serde_json::Value::Object(columns.iter().map(cell).collect())
}

/// The sums of everything, in a few lines.
pub(crate) fn summary(ledger: &Ledger) -> String {
    summary_items(ledger).iter().map(|(name, text)| format!("{name}: {text}\n")).collect()
}

pub(crate) fn summary_items(ledger: &Ledger) -> Vec<(&'static str, String)> {
    let total = &ledger.total;
    let sums = &total.sums;
    let short = |cell: Cell| cell.short();
    let share = |share: Option<f64>| share.map_or(Cell::Nothing, Cell::Share);
    let mut items = vec![
        ("cases", format!("{} of {} succeeded", total.succeeded, total.cases)),
        ("cases per hour", short(share(total.cases_per_hour()))),
        ("elapsed", short(total.elapsed().map_or(Cell::Nothing, Cell::Seconds))),
        ("core time", short(Cell::Seconds(sums.core))),
        ("efficiency", short(share(sums.efficiency()))),
        ("wasted by failed attempts", short(Cell::Seconds(sums.wasted))),
        ("waiting for machines", short(Cell::Seconds(sums.queue))),
        ("largest memory of a task", short(Cell::Bytes(sums.rss_bytes))),
        ("outputs", short(Cell::Bytes(sums.output_bytes))),
    ];
    if let Some(pricing) = &ledger.pricing {
        items.extend(costs(ledger, pricing.currency()));
        items.push(("prices", pricing.origin()));
    }
    items
}

fn costs(ledger: &Ledger, currency: &str) -> Vec<(&'static str, String)> {
    let total = &ledger.total;
    let mut items = Vec::new();
    let each = |money: crate::Money| {
        let each = money.share(1, total.cases.max(1) as u128);
        format!("{} {currency}, {} a case", money.rounded(), each.rounded())
    };
    if let Some(site) = &total.cost.site {
        items.push(("cost at the site", each(site.total())));
    }
    if let Some(cloud) = &total.cost.cloud {
        let text = cloud.total().map_or("no machine fits every case".to_owned(), each);
        let prices = ledger.pricing.as_ref().and_then(|pricing| pricing.cloud.as_ref());
        let place = prices.map(|cloud| format!(" ({}, {})", cloud.name, cloud.region));
        items.push(("cost in the cloud, on demand", text + &place.unwrap_or_default()));
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Pricing, read_cases, testing};

    fn ledger(priced: bool) -> Ledger {
        let folder = tempfile::tempdir().unwrap();
        let tasks = [("reads.S1", "reads", 100.0, 150.0), ("report", "report", 2.0, 1.0)];
        let mut odd = testing::record("C2", &tasks[..1]);
        odd.tasks[0].tools = [("x".to_owned(), "1, \"new\"\nline".to_owned())].into();
        testing::write(folder.path(), &testing::record("C1", &tasks));
        testing::write(folder.path(), &odd);
        let pricing = Pricing::parse("p".as_ref(), Pricing::example()).unwrap();
        let mut ledger = Ledger::new(priced.then_some(pricing));
        read_cases(&[folder.path().to_owned()], |case| {
            ledger.add(case.map(|mut case| {
                case.run = "out".into();
                case.tasks.iter_mut().for_each(|task| task.run = "out".into());
                case
            }));
        })
        .unwrap();
        ledger
    }

    fn text(ledger: &Ledger, by: By, format: Format) -> String {
        let mut out = Vec::new();
        write_rows(ledger, RowOptions { by, format }, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn tables_are_for_people() {
        let (plain, priced) = (ledger(false), ledger(true));
        insta::assert_snapshot!("tasks", text(&plain, By::Task, Format::Table));
        insta::assert_snapshot!("stages", text(&plain, By::Stage, Format::Table));
        insta::assert_snapshot!("cases", text(&priced, By::Case, Format::Table));
        insta::assert_snapshot!("runs", text(&priced, By::Run, Format::Table));
    }

    #[test]
    fn csv_is_read_again_as_it_was() {
        let ledger = ledger(true);
        let text = text(&ledger, By::Task, Format::Csv);
        assert!(text.starts_with("run,case,task,stage,") && text.contains("\r\n"));
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let names: Vec<_> = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let columns = columns::tasks(true);
        assert_eq!(names, columns.iter().map(|c| c.name).collect::<Vec<_>>());
        for (record, row) in reader.records().zip(&ledger.tasks) {
            let expected: Vec<_> = columns.iter().map(|c| (c.cell)(row).exact()).collect();
            assert_eq!(record.unwrap().iter().collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn json_has_the_rows_and_their_total() {
        let ledger = ledger(true);
        for (by, rows) in [(By::Task, 3), (By::Stage, 2), (By::Case, 2), (By::Run, 1)] {
            let value: serde_json::Value =
                serde_json::from_str(&text(&ledger, by, Format::Json)).unwrap();
            assert_eq!(value["rows"].as_array().unwrap().len(), rows);
            assert_eq!(value["total"]["core_s"], 301.0);
            assert_eq!(value["currency"], "USD");
        }
    }

    #[test]
    fn the_same_records_give_the_same_bytes() {
        for format in [Format::Table, Format::Csv, Format::Json] {
            assert_eq!(
                text(&ledger(true), By::Task, format),
                text(&ledger(true), By::Task, format)
            );
        }
    }
}
