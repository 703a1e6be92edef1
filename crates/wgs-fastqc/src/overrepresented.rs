//! Sequences that too many reads begin with.

use std::collections::HashMap;

use wgs_formats::qc::{fastq::OverrepresentedQc, rate};

use crate::{known::possible_source, sample::ReadSample};

/// Leading bases of a read that are compared.
const LENGTH: usize = 50;
/// Fraction of the reads from which on a sequence is told, FastQC's threshold …
const MIN_RATE: f64 = 0.001;
/// … and the least number of reads, below which a rate says little.
const MIN_READS: u64 = 10;
/// Most sequences that are told.
const MAX_TOLD: usize = 50;

/// The sequences of the first and of the last reads.
pub(crate) fn overrepresented(sample: &ReadSample) -> [Vec<OverrepresentedQc>; 2] {
    let mut counts: [HashMap<Vec<u8>, u64>; 2] = Default::default();
    sample.for_each(|first, last| {
        for (counts, codes) in counts.iter_mut().zip([first, last]) {
            let prefix = &codes[..codes.len().min(LENGTH)];
            if let Some(count) = counts.get_mut(prefix) {
                *count += 1;
            } else if !prefix.is_empty() {
                counts.insert(prefix.to_vec(), 1);
            }
        }
    });
    counts.map(|counts| told(&counts, sample.len()))
}

fn told(counts: &HashMap<Vec<u8>, u64>, reads: u64) -> Vec<OverrepresentedQc> {
    let enough = |count: u64| count >= MIN_READS && rate(count, reads) > MIN_RATE;
    let mut told: Vec<_> = counts
        .iter()
        .filter(|(_, count)| enough(**count))
        .map(|(codes, &count)| {
            let bases: Vec<u8> = codes.iter().map(|&c| b"ACGTN"[usize::from(c)]).collect();
            OverrepresentedQc {
                possible_source: possible_source(&bases),
                sequence: String::from_utf8_lossy(&bases).into_owned(),
                sampled_reads: count,
                rate: rate(count, reads),
            }
        })
        .collect();
    told.sort_by(|a, b| {
        b.sampled_reads.cmp(&a.sampled_reads).then_with(|| a.sequence.cmp(&b.sequence))
    });
    told.truncate(MAX_TOLD);
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequent_beginnings_are_told_with_their_source() {
        let mut sample = ReadSample::new();
        let mut add = |draw, text: &str| sample.add(draw, text.as_bytes(), b"ACGT");
        for number in 0..1000_u64 {
            let unique: String =
                (0..60).map(|i| char::from(b"ACGT"[(number >> (i % 10)) as usize & 3])).collect();
            add(number, &unique);
        }
        let adapter = "AGATCGGAAGAGCACACGTCTGAACTCCAGTCACACGTACGTATCTCGTAT";
        (0..20).for_each(|n| add(n, &format!("{adapter}{n:b}").replace('1', "C")));
        (0..9).for_each(|n| add(n, "TTTTTTTTTTTTACACACACTTTTTTTTTTTTACACACACTTTTTTTTTTTTACACACAC"));
        let [first, last] = overrepresented(&sample);
        assert_eq!(first.len(), 1, "{first:?}");
        assert_eq!((first[0].sequence.as_str(), first[0].sampled_reads), (&adapter[..50], 20));
        assert_eq!(first[0].possible_source.as_deref(), Some("Illumina TruSeq (33 of 50 bases)"));
        assert_eq!((last[0].sequence.as_str(), last[0].rate), ("ACGT", 1.0));
    }
}
