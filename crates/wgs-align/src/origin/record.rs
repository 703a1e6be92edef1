//! What the primary record of a read says of it besides.

use wgs_formats::alignment::{Aux, Record, RecordError, Tag};

use super::escape::{escape, unescape};
use crate::reads::Read;

const SUFFIX: Tag = *b"sf";
const HEAD: [Tag; 2] = [*b"hb", *b"hq"];
const TAIL: [Tag; 2] = [*b"tb", *b"tq"];
const PLACE: Tag = *b"fi";
/// Those of what was trimmed.
pub(super) const TRIMMED: [Tag; 4] = [HEAD[0], HEAD[1], TAIL[0], TAIL[1]];
/// All of them.
pub(crate) const TAGS: [Tag; 6] = [SUFFIX, HEAD[0], HEAD[1], TAIL[0], TAIL[1], PLACE];

/// What the primary record of a read is given.
///
/// ```
/// use wgs_align::origin::Stamp;
/// use wgs_formats::alignment::{Aux, RecordBuilder};
///
/// let mut record = RecordBuilder::new(b"r1").bases(b"ACGT").build()?;
/// Stamp { suffix: Some(b" 1:N:0:50%"), ..Stamp::default() }.put(&mut record)?;
/// assert_eq!(record.aux(*b"sf"), Some(Aux::Text(b" 1:N:0:50%25")));
/// # Ok::<(), wgs_formats::alignment::RecordError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stamp<'a> {
    /// What follows the name, if it is not what the read group says.
    pub suffix: Option<&'a [u8]>,
    /// What was trimmed from the read's begin.
    pub head: Read<'a>,
    /// What was trimmed from its end.
    pub tail: Read<'a>,
    /// The template's place in the input.
    pub place: Option<u64>,
}

impl Stamp<'_> {
    /// Gives it to a record.
    ///
    /// # Errors
    ///
    /// If the place is more than a tag holds (2^32 - 1).
    pub fn put(&self, record: &mut Record) -> Result<(), RecordError> {
        if let Some(suffix) = self.suffix {
            record.set_aux(SUFFIX, Aux::Text(escape(suffix).as_bytes()))?;
        }
        for (tags, trimmed) in [(HEAD, self.head), (TAIL, self.tail)] {
            for (tag, text) in tags.into_iter().zip([trimmed.bases, trimmed.quals]) {
                if !text.is_empty() {
                    record.set_aux(tag, Aux::Text(text))?;
                }
            }
        }
        if let Some(place) = self.place {
            let place = i64::try_from(place).unwrap_or(i64::MAX);
            record.set_aux(PLACE, Aux::Int(place))?;
        }
        Ok(())
    }
}

/// A read as it was before it was trimmed, and what followed its name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Original {
    pub(crate) suffix: Vec<u8>,
    pub(crate) bases: Vec<u8>,
    pub(crate) quals: Vec<u8>,
    /// The template's place in the input, if it was kept.
    pub(crate) place: Option<u64>,
}

impl Original {
    /// Takes the read of a primary record, in the orientation of sequencing, with the record's
    /// optional fields and what follows the names of its read group.
    ///
    /// # Errors
    ///
    /// Which field is not what [`Stamp::put`] writes.
    pub(crate) fn fill<'a>(
        &mut self,
        read: Read<'_>,
        aux: impl Fn(Tag) -> Option<Aux<'a>>,
        group_suffix: &[u8],
    ) -> Result<(), Tag> {
        self.suffix.clear();
        match aux(SUFFIX) {
            None => self.suffix.extend_from_slice(group_suffix),
            Some(value) => {
                let suffix = value.as_text().and_then(unescape).ok_or(SUFFIX)?;
                self.suffix.extend(suffix);
            }
        }
        let text = |tag| aux(tag).map_or(Ok(&b""[..]), |value| value.as_text().ok_or(tag));
        for (out, i) in [(&mut self.bases, 0), (&mut self.quals, 1)] {
            out.clear();
            out.extend_from_slice(text(HEAD[i])?);
            out.extend_from_slice([read.bases, read.quals][i]);
            out.extend_from_slice(text(TAIL[i])?);
        }
        if !self.quals.is_empty() && self.quals.len() != self.bases.len() {
            return Err(TAIL[1]);
        }
        self.place = match aux(PLACE) {
            None => None,
            Some(value) => Some(value.as_int().and_then(|n| u64::try_from(n).ok()).ok_or(PLACE)?),
        };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use wgs_formats::alignment::RecordBuilder;

    use super::*;

    fn read<'a>(bases: &'a [u8], quals: &'a [u8]) -> Read<'a> {
        Read { bases, quals }
    }

    fn original(record: &Record) -> Result<Original, Tag> {
        let mut original = Original::default();
        let quals: Vec<u8> = record.quals().iter().map(|q| q + 33).collect();
        let kept = record.bases();
        original.fill(read(&kept, &quals), |tag| record.aux(tag), b"/1").map(|()| original)
    }

    fn record() -> Record {
        RecordBuilder::new(b"r").bases(b"CG").quals(&[40, 40]).build().unwrap()
    }

    #[test]
    fn what_was_trimmed_comes_back() {
        let mut record = record();
        let stamp = Stamp {
            suffix: Some(b" \t%"),
            head: read(b"A", b"!"),
            tail: read(b"TTT", b"123"),
            place: Some(3_000_000_000),
        };
        stamp.put(&mut record).unwrap();
        let expected = Original {
            suffix: b" \t%".to_vec(),
            bases: b"ACGTTT".to_vec(),
            quals: b"!II123".to_vec(),
            place: Some(3_000_000_000),
        };
        assert_eq!(original(&record), Ok(expected));
    }

    #[test]
    fn an_untouched_read_needs_no_tag() {
        let mut record = record();
        let before = record.clone();
        Stamp::default().put(&mut record).unwrap();
        assert_eq!(record, before);
        let found = original(&record).unwrap();
        assert_eq!(
            (found.suffix, found.bases, found.place),
            (b"/1".to_vec(), b"CG".to_vec(), None)
        );
        Stamp { suffix: Some(b""), ..Stamp::default() }.put(&mut record).unwrap();
        assert_eq!(original(&record).unwrap().suffix, b"");
    }

    #[test]
    fn fields_of_somebody_else_are_told() {
        for (tag, value) in [
            (*b"sf", Aux::Int(1)),
            (*b"sf", Aux::Text(b"%x")),
            (*b"tq", Aux::Text(b"I")),
            (*b"fi", Aux::Text(b"1")),
            (*b"fi", Aux::Int(-1)),
        ] {
            let mut record = record();
            record.set_aux(tag, value).unwrap();
            assert_eq!(original(&record), Err(tag));
        }
        let mut too_far = record();
        assert!(Stamp { place: Some(1 << 40), ..Stamp::default() }.put(&mut too_far).is_err());
    }
}
