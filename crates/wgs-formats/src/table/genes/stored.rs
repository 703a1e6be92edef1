//! A table of genes as a bundle stores it.
//!
//! ```text
//! #wgs-pipe/gene-table/1   SHA-256 of what follows
//! #source=NAME             the source's name
//! #carried=2,5             places of the columns that are to be written beside variants
//! column  column  …
//! cell    cell    …
//! ```

use std::{fs, path::Path};

use super::GeneTable;
use crate::{FileError, Result, digest, output};

const SCHEMA: &str = "#wgs-pipe/gene-table/1";

impl GeneTable {
    /// Stores the table under the name of its source, with a digest of it.
    ///
    /// White space within a cell becomes one space, and a column without a name its number.
    pub fn write(&self, path: &Path, source: &str) -> Result<()> {
        let line =
            |cells: &mut dyn Iterator<Item = String>| cells.collect::<Vec<_>>().join("\t") + "\n";
        let names: Vec<String> = (1..).zip(&self.columns).map(|(n, c)| named(n, c)).collect();
        let carried: Vec<String> = self.carried.iter().map(usize::to_string).collect();
        let mut text = format!("#source={source}\n#carried={}\n", carried.join(","));
        text += &line(&mut names.iter().cloned());
        for row in 0..self.rows() {
            let cell = |column| clean(self.whole_cell(row, column));
            text += &line(&mut (0..self.columns.len()).map(cell));
        }
        let digest = digest::sha256_bytes(text.as_bytes());
        output::write(path, format!("{SCHEMA}\t{digest}\n{text}"))
    }

    /// Opens what [`GeneTable::write`] wrote; gives the name of the source as well.
    ///
    /// # Errors
    ///
    /// `NotFound` if it is not there, `InvalidInput` if it is not what was written.
    pub fn open(path: &Path) -> Result<(Self, String)> {
        let text = fs::read_to_string(path).map_err(|e| FileError::io(path, e))?;
        let damaged = || {
            FileError::invalid(path, "is damaged, or no stored table of genes")
                .hint("build the source again, or copy it again from where it came")
        };
        let (first, rest) = text.split_once('\n').ok_or_else(damaged)?;
        let digest = first.strip_prefix(SCHEMA).map(str::trim).ok_or_else(damaged)?;
        if digest::sha256_bytes(rest.as_bytes()) != digest {
            return Err(damaged());
        }
        let mut heads = rest.lines();
        let mut head = |key| heads.next().and_then(|line| line.strip_prefix(key));
        let source = head("#source=").ok_or_else(damaged)?;
        let carried = head("#carried=").ok_or_else(damaged)?;
        let mut table = Self::read(path)?;
        let places = carried.split(',').filter(|place| !place.is_empty());
        let place = |place: &str| place.parse().ok().filter(|&p| p < table.columns.len());
        table.carried = places.map(place).collect::<Option<_>>().ok_or_else(damaged)?;
        Ok((table, source.to_owned()))
    }
}

fn named(number: usize, name: &str) -> String {
    if name.is_empty() { format!("column_{number}") } else { clean(name) }
}

/// One line without tabs; a cell that begins with what a comment begins with gets a space before.
fn clean(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.starts_with(['#', '"']) { format!(" {text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::genes::GeneName;

    #[test]
    fn a_table_comes_back_and_damage_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from.csv"), folder.path().join("to.tsv"));
        output::write(&from, "Gene Symbol,x,\nA,#5,\"p\nq\"\nB,\"\"\"y\"\"\",\n").unwrap();
        let mut table = GeneTable::read(&from).unwrap();
        table.carry(vec![2, 1]);
        table.write(&to, "gene").unwrap();
        let (read, source) = GeneTable::open(&to).unwrap();
        assert_eq!((read.carried(), source.as_str()), (&[2, 1][..], "gene"));
        assert_eq!(read.columns(), ["Gene Symbol", "x", "column_3"]);
        let gene = |symbol| GeneName { symbol, ..GeneName::default() };
        assert_eq!(read.values(&gene("A"), 2), ["p q"]);
        assert_eq!(
            (read.values(&gene("A"), 1), read.values(&gene("B"), 1)),
            (vec!["#5"], vec!["\"y\""])
        );

        let text = fs::read_to_string(&to).unwrap();
        for damaged in [&text[..text.len() - 1], &text.replace("p q", "p r"), "x"] {
            output::write(&to, damaged).unwrap();
            assert!(GeneTable::open(&to).unwrap_err().to_string().contains("is damaged"));
        }
    }
}
