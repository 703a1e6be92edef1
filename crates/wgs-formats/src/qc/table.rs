//! Tables as tab-separated text.

use std::fmt;

/// A table with one heading line; every row has a cell for each column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    columns: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table.
    pub fn new(columns: &[&'static str]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new() }
    }

    /// A table whose rows are given as (column, cell); all rows name the same columns.
    pub(crate) fn from_rows(rows: Vec<Vec<(&'static str, String)>>) -> Self {
        let columns = rows.first().map(|row| row.iter().map(|(c, _)| *c).collect());
        let cells =
            |row: Vec<(&'static str, String)>| row.into_iter().map(|(_, cell)| cell).collect();
        Self { columns: columns.unwrap_or_default(), rows: rows.into_iter().map(cells).collect() }
    }

    /// Names of the columns.
    pub fn columns(&self) -> &[&'static str] {
        &self.columns
    }

    /// The rows.
    pub fn rows(&self) -> &[Vec<String>] {
        &self.rows
    }

    /// Adds a row.
    ///
    /// # Panics
    ///
    /// If it has another number of cells than the table has columns.
    pub fn push(&mut self, row: Vec<String>) {
        assert_eq!(row.len(), self.columns.len(), "a cell for each column");
        self.rows.push(row);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.columns.join("\t"))?;
        self.rows.iter().try_for_each(|row| {
            let cells: Vec<String> =
                row.iter().map(|cell| cell.replace(['\t', '\n', '\r'], " ")).collect();
            writeln!(f, "{}", cells.join("\t"))
        })
    }
}

/// A cell with a figure that is not whole: six decimals.
pub(crate) fn decimal(value: f64) -> String {
    format!("{value:.6}")
}

/// A cell that may be empty.
pub(crate) fn optional<T: ToString>(value: Option<&T>) -> String {
    value.map(T::to_string).unwrap_or_default()
}
