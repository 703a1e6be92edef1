//! Trimming on the way: what of each read is aligned.

use std::ops::Range;

use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result};

use crate::reads::{Name, Read, ReadBatch, Template};

/// The parts of a template's reads that are aligned, as ranges of their bases in the order of
/// sequencing. What is not kept stays with the read's record all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Of the first read.
    pub first: Range<usize>,
    /// Of the last; of no meaning for a single read.
    pub last: Range<usize>,
}

/// Decides what of the reads is aligned.
pub trait ReadTrimmer: Sync {
    /// The parts of each template's reads that are to be aligned; none if a template is not to be
    /// aligned at all: its reads become unmapped records, marked as failing quality checks. No part
    /// may be empty.
    ///
    /// What becomes of a template follows from the template alone. Called by several threads, in any
    /// order of batches.
    fn trim(&self, batch: &ReadBatch) -> Vec<Option<Kept>>;
}

/// A batch after trimming.
pub(super) struct Trimmed {
    /// What is aligned.
    pub(super) batch: ReadBatch,
    /// The place of each of its templates in the batch before.
    pub(super) places: Vec<usize>,
    /// What was kept of each template of the batch before; none of those that are not aligned.
    pub(super) kept: Vec<Option<Kept>>,
}

impl Trimmed {
    /// Trims a batch.
    ///
    /// # Errors
    ///
    /// If the trimmer keeps nothing of a read, or what is not there.
    pub(super) fn of(batch: &ReadBatch, trimmer: &dyn ReadTrimmer) -> Result<Self> {
        let mut trimmed = Self {
            batch: ReadBatch::new(batch.lane(), batch.number(), batch.first_template()),
            places: Vec::new(),
            kept: trimmer.trim(batch),
        };
        for (place, template) in batch.templates().enumerate() {
            let kept = trimmed.kept.get(place).cloned().ok_or_else(|| impossible(&template))?;
            if let Some(kept) = kept {
                trimmed.push(place, &template, &kept).ok_or_else(|| impossible(&template))?;
            }
        }
        Ok(trimmed)
    }

    fn push(&mut self, place: usize, template: &Template<'_>, kept: &Kept) -> Option<()> {
        let is_empty = kept.first.is_empty() || template.last.is_some() && kept.last.is_empty();
        if is_empty {
            return None;
        }
        let name = Name { name: template.name, suffixes: template.suffixes };
        let first = part(template.first, kept.first.clone())?;
        let last = match template.last {
            Some(last) => Some(part(last, kept.last.clone())?),
            None => None,
        };
        self.batch.push(template.read_group, name, first, last).ok()?;
        self.places.push(place);
        Some(())
    }
}

/// A part of a read.
pub(super) fn part(read: Read<'_>, range: Range<usize>) -> Option<Read<'_>> {
    let quals = if read.quals.is_empty() { read.quals } else { read.quals.get(range.clone())? };
    Some(Read { bases: read.bases.get(range)?, quals })
}

fn impossible(template: &Template<'_>) -> FileError {
    let name = String::from_utf8_lossy(template.name);
    let reason = format!("{name}: the trimmer keeps nothing of a read, or more than there is");
    FileError::new("reads", ErrorKind::TaskFailed, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Cutter;

    impl ReadTrimmer for Cutter {
        fn trim(&self, batch: &ReadBatch) -> Vec<Option<Kept>> {
            batch.templates().map(|template| Self::kept(template.name)).collect()
        }
    }

    impl Cutter {
        fn kept(name: &[u8]) -> Option<Kept> {
            match name {
                b"out" => None,
                b"empty" => Some(Kept { first: 2..2, last: 0..1 }),
                b"wrong" => Some(Kept { first: 0..9, last: 0..0 }),
                _ => Some(Kept { first: 1..3, last: 0..1 }),
            }
        }
    }

    fn batch(names: &[&[u8]]) -> ReadBatch {
        let mut batch = ReadBatch::new(3, 5, 70);
        for name in names {
            let last = Read { bases: b"TG", quals: b"" };
            batch.push(2, *name, Read { bases: b"ACGT", quals: b"1234" }, Some(last)).unwrap();
        }
        batch
    }

    #[test]
    fn what_is_kept_is_aligned() {
        let trimmed = Trimmed::of(&batch(&[b"a", b"out", b"b"]), &Cutter).unwrap();
        assert_eq!(trimmed.places, [0, 2]);
        assert_eq!(
            trimmed.kept.iter().map(Option::is_some).collect::<Vec<_>>(),
            [true, false, true]
        );
        let template = trimmed.batch.template_at(1);
        assert_eq!((template.name, template.read_group), (&b"b"[..], 2));
        assert_eq!(template.first, Read { bases: b"CG", quals: b"23" });
        assert_eq!(template.last, Some(Read { bases: b"T", quals: b"" }));
        let place = (trimmed.batch.lane(), trimmed.batch.number(), trimmed.batch.first_template());
        assert_eq!(place, (3, 5, 70));
    }

    #[test]
    fn a_trimmer_that_keeps_too_much_or_nothing_is_an_error() {
        assert!(Trimmed::of(&batch(&[b"a", b"wrong"]), &Cutter).is_err());
        assert!(Trimmed::of(&batch(&[b"empty"]), &Cutter).is_err());
    }
}
