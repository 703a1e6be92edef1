//! Words of 7 bases that keep to certain cycles.
//!
//! In a random library a word is as frequent in one cycle as in the others. As FastQC does, each
//! word's count in a group of cycles is held against what its share of all words lets expect.

use std::ops::Range;

use wgs_formats::qc::fastq::KmerQc;

use crate::{
    groups::cycle_groups,
    sample::{MAX_BASES, ReadSample},
};

/// Bases of a word.
const LENGTH: usize = 7;
/// Number of words.
const WORDS: usize = 1 << (2 * LENGTH);
/// A word is told if it is this many times as frequent as expected …
const MIN_ENRICHMENT: f64 = 5.0;
/// … and if chance does so in no more than one of 100 libraries: `-log10` of that.
const MIN_MINUS_LOG10_P: f64 = 2.0;
/// Most words that are told.
const MAX_TOLD: usize = 20;

/// The words of the first and of the last reads that are enriched anywhere.
pub(crate) fn enriched(sample: &ReadSample) -> [Vec<KmerQc>; 2] {
    let mut counts = sample.longest().map(Counts::new);
    sample.for_each(|first, last| {
        counts[0].add(first);
        counts[1].add(last);
    });
    counts.map(|counts| counts.finish())
}

/// Counts by group of start cycles and word.
struct Counts {
    groups: Vec<Range<usize>>,
    group_of: [u8; MAX_BASES],
    counts: Vec<u32>,
}

impl Counts {
    fn new(longest: usize) -> Self {
        let groups = cycle_groups((longest + 1).saturating_sub(LENGTH));
        let mut group_of = [0; MAX_BASES];
        for (number, group) in groups.iter().enumerate() {
            group_of[group.clone()].fill(number as u8);
        }
        Self { counts: vec![0; groups.len() * WORDS], groups, group_of }
    }

    fn add(&mut self, codes: &[u8]) {
        let (mut word, mut known) = (0, 0);
        for (end, &code) in codes.iter().enumerate() {
            if code > 3 {
                known = 0;
                continue;
            }
            word = (word << 2 | usize::from(code)) % WORDS;
            known += 1;
            if known >= LENGTH {
                let group = usize::from(self.group_of[end + 1 - LENGTH]);
                self.counts[group * WORDS + word] += 1;
            }
        }
    }

    fn finish(&self) -> Vec<KmerQc> {
        let by_group: Vec<&[u32]> = self.counts.chunks(WORDS).collect();
        let sum = |counts: &[u32]| counts.iter().map(|&count| u64::from(count)).sum::<u64>();
        let group_totals: Vec<u64> = by_group.iter().map(|counts| sum(counts)).collect();
        let total: u64 = group_totals.iter().sum();
        let tests = (WORDS * self.groups.len().max(1)) as f64;
        let counts = word_counts(&by_group);
        let mut told: Vec<KmerQc> = maybe_enriched(&by_group, &counts, &group_totals)
            .into_iter()
            .filter_map(|word| {
                let count = counts[word];
                let enrichment = |group: usize| {
                    let expected = count as f64 * group_totals[group] as f64 / total as f64;
                    let observed = f64::from(by_group[group][word]);
                    (expected > 0.0).then(|| (observed / expected, observed, expected, group))
                };
                let (ratio, observed, expected, group) = (0..by_group.len())
                    .filter_map(enrichment)
                    .reduce(|best, next| if next.0 > best.0 { next } else { best })?;
                let significance = minus_log10_p(observed, expected) - tests.log10();
                let told = ratio > MIN_ENRICHMENT && significance > MIN_MINUS_LOG10_P;
                told.then(|| KmerQc {
                    sequence: text(word),
                    sampled_count: count,
                    enrichment: rounded(ratio),
                    minus_log10_p: rounded(significance),
                    first_cycle: self.groups[group].start as u32 + 1,
                })
            })
            .collect();
        told.sort_by(|a, b| {
            b.enrichment.total_cmp(&a.enrichment).then_with(|| a.sequence.cmp(&b.sequence))
        });
        told.truncate(MAX_TOLD);
        told
    }
}

/// Counts by word in all groups.
fn word_counts(by_group: &[&[u32]]) -> Vec<u64> {
    let mut sums = vec![0; WORDS];
    for counts in by_group {
        sums.iter_mut().zip(*counts).for_each(|(sum, &count)| *sum += u64::from(count));
    }
    sums
}

/// The words that anywhere are more than 4 times as frequent as expected, all that could be told
/// among them: few, found group by group in the order of memory.
fn maybe_enriched(by_group: &[&[u32]], counts: &[u64], group_totals: &[u64]) -> Vec<usize> {
    let total: u64 = group_totals.iter().sum();
    let mut maybe = vec![false; WORDS];
    for (group, &group_total) in by_group.iter().zip(group_totals) {
        for ((maybe, &observed), &count) in maybe.iter_mut().zip(*group).zip(counts) {
            *maybe |= u64::from(observed) * total > 4 * count * group_total;
        }
    }
    (0..WORDS).filter(|&word| maybe[word]).collect()
}

/// How unlikely so high a count is where the mean is `expected`: a lower bound, by Chernoff's
/// inequality for the Poisson distribution.
fn minus_log10_p(observed: f64, expected: f64) -> f64 {
    if observed <= expected {
        return 0.0;
    }
    (observed * (observed / expected).ln() - (observed - expected)) * std::f64::consts::LOG10_E
}

fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

fn text(word: usize) -> String {
    (0..LENGTH).rev().map(|place| char::from(b"ACGT"[word >> (2 * place) & 3])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(reads: usize, planted: impl Fn(usize, &mut Vec<u8>)) -> ReadSample {
        let mut sample = ReadSample::new();
        for number in 0..reads {
            let mut state = (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let mut bases: Vec<u8> = (0..100)
                .map(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    b"ACGT"[(state >> 60) as usize & 3]
                })
                .collect();
            planted(number, &mut bases);
            sample.add(number as u64, &bases, b"");
        }
        sample
    }

    #[test]
    fn a_word_that_keeps_to_a_cycle_is_told() {
        let planted = sample(3000, |number, bases| {
            if number % 20 == 0 {
                bases[31..38].copy_from_slice(b"ACCTGAT");
            }
        });
        let [first, last] = enriched(&planted);
        assert_eq!((first[0].sequence.as_str(), first[0].first_cycle), ("ACCTGAT", 32));
        assert!(first[0].enrichment > 20.0 && first[0].minus_log10_p > 50.0, "{first:?}");
        assert!(last.is_empty());
    }

    #[test]
    fn random_reads_have_none() {
        assert_eq!(enriched(&sample(3000, |_, _| {})), [vec![], vec![]]);
        assert_eq!(enriched(&ReadSample::new()), [vec![], vec![]]);
    }

    #[test]
    fn words_do_not_span_unknown_bases() {
        let mut counts = Counts::new(15);
        counts.add(&[0, 1, 2, 3, 0, 1, 2, 4, 3, 3, 3, 3, 3, 3, 3]);
        assert_eq!(counts.counts.iter().sum::<u32>(), 2);
        assert_eq!(text(0b00_01_10_11_00_01_10), "ACGTACG");
    }
}
