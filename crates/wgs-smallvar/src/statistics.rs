//! Tests for bias between the fragments of two alleles.

/// z of the rank sum test of Mann and Whitney (1947, doi:10.1214/aoms/1177730491), by the normal
/// approximation with correction for ties: below 0 where `variant` has the lower values. `None` if
/// a group is empty or all values are the same.
///
/// ```
/// let z = wgs_smallvar::statistics::rank_sum_z(&[10.0, 11.0, 12.0], &[1.0, 2.0, 3.0]);
/// assert!(z.is_some_and(|z| z < -1.9));
/// ```
pub fn rank_sum_z(reference: &[f64], variant: &[f64]) -> Option<f64> {
    let (n, m) = (variant.len() as f64, reference.len() as f64);
    let mut values: Vec<(f64, bool)> = reference.iter().map(|&v| (v, false)).collect();
    values.extend(variant.iter().map(|&v| (v, true)));
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut rank_sum, mut ties, mut before) = (0.0, 0.0, 0.0);
    for group in values.chunk_by(|a, b| a.0 == b.0) {
        let size = group.len() as f64;
        let rank = before + (size + 1.0) / 2.0;
        rank_sum += rank * group.iter().filter(|g| g.1).count() as f64;
        ties += size * size * size - size;
        before += size;
    }
    let all = n + m;
    let u = rank_sum - n * (n + 1.0) / 2.0;
    let variance = n * m / 12.0 * ((all + 1.0) - ties / (all * (all - 1.0)).max(1.0));
    (n > 0.0 && m > 0.0 && variance > 0.0).then(|| (u - n * m / 2.0) / variance.sqrt())
}

/// Phred-scaled p of Fisher's exact test, two-sided, of a table of
/// `[reference forward, reference reverse, variant forward, variant reverse]`.
pub fn fisher_strand_phred(table: [u32; 4]) -> f64 {
    let [a, b, c, d] = table.map(|n| n as usize);
    let (row, column, all) = (a + b, a + c, a + b + c + d);
    let ln_factorial: Vec<f64> = std::iter::once(0.0)
        .chain((1..=all).scan(0.0, |sum, i| {
            *sum += (i as f64).ln();
            Some(*sum)
        }))
        .collect();
    let f = |n: usize| ln_factorial[n];
    let fixed = f(row) + f(all - row) + f(column) + f(all - column) - f(all);
    let ln_probability =
        |a: usize| fixed - f(a) - f(row - a) - f(column - a) - f(all + a - row - column);
    let observed = ln_probability(a);
    let range = (row + column).saturating_sub(all)..=row.min(column);
    let p: f64 = range.map(ln_probability).filter(|&l| l <= observed + 1e-7).map(f64::exp).sum();
    (-10.0 * p.min(1.0).log10()).max(0.0)
}

/// Natural logarithm of the symmetric odds ratio of such a table, with one added to each cell:
/// high where one allele is seen on one strand only and the other on both.
pub fn strand_odds_ratio(table: [u32; 4]) -> f64 {
    let [a, b, c, d] = table.map(|n| f64::from(n) + 1.0);
    let ratio = a * d / (b * c);
    let balance = |x: f64, y: f64| x.min(y) / x.max(y);
    (ratio + 1.0 / ratio).ln() + balance(a, b).ln() - balance(c, d).ln()
}

/// Phred-scaled probability that at most `variant` of all fragments show the variant allele of a
/// heterozygous site (binomial, one half).
pub fn imbalance_phred(reference: u32, variant: u32) -> f64 {
    let n = reference + variant;
    let mut ln_term = -f64::from(n) * std::f64::consts::LN_2;
    let mut sum = ln_term.exp();
    for k in 1..=variant {
        ln_term += (f64::from(n - k + 1) / f64::from(k)).ln();
        sum += ln_term.exp();
    }
    (-10.0 * sum.clamp(f64::MIN_POSITIVE, 1.0).log10()).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rank_sums_by_hand() {
        // U = 0 of 9, mean 4.5, variance 9/12*7 = 5.25.
        let z = rank_sum_z(&[4.0, 5.0, 6.0], &[1.0, 2.0, 3.0]).unwrap();
        assert!((z + 4.5 / 5.25f64.sqrt()).abs() < 1e-12);
        // Ranks of the variant: 1.5 and 4; U = 2.5, mean 2, ties 2^3-2 = 6 of 4 values.
        let z = rank_sum_z(&[1.0, 2.0], &[1.0, 3.0]).unwrap();
        assert!((z - 0.5 / (4.0 / 12.0 * (5.0 - 6.0 / 12.0f64)).sqrt()).abs() < 1e-12);
        assert_eq!(rank_sum_z(&[], &[1.0]), None);
        assert_eq!(rank_sum_z(&[1.0, 1.0], &[1.0]), None);
    }

    #[test]
    fn fisher_agrees_with_published_numbers() {
        // The lady tasting tea: 3 of 4 right, two-sided p 0.4857.
        assert!((fisher_strand_phred([3, 1, 1, 3]) + 10.0 * 0.485_714f64.log10()).abs() < 1e-3);
        assert!(fisher_strand_phred([10, 10, 10, 10]) < 1e-9);
        assert!(fisher_strand_phred([0, 0, 5, 0]) < 1e-9);
        assert!(fisher_strand_phred([20, 20, 0, 20]) > 30.0);
    }

    #[test]
    fn imbalance_by_hand() {
        // Of four fragments none or one: (1 + 4) / 16.
        assert!((imbalance_phred(3, 1) + 10.0 * (5.0f64 / 16.0).log10()).abs() < 1e-9);
        assert!(imbalance_phred(0, 9) < 1e-9);
        assert!((imbalance_phred(32, 8) - 40.4).abs() < 0.1);
        assert!(imbalance_phred(5000, 10).is_finite());
    }

    #[test]
    fn odds_ratios() {
        assert!((strand_odds_ratio([9, 9, 9, 9]) - 2f64.ln()).abs() < 1e-12);
        assert!(strand_odds_ratio([20, 20, 0, 20]) > 3.0);
    }
}
