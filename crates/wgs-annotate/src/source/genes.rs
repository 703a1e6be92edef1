//! Sources of genes.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use wgs_core::ErrorKind;
use wgs_formats::{
    FileError, Result,
    genome::Genome,
    table::{
        genes::{GeneName, GeneTable},
        plain_name,
    },
    variant::csq::escape,
};

use super::{
    lookup::prefix,
    options::{Kind, SourceOptions, SourceSummary},
    values,
};
use crate::{Transcript, store};

/// Most columns that are carried without having been asked for.
const MOST_COLUMNS: usize = 12;
/// Key that says of a gene that it is in a list, which has no other columns.
const LISTED: &str = "LISTED";

/// Columns that are carried of tables which have the first of them, by plain names.
const KNOWN: [&[&str]; 7] = [
    &["lof_oe_ci_upper", "lof_pli"],
    &["oe_lof_upper", "pli"],
    &["model_of_inheritance", "gel_status", "level4"],
    &["classification", "disease_label", "moi"],
    &["haploinsufficiency_score", "triplosensitivity_score"],
    &["role_in_cancer", "tier"],
    &["hpo_id", "disease_id"],
];

/// The file of a table in its folder.
pub(super) fn table_path(folder: &Path) -> PathBuf {
    folder.join("genes.tsv")
}

/// Stores a table of genes, with the columns that are to be written beside variants.
pub(super) fn build(
    name: &str,
    path: &Path,
    genome: &Genome,
    folder: &Path,
    options: &SourceOptions,
) -> Result<SourceSummary> {
    let mut table = GeneTable::read(path)?;
    let carried = choose(path, &table, options.fields.as_deref())?;
    table.carry(carried);
    let fields = keys(&table);
    if let Some(twice) = fields.iter().enumerate().find(|(at, key)| fields[..*at].contains(key)) {
        let reason = format!("two columns have the name {}", twice.1);
        return Err(FileError::new(path, ErrorKind::Configuration, reason));
    }
    let mut summary = SourceSummary {
        kind: Kind::Genes,
        records: table.rows() as u64 + table.without_gene(),
        genes: table.rows() as u64,
        unplaced: table.without_gene(),
        fields,
        ..SourceSummary::default()
    };
    if let Some(genes) = &options.genes {
        summary.unknown_genes = unknown(&table, &store::read(genes, genome)?);
        let named: BTreeSet<String> = table.genes().collect();
        if summary.unknown_genes.len() == named.len() {
            let some: Vec<&str> = named.iter().map(String::as_str).take(5).collect();
            let reason = format!("no transcript has one of its genes ({} …)", some.join(", "));
            return Err(FileError::new(path, ErrorKind::ReferenceMismatch, reason)
                .hint("take a table of symbols, HGNC ids or Ensembl ids of the bundle's species"));
        }
    }
    table.write(&table_path(folder), name)?;
    Ok(summary)
}

/// Genes of the table that no transcript has.
fn unknown(table: &GeneTable, transcripts: &[Transcript]) -> Vec<String> {
    let mut rows = vec![false; table.rows()];
    let names: BTreeSet<_> = transcripts.iter().map(|t| (&t.symbol, &t.gene, &t.hgnc)).collect();
    for (symbol, id, hgnc) in names {
        for row in table.all_rows_of(&GeneName { symbol, id, hgnc: hgnc.as_deref() }) {
            rows[row] = true;
        }
    }
    let genes = || table.genes().zip(&rows);
    let known: BTreeSet<String> = genes().filter(|(_, known)| **known).map(|(g, _)| g).collect();
    let all: BTreeSet<String> = genes().map(|(gene, _)| gene).collect();
    all.difference(&known).cloned().collect()
}

fn choose(path: &Path, table: &GeneTable, asked: Option<&[String]>) -> Result<Vec<usize>> {
    if let Some(asked) = asked {
        let place =
            |name: &String| table.column(name).ok_or_else(|| table.without_column(path, name));
        return asked.iter().map(place).collect();
    }
    let plain: Vec<String> = table.columns().iter().map(|name| plain_name(name)).collect();
    let place = |name: &&str| plain.iter().position(|plain| plain == name);
    if let Some(known) = KNOWN.iter().find(|names| place(&names[0]).is_some()) {
        // A gene has hundreds of terms, but few diseases.
        let known = if known[0] == "hpo_id" && plain.contains(&"disease_id".into()) {
            &known[1..]
        } else {
            known
        };
        return Ok(known.iter().filter_map(place).collect());
    }
    let free: Vec<usize> = (0..plain.len()).filter(|&column| !table.is_key(column)).collect();
    if free.len() > MOST_COLUMNS {
        let reason = format!("has {} columns beside the genes'", free.len());
        return Err(FileError::new(path, ErrorKind::Configuration, reason)
            .hint("name those to write beside variants: --fields NAME,NAME"));
    }
    Ok(free)
}

fn keys(table: &GeneTable) -> Vec<String> {
    let carried = table.carried().iter();
    match table.carried() {
        [] => vec![LISTED.to_owned()],
        _ => carried.map(|&column| values::key(&table.columns()[column])).collect(),
    }
}

/// A table of genes in a bundle.
#[derive(Clone, Debug)]
pub struct GeneSource {
    name: String,
    fields: Vec<String>,
    table: Arc<GeneTable>,
}

impl GeneSource {
    /// Opens the table in a folder that [`build`](super::build()) made.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is none, `InvalidInput` if it is damaged.
    pub fn open(folder: &Path) -> Result<Self> {
        let (table, name) = GeneTable::open(&table_path(folder))?;
        let prefix = prefix(&name);
        let fields = keys(&table).into_iter().map(|key| format!("{prefix}_{key}")).collect();
        Ok(Self { name, fields, table: Arc::new(table) })
    }

    /// The name that it was built with.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The fields of `CSQ` that it adds: `NAME_KEY`; of a list without columns `NAME_LISTED`.
    pub fn fields(&self) -> &[String] {
        &self.fields
    }

    /// The table.
    pub fn table(&self) -> &GeneTable {
        &self.table
    }

    /// What it adds to the entries of a gene's transcripts: each value with `|` before it.
    pub(crate) fn columns(&self, gene: Option<&GeneName<'_>>) -> String {
        let Some(gene) = gene else { return "|".repeat(self.fields.len()) };
        if self.table.carried().is_empty() {
            return if self.table.has(gene) { "|1" } else { "|" }.to_owned();
        }
        let mut text = String::new();
        for &column in self.table.carried() {
            text.push('|');
            let parts = self.table.values(gene, column);
            let parts: Vec<String> = parts.iter().map(|part| escape(part).into_owned()).collect();
            text.push_str(&parts.join("&"));
        }
        text
    }
}
