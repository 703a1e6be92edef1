//! Changing records.

use wgs_core::ContigIndex;

use super::{
    super::{ArrayKind, Aux, Flags, Tag, tags},
    Record, RecordError,
    packing::bin,
};

impl Record {
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
    pub(in super::super) fn with_bin(mut self) -> Self {
        self.set_bin();
        self
    }

    /// Becomes the record whose bytes these are: those of another [`Record`].
    pub(in super::super) fn refill(&mut self, bytes: &[u8]) {
        self.0.clear();
        self.0.extend_from_slice(bytes);
    }

    /// Replaces the contigs of read and mate by way of a table from old to new.
    pub(in super::super) fn map_contigs(&mut self, table: &[i32]) {
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
    pub(in super::super) fn push_aux(
        &mut self,
        tag: Tag,
        value: Aux<'_>,
    ) -> Result<(), RecordError> {
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
