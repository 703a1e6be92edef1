//! One alignment, as BAM packs it.

use std::fmt;

use wgs_core::ContigIndex;

use super::{ArrayKind, Aux, AuxFields, Cigar, CigarKind, CigarOp, Flags, Tag, tags};

/// Bytes before the name.
const FIXED: usize = 32;
/// Largest quality that SAM can write.
pub(super) const MAX_QUALITY: u8 = 93;
/// A quality byte that says that there are no qualities.
pub(super) const NO_QUALITY: u8 = 0xff;
/// The 4-bit codes of bases.
const BASES: &[u8; 16] = b"=ACMGRSVTWYHKDBN";

/// Why bytes, or values, do not make a record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// The bytes end before what their lengths announce.
    #[error("the record is shorter than its lengths say")]
    Short,
    /// A reference id or position below -1, or past 2^31-1.
    #[error("impossible reference id or position")]
    Position,
    /// The name is not 1 to 254 printable characters with a NUL.
    #[error("impossible read name")]
    Name,
    /// An operation that does not exist, or lengths that overflow.
    #[error("impossible CIGAR {0}")]
    Cigar(String),
    /// CIGAR and SEQ disagree.
    #[error("the CIGAR covers {cigar} bases, SEQ has {bases}")]
    CigarLength {
        /// Bases that the CIGAR covers.
        cigar: u64,
        /// Bases of SEQ.
        bases: usize,
    },
    /// SEQ and QUAL have different lengths.
    #[error("SEQ has {bases} bases, QUAL {quals}")]
    QualityLength {
        /// Bases of SEQ.
        bases: usize,
        /// Qualities of QUAL.
        quals: usize,
    },
    /// A quality beyond 93.
    #[error("quality {0} is beyond 93")]
    Quality(u8),
    /// A base that is not an IUPAC code.
    #[error("{:?} is not a nucleotide code", char::from(*.0))]
    Base(u8),
    /// An optional field that is cut, of no known type, or with impossible characters.
    #[error("impossible optional field")]
    Aux,
    /// A value that its optional field cannot hold.
    #[error("the optional field {0} cannot hold this value")]
    AuxValue(String),
    /// Larger than BAM can hold.
    #[error("the record is larger than BAM can hold")]
    Long,
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

/// R-tree bin of an interval (SAM v1 §5.3), or of no position.
pub(super) fn bin(interval: Option<(u32, u32)>) -> u16 {
    let Some((start, end)) = interval else {
        return 4680;
    };
    let last = end.max(start + 1) - 1;
    let levels = [(14, 4681), (17, 585), (20, 73), (23, 9), (26, 1)];
    let level = levels.into_iter().find(|&(shift, _)| start >> shift == last >> shift);
    level.map_or(0, |(shift, first)| (first + (start >> shift)) as u16)
}

/// 4-bit code of each byte; 16 for what is no base.
const CODES: [u8; 256] = {
    let mut codes = [16; 256];
    let mut code = 0;
    while code < 16 {
        codes[BASES[code] as usize] = code as u8;
        codes[BASES[code].to_ascii_lowercase() as usize] = code as u8;
        code += 1;
    }
    codes[b'.' as usize] = 15;
    codes[b'U' as usize] = 8;
    codes[b'u' as usize] = 8;
    codes
};

/// Appends ASCII bases as BAM packs them; `U` becomes `T`, and `.` becomes `N`.
pub(super) fn pack_bases(bases: &[u8], bytes: &mut Vec<u8>) -> Result<(), RecordError> {
    let start = bytes.len();
    let code = |b: u8| CODES[usize::from(b)];
    let (pairs, odd) = bases.as_chunks::<2>();
    let mut seen = 0;
    bytes.extend(pairs.iter().map(|&[a, b]| {
        seen |= code(a) | code(b);
        code(a) << 4 | code(b) & 15
    }));
    if let [last] = *odd {
        seen |= code(last);
        bytes.push(code(last) << 4);
    }
    if seen & 16 != 0 {
        bytes.truncate(start);
        let wrong = bases.iter().find(|&&b| code(b) > 15);
        return Err(RecordError::Base(wrong.copied().unwrap_or_default()));
    }
    Ok(())
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
        bases.clear();
        let pairs = self.packed_bases().iter();
        bases.extend(pairs.flat_map(|&b| [BASES[usize::from(b >> 4)], BASES[usize::from(b & 15)]]));
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

    /// Replaces the flags.
    #[inline]
    pub fn set_flags(&mut self, flags: Flags) {
        self.0[14..16].copy_from_slice(&flags.0.to_le_bytes());
    }

    /// Replaces the mapping quality.
    #[inline]
    pub fn set_mapq(&mut self, mapq: u8) {
        self.0[9] = mapq;
    }

    /// Replaces contig and leftmost position (0-based).
    ///
    /// # Errors
    ///
    /// If the alignment would end past 2^31-1; the record is as before then.
    pub fn set_position(
        &mut self,
        position: Option<(ContigIndex, u32)>,
    ) -> Result<(), RecordError> {
        let (contig, start) = packed_position(position)?;
        let end = i64::from(start) + i64::from(self.reference_span());
        if end > i64::from(i32::MAX) {
            return Err(RecordError::Position);
        }
        self.set_int(0, contig);
        self.set_int(4, start);
        self.set_bin();
        Ok(())
    }

    fn set_bin(&mut self) {
        let bin = bin(self.start().zip(self.end()));
        self.0[10..12].copy_from_slice(&bin.to_le_bytes());
    }

    /// This record with the bin of its position.
    pub(super) fn with_bin(mut self) -> Self {
        self.set_bin();
        self
    }

    /// Becomes the record whose bytes these are: those of another [`Record`].
    pub(super) fn refill(&mut self, bytes: &[u8]) {
        self.0.clear();
        self.0.extend_from_slice(bytes);
    }

    /// Replaces the contigs of read and mate by way of a table from old to new.
    pub(super) fn map_contigs(&mut self, table: &[i32]) {
        for offset in [0, 20] {
            let index = usize::try_from(self.int(offset)).ok();
            if let Some(&new) = index.and_then(|i| table.get(i)) {
                self.set_int(offset, new);
            }
        }
    }

    /// Replaces contig and leftmost position (0-based) of the mate.
    ///
    /// # Errors
    ///
    /// If they are past 2^31-1; the record is as before then.
    pub fn set_mate(&mut self, position: Option<(ContigIndex, u32)>) -> Result<(), RecordError> {
        let (contig, start) = packed_position(position)?;
        self.set_int(20, contig);
        self.set_int(24, start);
        Ok(())
    }

    /// Replaces the template length.
    #[inline]
    pub fn set_template_length(&mut self, length: i32) {
        self.set_int(28, length);
    }

    /// Sets an optional field: replaces one of this tag, else appends.
    ///
    /// # Errors
    ///
    /// If the tag is not one, or the value cannot be written; the field is absent then.
    pub fn set_aux(&mut self, tag: Tag, value: Aux<'_>) -> Result<(), RecordError> {
        self.clear_aux(tag)?;
        tags::push(&mut self.0, tag, value)
    }

    /// Appends an optional field that the record does not have.
    pub(super) fn push_aux(&mut self, tag: Tag, value: Aux<'_>) -> Result<(), RecordError> {
        tags::push(&mut self.0, tag, value)
    }

    /// Sets an optional field to an array of integers, all of which must fit `kind`.
    ///
    /// # Errors
    ///
    /// As [`Record::set_aux`].
    pub fn set_aux_ints(
        &mut self,
        tag: Tag,
        kind: ArrayKind,
        numbers: &[i64],
    ) -> Result<(), RecordError> {
        self.clear_aux(tag)?;
        tags::push_ints(&mut self.0, tag, kind, numbers)
    }

    /// Sets an optional field to an array of floats.
    ///
    /// # Errors
    ///
    /// As [`Record::set_aux`].
    pub fn set_aux_floats(&mut self, tag: Tag, numbers: &[f32]) -> Result<(), RecordError> {
        self.clear_aux(tag)?;
        tags::push_floats(&mut self.0, tag, numbers)
    }

    /// Makes room for a field, unless it is the `CG` that holds this record's CIGAR.
    fn clear_aux(&mut self, tag: Tag) -> Result<(), RecordError> {
        if tag == *b"CG" && self.is_cigar_placeholder() {
            return Err(RecordError::AuxValue("CG".into()));
        }
        self.remove_aux(tag);
        Ok(())
    }

    /// Removes an optional field; false if the record has none of this tag. A `CG` that holds the
    /// record's CIGAR stays.
    pub fn remove_aux(&mut self, tag: Tag) -> bool {
        if tag == *b"CG" && self.is_cigar_placeholder() {
            return false;
        }
        let start = self.quals_end();
        let Some((range, _)) = self.aux_fields().find(tag) else {
            return false;
        };
        self.0.drain(start + range.start..start + range.end);
        true
    }
}

fn packed_position(position: Option<(ContigIndex, u32)>) -> Result<(i32, i32), RecordError> {
    let Some((contig, start)) = position else {
        return Ok((-1, -1));
    };
    let contig = i32::try_from(contig.0).map_err(|_| RecordError::Position)?;
    Ok((contig, i32::try_from(start).map_err(|_| RecordError::Position)?))
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

    fn check(&self) -> Result<(), RecordError> {
        if self.0.len() < FIXED || self.name_end() > self.0.len() {
            return Err(RecordError::Short);
        }
        if self.len() > i32::MAX as usize || self.quals_end() > self.0.len() {
            return Err(RecordError::Short);
        }
        if i32::try_from(self.0.len()).is_err() {
            return Err(RecordError::Long);
        }
        self.check_name()?;
        self.check_quals()?;
        tags::check(&self.0[self.quals_end()..])?;
        self.check_cigar()?;
        self.check_positions()
    }

    fn check_name(&self) -> Result<(), RecordError> {
        let [name @ .., 0] = &self.0[FIXED..self.name_end()] else {
            return Err(RecordError::Name);
        };
        if name.is_empty() || !name.iter().all(u8::is_ascii_graphic) {
            return Err(RecordError::Name);
        }
        Ok(())
    }

    fn check_quals(&self) -> Result<(), RecordError> {
        let worst = self.quals().iter().fold(0, |worst, &q| q.max(worst));
        if worst > MAX_QUALITY { Err(RecordError::Quality(worst)) } else { Ok(()) }
    }

    fn check_cigar(&self) -> Result<(), RecordError> {
        let placeholder = self.is_cigar_placeholder();
        let long = if placeholder { self.long_cigar() } else { None };
        let (mut query, mut ops) = (0u64, 0);
        for packed in long.unwrap_or(self.packed_cigar()).chunks_exact(4) {
            let packed = u32::from_le_bytes([packed[0], packed[1], packed[2], packed[3]]);
            let op = CigarOp::unpack(packed)
                .ok_or_else(|| RecordError::Cigar(format!("operation {}", packed & 15)))?;
            query += if op.kind.consumes_query() { u64::from(op.len) } else { 0 };
            ops += 1;
        }
        if ops > 0 && !self.is_empty() && query != self.len() as u64 {
            return Err(RecordError::CigarLength { cigar: query, bases: self.len() });
        }
        if query > i32::MAX as u64 { Err(RecordError::Long) } else { Ok(()) }
    }

    fn check_positions(&self) -> Result<(), RecordError> {
        let spans = self.cigar().filter(|op| op.kind.consumes_reference());
        let span: u64 = spans.map(|op| u64::from(op.len)).sum();
        let ids = [0, 4, 20, 24].map(|offset| self.int(offset));
        let end = u64::try_from(self.int(4)).unwrap_or(0) + span;
        if ids.iter().any(|&id| id < -1) || end > i32::MAX as u64 {
            return Err(RecordError::Position);
        }
        Ok(())
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
