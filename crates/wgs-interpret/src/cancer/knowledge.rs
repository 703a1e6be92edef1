//! The tables that interpretation for cancer rests on.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use wgs_formats::{Result, digest, findings::Source};

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
