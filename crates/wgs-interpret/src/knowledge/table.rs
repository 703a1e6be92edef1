//! Tables of genes: rows of named cells, found by the gene.

use std::collections::BTreeMap;

/// A table that knows something of genes.
///
/// ```
/// use wgs_interpret::GeneTable;
///
/// let mut table = GeneTable::new("constraint", ["gene", "lof.oe_ci.upper"]);
/// table.push("BRCA1", ["BRCA1", "0.86"]);
/// let row = table.rows("BRCA1").next().expect("one row");
/// assert_eq!(row.get("LOF.oe_ci.upper"), Some("0.86"));
/// assert_eq!(table.rows("TP53").count(), 0);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GeneTable {
    name: String,
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
    by_gene: BTreeMap<String, Vec<usize>>,
}

impl GeneTable {
    /// An empty table with these columns.
    pub fn new<S: Into<String>>(
        name: impl Into<String>,
        columns: impl IntoIterator<Item = S>,
    ) -> Self {
        Self {
            name: name.into(),
            columns: columns.into_iter().map(Into::into).collect(),
            ..Self::default()
        }
    }

    /// Adds a row of a gene; cells beyond the columns are never found.
    pub fn push<S: Into<String>>(
        &mut self,
        gene: impl Into<String>,
        cells: impl IntoIterator<Item = S>,
    ) {
        self.by_gene.entry(gene.into()).or_default().push(self.rows.len());
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// The table's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether there is a column, in capitals or not.
    pub fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|c| c.eq_ignore_ascii_case(column))
    }

    /// The genes, in alphabetical order.
    pub fn genes(&self) -> impl Iterator<Item = &str> {
        self.by_gene.keys().map(String::as_str)
    }

    /// The rows of a gene, in the table's order.
    pub fn rows(&self, gene: &str) -> impl Iterator<Item = GeneRow<'_>> {
        let places = self.by_gene.get(gene).into_iter().flatten();
        places.map(|&place| GeneRow { table: self, place })
    }
}

/// A row of a [`GeneTable`].
#[derive(Clone, Copy, Debug)]
pub struct GeneRow<'a> {
    table: &'a GeneTable,
    place: usize,
}

impl<'a> GeneRow<'a> {
    /// A cell by its column, in capitals or not; `None` if it is empty or the column is not there.
    pub fn get(&self, column: &str) -> Option<&'a str> {
        let at = self.table.columns.iter().position(|c| c.eq_ignore_ascii_case(column))?;
        let cell = self.table.rows[self.place].get(at)?.trim();
        (!cell.is_empty()).then_some(cell)
    }

    /// The first of several columns that has a value.
    pub fn any(&self, columns: &[&str]) -> Option<&'a str> {
        columns.iter().find_map(|column| self.get(column))
    }
}
