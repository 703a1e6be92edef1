//! A store of exact alleles while it is made.

use std::{
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};

use wgs_core::{ContigIndex, ErrorKind, Interval0};
use wgs_formats::{
    FileError, Result,
    genome::Genome,
    variant::{Allele, AlleleKind, normalize},
};

use super::{
    block::Rows,
    carried::{Carried, joined},
    file::StoreWriter,
    lookup::store_path,
    options::SourceSummary,
    sort::{Entry, Sorted, Sorter},
};
use crate::{contigs::ContigNames, parallel, reference::is_reference};

/// Of so many placed records one may have another reference allele than the genome.
const PLACED_PER_DIFFERING: u64 = 20;
/// So many may differ, unless they are most.
const FEW: u64 = 10;

/// Takes alleles in any order.
pub(super) struct Alleles<'a> {
    genome: &'a Genome,
    names: ContigNames,
    /// The last contig by its name in the file.
    last: Option<(String, ContigIndex)>,
    sorter: Sorter<'a>,
    pub(super) summary: SourceSummary,
    order: u64,
}

impl<'a> Alleles<'a> {
    pub(super) fn new(genome: &'a Genome, folder: &'a Path, memory_bytes: usize) -> Self {
        Self {
            genome,
            names: ContigNames::new(genome.contigs()),
            last: None,
            sorter: Sorter::new(folder, memory_bytes),
            summary: SourceSummary::default(),
            order: 0,
        }
    }

    /// The contig of a record, by any of its names; one that the genome lacks is counted.
    pub(super) fn contig(&mut self, name: &str) -> Option<ContigIndex> {
        if let Some((_, index)) = self.last.as_ref().filter(|(last, _)| last == name) {
            return Some(*index);
        }
        let found = self.names.find(name);
        match found {
            Some(index) => self.last = Some((name.to_owned(), index)),
            None => *self.summary.missing_contigs.entry(name.to_owned()).or_default() += 1,
        }
        found
    }

    /// The genome's bases in place of a record's reference allele; one that differs is counted.
    pub(super) fn reference(
        &mut self,
        contig: ContigIndex,
        start: u32,
        bases: &[u8],
    ) -> Option<Vec<u8>> {
        let end = start.saturating_add(bases.len() as u32);
        let place = Interval0::new(start, end).expect("the end was made from the start");
        if is_reference(self.genome, contig, place, bases) {
            return Some(self.genome.fetch(contig, place));
        }
        self.summary.reference_differs += 1;
        None
    }

    /// The genome's base at a place.
    pub(super) fn anchor(&self, contig: ContigIndex, at: u32) -> Option<u8> {
        let place = Interval0::new(at, at.checked_add(1)?).ok()?;
        self.genome.fetch(contig, place).first().copied()
    }

    /// Takes an alternate allele with its tab-separated values; one that is not bases, or is the
    /// reference, is counted.
    pub(super) fn push(
        &mut self,
        contig: ContigIndex,
        start: u32,
        reference: &[u8],
        alternate: &str,
        values: impl FnOnce() -> String,
    ) -> Result<()> {
        let is_bases = !alternate.is_empty() && AlleleKind::of(alternate) == AlleleKind::Bases;
        if !is_bases || alternate.as_bytes().eq_ignore_ascii_case(reference) {
            self.summary.not_bases += 1;
            return Ok(());
        }
        let allele = normalize(self.genome, contig, start, reference, alternate.as_bytes());
        let text = |bases: Vec<u8>| bases.into_iter().map(char::from).collect::<String>();
        self.order += 1;
        self.sorter.push(Entry {
            contig: contig.0,
            start: allele.start,
            reference: text(allele.reference),
            alternate: text(allele.alternate),
            order: self.order,
            values: values(),
        })
    }

    /// Writes the store.
    pub(super) fn finish(
        self,
        name: &str,
        file: &Path,
        folder: &Path,
        fields: &[Carried],
        threads: usize,
    ) -> Result<SourceSummary> {
        let Self { genome, sorter, mut summary, order, .. } = self;
        check_genome(file, &summary)?;
        let path = store_path(folder);
        let stored = fields.iter().map(Carried::stored).collect();
        let mut store = StoreWriter::create(&path, name, stored, genome.contigs())?;
        let repeated = AtomicU64::new(0);
        let blocks = Blocks { entries: sorter.finish()?, fields, next: None, repeated: &repeated };
        let encode = |_| {
            let path = &path;
            move |rows: Rows| rows.encode().map_err(|e| FileError::io(path, e))
        };
        let workers = (0..threads.max(1)).map(encode).collect();
        parallel::in_order(blocks, workers, |block| match block {
            Some((place, bytes)) => store.write(place, &bytes),
            None => Ok(()),
        })?;
        store.finish()?;
        summary.repeated = repeated.into_inner();
        summary.alleles = order - summary.repeated;
        summary.fields = fields.iter().map(|field| field.key.clone()).collect();
        Ok(summary)
    }
}

/// Refuses a file none of whose records fits the genome, or in which so many reference alleles
/// differ that it is of another assembly: of one, a quarter fits by chance.
pub(super) fn check_genome(file: &Path, summary: &SourceSummary) -> Result<()> {
    let elsewhere = summary.missing_contigs.values().sum::<u64>();
    let (records, differing) = (summary.records, summary.reference_differs);
    let placed = records.saturating_sub(elsewhere + summary.unplaced);
    let mismatch = |reason: String| {
        Err(FileError::new(file, ErrorKind::ReferenceMismatch, reason)
            .hint("take a file of the genome's assembly"))
    };
    if records > summary.unplaced && placed == differing {
        return mismatch(fits_nowhere(summary));
    }
    let is_many = differing >= FEW || differing * 2 > placed;
    if is_many && differing * PLACED_PER_DIFFERING > placed {
        return mismatch(format!(
            "is of another assembly: of {placed} records on the genome's contigs, {differing} have \
             another reference allele than the genome"
        ));
    }
    Ok(())
}

fn fits_nowhere(summary: &SourceSummary) -> String {
    let contigs: Vec<&str> = summary.missing_contigs.keys().map(String::as_str).take(5).collect();
    if contigs.is_empty() {
        return "no record's reference allele is the genome's".to_owned();
    }
    format!(
        "no record fits the genome: it lacks {} of their contigs ({} …), and elsewhere {} reference \
         alleles differ",
        summary.missing_contigs.len(),
        contigs.join(", "),
        summary.reference_differs
    )
}

/// Entries in blocks, those of one allele joined.
struct Blocks<'a> {
    entries: Sorted<'a>,
    fields: &'a [Carried],
    /// The first entry after the last block.
    next: Option<Entry>,
    /// Entries that were joined to the one before.
    repeated: &'a AtomicU64,
}

impl Blocks<'_> {
    /// The next allele.
    fn entry(&mut self) -> Result<Option<Entry>> {
        let Some(mut entry) =
            self.next.take().map(Ok).or_else(|| self.entries.next()).transpose()?
        else {
            return Ok(None);
        };
        while let Some(next) = self.entries.next().transpose()? {
            if !entry.is_same_allele(&next) {
                self.next = Some(next);
                break;
            }
            entry.values = joined(self.fields, &entry.values, &next.values);
            self.repeated.fetch_add(1, Ordering::Relaxed);
        }
        Ok(Some(entry))
    }

    fn block(&mut self) -> Result<Option<Rows>> {
        let mut rows: Option<Rows> = None;
        while rows.as_ref().is_none_or(|rows| !rows.is_full()) {
            let Some(entry) = self.entry()? else { break };
            let block = rows.get_or_insert_with(|| Rows::new(entry.contig, self.fields.len()));
            let allele = Allele {
                start: entry.start,
                reference: entry.reference.into_bytes(),
                alternate: entry.alternate.into_bytes(),
            };
            block.push(&allele, entry.values.split('\t'));
            if self.next.as_ref().is_some_and(|next| next.contig != block.contig()) {
                break;
            }
        }
        Ok(rows)
    }
}

impl Iterator for Blocks<'_> {
    type Item = Result<Rows>;

    fn next(&mut self) -> Option<Self::Item> {
        self.block().transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(records: u64, unplaced: u64, differing: u64) -> bool {
        let summary = SourceSummary {
            records,
            unplaced,
            reference_differs: differing,
            ..SourceSummary::default()
        };
        check_genome(Path::new("x"), &summary).is_ok()
    }

    #[test]
    fn another_assembly_is_told_by_the_share_that_differs() {
        assert!(check(0, 0, 0) && check(5, 5, 0) && check(100, 0, 5) && check(30, 0, 9));
        assert!(!check(100, 0, 10) && !check(3, 0, 2) && !check(10, 5, 5) && !check(1000, 0, 51));
        assert!(check(1000, 0, 50));
    }
}
