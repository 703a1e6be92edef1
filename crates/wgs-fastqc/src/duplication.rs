//! Estimate of duplicate templates within bounded memory.
//!
//! A template is known by a 64-bit hash of the first [`PREFIX_BASES`] bases of its mates: the
//! prefix makes the estimate robust to the errors of late cycles, and what errors remain make it a
//! slight underestimate. Hashes are kept by adaptive sampling (Wegman; Flajolet 1990, "On adaptive
//! sampling"): those whose top `depth` bits are 0, with `depth` the smallest that leaves no more
//! than a fixed number of distinct ones. Unlike a sample of the first reads, as FastQC takes, it
//! covers the whole run, all copies of a kept template are seen, and it depends neither on the
//! order of the reads nor on how they were split between threads.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

use wgs_formats::qc::{Histogram, fastq::DuplicationQc};

use crate::hash::{KEYS, absorb};

/// Leading bases of a mate that tell templates apart.
const PREFIX_BASES: usize = 32;

/// Most distinct templates in the sample: 2 to 4 MB of memory.
const LIMIT: usize = 1 << 17;

/// The hash of a template; the same on every machine.
pub(crate) fn fingerprint(r1: &[u8], r2: &[u8]) -> u64 {
    let prefix = |bases: &[u8]| bases.len().min(PREFIX_BASES);
    let state = absorb(KEYS[0], &r1[..prefix(r1)]);
    absorb(state ^ KEYS[1], &r2[..prefix(r2)])
}

/// Spreads a hash whose top bits are 0 over a table.
#[derive(Clone, Default)]
struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.write_u64(self.0 ^ u64::from(byte)));
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash.wrapping_mul(KEYS[1]);
    }
}

/// Templates of the sample, with their number of copies.
#[derive(Clone, Debug)]
pub(crate) struct TemplateSample {
    copies: HashMap<u64, u64, BuildHasherDefault<Spread>>,
    depth: u32,
    limit: usize,
}

impl TemplateSample {
    pub(crate) fn new() -> Self {
        Self::with_limit(LIMIT)
    }

    fn with_limit(limit: usize) -> Self {
        Self { copies: HashMap::default(), depth: 0, limit }
    }

    pub(crate) fn add(&mut self, fingerprint: u64) {
        self.add_copies(fingerprint, 1);
    }

    fn add_copies(&mut self, fingerprint: u64, copies: u64) {
        if fingerprint.leading_zeros() < self.depth {
            return;
        }
        *self.copies.entry(fingerprint).or_default() += copies;
        while self.copies.len() > self.limit {
            self.depth += 1;
            let depth = self.depth;
            self.copies.retain(|fingerprint, _| fingerprint.leading_zeros() >= depth);
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        if self.depth < other.depth {
            self.depth = other.depth;
            self.copies.retain(|fingerprint, _| fingerprint.leading_zeros() >= other.depth);
        }
        other.copies.iter().for_each(|(&hash, &copies)| self.add_copies(hash, copies));
    }

    pub(crate) fn finish(&self) -> DuplicationQc {
        let sampled_templates: u64 = self.copies.values().sum();
        let distinct_templates = self.copies.len() as u64;
        let mut copies = Histogram::default();
        for &count in self.copies.values() {
            copies.add(u32::try_from(count).unwrap_or(u32::MAX), 1);
        }
        DuplicationQc {
            sampled_templates,
            distinct_templates,
            sampled_one_in: 1 << self.depth.min(63),
            duplicate_rate: if sampled_templates == 0 {
                0.0
            } else {
                1.0 - distinct_templates as f64 / sampled_templates as f64
            },
            copies,
        }
    }
}

impl PartialEq for TemplateSample {
    fn eq(&self, other: &Self) -> bool {
        self.depth == other.depth && self.copies == other.copies
    }
}

impl Eq for TemplateSample {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn template(number: u64) -> u64 {
        let bases: Vec<u8> =
            (0..40).map(|i| b"ACGT"[(number >> (2 * (i % 16))) as usize & 3]).collect();
        fingerprint(&bases, b"")
    }

    #[test]
    fn estimate_is_near_the_truth_when_only_a_part_is_kept() {
        let mut sample = TemplateSample::with_limit(4000);
        for number in 0..60_000 {
            sample.add(template(number));
            // Every fourth has a duplicate: 15,000 of 75,000.
            if number % 4 == 0 {
                sample.add(template(number));
            }
        }
        let qc = sample.finish();
        assert!(qc.sampled_one_in >= 16 && qc.distinct_templates <= 4000);
        assert!((qc.duplicate_rate - 0.2).abs() < 0.02, "{}", qc.duplicate_rate);
        assert_eq!(qc.copies.total(), qc.distinct_templates);
    }

    #[test]
    fn mates_prefixes_and_lengths_tell_templates_apart() {
        let long = [b'A'; 100];
        assert_ne!(fingerprint(b"ACGT", b"TTTT"), fingerprint(b"TTTT", b"ACGT"));
        assert_ne!(fingerprint(b"ACGT", b""), fingerprint(b"ACG", b"T"));
        assert_eq!(fingerprint(&long, b""), fingerprint(&long[..PREFIX_BASES], b""));
        assert_ne!(fingerprint(&long, b""), fingerprint(&long[..31], b""));
    }

    #[test]
    fn hashes_spread_evenly() {
        let zeros = (0..40_000).filter(|&n| template(n).leading_zeros() >= 4).count();
        assert!((2_200..2_800).contains(&zeros), "{zeros} of 40000 instead of 2500");
    }

    proptest! {
        #[test]
        fn order_and_split_do_not_matter(
            numbers in proptest::collection::vec(0..300u64, 0..400),
            cut in 0..400usize,
        ) {
            let of = |numbers: &[u64]| {
                let mut sample = TemplateSample::with_limit(20);
                numbers.iter().for_each(|&n| sample.add(template(n)));
                sample
            };
            let whole = of(&numbers);
            let (left, right) = numbers.split_at(cut.min(numbers.len()));
            let mut merged = of(right);
            merged.merge(&of(left));
            prop_assert_eq!(merged.finish(), whole.finish());
            prop_assert_eq!(merged, whole);
        }
    }
}
