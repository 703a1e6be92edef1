//! The reads of an alignment file as they were before all that was done to them.

use std::path::{Path, PathBuf};

use wgs_formats::{
    FileError, Result,
    alignment::{
        ReadGroup, UnalignCounts, UnalignOptions, UnalignedRead, UnalignedReads, UnalignedTemplate,
        Unaligner,
    },
    fastq,
    genome::Genome,
};

use super::{
    GroupDigest, Mate, Original, ReadsDigest, Suffixes,
    record::{TAGS, TRIMMED},
};
use crate::reads::Read;

/// Gives back the reads of a SAM, BAM or CRAM file: what was trimmed and what followed the names
/// included, where the file tells.
///
/// ```no_run
/// use std::path::Path;
/// use wgs_align::origin::Originals;
///
/// let mut reads = Originals::open(Path::new("unaligned.bam"), None, Default::default())?;
/// while let Some(template) = reads.read()? {
///     let first = template.fastq().first;
///     assert_eq!(first.bases.len(), first.quals.len());
/// }
/// # Ok::<(), wgs_formats::FileError>(())
/// ```
pub struct Originals {
    path: PathBuf,
    reader: Unaligner,
    /// Of each read group of the file.
    suffixes: Vec<Suffixes>,
    /// Of each read group, whether its records may tell what was trimmed: in files of other programs
    /// the same tags may stand for anything.
    trimmed: Vec<bool>,
    first: Original,
    last: Original,
}

/// The reads of a template as FASTQ has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FastqReads<'a> {
    /// The first read, or the only one.
    pub first: fastq::Read<'a>,
    /// The last read of a pair.
    pub last: Option<fastq::Read<'a>>,
}

/// A template with its reads as they were.
#[derive(Clone, Copy, Debug)]
pub struct OriginalTemplate<'a> {
    /// Which of the file's read groups it is of; none if the file does not tell.
    pub read_group: Option<usize>,
    /// The name, without `/1` and comment.
    pub name: &'a [u8],
    /// Which read of a pair the only one is, whose mate the file lacks.
    pub orphan: Option<Mate>,
    pub(crate) first: &'a Original,
    /// The last read of a pair.
    pub(crate) last: Option<&'a Original>,
}

impl<'a> OriginalTemplate<'a> {
    /// The reads as FASTQ has them.
    pub fn fastq(&self) -> FastqReads<'a> {
        let name = self.name;
        let read = |read: &'a Original| fastq::Read {
            name,
            suffix: &read.suffix,
            bases: &read.bases,
            quals: &read.quals,
        };
        FastqReads { first: read(self.first), last: self.last.map(read) }
    }

    /// Adds the reads to a digest.
    pub(crate) fn digest(&self, digest: &mut ReadsDigest) {
        let FastqReads { first, last } = self.fastq();
        digest.add(first, last);
    }
}

impl Originals {
    /// Opens a file, as [`Unaligner::open`] does; the tags of the options are its own.
    ///
    /// # Errors
    ///
    /// Those of [`Unaligner::open`]; and if the header tells of reads otherwise than wgs-pipe does.
    pub fn open(path: &Path, genome: Option<&Genome>, options: UnalignOptions) -> Result<Self> {
        let options = UnalignOptions { tags: TAGS.to_vec(), ..options };
        let reader = Unaligner::open(path, genome, options)?;
        let suffixes = reader.read_groups().iter().map(|group| {
            Suffixes::read(group).ok_or_else(|| {
                let reason = format!("@RG {}: s1 or s2 are not what wgs-pipe writes", group.id);
                FileError::invalid(path, reason)
            })
        });
        let suffixes = suffixes.collect::<Result<_>>()?;
        let groups = reader.read_groups().iter();
        Ok(Self {
            trimmed: groups.map(|group| GroupDigest::read(group).is_some()).collect(),
            path: path.to_owned(),
            reader,
            suffixes,
            first: Original::default(),
            last: Original::default(),
        })
    }

    /// What was seen so far; whole when [`Originals::read`] has given `None`.
    pub fn counts(&self) -> UnalignCounts {
        self.reader.counts()
    }

    /// The file's read groups.
    pub fn read_groups(&self) -> &[ReadGroup] {
        self.reader.read_groups()
    }

    /// Records that were left out as they are those of a template that was read already.
    pub(crate) fn repeated(&self) -> u64 {
        self.reader.counts().repeated
    }

    /// The next template, which the next call overwrites; `None` at the end.
    ///
    /// # Errors
    ///
    /// Those of [`Unaligner::read`]; if another program has used the tags of [`origin`](super) for
    /// something else; if mates have kept different places in the input.
    pub fn read(&mut self) -> Result<Option<OriginalTemplate<'_>>> {
        let Some(template) = self.reader.read()? else { return Ok(None) };
        let UnalignedTemplate { read_group, reads } = template;
        let [first_suffix, last_suffix] = match read_group {
            Some(group) => self.suffixes[group].0.each_ref().map(Vec::as_slice),
            None => [&b""[..]; 2],
        };
        let trimmed = read_group.is_some_and(|group| self.trimmed[group]);
        let (first, suffix, last, orphan) = match reads {
            UnalignedReads::Pair(first, last) => (first, first_suffix, Some(last), None),
            UnalignedReads::Single(read) => (read, first_suffix, None, None),
            UnalignedReads::OrphanFirst(read) => (read, first_suffix, None, Some(Mate::First)),
            UnalignedReads::OrphanLast(read) => (read, last_suffix, None, Some(Mate::Last)),
        };
        fill(&mut self.first, first, suffix, trimmed, &self.path)?;
        if let Some(last) = last {
            fill(&mut self.last, last, last_suffix, trimmed, &self.path)?;
        }
        let last = last.map(|_| &self.last);
        if last.is_some_and(|last| last.place != self.first.place) {
            let name = String::from_utf8_lossy(first.name);
            let reason = format!("the reads {name} are of two templates: their places (fi) differ");
            return Err(FileError::invalid(&self.path, reason)
                .hint("several templates of the read group have this name"));
        }
        Ok(Some(OriginalTemplate {
            read_group,
            name: first.name,
            orphan,
            first: &self.first,
            last,
        }))
    }
}

fn fill(
    to: &mut Original,
    read: UnalignedRead<'_>,
    suffix: &[u8],
    trimmed: bool,
    path: &Path,
) -> Result<()> {
    let kept = Read { bases: read.bases, quals: read.quals };
    let told = |tag| read.aux(tag).filter(|_| trimmed || !TRIMMED.contains(&tag));
    to.fill(kept, told, suffix).map_err(|tag| {
        let (name, tag) = (String::from_utf8_lossy(read.name), String::from_utf8_lossy(&tag));
        FileError::invalid(
            path,
            format!("the read {name} has a tag {tag} that wgs-pipe writes otherwise"),
        )
        .hint("another program has used it: remove the tag")
    })
}
