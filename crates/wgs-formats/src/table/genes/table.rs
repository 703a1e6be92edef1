//! A table whose rows are found by gene.

use std::{collections::HashMap, path::Path};

use wgs_core::ErrorKind;

use super::key::{Key, KeyColumns, ensembl_id, hgnc_id, is_heading, is_lone_heading, is_missing};
use crate::{
    FileError, Result,
    table::{Head, Row, Table, plain_name},
};

/// Columns that mark one row of a gene as the one to take, the better ones first.
const PREFERRED: [&str; 2] = ["mane_select", "canonical"];

/// Names under which a gene may stand in a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GeneName<'a> {
    /// The symbol; empty where it has none.
    pub symbol: &'a str,
    /// The gene models' id (`ENSG00000012048`, with or without version); empty where it has none.
    pub id: &'a str,
    /// `HGNC:1100`, where known.
    pub hgnc: Option<&'a str>,
}

/// Rows of genes, in the order of the file.
#[derive(Clone, Debug, Default)]
pub struct GeneTable {
    pub(super) columns: Vec<String>,
    pub(super) carried: Vec<usize>,
    keys: KeyColumns,
    /// All cells, and where each ends.
    text: String,
    ends: Vec<usize>,
    hgnc_of: Vec<Option<String>>,
    by_hgnc: HashMap<String, Vec<usize>>,
    by_ensembl: HashMap<String, Vec<usize>>,
    by_symbol: HashMap<String, Vec<usize>>,
    without_gene: u64,
}

impl GeneTable {
    /// Reads a table (TSV or CSV; plain, gzip or bgzip) with a column of symbols, HGNC ids or
    /// Ensembl ids, or a list of them without a heading, one a line. What was stored by
    /// [`GeneTable::write`] is read as well.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if no line names such a column and the file is no list of genes, if a row has
    /// another number of cells than there are columns, or if there is no gene.
    pub fn read(path: &Path) -> Result<Self> {
        let table = match Table::open(path, is_heading)? {
            Some(table) => Self::of_table(table)?,
            None => Self::of_list(path)?,
        };
        if table.genes().next().is_none() {
            return Err(FileError::invalid(path, "has no gene"));
        }
        Ok(table)
    }

    /// Whether the first lines of a file are a heading of a table of genes, or genes one a line.
    pub fn fits(head: &Head) -> bool {
        let lines = || head.lines().iter().map(|line| line.trim());
        head.columns(is_heading).is_some()
            || lines().filter(|line| !line.is_empty() && !line.starts_with('#')).all(is_gene)
    }

    fn of_table(mut file: Table) -> Result<Self> {
        let columns = file.columns().to_vec();
        let keys = KeyColumns::of(&columns);
        let mut table = Self { columns, keys, ..Self::default() };
        let mut row = Row::default();
        while file.read(&mut row)? {
            table.push(&row);
        }
        Ok(table)
    }

    fn of_list(path: &Path) -> Result<Self> {
        let mut file = Table::without_heading(path)?;
        let keys = KeyColumns::of_list();
        let mut table = Self { columns: vec!["gene".into()], keys, ..Self::default() };
        let mut row = Row::default();
        while file.read(&mut row)? {
            if row.len() != 1 || !is_gene(row.get(0)) {
                let reason = "no line names a column of gene symbols, HGNC ids or Ensembl ids, and \
                    this is no gene";
                return Err(FileError::invalid(path, reason)
                    .at(format!("line {}", file.line_number()))
                    .hint("name the columns in the first line, or have one symbol a line"));
            }
            table.push(&row);
        }
        Ok(table)
    }

    fn push(&mut self, row: &Row) {
        let Key { symbol, hgnc, ensembl } = self.keys.read(|column| row.get(column));
        if symbol.is_none() && hgnc.is_none() && ensembl.is_none() {
            self.without_gene += 1;
            return;
        }
        let number = self.hgnc_of.len();
        self.hgnc_of.push(hgnc.clone());
        let maps = [&mut self.by_hgnc, &mut self.by_ensembl, &mut self.by_symbol];
        for (map, name) in maps.into_iter().zip([hgnc, ensembl, symbol]) {
            if let Some(name) = name {
                map.entry(name).or_default().push(number);
            }
        }
        for column in 0..self.columns.len() {
            self.text.push_str(row.get(column));
            self.ends.push(self.text.len());
        }
    }

    /// The names of the columns.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Place of a column by its name, as it is written or but for case and punctuation.
    pub fn column(&self, name: &str) -> Option<usize> {
        let exact = self.columns.iter().position(|column| column == name);
        let plain = plain_name(name);
        exact.or_else(|| self.columns.iter().position(|column| plain_name(column) == plain))
    }

    /// Whether a column tells which gene a row is of.
    pub fn is_key(&self, column: usize) -> bool {
        self.keys.contains(column)
    }

    /// The columns that are to be written beside variants.
    pub fn carried(&self) -> &[usize] {
        &self.carried
    }

    /// Sets [`GeneTable::carried`].
    ///
    /// # Panics
    ///
    /// If one is not the place of a column.
    pub fn carry(&mut self, columns: Vec<usize>) {
        assert!(columns.iter().all(|&column| column < self.columns.len()), "no such column");
        self.carried = columns;
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.hgnc_of.len()
    }

    /// How many rows were left out since they name no gene.
    pub fn without_gene(&self) -> u64 {
        self.without_gene
    }

    /// A cell of a row (both from 0); empty where it says that there is no value (`.`, `NA`, …).
    pub fn cell(&self, row: usize, column: usize) -> &str {
        let text = self.whole_cell(row, column);
        if is_missing(text) { "" } else { text }
    }

    pub(super) fn whole_cell(&self, row: usize, column: usize) -> &str {
        let place = row * self.columns.len() + column;
        let start = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..self.ends[place]]
    }

    /// The name of each row's gene: its symbol, else its HGNC id, else its Ensembl id.
    pub fn genes(&self) -> impl Iterator<Item = String> {
        (0..self.rows()).map(|row| {
            let key = self.keys.read(|column| self.whole_cell(row, column));
            key.symbol.or(key.hgnc).or(key.ensembl).unwrap_or_default()
        })
    }

    /// Whether there is a row of a gene.
    pub fn has(&self, gene: &GeneName<'_>) -> bool {
        !self.rows_of(gene).is_empty()
    }

    /// The rows of a gene in their order. Of a table that marks rows as `mane_select` or
    /// `canonical`, those that are marked, if the gene has one.
    pub fn rows_of(&self, gene: &GeneName<'_>) -> Vec<usize> {
        let rows = self.all_rows_of(gene);
        for name in PREFERRED {
            let Some(column) = self.columns.iter().position(|c| plain_name(c) == name) else {
                continue;
            };
            let is_marked = |row: &usize| {
                let cell = self.cell(*row, column);
                ["true", "yes", "1"].iter().any(|yes| cell.eq_ignore_ascii_case(yes))
            };
            let marked: Vec<usize> = rows.iter().copied().filter(is_marked).collect();
            if !marked.is_empty() {
                return marked;
            }
        }
        rows
    }

    /// The rows of a gene in their order, marked or not.
    pub fn all_rows_of(&self, gene: &GeneName<'_>) -> Vec<usize> {
        let hgnc = gene.hgnc.and_then(|id| hgnc_id(id, true));
        let of_hgnc = hgnc.as_deref().and_then(|id| self.by_hgnc.get(id));
        let of_id = || ensembl_id(gene.id).and_then(|id| self.by_ensembl.get(id));
        if let Some(rows) = of_hgnc.or_else(of_id) {
            return rows.clone();
        }
        let of_symbol = self.by_symbol.get(gene.symbol).into_iter().flatten().copied();
        // A symbol that passed to another gene.
        let is_other = |row: &usize| hgnc.is_some() && self.hgnc_of[*row].is_some();
        of_symbol.filter(|row| !is_other(row)).collect()
    }

    /// The values of a gene in a column, each once, in the order of the rows.
    pub fn values(&self, gene: &GeneName<'_>, column: usize) -> Vec<&str> {
        let mut values = Vec::new();
        for row in self.rows_of(gene) {
            let value = self.cell(row, column);
            if !value.is_empty() && !values.contains(&value) {
                values.push(value);
            }
        }
        values
    }

    /// The error of a column that is not there.
    pub fn without_column(&self, path: &Path, name: &str) -> FileError {
        let reason = format!("has no column {name:?}; it has {}", self.columns.join(", "));
        FileError::new(path, ErrorKind::Configuration, reason)
    }
}

/// Whether a text could be a gene's symbol or id: no white space, few characters.
fn is_gene(text: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"-_.@/:".contains(&b);
    let first = text.bytes().next();
    (1..=40).contains(&text.len())
        && first.is_some_and(|b| b.is_ascii_alphanumeric())
        && text.bytes().any(|b| b.is_ascii_alphabetic())
        && text.bytes().all(fits)
        && !is_lone_heading(&[text.to_owned()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output;

    fn read(text: &str) -> Result<GeneTable> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("genes.txt");
        output::write(&path, text).unwrap();
        GeneTable::read(&path)
    }

    fn symbol(symbol: &str) -> GeneName<'_> {
        GeneName { symbol, ..GeneName::default() }
    }

    #[test]
    fn ids_go_before_symbols() {
        let table = read(
            "gene\thgnc_id\tgene_id\tx\nOLD\tHGNC:5\t.\ta\nNEW\tHGNC:6\t.\tb\nNEW\t\tENSG00000000001\tc\n",
        )
        .unwrap();
        let name = |symbol, id, hgnc| GeneName { symbol, id, hgnc };
        assert_eq!(table.values(&name("NEW", "", Some("HGNC:5")), 3), ["a"]);
        assert_eq!(table.values(&name("OTHER", "ENSG00000000001.4", None), 3), ["c"]);
        assert_eq!(table.values(&name("NEW", "", None), 3), ["b", "c"]);
        assert_eq!(table.values(&name("NEW", "", Some("HGNC:7")), 3), ["c"], "another's symbol");
        assert!(!table.has(&symbol("")));
    }

    #[test]
    fn marked_rows_are_preferred_and_values_stand_once() {
        let text = "gene,canonical,mane_select,x\nA,true,false,1\nA,false,true,2\nA,false,true,2\n\
            B,true,false,1\nB,false,false,2\nC,false,false,NA\n";
        let table = read(text).unwrap();
        let values = |gene| table.values(&symbol(gene), 3);
        assert_eq!((values("A"), values("B"), values("C")), (vec!["2"], vec!["1"], vec![]));
        assert!(table.has(&symbol("C")));
        assert!(table.is_key(0) && !table.is_key(3));
    }

    #[test]
    fn a_list_has_one_gene_a_line() {
        let table =
            read("\u{feff}# mine\r\nBRCA1\r\n\r\nHGNC:1101\r\nENSG00000141510\r\n").unwrap();
        assert_eq!(table.rows(), 3);
        assert!(table.has(&symbol("BRCA1")) && !table.has(&symbol("BRCA")));
        assert!(table.has(&GeneName { hgnc: Some("HGNC:1101"), ..symbol("x") }));
        assert!(table.has(&GeneName { id: "ENSG00000141510.3", ..symbol("x") }));
        assert_eq!(read("symbol\nBRCA1\n").unwrap().rows(), 1);
        assert_eq!(read("BRCA1\n").unwrap().genes().collect::<Vec<_>>(), ["BRCA1"]);
    }

    #[test]
    fn what_names_no_gene_is_refused() {
        for text in ["BRCA1\nnot a gene\n", "a\tb\n1\t2\n", "gene\tx\n.\t1\n", "1\n2\n"] {
            assert_eq!(read(text).unwrap_err().kind(), ErrorKind::InvalidInput, "{text}");
        }
        let table = read("gene\tx\n.\t1\nA\t2\n").unwrap();
        assert_eq!((table.rows(), table.without_gene()), (1, 1));
        assert!(table.without_column(Path::new("p"), "y").to_string().contains("gene, x"));
    }
}
