//! What is known of genes and of protein changes: tables that a bundle or a site gives.
//!
//! A table of genes is told by its columns: a panel of PanelApp (`GEL_Status`, `Level4`,
//! `Model_Of_Inheritance`), phenotypes of genes (`hpo_id`), constraint (`lof.oe_ci.upper` or
//! `oe_lof_upper`, `pLI`), dosage sensitivity (`Haploinsufficiency Score`). Any other table is a
//! panel under its own name, of which all genes are green unless a column `confidence` says
//! otherwise.

mod loss;
mod panels;
mod phenotypes;
pub(crate) mod residues;

use std::path::{Path, PathBuf};

use wgs_core::ErrorKind;
use wgs_formats::{
    FileError, Result,
    findings::Source,
    table::{
        genes::{GeneName, GeneTable},
        plain_name,
    },
    variant::annotated::Effect,
};

pub use loss::{LossOfFunction, Mechanism};
pub use panels::{Confidence, Inheritance, PanelEntry, Panels};
pub use phenotypes::Phenotypes;
pub use residues::{KnownChange, Residues};

/// What is known.
#[derive(Clone, Debug, Default)]
pub struct Knowledge {
    /// All panels, whether they are asked for or not.
    pub panels: Panels,
    /// Phenotypes of genes.
    pub phenotypes: Phenotypes,
    /// Whether genes bear the loss of a copy.
    pub loss: LossOfFunction,
    /// Protein changes with a known significance; absent where no file was given.
    pub residues: Option<Residues>,
    /// What all this was made from.
    pub sources: Vec<Source>,
}

impl Knowledge {
    /// Takes up a table of genes; `name` is what a panel is called that has no name of its own.
    pub fn add_table(&mut self, name: &str, table: GeneTable) {
        let plain: Vec<String> = table.columns().iter().map(|c| plain_name(c)).collect();
        let has = |column: &str| plain.iter().any(|name| name == column);
        if has("hpo_id") {
            self.phenotypes.add(table);
        } else if LossOfFunction::fits(&table) {
            self.loss.add(table);
        } else {
            self.panels.add(name, table);
        }
    }

    /// Reads a table of genes from a file, plain or compressed; its name is the file's.
    pub fn read_table(&mut self, path: &Path) -> Result<()> {
        let name = file_stem(path);
        self.add_table(&name, GeneTable::read(path)?);
        self.sources.push(self::source(&name, path)?);
        Ok(())
    }

    /// Opens the tables of genes among the sources of a bundle: `folder/NAME/genes.tsv`.
    pub fn open_sources(&mut self, folder: &Path, names: &[String]) -> Result<()> {
        for name in names {
            let path = folder.join(name).join("genes.tsv");
            if path.try_exists().map_err(|e| FileError::io(&path, e))? {
                self.add_table(name, GeneTable::open(&path)?.0);
            }
        }
        Ok(())
    }

    /// Reads an annotated VCF of variants with known significance (ClinVar's).
    pub fn read_residues(&mut self, path: &Path) -> Result<()> {
        self.residues = Some(Residues::read(path)?);
        self.sources.push(source("protein changes", path)?);
        Ok(())
    }

    /// Refuses panels that are not there.
    ///
    /// # Errors
    ///
    /// `Configuration` with the names of those that are.
    pub fn check_panels(&self, asked: &[String]) -> Result<()> {
        let Some(missing) = asked.iter().find(|name| !self.panels.has(name)) else {
            return Ok(());
        };
        let there = self.panels.names();
        let there = if there.is_empty() { "none".to_owned() } else { there.join(", ") };
        let reason = format!("no table is the panel {missing:?}; there are: {there}");
        Err(FileError::new(PathBuf::from("panels"), ErrorKind::Configuration, reason)
            .hint("add it with `wgs-pipe bundle add BUNDLE NAME --from panel.tsv --kind genes`"))
    }
}

/// The names of an effect's gene.
pub(crate) fn gene_of(effect: &Effect) -> GeneName<'_> {
    GeneName {
        symbol: effect.symbol.as_deref().unwrap_or_default(),
        id: effect.gene.as_deref().unwrap_or_default(),
        hgnc: effect.hgnc.as_deref(),
    }
}

fn source(name: &str, path: &Path) -> Result<Source> {
    Ok(Source {
        name: name.to_owned(),
        version: None,
        licence: None,
        sha256: Some(wgs_formats::digest::sha256_file(path)?),
    })
}

fn file_stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned()
}

#[cfg(test)]
pub(crate) mod testing {
    use wgs_formats::output;

    use super::*;

    /// A table from text, whose cells are parted by `|`.
    pub(crate) fn table(text: &str) -> GeneTable {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.tsv");
        output::write(&path, text.replace('|', "\t")).unwrap();
        GeneTable::read(&path).unwrap()
    }

    #[test]
    fn tables_are_told_by_their_columns() {
        let mut knowledge = Knowledge::default();
        knowledge.add_table("hpo", table("gene_symbol|hpo_id\nA|HP:1\n"));
        knowledge.add_table("gnomad", table("gene|lof.oe_ci.upper\nA|0.2\n"));
        knowledge.add_table("mine", table("A\nB\n"));
        knowledge.check_panels(&["Mine".to_owned()]).unwrap();
        let error = knowledge.check_panels(&["hpo".to_owned()]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.to_string().contains("mine"), "{error}");
    }
}
