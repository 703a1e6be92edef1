//! A digest of reads that does not depend on their order.

use sha2::{Digest, Sha256};
use wgs_formats::fastq::Read;

/// Which read of a pair a read is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mate {
    /// The first.
    First,
    /// The last.
    Last,
}

/// A digest of a set of templates (pairs of reads, and single ones): the sum of the SHA-256 digests
/// of all, as 256-bit numbers (big endian) modulo 2^256.
///
/// What is digested of a template is its FASTQ record, or that of its first read followed by that of
/// its last: `@`, the header line, line feed, bases, line feed, `+`, line feed, qualities, line
/// feed. So neither the order of the templates counts nor how the files are compressed, and anything
/// else does: also which reads are mates. A sum of digests shows damage and exchange; it does not
/// withstand somebody who may choose a great many reads in order to forge one (Bellare and
/// Micciancio 1997).
///
/// ```
/// use wgs_align::ReadsDigest;
/// use wgs_formats::fastq::Read;
///
/// let first = Read { name: b"pair1", suffix: b"/1", bases: b"AC", quals: b"II" };
/// let last = Read { name: b"pair1", suffix: b"/2", bases: b"GG", quals: b"I#" };
/// let (mut pair, mut singles) = (ReadsDigest::default(), ReadsDigest::default());
/// pair.add(first, Some(last));
/// singles.add(last, None);
/// singles.add(first, None);
/// assert_eq!((pair.reads(), singles.reads()), (2, 2));
/// assert_ne!(pair, singles);
/// ```
#[derive(Clone, Debug, Default)]
pub struct ReadsDigest {
    reads: u64,
    /// The lowest 64 bits first.
    sum: [u64; 4],
    text: Vec<u8>,
}

impl ReadsDigest {
    /// Adds a single read, or a pair.
    pub fn add(&mut self, first: Read<'_>, last: Option<Read<'_>>) {
        self.text.clear();
        for read in [Some(first), last].into_iter().flatten() {
            let Read { name, suffix, bases, quals } = read;
            for part in [b"@", name, suffix, b"\n", bases, b"\n+\n", quals, b"\n"] {
                self.text.extend_from_slice(part);
            }
            self.reads += 1;
        }
        let digest = Sha256::digest(&self.text);
        self.add_sum(std::array::from_fn(|i| {
            let at = 8 * (3 - i);
            u64::from_be_bytes(digest[at..at + 8].try_into().expect("8 bytes"))
        }));
    }

    /// Adds the reads of another digest.
    pub fn merge(&mut self, other: &Self) {
        self.reads += other.reads;
        self.add_sum(other.sum);
    }

    fn add_sum(&mut self, other: [u64; 4]) {
        let mut carry = false;
        for (own, other) in self.sum.iter_mut().zip(other) {
            let (sum, over) = own.overflowing_add(other);
            let (sum, over_again) = sum.overflowing_add(u64::from(carry));
            (*own, carry) = (sum, over || over_again);
        }
    }

    /// How many reads there are.
    pub fn reads(&self) -> u64 {
        self.reads
    }
}

impl PartialEq for ReadsDigest {
    fn eq(&self, other: &Self) -> bool {
        (self.reads, self.sum) == (other.reads, other.sum)
    }
}

impl Eq for ReadsDigest {}

/// 64 hexadecimal digits.
impl std::fmt::Display for ReadsDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.sum.iter().rev().try_for_each(|part| write!(f, "{part:016x}"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read<'a>(name: &'a str, suffix: &'a str, bases: &'a str, quals: &'a str) -> Read<'a> {
        let [name, suffix, bases, quals] = [name, suffix, bases, quals].map(str::as_bytes);
        Read { name, suffix, bases, quals }
    }

    fn of(templates: &[(Read<'_>, Option<Read<'_>>)]) -> ReadsDigest {
        let mut digest = ReadsDigest::default();
        templates.iter().for_each(|(first, last)| digest.add(*first, *last));
        digest
    }

    /// Made by Python's hashlib from the definition in the documentation.
    #[test]
    fn the_sum_is_that_of_any_other_program() {
        let pair = (read("r", "/1", "ACGT", "IIII"), Some(read("r", "/2", "C", "#")));
        assert_eq!(
            of(&[pair]).to_string(),
            "34c9d211235e4be73f6e8f215ecc9c2a049ca87fccb67b25c52d9b69004ac0df"
        );
        let two = of(&[pair, (read("s", "", "G", "!"), None)]);
        assert_eq!(
            two.to_string(),
            "552d1506128ab2279ef13beda7ee29800411cba3bd4d409af7502240876ef3b7"
        );
        assert_eq!(two.reads(), 3);
    }

    #[test]
    fn everything_of_a_read_counts() {
        let digests = [
            of(&[(read("r", " x", "AC", "II"), None)]),
            of(&[(read("R", " x", "AC", "II"), None)]),
            of(&[(read("r", " y", "AC", "II"), None)]),
            of(&[(read("r", " x", "AG", "II"), None)]),
            of(&[(read("r", " x", "AC", "IH"), None)]),
        ];
        for (i, digest) in digests.iter().enumerate() {
            assert!(digests[..i].iter().all(|other| other != digest), "{i}");
        }
    }

    #[test]
    fn which_reads_are_mates_counts() {
        let read = |bases| read("r", "", bases, "I");
        let (a, b, c, d) = (read("A"), read("C"), read("G"), read("T"));
        assert_ne!(of(&[(a, Some(b)), (c, Some(d))]), of(&[(a, Some(d)), (c, Some(b))]));
        assert_ne!(of(&[(a, Some(b))]), of(&[(b, Some(a))]));
        assert_ne!(of(&[(a, Some(b))]), of(&[(a, None), (b, None)]));
        assert_eq!(of(&[(a, Some(b)), (c, Some(d))]), of(&[(c, Some(d)), (a, Some(b))]));
    }

    proptest! {
        #[test]
        fn parts_and_order_do_not_count(
            names in proptest::collection::vec("[a-z]{1,9}", 0..20),
            cut in 0..20usize,
        ) {
            let add = |names: &mut dyn Iterator<Item = &String>| {
                let mut digest = ReadsDigest::default();
                names.for_each(|name| digest.add(read(name, "", "A", "I"), None));
                digest
            };
            let whole = add(&mut names.iter());
            let cut = cut.min(names.len());
            let mut parts = add(&mut names[cut..].iter());
            parts.merge(&add(&mut names[..cut].iter().rev()));
            prop_assert_eq!(parts, whole);
        }
    }
}
