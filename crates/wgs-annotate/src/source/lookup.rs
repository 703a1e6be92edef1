//! What a store says about alleles.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use wgs_core::{ErrorKind, Interval0};
use wgs_formats::{
    FileError, Result,
    genome::Genome,
    variant::{Allele, Definition, IndexedReader, Info, Number},
};

/// Key of the header line that holds the source's name.
pub(super) const NAME_KEY: &str = "wgs_annotate_source";

/// Alleles at most this far apart are looked up by one query, in bases: what an index tells apart.
const NEARBY_BP: u32 = 1 << 14;

/// The file of a store in its folder.
pub(super) fn store_path(folder: &Path) -> PathBuf {
    folder.join("store.vcf.gz")
}

/// A source as it was built for a genome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    name: String,
    prefix: String,
    path: PathBuf,
    fields: Vec<Definition>,
}

impl Source {
    /// Opens the store in a folder that [`build`](super::build()) made for this genome.
    ///
    /// # Errors
    ///
    /// `ReferenceMismatch` if it was made for another genome, `NotFound` if it is not there.
    pub fn open(folder: &Path, genome: &Genome) -> Result<Self> {
        let path = store_path(folder);
        let reader = IndexedReader::open(&path)?;
        let header = reader.header();
        let name = header.others(NAME_KEY).next().map(str::to_owned);
        let name = name.ok_or_else(|| FileError::invalid(&path, "is not the store of a source"))?;
        header.check_contigs(genome.contigs()).map_err(|e| {
            let reason = format!("made for another genome: {e}");
            FileError::new(&path, ErrorKind::ReferenceMismatch, reason)
        })?;
        let prefix = prefix(&name);
        let fields = header.infos().map(|d| carried(d, &prefix, &name)).collect();
        Ok(Self { name, prefix, path, fields })
    }

    /// The name that it was built with.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Definitions of the INFO fields that it adds: `NAME_KEY` in capitals, one value for each
    /// alternate allele.
    pub fn fields(&self) -> &[Definition] {
        &self.fields
    }

    /// The field's key in the store.
    pub(crate) fn key<'a>(&self, field: &'a Definition) -> &'a str {
        &field.id[self.prefix.len()..]
    }

    /// Opens a reader of its own; one for each thread.
    pub fn reader(&self) -> Result<SourceReader> {
        Ok(SourceReader { input: IndexedReader::open(&self.path)? })
    }
}

fn prefix(name: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    name.chars().map(letter).chain(['_']).collect()
}

fn carried(field: &Definition, prefix: &str, name: &str) -> Definition {
    let key = format!("{prefix}{}", field.id);
    let description = format!("{} of the same allele in {name}: {}", field.id, field.description);
    Definition::new(key, Number::Alternates, field.value_type, description)
}

/// Looks alleles up in a store.
pub struct SourceReader {
    input: IndexedReader,
}

impl SourceReader {
    /// What the store says about normalised alleles (see
    /// [`normalize`](wgs_formats::variant::normalize)) of one contig. The alleles may come in any
    /// order; those near each other are looked up together.
    pub fn find(&mut self, contig: &str, alleles: &[&Allele]) -> Result<HashMap<Allele, Info>> {
        let mut found = HashMap::new();
        let mut wanted: Vec<&Allele> = alleles.to_vec();
        wanted.sort_unstable();
        wanted.dedup();
        let apart = |a: &&Allele, b: &&Allele| b.start - a.start <= NEARBY_BP;
        for near in wanted.chunk_by(apart) {
            let (first, last) = (near[0].start, near[near.len() - 1].start);
            let place = Interval0::new(first, last + 1).expect("alleles were sorted");
            for record in self.input.query(contig, place)? {
                let record = record?;
                let allele = Allele {
                    start: record.position.to_pos0(),
                    reference: record.reference.into_bytes(),
                    alternate: record.alternates.into_iter().next().unwrap_or_default().into(),
                };
                if near.binary_search(&&allele).is_ok() {
                    found.insert(allele, record.info);
                }
            }
        }
        Ok(found)
    }
}
