//! Counts over the first or the second reads of a read group.

use wgs_formats::qc::{
    Histogram,
    fastq::{CycleQc, MateQc},
    rate,
};

use crate::{adapter::AdapterCounts, group::QualityEncoding};

/// Cycles that are told apart. Bases of later ones (long reads) only count for the totals.
pub const MAX_CYCLES: usize = 1000;

/// Highest quality of FASTQ, `~`.
const MAX_PHRED: usize = 93;

/// Codes of the bases: 0 to 3 are A, C, G, T in either case; 4 is anything else.
static CODES: [u8; 256] = codes();

const fn codes() -> [u8; 256] {
    let mut codes = [4; 256];
    let mut code = 0;
    while code < 4 {
        let base = b"ACGT"[code as usize];
        codes[base as usize] = code;
        codes[base.to_ascii_lowercase() as usize] = code;
        code += 1;
    }
    codes
}

/// The code of a base.
pub(crate) fn code(base: u8) -> usize {
    usize::from(CODES[usize::from(base)] & 7)
}

/// Counts of one cycle. The odd number of cache lines (13) keeps equal qualities of neighbouring
/// cycles out of one another's cache sets.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Cycle {
    bases: [u64; 8],
    qualities: [u64; 96],
}

const EMPTY_CYCLE: Cycle = Cycle { bases: [0; 8], qualities: [0; 96] };

impl Cycle {
    fn merge(&mut self, other: &Self) {
        self.bases.iter_mut().zip(other.bases).for_each(|(a, b)| *a += b);
        self.qualities.iter_mut().zip(other.qualities).for_each(|(a, b)| *a += b);
    }

    fn total(&self) -> u64 {
        self.bases.iter().sum()
    }

    fn quality_sum(&self) -> u64 {
        (0..).zip(self.qualities).map(|(phred, count)| phred * count).sum()
    }

    /// The smallest quality with `percent` of the counts at or below it.
    fn percentile(&self, percent: u64) -> u8 {
        let rank = (self.qualities.iter().sum::<u64>() * percent).div_ceil(100).max(1);
        let mut seen = 0;
        let place = self.qualities.iter().position(|count| {
            seen += count;
            seen >= rank
        });
        place.unwrap_or(0) as u8
    }

    fn finish(&self) -> CycleQc {
        let total = self.total();
        let of = |code: usize| rate(self.bases[code], total);
        CycleQc {
            bases: total,
            mean_phred: rate(self.quality_sum(), self.qualities.iter().sum()),
            p10_phred: self.percentile(10),
            p25_phred: self.percentile(25),
            p50_phred: self.percentile(50),
            p75_phred: self.percentile(75),
            p90_phred: self.percentile(90),
            a_rate: of(0),
            c_rate: of(1),
            g_rate: of(2),
            t_rate: of(3),
            n_rate: of(4),
        }
    }
}

/// Counts over the reads of one mate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MateCounts {
    cycles: Vec<Cycle>,
    /// All cycles after [`MAX_CYCLES`].
    later: Cycle,
    lengths: Histogram,
    short_lengths: Vec<u64>,
    qualities: [u64; MAX_PHRED + 1],
    gc_percent: [u64; 101],
    adapters: AdapterCounts,
}

impl MateCounts {
    pub(crate) fn new() -> Self {
        Self {
            cycles: Vec::new(),
            later: EMPTY_CYCLE,
            lengths: Histogram::default(),
            short_lengths: Vec::new(),
            qualities: [0; MAX_PHRED + 1],
            gc_percent: [0; 101],
            adapters: AdapterCounts::new(),
        }
    }

    pub(crate) fn add(&mut self, bases: &[u8], qualities: &[u8], encoding: QualityEncoding) {
        let offset = encoding.offset();
        self.add_length(bases.len());
        self.add_bases(bases);
        self.add_qualities(qualities, offset);
        self.add_gc(bases);
        self.add_mean_quality(qualities, offset);
        self.adapters.add(bases);
    }

    fn add_length(&mut self, length: usize) {
        if length > MAX_CYCLES {
            return self.lengths.add(u32::try_from(length).unwrap_or(u32::MAX), 1);
        }
        if self.short_lengths.len() <= length {
            self.short_lengths.resize(length + 1, 0);
        }
        self.short_lengths[length] += 1;
    }

    fn add_bases(&mut self, bases: &[u8]) {
        let (early, late) = bases.split_at(bases.len().min(MAX_CYCLES));
        if self.cycles.len() < early.len() {
            self.cycles.resize(early.len(), EMPTY_CYCLE);
        }
        for (cycle, &base) in self.cycles.iter_mut().zip(early) {
            cycle.bases[code(base)] += 1;
        }
        late.iter().for_each(|&base| self.later.bases[code(base)] += 1);
    }

    fn add_qualities(&mut self, qualities: &[u8], offset: u8) {
        let (early, late) = qualities.split_at(qualities.len().min(self.cycles.len()));
        for (cycle, &quality) in self.cycles.iter_mut().zip(early) {
            cycle.qualities[phred(quality, offset)] += 1;
        }
        late.iter().for_each(|&quality| self.later.qualities[phred(quality, offset)] += 1);
    }

    fn add_gc(&mut self, bases: &[u8]) {
        let count = |wanted: fn(u8) -> bool| bases.iter().filter(|&&b| wanted(b | 0x20)).count();
        let gc = count(|b| b == b'g' || b == b'c');
        let at = count(|b| b == b'a' || b == b't');
        if let Some(percent) = (gc * 100 + (gc + at) / 2).checked_div(gc + at) {
            self.gc_percent[percent] += 1;
        }
    }

    fn add_mean_quality(&mut self, qualities: &[u8], offset: u8) {
        let sum: usize = qualities.iter().map(|&q| phred(q, offset)).sum();
        if let Some(mean) = (sum + qualities.len() / 2).checked_div(qualities.len()) {
            self.qualities[mean] += 1;
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        if self.cycles.len() < other.cycles.len() {
            self.cycles.resize(other.cycles.len(), EMPTY_CYCLE);
        }
        self.cycles.iter_mut().zip(&other.cycles).for_each(|(a, b)| a.merge(b));
        self.later.merge(&other.later);
        self.lengths.merge(&other.lengths);
        if self.short_lengths.len() < other.short_lengths.len() {
            self.short_lengths.resize(other.short_lengths.len(), 0);
        }
        add_all(&mut self.short_lengths, &other.short_lengths);
        add_all(&mut self.qualities, &other.qualities);
        add_all(&mut self.gc_percent, &other.gc_percent);
        self.adapters.merge(&other.adapters);
    }

    pub(crate) fn finish(&self) -> MateQc {
        let mut all = self.later.clone();
        self.cycles.iter().for_each(|cycle| all.merge(cycle));
        let mut length_bp = self.lengths.clone();
        length_bp.merge(&Histogram::from_dense(&self.short_lengths));
        let (reads, bases) = (length_bp.total(), all.total());
        let [a_bases, c_bases, g_bases, t_bases, n_bases, ..] = all.bases;
        let q20_bases = all.qualities[20..].iter().sum();
        let q30_bases = all.qualities[30..].iter().sum();
        MateQc {
            reads,
            bases,
            q20_bases,
            q30_bases,
            a_bases,
            c_bases,
            g_bases,
            t_bases,
            n_bases,
            q20_rate: rate(q20_bases, bases),
            q30_rate: rate(q30_bases, bases),
            gc_rate: rate(g_bases + c_bases, bases - n_bases),
            n_rate: rate(n_bases, bases),
            mean_quality_phred: rate(all.quality_sum(), all.qualities.iter().sum()),
            length_bp,
            read_quality_phred: Histogram::from_dense(&self.qualities),
            read_gc_percent: Histogram::from_dense(&self.gc_percent),
            cycles: self.cycles.iter().map(Cycle::finish).collect(),
            adapters: self.adapters.finish(reads, self.cycles.len()),
        }
    }
}

fn phred(quality: u8, offset: u8) -> usize {
    usize::from(quality.saturating_sub(offset)).min(MAX_PHRED)
}

pub(crate) fn add_all(counts: &mut [u64], more: &[u64]) {
    counts.iter_mut().zip(more).for_each(|(a, b)| *a += b);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(reads: &[(&str, &str)]) -> MateQc {
        let mut counts = MateCounts::new();
        for (bases, qualities) in reads {
            counts.add(bases.as_bytes(), qualities.as_bytes(), QualityEncoding::Phred33);
        }
        counts.finish()
    }

    #[test]
    fn figures_of_two_reads() {
        // ! is 0, 5 is 20, ? is 30, I is 40
        let qc = of(&[("ACGT", "!5?I"), ("gN", "II")]);
        assert_eq!((qc.reads, qc.bases, qc.n_bases), (2, 6, 1));
        assert_eq!((qc.q20_bases, qc.q30_bases), (5, 4));
        assert_eq!((qc.a_bases, qc.c_bases, qc.g_bases, qc.t_bases), (1, 1, 2, 1));
        assert_eq!(qc.gc_rate, 0.6);
        assert_eq!(qc.length_bp, [(4, 1), (2, 1)].into_iter().collect());
        // 90 / 4 = 22.5 rounds to 23.
        assert_eq!(qc.read_quality_phred, [(23, 1), (40, 1)].into_iter().collect());
        assert_eq!(qc.read_gc_percent, [(50, 1), (100, 1)].into_iter().collect());
        assert_eq!((qc.cycles[0].bases, qc.cycles[0].mean_phred), (2, 20.0));
        assert_eq!((qc.cycles[1].c_rate, qc.cycles[1].n_rate), (0.5, 0.5));
        assert_eq!((qc.cycles[0].p50_phred, qc.cycles[0].p75_phred), (0, 40));
        assert_eq!(qc.cycles[3].bases, 1);
    }

    #[test]
    fn bases_of_late_cycles_count_for_the_totals() {
        let long = "A".repeat(MAX_CYCLES + 7);
        let qc = of(&[(&long, &"I".repeat(long.len())), ("C", "I")]);
        assert_eq!((qc.bases, qc.q30_bases), (1008, 1008));
        assert_eq!(qc.cycles.len(), MAX_CYCLES);
        assert_eq!(qc.length_bp.max(), Some(1007));
        assert_eq!(qc.mean_quality_phred, 40.0);
    }

    #[test]
    fn reads_of_no_length_and_of_no_called_base() {
        let qc = of(&[("", ""), ("NN", "!!")]);
        assert_eq!((qc.reads, qc.bases, qc.gc_rate), (2, 2, 0.0));
        assert!(qc.read_gc_percent.is_empty());
        assert_eq!(qc.read_quality_phred.total(), 1);
    }

    #[test]
    fn qualities_outside_the_range_do_no_harm() {
        let mut counts = MateCounts::new();
        counts.add(b"ACG", &[0, 255, 126], QualityEncoding::Phred33);
        let medians =
            counts.finish().cycles.iter().map(|cycle| cycle.p50_phred).collect::<Vec<_>>();
        assert_eq!(medians, [0, 93, 93]);
    }
}
