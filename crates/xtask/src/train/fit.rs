//! Logistic regression with losses that are drawn towards what is expected of them and bounded by it,
//! so that simulated reads, which lack most faults of real ones, cannot talk a fault away: the mode of
//! the posterior under truncated normal priors, found by Newton steps along one coordinate after the
//! other.

/// Weight of the prior: a loss moves from what is expected of it when about as many doubtful calls
/// speak for it.
const RIDGE: f64 = 1.0;
/// Least and greatest loss, as multiples of the expected one.
const BOUNDS: (f64, f64) = (0.5, 4.0);
/// Rounds over all coordinates at most.
const MAX_ROUNDS: usize = 500;
/// A round that moves no coordinate by more is the last.
const TOLERANCE: f64 = 1e-7;
/// Largest step along a coordinate: the logarithm of the likelihood is not quadratic far away.
const MAX_STEP: f64 = 2.0;

/// A loss: how much of it each call has, where it has any, and what is expected of it.
#[derive(Clone, Debug)]
pub(super) struct Column {
    /// Calls and shares from 0 to 1.
    pub(super) entries: Vec<(usize, f64)>,
    /// The expected loss.
    pub(super) prior: f64,
}

/// The log odds of calls without fault, and the loss of each column.
pub(super) fn fit(columns: &[Column], labels: &[bool]) -> (f64, Vec<f64>) {
    let mut losses: Vec<f64> = columns.iter().map(|column| column.prior).collect();
    let mut intercept = 3.0;
    let mut log_odds = vec![intercept; labels.len()];
    for (column, loss) in columns.iter().zip(&losses) {
        column.entries.iter().for_each(|&(row, share)| log_odds[row] -= loss * share);
    }
    for _ in 0..MAX_ROUNDS {
        let all = (0..labels.len()).map(|row| (row, -1.0));
        let step = step(all, &log_odds, labels, (0.0, 1e-6));
        intercept += step;
        log_odds.iter_mut().for_each(|odds| *odds += step);
        let mut largest = step.abs();
        for (column, loss) in columns.iter().zip(&mut losses) {
            let prior = (RIDGE * (*loss - column.prior), RIDGE);
            let entries = column.entries.iter().copied();
            let new = (*loss + self::step(entries, &log_odds, labels, prior))
                .clamp(BOUNDS.0 * column.prior, BOUNDS.1 * column.prior);
            let change = new - *loss;
            column.entries.iter().for_each(|&(row, share)| log_odds[row] -= change * share);
            *loss = new;
            largest = largest.max(change.abs());
        }
        if largest < TOLERANCE {
            break;
        }
    }
    (intercept, losses)
}

/// Newton's step of a coefficient by which entries lessen the log odds; `prior` is the slope and
/// the curvature that come on top.
fn step(
    entries: impl Iterator<Item = (usize, f64)>,
    log_odds: &[f64],
    labels: &[bool],
    prior: (f64, f64),
) -> f64 {
    let (mut slope, mut curvature) = prior;
    for (row, share) in entries {
        let probability = 1.0 / (1.0 + (-log_odds[row]).exp());
        slope += share * (f64::from(u8::from(labels[row])) - probability);
        curvature += share * share * probability * (1.0 - probability);
    }
    (-slope / curvature).clamp(-MAX_STEP, MAX_STEP)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(entries: &[(usize, f64)], prior: f64) -> Column {
        Column { entries: entries.to_vec(), prior }
    }

    #[test]
    fn frequencies_are_found() {
        // Of 10,000 calls without fault 1 in 100 is false, of as many with it 1 in 4.
        let labels: Vec<bool> =
            (0..20_000).map(|i| if i < 10_000 { i % 100 != 0 } else { i % 4 != 0 }).collect();
        let faulty: Vec<(usize, f64)> = (10_000..20_000).map(|i| (i, 1.0)).collect();
        let (intercept, losses) = fit(&[column(&faulty, 2.0)], &labels);
        // The prior draws both by the slope of 1.5 against the curvature of 99.
        assert!((intercept - 99f64.ln()).abs() < 0.02, "{intercept}");
        assert!((losses[0] - (99f64.ln() - 3f64.ln())).abs() < 0.02, "{losses:?}");
    }

    #[test]
    fn what_is_not_seen_stays_as_expected_and_expectations_bound_the_rest() {
        let labels: Vec<bool> = (0..2_000).map(|i| i >= 1_000 || i % 10 != 0).collect();
        let better: Vec<(usize, f64)> = (1_000..2_000).map(|i| (i, 1.0)).collect();
        let (_, losses) = fit(&[column(&[], 0.7), column(&better, 0.2)], &labels);
        assert_eq!(losses, [0.7, 0.1]);
    }
}
