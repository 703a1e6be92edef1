//! Upper quantiles of what is measured, as sums of terms that are never negative.

/// Most terms of a sum.
const MOST_TERMS: usize = 4;
const ROUNDS: usize = 60;
/// How small a figure may be against the largest and still have a full say.
const LEAST: f64 = 1e-3;

/// One measurement: the values of the terms, and what was measured.
pub(super) type Row<const N: usize> = ([f64; N], f64);

/// Coefficients, none negative, so that `quantile` of the measurements are no higher than the sum.
///
/// It is quantile regression (Koenker & Bassett 1978, doi:10.2307/1913643) of relative deviations,
/// so that small tasks count as large ones do, by iteratively reweighted least squares over every
/// choice of terms; in the end all coefficients are raised by what is missing to the quantile.
/// Terms that are the same in every measurement, but for the first, cannot be told apart from it
/// and get 0.
pub(super) fn fit<const N: usize>(rows: &[Row<N>], quantile: f64) -> [f64; N] {
    const { assert!(N <= MOST_TERMS) }
    let largest = rows.iter().map(|(_, y)| *y).fold(0.0, f64::max);
    if largest <= 0.0 {
        return [0.0; N];
    }
    let scales = scales(rows);
    let scaled: Vec<Row<N>> =
        rows.iter().map(|(x, y)| (std::array::from_fn(|i| x[i] * scales[i]), *y)).collect();
    let relative: Vec<f64> = rows.iter().map(|(_, y)| 1.0 / y.max(largest * LEAST)).collect();
    let mut weights = relative.clone();
    let mut best = [0.0; N];
    for _ in 0..ROUNDS {
        best = least_squares(&scaled, &weights);
        for ((row, weight), relative) in scaled.iter().zip(&mut weights).zip(&relative) {
            let off = (row.1 - sum(&best, &row.0)) * relative;
            let side = if off > 0.0 { quantile } else { 1.0 - quantile };
            *weight = relative * (side / off.abs().max(1e-6)).sqrt();
        }
    }
    let missing = missing(&scaled, &best, quantile);
    std::array::from_fn(|i| best[i] * scales[i] * missing)
}

/// The quantile of a list; the largest where there are few.
pub(super) fn quantile(mut values: Vec<f64>, quantile: f64) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let place = (values.len() as f64 * quantile).ceil() as usize;
    values.get(place.max(1) - 1).copied()
}

/// What brings each term to 1 at most; 0 for a term that does not vary.
fn scales<const N: usize>(rows: &[Row<N>]) -> [f64; N] {
    std::array::from_fn(|i| {
        let values = || rows.iter().map(|(x, _)| x[i]);
        let (low, high) = (values().fold(f64::MAX, f64::min), values().fold(0.0, f64::max));
        if high > 0.0 && (i == 0 || high > low * 1.01) { 1.0 / high } else { 0.0 }
    })
}

fn missing<const N: usize>(rows: &[Row<N>], by: &[f64; N], share: f64) -> f64 {
    let ratios = rows.iter().filter_map(|(x, y)| {
        let told = sum(by, x);
        (told > 0.0).then(|| y / told)
    });
    quantile(ratios.collect(), share).unwrap_or(1.0).max(1.0)
}

fn sum<const N: usize>(by: &[f64; N], x: &[f64; N]) -> f64 {
    by.iter().zip(x).map(|(b, x)| b * x).sum()
}

/// Weighted least squares without negative coefficients: the best of all choices of terms that
/// have none.
fn least_squares<const N: usize>(rows: &[Row<N>], weights: &[f64]) -> [f64; N] {
    let mut best = ([0.0; N], f64::INFINITY);
    for choice in 1..1_usize << N {
        let terms: Vec<usize> = (0..N).filter(|i| choice >> i & 1 == 1).collect();
        let Some(found) = solve(rows, weights, &terms) else { continue };
        if found.iter().any(|c| *c < 0.0) {
            continue;
        }
        let mut all = [0.0; N];
        terms.iter().zip(found).for_each(|(&term, coefficient)| all[term] = coefficient);
        let off = |(row, w): (&Row<N>, &f64)| ((row.1 - sum(&all, &row.0)) * w).powi(2);
        let squares: f64 = rows.iter().zip(weights).map(off).sum();
        if squares < best.1 {
            best = (all, squares);
        }
    }
    best.0
}

/// The normal equations of some terms, by elimination with pivots; nothing where they do not
/// determine the coefficients.
fn solve<const N: usize>(rows: &[Row<N>], weights: &[f64], terms: &[usize]) -> Option<Vec<f64>> {
    let n = terms.len();
    let mut matrix = vec![vec![0.0; n + 1]; n];
    for ((x, y), w) in rows.iter().zip(weights) {
        for (i, &a) in terms.iter().enumerate() {
            for (j, &b) in terms.iter().enumerate() {
                matrix[i][j] += w * w * x[a] * x[b];
            }
            matrix[i][n] += w * w * x[a] * y;
        }
    }
    let size = matrix.iter().enumerate().map(|(i, row)| row[i]).fold(0.0, f64::max);
    for column in 0..n {
        let pivot = (column..n)
            .max_by(|&a, &b| matrix[a][column].abs().total_cmp(&matrix[b][column].abs()))?;
        matrix.swap(column, pivot);
        if matrix[column][column].abs() <= size * 1e-10 {
            return None;
        }
        let head = matrix[column].clone();
        for (_, row) in matrix.iter_mut().enumerate().filter(|(i, _)| *i != column) {
            let factor = row[column] / head[column];
            row.iter_mut().zip(&head).for_each(|(a, b)| *a -= factor * b);
        }
    }
    Some((0..n).map(|i| matrix[i][n] / matrix[i][i]).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn exact_sums_are_found() {
        let rows: Vec<Row<3>> = (1..20)
            .map(|i| {
                let (x, z) = (f64::from(i) * 1e6, f64::from(i % 4) * 1e3);
                ([1.0, x, z], 5.0 + 2e-6 * x + 3e-3 * z)
            })
            .collect();
        let found = fit(&rows, 0.9);
        for (found, expected) in found.iter().zip([5.0, 2e-6, 3e-3]) {
            assert!((found / expected - 1.0).abs() < 0.01, "{found} {expected}");
        }
    }

    #[test]
    fn what_does_not_vary_has_no_say_and_nothing_is_negative() {
        let rows: Vec<Row<2>> = (0..10).map(|i| ([1.0, 7.0], f64::from(i))).collect();
        assert_eq!(fit(&rows, 0.9)[1], 0.0);
        let falling: Vec<Row<2>> =
            (1..10).map(|i| ([1.0, f64::from(i)], f64::from(20 - i))).collect();
        assert_eq!(fit(&falling, 0.5)[1], 0.0);
        assert_eq!(fit::<2>(&[], 0.5), [0.0; 2]);
        assert_eq!(fit(&[([1.0, 2.0], 0.0)], 0.5), [0.0; 2]);
    }

    #[test]
    fn one_outlier_among_many_does_not_bend_the_line() {
        let mut rows: Vec<Row<2>> = (1..40).map(|i| ([1.0, f64::from(i)], f64::from(i))).collect();
        rows[38].1 = 1e4;
        let found = fit(&rows, 0.9);
        assert!((0.9..1.5).contains(&found[1]), "{found:?}");
    }

    proptest! {
        #[test]
        fn most_measurements_are_covered(
            points in prop::collection::vec((1.0..1e9_f64, 0.1..1e5_f64, 1.0..8.0_f64), 1..60)
        ) {
            let rows: Vec<Row<3>> =
                points.iter().map(|(x, y, z)| ([1.0, *x, *z], *y)).collect();
            let found = fit(&rows, 0.9);
            prop_assert!(found.iter().all(|c| c.is_finite() && *c >= 0.0), "{:?}", found);
            let covered =
                rows.iter().filter(|(x, y)| sum(&found, x) >= y * (1.0 - 1e-9)).count();
            prop_assert!(covered * 10 >= rows.len() * 9, "{} of {}", covered, rows.len());
        }
    }
}
