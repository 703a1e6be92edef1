//! Building blocks of the page.

use std::fmt;

use askama::{Template, filters::HtmlSafe};

use crate::plot::{BarChart, Chart};

/// Text that is HTML already; made by this crate from pictures and its own files only.
#[derive(Clone, Debug)]
pub(super) struct Markup(String);

impl Markup {
    /// Takes text that holds no data, or holds it escaped.
    pub(super) fn own(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for Markup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Markup {}

/// A heading with what stands under it.
#[derive(Debug, Default, Template)]
#[template(path = "block.html")]
pub(super) struct Block {
    pub(super) heading: String,
    pub(super) figures: Vec<Figure>,
    pub(super) tables: Vec<Table>,
    pub(super) notes: Vec<String>,
}

impl HtmlSafe for Block {}

/// A picture with its caption.
#[derive(Debug)]
pub(super) struct Figure {
    pub(super) svg: Markup,
    pub(super) title: String,
    pub(super) caption: String,
    pub(super) wide: bool,
}

impl Figure {
    pub(super) fn of(chart: &Chart) -> Self {
        Self {
            svg: Markup::own(chart.svg()),
            title: chart.title.clone(),
            caption: chart.description.clone(),
            wide: chart.wide,
        }
    }

    pub(super) fn of_bars(chart: &BarChart) -> Self {
        Self {
            svg: Markup::own(chart.svg()),
            title: chart.title.clone(),
            caption: chart.description.clone(),
            wide: false,
        }
    }
}

/// A table whose first column names the rows.
#[derive(Debug, Template)]
#[template(path = "table.html")]
pub(super) struct Table {
    pub(super) caption: String,
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Vec<Cell>>,
}

impl HtmlSafe for Table {}

/// Heading of a column.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: String,
    /// Class of its cells: `number`, `text` or `code`.
    pub(super) class: &'static str,
}

/// What stands in a table's cell.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub(super) text: String,
    /// Where the cell leads, as an address relative to the page.
    pub(super) link: Option<String>,
    /// Class of its text, or nothing.
    pub(super) mark: &'static str,
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self { text: text.into(), link: None, mark: "" }
    }
}

impl Table {
    /// A table with columns of text (no sign before the name), numbers (`#`) or codes (`` ` ``).
    pub(super) fn new(caption: &str, columns: &[&str]) -> Self {
        let column = |name: &&str| {
            let (class, name) = match name.as_bytes() {
                [b'#', ..] => ("number", &name[1..]),
                [b'`', ..] => ("code", &name[1..]),
                _ => ("text", *name),
            };
            Column { name: name.to_owned(), class }
        };
        Self {
            caption: caption.to_owned(),
            columns: columns.iter().map(column).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row with a cell for each column.
    pub(super) fn push(&mut self, row: Vec<Cell>) {
        debug_assert_eq!(row.len(), self.columns.len(), "{}", self.caption);
        self.rows.push(row);
    }

    /// A table of names and values.
    pub(super) fn facts(caption: &str, facts: Vec<(&str, String)>) -> Self {
        let mut table = Self::new(caption, &["Measure", "#Value"]);
        facts.into_iter().for_each(|(name, value)| table.push(vec![name.into(), value.into()]));
        table
    }

    fn class(&self, column: &usize) -> &'static str {
        self.columns.get(*column).map_or("text", |column| column.class)
    }
}
