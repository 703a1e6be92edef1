//! How likely a sequencer inserts or drops bases at each place of a haplotype.
//!
//! The rate grows with the length of homopolymers and of short tandem repeats, as in Dindel (Albers
//! et al. 2011, doi:10.1101/gr.112326.110). Its figures are our own: near Dindel's up to ten copies
//! and steeper beyond. Where a sample's own rates are known ([`IndelErrors::learnt`]), these are
//! drawn to what its reads show.

use std::array::from_fn;

use wgs_core::tandem;
use wgs_formats::qc::calibration::{GapLengths, IndelCounts, Indels, MAX_UNIT_BP};

/// Probability of a gap between bases that repeat nothing: Q45.
const OPEN: f64 = 3.2e-5;
/// Probability that a gap goes on by one more base.
const EXTEND: f64 = 0.1;
/// Probability that a gap in a tandem repeat of longer units goes on by one more base.
const EXTEND_IN_REPEAT: f64 = 0.4;
/// Longest unit of tandem repeats whose rates are known without a sample, in bases.
const MAX_UNIT: usize = 4;
/// Longest unit at all.
const UNITS: usize = MAX_UNIT_BP as usize;
/// Copies of a unit from which on the rate does not grow.
const MAX_COPIES: usize = 64;
/// Gaps that are taken to have been seen already, as many as expected: how strongly few
/// observations are drawn to what is expected.
const PRIOR_GAPS: f64 = 10.0;
/// Bounds of learnt rates: of a base outside of repeats, and of a whole tract.
const OPEN_RANGE: (f64, f64) = (1e-6, 1e-3);
const TRACT_RANGE: (f64, f64) = (1e-6, 0.3);
/// Bounds of learnt probabilities that a gap goes on.
const EXTEND_RANGE: (f64, f64) = (0.02, 0.6);
/// Largest probability of a gap that begins at one place.
const MAX_OPEN: f64 = 0.1;

/// Rates of inserted and of deleted bases by repeat context; [`IndelErrors::default`] where nothing
/// is known of a sample.
#[derive(Clone, Debug, PartialEq)]
pub struct IndelErrors {
    /// Of a base outside of repeats.
    open: f64,
    /// That a gap goes on by a base, by the unit of its tract; 0 outside.
    extend: [f64; UNITS + 1],
    /// That a read has a wrong number of units of a whole tract, by unit less one, and copies.
    tracts: [Vec<f64>; UNITS],
    /// Whether tracts of short units count as those of their multiples as well.
    with_multiples: bool,
}

impl Default for IndelErrors {
    fn default() -> Self {
        let rate = |unit, copies| if unit <= MAX_UNIT { tract_rate(copies, unit) } else { 0.0 };
        Self {
            open: OPEN,
            extend: from_fn(default_extend),
            tracts: from_fn(|u| (0..=MAX_COPIES).map(|copies| rate(u + 1, copies)).collect()),
            with_multiples: true,
        }
    }
}

impl IndelErrors {
    /// The rates that a sample shows. Those of a class of which little was seen are drawn to the
    /// defaults, by as much as the sample's rates at other tracts of the unit differ from them.
    pub fn learnt(indels: &Indels) -> Self {
        let seen = &indels.elsewhere;
        let open = drawn(seen, OPEN, 1.0).clamp(OPEN_RANGE.0, OPEN_RANGE.1);
        Self {
            open,
            extend: from_fn(|unit| {
                let lengths = indels.lengths.iter().find(|l| l.unit_bp as usize == unit);
                lengths.map_or(default_extend(unit), |lengths| learnt_extend(unit, *lengths))
            }),
            tracts: from_fn(|u| learnt_tracts(u + 1, open, indels)),
            with_multiples: false,
        }
    }

    /// Probability that a read has a wrong number of units of a tract, to one side.
    fn tract(&self, unit: usize, copies: usize) -> f64 {
        self.tracts[unit - 1][copies.min(MAX_COPIES)]
    }
}

fn default_extend(unit: usize) -> f64 {
    if unit > 1 { EXTEND_IN_REPEAT } else { EXTEND }
}

/// The mean rate to either side, drawn to `ratio` times what is expected.
fn drawn(seen: &IndelCounts, expected: f64, ratio: f64) -> f64 {
    let either = f64::midpoint(seen.insertions, seen.deletions);
    (either + PRIOR_GAPS) / (seen.chances + PRIOR_GAPS / (expected * ratio))
}

fn learnt_extend(unit: usize, lengths: GapLengths) -> f64 {
    let unit = unit.max(1) as i32;
    let expected = default_extend(unit as usize).powi(unit);
    let more = lengths.units.saturating_sub(lengths.gaps) as f64;
    let prior = PRIOR_GAPS / (1.0 - expected);
    let goes_on = (more + prior * expected) / (lengths.units as f64 + prior);
    goes_on.powf(1.0 / f64::from(unit)).clamp(EXTEND_RANGE.0, EXTEND_RANGE.1)
}

fn learnt_tracts(unit: usize, open: f64, indels: &Indels) -> Vec<f64> {
    // A short tract has gaps as other bases have them.
    let expected = |copies: usize| {
        let elsewhere = open * (copies * unit) as f64 * EXTEND.powi(unit as i32 - 1);
        tract_rate(copies, unit).max(elsewhere).max(TRACT_RANGE.0)
    };
    let classes = || indels.tracts.iter().filter(|class| class.unit_bp as usize == unit);
    let either = |counts: &IndelCounts| f64::midpoint(counts.insertions, counts.deletions);
    let all_seen: f64 = classes().map(|class| either(&class.counts)).sum();
    let all_expected: f64 =
        classes().map(|class| class.counts.chances * expected(class.copies as usize)).sum();
    let ratio = (all_seen + PRIOR_GAPS) / (all_expected + PRIOR_GAPS);
    let rate = |copies: usize| {
        let class = classes().find(|class| class.copies as usize == copies);
        let expected = expected(copies);
        let rate = class.map_or(expected * ratio, |class| drawn(&class.counts, expected, ratio));
        rate.clamp(TRACT_RANGE.0, TRACT_RANGE.1)
    };
    (0..=MAX_COPIES).map(rate).collect()
}

/// Gap probabilities of a haplotype. `open[k]` is that of an insertion before base k, and of a
/// deletion that begins with base k; `extend[k]` that of going on there. Both have one entry more
/// than the haplotype has bases.
#[derive(Clone, Debug, PartialEq)]
pub struct Gaps {
    /// Probability to open a gap.
    pub open: Vec<f64>,
    /// Probability to extend a gap by a base.
    pub extend: Vec<f64>,
}

impl Gaps {
    /// The probabilities along a haplotype.
    pub fn of(bases: &[u8], errors: &IndelErrors) -> Self {
        let places = bases.len() + 1;
        let mut gaps =
            Self { open: vec![errors.open; places], extend: vec![errors.extend[0]; places] };
        let max_unit = if errors.with_multiples { MAX_UNIT } else { UNITS };
        for tract in tandem::tracts(bases, max_unit) {
            if errors.with_multiples || tract.is_primitive(bases) {
                gaps.add_repeat(tract, errors);
            }
        }
        gaps
    }

    /// Takes a tract into account.
    fn add_repeat(&mut self, tract: tandem::Tract, errors: &IndelErrors) {
        let (unit, len) = (tract.unit, tract.len);
        let extend = errors.extend[unit];
        let rate = errors.tract(unit, tract.copies());
        let open = (rate / len as f64 / extend.powi(unit as i32 - 1)).min(MAX_OPEN);
        for k in tract.start..tract.end() {
            if open > self.open[k] {
                self.open[k] = open;
                self.extend[k] = extend;
            }
        }
    }
}

/// Probability that a read has a wrong number of units of a whole tract, where nothing is known of
/// the sample.
fn tract_rate(copies: usize, unit: usize) -> f64 {
    let copies = if unit == 1 { copies } else { copies.saturating_sub(1) } as i32;
    match copies {
        ..5 => 0.0,
        5..=10 => 1e-4 * 1.8f64.powi(copies - 5),
        _ => (1.9e-3 * 1.4f64.powi(copies - 10)).min(0.1),
    }
}

#[cfg(test)]
mod tests {
    use wgs_formats::qc::calibration::TractIndels;

    use super::*;

    fn of(bases: &[u8]) -> Gaps {
        Gaps::of(bases, &IndelErrors::default())
    }

    #[test]
    fn longer_runs_slip_more() {
        let open = |n: usize| {
            let text = format!("CGT{}GCT", "A".repeat(n));
            of(text.as_bytes()).open[4] * n as f64
        };
        assert!((open(3) - 3.0 * OPEN).abs() < 1e-12);
        assert!((open(10) - 1e-4 * 1.8f64.powi(5)).abs() < 1e-9);
        assert!(open(8) < open(10) && open(10) < open(15) && open(40) <= 0.1 + 1e-9);
    }

    #[test]
    fn units_of_two_bases_extend_easily() {
        let gaps = of(b"GTCACACACACACACACACATG");
        assert_eq!(gaps.extend[8], EXTEND_IN_REPEAT);
        assert!(gaps.open[8] > OPEN);
        assert_eq!((gaps.open[0], gaps.open[22]), (OPEN, OPEN));
        assert_eq!(gaps.open.len(), 23);
    }

    fn counts(chances: f64, insertions: f64, deletions: f64) -> IndelCounts {
        IndelCounts { chances, insertions, deletions }
    }

    fn tract(unit_bp: u32, copies: u32, counts: IndelCounts) -> TractIndels {
        TractIndels { unit_bp, copies, tracts: 10, counts }
    }

    #[test]
    fn nothing_seen_changes_nothing_but_what_is_never_seen() {
        let (learnt, default) = (IndelErrors::learnt(&Indels::default()), IndelErrors::default());
        assert!((learnt.open - OPEN).abs() < 1e-12);
        assert_eq!(learnt.extend, default.extend);
        for copies in [7, 12, 30] {
            assert!((learnt.tract(1, copies) / default.tract(1, copies) - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn much_that_is_seen_decides_and_little_is_drawn_along() {
        let learnt = IndelErrors::learnt(&Indels {
            elsewhere: counts(1e8, 1e3, 1e3),
            tracts: vec![
                tract(1, 10, counts(1e6, 8_000.0, 12_000.0)),
                tract(1, 14, counts(20.0, 1.0, 1.0)),
            ],
            lengths: vec![GapLengths { unit_bp: 1, gaps: 800, units: 1000 }],
        });
        assert!((learnt.open / 1e-5 - 1.0).abs() < 0.05, "{}", learnt.open);
        assert!((learnt.tract(1, 10) / 0.01 - 1.0).abs() < 0.02, "{}", learnt.tract(1, 10));
        let others = learnt.tract(1, 12) / IndelErrors::default().tract(1, 12);
        assert!((others / (0.01 / 1.9e-3) - 1.0).abs() < 0.05, "{others}");
        assert!((learnt.extend[1] - 0.2).abs() < 0.01);
        let gaps = Gaps::of(b"GTCAAAAAAAAAAGTC", &learnt);
        assert!((gaps.open[5] / 1e-3 - 1.0).abs() < 0.02);
    }

    #[test]
    fn no_rates_make_gaps_impossible_or_sure() {
        let all = |rate: f64| {
            let classes = (1..=6).flat_map(|unit| (3..20).map(move |copies| (unit, copies)));
            let tracts = classes.map(|(u, c)| tract(u, c, counts(1e6, rate, rate))).collect();
            let lengths =
                (0..=6).map(|unit_bp| GapLengths { unit_bp, gaps: 1_000_000, units: 1_000_000 });
            IndelErrors::learnt(&Indels {
                elsewhere: counts(1e9, rate, rate),
                tracts,
                lengths: lengths.collect(),
            })
        };
        for rate in [0.0, 5e5] {
            let gaps =
                Gaps::of(b"GATAGATAGATAGATAGATAAAAAAAAAAGCACACACACTTACGTTACGTTACGT", &all(rate));
            assert!(gaps.open.iter().all(|o| (1e-7..=MAX_OPEN).contains(o)), "{gaps:?}");
            assert!(gaps.extend.iter().all(|e| (0.01..0.61).contains(e)));
        }
    }
}
