//! Adapters found by the overlap of mates.
//!
//! Where a template is shorter than the reads, the first bases of R1 are the reverse complement of
//! the first bases of R2, for as many bases as the template has, and what follows in both is
//! adapter. This finds adapters that nobody listed.

use wgs_formats::qc::{fastq::OverlapQc, rate};

use crate::sample::{MAX_BASES, ReadSample};

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
/// codes, at most [`MAX_BASES`].
fn template_length(r1: &[u8], r2: &[u8]) -> Option<usize> {
    let longest = r1.len().min(r2.len()).checked_sub(1).filter(|&bases| bases >= MIN_TEMPLATE)?;
    let forward = Planes::of(r1[..longest].iter().copied());
    // Codes of complementary bases add up to 3; 4 is no base.
    let reverse = r2[..longest].iter().rev().map(|&code| if code < 4 { 3 - code } else { code });
    let reverse = Planes::of(reverse);
    (MIN_TEMPLATE..=longest).rev().find(|&length| {
        let allowed = (length / MISMATCH_ONE_IN) as u32;
        let mut mismatches = 0;
        (0..length.div_ceil(64)).all(|word| {
            let left = (length - word * 64).min(64);
            let within = u64::MAX >> (64 - left);
            let differ = forward.differ(&reverse, word, longest - length) & within;
            mismatches += differ.count_ones();
            mismatches <= allowed
        })
    })
}

/// Words of 64 bits that hold [`MAX_BASES`], and two, so that shifted words can be read.
const WORDS: usize = MAX_BASES.div_ceil(64) + 2;

/// The three bits of each code, a plane for each, so that 64 bases are compared at a time.
struct Planes([[u64; WORDS]; 3]);

impl Planes {
    fn of(codes: impl Iterator<Item = u8>) -> Self {
        let mut bytes = [0; MAX_BASES];
        bytes.iter_mut().zip(codes).for_each(|(byte, code)| *byte = code);
        let mut planes = [[0; WORDS]; 3];
        for (at, eight) in bytes.as_chunks::<8>().0.iter().enumerate() {
            let eight = u64::from_le_bytes(*eight);
            for (bit, plane) in planes.iter_mut().enumerate() {
                // The product brings the lowest bits of the bytes together in the highest byte.
                let lowest = eight >> bit & 0x0101_0101_0101_0101;
                let bits = lowest.wrapping_mul(0x0102_0408_1020_4080) >> 56;
                plane[at / 8] |= bits << (at % 8 * 8);
            }
        }
        Self(planes)
    }

    /// Where 64 bases from `word * 64` on differ from another's, which begin `offset` later, or
    /// where either is no base.
    fn differ(&self, other: &Self, word: usize, offset: usize) -> u64 {
        let (from, shift) = (word + offset / 64, offset % 64);
        let theirs = |plane: usize| {
            let plane = &other.0[plane];
            plane[from] >> shift | plane[from + 1] << 1 << (63 - shift)
        };
        let [low, high, none] = &self.0;
        low[word] ^ theirs(0) | high[word] ^ theirs(1) | none[word] | theirs(2)
    }
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
    use proptest::prelude::*;

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

    proptest! {
        #[test]
        fn lengths_are_those_of_a_plain_search(
            template in proptest::collection::vec(0..4u8, 15..200),
            tails in proptest::collection::vec(0..5u8, 200),
            lengths in [20..300usize, 20..300],
            errors in proptest::collection::vec((0..200usize, 0..5u8), 0..20),
        ) {
            let turned: Vec<u8> = template.iter().rev().map(|code| 3 - code).collect();
            let mut reads = [template, turned].map(|bases| [bases, tails.clone()].concat());
            for (at, code) in errors {
                let read = &mut reads[usize::from(code % 2)];
                let at = at % read.len();
                read[at] = code;
            }
            let [r1, r2] = &reads;
            let (r1, r2) = (&r1[..lengths[0].min(r1.len())], &r2[..lengths[1].min(r2.len())]);
            let plain = (MIN_TEMPLATE..r1.len().min(r2.len())).rev().find(|&length| {
                let ends = r1[..length].iter().zip(r2[..length].iter().rev());
                ends.filter(|(a, b)| **a + **b != 3 || **a > 3).count() <= length / 10
            });
            prop_assert_eq!(template_length(r1, r2), plain);
        }
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
