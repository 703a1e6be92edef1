//! Sequences that too many reads begin with.

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

/// The first bases of a read, as two numbers: 1, then a digit in base 5 for each of half of them.
type Key = [u64; 2];

/// Half of the bases of a key: 2 * 5^25 is less than 2^64.
const HALF: usize = LENGTH / 2;

fn key(codes: &[u8]) -> Key {
    let (first, last) = codes[..codes.len().min(LENGTH)].split_at(codes.len().min(HALF));
    [first, last].map(|half| half.iter().fold(1, |key, &code| key * 5 + u64::from(code)))
}

fn bases([first, last]: Key) -> Vec<u8> {
    let digits = |key| std::iter::successors(Some(key), |key| Some(key / 5));
    let half = |key| digits(key).take_while(|&rest| rest > 1).map(|rest| rest % 5);
    let mut bases: Vec<u8> =
        half(last).chain(half(first)).map(|code| b"ACGTN"[code as usize]).collect();
    bases.reverse();
    bases
}

/// The sequences of the first and of the last reads.
pub(crate) fn overrepresented(sample: &ReadSample) -> [Vec<OverrepresentedQc>; 2] {
    let mut keys: [Vec<Key>; 2] = Default::default();
    sample.for_each(|first, last| {
        for (keys, codes) in keys.iter_mut().zip([first, last]) {
            if !codes.is_empty() {
                keys.push(key(codes));
            }
        }
    });
    keys.map(|mut keys| {
        keys.sort_unstable();
        told(&keys, sample.len())
    })
}

/// The keys are sorted.
fn told(keys: &[Key], reads: u64) -> Vec<OverrepresentedQc> {
    let enough = |count: u64| count >= MIN_READS && rate(count, reads) > MIN_RATE;
    let mut told: Vec<_> = keys
        .chunk_by(|a, b| a == b)
        .map(|same| (same[0], same.len() as u64))
        .filter(|&(_, count)| enough(count))
        .map(|(key, count)| {
            let bases = bases(key);
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
    fn keys_tell_sequences() {
        let codes: Vec<u8> = (0..60).map(|place| (place * place % 5) as u8).collect();
        for length in 0..=codes.len() {
            let kept = &codes[..length.min(LENGTH)];
            let letters: Vec<u8> = kept.iter().map(|&c| b"ACGTN"[usize::from(c)]).collect();
            assert_eq!(bases(key(&codes[..length])), letters);
        }
        assert_eq!(bases(key(&[4; 50])), [b'N'; 50]);
        assert_eq!(bases(key(&[0; 30])), [b'A'; 30]);
    }

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
