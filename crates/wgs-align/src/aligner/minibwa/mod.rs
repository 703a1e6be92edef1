//! The embedded engine minibwa.

mod hit;
mod insert;
pub(crate) mod native;
mod record;
#[cfg(test)]
mod tests;

use std::{
    ffi::CString,
    path::{Path, PathBuf},
};

use wgs_core::{ContigList, ErrorKind};
use wgs_formats::{FileError, Result, alignment::Record, genome::Genome};

use self::{
    hit::Hit,
    insert::Pairing,
    native::{Buffer, Index, Query},
    record::Records,
};
use super::{AlignWorker, Aligner, InsertSize, ambiguous::AmbiguousBases};
use crate::{
    index,
    reads::{ReadBatch, Template},
};

/// The engine's name.
const NAME: &str = "minibwa";
/// Bytes of a worker: buffers of the engine, alignments of some templates.
const WORKER_BYTES: u64 = 128 << 20;
/// Templates that are mapped together.
const PART_TEMPLATES: usize = 512;

/// The engine minibwa with its index in memory: about 2.3 bytes per base of the genome, against
/// 3.5 of [`BwaMem3`](super::BwaMem3).
///
/// Parameters are the defaults of `minibwa map -b MD -Y`, with the insert sizes given (`-I`): the
/// engine takes whole numbers, of pairs that face inward alone, so that no other pair is proper.
/// They are estimated from the first batch, mapped read by read. What comes out of a pair then
/// depends on its bases, its name (which breaks ties) and the insert sizes only.
///
/// Records differ from the program's in fields that SAM leaves open: `SA` has whole CIGARs, `XS`
/// stands for `ms` and `md`, a supplementary record names the place where an unmapped mate stands;
/// and `NM` and `MD` over ambiguous reference bases follow the genome.
pub struct Minibwa {
    prefix: PathBuf,
    genome: Genome,
    ambiguous: AmbiguousBases,
    index: Index,
}

impl Minibwa {
    /// Name and version of the engine, known without an index.
    pub fn engine() -> String {
        format!("{NAME} {}", native::version())
    }

    /// Loads the index of a genome at `prefix`, after it was checked
    /// ([`index::minibwa::validate`]).
    ///
    /// # Errors
    ///
    /// If the index is not whole, is of another genome, or cannot be read.
    pub fn load(prefix: &Path, genome: &Genome) -> Result<Self> {
        index::minibwa::validate(prefix, genome.contigs())?;
        let index = Index::load(prefix).ok_or_else(|| failed(prefix, "the index is refused"))?;
        let ambiguous = AmbiguousBases::of(genome);
        Ok(Self { prefix: prefix.to_owned(), genome: genome.clone(), ambiguous, index })
    }
}

fn failed(prefix: &Path, reason: &str) -> FileError {
    FileError::new(prefix, ErrorKind::TaskFailed, format!("failed to align: {reason}"))
}

impl Aligner for Minibwa {
    fn name(&self) -> &str {
        NAME
    }

    fn version(&self) -> &str {
        native::version()
    }

    fn command_line(&self) -> String {
        "minibwa map -b MD -Y".into()
    }

    fn contigs(&self) -> &ContigList {
        self.genome.contigs()
    }

    fn index_bytes(&self) -> u64 {
        index::minibwa::loaded_bytes(self.contigs().total_length())
    }

    fn worker_bytes(&self) -> u64 {
        WORKER_BYTES
    }

    fn worker(&self) -> Result<Box<dyn AlignWorker + '_>> {
        let buffer = Buffer::new().ok_or_else(|| failed(&self.prefix, "no memory"))?;
        Ok(Box::new(Worker { engine: self, buffer }))
    }
}

struct Worker<'a> {
    engine: &'a Minibwa,
    buffer: Buffer,
}

/// Pairs, or single reads, of a batch.
#[derive(Default)]
struct Part<'a> {
    places: Vec<usize>,
    templates: Vec<Template<'a>>,
    names: Vec<CString>,
}

impl<'a> Part<'a> {
    fn push(&mut self, place: usize, template: Template<'a>) {
        self.places.push(place);
        // Names of a batch are printable.
        self.names.push(CString::new(template.name).unwrap_or_default());
        self.templates.push(template);
    }

    fn queries(&self) -> Vec<Query<'_>> {
        let mut queries = Vec::with_capacity(2 * self.templates.len());
        for (template, name) in self.templates.iter().zip(&self.names) {
            for read in [Some(template.first), template.last].into_iter().flatten() {
                queries.push(Query { name, bases: read.bases });
            }
        }
        queries
    }
}

impl Worker<'_> {
    fn map(&mut self, queries: &[Query<'_>], pairing: Option<Pairing>) -> Result<Vec<Vec<Hit>>> {
        native::map(&self.engine.index, &mut self.buffer, queries, pairing)
            .ok_or_else(|| failed(&self.engine.prefix, "the reads are refused"))
    }

    fn estimate(&mut self, pairs: &[Part<'_>]) -> Result<InsertSize> {
        let mut hits = Vec::new();
        for part in pairs {
            hits.extend(self.map(&part.queries(), None)?);
        }
        Ok(insert::estimate(hits.chunks_exact(2).map(|pair| (&pair[0][..], &pair[1][..]))))
    }

    fn part(
        &mut self,
        part: &Part<'_>,
        pairing: Option<Pairing>,
        out: &mut dyn FnMut(usize, Record) -> Result<()>,
    ) -> Result<()> {
        let hits = self.map(&part.queries(), pairing)?;
        let Minibwa { prefix, genome, ambiguous, .. } = self.engine;
        let records = Records { contigs: genome.contigs() };
        let mut hits = hits.iter().map(Vec::as_slice);
        for (&place, template) in part.places.iter().zip(&part.templates) {
            let first = hits.next().unwrap_or_default();
            let last = template.last.and_then(|_| hits.next()).unwrap_or_default();
            let impossible = |e| failed(prefix, &format!("an impossible record: {e}"));
            for mut record in records.of(template, [first, last]).map_err(impossible)? {
                ambiguous.correct(&mut record, genome).map_err(impossible)?;
                out(place, record)?;
            }
        }
        Ok(())
    }
}

/// The pairs of a batch, and its single reads, in parts.
fn parts(batch: &ReadBatch) -> [Vec<Part<'_>>; 2] {
    let mut parts: [Vec<Part<'_>>; 2] = Default::default();
    for (place, template) in batch.templates().enumerate() {
        let parts = &mut parts[usize::from(template.last.is_none())];
        match parts.last_mut() {
            Some(part) if part.places.len() < PART_TEMPLATES => part.push(place, template),
            _ => {
                let mut part = Part::default();
                part.push(place, template);
                parts.push(part);
            }
        }
    }
    parts
}

impl AlignWorker for Worker<'_> {
    fn align(
        &mut self,
        batch: &ReadBatch,
        insert: Option<&InsertSize>,
        out: &mut dyn FnMut(usize, Record) -> Result<()>,
    ) -> Result<InsertSize> {
        let [pairs, singles] = parts(batch);
        let insert = match insert {
            Some(insert) => *insert,
            None => self.estimate(&pairs)?,
        };
        for part in &pairs {
            self.part(part, Some(Pairing::of(&insert)), out)?;
        }
        for part in &singles {
            self.part(part, None, out)?;
        }
        Ok(insert)
    }
}
