//! How often reads slip in tandem repeats, where some tracts are variants: a mixture of tracts as
//! the reference has them and of others, fitted by expectation and maximisation (Dempster, Laird
//! and Rubin 1977, doi:10.1111/j.2517-6161.1977.tb01600.x).

use std::collections::BTreeMap;

use wgs_formats::qc::calibration::IndelCounts;

const ROUNDS: usize = 40;
/// Share of tracts that are as the reference has them, to begin with.
const REFERENCE_SHARE: f64 = 0.97;
/// Bounds of the rate of each error.
const RATES: (f64, f64) = (1e-7, 0.3);
/// Rates of reads (gained, lost) at tracts that are no copy, or only one, of the reference's length;
/// `None`: as at the reference.
const VARIANTS: [[Option<f64>; 2]; 5] = [
    [Some(0.5), None],
    [None, Some(0.5)],
    [Some(0.47), Some(0.47)],
    [Some(0.9), Some(0.05)],
    [Some(0.05), Some(0.9)],
];

/// Reads that pass through one tract, and those of them that gained or lost units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Outcome {
    pub(super) reads: u16,
    pub(super) gained: u16,
    pub(super) lost: u16,
}

impl Outcome {
    /// Natural logarithm of the probability, but for a term that is the same for all rates.
    fn ln_probability(self, [gain, lose]: [f64; 2]) -> f64 {
        let (gained, lost) = (f64::from(self.gained), f64::from(self.lost));
        let stayed = f64::from(self.reads) - gained - lost;
        gained * gain.ln() + lost * lose.ln() + stayed * (1.0 - gain - lose).ln()
    }
}

/// Reads at tracts as the reference has them, and their errors; `outcomes` tells how many tracts had
/// each.
pub(super) fn errors(outcomes: &BTreeMap<Outcome, u64>) -> IndelCounts {
    let mut rates = first_rates(outcomes);
    let mut shares = [(1.0 - REFERENCE_SHARE) / VARIANTS.len() as f64; VARIANTS.len() + 1];
    shares[0] = REFERENCE_SHARE;
    let mut sum = IndelCounts::default();
    for _ in 0..ROUNDS {
        let states = states(rates);
        let mut tracts = [1e-3; VARIANTS.len() + 1];
        sum = IndelCounts::default();
        for (outcome, &count) in outcomes {
            let beliefs = beliefs(*outcome, &states, &shares);
            let count = count as f64;
            tracts.iter_mut().zip(beliefs).for_each(|(sum, belief)| *sum += count * belief);
            let weight = count * beliefs[0];
            sum.chances += weight * f64::from(outcome.reads);
            sum.insertions += weight * f64::from(outcome.gained);
            sum.deletions += weight * f64::from(outcome.lost);
        }
        let all: f64 = tracts.iter().sum();
        shares = tracts.map(|tracts| tracts / all);
        let rate = |errors: f64| (errors / sum.chances.max(1.0)).clamp(RATES.0, RATES.1);
        rates = [rate(sum.insertions), rate(sum.deletions)];
    }
    let rounded = |value: f64| (value * 100.0).round() / 100.0;
    IndelCounts {
        chances: rounded(sum.chances),
        insertions: rounded(sum.insertions),
        deletions: rounded(sum.deletions),
    }
}

/// Rates of tracts that are no variants by far.
fn first_rates(outcomes: &BTreeMap<Outcome, u64>) -> [f64; 2] {
    let (mut reads, mut errors) = (1.0, [0.0; 2]);
    for (outcome, &count) in outcomes {
        let count = count as f64;
        if 4 * (u32::from(outcome.gained) + u32::from(outcome.lost)) <= u32::from(outcome.reads) {
            reads += count * f64::from(outcome.reads);
            errors[0] += count * f64::from(outcome.gained);
            errors[1] += count * f64::from(outcome.lost);
        }
    }
    errors.map(|errors| (errors / reads).clamp(RATES.0, RATES.1))
}

/// The rates of each state: the reference's first.
fn states([gain, lose]: [f64; 2]) -> [[f64; 2]; VARIANTS.len() + 1] {
    let mut states = [[gain, lose]; VARIANTS.len() + 1];
    for (state, variant) in states[1..].iter_mut().zip(VARIANTS) {
        *state = [variant[0].unwrap_or(gain), variant[1].unwrap_or(lose)];
    }
    states
}

fn beliefs<const N: usize>(
    outcome: Outcome,
    states: &[[f64; 2]; N],
    shares: &[f64; N],
) -> [f64; N] {
    let mut ln = [0.0; N];
    for ((ln, state), share) in ln.iter_mut().zip(states).zip(shares) {
        *ln = share.ln() + outcome.ln_probability(*state);
    }
    let best = ln.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let likely = ln.map(|ln| (ln - best).exp());
    let sum: f64 = likely.iter().sum();
    likely.map(|l| l / sum)
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn variants_are_no_errors() {
        let mut outcomes = BTreeMap::new();
        let mut add = |reads, gained, lost, count| {
            outcomes.insert(Outcome { reads, gained, lost }, count);
        };
        add(30, 0, 0, 740);
        add(30, 0, 1, 220);
        add(30, 0, 2, 33);
        add(30, 1, 0, 60);
        add(30, 0, 14, 30);
        add(30, 16, 1, 20);
        add(30, 0, 29, 10);
        let sum = errors(&outcomes);
        let expected = (220.0 + 66.0) / (30.0 * 1053.0);
        let rate = sum.deletions / sum.chances;
        assert!((rate / expected - 1.0).abs() < 0.03, "{rate} {expected}");
        assert!((sum.insertions / sum.chances / (60.0 / 31_590.0) - 1.0).abs() < 0.03);
        assert!((sum.chances - 31_590.0).abs() < 60.0, "{sum:?}");
    }

    #[test]
    fn nothing_gives_nothing() {
        assert_eq!(errors(&BTreeMap::new()), IndelCounts::default());
    }
}
