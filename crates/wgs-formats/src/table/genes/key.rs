//! What a table calls its genes.

use super::super::plain_name;

/// Names of columns with symbols, the better ones first.
const SYMBOLS: [&str; 11] = [
    "gene_symbol",
    "hgnc_symbol",
    "approved_gene_symbol",
    "approved_symbol",
    "hugo_symbol",
    "symbol",
    "genesymbol",
    "gene",
    "gene_name",
    "genename",
    "entity_name",
];
/// Names of columns with ids of HGNC.
const HGNC: [&str; 4] = ["hgnc_id", "hgnc", "gene_id_hgnc", "hgncid"];
/// Names of columns with ids of Ensembl.
const ENSEMBL: [&str; 7] = [
    "ensembl_gene_id",
    "ensembl_gene",
    "ensemblid_grch38",
    "ensembl_id",
    "ensg",
    "gene_id",
    "ensembl",
];

/// Whether these columns tell which gene a row is of.
pub fn is_heading(columns: &[String]) -> bool {
    columns.len() > 1 && !KeyColumns::of(columns).is_empty() || is_lone_heading(columns)
}

/// Whether a line with one column is the heading of a list.
pub(super) fn is_lone_heading(columns: &[String]) -> bool {
    // `HGNC` and the like are no genes either.
    matches!(columns, [_]) && !KeyColumns::of(columns).is_empty()
}

/// The columns that tell which gene a row is of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct KeyColumns {
    symbol: Option<usize>,
    hgnc: Option<usize>,
    ensembl: Option<usize>,
}

impl KeyColumns {
    pub(super) fn of(columns: &[String]) -> Self {
        let plain: Vec<String> = columns.iter().map(|name| plain_name(name)).collect();
        let first = |names: &[&str]| {
            names.iter().find_map(|name| plain.iter().position(|plain| plain == name))
        };
        Self { symbol: first(&SYMBOLS), hgnc: first(&HGNC), ensembl: first(&ENSEMBL) }
    }

    /// Those of a list without a heading.
    pub(super) fn of_list() -> Self {
        Self { symbol: Some(0), ..Self::default() }
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn contains(&self, column: usize) -> bool {
        [self.symbol, self.hgnc, self.ensembl].contains(&Some(column))
    }

    /// The names of a row's gene.
    pub(super) fn read<'a>(&self, cell: impl Fn(usize) -> &'a str) -> Key {
        let mut key = Key::default();
        for (column, is_hgnc, is_symbol) in
            [(self.hgnc, true, false), (self.ensembl, false, false), (self.symbol, false, true)]
        {
            let text = column.map_or("", &cell);
            if let Some(id) = hgnc_id(text, is_hgnc) {
                key.hgnc.get_or_insert(id);
            } else if let Some(id) = ensembl_id(text) {
                key.ensembl.get_or_insert_with(|| id.to_owned());
            } else if is_symbol && !is_missing(text) {
                key.symbol = Some(text.to_owned());
            }
        }
        key
    }
}

/// The names of one gene.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) symbol: Option<String>,
    pub(super) hgnc: Option<String>,
    pub(super) ensembl: Option<String>,
}

/// Whether a cell says that there is no value.
pub(super) fn is_missing(text: &str) -> bool {
    matches!(text, "" | "." | "-" | "NA" | "N/A" | "NaN" | "nan" | "null" | "None")
}

/// `HGNC:1100`, where a text is that, or its number in a column of such ids.
pub(super) fn hgnc_id(text: &str, is_hgnc: bool) -> Option<String> {
    let number = match text.strip_prefix("HGNC:") {
        Some(rest) => rest.strip_prefix("HGNC:").unwrap_or(rest),
        None if is_hgnc => text,
        None => return None,
    };
    let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| format!("HGNC:{number}"))
}

/// `ENSG00000012048` without a version.
pub(super) fn ensembl_id(text: &str) -> Option<&str> {
    let id = text.split_once('.').map_or(text, |(id, _)| id);
    let digits = id.strip_prefix("ENSG")?;
    (digits.len() == 11 && digits.bytes().all(|b| b.is_ascii_digit())).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(columns: &[&str]) -> Vec<String> {
        columns.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn published_headings_are_known() {
        for columns in [
            &["gene", "gene_id", "transcript", "canonical", "lof.oe_ci.upper"][..],
            &["ncbi_gene_id", "gene_symbol", "hpo_id", "hpo_name", "frequency", "disease_id"],
            &["Entity Name", "Entity type", "Gene Symbol", "EnsemblId(GRch38)", "HGNC"],
            &["GENE SYMBOL", "GENE ID (HGNC)", "DISEASE LABEL"],
            &["Gene Symbol", "Gene ID", "cytoBand"],
            &["Hugo Symbol", "Entrez Gene ID"],
            &["symbol"],
        ] {
            assert!(is_heading(&names(columns)), "{columns:?}");
        }
        assert!(!is_heading(&names(&["chrom", "start"])) && !is_heading(&names(&["BRCA1"])));
    }

    #[test]
    fn ids_are_told_from_symbols() {
        let columns = KeyColumns::of(&names(&["gene", "hgnc", "gene_id"]));
        let key = |cells: [&'static str; 3]| columns.read(|column| cells[column]);
        let some = |text: &str| Some(text.to_owned());
        let brca1 = Key {
            symbol: some("BRCA1"),
            hgnc: some("HGNC:1100"),
            ensembl: some("ENSG00000012048"),
        };
        assert_eq!(key(["BRCA1", "1100", "ENSG00000012048.23"]), brca1);
        assert_eq!(key(["BRCA1", "HGNC:HGNC:1100", "672"]), Key { ensembl: None, ..brca1 });
        assert_eq!(key(["ENSG00000012048", ".", "NA"]).symbol, None);
        assert_eq!(key([".", "", "672"]), Key::default());
    }
}
