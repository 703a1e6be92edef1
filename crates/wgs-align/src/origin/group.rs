//! What a read group's line in the header says of its reads.

use wgs_formats::alignment::ReadGroup;

use super::{
    ReadsDigest,
    escape::{escape, unescape},
};
use crate::reads::Template;

/// Number of reads.
const READS: &str = "rn";
/// Their digest.
const DIGEST: &str = "rd";
/// What follows the names of first and last reads.
const SUFFIXES: [&str; 2] = ["s1", "s2"];

/// What follows the names of the first (or single) and of the last reads of a read group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Suffixes(pub(crate) [Vec<u8>; 2]);

impl Suffixes {
    /// Those of a template.
    pub(crate) fn of(template: &Template<'_>) -> Self {
        Self(template.suffixes.map(<[u8]>::to_vec))
    }

    /// Those that a line of the header names; none if it is not to be understood.
    pub(crate) fn read(group: &ReadGroup) -> Option<Self> {
        let suffix = |tag| field(group, tag).map_or(Some(Vec::new()), |t| unescape(t.as_bytes()));
        Some(Self([suffix(SUFFIXES[0])?, suffix(SUFFIXES[1])?]))
    }
}

/// Number and digest of the reads of a read group, as its line in the header has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupDigest {
    /// Number of reads.
    pub reads: u64,
    /// Their [`ReadsDigest`], as text.
    pub digest: String,
}

impl GroupDigest {
    /// What a line of the header says; none if it says nothing of the kind.
    pub fn read(group: &ReadGroup) -> Option<Self> {
        let (reads, digest) = (field(group, READS)?.parse().ok()?, field(group, DIGEST)?);
        Some(Self { reads, digest: digest.to_owned() })
    }
}

impl From<&ReadsDigest> for GroupDigest {
    fn from(digest: &ReadsDigest) -> Self {
        Self { reads: digest.reads(), digest: digest.to_string() }
    }
}

fn field<'a>(group: &'a ReadGroup, tag: &str) -> Option<&'a str> {
    group.other.iter().find(|(own, _)| own == tag).map(|(_, value)| value.as_str())
}

/// A read group's line that says nothing of its reads.
pub(crate) fn without_reads(mut group: ReadGroup) -> ReadGroup {
    group.other.retain(|(tag, _)| ![READS, DIGEST, SUFFIXES[0], SUFFIXES[1]].contains(&&**tag));
    group
}

/// A read group's line that says what its reads were.
pub(crate) fn with_reads(group: ReadGroup, digest: &ReadsDigest, suffixes: &Suffixes) -> ReadGroup {
    let mut group = without_reads(group);
    let mut add = |tag: &str, value: String| group.other.push((tag.to_owned(), value));
    add(READS, digest.reads().to_string());
    add(DIGEST, digest.to_string());
    for (tag, suffix) in SUFFIXES.into_iter().zip(&suffixes.0) {
        if !suffix.is_empty() {
            add(tag, escape(suffix));
        }
    }
    group
}

#[cfg(test)]
mod tests {
    use wgs_formats::fastq::Read;

    use super::*;

    #[test]
    fn a_line_gives_back_what_it_was_given() {
        let mut digest = ReadsDigest::default();
        digest.add(Read { name: b"a", suffix: b"/1", bases: b"A", quals: b"I" }, None);
        let suffixes = Suffixes([b"/1".to_vec(), b" 2:N:0:\tx".to_vec()]);
        let group = with_reads(ReadGroup::new("lane1"), &digest, &suffixes);
        let twice = with_reads(group.clone(), &digest, &suffixes);
        assert_eq!(twice, group);
        assert_eq!(GroupDigest::read(&group), Some(GroupDigest::from(&digest)));
        assert_eq!(Suffixes::read(&group), Some(suffixes));
        assert_eq!(without_reads(group), ReadGroup::new("lane1"));
    }

    #[test]
    fn a_line_that_says_nothing_gives_nothing() {
        let mut group = ReadGroup::new("lane1");
        assert_eq!(GroupDigest::read(&group), None);
        assert_eq!(Suffixes::read(&group), Some(Suffixes::default()));
        group.other.push(("s1".into(), "%4".into()));
        assert_eq!(Suffixes::read(&group), None);
    }
}
