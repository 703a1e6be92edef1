//! From the contigs of a file to those of the genome.

use std::path::Path;

use wgs_core::{ContigError, ContigIndex, ContigList, ErrorKind};

use super::{Header, Record, SortOrder};
use crate::{FileError, Result, genome::Genome};

/// How contigs of a file become those of the genome, and how long they are.
pub(super) struct ContigMap {
    file: ContigList,
    /// Index in the file to index in the genome, where the two lists differ.
    table: Option<Vec<i32>>,
}

impl ContigMap {
    /// Refuses a file whose contigs are not the genome's.
    pub(super) fn new(path: &Path, header: &Header, genome: Option<&Genome>) -> Result<Self> {
        let file = header.contigs().clone();
        let table = match genome {
            None => None,
            Some(genome) => {
                table(&file, genome.contigs()).map_err(|e| mismatch(path, genome, &e))?
            }
        };
        Ok(Self { file, table })
    }

    /// The contigs as the file has them.
    pub(super) fn of_file(&self) -> &ContigList {
        &self.file
    }

    /// The index in the file of a contig of the genome (or of the file, without a genome).
    pub(super) fn in_file(&self, contig: ContigIndex) -> Option<ContigIndex> {
        match &self.table {
            None => Some(contig),
            Some(table) => {
                let same = |&new: &i32| usize::try_from(new) == Ok(contig.0);
                table.iter().position(same).map(ContigIndex)
            }
        }
    }

    /// The index in the genome (or the file, without a genome) of a contig of the file.
    pub(super) fn in_genome(&self, contig: ContigIndex) -> Option<ContigIndex> {
        match &self.table {
            None => Some(contig),
            Some(table) => usize::try_from(*table.get(contig.0)?).ok().map(ContigIndex),
        }
    }

    /// The header with the genome's contigs. It claims to be sorted by coordinate only where the
    /// file's contigs stand in the genome's order.
    pub(super) fn header(&self, header: Header, genome: Option<&Genome>) -> Header {
        let (Some(table), Some(genome)) = (&self.table, genome) else { return header };
        let mut header = header.with_contigs(genome.contigs());
        if header.sort_order() == SortOrder::Coordinate && !table.is_sorted() {
            header.set_sort_order(SortOrder::Unsorted);
        }
        header
    }

    /// Checks that a record lies on contigs of the file, and gives it those of the genome.
    pub(super) fn apply(&self, path: &Path, record: &mut Record) -> Result<()> {
        self.check(path, "the read", record.ref_index(), record.start())?;
        self.check(path, "the mate", record.mate_ref_index(), record.mate_start())?;
        if let Some(table) = &self.table {
            record.map_contigs(table);
        }
        Ok(())
    }

    fn check(
        &self,
        path: &Path,
        what: &str,
        contig: Option<ContigIndex>,
        start: Option<u32>,
    ) -> Result<()> {
        let Some(index) = contig else { return Ok(()) };
        let Some(contig) = self.file.get(index) else {
            let reason =
                format!("{what} lies on contig number {}, which the header lacks", index.0);
            return Err(FileError::invalid(path, reason));
        };
        if start.is_some_and(|start| start >= contig.length) {
            let (name, length) = (&contig.name, contig.length);
            let reason = format!("{what} lies beyond the end of {name}, which has {length} bases");
            return Err(FileError::invalid(path, reason));
        }
        Ok(())
    }
}

fn table(file: &ContigList, genome: &ContigList) -> Result<Option<Vec<i32>>, ContigError> {
    genome.check_data(file)?;
    let same_names = file.iter().map(|c| &c.name).eq(genome.iter().map(|c| &c.name));
    let index = |name: &str| genome.index_of(name).map_or(-1, |i| i.0 as i32);
    Ok((!same_names).then(|| file.iter().map(|c| index(&c.name)).collect()))
}

fn mismatch(path: &Path, genome: &Genome, error: &ContigError) -> FileError {
    let reason = format!("was not made with the genome {}: {error}", genome.path().display());
    FileError::new(path, ErrorKind::ReferenceMismatch, reason)
        .hint("use the reference that the data was aligned to, or align the reads again")
}
