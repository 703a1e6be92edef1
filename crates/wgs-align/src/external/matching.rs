//! Records of a program, matched to the templates that it was given.

use wgs_formats::alignment::{Aux, Flags, Record, RecordError, Tag};

use crate::{
    origin,
    reads::{Read, Template, complement},
};

/// Quality in records of reads that have none.
const NO_QUALITY: u8 = 0xff;
/// Fields that are not the program's to set: a `@PG` line that the output does not have, and which
/// kind of duplicate a record is.
const NOT_ITS_OWN: [Tag; 2] = [*b"PG", *b"DT"];

/// What a program did wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Mismatch {
    #[error(
        "it gave no record of {expected}, but went on with {found}: reads are lost or reordered"
    )]
    Other { expected: String, found: String },
    #[error("it gave no record of {0}, nor of what follows")]
    Missing(String),
    #[error("it gave a record of {0}, which comes after the last read")]
    Extra(String),
    #[error("it gave {found} primary records of {name}, which has {expected} reads")]
    Primaries { name: String, expected: usize, found: usize },
    #[error("its flags {flags:#x} of {name} contradict the input: {reason}")]
    Flags { name: String, flags: u16, reason: &'static str },
    #[error("its primary record of {name} does not have the read's {what}")]
    Changed { name: String, what: &'static str },
    #[error("its records of {name} cannot be completed: {error}")]
    Record { name: String, error: RecordError },
}

pub(super) fn lossy(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

/// The records of one template, as they come.
pub(super) struct Group<'a> {
    template: Template<'a>,
    records: Vec<Record>,
    primaries: [Option<usize>; 2],
}

impl<'a> Group<'a> {
    pub(super) fn new(template: Template<'a>) -> Self {
        Self { template, records: Vec::new(), primaries: [None; 2] }
    }

    fn name(&self) -> String {
        lossy(self.template.name)
    }

    fn reads(&self) -> usize {
        1 + usize::from(self.template.last.is_some())
    }

    fn is_complete(&self) -> bool {
        self.primaries[..self.reads()].iter().all(Option::is_some)
    }

    /// Whether a record is of this template: a further primary record of a complete one is of the
    /// next, which may have the same name.
    pub(super) fn takes(&self, record: &Record) -> bool {
        record.name() == self.template.name && !(self.is_complete() && record.flags().is_primary())
    }

    /// Adds a record that it [takes](Self::takes).
    pub(super) fn push(&mut self, record: Record) -> Result<(), Mismatch> {
        let flags = record.flags();
        let paired = self.template.last.is_some();
        let reason = match (paired, flags.is_paired()) {
            (true, false) => Some("the read is one of a pair"),
            (false, true) => Some("the read is single"),
            (true, true) if flags.is_first() == flags.is_last() => {
                Some("neither the first nor the last read")
            }
            _ => None,
        };
        if let Some(reason) = reason {
            return Err(Mismatch::Flags { name: self.name(), flags: flags.0, reason });
        }
        if flags.is_primary() {
            let last = paired && flags.is_last();
            let read = if last { self.template.last } else { Some(self.template.first) };
            if let Some(what) = read.and_then(|read| changed(&record, read)) {
                return Err(Mismatch::Changed { name: self.name(), what });
            }
            if self.primaries[usize::from(last)].replace(self.records.len()).is_some() {
                return Err(self.wrong_count(self.primary_count() + 1));
            }
        }
        self.records.push(without_claims(record));
        Ok(())
    }

    fn primary_count(&self) -> usize {
        self.primaries.iter().flatten().count()
    }

    fn wrong_count(&self, found: usize) -> Mismatch {
        Mismatch::Primaries { name: self.name(), expected: self.reads(), found }
    }

    /// What is wrong if the next record is not of this template (none at the end).
    pub(super) fn unfinished(&self, next: Option<&Record>) -> Mismatch {
        match next {
            _ if self.primary_count() > 0 => self.wrong_count(self.primary_count()),
            Some(next) => Mismatch::Other { expected: self.name(), found: lossy(next.name()) },
            None => Mismatch::Missing(self.name()),
        }
    }

    /// The records, with `MC` and `MQ` where the program left them out.
    pub(super) fn finish(mut self, next: Option<&Record>) -> Result<Vec<Record>, Mismatch> {
        if !self.is_complete() {
            return Err(self.unfinished(next));
        }
        if self.template.last.is_some() {
            self.complete_mates().map_err(|error| Mismatch::Record { name: self.name(), error })?;
        }
        Ok(self.records)
    }

    fn complete_mates(&mut self) -> Result<(), RecordError> {
        let mates = self.primaries.map(|primary| {
            let record = &self.records[primary?];
            (!record.flags().is_unmapped()).then(|| (cigar_text(record), record.mapq()))
        });
        for record in &mut self.records {
            let Some((cigar, mapq)) = &mates[usize::from(!record.flags().is_last())] else {
                continue;
            };
            if record.aux(*b"MC").is_none() {
                record.set_aux(*b"MC", Aux::Text(cigar.as_bytes()))?;
            }
            if record.aux(*b"MQ").is_none() {
                record.set_aux(*b"MQ", Aux::Int(i64::from(*mapq)))?;
            }
        }
        Ok(())
    }
}

/// A record without what is said of it later: whether it is a duplicate, and what FASTQ held besides.
fn without_claims(mut record: Record) -> Record {
    record.set_flags(record.flags().with(Flags::DUPLICATE, false));
    for tag in origin::TAGS.into_iter().chain(NOT_ITS_OWN) {
        record.remove_aux(tag);
    }
    record
}

fn cigar_text(record: &Record) -> String {
    record.cigar().map(|op| format!("{}{}", op.len, op.kind.letter())).collect()
}

/// What of a read its primary record does not have.
fn changed(record: &Record, read: Read<'_>) -> Option<&'static str> {
    let reverse = record.flags().is_reverse();
    let count = read.bases.len();
    if record.len() != count {
        return Some("number of bases");
    }
    let place = |i: usize| if reverse { count - 1 - i } else { i };
    let same_base = |i: usize| {
        let base = record.base(place(i));
        read.bases[i] == if reverse { complement(base) } else { base }
    };
    if !(0..count).all(same_base) {
        return Some("bases");
    }
    let quals = record.quals();
    let same_quality = |i: usize| match read.quals.get(i) {
        Some(&quality) => quals.get(place(i)) == Some(&(quality - 33)),
        None => quals.get(place(i)).is_none_or(|&quality| quality == NO_QUALITY),
    };
    (!(0..count).all(same_quality)).then_some("qualities")
}

#[cfg(test)]
mod tests {
    use wgs_core::ContigIndex;
    use wgs_formats::alignment::{CigarOp, Flags, RecordBuilder};

    use super::*;

    const READ: Read<'_> = Read { bases: b"ACGN", quals: b"!5I~" };

    fn template(last: bool) -> Template<'static> {
        Template {
            read_group: 0,
            name: b"r",
            suffixes: [b""; 2],
            first: READ,
            last: last.then_some(READ),
        }
    }

    fn record(flags: u16) -> Record {
        let reverse = flags & 16 != 0;
        let (bases, quals) =
            if reverse { (b"NCGT", [93, 40, 20, 0]) } else { (b"ACGN", [0, 20, 40, 93]) };
        RecordBuilder::new(b"r")
            .flags(Flags(flags))
            .position(ContigIndex(0), 5)
            .mapq(33)
            .cigar(CigarOp::parse(b"4M").unwrap())
            .bases(bases)
            .quals(&quals)
            .build()
            .unwrap()
    }

    fn group(template: Template<'_>, flags: &[u16]) -> Result<Vec<Record>, Mismatch> {
        let mut group = Group::new(template);
        flags.iter().try_for_each(|&flags| group.push(record(flags)))?;
        group.finish(None)
    }

    #[test]
    fn pairs_and_single_reads_are_taken_with_all_their_records() {
        assert_eq!(group(template(false), &[0]).unwrap().len(), 1);
        let records = group(template(true), &[65, 65 + 2048, 129 + 16]).unwrap();
        for record in records {
            assert_eq!(record.aux(*b"MC").and_then(Aux::as_text), Some(&b"4M"[..]));
            assert_eq!(record.aux(*b"MQ").and_then(Aux::as_int), Some(33));
        }
    }

    #[test]
    fn lost_and_doubled_records_are_noticed() {
        assert!(matches!(group(template(false), &[]), Err(Mismatch::Missing(_))));
        assert!(matches!(group(template(true), &[65]), Err(Mismatch::Primaries { found: 1, .. })));
        assert!(matches!(
            group(template(true), &[65, 65]),
            Err(Mismatch::Primaries { found: 2, .. })
        ));
        assert!(matches!(group(template(true), &[0, 0]), Err(Mismatch::Flags { .. })));
        assert!(matches!(group(template(true), &[1, 1]), Err(Mismatch::Flags { .. })));
        assert!(matches!(group(template(false), &[65]), Err(Mismatch::Flags { .. })));
    }

    #[test]
    fn changed_reads_are_noticed() {
        let with = |bases: &'static [u8], quals: &'static [u8]| Template {
            first: Read { bases, quals },
            ..template(false)
        };
        for (bases, quals, what) in [
            (&b"ACG"[..], &b"!5I"[..], "number of bases"),
            (b"ACGT", b"!5I~", "bases"),
            (b"ACGN", b"!5I}", "qualities"),
            (b"ACGN", b"", "qualities"),
        ] {
            for flags in [0, 16] {
                let error = group(with(bases, quals), &[flags]).unwrap_err();
                assert_eq!(error, Mismatch::Changed { name: "r".into(), what });
            }
        }
    }

    #[test]
    fn what_is_decided_later_is_not_taken_from_the_program() {
        let mut claiming = record(0x400);
        for tag in [*b"DT", *b"PG", *b"sf", *b"tb", *b"XS"] {
            claiming.set_aux(tag, Aux::Text(b"A")).unwrap();
        }
        let mut group = Group::new(template(false));
        group.push(claiming).unwrap();
        let mut expected = record(0);
        expected.set_aux(*b"XS", Aux::Text(b"A")).unwrap();
        assert!(group.finish(None).unwrap() == [expected]);
    }

    #[test]
    fn templates_of_one_name_are_told_apart() {
        let mut group = Group::new(template(false));
        assert!(group.takes(&record(0)));
        group.push(record(0)).unwrap();
        assert!(group.takes(&record(2048)) && !group.takes(&record(0)));
    }
}
