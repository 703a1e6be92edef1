//! Checking bytes, so that nothing after it can fail.

use super::{
    super::{CigarOp, tags},
    FIXED, MAX_QUALITY, Record, RecordError,
};

impl Record {
    pub(super) fn check(&self) -> Result<(), RecordError> {
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
