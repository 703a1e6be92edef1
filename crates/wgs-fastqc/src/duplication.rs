//! Estimate of duplicate templates within bounded memory.
//!
//! A template is known by a 64-bit hash of the first [`PREFIX_BASES`] bases of its mates: the
//! prefix makes the estimate robust to the errors of late cycles, and what errors remain make it a
//! slight underestimate. Hashes are kept by adaptive sampling (Wegman; Flajolet 1990, "On adaptive
//! sampling"): those whose top `depth` bits are 0, with `depth` the smallest that leaves no more
//! than a fixed number of distinct ones. Unlike a sample of the first reads, as FastQC takes, it
//! covers the whole run, all copies of a kept template are seen, and it depends neither on the
//! order of the reads nor on how they were split between threads.

use std::borrow::Cow;

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

/// Hashes that are gathered before they are sorted into the others.
const NEW: usize = 1 << 15;

/// Templates of the sample, with their number of copies.
///
/// Hashes with leading zeros are the smallest, so that in their order what goes is at the end.
#[derive(Clone, Debug)]
pub(crate) struct TemplateSample {
    /// Hashes in ascending order, and their number of copies.
    copies: Vec<(u64, u64)>,
    /// Hashes that came since.
    new: Vec<u64>,
    depth: u32,
    limit: usize,
}

impl TemplateSample {
    pub(crate) fn new() -> Self {
        Self::with_limit(LIMIT)
    }

    fn with_limit(limit: usize) -> Self {
        Self { copies: Vec::new(), new: Vec::new(), depth: 0, limit }
    }

    pub(crate) fn add(&mut self, fingerprint: u64) {
        if fingerprint.leading_zeros() >= self.depth {
            self.new.push(fingerprint);
            if self.new.len() >= NEW {
                self.settle();
            }
        }
    }

    /// Takes the new hashes in, and as many out as are too many.
    fn settle(&mut self) {
        self.new.sort_unstable();
        let new: Vec<_> =
            self.new.chunk_by(|a, b| a == b).map(|h| (h[0], h.len() as u64)).collect();
        self.new.clear();
        self.take(&new);
    }

    /// Takes copies of hashes in ascending order in.
    fn take(&mut self, more: &[(u64, u64)]) {
        self.copies = merged(&self.copies, more);
        self.deepen(self.depth);
        while self.copies.len() > self.limit {
            self.deepen(self.depth + 1);
        }
    }

    fn deepen(&mut self, depth: u32) {
        self.depth = depth;
        let kept = self.copies.partition_point(|(hash, _)| hash.leading_zeros() >= depth);
        self.copies.truncate(kept);
    }

    /// With nothing new.
    fn settled(&self) -> Cow<'_, Self> {
        if self.new.is_empty() {
            return Cow::Borrowed(self);
        }
        let mut settled = self.clone();
        settled.settle();
        Cow::Owned(settled)
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.settle();
        let other = other.settled();
        self.depth = self.depth.max(other.depth);
        self.take(&other.copies);
    }

    pub(crate) fn finish(&self) -> DuplicationQc {
        self.settled().figures()
    }

    fn figures(&self) -> DuplicationQc {
        let sampled_templates = self.copies.iter().map(|(_, copies)| copies).sum();
        let distinct_templates = self.copies.len() as u64;
        let mut copies = Histogram::default();
        for &(_, count) in &self.copies {
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

/// Both lists, in ascending order, as one.
fn merged(a: &[(u64, u64)], b: &[(u64, u64)]) -> Vec<(u64, u64)> {
    let mut all = Vec::with_capacity(a.len() + b.len());
    let (mut a, mut b) = (a.iter().copied().peekable(), b.iter().copied().peekable());
    while let (Some(&(left, ours)), Some(&(right, theirs))) = (a.peek(), b.peek()) {
        let copies = if left <= right { ours } else { 0 } + if right <= left { theirs } else { 0 };
        all.push((left.min(right), copies));
        a.next_if(|_| left <= right);
        b.next_if(|_| right <= left);
    }
    all.extend(a);
    all.extend(b);
    all
}

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
            let (merged, whole) = (merged.settled(), whole.settled());
            prop_assert_eq!((merged.depth, &merged.copies), (whole.depth, &whole.copies));
        }
    }
}
