//! Annotated variants as a table: a row for each alternate allele and transcript, or for each
//! alternate allele, with typed columns.

mod column;
mod json;
mod parquet;
mod tsv;

pub(crate) use self::{
    column::{Column, Columns},
    json::Json,
    parquet::{Batch, Meta, ParquetWriter},
    tsv::Tsv,
};

use crate::{field::At, site::Site};

/// What a row of a table is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rows {
    /// An alternate allele and a transcript; one row for an allele without.
    #[default]
    Transcripts,
    /// An alternate allele, with the transcript that stands for it.
    Alleles,
}

/// Calls back for each row of a record. One without alternate alleles has one row.
pub(crate) fn rows<'s, 'r>(
    site: &'s Site<'r>,
    rows: Rows,
    mut row: impl FnMut(At<'s, 'r>) -> Result<(), String>,
) -> Result<(), String> {
    for allele in 0..site.record.alternates.len().max(1) {
        let at = |entry| At { site, allele, entry, sample: None };
        match (rows, site.entries_of(allele)) {
            (Rows::Alleles, _) | (_, []) => row(at(site.picked(allele)))?,
            (Rows::Transcripts, entries) => {
                entries.iter().try_for_each(|entry| row(at(Some(*entry))))?;
            }
        }
    }
    Ok(())
}
