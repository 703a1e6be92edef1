//! What a store holds, without the genome that it was made for.

use std::path::Path;

use serde::Serialize;
use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result};

use super::{
    file::{StoreFile, StoredField},
    genes::{GeneSource, table_path},
    intervals,
    lookup::store_path,
    options::Kind,
};

/// What a store says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct About {
    /// What it knows.
    pub kind: Kind,
    /// Alleles, intervals, or rows of genes.
    pub records: u64,
    /// Keys of the fields that it carries.
    pub fields: Vec<String>,
}

/// What the store in a folder holds.
///
/// # Errors
///
/// `NotFound` if there is none, `Truncated` or `InvalidInput` if it is not whole.
pub fn about(folder: &Path) -> Result<About> {
    let keys = |fields: &[StoredField]| fields.iter().map(|field| field.key.clone()).collect();
    match kind_in(folder)? {
        Kind::Alleles => {
            let store = StoreFile::open_any(&store_path(folder))?;
            let fields = keys(&store.contents.fields);
            Ok(About { kind: Kind::Alleles, records: store.rows(), fields })
        }
        Kind::Intervals => {
            let store = intervals::IntervalFile::open(&intervals::store_path(folder), None)?;
            let fields = keys(&store.contents.fields);
            Ok(About { kind: Kind::Intervals, records: store.rows(), fields })
        }
        Kind::Genes => {
            let source = GeneSource::open(folder)?;
            let (records, fields) = (source.table().rows() as u64, source.fields().to_vec());
            Ok(About { kind: Kind::Genes, records, fields })
        }
    }
}

/// The kind of store in a folder, by its files.
pub(crate) fn kind_in(folder: &Path) -> Result<Kind> {
    let paths = [
        (Kind::Alleles, store_path(folder)),
        (Kind::Intervals, intervals::store_path(folder)),
        (Kind::Genes, table_path(folder)),
    ];
    let mut there = paths.iter().filter(|(_, path)| path.exists());
    match (there.next(), there.next()) {
        (Some((kind, _)), None) => Ok(*kind),
        (None, _) => Err(FileError::new(folder, ErrorKind::NotFound, "has no store of a source")
            .hint("build the source again: `wgs-pipe bundle add`")),
        (Some(_), Some(_)) => Err(FileError::invalid(folder, "has stores of two kinds")
            .hint("build the source again: `wgs-pipe bundle add`")),
    }
}
