//! Bases and errors by everything that the quality of a base depends on.

use std::array::from_fn;

use wgs_formats::qc::calibration::{CONTEXTS, MAX_CYCLES, MAX_REPORTED_PHRED};

use super::{
    pileup::Pileup,
    reads::{Block, BlockRead, UNKNOWN, cycle},
};

/// Reported qualities that are told apart.
pub(super) const QUALITIES: usize = MAX_REPORTED_PHRED as usize + 1;
const CELLS: usize = 2 * MAX_CYCLES * QUALITIES * CONTEXTS;

/// How many bases were compared, and how many of them differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) bases: u64,
    pub(super) errors: u64,
}

impl Count {
    pub(super) fn add(&mut self, other: Self) {
        self.bases += other.bases;
        self.errors += other.errors;
    }
}

/// One combination of all that is told apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell {
    pub(super) quality: usize,
    /// Of first reads, then of last ones.
    pub(super) cycle: usize,
    pub(super) context: usize,
    pub(super) count: Count,
}

/// Counts of all combinations.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct BaseCounts {
    /// Bases of each cell, and errors; empty before the first.
    bases: Vec<u32>,
    errors: Vec<u32>,
    /// By read group and reported quality.
    groups: Vec<[Count; QUALITIES]>,
    /// Errors by context and by the base that would have been right, as sequenced.
    truths: [[u64; 4]; CONTEXTS],
    total: u64,
}

impl BaseCounts {
    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// Counts the reads of a block that have no gap, where no variant is.
    pub(super) fn add(&mut self, block: &Block, pileup: &Pileup) {
        if self.bases.is_empty() {
            self.bases = vec![0; CELLS];
            self.errors = vec![0; CELLS];
        }
        for read in block.reads.iter().filter(|read| read.gaps.is_empty()) {
            self.add_read(block, read, &pileup.expected);
        }
    }

    fn add_read(&mut self, block: &Block, read: &BlockRead, expected: &[u8]) {
        let mut of_group = [Count::default(); QUALITIES];
        let first = read.mate * MAX_CYCLES;
        for segment in block.segments_of(read) {
            let (place, base, len) = block.inside(segment);
            let bases = base..base + len;
            let expected = &expected[place..place + len];
            let (codes, quals) = (&block.codes[bases.clone()], &block.quals[bases.clone()]);
            let contexts = &block.contexts[bases];
            for (at, ((&code, &expected), (&quality, &context))) in
                codes.iter().zip(expected).zip(quals.iter().zip(contexts)).enumerate()
            {
                if code == UNKNOWN || expected == UNKNOWN {
                    continue;
                }
                let quality = usize::from(quality);
                let cycle = first + cycle(base - read.first + at, read.len, read.is_reverse);
                let cell = (cycle * QUALITIES + quality) * CONTEXTS + usize::from(context);
                self.bases[cell] += 1;
                of_group[quality].bases += 1;
                if code != expected {
                    self.errors[cell] += 1;
                    of_group[quality].errors += 1;
                    let right = if read.is_reverse { 3 - expected } else { expected };
                    self.truths[usize::from(context)][usize::from(right)] += 1;
                }
            }
        }
        self.total += of_group.iter().map(|count| count.bases).sum::<u64>();
        if let Some(number) = read.group {
            let group = self.group(number);
            group.iter_mut().zip(of_group).for_each(|(sum, count)| sum.add(count));
        }
    }

    fn group(&mut self, number: usize) -> &mut [Count; QUALITIES] {
        if self.groups.len() <= number {
            self.groups.resize(number + 1, [Count::default(); QUALITIES]);
        }
        &mut self.groups[number]
    }

    pub(super) fn merge(&mut self, other: &Self) {
        if self.bases.is_empty() {
            self.bases.clone_from(&other.bases);
            self.errors.clone_from(&other.errors);
        } else {
            self.bases.iter_mut().zip(&other.bases).for_each(|(sum, n)| *sum += n);
            self.errors.iter_mut().zip(&other.errors).for_each(|(sum, n)| *sum += n);
        }
        for (number, counts) in other.groups.iter().enumerate() {
            let group = self.group(number);
            group.iter_mut().zip(counts).for_each(|(sum, count)| sum.add(*count));
        }
        let truths = self.truths.iter_mut().zip(&other.truths);
        truths.flat_map(|(a, b)| a.iter_mut().zip(b)).for_each(|(sum, count)| *sum += count);
        self.total += other.total;
    }

    /// How much an error counts by its context.
    ///
    /// A base that is rare behind another one (G behind C) is wrong more often than others where it
    /// is seen, since there are many more bases that can be taken for it. That is a matter of the
    /// genome, which whoever compares two alleles has weighed in already: what is wanted is the
    /// chance to see this base where another is. So errors count by how many more bases of their kind
    /// there are than of the kind that was misread.
    pub(super) fn error_weights(&self, cells: &[Cell]) -> [f64; CONTEXTS] {
        let mut seen = [0.0; CONTEXTS];
        cells.iter().for_each(|cell| seen[cell.context] += cell.count.bases as f64);
        let errors = |context: usize, right: usize| self.truths[context][right] as f64;
        let truly: [f64; CONTEXTS] = from_fn(|context| {
            let (before, right) = (context / 4 * 4, context % 4);
            let taken_for_it: f64 = (0..4).map(|of| errors(context, of)).sum();
            let misread: f64 = (before..before + 4).map(|shown| errors(shown, right)).sum();
            (seen[context] - taken_for_it + misread).max(1.0)
        });
        from_fn(|context| {
            let before = context / 4 * 4;
            let weight = |right: usize| truly[context] / truly[before + right];
            let weighted: f64 = (0..4).map(|right| errors(context, right) * weight(right)).sum();
            let all: f64 = self.truths[context].iter().map(|&n| n as f64).sum();
            if all > 0.0 { weighted / all } else { 1.0 }
        })
    }

    /// The combinations that were seen, in a fixed order.
    pub(super) fn cells(&self) -> Vec<Cell> {
        let counts = self.bases.iter().zip(&self.errors).enumerate();
        let cell = |(index, (&bases, &errors)): (usize, (&u32, &u32))| Cell {
            quality: index / CONTEXTS % QUALITIES,
            cycle: index / CONTEXTS / QUALITIES,
            context: index % CONTEXTS,
            count: Count { bases: bases.into(), errors: errors.into() },
        };
        counts.filter(|(_, (bases, _))| **bases > 0).map(cell).collect()
    }

    /// Counts of a read group by reported quality.
    pub(super) fn of_group(&self, number: usize) -> Option<&[Count; QUALITIES]> {
        self.groups.get(number)
    }
}
