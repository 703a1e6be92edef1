//! How a source is built, and what was made of it.

use std::{collections::BTreeMap, fmt, path::PathBuf};

use serde::{Deserialize, Serialize};

/// What a source knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Exact alleles, of a VCF or a table with contig, position, reference and alternate.
    #[default]
    Alleles,
    /// Intervals and positions, of BED, bedGraph, wiggle, a table, or symbolic alleles of a VCF.
    Intervals,
    /// Genes, of a table or a list.
    Genes,
}

impl Kind {
    /// Its name: `alleles`, `intervals`, `genes`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Alleles => "alleles",
            Self::Intervals => "intervals",
            Self::Genes => "genes",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How a source is built.
#[derive(Clone, Debug)]
pub struct SourceOptions {
    /// What the file holds. `None`: what its first lines say.
    pub kind: Option<Kind>,
    /// The fields to carry: of a VCF keys of INFO, `ID` and `FILTER`, of a table names of columns.
    /// `None`: what the kind of file suggests (ClinVar, gnomAD, dbSNP, REVEL, …), or else all.
    pub fields: Option<Vec<String>>,
    /// Columns of a table whose names do not tell what they hold: `contig`, `position`,
    /// `reference`, `alternate`, `start` (1-based), `start0` (0-based), `end`, each with the name
    /// of a column, or its number from 1.
    pub columns: Vec<(String, String)>,
    /// The folder of the transcript store, with whose genes those of a table are compared.
    pub genes: Option<PathBuf>,
    /// Memory for sorting, in bytes; what does not fit goes to temporary files beside the store.
    pub memory_bytes: usize,
    /// Threads that compress.
    pub threads: usize,
}

impl Default for SourceOptions {
    fn default() -> Self {
        Self {
            kind: None,
            fields: None,
            columns: Vec::new(),
            genes: None,
            memory_bytes: 512 << 20,
            threads: 1,
        }
    }
}

/// What was made of a source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceSummary {
    /// What the source knows.
    pub kind: Kind,
    /// Records or rows read.
    pub records: u64,
    /// Alleles in the store.
    pub alleles: u64,
    /// Intervals in the store.
    pub intervals: u64,
    /// Rows of genes in the store.
    pub genes: u64,
    /// Contigs that the genome lacks, with the number of records there.
    pub missing_contigs: BTreeMap<String, u64>,
    /// Records left out since their reference allele is not the genome's.
    pub reference_differs: u64,
    /// Alleles left out that are not bases, or are the reference's.
    pub not_bases: u64,
    /// Those of them that are symbolic, or breakends.
    pub symbolic: u64,
    /// Rows left out since they have no position, or name no gene.
    pub unplaced: u64,
    /// Alleles that stood more than once; their values were joined.
    pub repeated: u64,
    /// Genes of the table that no transcript has.
    pub unknown_genes: Vec<String>,
    /// Keys of the fields that the store carries.
    pub fields: Vec<String>,
}
