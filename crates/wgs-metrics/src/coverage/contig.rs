//! What is told of the depths of a contig.

use wgs_core::{ContigIndex, Interval0};
use wgs_formats::{
    genome::Genome,
    qc::{
        Histogram,
        coverage::{CoverageSummary, GcBin},
        rate,
    },
};

use super::options::{BLOCK_BP, CoverageOptions};

/// Positions by depth, the last count of all that are as deep or deeper; and the sum of depths.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Depths {
    positions: Vec<u64>,
    bases: u64,
}

impl Depths {
    fn new(limit: u32) -> Self {
        Self { positions: vec![0; limit as usize + 1], bases: 0 }
    }

    fn add(&mut self, depth: u32) {
        let last = self.positions.len() - 1;
        self.positions[(depth as usize).min(last)] += 1;
        self.bases += u64::from(depth);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        if self.positions.len() < other.positions.len() {
            self.positions.resize(other.positions.len(), 0);
        }
        self.positions.iter_mut().zip(&other.positions).for_each(|(a, b)| *a += b);
        self.bases += other.bases;
    }

    pub(super) fn histogram(&self) -> Histogram {
        Histogram::from_dense(&self.positions)
    }

    pub(super) fn summary(&self) -> CoverageSummary {
        CoverageSummary::new(&self.histogram(), self.bases)
    }
}

/// The figures of one contig.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ContigDepths {
    pub(super) all: Depths,
    pub(super) targets: Depths,
    pub(super) track: Vec<Option<f64>>,
    pub(super) reference_n_bases: u64,
}

/// Windows of 100 bases by GC content: number and sum of depths.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct GcWindows {
    windows: [u64; 101],
    bases: [u64; 101],
}

impl Default for GcWindows {
    fn default() -> Self {
        Self { windows: [0; 101], bases: [0; 101] }
    }
}

impl GcWindows {
    fn add(&mut self, reference: &[u8], bases: u64) {
        let gc = reference.iter().filter(|base| matches!(base, b'G' | b'C')).count();
        self.windows[gc] += 1;
        self.bases[gc] += bases;
    }

    pub(super) fn finish(&self) -> Vec<GcBin> {
        let block = u64::from(BLOCK_BP);
        let mean = rate(self.bases.iter().sum(), self.windows.iter().sum::<u64>() * block);
        let bin = |(gc_percent, (&windows, &bases)): (u32, (&u64, &u64))| {
            let mean_depth = rate(bases, windows * block);
            let normalized_depth = if mean > 0.0 { mean_depth / mean } else { 0.0 };
            GcBin { gc_percent, windows, mean_depth, normalized_depth }
        };
        let bins = (0..).zip(self.windows.iter().zip(&self.bases)).map(bin);
        bins.filter(|bin| bin.windows > 0).collect()
    }
}

/// Takes the depths of a contig from its first position to its last.
pub(super) struct ContigScan<'a> {
    genome: &'a Genome,
    contig: ContigIndex,
    length: u32,
    figures: ContigDepths,
    /// Targets that do not end before the current position.
    targets: std::vec::IntoIter<Interval0>,
    window_bp: u32,
    /// Bases and positions of the current window of the track.
    window: (u64, u64),
}

impl<'a> ContigScan<'a> {
    pub(super) fn new(
        genome: &'a Genome,
        contig: ContigIndex,
        options: &CoverageOptions,
        window_bp: u32,
    ) -> Self {
        let targets = options.targets.as_ref().map(|t| t.of(contig).to_vec()).unwrap_or_default();
        let depths = Depths::new(options.histogram_limit());
        let figures = ContigDepths { all: depths.clone(), targets: depths, ..Default::default() };
        Self {
            genome,
            contig,
            length: genome.contigs().get(contig).map_or(0, |c| c.length),
            figures,
            targets: targets.into_iter(),
            window_bp,
            window: (0, 0),
        }
    }

    /// Length of the contig.
    pub(super) fn length(&self) -> u32 {
        self.length
    }

    /// Takes the depths from `start` on, where the last call ended; a whole number of blocks, but
    /// for the contig's end.
    pub(super) fn take(&mut self, start: u32, depths: &[u32], gc: &mut GcWindows) {
        let end = start + depths.len() as u32;
        let interval = Interval0::new(start, end).expect("the end is not before the start");
        let reference = self.genome.fetch(self.contig, interval);
        self.take_targets(interval, depths, &reference);
        let blocks = depths.chunks(BLOCK_BP as usize).zip(reference.chunks(BLOCK_BP as usize));
        for (block, (depths, reference)) in (start / BLOCK_BP..).zip(blocks) {
            self.take_block(depths, reference, gc);
            let end = self.length.min((block + 1) * BLOCK_BP);
            if self.window_bp > 0 && end.is_multiple_of(self.window_bp) {
                self.end_window();
            }
        }
    }

    fn take_block(&mut self, depths: &[u32], reference: &[u8], gc: &mut GcWindows) {
        let before = self.figures.all.bases;
        let mut known = 0;
        for (&depth, &base) in depths.iter().zip(reference) {
            if base == b'N' {
                self.figures.reference_n_bases += u64::from(depth);
            } else {
                self.figures.all.add(depth);
                known += 1;
            }
        }
        let bases = self.figures.all.bases - before;
        if known == u64::from(BLOCK_BP) {
            gc.add(reference, bases);
        }
        self.window.0 += bases;
        self.window.1 += known;
    }

    fn end_window(&mut self) {
        let (bases, positions) = std::mem::take(&mut self.window);
        let mean = (positions > 0).then(|| (rate(bases, positions) * 100.0).round() / 100.0);
        self.figures.track.push(mean);
    }

    fn take_targets(&mut self, interval: Interval0, depths: &[u32], reference: &[u8]) {
        while let Some(&target) = self.targets.as_slice().first() {
            if let Some(part) = target.intersection(interval) {
                let range = (part.start() - interval.start()) as usize
                    ..(part.end() - interval.start()) as usize;
                for (&depth, &base) in depths[range.clone()].iter().zip(&reference[range]) {
                    if base != b'N' {
                        self.figures.targets.add(depth);
                    }
                }
            }
            if target.end() > interval.end() {
                break;
            }
            self.targets.next();
        }
    }

    /// The figures, after the last position.
    pub(super) fn finish(mut self) -> ContigDepths {
        if self.window_bp > 0 && !self.length.is_multiple_of(self.window_bp) {
            self.end_window();
        }
        self.figures
    }
}
