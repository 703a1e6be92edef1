//! Known adapters in reads.
//!
//! As FastQC does, the first 12 bases of an adapter are looked for without mismatch, and a read
//! counts from the cycle on at which they first begin.

use bstr::Finder;
use wgs_formats::qc::{fastq::AdapterQc, rate};

use crate::mate::{MAX_CYCLES, add_all};

/// Length of every sequence in [`ADAPTERS`].
const LENGTH: usize = 12;

/// Name and first bases of what follows a short template, as the reads show it; and the two
/// homopolymers that stand for missing signal.
const ADAPTERS: [(&str, &[u8; LENGTH]); 6] = [
    ("Illumina TruSeq", b"AGATCGGAAGAG"),
    ("Nextera transposase", b"CTGTCTCTTATA"),
    ("MGI forward", b"AAGTCGGAGGCC"),
    ("MGI reverse", b"AAGTCGGATCGT"),
    ("poly-A", b"AAAAAAAAAAAA"),
    ("poly-G", b"GGGGGGGGGGGG"),
];

/// Reads by the cycle (0-based) at which each adapter first begins.
#[derive(Clone, Debug)]
pub(crate) struct AdapterCounts {
    finders: [Finder<'static>; ADAPTERS.len()],
    starts: [Vec<u64>; ADAPTERS.len()],
}

impl AdapterCounts {
    pub(crate) fn new() -> Self {
        Self { finders: ADAPTERS.map(|(_, bases)| Finder::new(bases)), starts: Default::default() }
    }

    pub(crate) fn add(&mut self, bases: &[u8]) {
        let bases = &bases[..bases.len().min(MAX_CYCLES)];
        for (finder, starts) in self.finders.iter().zip(&mut self.starts) {
            if let Some(start) = finder.find(bases) {
                if starts.len() <= start {
                    starts.resize(start + 1, 0);
                }
                starts[start] += 1;
            }
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (ours, theirs) in self.starts.iter_mut().zip(&other.starts) {
            if ours.len() < theirs.len() {
                ours.resize(theirs.len(), 0);
            }
            add_all(ours, theirs);
        }
    }

    /// `cycles` is the length of the longest read.
    pub(crate) fn finish(&self, reads: u64, cycles: usize) -> Vec<AdapterQc> {
        let one = |((name, bases), starts): (&(&str, &[u8; LENGTH]), &Vec<u64>)| {
            let mut begun = 0;
            let cumulative = (0..cycles).map(|cycle| {
                begun += starts.get(cycle).copied().unwrap_or(0);
                rate(begun, reads)
            });
            let cumulative_rate_by_cycle = cumulative.collect();
            AdapterQc {
                name: (*name).to_owned(),
                sequence: String::from_utf8_lossy(*bases).into_owned(),
                reads: begun,
                rate: rate(begun, reads),
                cumulative_rate_by_cycle,
            }
        };
        ADAPTERS.iter().zip(&self.starts).map(one).collect()
    }
}

impl PartialEq for AdapterCounts {
    fn eq(&self, other: &Self) -> bool {
        self.starts == other.starts
    }
}

impl Eq for AdapterCounts {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_counts_from_the_first_start_on() {
        let mut counts = AdapterCounts::new();
        counts.add(b"CCAGATCGGAAGAGAGATCGGAAGAG");
        counts.add(b"CCAGATCGGAAGACACACACACACAC");
        let qc = &counts.finish(2, 26)[0];
        assert_eq!((qc.reads, qc.rate), (1, 0.5));
        assert_eq!(qc.cumulative_rate_by_cycle[1], 0.0);
        assert_eq!(qc.cumulative_rate_by_cycle[2..], [0.5; 24]);
    }

    #[test]
    fn adapters_beyond_the_shortest_reads() {
        let (mut a, mut b) = (AdapterCounts::new(), AdapterCounts::new());
        a.add(b"GGGGGGGGGGGG");
        b.add(b"CCCCCCCCGGGGGGGGGGGG");
        a.merge(&b);
        let qc = &a.finish(2, 20)[5];
        assert_eq!((qc.name.as_str(), qc.reads), ("poly-G", 2));
        assert_eq!((qc.cumulative_rate_by_cycle[7], qc.cumulative_rate_by_cycle[8]), (0.5, 1.0));
    }
}
