//! Adapters found by the overlap of mates.
//!
//! Where a template is shorter than the reads, the first bases of R1 are the reverse complement of
//! the first bases of R2, for as many bases as the template has, and what follows in both is
//! adapter. This finds adapters that nobody listed. One pair in [`ONE_IN`] is looked at, chosen by
//! its fingerprint, so that the choice does not depend on order or threads.

use wgs_formats::qc::{fastq::OverlapQc, rate};

use crate::mate::code;

/// Pairs of which one is looked at.
const ONE_IN: u64 = 8;
/// Shortest template that is recognised, in bases.
const MIN_TEMPLATE: usize = 20;
/// Of this many bases one may mismatch.
const MISMATCH_ONE_IN: usize = 10;
/// Bases after the template that are gathered.
const ADAPTER_BASES: usize = 24;
/// Pairs that must show a base of the adapter before it is told.
const MIN_PAIRS: u64 = 10;

/// Bases at each place after the template.
type Profile = [[u64; 4]; ADAPTER_BASES];

/// Counts over the pairs that were looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct OverlapCounts {
    pairs: u64,
    read_through: u64,
    profiles: [Profile; 2],
}

impl OverlapCounts {
    pub(crate) fn add(&mut self, fingerprint: u64, r1: &[u8], r2: &[u8]) {
        if !fingerprint.is_multiple_of(ONE_IN) {
            return;
        }
        self.pairs += 1;
        let Some(length) = template_length(r1, r2) else { return };
        self.read_through += 1;
        for (profile, read) in self.profiles.iter_mut().zip([r1, r2]) {
            for (counts, &base) in profile.iter_mut().zip(&read[length..]) {
                if let Some(count) = counts.get_mut(code(base)) {
                    *count += 1;
                }
            }
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.pairs += other.pairs;
        self.read_through += other.read_through;
        let ours = self.profiles.as_flattened_mut().as_flattened_mut();
        let theirs = other.profiles.as_flattened().as_flattened();
        crate::mate::add_all(ours, theirs);
    }

    pub(crate) fn finish(&self) -> OverlapQc {
        let [r1, r2] = &self.profiles;
        OverlapQc {
            sampled_pairs: self.pairs,
            read_through_pairs: self.read_through,
            read_through_rate: rate(self.read_through, self.pairs),
            r1_adapter: consensus(r1),
            r2_adapter: consensus(r2),
        }
    }
}

/// The length of a template that is shorter than either read, the longest that fits.
fn template_length(r1: &[u8], r2: &[u8]) -> Option<usize> {
    let longest = r1.len().min(r2.len()).checked_sub(1)?;
    (MIN_TEMPLATE..=longest).rev().find(|&length| {
        let mut allowed = length / MISMATCH_ONE_IN;
        r1[..length].iter().zip(r2[..length].iter().rev()).all(|(&a, &b)| {
            // Codes of complementary bases add up to 3; 4 is no base.
            let matches = code(a) + code(b) == 3;
            let goes_on = matches || allowed > 0;
            allowed -= usize::from(!matches && goes_on);
            goes_on
        })
    })
}

/// The most frequent bases, as far as each has a majority of enough pairs.
fn consensus(profile: &Profile) -> Option<String> {
    let base = |counts: &[u64; 4]| {
        let total: u64 = counts.iter().sum();
        let (best, count) = counts.iter().enumerate().max_by_key(|(_, count)| **count)?;
        (total >= MIN_PAIRS && 2 * count > total).then(|| char::from(b"ACGT"[best]))
    };
    let bases: String = profile.iter().map_while(base).collect();
    (!bases.is_empty()).then_some(bases)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &[u8] = b"ACGGTCATTGCACCTAGGATTCAGCATTACGG";

    fn reverse_complement(bases: &[u8]) -> Vec<u8> {
        bases.iter().rev().map(|&b| b"TGCA"[code(b)]).collect()
    }

    fn pair(template: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let r1 = [template, b"AGATCGGAAGAGCACACGTCTGAA"].concat();
        let r2 = [&reverse_complement(template), &b"AGATCGGAAGAGCGTCGTGTAGGG"[..]].concat();
        (r1, r2)
    }

    #[test]
    fn template_length_despite_mismatches() {
        let (mut r1, r2) = pair(TEMPLATE);
        assert_eq!(template_length(&r1, &r2), Some(32));
        r1[3] = b'A';
        r1[17] = b'N';
        r1[30] = b'A';
        assert_eq!(template_length(&r1, &r2), Some(32), "3 of 32 may differ");
        r1[9] = b'T';
        r1[10] = b'T';
        assert_eq!(template_length(&r1, &r2), None);
    }

    #[test]
    fn no_overlap_in_unrelated_or_short_reads() {
        let (r1, _) = pair(TEMPLATE);
        assert_eq!(template_length(&r1, &r1), None);
        assert_eq!(template_length(b"", b""), None);
        assert_eq!(template_length(b"ACG", b"CGT"), None);
    }

    #[test]
    fn unlisted_adapters_are_told_after_enough_pairs() {
        let mut counts = OverlapCounts::default();
        let (r1, r2) = pair(TEMPLATE);
        for _ in 0..MIN_PAIRS - 1 {
            counts.add(0, &r1, &r2);
        }
        assert_eq!(counts.finish().r1_adapter, None);
        counts.add(0, &r1, &r2);
        counts.add(1, &r1, &r2);
        let qc = counts.finish();
        assert_eq!((qc.sampled_pairs, qc.read_through_pairs), (10, 10));
        assert_eq!(qc.r1_adapter.as_deref(), Some("AGATCGGAAGAGCACACGTCTGAA"));
        assert_eq!(qc.r2_adapter.as_deref(), Some("AGATCGGAAGAGCGTCGTGTAGGG"));
    }
}
