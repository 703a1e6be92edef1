//! Table and summary of what changed.

use std::{
    collections::BTreeMap,
    io::{Read, Seek, Write},
    path::{Path, PathBuf},
};

use serde::Serialize;
use tempfile::SpooledTempFile;
use wgs_formats::{
    FileError, Result,
    output::{self, AtomicFile},
    variant::Header,
};

use super::{
    compare::{Changes, Class},
    old::Old,
};
use crate::output::{Origin, Provenance};

/// Bytes of rows of one class that are kept in memory.
const ROWS_BYTES: usize = 8 << 20;

/// Columns of the table.
const HEAD: &str = "class\tCHROM\tPOS\tREF\tALT\tSYMBOL\twhat\tfeature\tfrom\tto\n";

/// What changed between two annotations; the document of the summary.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DiffSummary {
    schema: String,
    /// What the older annotation was made of.
    pub old: Annotation,
    /// What the newer annotation was made of.
    pub new: Annotation,
    /// Alleles by the files that have them.
    pub alleles: AlleleCounts,
    /// Changed alleles by class: the first that applies.
    pub classes: BTreeMap<String, u64>,
    /// Changes by what changed.
    pub changes: BTreeMap<String, u64>,
    /// Keys of INFO that only the older annotation has.
    pub fields_gone: Vec<String>,
    /// Keys of INFO that only the newer annotation has.
    pub fields_new: Vec<String>,
    /// Alleles that are pathogenic or likely so now, and were not.
    pub new_pathogenic: Vec<Finding>,
    /// Alleles that were pathogenic or likely so, and are no longer.
    pub no_longer_pathogenic: Vec<Finding>,
}

/// What an annotation was made of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Annotation {
    /// The file's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Program and version, or the line of VEP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    /// SHA-256 of the bundle's manifest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bundle: Option<String>,
    /// The gene models and sources.
    pub sources: Vec<Origin>,
}

/// Counts of alleles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AlleleCounts {
    /// In both files.
    pub both: u64,
    /// Of those, with a change.
    pub changed: u64,
    /// In the older file only.
    pub only_old: u64,
    /// In the newer file only.
    pub only_new: u64,
}

/// An allele whose significance crossed the line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The contig.
    pub contig: String,
    /// From 1.
    pub position: u32,
    /// The reference allele.
    pub reference: String,
    /// The alternate allele.
    pub alternate: String,
    /// Symbols of genes near it.
    pub symbols: Vec<String>,
    /// The most severe consequence.
    pub consequence: Option<String>,
    /// ClinVar's words before.
    pub from: Option<String>,
    /// ClinVar's words now.
    pub to: Option<String>,
}

impl Annotation {
    /// As the header of an annotated file tells.
    fn of_header(path: &Path, header: &Header) -> Self {
        let provenance = Provenance::of_header(header);
        let vep = || header.others("VEP").next().map(|line| format!("VEP {line}"));
        let wgs_pipe = provenance.version.as_ref().map(|version| format!("wgs-pipe {version}"));
        Self {
            file: path.file_name().map(|name| name.to_string_lossy().into_owned()),
            program: wgs_pipe.or_else(vep),
            bundle: provenance.bundle,
            sources: provenance.origins,
        }
    }
}

/// Gathers changes.
pub(super) struct Report {
    table: PathBuf,
    document: PathBuf,
    rows: Vec<SpooledTempFile>,
    summary: DiffSummary,
}

impl Report {
    /// Of an output whose name is `out`: the files are `STEM.diff.tsv` and `STEM.diff.json`.
    pub(super) fn new(
        out: &Path,
        old: &Old,
        keys: &[&str],
        provenance: &Provenance,
    ) -> Result<Self> {
        let (table, document) = paths(out);
        for path in [&table, &document] {
            output::remove_dead_partials(path)?;
        }
        let theirs: Vec<&str> = old.keys().collect();
        let only = |some: &[&str], others: &[&str]| {
            let only = some.iter().filter(|key| !others.contains(key) && **key != "CSQ");
            only.map(|key| (*key).to_owned()).collect::<Vec<_>>()
        };
        let summary = DiffSummary {
            schema: "wgs-pipe/annotation-diff/1".into(),
            old: Annotation::of_header(old.path(), old.header()),
            new: Annotation {
                file: None,
                program: Some(format!("wgs-pipe {}", crate::VERSION)),
                bundle: provenance.bundle.clone(),
                sources: provenance.origins.clone(),
            },
            classes: Class::ALL.iter().map(|class| (class.name().to_owned(), 0)).collect(),
            fields_gone: only(&theirs, keys),
            fields_new: only(keys, &theirs),
            ..DiffSummary::default()
        };
        let rows = Class::ALL.map(|_| SpooledTempFile::new(ROWS_BYTES)).into();
        Ok(Self { table, document, rows, summary })
    }

    /// Adds what changed for an allele.
    pub(super) fn add(&mut self, changes: Changes<'_>) -> Result<()> {
        let Changes { allele, class, changes, in_old, in_new } = changes;
        let alleles = &mut self.summary.alleles;
        match (in_old, in_new) {
            (true, true) => {
                alleles.both += 1;
                alleles.changed += u64::from(!changes.is_empty());
            }
            (true, false) => alleles.only_old += 1,
            _ => alleles.only_new += 1,
        }
        if changes.is_empty() {
            return Ok(());
        }
        *self.summary.classes.entry(class.name().into()).or_default() += 1;
        let mut text = String::new();
        for change in &changes {
            *self.summary.changes.entry(change.what.clone()).or_default() += 1;
            let position = allele.position.to_string();
            let symbols = allele.symbols.join("&");
            let columns = [
                class.name(),
                &allele.contig,
                &position,
                &allele.reference,
                &allele.alternate,
                &symbols,
                &change.what,
                &change.feature,
                &change.from,
                &change.to,
            ];
            text += &(columns.join("\t") + "\n");
        }
        let findings = match class {
            Class::NewPathogenic => Some(&mut self.summary.new_pathogenic),
            Class::NoLongerPathogenic => Some(&mut self.summary.no_longer_pathogenic),
            _ => None,
        };
        if let Some(findings) = findings {
            let change = changes.iter().find(|change| change.what == "significance");
            let word = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
            findings.push(Finding {
                contig: allele.contig.clone(),
                position: allele.position,
                reference: allele.reference.clone(),
                alternate: allele.alternate.clone(),
                symbols: allele.symbols.clone(),
                consequence: allele.worst().map(|term| term.name().to_owned()),
                from: change.and_then(|change| word(&change.from)),
                to: change.and_then(|change| word(&change.to)),
            });
        }
        let rows = &mut self.rows[class as usize];
        rows.write_all(text.as_bytes()).map_err(|e| FileError::io(&self.table, e))
    }

    /// Writes both files.
    pub(super) fn finish(self) -> Result<DiffSummary> {
        let Self { table, document, rows, summary } = self;
        let io = |e| FileError::io(&table, e);
        let mut file = AtomicFile::create(&table)?;
        file.write_all(HEAD.as_bytes()).map_err(io)?;
        let mut buffer = vec![0; 1 << 16];
        for mut rows in rows {
            rows.rewind().map_err(io)?;
            loop {
                let read = rows.read(&mut buffer).map_err(io)?;
                if read == 0 {
                    break;
                }
                file.write_all(&buffer[..read]).map_err(io)?;
            }
        }
        file.commit()?;
        output::write_json(&document, &summary)?;
        Ok(summary)
    }
}

/// Names of table and summary beside an output.
pub(crate) fn paths(out: &Path) -> (PathBuf, PathBuf) {
    let name = out.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let stem = name.strip_suffix(".gz").unwrap_or(&name);
    let stem = stem.rsplit_once('.').map_or(stem, |(stem, _)| stem);
    let beside = |suffix: &str| out.with_file_name(format!("{stem}.{suffix}"));
    (beside("diff.tsv"), beside("diff.json"))
}
