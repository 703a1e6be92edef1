//! Sources that are open, of alleles or of intervals: one face for both.

use std::{path::Path, sync::Arc};

use wgs_core::{ContigIndex, ErrorKind};
use wgs_formats::{
    FileError, Result,
    genome::Genome,
    variant::{Allele, Definition, annotated::OF_INTERVALS},
};

use super::{
    about::kind_in,
    intervals::{self, Hits, IntervalFile, IntervalReader},
    lookup::{AlleleReader, AlleleSource, KnownAllele, carried},
    options::Kind,
};

/// A source of alleles or intervals as it was built for a genome. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Source(Inner);

#[derive(Clone, Debug)]
enum Inner {
    Alleles(AlleleSource),
    Intervals { store: Arc<IntervalFile>, fields: Arc<[Definition]> },
}

impl Source {
    /// Opens the store in a folder that [`build`](super::build()) made for this genome.
    ///
    /// # Errors
    ///
    /// `ReferenceMismatch` if it was made for another genome, `NotFound` if it is not there,
    /// `Truncated` or `InvalidInput` if it is not whole, `Configuration` if it is of genes.
    pub fn open(folder: &Path, genome: &Genome) -> Result<Self> {
        match kind_in(folder)? {
            Kind::Alleles => AlleleSource::open(folder, genome).map(|s| Self(Inner::Alleles(s))),
            Kind::Intervals => {
                let path = intervals::store_path(folder);
                let store = IntervalFile::open(&path, Some(genome.contigs()))?;
                let name = &store.contents.source;
                let of = |field| carried(field, name, OF_INTERVALS);
                let fields = store.contents.fields.iter().map(of).collect();
                Ok(Self(Inner::Intervals { store: Arc::new(store), fields }))
            }
            Kind::Genes => {
                let reason = "is a source of genes, and not of alleles or intervals";
                Err(FileError::new(folder, ErrorKind::Configuration, reason))
            }
        }
    }

    /// The name that it was built with.
    pub fn name(&self) -> &str {
        match &self.0 {
            Inner::Alleles(source) => source.name(),
            Inner::Intervals { store, .. } => &store.contents.source,
        }
    }

    /// What it knows.
    pub fn kind(&self) -> Kind {
        match &self.0 {
            Inner::Alleles(_) => Kind::Alleles,
            Inner::Intervals { .. } => Kind::Intervals,
        }
    }

    /// Definitions of the INFO fields that it adds: `NAME_KEY` in capitals, one value for each
    /// alternate allele.
    pub fn fields(&self) -> &[Definition] {
        match &self.0 {
            Inner::Alleles(source) => source.fields(),
            Inner::Intervals { fields, .. } => fields,
        }
    }

    /// Place among the fields of the one with this key in the source.
    pub fn field(&self, key: &str) -> Option<usize> {
        match &self.0 {
            Inner::Alleles(source) => source.field(key),
            Inner::Intervals { store, .. } => {
                store.contents.fields.iter().position(|field| field.key == key)
            }
        }
    }

    /// Place among the fields of the identifiers of the very allele.
    pub(crate) fn ids(&self) -> Option<usize> {
        match &self.0 {
            Inner::Alleles(source) => source.ids(),
            Inner::Intervals { .. } => None,
        }
    }

    /// A reader of its own; one for each thread.
    pub fn reader(&self) -> SourceReader {
        match &self.0 {
            Inner::Alleles(source) => SourceReader(Reader::Alleles(source.reader())),
            Inner::Intervals { store, .. } => {
                SourceReader(Reader::Intervals(IntervalReader::new(store.clone())))
            }
        }
    }
}

/// Looks alleles up in a store: in their order each block is read once.
pub struct SourceReader(Reader);

enum Reader {
    Alleles(AlleleReader),
    Intervals(IntervalReader),
}

/// What a store has of an allele.
pub struct Known<'a>(Found<'a>);

enum Found<'a> {
    Allele(KnownAllele<'a>),
    Intervals(Hits<'a>),
}

impl SourceReader {
    /// What the store has of a normalised allele (see [`normalize`](wgs_formats::variant::normalize))
    /// whose reference part is the genome's: the same allele, or the intervals that overlap what it
    /// changes; of an insertion, the bases that it lies between.
    ///
    /// # Errors
    ///
    /// If the store cannot be read, or is damaged: no answer is never given for "not there".
    pub fn find(&mut self, contig: ContigIndex, allele: &Allele) -> Result<Option<Known<'_>>> {
        match &mut self.0 {
            Reader::Alleles(reader) => {
                Ok(reader.find(contig, allele)?.map(|known| Known(Found::Allele(known))))
            }
            Reader::Intervals(reader) => {
                Ok(reader.find(contig.0, allele)?.map(|hits| Known(Found::Intervals(hits))))
            }
        }
    }
}

impl Known<'_> {
    /// Appends the value of a field (by its place among [`Source::fields`]); says whether there is
    /// one. Commas are encoded in it (`%2C`), several values are separated by `&`. Of the numbers of
    /// several intervals it is the greatest.
    ///
    /// # Errors
    ///
    /// If the store is damaged.
    pub fn append(&mut self, field: usize, value: &mut String) -> Result<bool> {
        match &mut self.0 {
            Found::Allele(known) => known.append(field, value),
            Found::Intervals(hits) => hits.append(field, value),
        }
    }
}
