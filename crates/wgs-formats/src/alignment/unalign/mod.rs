//! From aligned, or unaligned, BAM and CRAM back to the reads as they were sequenced.

mod mates;
mod segment;
mod spill;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use self::{
    mates::{Event, Mates},
    segment::{Segment, Which},
};
use super::{Aux, AuxFields, Format, Header, ReadGroup, ReadOptions, Reader, Record, Tag};
use crate::{Result, digest::Expected, genome::Genome};

/// How [`Unaligner`] works.
#[derive(Clone, Debug)]
pub struct UnalignOptions {
    /// Bytes of reads without mate that are held in memory; more go to temporary files.
    pub memory_bytes: usize,
    /// Where temporary files, which have no names, are made.
    pub scratch: PathBuf,
    /// Threads for decompression; 0 is 1.
    pub threads: usize,
    /// Optional fields of the records that [`UnalignedRead::aux`] gives. They count as memory of
    /// reads that wait.
    pub tags: Vec<Tag>,
    /// Digests that the file must have; they are checked when all of it is read.
    pub expected: Expected,
}

impl Default for UnalignOptions {
    /// 512 MiB, the system's folder for temporary files, one thread, no fields and no digests.
    fn default() -> Self {
        Self {
            memory_bytes: 512 << 20,
            scratch: std::env::temp_dir(),
            threads: 1,
            tags: Vec::new(),
            expected: Expected::default(),
        }
    }
}

/// A read in the orientation of sequencing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnalignedRead<'a> {
    /// Name.
    pub name: &'a [u8],
    /// Bases: `A`, `C`, `G`, `T` or `N`; at least one.
    pub bases: &'a [u8],
    /// Qualities, Phred + 33, as many as bases; none if the file has none.
    pub quals: &'a [u8],
    aux: &'a [u8],
}

impl<'a> UnalignedRead<'a> {
    /// An optional field of the primary record, as it stands there (in the orientation of the
    /// record), if it is one of [`UnalignOptions::tags`].
    pub fn aux(&self, tag: Tag) -> Option<Aux<'a>> {
        self.aux_fields().find_map(|(found, value)| (found == tag).then_some(value))
    }

    /// Those of [`UnalignOptions::tags`] that the primary record has, in its order.
    pub fn aux_fields(&self) -> AuxFields<'a> {
        AuxFields::new(self.aux)
    }
}

/// The reads of a template, in the orientation of sequencing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnalignedTemplate<'a> {
    /// Place of the read group in [`Unaligner::read_groups`]; none if the records have no `RG`.
    pub read_group: Option<usize>,
    /// The reads.
    pub reads: UnalignedReads<'a>,
}

/// The reads of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnalignedReads<'a> {
    /// First and last read.
    Pair(UnalignedRead<'a>, UnalignedRead<'a>),
    /// A read that was sequenced alone.
    Single(UnalignedRead<'a>),
    /// The first read of a pair of which the file lacks the last.
    OrphanFirst(UnalignedRead<'a>),
    /// The last read of a pair of which the file lacks the first.
    OrphanLast(UnalignedRead<'a>),
}

/// What [`Unaligner`] has seen so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UnalignCounts {
    /// Templates with both reads.
    pub pairs: u64,
    /// Reads that were sequenced alone.
    pub singles: u64,
    /// Reads whose mate the file lacks.
    pub orphans: u64,
    /// Records that were there before, the same in every base and quality.
    pub repeated: u64,
    /// Secondary and supplementary records, which stand for no read of their own.
    pub not_primary: u64,
}

/// The templates of a SAM, BAM or CRAM file in any order, aligned or not, for aligning them again.
///
/// Primary records alone count, and give back what was sequenced: reversed ones are reversed
/// again, and original qualities (`OQ`) are taken where they are kept. Optional fields come along on
/// request ([`UnalignOptions::tags`], [`UnalignedRead::aux`]). Mates find each other by read group and name. Those of a file grouped
/// by name come in its order; else a pair comes when its second record does, and pairs whose
/// records are far apart may wait in temporary files and come at the end, with orphans. The order
/// follows from the file and [`UnalignOptions::memory_bytes`] alone.
///
/// A file that was joined of overlapping slices has records twice; what stands twice at one place
/// counts once.
///
/// What has lost bases cannot be given back, so a primary record with hard clips is refused, one
/// without bases, one with bases other than `A`, `C`, `G`, `T` and `N`, and one whose `OQ` is not a
/// quality for each base.
///
/// ```
/// use wgs_formats::alignment::{UnalignOptions, UnalignedReads, Unaligner};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("reads.sam");
/// std::fs::write(&path, "@SQ\tSN:chr1\tLN:100\n@RG\tID:lane1\tSM:s\n\
///     p\t99\tchr1\t11\t60\t4M\t=\t31\t24\tAACC\tIIIF\tRG:Z:lane1\n\
///     p\t147\tchr1\t31\t60\t4M\t=\t11\t-24\tAAAC\tFIII\tRG:Z:lane1\n")?;
/// let options = UnalignOptions { tags: vec![*b"RG"], ..UnalignOptions::default() };
/// let mut reads = Unaligner::open(&path, None, options)?;
/// let template = reads.read()?.expect("there is one");
/// assert_eq!(template.read_group, Some(0));
/// let UnalignedReads::Pair(first, last) = template.reads else { panic!("it is a pair") };
/// assert_eq!(first.aux(*b"RG").and_then(|field| field.as_text()), Some(&b"lane1"[..]));
/// assert_eq!((first.bases, first.quals), (&b"AACC"[..], &b"IIIF"[..]));
/// assert_eq!((last.bases, last.quals), (&b"GTTT"[..], &b"IIIF"[..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Unaligner {
    reader: Reader,
    groups: HashMap<Vec<u8>, u32>,
    mates: Mates,
    counts: UnalignCounts,
    record: Record,
    number: u64,
    current: Current,
    tags: Vec<Tag>,
    ended: bool,
}

/// The template that was given out last.
#[derive(Default)]
struct Current {
    first: Segment,
    last: Segment,
}

impl Unaligner {
    /// Opens a file. The genome is that which a CRAM file was made with; SAM and BAM need none,
    /// and may be aligned to another.
    pub fn open(
        path: impl AsRef<Path>,
        genome: Option<&Genome>,
        options: UnalignOptions,
    ) -> Result<Self> {
        let path = path.as_ref();
        let genome = genome.filter(|_| matches!(Format::of_file(path), Ok(Format::Cram)));
        let UnalignOptions { memory_bytes, scratch, threads, tags, expected } = options;
        let reader = Reader::open_with(path, genome, ReadOptions { threads, expected })?;
        let ids = reader.header().read_groups().iter().map(|group| group.id.as_bytes().to_vec());
        Ok(Self {
            groups: ids.zip(0..).collect(),
            reader,
            mates: Mates::new(memory_bytes, scratch),
            counts: UnalignCounts::default(),
            record: Record::default(),
            number: 0,
            current: Current::default(),
            tags,
            ended: false,
        })
    }

    /// The file's header.
    pub fn header(&self) -> &Header {
        self.reader.header()
    }

    /// The file's read groups.
    pub fn read_groups(&self) -> &[ReadGroup] {
        self.reader.header().read_groups()
    }

    /// What was seen so far; whole when [`Unaligner::read`] has given `None`.
    pub fn counts(&self) -> UnalignCounts {
        self.counts
    }

    /// The next template, which the next call overwrites; `None` at the end.
    ///
    /// # Errors
    ///
    /// Those of [`Reader::read`] (among them that of a digest that is not the expected one, before
    /// the reads that only the end of the file decides); [`InvalidInput`](wgs_core::ErrorKind::InvalidInput) if a read
    /// cannot be given back, if a template has two first or two last reads, or if a read group is
    /// not in the header; and those of temporary files.
    pub fn read(&mut self) -> Result<Option<UnalignedTemplate<'_>>> {
        let event = loop {
            let event = if self.ended {
                let Current { first, last } = &mut self.current;
                let Some(event) = self.mates.drain(first, last, self.reader.path())? else {
                    return Ok(None);
                };
                Some(event)
            } else {
                self.next_record()?
            };
            match event {
                None => {}
                Some(Event::Repeat) => self.counts.repeated += 1,
                Some(event) => break event,
            }
        };
        Ok(Some(self.template(event)))
    }

    /// Reads a record; gives what follows from it, if anything does.
    fn next_record(&mut self) -> Result<Option<Event>> {
        if !self.reader.read(&mut self.record)? {
            self.ended = true;
            self.mates.end()?;
            return Ok(None);
        }
        self.number += 1;
        if !self.record.flags().is_primary() {
            self.counts.not_primary += 1;
            return Ok(None);
        }
        let (Current { first, last }, path) = (&mut self.current, self.reader.path());
        let event = match first.fill(&self.record, &self.groups, &self.tags, path) {
            Ok(Which::Single) => Ok(Some(Event::Single)),
            Ok(_) => {
                let place = self.record.ref_index().zip(self.record.start());
                self.mates.add(first, place, last, path)
            }
            Err(error) => Err(error),
        };
        event.map_err(|e| e.at(format!("record {}", self.number)))
    }

    fn template(&mut self, event: Event) -> UnalignedTemplate<'_> {
        let Current { first, last } = &mut self.current;
        if event == Event::Pair && first.which == Which::Last {
            std::mem::swap(first, last);
        }
        let reads = match (event, first.which) {
            (Event::Pair, _) => UnalignedReads::Pair(first.read(), last.read()),
            (Event::Single, _) => UnalignedReads::Single(first.read()),
            (_, Which::Last) => UnalignedReads::OrphanLast(first.read()),
            _ => UnalignedReads::OrphanFirst(first.read()),
        };
        match reads {
            UnalignedReads::Pair(..) => self.counts.pairs += 1,
            UnalignedReads::Single(_) => self.counts.singles += 1,
            _ => self.counts.orphans += 1,
        }
        UnalignedTemplate { read_group: first.group(), reads }
    }
}

#[cfg(test)]
mod tests;
