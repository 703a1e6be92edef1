//! Two files of the same records, flag by flag.

use std::{collections::BTreeMap, fmt, path::Path};

use wgs_formats::alignment::{Flags, Reader, Record};

use crate::Error;

/// Differences of a kind that are listed one by one.
const LISTED: usize = 5;

/// Kinds of differing records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// A secondary or supplementary record: in files in the order of coordinates, Picard marks
    /// none of them; we mark all records of a template.
    NotPrimary,
    /// An unmapped read whose mate is a duplicate: as above.
    Unmapped,
    /// A read of a pair.
    Pair,
    /// A read whose mate is not mapped, or that has none.
    Fragment,
}

impl Kind {
    fn of(flags: Flags) -> Self {
        if !flags.is_primary() {
            Self::NotPrimary
        } else if flags.is_unmapped() {
            Self::Unmapped
        } else if flags.is_paired() && !flags.is_mate_unmapped() {
            Self::Pair
        } else {
            Self::Fragment
        }
    }

    /// Whether it is known why such records differ.
    fn is_explained(self) -> bool {
        matches!(self, Self::NotPrimary | Self::Unmapped)
    }
}

/// What differs.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    records: u64,
    ours: u64,
    theirs: u64,
    /// By kind, and whether only we mark them: how many, and the first of them.
    differences: BTreeMap<(Kind, bool), (u64, Vec<String>)>,
}

impl Comparison {
    /// How many records differ though they should not.
    pub(super) fn unexplained(&self) -> u64 {
        let unexplained =
            |((kind, only_ours), _): &(&(Kind, bool), _)| !(kind.is_explained() && *only_ours);
        self.differences.iter().filter(unexplained).map(|(_, (count, _))| count).sum()
    }

    fn add(&mut self, ours: &Record, theirs: &Record) -> Result<(), Error> {
        let [own, other] = [ours, theirs].map(|record| record.flags().is_duplicate());
        let without = |record: &Record| record.flags().with(Flags::DUPLICATE, false);
        let same = ours.name() == theirs.name()
            && without(ours) == without(theirs)
            && (ours.ref_index(), ours.start()) == (theirs.ref_index(), theirs.start());
        let name = String::from_utf8_lossy(ours.name());
        if !same {
            return Err(format!("record {}: {name} is not in both files", self.records).into());
        }
        self.records += 1;
        self.ours += u64::from(own);
        self.theirs += u64::from(other);
        if own != other {
            let (count, listed) =
                self.differences.entry((Kind::of(ours.flags()), own)).or_default();
            *count += 1;
            if listed.len() < LISTED {
                listed.push(format!("{name} {} {:?}", ours.flags(), ours.start()));
            }
        }
        Ok(())
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { records, ours, theirs, differences } = self;
        writeln!(f, "{records} records; duplicates: ours {ours}, Picard's {theirs}")?;
        for ((kind, only_ours), (count, listed)) in differences {
            let whose = if *only_ours { "ours" } else { "Picard's" };
            let explained = kind.is_explained() && *only_ours;
            let why =
                if explained { "all records of a template are marked" } else { "unexplained" };
            writeln!(f, "{count} only {whose}: {kind:?} ({why})")?;
            if !explained {
                listed.iter().try_for_each(|line| writeln!(f, "  {line}"))?;
            }
        }
        Ok(())
    }
}

/// Compares two files of the same records in the same order.
pub(super) fn compare(ours: &Path, theirs: &Path) -> Result<Comparison, Error> {
    let mut comparison = Comparison::default();
    let (mut own, mut other) = (Reader::open(ours, None)?, Reader::open(theirs, None)?);
    let (mut record, mut other_record) = (Record::default(), Record::default());
    loop {
        match (own.read(&mut record)?, other.read(&mut other_record)?) {
            (true, true) => comparison.add(&record, &other_record)?,
            (false, false) => return Ok(comparison),
            _ => return Err("one file has more records than the other".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use wgs_core::ContigIndex;
    use wgs_formats::alignment::RecordBuilder;

    use super::*;

    fn record(flags: u16) -> Record {
        let builder = RecordBuilder::new(b"r").flags(Flags(flags)).bases(b"A");
        builder.position(ContigIndex(0), 5).build().unwrap()
    }

    #[test]
    fn only_followers_may_be_ours_alone() {
        let mut comparison = Comparison::default();
        let mut add = |ours, theirs| comparison.add(&record(ours), &record(theirs));
        add(1, 1).unwrap();
        add(1025, 1025).unwrap();
        add(2049 + 1024, 2049).unwrap();
        add(5 + 1024, 5).unwrap();
        assert!(add(1, 3).is_err(), "another record");
        assert_eq!(comparison.unexplained(), 0);
        for (ours, theirs) in [(1025, 1), (1, 1025), (1033, 9), (2049, 2049 + 1024)] {
            comparison.add(&record(ours), &record(theirs)).unwrap();
        }
        assert_eq!(comparison.unexplained(), 4);
        let text = comparison.to_string();
        assert!(text.starts_with("8 records; duplicates: ours 5, Picard's 3\n"), "{text}");
        assert!(text.contains("1 only Picard's: Pair (unexplained)\n  r 1 "), "{text}");
    }
}
