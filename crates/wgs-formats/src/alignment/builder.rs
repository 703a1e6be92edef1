//! Making records.

use wgs_core::ContigIndex;

use super::{ArrayKind, Aux, CigarKind, CigarOp, Flags, Record, RecordError, Tag, record, tags};

/// Where a read lies; a position without contig counts for nothing.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    contig: Option<ContigIndex>,
    start: Option<u32>,
}

impl Place {
    /// Reference id and position as BAM has them.
    fn packed(self) -> Result<[i32; 2], RecordError> {
        let contig = self.contig.map_or(Ok(-1), |c| i32::try_from(c.0));
        let start = self.start.filter(|_| self.contig.is_some()).map_or(Ok(-1), i32::try_from);
        contig.and_then(|c| start.map(|s| [c, s])).map_err(|_| RecordError::Position)
    }
}

/// A [`Record`] in the making.
///
/// Left out, a field is as SAM has it for a read of which nothing is known. The flags are then
/// [`Flags::UNMAPPED`] or, with a CIGAR, 0.
///
/// ```
/// use wgs_core::ContigIndex;
/// use wgs_formats::alignment::{Aux, CigarOp, Flags, RecordBuilder};
///
/// let record = RecordBuilder::new(b"pair7")
///     .flags(Flags(99))
///     .position(ContigIndex(0), 1000)
///     .mapq(60)
///     .cigar(CigarOp::parse(b"4M")?)
///     .mate(ContigIndex(0), 1200)
///     .template_length(204)
///     .bases(b"ACGT")
///     .quals(&[30, 31, 32, 33])
///     .aux(*b"RG", Aux::Text(b"lane1"))
///     .build()?;
/// assert_eq!(record.mate_start(), Some(1200));
/// # Ok::<(), wgs_formats::alignment::RecordError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct RecordBuilder {
    name: Vec<u8>,
    flags: Option<Flags>,
    place: Place,
    mapq: u8,
    cigar: Vec<CigarOp>,
    mate: Place,
    template_length: i32,
    bases: Vec<u8>,
    quals: Vec<u8>,
    aux: Vec<u8>,
    aux_error: Option<RecordError>,
}

impl RecordBuilder {
    /// A record of this template; an empty name is `*`.
    pub fn new(name: &[u8]) -> Self {
        Self { name: name.to_vec(), ..Self::default() }
    }

    /// The flags.
    #[must_use]
    pub fn flags(mut self, flags: Flags) -> Self {
        self.flags = Some(flags);
        self
    }

    /// Contig and leftmost aligned base, 0-based.
    #[must_use]
    pub fn position(self, contig: ContigIndex, start: u32) -> Self {
        self.place(Some(contig), Some(start))
    }

    /// As [`RecordBuilder::position`], with a contig that may lack a position.
    pub(super) fn place(mut self, contig: Option<ContigIndex>, start: Option<u32>) -> Self {
        self.place = Place { contig, start };
        self
    }

    /// Mapping quality; 0 if not given.
    #[must_use]
    pub fn mapq(mut self, mapq: u8) -> Self {
        self.mapq = mapq;
        self
    }

    /// The operations.
    #[must_use]
    pub fn cigar(mut self, operations: impl IntoIterator<Item = CigarOp>) -> Self {
        self.cigar = operations.into_iter().collect();
        self
    }

    /// Contig and leftmost aligned base of the mate, 0-based.
    #[must_use]
    pub fn mate(self, contig: ContigIndex, start: u32) -> Self {
        self.mate_place(Some(contig), Some(start))
    }

    /// As [`RecordBuilder::mate`], with a contig that may lack a position.
    pub(super) fn mate_place(mut self, contig: Option<ContigIndex>, start: Option<u32>) -> Self {
        self.mate = Place { contig, start };
        self
    }

    /// Observed template length, signed.
    #[must_use]
    pub fn template_length(mut self, length: i32) -> Self {
        self.template_length = length;
        self
    }

    /// SEQ in ASCII: IUPAC codes or `=`, any case.
    #[must_use]
    pub fn bases(mut self, bases: &[u8]) -> Self {
        self.bases = bases.to_vec();
        self
    }

    /// Qualities without offset, as many as bases; none for `*`.
    #[must_use]
    pub fn quals(mut self, quals: &[u8]) -> Self {
        self.quals = quals.to_vec();
        self
    }

    /// Appends an optional field.
    #[must_use]
    pub fn aux(mut self, tag: Tag, value: Aux<'_>) -> Self {
        let pushed = tags::push(&mut self.aux, tag, value);
        self.aux_error = self.aux_error.or(pushed.err());
        self
    }

    /// Appends an array of integers, all of which must fit `kind`.
    #[must_use]
    pub fn aux_ints(mut self, tag: Tag, kind: ArrayKind, numbers: &[i64]) -> Self {
        let pushed = tags::push_ints(&mut self.aux, tag, kind, numbers);
        self.aux_error = self.aux_error.or(pushed.err());
        self
    }

    /// Appends an array of floats.
    #[must_use]
    pub fn aux_floats(mut self, tag: Tag, numbers: &[f32]) -> Self {
        let pushed = tags::push_floats(&mut self.aux, tag, numbers);
        self.aux_error = self.aux_error.or(pushed.err());
        self
    }

    /// The record.
    ///
    /// # Errors
    ///
    /// Whatever [`Record::from_bytes`] refuses, and what BAM cannot hold.
    pub fn build(self) -> Result<Record, RecordError> {
        if let Some(error) = self.aux_error {
            return Err(error);
        }
        if !self.quals.is_empty() && self.quals.len() != self.bases.len() {
            let (bases, quals) = (self.bases.len(), self.quals.len());
            return Err(RecordError::QualityLength { bases, quals });
        }
        if let Some(&quality) = self.quals.iter().find(|&&q| q > record::MAX_QUALITY) {
            return Err(RecordError::Quality(quality));
        }
        for op in &self.cigar {
            op.check()?;
        }
        let mut bytes = Vec::with_capacity(self.size());
        self.push_fixed(&mut bytes)?;
        bytes.extend(self.name_or_star());
        bytes.push(0);
        self.push_cigar(&mut bytes);
        record::pack_bases(&self.bases, &mut bytes)?;
        bytes.extend(&self.quals);
        if self.quals.is_empty() {
            bytes.resize(bytes.len() + self.bases.len(), record::NO_QUALITY);
        }
        bytes.extend(&self.aux);
        if self.is_long() {
            let packed: Vec<i64> = self.cigar.iter().map(|op| i64::from(op.packed())).collect();
            tags::push_ints(&mut bytes, *b"CG", ArrayKind::U32, &packed)?;
        }
        Record::from_bytes(bytes).map(Record::with_bin)
    }

    fn size(&self) -> usize {
        let cigar = if self.is_long() { 2 } else { 1 } * 4 * self.cigar.len();
        40 + self.name.len() + cigar + 2 * self.bases.len() + self.aux.len()
    }

    fn name_or_star(&self) -> &[u8] {
        if self.name.is_empty() { b"*" } else { &self.name }
    }

    /// Whether the CIGAR must lie in `CG`.
    fn is_long(&self) -> bool {
        self.cigar.len() > usize::from(u16::MAX)
    }

    fn push_fixed(&self, bytes: &mut Vec<u8>) -> Result<(), RecordError> {
        let name_len = self.name_or_star().len();
        if name_len > 254 {
            return Err(RecordError::Name);
        }
        let bases = i32::try_from(self.bases.len()).map_err(|_| RecordError::Long)?;
        let operations = if self.is_long() { 2 } else { self.cigar.len() as u16 };
        let unmapped = if self.cigar.is_empty() { Flags::UNMAPPED } else { Flags(0) };
        bytes.extend(self.place.packed()?.into_iter().flat_map(i32::to_le_bytes));
        bytes.extend([name_len as u8 + 1, self.mapq]);
        bytes.extend(record::bin(None).to_le_bytes());
        bytes.extend(operations.to_le_bytes());
        bytes.extend(self.flags.unwrap_or(unmapped).0.to_le_bytes());
        bytes.extend(bases.to_le_bytes());
        bytes.extend(self.mate.packed()?.into_iter().flat_map(i32::to_le_bytes));
        bytes.extend(self.template_length.to_le_bytes());
        Ok(())
    }

    fn push_cigar(&self, bytes: &mut Vec<u8>) {
        let mut push = |op: CigarOp| bytes.extend(op.packed().to_le_bytes());
        if self.is_long() {
            let spans = self.cigar.iter().filter(|op| op.kind.consumes_reference());
            let span = spans.map(|op| op.len).fold(0, u32::saturating_add);
            push(CigarOp::new(CigarKind::SoftClip, self.bases.len() as u32));
            push(CigarOp::new(CigarKind::Skip, span & 0x0fff_ffff));
        } else {
            self.cigar.iter().copied().for_each(push);
        }
    }
}
