//! The tables that interpretation for cancer rests on.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result, digest, findings::Source};

use super::{
    CancerGenes, CriticalParts, EvidenceBase, Hotspots, OncogenicChanges, PanelGenes,
    SecondaryList, TumorTypes,
};

/// A table, and where it is from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnowledgeFile {
    /// The file.
    pub path: PathBuf,
    /// Its name in findings; by default the file's.
    #[serde(default)]
    pub name: Option<String>,
    /// Its release.
    #[serde(default)]
    pub version: Option<String>,
    /// Under which terms it may be used.
    #[serde(default)]
    pub licence: Option<String>,
}

impl KnowledgeFile {
    /// A file of which nothing but the path is told.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), name: None, version: None, licence: None }
    }

    fn name(&self) -> String {
        let file = || self.path.file_name().unwrap_or_default().to_string_lossy();
        self.name.clone().unwrap_or_else(|| file().into_owned())
    }

    fn source(&self) -> Result<Source> {
        Ok(Source {
            name: self.name(),
            version: self.version.clone(),
            licence: self.licence.clone(),
            sha256: Some(digest::sha256_file(&self.path)?),
        })
    }
}

/// The tables that there are; each may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KnowledgeFiles {
    /// Curated evidence ([`EvidenceBase::add`]).
    pub evidence: Vec<KnowledgeFile>,
    /// What is a kind of which tumour ([`TumorTypes::read`]).
    pub tumor_types: Option<KnowledgeFile>,
    /// Genes of tumours and their roles ([`CancerGenes::read`]).
    pub cancer_genes: Option<KnowledgeFile>,
    /// Hotspots ([`Hotspots::read`]).
    pub hotspots: Option<KnowledgeFile>,
    /// Changes known to be oncogenic ([`OncogenicChanges::read`]).
    pub oncogenic: Option<KnowledgeFile>,
    /// Critical parts of proteins ([`CriticalParts::read`]).
    pub critical: Option<KnowledgeFile>,
    /// Genes of secondary findings ([`SecondaryList::read`]).
    pub secondary: Option<KnowledgeFile>,
    /// Genes of tests by panel ([`PanelGenes::read`]).
    pub panel: Option<KnowledgeFile>,
}

impl KnowledgeFiles {
    /// Reads a list of tables in TOML, such as
    ///
    /// ```toml
    /// hotspots = { path = "hotspots.tsv", version = "v2", licence = "ODbL" }
    /// [[evidence]]
    /// name = "civic"
    /// path = "nightly-AcceptedClinicalEvidenceSummaries.tsv"
    /// version = "2026-11-01"
    /// licence = "CC0-1.0"
    /// ```
    ///
    /// Paths are relative to the list.
    ///
    /// # Errors
    ///
    /// If it is not such a list.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|e| FileError::io(path, e))?;
        let mut files: Self = toml::from_str(&text)
            .map_err(|e| FileError::new(path, ErrorKind::Configuration, e.message().to_owned()))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        for file in files.all_mut() {
            file.path = folder.join(&file.path);
        }
        Ok(files)
    }

    fn all_mut(&mut self) -> impl Iterator<Item = &mut KnowledgeFile> {
        let others = [
            &mut self.tumor_types,
            &mut self.cancer_genes,
            &mut self.hotspots,
            &mut self.oncogenic,
            &mut self.critical,
            &mut self.secondary,
            &mut self.panel,
        ];
        self.evidence.iter_mut().chain(others.into_iter().flatten())
    }

    /// All files, in a fixed order.
    pub fn all(&self) -> impl Iterator<Item = &KnowledgeFile> {
        let others = [
            &self.tumor_types,
            &self.cancer_genes,
            &self.hotspots,
            &self.oncogenic,
            &self.critical,
            &self.secondary,
            &self.panel,
        ];
        self.evidence.iter().chain(others.into_iter().flatten())
    }
}

/// The tables, read.
#[derive(Clone, Debug, Default)]
pub struct Knowledge {
    /// Curated evidence.
    pub evidence: EvidenceBase,
    /// What is a kind of which tumour.
    pub tumor_types: TumorTypes,
    /// Genes of tumours.
    pub cancer_genes: Option<CancerGenes>,
    /// Hotspots.
    pub hotspots: Option<Hotspots>,
    /// Changes known to be oncogenic.
    pub oncogenic: Option<OncogenicChanges>,
    /// Critical parts of proteins.
    pub critical: Option<CriticalParts>,
    /// Genes of secondary findings.
    pub secondary: Option<SecondaryList>,
    /// Genes of tests by panel.
    pub panel: Option<PanelGenes>,
    /// Where all this is from.
    pub sources: Vec<Source>,
}

impl Knowledge {
    /// Reads all tables.
    ///
    /// # Errors
    ///
    /// If one of them cannot be read, or holds what it should not.
    pub fn open(files: &KnowledgeFiles) -> Result<Self> {
        let mut evidence = EvidenceBase::default();
        for file in &files.evidence {
            evidence.add(&file.name(), &file.path)?;
        }
        Ok(Self {
            evidence,
            tumor_types: read(&files.tumor_types, TumorTypes::read)?.unwrap_or_default(),
            cancer_genes: read(&files.cancer_genes, CancerGenes::read)?,
            hotspots: read(&files.hotspots, Hotspots::read)?,
            oncogenic: read(&files.oncogenic, OncogenicChanges::read)?,
            critical: read(&files.critical, CriticalParts::read)?,
            secondary: read(&files.secondary, SecondaryList::read)?,
            panel: read(&files.panel, PanelGenes::read)?,
            sources: files.all().map(KnowledgeFile::source).collect::<Result<_>>()?,
        })
    }
}

fn read<T>(file: &Option<KnowledgeFile>, with: fn(&Path) -> Result<T>) -> Result<Option<T>> {
    file.as_ref().map(|file| with(&file.path)).transpose()
}

#[cfg(test)]
mod tests {
    use wgs_formats::output;

    use super::*;

    #[test]
    fn a_list_of_tables() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        output::write(&at("g.tsv"), "gene\trole\nKIT\toncogene\n").unwrap();
        let list = "cancer_genes = { path = \"g.tsv\", version = \"7\", licence = \"CC0\" }\n";
        output::write(&at("tables.toml"), list).unwrap();
        let knowledge =
            Knowledge::open(&KnowledgeFiles::read(&at("tables.toml")).unwrap()).unwrap();
        assert!(knowledge.cancer_genes.unwrap().get("KIT").is_some());
        let source = &knowledge.sources[0];
        assert_eq!((source.name.as_str(), source.version.as_deref()), ("g.tsv", Some("7")));
        assert_eq!(source.sha256.as_ref().map(String::len), Some(64));
        output::write(&at("tables.toml"), "colour = 1\n").unwrap();
        let error = KnowledgeFiles::read(&at("tables.toml")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        output::write(&at("tables.toml"), "panel = { path = \"gone.tsv\" }\n").unwrap();
        let gone = Knowledge::open(&KnowledgeFiles::read(&at("tables.toml")).unwrap()).unwrap_err();
        assert_eq!(gone.kind(), ErrorKind::NotFound);
    }
}
