//! Known adapters in reads.
//!
//! As FastQC does, the first 12 bases of an adapter are looked for without mismatch, and a read
//! counts from the cycle on at which they first begin.

use wgs_formats::qc::{fastq::AdapterQc, rate};

use crate::{
    cycles::add_all,
    known::ADAPTERS,
    masks::{Masks, PREFIX},
};

/// Leading bases of an adapter that are looked for.
const LENGTH: usize = 12;

/// What is looked for.
#[derive(Clone, Copy, Debug)]
enum Pattern {
    /// The codes of an adapter's bases.
    Bases([u8; LENGTH]),
    /// [`LENGTH`] times the base of this code: stands for missing signal.
    Run(u8),
}

impl Pattern {
    fn find(&self, masks: &Masks) -> Option<usize> {
        match self {
            Self::Bases(codes) => masks.find(codes),
            Self::Run(code) => masks.find_run_of_12(*code),
        }
    }

    /// The codes of its first bases.
    fn prefix(&self) -> [u8; PREFIX] {
        match self {
            Self::Bases([prefix @ .., _, _, _, _]) => *prefix,
            Self::Run(code) => [*code; PREFIX],
        }
    }

    fn text(&self) -> String {
        let letter = |&code: &u8| char::from(b"ACGT"[usize::from(code & 3)]);
        match self {
            Self::Bases(codes) => codes.iter().map(letter).collect(),
            Self::Run(code) => [*code; LENGTH].iter().map(letter).collect(),
        }
    }
}

/// The adapters in the order of the document, with their names; then the two homopolymers.
fn patterns() -> Vec<(&'static str, Pattern)> {
    let mut patterns: Vec<(_, Pattern)> = Vec::new();
    for adapter in &ADAPTERS {
        let mut codes = [0; LENGTH];
        codes.iter_mut().zip(adapter.r1).for_each(|(c, &base)| *c = crate::code(base) as u8);
        patterns.push((adapter.name, Pattern::Bases(codes)));
        if adapter.r1[..LENGTH] != adapter.r2[..LENGTH] {
            let mut codes = [0; LENGTH];
            codes.iter_mut().zip(adapter.r2).for_each(|(c, &base)| *c = crate::code(base) as u8);
            patterns.push((adapter.r2_name, Pattern::Bases(codes)));
        }
    }
    patterns.extend([("poly-A", Pattern::Run(0)), ("poly-G", Pattern::Run(2))]);
    patterns
}

/// Reads by the cycle (0-based) at which each adapter first begins.
#[derive(Clone, Debug)]
pub(crate) struct AdapterCounts {
    starts: Vec<Starts>,
    prefixes: Vec<[u8; PREFIX]>,
}

#[derive(Clone, Debug)]
struct Starts {
    name: &'static str,
    pattern: Pattern,
    reads: Vec<u64>,
}

impl AdapterCounts {
    pub(crate) fn new() -> Self {
        let starts = |(name, pattern)| Starts { name, pattern, reads: Vec::new() };
        let starts: Vec<_> = patterns().into_iter().map(starts).collect();
        let prefixes = starts.iter().map(|starts| starts.pattern.prefix()).collect();
        Self { starts, prefixes }
    }

    pub(crate) fn add(&mut self, read: &Masks) {
        let mut held = read.holds(&self.prefixes);
        while held != 0 {
            let starts = &mut self.starts[held.trailing_zeros() as usize];
            held &= held - 1;
            if let Some(start) = starts.pattern.find(read) {
                if starts.reads.len() <= start {
                    starts.reads.resize(start + 1, 0);
                }
                starts.reads[start] += 1;
            }
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (ours, theirs) in self.starts.iter_mut().zip(&other.starts) {
            if ours.reads.len() < theirs.reads.len() {
                ours.reads.resize(theirs.reads.len(), 0);
            }
            add_all(&mut ours.reads, &theirs.reads);
        }
    }

    /// `cycles` is the length of the longest read.
    pub(crate) fn finish(&self, reads: u64, cycles: usize) -> Vec<AdapterQc> {
        let one = |starts: &Starts| {
            let mut begun = 0;
            let cumulative = (0..cycles).map(|cycle| {
                begun += starts.reads.get(cycle).copied().unwrap_or(0);
                rate(begun, reads)
            });
            let cumulative_rate_by_cycle = cumulative.collect();
            AdapterQc {
                name: starts.name.to_owned(),
                sequence: starts.pattern.text(),
                reads: begun,
                rate: rate(begun, reads),
                cumulative_rate_by_cycle,
            }
        };
        self.starts.iter().map(one).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(counts: &mut AdapterCounts, bases: &[u8]) {
        let mut masks = Masks::new();
        masks.take(bases, &mut [[[0; 32]; 4]; 2]);
        counts.add(&masks);
    }

    #[test]
    fn a_read_counts_from_the_first_start_on() {
        let mut counts = AdapterCounts::new();
        add(&mut counts, b"CCAGATCGGAAGAGAGATCGGAAGAG");
        add(&mut counts, b"CCAGATCGGAAGACACACACACACAC");
        let qc = &counts.finish(2, 26)[0];
        assert_eq!((qc.reads, qc.rate, qc.sequence.as_str()), (1, 0.5, "AGATCGGAAGAG"));
        assert_eq!(qc.cumulative_rate_by_cycle[1], 0.0);
        assert_eq!(qc.cumulative_rate_by_cycle[2..], [0.5; 24]);
    }

    #[test]
    fn adapters_beyond_the_shortest_reads() {
        let (mut a, mut b) = (AdapterCounts::new(), AdapterCounts::new());
        add(&mut a, b"GGGGGGGGGGGG");
        add(&mut b, b"CCCCCCCCGGGGGGGGGGGG");
        a.merge(&b);
        let qc = &a.finish(2, 20)[5];
        assert_eq!((qc.name.as_str(), qc.reads), ("poly-G", 2));
        assert_eq!(qc.sequence, "GGGGGGGGGGGG");
        assert_eq!((qc.cumulative_rate_by_cycle[7], qc.cumulative_rate_by_cycle[8]), (0.5, 1.0));
    }

    #[test]
    fn names_keep_their_order() {
        let names: Vec<_> = patterns().iter().map(|(name, _)| *name).collect();
        let expected = [
            "Illumina TruSeq",
            "Nextera transposase",
            "MGI forward",
            "MGI reverse",
            "poly-A",
            "poly-G",
        ];
        assert_eq!(names, expected);
    }
}
