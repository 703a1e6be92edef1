//! Rows of a table.

use std::{
    io::BufRead,
    path::{Path, PathBuf},
};

use wgs_core::ErrorKind;

use super::{
    Head, Row,
    head::{self, Heading, MARK, not_text},
    plain_name,
};
use crate::{FileError, Result, input};

/// Most bytes of a row whose quotes go over several lines.
const MOST_BYTES: usize = 1 << 24;

/// A table that is read row by row: plain, gzip or bgzip; TSV or CSV, told apart by content.
///
/// Byte order marks, carriage returns, lines that are empty or begin with `#`, and cells within
/// quotes are no trouble. A row with fewer or more cells than there are columns is an error.
///
/// ```
/// use wgs_formats::{output, table::{Row, Table}};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("scores.tsv");
/// output::write(&path, "## made by somebody\n#Chrom\tPos\tScore\n1\t5\t0.5\n")?;
/// let is_heading = |names: &[String]| names.iter().any(|name| name == "Pos");
/// let mut table = Table::open(&path, is_heading)?.expect("it has a column Pos");
/// let score = table.column(&["score", "value"]).expect("one of them is there");
/// let mut row = Row::default();
/// assert!(table.read(&mut row)?);
/// assert_eq!((row.get(score), table.line_number()), ("0.5", 3));
/// assert!(!table.read(&mut row)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Table {
    path: PathBuf,
    input: Box<dyn BufRead + Send>,
    delimiter: char,
    columns: Vec<String>,
    plain: Vec<String>,
    line: Vec<u8>,
    line_number: u64,
    is_marked: bool,
}

impl Table {
    /// Opens a file whose columns are named by the first line that `is_heading` accepts; `None` if
    /// none of its first lines is one.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or names a column twice.
    pub fn open(path: &Path, is_heading: impl Fn(&[String]) -> bool) -> Result<Option<Self>> {
        let Some(Heading { line, delimiter, columns }) = Head::read(path)?.heading(is_heading)
        else {
            return Ok(None);
        };
        for (place, name) in columns.iter().enumerate() {
            if !name.is_empty() && columns[..place].contains(name) {
                let reason = format!("names the column {name:?} twice");
                return Err(FileError::invalid(path, reason).at(format!("line {line}")));
            }
        }
        let mut table = Self::from_start(path, delimiter, columns)?;
        while table.line_number < line {
            table.next_line()?;
        }
        table.is_marked = table.line.starts_with(b"#");
        Ok(Some(table))
    }

    /// Opens a file that does not name its columns; rows may then have any number of cells.
    pub fn without_heading(path: &Path) -> Result<Self> {
        let head = Head::read(path)?;
        let is_row = |line: &&String| !line.is_empty() && !line.starts_with('#');
        let delimiter = head.lines().iter().find(is_row).map_or('\t', |line| head::delimiter(line));
        Self::from_start(path, delimiter, Vec::new())
    }

    fn from_start(path: &Path, delimiter: char, columns: Vec<String>) -> Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            input: input::open(path)?,
            delimiter,
            plain: columns.iter().map(|name| plain_name(name)).collect(),
            columns,
            line: Vec::new(),
            line_number: 0,
            is_marked: false,
        })
    }

    /// The names of the columns.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Whether the line that names the columns begins with `#`.
    pub fn has_marked_heading(&self) -> bool {
        self.is_marked
    }

    /// Place of the first of these names (as [`plain_name`] writes them) that is a column.
    pub fn column(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| self.plain.iter().position(|plain| plain == name))
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Number, from 1, of the line that the last row ends on.
    pub fn line_number(&self) -> u64 {
        self.line_number
    }

    /// The error of a cell of the last row that is not what it should be.
    pub fn wrong(&self, column: usize, cell: &str, expected: &str) -> FileError {
        let name = self
            .columns
            .get(column)
            .map_or_else(|| format!("column {}", column + 1), |name| format!("column {name}"));
        let reason = format!("{name} is {cell:?}, expected {expected}");
        FileError::invalid(&self.path, reason).at(format!("line {}", self.line_number))
    }

    /// Reads the next row; `false` after the last.
    ///
    /// # Errors
    ///
    /// If a row has another number of cells than there are columns, ends within quotes, is not
    /// UTF-8, or the file cannot be read or is cut off.
    pub fn read(&mut self, row: &mut Row) -> Result<bool> {
        while self.next_line()? {
            let text = self.text()?;
            if text.trim().is_empty() || text.starts_with('#') {
                continue;
            }
            row.split(text, self.delimiter);
            // Of a TSV quotes are letters like others, unless the cells do not come out right.
            let is_plain = self.delimiter == '\t'
                && (self.columns.is_empty() || row.len() == self.columns.len());
            if !is_plain {
                self.quoted(row)?;
            }
            if !row.is_rule() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Takes the line, and those after it that its quotes go on to, as a row.
    fn quoted(&mut self, row: &mut Row) -> Result<()> {
        let first = self.line_number;
        let mut text = self.text()?.to_owned();
        while !row.parse(&text, self.delimiter) {
            if text.len() > MOST_BYTES || !self.next_line()? {
                let error = FileError::invalid(&self.path, "a quote is not closed");
                return Err(error.at(format!("line {first}")));
            }
            text.push('\n');
            text.push_str(self.text()?);
        }
        self.check(row)
    }

    fn check(&self, row: &Row) -> Result<()> {
        let (found, expected) = (row.len(), self.columns.len());
        if found == expected || self.columns.is_empty() {
            return Ok(());
        }
        let mut reason = format!("has {found} columns, the heading names {expected}");
        if let Some(missing) = self.columns.get(found) {
            reason += &format!(" (from {missing:?} on they are missing)");
        }
        Err(FileError::new(&self.path, ErrorKind::InvalidInput, reason)
            .at(format!("line {}", self.line_number)))
    }

    fn next_line(&mut self) -> Result<bool> {
        self.line.clear();
        let read = self.input.read_until(b'\n', &mut self.line);
        if read.map_err(|e| input::error(&self.path, e))? == 0 {
            return Ok(false);
        }
        self.line_number += 1;
        while self.line.ends_with(b"\n") || self.line.ends_with(b"\r") {
            self.line.pop();
        }
        if self.line_number == 1 && self.line.starts_with(MARK.as_bytes()) {
            self.line.drain(..MARK.len());
        }
        Ok(true)
    }

    /// The line.
    fn text(&self) -> Result<&str> {
        std::str::from_utf8(&self.line).map_err(|_| not_text(&self.path, self.line_number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output;

    fn rows(text: &str) -> Result<Vec<Vec<String>>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        output::write(&path, text).unwrap();
        let mut table = Table::open(&path, |names| names.iter().any(|n| n == "A"))?.unwrap();
        let (mut row, mut rows) = (Row::default(), Vec::new());
        while table.read(&mut row)? {
            rows.push(row.cells().map(str::to_owned).collect());
        }
        Ok(rows)
    }

    #[test]
    fn tables_are_read_as_they_are_published() {
        let expected = [["1", "x"], ["2", "y"]];
        assert_eq!(rows("## c\n#A\tB\n1\tx\n2\ty\n").unwrap(), expected);
        assert_eq!(rows("\u{feff}A,B\r\n1,x\r\n\r\n2,\"y\"").unwrap(), expected);
        let ruled = "\"T\",\"\"\n\"++++\",\"++++\"\n\"A\",\"B\"\n\"++++\",\"++++\"\n1,x\n2,y\n";
        assert_eq!(rows(ruled).unwrap(), expected);
        assert_eq!(rows("A\tB\n1\t\"x\n2\ty\n").unwrap()[0], ["1", "\"x"]);
        assert_eq!(rows("A\tB\n1\t\"x\ny\"\n").unwrap_err().to_string().lines().count(), 1);
        assert_eq!(rows("A\tB\tC\n1\t\"x\ny\"\tz\n").unwrap(), [["1", "x\ny", "z"]]);
        assert_eq!(rows("A,B\n1,\"x\n,y\"\n").unwrap(), [["1", "x\n,y"]]);
    }

    #[test]
    fn rows_of_other_widths_are_refused_with_their_line() {
        for (text, says) in [
            ("A\tB\n1\n", "line 2: has 1 columns, the heading names 2 (from \"B\" on"),
            ("A\tB\n\n1\t2\t3\n", "line 3: has 3 columns"),
            ("A,B\n1,\"2\n3\n", "line 2: a quote is not closed"),
            ("A\tA\n", "line 1: names the column \"A\" twice"),
        ] {
            let error = rows(text).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
