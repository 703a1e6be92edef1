//! Adapters found by the overlap of mates.
//!
//! Where a template is shorter than the reads, the first bases of R1 are the reverse complement of
//! the first bases of R2, for as many bases as the template has, and what follows in both is
//! adapter. This finds adapters that nobody listed.

use wgs_formats::qc::{fastq::OverlapQc, rate};

use crate::sample::ReadSample;

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

/// What the pairs of a sample tell.
pub(crate) fn overlaps(sample: &ReadSample) -> OverlapQc {
    let mut counts = OverlapCounts::default();
    sample.for_each(|first, last| counts.add(first, last));
    counts.finish()
}

/// Counts over pairs.
#[derive(Default)]
struct OverlapCounts {
    pairs: u64,
    read_through: u64,
    profiles: [Profile; 2],
}

impl OverlapCounts {
    fn add(&mut self, r1: &[u8], r2: &[u8]) {
        self.pairs += 1;
        let Some(length) = template_length(r1, r2) else { return };
        self.read_through += 1;
        for (profile, read) in self.profiles.iter_mut().zip([r1, r2]) {
            for (counts, &code) in profile.iter_mut().zip(&read[length..]) {
                if let Some(count) = counts.get_mut(usize::from(code)) {
                    *count += 1;
                }
            }
        }
    }

    fn finish(&self) -> OverlapQc {
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

/// The length of a template that is shorter than either read, the longest that fits. Reads are
/// codes.
fn template_length(r1: &[u8], r2: &[u8]) -> Option<usize> {
    let longest = r1.len().min(r2.len()).checked_sub(1)?;
    (MIN_TEMPLATE..=longest).rev().find(|&length| {
        let mut allowed = length / MISMATCH_ONE_IN;
        r1[..length].iter().zip(r2[..length].iter().rev()).all(|(&a, &b)| {
            // Codes of complementary bases add up to 3; 4 is no base.
            let matches = a + b == 3;
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
    use crate::known::reverse_complement;

    const TEMPLATE: &[u8] = b"ACGGTCATTGCACCTAGGATTCAGCATTACGG";

    fn codes(bases: &[u8]) -> Vec<u8> {
        bases.iter().map(|&base| crate::code(base) as u8).collect()
    }

    fn pair(template: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let r1 = [template, b"AGATCGGAAGAGCACACGTCTGAA"].concat();
        let r2 = [&reverse_complement(template), &b"AGATCGGAAGAGCGTCGTGTAGGG"[..]].concat();
        (codes(&r1), codes(&r2))
    }

    #[test]
    fn template_length_despite_mismatches() {
        let (mut r1, r2) = pair(TEMPLATE);
        assert_eq!(template_length(&r1, &r2), Some(32));
        r1[3] = 0;
        r1[17] = 4;
        r1[30] = 0;
        assert_eq!(template_length(&r1, &r2), Some(32), "3 of 32 may differ");
        r1[9] = 3;
        r1[10] = 3;
        assert_eq!(template_length(&r1, &r2), None);
    }

    #[test]
    fn no_overlap_in_unrelated_or_short_reads() {
        let (r1, _) = pair(TEMPLATE);
        assert_eq!(template_length(&r1, &r1), None);
        assert_eq!(template_length(b"", b""), None);
        assert_eq!(template_length(&[0, 1, 2], &[1, 2, 3]), None);
    }

    #[test]
    fn unlisted_adapters_are_told_after_enough_pairs() {
        let mut counts = OverlapCounts::default();
        let (r1, r2) = pair(TEMPLATE);
        for _ in 0..MIN_PAIRS - 1 {
            counts.add(&r1, &r2);
        }
        assert_eq!(counts.finish().r1_adapter, None);
        counts.add(&r1, &r2);
        let qc = counts.finish();
        assert_eq!((qc.sampled_pairs, qc.read_through_pairs), (10, 10));
        assert_eq!(qc.r1_adapter.as_deref(), Some("AGATCGGAAGAGCACACGTCTGAA"));
        assert_eq!(qc.r2_adapter.as_deref(), Some("AGATCGGAAGAGCGTCGTGTAGGG"));
    }
}
