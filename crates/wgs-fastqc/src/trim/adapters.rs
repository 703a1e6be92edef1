//! Where a template ends within its reads.

use super::TrimOptions;
use crate::known::{ADAPTERS, reverse_complement};

/// Bases by which mates must overlap before that tells the template's length.
const MIN_OVERLAP: usize = 30;
/// Of so many overlapping bases one may differ …
const MISMATCH_ONE_IN: usize = 8;
/// … and of a long overlap no more than this.
const MAX_MISMATCHES: usize = 5;
/// Bases of an adapter that a pair, whose mates would rather overlap, must show.
const MIN_IN_PAIRS: usize = 12;
/// Bases of an adapter that a single read must show, at its end.
const MIN_IN_SINGLES: usize = 6;

/// The adapters of first and of last reads.
#[derive(Clone, Debug)]
pub(super) struct Adapters {
    overlap: bool,
    sequences: [Vec<Vec<u8>>; 2],
}

impl Adapters {
    pub(super) fn new(options: &TrimOptions) -> Self {
        let known = if options.adapters { &ADAPTERS[..] } else { &[] };
        let with = |of: fn(&crate::known::Adapter) -> &'static [u8], given: &[Vec<u8>]| {
            let given = given.iter().filter(|bases| !bases.is_empty());
            let upper = given.map(|bases| bases.to_ascii_uppercase());
            known.iter().map(|adapter| of(adapter).to_vec()).chain(upper).collect()
        };
        Self {
            overlap: options.adapters,
            sequences: [
                with(|adapter| adapter.r1, &options.r1_adapters),
                with(|adapter| adapter.r2, &options.r2_adapters),
            ],
        }
    }

    /// Length of the template, where it is shorter than a read.
    pub(super) fn template_end(&self, r1: &[u8], r2: Option<&[u8]>) -> Option<usize> {
        let Some(r2) = r2 else {
            return self.sequence_start(0, r1, MIN_IN_SINGLES);
        };
        let overlap = if self.overlap { template_length(r1, r2) } else { None };
        let length = overlap.or_else(|| {
            let starts = [(0, r1), (1, r2)]
                .map(|(mate, read)| self.sequence_start(mate, read, MIN_IN_PAIRS));
            starts.into_iter().flatten().min()
        })?;
        (length < r1.len().max(r2.len())).then_some(length)
    }

    /// Where the first adapter begins.
    fn sequence_start(&self, mate: usize, read: &[u8], minimum: usize) -> Option<usize> {
        let start = |adapter: &Vec<u8>| {
            (0..(read.len() + 1).saturating_sub(minimum)).find(|&start| {
                let length = adapter.len().min(read.len() - start);
                let (a, b) = (&read[start..start + length], &adapter[..length]);
                length >= minimum && agree(a, b, length / MISMATCH_ONE_IN)
            })
        };
        self.sequences[mate].iter().filter_map(start).min()
    }
}

/// Length of the template by the overlap of its mates: the longest that fits, which may be longer
/// than the reads, so that a repeat at their ends is not taken for a short template.
fn template_length(r1: &[u8], r2: &[u8]) -> Option<usize> {
    let turned = reverse_complement(r2);
    let longest = (r1.len() + r2.len()).checked_sub(MIN_OVERLAP)?;
    (MIN_OVERLAP..=longest).rev().find(|&length| {
        // Bases of the template that both mates show.
        let (start, end) = (length.saturating_sub(r2.len()), length.min(r1.len()));
        if end < start + MIN_OVERLAP {
            return false;
        }
        let from = r2.len() + start - length;
        let (a, b) = (&r1[start..end], &turned[from..from + end - start]);
        agree(a, b, MAX_MISMATCHES.min((end - start) / MISMATCH_ONE_IN))
    })
}

/// Whether no more than so many bases differ.
fn agree(a: &[u8], b: &[u8], allowed: usize) -> bool {
    let differ = |a: &[u8], b: &[u8]| a.iter().zip(b).filter(|(a, b)| a != b).count();
    let mut rest = allowed;
    a.chunks(16).zip(b.chunks(16)).all(|(a, b)| {
        let mismatches = differ(a, b);
        let goes_on = mismatches <= rest;
        rest = rest.saturating_sub(mismatches);
        goes_on
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn known() -> Adapters {
        Adapters::new(&TrimOptions { adapters: true, ..TrimOptions::default() })
    }

    fn random(length: usize, seed: u64) -> Vec<u8> {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(99);
            b"ACGT"[(state >> 61) as usize & 3]
        };
        (0..length).map(|_| next()).collect()
    }

    fn reads(template: &[u8], lengths: [usize; 2]) -> [Vec<u8>; 2] {
        let turned = reverse_complement(template);
        let mut reads = [[template, ADAPTERS[0].r1].concat(), [&turned, ADAPTERS[0].r2].concat()];
        reads.iter_mut().zip(lengths).for_each(|(read, length)| read.truncate(length));
        reads
    }

    proptest! {
        #[test]
        fn templates_of_any_length_are_measured(
            length in 30..220usize, seed: u64, one in 40..120usize, two in 40..120usize,
        ) {
            let [r1, r2] = reads(&random(length, seed), [one, two]);
            let overlap = one.min(length) + two.min(length);
            let seen = (overlap >= length + MIN_OVERLAP).then_some(length);
            prop_assert_eq!(template_length(&r1, &r2), seen);
            let shorter = seen.filter(|length| *length < r1.len().max(r2.len()));
            prop_assert_eq!(known().template_end(&r1, Some(&r2)), shorter);
        }

        #[test]
        fn any_reads_do_no_harm(r1: Vec<u8>, r2: Vec<u8>) {
            if let Some(end) = known().template_end(&r1, Some(&r2)) {
                prop_assert!(end < r1.len().max(r2.len()));
            }
            known().template_end(&r1, None);
        }
    }

    #[test]
    fn templates_too_short_to_overlap_are_found_by_sequence() {
        let [r1, mut r2] = reads(&random(12, 3), [45, 45]);
        assert_eq!(known().template_end(&r1, Some(&r2)), Some(12));
        r2[12..].fill(b'A');
        assert_eq!(known().template_end(&r1, Some(&r2)), Some(12), "one mate is enough");
        assert_eq!(known().template_end(b"AGATCGGAAGAGCACAC", None), Some(0));
    }

    #[test]
    fn single_reads_need_six_bases() {
        let read = |bases: usize| [&random(50, 8), &ADAPTERS[0].r1[..bases]].concat();
        assert_eq!(known().template_end(&read(6), None), Some(50));
        assert_eq!(known().template_end(&read(5), None), None);
    }

    #[test]
    fn given_adapters_are_looked_for_without_the_known() {
        let given =
            TrimOptions { r1_adapters: vec![b"cctgaattcgga".to_vec()], ..TrimOptions::default() };
        let adapters = Adapters::new(&given);
        let read = [&random(50, 8), &b"CCTGAATTCGGAAC"[..]].concat();
        assert_eq!(adapters.template_end(&read, None), Some(50));
        let read = [&random(50, 8), ADAPTERS[0].r1].concat();
        assert_eq!(adapters.template_end(&read, None), None);
    }
}
