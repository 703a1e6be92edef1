//! The first lines of a file, by which it is known what it holds.

use std::{
    io::{BufRead, Read},
    path::{Path, PathBuf},
};

use crate::{FileError, Result, input};

/// Most lines that a head has.
const LINES: usize = 1000;
/// Most bytes of a line, and of a head.
const BYTES: u64 = 1 << 22;
/// Byte order mark of UTF-8.
pub(super) const MARK: &str = "\u{feff}";

/// The first lines of a text that may be compressed.
#[derive(Clone, Debug)]
pub struct Head {
    path: PathBuf,
    lines: Vec<String>,
}

/// The line that names the columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Heading {
    /// Number of the line, from 1.
    pub(super) line: u64,
    pub(super) delimiter: char,
    pub(super) columns: Vec<String>,
}

impl Head {
    /// Reads the first thousand lines of a file (plain, gzip or bgzip), or fewer if they are long.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, is empty, or is not UTF-8 text; bytes of a binary format are none.
    pub fn read(path: &Path) -> Result<Self> {
        let mut input = input::open(path)?.take(BYTES);
        let mut lines = Vec::new();
        while lines.len() < LINES {
            let mut line = Vec::new();
            let count = input.read_until(b'\n', &mut line).map_err(|e| input::error(path, e))?;
            // The limit may cut the last line, and a character in it.
            if count == 0 || (input.limit() == 0 && !lines.is_empty()) {
                break;
            }
            let line =
                String::from_utf8(line).map_err(|_| not_text(path, lines.len() as u64 + 1))?;
            lines.push(line.trim_end_matches(['\n', '\r']).to_owned());
        }
        if let Some(first) = lines.first_mut().filter(|first| first.starts_with(MARK)) {
            first.drain(..MARK.len());
        }
        if lines.iter().all(|line| line.trim().is_empty()) {
            return Err(FileError::invalid(path, "is empty"));
        }
        Ok(Self { path: path.to_owned(), lines })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The lines without their ends; a byte order mark is gone.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// The names of the first line that `is_heading` accepts; they stand in it without `#`, quotes
    /// and white space around them.
    pub fn columns(&self, is_heading: impl Fn(&[String]) -> bool) -> Option<Vec<String>> {
        self.heading(is_heading).map(|heading| heading.columns)
    }

    pub(super) fn heading(&self, is_heading: impl Fn(&[String]) -> bool) -> Option<Heading> {
        let headings = (1..).zip(&self.lines).map(|(line, text)| {
            let delimiter = delimiter(text);
            let names = text.trim_start_matches(['#', ' ']).split(delimiter);
            let name = |name: &str| name.trim().trim_matches('"').trim().to_owned();
            Heading { line, delimiter, columns: names.map(name).collect() }
        });
        // A row may have a word that is a name elsewhere, but names of columns are no numbers.
        let is_number = |name: &String| name.parse::<f64>().is_ok();
        let mut headings = headings.filter(|heading| !heading.columns.iter().any(is_number));
        headings.find(|heading| is_heading(&heading.columns))
    }
}

pub(super) fn not_text(path: &Path, line: u64) -> FileError {
    FileError::invalid(path, "is not UTF-8 text").at(format!("line {line}"))
}

/// What separates the columns of a line.
pub(super) fn delimiter(line: &str) -> char {
    if line.contains('\t') || !line.contains(',') { '\t' } else { ',' }
}

/// A column's name for comparison: small letters, and `_` for whatever is no letter or digit.
///
/// ```
/// use wgs_formats::table::plain_name;
/// assert_eq!(plain_name("GENE ID (HGNC)"), "gene_id_hgnc");
/// assert_eq!(plain_name("#chr"), "chr");
/// ```
pub fn plain_name(name: &str) -> String {
    let parts = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("_").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output;

    fn head(text: impl AsRef<[u8]>) -> Result<Head> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        output::write(&path, text).unwrap();
        Head::read(&path)
    }

    #[test]
    fn the_heading_is_the_first_line_that_fits() {
        let text = "\u{feff}# about\r\n#Chrom\tPos\r\n1\t2\r\n";
        let head = head(text).unwrap();
        assert_eq!(head.lines()[1], "#Chrom\tPos");
        let heading = head.heading(|names| names.iter().any(|n| n == "Pos")).unwrap();
        assert_eq!((heading.line, heading.delimiter), (2, '\t'));
        assert_eq!(heading.columns, ["Chrom", "Pos"]);
        assert_eq!(head.columns(|names| names.len() > 2), None);
        assert_eq!(head.columns(|names| names[0] == "1"), None, "a row");
        let quoted = super::Head { path: "x".into(), lines: vec!["\"A b\",\"C\"".into()] };
        assert_eq!(quoted.columns(|_| true).unwrap(), ["A b", "C"]);
    }

    #[test]
    fn what_is_no_text_is_refused() {
        assert!(head("\n \n").unwrap_err().to_string().ends_with("is empty"));
        assert!(head(b"a\n\xff\n").unwrap_err().to_string().contains("line 2: is not UTF-8"));
    }

    #[test]
    fn a_long_line_ends_the_head() {
        let text = "a\n".to_owned() + &"é".repeat(BYTES as usize);
        assert_eq!(head(text).unwrap().lines(), ["a"]);
    }
}
