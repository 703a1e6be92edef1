//! One alignment, as BAM packs it.

mod check;
mod edit;
mod error;
mod packing;

use std::fmt;

use wgs_core::ContigIndex;

use super::{ArrayKind, Aux, AuxFields, Cigar, CigarKind, CigarOp, Flags, Tag};

pub use error::RecordError;
pub(super) use packing::{bin, pack_bases};

/// Bytes before the name.
const FIXED: usize = 32;
/// Largest quality that SAM can write.
pub(super) const MAX_QUALITY: u8 = 93;
/// A quality byte that says that there are no qualities.
pub(super) const NO_QUALITY: u8 = 0xff;
/// The 4-bit codes of bases.
const BASES: &[u8; 16] = b"=ACMGRSVTWYHKDBN";
/// The two bases of each packed byte.
static BASE_PAIRS: [[u8; 2]; 256] = base_pairs();

const fn base_pairs() -> [[u8; 2]; 256] {
    let mut pairs = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        pairs[byte] = [BASES[byte >> 4], BASES[byte & 15]];
        byte += 1;
    }
    pairs
}

/// One alignment: a BAM record without its leading `block_size` (SAM v1 §4.2).
///
/// [`Record::from_bytes`] checks every length once, so that accessors never panic, and that the
/// CIGAR covers exactly the bases of SEQ where both are there. A CIGAR of more than 65,535
/// operations lies in the `CG` field, as the specification says; [`Record::cigar`] reads it there.
///
/// The alignment may reach beyond the end of its contig (some aligners let it).
///
/// ```
/// use wgs_core::ContigIndex;
/// use wgs_formats::alignment::{CigarOp, Record, RecordBuilder};
///
/// let record = RecordBuilder::new(b"read1")
///     .position(ContigIndex(0), 99)
///     .cigar(CigarOp::parse(b"2S3M1D1M")?)
///     .bases(b"ACGTAC")
///     .quals(&[30; 6])
///     .build()?;
/// assert_eq!((record.start(), record.end()), (Some(99), Some(104)));
/// assert_eq!(record.base(2), b'G');
/// let same = Record::from_bytes(record.as_bytes().to_vec())?;
/// assert_eq!(same, record);
/// # Ok::<(), wgs_formats::alignment::RecordError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Record(Vec<u8>);

impl Default for Record {
    /// An unmapped record without name (`*`), bases and fields.
    fn default() -> Self {
        let mut bytes = vec![0; FIXED];
        bytes[0..8].fill(0xff);
        bytes[8] = 2;
        bytes[10..12].copy_from_slice(&bin(None).to_le_bytes());
        bytes[14..16].copy_from_slice(&Flags::UNMAPPED.0.to_le_bytes());
        bytes[20..28].fill(0xff);
        bytes.extend(b"*\0");
        Self(bytes)
    }
}

impl Record {
    /// Takes the bytes of a record (without `block_size`) and checks them.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Record, RecordError> {
        let record = Self(bytes);
        record.check()?;
        Ok(record)
    }

    /// The bytes, without `block_size`.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, without `block_size`.
    #[inline]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// Contig, where the record has one.
    #[inline]
    pub fn ref_index(&self) -> Option<ContigIndex> {
        usize::try_from(self.int(0)).ok().map(ContigIndex)
    }

    /// Leftmost aligned base, 0-based, where the record has a contig and a position. An unmapped
    /// read may have them too: those of its mate.
    #[inline]
    pub fn start(&self) -> Option<u32> {
        if self.int(0) < 0 { None } else { u32::try_from(self.int(4)).ok() }
    }

    /// One past the rightmost aligned base, 0-based, where the record has a position: at least one
    /// past [`Record::start`], also of an unmapped read or without CIGAR.
    #[inline]
    pub fn end(&self) -> Option<u32> {
        let span = if self.flags().is_unmapped() { 1 } else { self.reference_span().max(1) };
        self.start().map(|start| start + span)
    }

    /// Reference bases that the CIGAR covers; 0 without one.
    #[inline]
    pub fn reference_span(&self) -> u32 {
        self.cigar().reference_span()
    }

    /// Contig of the mate (RNEXT).
    #[inline]
    pub fn mate_ref_index(&self) -> Option<ContigIndex> {
        usize::try_from(self.int(20)).ok().map(ContigIndex)
    }

    /// Leftmost aligned base of the mate (PNEXT), 0-based.
    #[inline]
    pub fn mate_start(&self) -> Option<u32> {
        if self.int(20) < 0 { None } else { u32::try_from(self.int(24)).ok() }
    }

    /// Observed template length (TLEN), signed.
    #[inline]
    pub fn template_length(&self) -> i32 {
        self.int(28)
    }

    /// The flags.
    #[inline]
    pub fn flags(&self) -> Flags {
        Flags(u16::from_le_bytes([self.0[14], self.0[15]]))
    }

    /// Mapping quality, Phred-scaled; 255 if it is not known.
    #[inline]
    pub fn mapq(&self) -> u8 {
        self.0[9]
    }

    /// Name of the template, without NUL; `*` if it has none.
    #[inline]
    pub fn name(&self) -> &[u8] {
        &self.0[FIXED..self.name_end() - 1]
    }

    /// The alignment's operations; none if there is no alignment.
    #[inline]
    pub fn cigar(&self) -> Cigar<'_> {
        let packed = self.packed_cigar();
        if self.is_cigar_placeholder() {
            return self.long_cigar().map_or(Cigar::new(packed), Cigar::new);
        }
        Cigar::new(packed)
    }

    /// Number of bases of SEQ; 0 if it is absent (`*`).
    #[inline]
    pub fn len(&self) -> usize {
        self.int(16) as u32 as usize
    }

    /// Whether SEQ is absent (`*`).
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A base of SEQ, in ASCII: one of `=ACMGRSVTWYHKDBN`.
    ///
    /// # Panics
    ///
    /// If `index` is not below [`Record::len`].
    #[inline]
    pub fn base(&self, index: usize) -> u8 {
        let packed = self.packed_bases()[index / 2];
        BASES[usize::from(if index.is_multiple_of(2) { packed >> 4 } else { packed & 15 })]
    }

    /// SEQ in ASCII; empty if it is absent.
    pub fn bases(&self) -> Vec<u8> {
        let mut bases = Vec::new();
        self.bases_into(&mut bases);
        bases
    }

    /// Replaces the content of a buffer by SEQ in ASCII.
    pub fn bases_into(&self, bases: &mut Vec<u8>) {
        let packed = self.packed_bases();
        bases.resize(2 * packed.len(), 0);
        for (pair, &byte) in bases.as_chunks_mut::<2>().0.iter_mut().zip(packed) {
            *pair = BASE_PAIRS[usize::from(byte)];
        }
        bases.truncate(self.len());
    }

    /// SEQ as BAM packs it: the first of two bases in the high half of a byte.
    #[inline]
    pub fn packed_bases(&self) -> &[u8] {
        let start = self.cigar_end();
        &self.0[start..start + self.len().div_ceil(2)]
    }

    /// Base qualities, Phred-scaled without offset, one per base; empty if they are absent (`*`).
    #[inline]
    pub fn quals(&self) -> &[u8] {
        let end = self.quals_end();
        match &self.0[end - self.len()..end] {
            [NO_QUALITY, ..] => &[],
            quals => quals,
        }
    }

    /// The value of an optional field.
    #[inline]
    pub fn aux(&self, tag: Tag) -> Option<Aux<'_>> {
        self.aux_fields().find(tag).map(|(_, value)| value)
    }

    /// The optional fields, in their order.
    #[inline]
    pub fn aux_fields(&self) -> AuxFields<'_> {
        AuxFields::new(&self.0[self.quals_end()..])
    }

    /// Id of the read group (`RG`).
    #[inline]
    pub fn read_group(&self) -> Option<&[u8]> {
        self.aux(*b"RG").and_then(Aux::as_text)
    }
}

/// Layout.
impl Record {
    #[inline]
    fn int(&self, offset: usize) -> i32 {
        let b = &self.0[offset..offset + 4];
        i32::from_le_bytes([b[0], b[1], b[2], b[3]])
    }

    #[inline]
    fn set_int(&mut self, offset: usize, value: i32) {
        self.0[offset..offset + 4].copy_from_slice(&value.to_le_bytes());
    }

    #[inline]
    fn name_end(&self) -> usize {
        FIXED + usize::from(self.0[8])
    }

    #[inline]
    fn cigar_end(&self) -> usize {
        self.name_end() + 4 * usize::from(u16::from_le_bytes([self.0[12], self.0[13]]))
    }

    #[inline]
    fn quals_end(&self) -> usize {
        let len = self.len();
        self.cigar_end() + len.div_ceil(2) + len
    }

    /// The operations that stand in their place, be they the placeholder of a long CIGAR.
    #[inline]
    pub(super) fn packed_cigar(&self) -> &[u8] {
        &self.0[self.name_end()..self.cigar_end()]
    }

    /// Packed bases, qualities and optional fields.
    pub(super) fn after_cigar(&self) -> &[u8] {
        &self.0[self.cigar_end()..]
    }

    /// The packed optional fields.
    pub(super) fn aux_bytes(&self) -> &[u8] {
        &self.0[self.quals_end()..]
    }

    /// Whether the operations are `kSmN`, k the length of SEQ, which stand for a CIGAR in `CG`.
    #[inline]
    pub(super) fn is_cigar_placeholder(&self) -> bool {
        let packed = self.packed_cigar();
        if packed.len() != 8 {
            return false;
        }
        let mut ops = Cigar::new(packed);
        let clip = CigarOp::new(CigarKind::SoftClip, self.len() as u32);
        ops.next() == Some(clip) && ops.next().is_some_and(|op| op.kind == CigarKind::Skip)
    }

    /// The packed operations in `CG`.
    #[inline]
    pub(super) fn long_cigar(&self) -> Option<&[u8]> {
        let array = self.aux(*b"CG")?.as_array()?;
        (array.kind() == ArrayKind::U32).then(|| array.as_bytes())
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("name", &String::from_utf8_lossy(self.name()))
            .field("flags", &self.flags().0)
            .field("ref_index", &self.ref_index().map(|i| i.0))
            .field("start", &self.start())
            .field("cigar", &self.cigar().to_string())
            .field("bases", &String::from_utf8_lossy(&self.bases()))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
