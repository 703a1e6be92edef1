//! Tables of knowledge, read whole.

use std::{collections::BTreeMap, path::Path};

use wgs_formats::{
    FileError, Result,
    table::{Row as Cells, Table as Rows, plain_name},
};

/// A table: plain or gzip, TSV or CSV, as [`wgs_formats::table`] reads them.
#[derive(Debug)]
pub(super) struct Table {
    columns: BTreeMap<String, usize>,
    rows: Vec<(u64, Vec<String>)>,
}

impl Table {
    /// Reads a file with one column of each of these groups; names are in small letters, with `_` for
    /// whatever is neither letter nor digit.
    pub(super) fn read(path: &Path, groups: &[&[&str]]) -> Result<Self> {
        let is_heading = |columns: &[String]| {
            let names: Vec<String> = columns.iter().map(|name| plain_name(name)).collect();
            let has = |group: &&[&str]| group.iter().any(|name| names.iter().any(|n| n == name));
            groups.iter().all(has)
        };
        let Some(mut table) = Rows::open(path, is_heading)? else {
            let wanted: Vec<String> = groups.iter().map(|group| group.join(" or ")).collect();
            let reason = format!("has no line that names the columns {}", wanted.join(", "));
            return Err(FileError::invalid(path, reason));
        };
        let columns = table.columns().iter().map(|name| plain_name(name)).zip(0..).collect();
        let (mut rows, mut cells) = (Vec::new(), Cells::default());
        while table.read(&mut cells)? {
            rows.push((table.line_number(), cells.cells().map(str::to_owned).collect()));
        }
        if rows.is_empty() {
            return Err(FileError::invalid(path, "has no rows"));
        }
        Ok(Self { columns, rows })
    }

    pub(super) fn has(&self, column: &str) -> bool {
        self.columns.contains_key(column)
    }

    pub(super) fn rows<'a>(&'a self, path: &'a Path) -> impl Iterator<Item = Row<'a>> {
        self.rows.iter().map(move |(line, cells)| Row { path, line: *line, cells, table: self })
    }
}

/// A row of a [`Table`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'a> {
    path: &'a Path,
    line: u64,
    cells: &'a [String],
    table: &'a Table,
}

impl<'a> Row<'a> {
    /// Whether the table has a column.
    pub(super) fn has(&self, column: &str) -> bool {
        self.table.has(column)
    }

    /// What stands in the first of these columns that has a value.
    pub(super) fn get(&self, columns: &[&str]) -> Option<&'a str> {
        let cell = |name: &&str| {
            let index = *self.table.columns.get(*name)?;
            self.cells.get(index).map(String::as_str).filter(|cell| !is_empty(cell))
        };
        columns.iter().find_map(cell)
    }

    /// As [`Row::get`], and an error where there is none.
    pub(super) fn text(&self, columns: &[&str]) -> Result<&'a str> {
        self.get(columns).ok_or_else(|| self.wrong(columns[0], "is empty"))
    }

    /// A number that may be missing.
    pub(super) fn number<T: std::str::FromStr>(&self, columns: &[&str]) -> Result<Option<T>> {
        let parse = |text: &str| {
            let wrong = |_| self.wrong(columns[0], format!("{text:?} is no number of its kind"));
            text.parse().map_err(wrong)
        };
        self.get(columns).map(parse).transpose()
    }

    /// The parts of a list, by any of these separators.
    pub(super) fn list(&self, columns: &[&str], separators: &[char]) -> Vec<String> {
        let parts = self.get(columns).unwrap_or_default().split(separators);
        parts.map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }

    pub(super) fn wrong(&self, column: &str, reason: impl std::fmt::Display) -> FileError {
        FileError::invalid(self.path, reason.to_string())
            .at(format!("line {}, column {column}", self.line))
    }
}

fn is_empty(cell: &str) -> bool {
    matches!(cell, "" | "." | "N/A" | "NA")
}

/// A file with a text, for tests; it is gone when the folder is dropped.
#[cfg(test)]
pub(crate) fn file(text: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.tsv");
    wgs_formats::output::write(&path, text).unwrap();
    (folder, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str, groups: &[&[&str]]) -> Result<Table> {
        Table::read(&file(text).1, groups)
    }

    #[test]
    fn rows_by_column_names() {
        let (_folder, path) =
            file("# note\n#Gene\tRole in Cancer\tn\nKIT\toncogene, TSG\t4\nVHL\t.\tx\n");
        let table = Table::read(&path, &[&["gene", "symbol"]]).unwrap();
        let rows: Vec<Row<'_>> = table.rows(&path).collect();
        assert_eq!(rows[0].list(&["role_in_cancer"], &[',']), ["oncogene", "TSG"]);
        assert_eq!(rows[0].number::<u32>(&["count", "n"]).unwrap(), Some(4));
        assert_eq!((rows[1].get(&["gene"]), rows[1].get(&["role_in_cancer"])), (Some("VHL"), None));
        let message = |error: FileError| error.to_string();
        let empty = message(rows[1].text(&["role_in_cancer"]).unwrap_err());
        assert!(empty.ends_with("line 4, column role_in_cancer: is empty"), "{empty}");
        let number = message(rows[1].number::<u32>(&["n"]).unwrap_err());
        assert!(number.contains("line 4, column n: \"x\" is no number"), "{number}");
    }

    #[test]
    fn wrong_tables_are_told() {
        let missing =
            table("a\tb\n1\t2\n", &[&["a"], &["gene", "symbol"]]).unwrap_err().to_string();
        assert!(missing.contains("columns a, gene or symbol"), "{missing}");
        assert!(table("a\tb\n", &[&["a"]]).unwrap_err().to_string().contains("no rows"));
    }
}
