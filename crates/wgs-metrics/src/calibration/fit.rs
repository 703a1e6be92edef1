//! The terms of base qualities, from counts: a logistic regression of errors on reported quality,
//! cycle and context, fitted by Newton steps on one of them after the other.
//!
//! Terms are drawn to what is expected of them: qualities to what is reported, cycles and contexts to
//! 0, the more so the less they differ from each other (variance of random effects by expectation
//! and maximisation, as in Searle, Casella and McCulloch 1992, Variance Components, §8.3). So few
//! bases change little.

use std::f64::consts::LN_10;

use wgs_formats::qc::calibration::{
    Adjustment, BaseQuality, CONTEXTS, MAX_CYCLES, ReportedQuality, context_name, odds_of,
};

use super::bases::{BaseCounts, Cell, Count, QUALITIES};

/// Rounds of Newton steps.
const ROUNDS: usize = 25;
/// Longest step, in natural log-odds.
const MAX_STEP: f64 = 1.0;
/// How far reported qualities are commonly off, Phred-scaled.
const REPORTED_DEVIATION_PHRED: f64 = 5.0;
/// Bounds of the precision that cycles and contexts are drawn to 0 with.
const PRECISIONS: (f64, f64) = (4.0, 1e5);
/// Errors that a read group is taken to have had already, as many as expected.
const GROUP_PRIOR_ERRORS: f64 = 20.0;
/// Natural log-odds of a Phred.
const PHRED: f64 = LN_10 / 10.0;

/// The levels of one factor: natural log-odds of error that each adds.
struct Factor {
    terms: Vec<f64>,
    /// What the terms are drawn to.
    expected: Vec<f64>,
    precision: f64,
    counts: Vec<Count>,
    level: fn(&Cell) -> usize,
}

impl Factor {
    fn new(expected: Vec<f64>, precision: f64, cells: &[Cell], level: fn(&Cell) -> usize) -> Self {
        let mut counts = vec![Count::default(); expected.len()];
        cells.iter().for_each(|cell| counts[level(cell)].add(cell.count));
        Self { terms: expected.clone(), expected, precision, counts, level }
    }

    /// One step of all levels; returns how certain each is by its data. `weights` says how much an
    /// error counts in each context.
    fn step(&mut self, cells: &[Cell], weights: &[f64], odds: &mut [f64]) -> Vec<f64> {
        let mut slopes = vec![0.0; self.terms.len()];
        let mut information = vec![0.0; self.terms.len()];
        for (cell, odds) in cells.iter().zip(&*odds) {
            let level = (self.level)(cell);
            let (rate, bases) = (1.0 / (1.0 + (-odds).exp()), cell.count.bases as f64);
            let errors = cell.count.errors as f64 * weights[cell.context];
            slopes[level] += errors - bases * rate;
            information[level] += bases * rate * (1.0 - rate);
        }
        let steps: Vec<f64> = (0..self.terms.len())
            .map(|level| {
                let drawn = self.precision * (self.terms[level] - self.expected[level]);
                let step = (slopes[level] - drawn) / (information[level] + self.precision);
                step.clamp(-MAX_STEP, MAX_STEP)
            })
            .collect();
        self.terms.iter_mut().zip(&steps).for_each(|(term, step)| *term += step);
        cells.iter().zip(odds).for_each(|(cell, odds)| *odds += steps[(self.level)(cell)]);
        information
    }

    /// Sets the precision by how much the terms differ from what is expected.
    fn estimate_precision(&mut self, information: &[f64]) {
        let seen = || self.counts.iter().enumerate().filter(|(_, count)| count.bases > 0);
        let spread = |(level, _): (usize, _)| {
            (self.terms[level] - self.expected[level]).powi(2)
                + 1.0 / (information[level] + self.precision)
        };
        let sum: f64 = seen().map(spread).sum();
        if sum > 0.0 {
            self.precision = (seen().count() as f64 / sum).clamp(PRECISIONS.0, PRECISIONS.1);
        }
    }

    /// Makes the mean term of the bases 0, and gives it to another factor.
    fn centre(&mut self, other: &mut Self) {
        let bases: u64 = self.counts.iter().map(|count| count.bases).sum();
        let terms = self.terms.iter().zip(&self.counts);
        let sum: f64 = terms.map(|(term, count)| term * count.bases as f64).sum();
        let mean = sum / bases.max(1) as f64;
        self.terms.iter_mut().for_each(|term| *term -= mean);
        other.terms.iter_mut().for_each(|term| *term += mean);
    }

    /// The additions of some levels, by the names of those levels.
    fn adjustments(&self, levels: impl Iterator<Item = (usize, String)>) -> Vec<Adjustment> {
        let adjustment = |(level, of): (usize, String)| {
            let Count { bases, errors } = self.counts[level];
            Adjustment {
                of,
                bases,
                mismatches: errors,
                adjustment_phred: rounded(-self.terms[level] / PHRED),
            }
        };
        levels.map(adjustment).collect()
    }
}

/// The terms of base qualities that counts show; `groups` are names and numbers of read groups.
pub(super) fn base_quality(
    counts: &BaseCounts,
    groups: impl Iterator<Item = (String, usize)>,
) -> BaseQuality {
    let cells = counts.cells();
    let weights = counts.error_weights(&cells);
    let reported = (0..QUALITIES).map(|q| -odds_of(q as f64) * PHRED).collect();
    let precision = (REPORTED_DEVIATION_PHRED * PHRED).powi(-2);
    let mut quality = Factor::new(reported, precision, &cells, |cell| cell.quality);
    let mut cycles = Factor::new(vec![0.0; 2 * MAX_CYCLES], 100.0, &cells, |cell| cell.cycle);
    let mut contexts = Factor::new(vec![0.0; CONTEXTS], 100.0, &cells, |cell| cell.context);
    let mut odds: Vec<f64> = cells.iter().map(|cell| quality.terms[cell.quality]).collect();
    for _ in 0..ROUNDS {
        quality.step(&cells, &weights, &mut odds);
        for factor in [&mut cycles, &mut contexts] {
            let information = factor.step(&cells, &weights, &mut odds);
            factor.estimate_precision(&information);
        }
    }
    cycles.centre(&mut quality);
    contexts.centre(&mut quality);
    let of_mate = |mate: usize| {
        let first = mate * MAX_CYCLES;
        let seen = cycles.counts[first..first + MAX_CYCLES].iter().rposition(|c| c.bases > 0);
        let last = seen.map_or(0, |last| last + 1);
        cycles.adjustments((0..last).map(|cycle| (first + cycle, (cycle + 1).to_string())))
    };
    let rates: Vec<f64> = quality.counts.iter().map(rate).collect();
    BaseQuality {
        reported: reported_qualities(&quality),
        read_groups: groups
            .filter_map(|(of, number)| Some(group(of, counts.of_group(number)?, &rates)))
            .collect(),
        r1_cycles: of_mate(0),
        r2_cycles: of_mate(1),
        contexts: contexts.adjustments(
            (0..CONTEXTS).filter(|&c| contexts.counts[c].bases > 0).map(|c| (c, context_name(c))),
        ),
    }
}

fn reported_qualities(quality: &Factor) -> Vec<ReportedQuality> {
    let seen = quality.counts.iter().zip(&quality.terms).enumerate();
    seen.filter(|(_, (count, _))| count.bases > 0)
        .map(|(reported, (count, term))| ReportedQuality {
            reported_phred: reported as u8,
            bases: count.bases,
            mismatches: count.errors,
            odds_phred: rounded(-term / PHRED),
        })
        .collect()
}

/// How a read group differs from what its reported qualities have in all of them.
fn group(of: String, counts: &[Count; QUALITIES], rates: &[f64]) -> Adjustment {
    let mut sum = Count::default();
    counts.iter().for_each(|count| sum.add(*count));
    let expected: f64 = counts.iter().zip(rates).map(|(c, rate)| c.bases as f64 * rate).sum();
    let ratio = (sum.errors as f64 + GROUP_PRIOR_ERRORS) / (expected + GROUP_PRIOR_ERRORS);
    Adjustment {
        of,
        bases: sum.bases,
        mismatches: sum.errors,
        adjustment_phred: rounded(-10.0 * ratio.log10()),
    }
}

fn rate(count: &Count) -> f64 {
    count.errors as f64 / count.bases.max(1) as f64
}

/// A hundredth of a Phred is more than a quality tells.
fn rounded(phred: f64) -> f64 {
    (phred * 100.0).round() / 100.0 + 0.0
}
