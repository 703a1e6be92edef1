//! A digest of reads that does not depend on their order.

use sha2::{Digest, Sha256};

/// Which read of its template a read is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mate {
    /// One without mate.
    Single,
    /// The first of a pair.
    First,
    /// The last of a pair.
    Last,
}

impl Mate {
    fn digit(self) -> u8 {
        match self {
            Self::Single => b'0',
            Self::First => b'1',
            Self::Last => b'2',
        }
    }
}

/// A digest of a set of reads: the sum of the SHA-256 digests of all, as 256-bit numbers (big
/// endian) modulo 2^256.
///
/// What is digested of a read is `0`, `1` or `2` (single, first, last) and its FASTQ record: `@`,
/// the header line, line feed, bases, line feed, `+`, line feed, qualities, line feed. So neither
/// the order of the reads counts nor how the file is compressed, and anything else does. A sum of
/// digests shows damage and exchange; it does not withstand somebody who may choose a great many
/// reads in order to forge one (Bellare and Micciancio 1997).
///
/// ```
/// use wgs_align::{Mate, ReadsDigest};
///
/// let mut digest = ReadsDigest::default();
/// digest.add(Mate::First, b"pair1", b"/1", b"AC", b"II");
/// digest.add(Mate::Last, b"pair1", b"/2", b"GG", b"I#");
/// let mut other = ReadsDigest::default();
/// other.add(Mate::Last, b"pair1", b"/2", b"GG", b"I#");
/// other.add(Mate::First, b"pair1", b"/1", b"AC", b"II");
/// assert_eq!(digest, other);
/// assert_eq!(digest.to_string().len(), 64);
/// ```
#[derive(Clone, Debug, Default)]
pub struct ReadsDigest {
    reads: u64,
    /// The lowest 64 bits first.
    sum: [u64; 4],
    text: Vec<u8>,
}

impl ReadsDigest {
    /// Adds a read. `suffix` is what follows its name in the header line.
    pub fn add(&mut self, mate: Mate, name: &[u8], suffix: &[u8], bases: &[u8], quals: &[u8]) {
        self.text.clear();
        self.text.extend([mate.digit(), b'@']);
        for part in [name, suffix, b"\n", bases, b"\n+\n", quals, b"\n"] {
            self.text.extend_from_slice(part);
        }
        let digest = Sha256::digest(&self.text);
        self.reads += 1;
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

    fn of(reads: &[(Mate, &str, &str, &str, &str)]) -> ReadsDigest {
        let mut digest = ReadsDigest::default();
        for (mate, name, suffix, bases, quals) in reads {
            let [name, suffix, bases, quals] = [name, suffix, bases, quals].map(|t| t.as_bytes());
            digest.add(*mate, name, suffix, bases, quals);
        }
        digest
    }

    /// Made by Python's hashlib from the definition in the documentation.
    #[test]
    fn the_sum_is_that_of_any_other_program() {
        let one = of(&[(Mate::First, "r", "/1", "ACGT", "IIII")]);
        assert_eq!(
            one.to_string(),
            "3a3ebb3b8a8980a65cf7333ccc9b0fbf761fb986e4044c44b7b74edeb3e39d66"
        );
        let two =
            of(&[(Mate::First, "r", "/1", "ACGT", "IIII"), (Mate::Last, "r", "/2", "C", "#")]);
        assert_eq!(
            two.to_string(),
            "2f289b7c49543480103d7bc977c8464b5a148e3ab11424ce29eb6710c5aad4d7"
        );
        assert_eq!(two.reads(), 2);
    }

    #[test]
    fn everything_of_a_read_counts() {
        let digests = [
            of(&[(Mate::First, "r", " x", "AC", "II")]),
            of(&[(Mate::Last, "r", " x", "AC", "II")]),
            of(&[(Mate::First, "R", " x", "AC", "II")]),
            of(&[(Mate::First, "r", " y", "AC", "II")]),
            of(&[(Mate::First, "r", " x", "AG", "II")]),
            of(&[(Mate::First, "r", " x", "AC", "IH")]),
        ];
        for (i, digest) in digests.iter().enumerate() {
            assert!(digests[..i].iter().all(|other| other != digest), "{i}");
        }
    }

    proptest! {
        #[test]
        fn parts_and_order_do_not_count(names in proptest::collection::vec("[a-z]{1,9}", 0..20), cut in 0..20usize) {
            let add = |names: &mut dyn Iterator<Item = &String>| {
                let mut digest = ReadsDigest::default();
                names.for_each(|name| digest.add(Mate::Single, name.as_bytes(), b"", b"A", b"I"));
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
