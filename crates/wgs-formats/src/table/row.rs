//! Cells of a row.

/// The cells of one row; made once and filled again and again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    text: String,
    ends: Vec<usize>,
}

impl Row {
    /// A cell, without quotes and white space around it; empty if there is no such column.
    pub fn get(&self, column: usize) -> &str {
        let Some(&end) = self.ends.get(column) else { return "" };
        let start = column.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.text[start..end].trim()
    }

    /// How many cells there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// All cells in order.
    pub fn cells(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|column| self.get(column))
    }

    /// Whether it only rules off: cells of `+`, `-` and `=`.
    pub(super) fn is_rule(&self) -> bool {
        self.cells().all(|cell| cell.len() > 2 && cell.bytes().all(|b| b"+-=".contains(&b)))
    }

    fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }

    fn push(&mut self, cell: &str) {
        self.text.push_str(cell);
        self.ends.push(self.text.len());
    }

    /// Takes the cells of a line in which quotes mean nothing but where they enclose a cell.
    pub(super) fn split(&mut self, line: &str, delimiter: char) {
        self.clear();
        for cell in line.split(delimiter) {
            match cell.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
                Some(inner) if inner.contains('"') => self.push(&inner.replace("\"\"", "\"")),
                Some(inner) => self.push(inner),
                None => self.push(cell),
            }
        }
    }

    /// Takes the cells of a line that is quoted as RFC 4180 says; `false` if it ends within quotes.
    pub(super) fn parse(&mut self, line: &str, delimiter: char) -> bool {
        self.clear();
        let mut characters = line.chars().peekable();
        let (mut is_quoted, mut at_start) = (false, true);
        while let Some(c) = characters.next() {
            match c {
                '"' if is_quoted && characters.peek() == Some(&'"') => {
                    characters.next();
                    self.text.push('"');
                }
                '"' if is_quoted => is_quoted = false,
                '"' if at_start => is_quoted = true,
                c if c == delimiter && !is_quoted => self.ends.push(self.text.len()),
                c => self.text.push(c),
            }
            at_start = c == delimiter && !is_quoted;
        }
        self.ends.push(self.text.len());
        !is_quoted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(row: &Row) -> Vec<&str> {
        row.cells().collect()
    }

    #[test]
    fn quotes_enclose_cells() {
        let mut row = Row::default();
        assert!(row.parse("a,\"b,\"\"c\"\"\",,d\"e", ','));
        assert_eq!(cells(&row), ["a", "b,\"c\"", "", "d\"e"]);
        assert!(!row.parse("a,\"b", ','));
        row.split("x\t\"a\tb\"\t\"c \"\"d\"\"\"\t", '\t');
        assert_eq!(cells(&row), ["x", "\"a", "b\"", "c \"d\"", ""]);
        assert_eq!((row.get(9), row.len()), ("", 5));
    }
}
