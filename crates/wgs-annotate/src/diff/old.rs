//! The older annotated file.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use wgs_core::ErrorKind;
use wgs_formats::{
    FileError, Result,
    variant::{Header, Reader, csq},
};

use super::note::{Noted, Notes};
use crate::{
    output::written_keys,
    pick::{PickOrder, Picker},
    site::Site,
};

/// Alleles of the older file in its order.
pub(super) struct Old {
    path: PathBuf,
    reader: Reader,
    notes: Notes,
    picker: Picker,
    /// Alleles of the record at hand that were not given yet, the last first.
    ready: Vec<Noted>,
    place: Option<(usize, u32)>,
}

impl Old {
    /// Opens the file, which must be annotated and of the same samples as the input. Its annotation
    /// is what annotation writes now, what it says that was written, and what else its INFO declares
    /// and that of the input does not.
    pub(super) fn open(
        path: &Path,
        input: &Header,
        (keys, gene_columns): (&[&str], &[&str]),
    ) -> Result<Self> {
        let reader = Reader::open(path)?;
        let header = reader.header();
        if csq::Format::of_header(header).is_none() {
            return Err(FileError::invalid(path, "is not annotated: its header has no CSQ")
                .hint("give --diff-from a file of wgs-pipe annotate or of VEP (--vcf)"));
        }
        if header.samples() != input.samples() {
            let names = |samples: &[String]| match samples {
                [] => "none".to_owned(),
                samples => samples.join(", "),
            };
            let (theirs, ours) = (names(header.samples()), names(input.samples()));
            let reason = format!("its samples are {theirs}, those of the input {ours}");
            return Err(FileError::new(path, ErrorKind::InvalidInput, reason)
                .hint("compare files of the same samples, in the same order"));
        }
        let written = written_keys(header);
        let mut all: Vec<&str> = keys.to_vec();
        let others = header.infos().map(|definition| definition.id.as_str());
        let others = others.filter(|key| input.info(key).is_none());
        for key in others.chain(written.iter().map(String::as_str)) {
            if !all.contains(&key) {
                all.push(key);
            }
        }
        let notes = Notes::new(header, &all, gene_columns);
        let picker = Picker::new(PickOrder::default(), notes.columns(), []);
        let path = path.to_owned();
        Ok(Self { path, reader, notes, picker, ready: Vec::new(), place: None })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn header(&self) -> &Header {
        self.reader.header()
    }

    /// Keys of INFO that are read.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.notes.keys()
    }

    /// The next allele.
    pub(super) fn next(&mut self, ranks: &HashMap<String, usize>) -> Result<Option<Noted>> {
        self.next_until((usize::MAX, u32::MAX), ranks)
    }

    /// The next allele, if it stands not behind a place.
    pub(super) fn next_until(
        &mut self,
        last: (usize, u32),
        ranks: &HashMap<String, usize>,
    ) -> Result<Option<Noted>> {
        while self.ready.is_empty() {
            let Some(record) = self.reader.next().transpose()? else { return Ok(None) };
            let wrong = |kind, reason: &str| {
                FileError::new(&self.path, kind, reason)
                    .at(format!("record {}:{}", record.contig, record.position))
            };
            let Some(rank) = ranks.get(&record.contig) else {
                let reason = "the genome has no such contig";
                return Err(wrong(ErrorKind::ReferenceMismatch, reason)
                    .hint("compare files that were called on the same genome"));
            };
            let place = Some((*rank, record.position.get()));
            if place < self.place {
                let reason =
                    "not sorted, or its contigs come in another order than those of the input";
                return Err(wrong(ErrorKind::InvalidInput, reason).hint("sort it: bcftools sort"));
            }
            self.place = place;
            self.ready = self.notes.of(&Site::new(&record, self.notes.columns(), &self.picker));
            self.ready.reverse();
        }
        if self.place.is_some_and(|place| place > last) {
            return Ok(None);
        }
        Ok(self.ready.pop())
    }

    /// The error where too few alleles are in both files.
    pub(super) fn of_other_variants(&self, limit: usize) -> FileError {
        let reason =
            format!("is of other variants: more than {limit} alleles are in one file only");
        FileError::invalid(&self.path, reason)
            .hint("give --diff-from the older annotation of the same calls")
    }
}
