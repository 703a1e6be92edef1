//! Batches of reads, as they pass from the files to the aligner.

/// Longest name that a BAM record holds, in bytes.
pub const MAX_NAME_LEN: usize = 254;
/// Longest read that short-read engines take, in bases.
pub const MAX_READ_LEN: usize = 65_535;
/// Read groups that a sample may have.
pub const MAX_READ_GROUPS: usize = 1 << 16;

/// Why a template cannot be aligned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// Longer than BAM can hold.
    #[error("the name has {0} characters; SAM and BAM hold 254")]
    LongName(usize),
    /// Empty, with `@` at its begin, or with white space or characters that are not printable ASCII.
    #[error("{0:?} is not a name that SAM and BAM can hold")]
    Name(String),
    /// The rest of the header line is longer than it may be.
    #[error("{0} characters follow the name; up to 65535 may")]
    LongSuffix(usize),
    /// Longer than a short-read aligner takes.
    #[error("the read has {0} bases; the aligner is for short reads, of up to 65535")]
    LongRead(usize),
    /// More or fewer qualities than bases.
    #[error("the read has {bases} bases and {quals} qualities")]
    Lengths {
        /// Number of bases.
        bases: usize,
        /// Number of qualities.
        quals: usize,
    },
    /// A quality that is not a printable character.
    #[error("the qualities are not printable characters")]
    Quality,
}

/// One read in the order of sequencing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Read<'a> {
    /// A, C, G, T or N.
    pub bases: &'a [u8],
    /// Phred + 33, as many as bases; none if they are not known.
    pub quals: &'a [u8],
}

/// One or two reads of a molecule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Template<'a> {
    /// Which of the sample's read groups it is of.
    pub read_group: usize,
    /// The name, without `/1` and comment.
    pub name: &'a [u8],
    /// What follows the name in the header lines of the first and of the last read.
    pub suffixes: [&'a [u8]; 2],
    /// The first read, or the only one.
    pub first: Read<'a>,
    /// The last read of a pair.
    pub last: Option<Read<'a>>,
}

/// How a template is named.
///
/// ```
/// use wgs_align::Name;
/// assert_eq!(Name::from(b"pair1"), Name { name: b"pair1", suffixes: [b"", b""] });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name<'a> {
    /// The name, without `/1` and comment.
    pub name: &'a [u8],
    /// What follows it in the header lines of the first and of the last read.
    pub suffixes: [&'a [u8]; 2],
}

impl<'a> From<&'a [u8]> for Name<'a> {
    fn from(name: &'a [u8]) -> Self {
        Self { name, suffixes: [b"", b""] }
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Name<'a> {
    fn from(name: &'a [u8; N]) -> Self {
        name[..].into()
    }
}

/// Templates that follow each other in one input (a lane).
///
/// Which templates a batch holds follows from the input alone, so that what depends on batches does
/// not depend on threads.
///
/// ```
/// use wgs_align::{Read, ReadBatch};
/// let mut batch = ReadBatch::new(0, 0, 0);
/// batch.push(0, b"pair1", Read { bases: b"acgtr", quals: b"IIIII" }, None)?;
/// assert_eq!(batch.templates().next().map(|t| t.first.bases), Some(&b"ACGTN"[..]));
/// # Ok::<(), wgs_align::TemplateError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ReadBatch {
    lane: usize,
    number: u64,
    first_template: u64,
    /// Name, what follows it, bases and qualities of each read, one after the other.
    bytes: Vec<u8>,
    templates: Vec<Lengths>,
    bases: u64,
    reads: u64,
}

#[derive(Clone, Copy, Debug)]
struct Lengths {
    at: usize,
    read_group: u16,
    name: u8,
    suffixes: [u16; 2],
    first: ReadLengths,
    last: Option<ReadLengths>,
}

#[derive(Clone, Copy, Debug)]
struct ReadLengths {
    bases: u16,
    with_quals: bool,
}

impl ReadBatch {
    /// An empty batch: the `number`th, from 0, of an input (`lane`), whose first template is the
    /// `first_template`th, from 0, of the sample.
    pub fn new(lane: usize, number: u64, first_template: u64) -> Self {
        Self {
            lane,
            number,
            first_template,
            bytes: Vec::new(),
            templates: Vec::new(),
            bases: 0,
            reads: 0,
        }
    }

    /// Which input the reads are of, from 0.
    pub fn lane(&self) -> usize {
        self.lane
    }

    /// Which batch of its input this is, from 0.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Number of the first template within the sample, from 0.
    pub fn first_template(&self) -> u64 {
        self.first_template
    }

    /// How many templates there are.
    pub fn len(&self) -> usize {
        self.templates.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.templates.is_empty()
    }

    /// How many bases the reads have.
    pub fn bases(&self) -> u64 {
        self.bases
    }

    /// How many reads there are.
    pub fn reads(&self) -> u64 {
        self.reads
    }

    /// Adds a template of a read group. Bases become upper case, and N where they are not A, C, G
    /// or T.
    ///
    /// # Errors
    ///
    /// If BAM cannot hold it; the batch is as before then.
    ///
    /// # Panics
    ///
    /// If the read group is not below [`MAX_READ_GROUPS`].
    pub fn push<'a>(
        &mut self,
        read_group: usize,
        name: impl Into<Name<'a>>,
        first: Read<'_>,
        last: Option<Read<'_>>,
    ) -> Result<(), TemplateError> {
        let Name { name, suffixes } = name.into();
        check_name(name)?;
        let suffix_lengths = [suffix_length(suffixes[0])?, suffix_length(suffixes[1])?];
        check_read(first)?;
        last.map_or(Ok(()), check_read)?;
        let read_group = u16::try_from(read_group).expect("below MAX_READ_GROUPS");
        let (at, length) = (self.bytes.len(), name.len() as u8);
        for text in [name, suffixes[0], suffixes[1]] {
            self.bytes.extend_from_slice(text);
        }
        let first = self.push_read(first);
        let last = last.map(|read| self.push_read(read));
        self.templates.push(Lengths {
            at,
            read_group,
            name: length,
            suffixes: suffix_lengths,
            first,
            last,
        });
        Ok(())
    }

    fn push_read(&mut self, read: Read<'_>) -> ReadLengths {
        self.bytes.extend(read.bases.iter().map(|&base| LETTERS[usize::from(base)]));
        self.bytes.extend(read.quals);
        self.bases += read.bases.len() as u64;
        self.reads += 1;
        ReadLengths { bases: read.bases.len() as u16, with_quals: !read.quals.is_empty() }
    }

    /// The templates in order.
    pub fn templates(&self) -> impl ExactSizeIterator<Item = Template<'_>> {
        self.templates.iter().map(|lengths| self.template(*lengths))
    }

    /// The template at a place in the batch, from 0.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn template_at(&self, place: usize) -> Template<'_> {
        self.template(self.templates[place])
    }

    fn template(&self, lengths: Lengths) -> Template<'_> {
        let (name, rest) = self.bytes[lengths.at..].split_at(usize::from(lengths.name));
        let (first_suffix, rest) = rest.split_at(usize::from(lengths.suffixes[0]));
        let (last_suffix, mut rest) = rest.split_at(usize::from(lengths.suffixes[1]));
        let suffixes = [first_suffix, last_suffix];
        let first = take_read(&mut rest, lengths.first);
        let last = lengths.last.map(|last| take_read(&mut rest, last));
        Template { read_group: usize::from(lengths.read_group), name, suffixes, first, last }
    }
}

fn take_read<'a>(bytes: &mut &'a [u8], lengths: ReadLengths) -> Read<'a> {
    let count = usize::from(lengths.bases);
    let (bases, rest) = bytes.split_at(count);
    let (quals, rest) = rest.split_at(if lengths.with_quals { count } else { 0 });
    *bytes = rest;
    Read { bases, quals }
}

/// The base on the other strand, of A, C, G, T and N.
pub(crate) fn complement(base: u8) -> u8 {
    match base {
        b'A' => b'T',
        b'C' => b'G',
        b'G' => b'C',
        b'T' => b'A',
        other => other,
    }
}

fn check_name(name: &[u8]) -> Result<(), TemplateError> {
    if name.len() > MAX_NAME_LEN {
        return Err(TemplateError::LongName(name.len()));
    }
    if name.is_empty() || name[0] == b'@' || !name.iter().all(u8::is_ascii_graphic) {
        return Err(TemplateError::Name(String::from_utf8_lossy(name).into_owned()));
    }
    Ok(())
}

fn suffix_length(suffix: &[u8]) -> Result<u16, TemplateError> {
    u16::try_from(suffix.len()).map_err(|_| TemplateError::LongSuffix(suffix.len()))
}

fn check_read(read: Read<'_>) -> Result<(), TemplateError> {
    let (bases, quals) = (read.bases.len(), read.quals.len());
    if bases > MAX_READ_LEN {
        return Err(TemplateError::LongRead(bases));
    }
    if quals != bases && quals != 0 {
        return Err(TemplateError::Lengths { bases, quals });
    }
    if !read.quals.iter().all(u8::is_ascii_graphic) {
        return Err(TemplateError::Quality);
    }
    Ok(())
}

const LETTERS: [u8; 256] = {
    let mut letters = [b'N'; 256];
    let mut i = 0;
    while i < 4 {
        let letter = b"ACGT"[i];
        letters[letter as usize] = letter;
        letters[letter.to_ascii_lowercase() as usize] = letter;
        i += 1;
    }
    letters
};

#[cfg(test)]
mod tests {
    use super::*;

    fn read<'a>(bases: &'a [u8], quals: &'a [u8]) -> Read<'a> {
        Read { bases, quals }
    }

    #[test]
    fn templates_come_back() {
        let mut batch = ReadBatch::new(1, 2, 30);
        let name = Name { name: b"a", suffixes: [b"/1", b" 2:N:0"] };
        batch.push(0, name, read(b"ACGT", b"!!~~"), Some(read(b"TT", b"AB"))).unwrap();
        batch.push(7, b"b", read(b"", b""), None).unwrap();
        batch.push(0, b"c", read(b"G.u-n", b""), Some(read(b"C", b"I"))).unwrap();
        let found: Vec<_> = batch.templates().collect();
        let expected = [
            Template {
                read_group: 0,
                name: b"a",
                suffixes: [b"/1", b" 2:N:0"],
                first: read(b"ACGT", b"!!~~"),
                last: Some(read(b"TT", b"AB")),
            },
            Template {
                read_group: 7,
                name: b"b",
                suffixes: [b"", b""],
                first: read(b"", b""),
                last: None,
            },
            Template {
                read_group: 0,
                name: b"c",
                suffixes: [b"", b""],
                first: read(b"GNNNN", b""),
                last: Some(read(b"C", b"I")),
            },
        ];
        assert_eq!(found, expected);
        assert_eq!((batch.len(), batch.reads(), batch.bases()), (3, 5, 12));
    }

    #[test]
    fn what_bam_cannot_hold_is_refused() {
        let mut batch = ReadBatch::new(0, 0, 0);
        let mut push =
            |name: &[u8], bases: &[u8], quals: &[u8]| batch.push(0, name, read(bases, quals), None);
        assert_eq!(push(&[b'x'; 254], b"A", b"I"), Ok(()));
        assert_eq!(push(&[b'x'; 255], b"A", b"I"), Err(TemplateError::LongName(255)));
        assert!(matches!(push(b"", b"A", b"I"), Err(TemplateError::Name(_))));
        assert!(matches!(push(b"a b", b"A", b"I"), Err(TemplateError::Name(_))));
        assert!(matches!(push(b"@a", b"A", b"I"), Err(TemplateError::Name(_))));
        assert!(matches!(push(b"a\0", b"A", b"I"), Err(TemplateError::Name(_))));
        assert_eq!(push(b"a", b"AC", b"I"), Err(TemplateError::Lengths { bases: 2, quals: 1 }));
        assert_eq!(push(b"a", b"A", b" "), Err(TemplateError::Quality));
        let long = vec![b'A'; 65_536];
        assert_eq!(push(b"a", &long, &long), Err(TemplateError::LongRead(65_536)));
        assert_eq!(batch.len(), 1);
    }
}
