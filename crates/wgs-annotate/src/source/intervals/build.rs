//! A store of intervals while it is made.

use std::path::Path;

use wgs_core::{ContigIndex, ErrorKind};
use wgs_formats::{FileError, Result, genome::Genome};

use super::{
    super::{
        alleles::check_genome,
        carried::Carried,
        options::{Kind, SourceSummary},
        sort::{Entry, Sorter},
    },
    CLASSES,
    block::Rows,
    class,
    file::{IntervalWriter, store_path},
};
use crate::contigs::ContigNames;

/// An interval with its values.
pub(in super::super) struct Span<'a> {
    /// The contig, by any of its names.
    pub(in super::super) contig: &'a str,
    /// First base, 0-based.
    pub(in super::super) start: u32,
    /// After the last base.
    pub(in super::super) end: u32,
    /// Tab-separated, empty where absent.
    pub(in super::super) values: &'a str,
}

/// Takes intervals in any order.
pub(in super::super) struct Intervals<'a> {
    path: &'a Path,
    genome: &'a Genome,
    names: ContigNames,
    /// The last contig by its name in the file.
    last: Option<(String, ContigIndex)>,
    sorter: Sorter<'a>,
    pub(in super::super) summary: SourceSummary,
}

impl<'a> Intervals<'a> {
    pub(in super::super) fn new(
        path: &'a Path,
        genome: &'a Genome,
        folder: &'a Path,
        memory_bytes: usize,
    ) -> Self {
        Self {
            path,
            genome,
            names: ContigNames::new(genome.contigs()),
            last: None,
            sorter: Sorter::new(folder, memory_bytes),
            summary: SourceSummary { kind: Kind::Intervals, ..SourceSummary::default() },
        }
    }

    fn contig(&mut self, name: &str) -> Option<ContigIndex> {
        if let Some((_, index)) = self.last.as_ref().filter(|(last, _)| last == name) {
            return Some(*index);
        }
        let index = self.names.find(name)?;
        self.last = Some((name.to_owned(), index));
        Some(index)
    }

    /// Takes an interval of a line; one on a contig that the genome lacks is counted, and an empty
    /// one is the two bases that it lies between.
    ///
    /// # Errors
    ///
    /// Counts a record that tells no place.
    pub(in super::super) fn leave_out(&mut self) {
        self.summary.records += 1;
        self.summary.unplaced += 1;
    }

    /// `InvalidInput` if it ends before it begins, `ReferenceMismatch` if it ends after its contig.
    pub(in super::super) fn push(&mut self, line: u64, span: &Span<'_>) -> Result<()> {
        self.summary.records += 1;
        let Some(contig) = self.contig(span.contig) else {
            *self.summary.missing_contigs.entry(span.contig.to_owned()).or_default() += 1;
            return Ok(());
        };
        let at = |error: FileError| error.at(format!("line {line}"));
        let Span { contig: name, start, end, values } = *span;
        if end < start {
            let reason = format!("ends at {end}, before it begins at {start}");
            return Err(at(FileError::invalid(self.path, reason)));
        }
        let length = self.genome.contigs().get(contig).map_or(0, |contig| contig.length);
        let (start, end) = match end - start {
            0 => (start.saturating_sub(1), start.saturating_add(1).min(length)),
            _ => (start, end),
        };
        if end > length || start >= end {
            let reason = format!(
                "{name}:{start}-{end} lies outside of the contig, which has {length} bases"
            );
            return Err(at(FileError::new(self.path, ErrorKind::ReferenceMismatch, reason)
                .hint("take a file of the genome's assembly")));
        }
        self.summary.intervals += 1;
        self.sorter.push(Entry {
            contig: contig.0 * CLASSES + class(end - start),
            start,
            // Sorts as the number does.
            reference: format!("{end:010}"),
            alternate: String::new(),
            order: self.summary.intervals,
            values: values.to_owned(),
        })
    }

    /// Writes the store.
    pub(in super::super) fn finish(
        self,
        name: &str,
        folder: &Path,
        fields: &[Carried],
    ) -> Result<SourceSummary> {
        let Self { path: file, genome, sorter, mut summary, .. } = self;
        check_genome(file, &summary)?;
        let path = store_path(folder);
        let stored = fields.iter().map(Carried::stored).collect();
        let mut store = IntervalWriter::create(&path, name, stored, genome.contigs())?;
        let mut write = |rows: &Rows| match rows.encode().map_err(|e| FileError::io(&path, e))? {
            Some((place, bytes)) => store.write(place, &bytes),
            None => Ok(()),
        };
        let mut rows: Option<Rows> = None;
        for entry in sorter.finish()? {
            let entry = entry?;
            let (contig, class) = (entry.contig / CLASSES, entry.contig % CLASSES);
            if let Some(full) = rows.take_if(|rows| rows.is_full() || !rows.is_of(contig, class)) {
                write(&full)?;
            }
            let end = entry.reference.parse().expect("it was written from a number");
            let rows = rows.get_or_insert_with(|| Rows::new(contig, class, fields.len()));
            rows.push(entry.start, end, entry.values.split('\t'));
        }
        rows.iter().try_for_each(&mut write)?;
        store.finish()?;
        summary.fields = fields.iter().map(|field| field.key.clone()).collect();
        Ok(summary)
    }
}
