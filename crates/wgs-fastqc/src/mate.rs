//! Counts over the first or the second reads of a read group.

use wgs_formats::qc::{Histogram, fastq::MateQc, rate};

use crate::{
    adapter::AdapterCounts,
    code,
    cycles::{Cycle, CycleCounts, EMPTY_CYCLE, MAX_PHRED, add_all, clamped},
    group::{QualityEncoding, Read},
    masks::{MAX_CYCLES, Masks},
    poly_g::PolyGCounts,
};

/// Counts over the reads of one mate.
#[derive(Clone, Debug)]
pub(crate) struct MateCounts {
    masks: Masks,
    cycles: CycleCounts,
    /// All cycles after [`MAX_CYCLES`].
    later: Cycle,
    lengths: Histogram,
    short_lengths: Vec<u64>,
    qualities: [u64; MAX_PHRED + 1],
    gc_percent: [u64; 101],
    adapters: AdapterCounts,
    poly_g: PolyGCounts,
}

impl MateCounts {
    pub(crate) fn new() -> Self {
        Self {
            masks: Masks::new(),
            cycles: CycleCounts::new(),
            later: EMPTY_CYCLE,
            lengths: Histogram::default(),
            short_lengths: Vec::new(),
            qualities: [0; MAX_PHRED + 1],
            gc_percent: [0; 101],
            adapters: AdapterCounts::new(),
            poly_g: PolyGCounts::default(),
        }
    }

    pub(crate) fn add(&mut self, (bases, qualities): Read<'_>, encoding: QualityEncoding) {
        let offset = encoding.offset();
        self.add_length(bases.len());
        self.cycles.add_bases(bases, &mut self.masks);
        let mut counts = self.masks.counts();
        let mut quality_sum = self.cycles.add_qualities(qualities, offset);
        if bases.len() > MAX_CYCLES {
            self.add_later(&bases[MAX_CYCLES..], &mut counts);
            let late = qualities.get(MAX_CYCLES..).unwrap_or_default();
            for phred in late.iter().map(|&quality| clamped(quality, offset)) {
                self.later.qualities[usize::from(phred)] += 1;
                quality_sum += u64::from(phred);
            }
        }
        self.add_gc(counts);
        let length = qualities.len() as u64;
        if let Some(mean) = (quality_sum + length / 2).checked_div(length) {
            self.qualities[mean as usize] += 1;
        }
        self.adapters.add(&self.masks);
        self.poly_g.add(bases);
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

    fn add_later(&mut self, bases: &[u8], counts: &mut [u32; 4]) {
        for &base in bases {
            if let code @ 0..4 = code(base) {
                self.later.bases[code] += 1;
                counts[code] += 1;
            }
        }
    }

    fn add_gc(&mut self, counts: [u32; 4]) {
        let [a, c, g, t] = counts.map(u64::from);
        let (gc, all) = (g + c, a + c + g + t);
        if let Some(percent) = (gc * 100 + all / 2).checked_div(all) {
            self.gc_percent[percent as usize] += 1;
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.cycles.merge(&other.cycles);
        self.later.merge(&other.later);
        self.lengths.merge(&other.lengths);
        if self.short_lengths.len() < other.short_lengths.len() {
            self.short_lengths.resize(other.short_lengths.len(), 0);
        }
        add_all(&mut self.short_lengths, &other.short_lengths);
        add_all(&mut self.qualities, &other.qualities);
        add_all(&mut self.gc_percent, &other.gc_percent);
        self.adapters.merge(&other.adapters);
        self.poly_g.merge(&other.poly_g);
    }

    /// The figures, without those of samples.
    pub(crate) fn finish(&self) -> MateQc {
        let cycles = self.cycles.finish();
        let mut all = self.later.clone();
        cycles.iter().for_each(|cycle| all.merge(cycle));
        let mut length_bp = self.lengths.clone();
        length_bp.merge(&Histogram::from_dense(&self.short_lengths));
        let (reads, bases) = (length_bp.total(), length_bp.sum() as u64);
        let [a_bases, c_bases, g_bases, t_bases] = all.bases;
        let called: u64 = all.bases.iter().sum();
        let n_bases = bases - called;
        let (q20_bases, q30_bases) = (all.qualities_from(20), all.qualities_from(30));
        // Reads that reach a cycle: all but the shorter ones.
        let mut reaching = reads;
        let shorter = self.short_lengths.iter().chain(std::iter::repeat(&0));
        let cycles = cycles.iter().zip(shorter).map(|(cycle, shorter)| {
            reaching -= shorter;
            cycle.finish(reaching)
        });
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
            gc_rate: rate(g_bases + c_bases, called),
            n_rate: rate(n_bases, bases),
            mean_quality_phred: all.mean_phred(),
            read_quality_phred: Histogram::from_dense(&self.qualities),
            read_gc_percent: Histogram::from_dense(&self.gc_percent),
            cycles: cycles.collect(),
            adapters: self.adapters.finish(reads, self.cycles.len()),
            poly_g: self.poly_g.finish(reads),
            length_bp,
            ..MateQc::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(reads: &[(&str, &str)]) -> MateQc {
        let mut counts = MateCounts::new();
        for (bases, qualities) in reads {
            counts.add((bases.as_bytes(), qualities.as_bytes()), QualityEncoding::Phred33);
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
        counts.add((b"ACG", &[0, 255, 126]), QualityEncoding::Phred33);
        let medians =
            counts.finish().cycles.iter().map(|cycle| cycle.p50_phred).collect::<Vec<_>>();
        assert_eq!(medians, [0, 93, 93]);
    }
}
