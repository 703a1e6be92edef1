//! What a store says about alleles.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use wgs_core::ContigIndex;
use wgs_formats::{
    Result,
    genome::Genome,
    variant::{Allele, Definition, Number, ValueType},
};

use super::{
    block::{Block, Inflater},
    code,
    fields::ID,
    file::{StoreFile, StoredField},
};

/// The file of a store in its folder.
pub(super) fn store_path(folder: &Path) -> PathBuf {
    folder.join("alleles.store")
}

/// A source of alleles as it was built for a genome. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct AlleleSource {
    store: Arc<StoreFile>,
    fields: Arc<[Definition]>,
    ids: Option<usize>,
}

impl AlleleSource {
    /// Opens the store in a folder that [`build`](super::build()) made for this genome.
    ///
    /// # Errors
    ///
    /// `ReferenceMismatch` if it was made for another genome, `NotFound` if it is not there,
    /// `Truncated` or `InvalidInput` if it is not whole.
    pub(super) fn open(folder: &Path, genome: &Genome) -> Result<Self> {
        let store = StoreFile::open(&store_path(folder), genome.contigs())?;
        let name = &store.contents.source;
        let fields =
            store.contents.fields.iter().map(|field| carried(field, name, "the same allele"));
        let fields = fields.collect();
        let ids = store.contents.fields.iter().position(|field| field.key == ID);
        Ok(Self { store: Arc::new(store), fields, ids })
    }

    /// The name that it was built with.
    pub(super) fn name(&self) -> &str {
        &self.store.contents.source
    }

    /// Definitions of the INFO fields that it adds: `NAME_KEY` in capitals, one value for each
    /// alternate allele.
    pub(super) fn fields(&self) -> &[Definition] {
        &self.fields
    }

    /// Place among the fields of the one with this key in the source.
    pub(super) fn field(&self, key: &str) -> Option<usize> {
        self.store.contents.fields.iter().position(|field| field.key == key)
    }

    /// Place among the fields of the identifiers.
    pub(super) fn ids(&self) -> Option<usize> {
        self.ids
    }

    /// A reader of its own; one for each thread.
    pub(super) fn reader(&self) -> AlleleReader {
        AlleleReader {
            store: self.store.clone(),
            block: None,
            inflater: None,
            spelling: Vec::new(),
        }
    }
}

/// What the names of a source's fields begin with.
pub(super) fn prefix(name: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    name.chars().map(letter).collect()
}

/// The field of INFO that a field of a source becomes; `of` is what it tells of.
pub(super) fn carried(field: &StoredField, name: &str, of: &str) -> Definition {
    let prefix = prefix(name);
    let StoredField { key, value_type, description } = field;
    let value_type = ValueType::parse(value_type).unwrap_or(ValueType::String);
    let description = format!("{key} of {of} in {name}: {description}");
    Definition::new(format!("{prefix}_{key}"), Number::Alternates, value_type, description)
}

/// Looks alleles up in a store: in their order each block is read once.
pub(super) struct AlleleReader {
    store: Arc<StoreFile>,
    block: Option<(usize, Block)>,
    inflater: Option<Inflater>,
    spelling: Vec<u8>,
}

/// An allele that a store has.
pub(super) struct KnownAllele<'a> {
    store: &'a StoreFile,
    number: usize,
    block: &'a mut Block,
    inflater: &'a mut Inflater,
    row: usize,
}

impl AlleleReader {
    /// What the store has of a normalised allele (see [`normalize`](wgs_formats::variant::normalize))
    /// whose reference part is the genome's.
    ///
    /// # Errors
    ///
    /// If the store cannot be read, or is damaged: no answer is never given for "not there".
    pub(super) fn find(
        &mut self,
        contig: ContigIndex,
        allele: &Allele,
    ) -> Result<Option<KnownAllele<'_>>> {
        let Self { store, block, inflater, spelling } = self;
        spelling.clear();
        let code = code::encode(allele, spelling);
        let inflater = match inflater {
            Some(inflater) => inflater,
            none => none.insert(store.inflater()?),
        };
        let here = block.as_ref().filter(|(_, b)| b.is_alone_at(contig.0, allele.start));
        let numbers = match here {
            Some((number, _)) => *number..*number + 1,
            None => store.blocks_at(contig, allele.start),
        };
        let mut found = None;
        for number in numbers {
            if block.as_ref().is_none_or(|(there, _)| *there != number) {
                *block = Some((number, store.read(number, inflater)?));
            }
            let row = block.as_mut().and_then(|(_, b)| b.row(allele.start, code, spelling));
            if let Some(row) = row {
                found = Some(row);
                break;
            }
        }
        let known = found.zip(block.as_mut());
        Ok(known.map(|(row, (number, block))| KnownAllele {
            store,
            number: *number,
            block,
            inflater,
            row,
        }))
    }
}

impl KnownAllele<'_> {
    /// Appends the value of a field (by its place among [`AlleleSource::fields`]); says whether there is
    /// one. Commas are encoded in it (`%2C`), several values are separated by `&`.
    ///
    /// # Errors
    ///
    /// If the store is damaged.
    pub(super) fn append(&mut self, field: usize, value: &mut String) -> Result<bool> {
        let columns = self.block.columns(self.inflater);
        let appended = columns.and_then(|all| all.get(field)?.append(self.row, all, value));
        appended.ok_or_else(|| self.store.damaged(self.number))
    }
}
