//! Fewer points where there are more than the eye can tell apart.

/// Points that a line has at most.
pub(super) const MOST_POINTS: usize = 600;

/// Of each run of neighbouring points the lowest and the highest, in their order. Breaks (y that
/// is no number) at the ends of runs stay.
pub(super) fn line(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    if points.len() <= MOST_POINTS {
        return points.to_vec();
    }
    let run = points.len().div_ceil(MOST_POINTS / 2);
    points.chunks(run).flat_map(extremes).collect()
}

fn extremes(run: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let finite = || run.iter().enumerate().filter(|(_, (_, y))| y.is_finite());
    let low = finite().min_by(|a, b| a.1.1.total_cmp(&b.1.1));
    let high = finite().max_by(|a, b| a.1.1.total_cmp(&b.1.1));
    match (low, high) {
        (Some((i, low)), Some((j, high))) if i < j => vec![*low, *high],
        (Some((i, low)), Some((j, high))) if i > j => vec![*high, *low],
        (Some((_, only)), _) => vec![*only],
        _ => run.first().copied().into_iter().collect(),
    }
}

/// Every so many points of a band.
pub(super) fn band(points: &[(f64, f64, f64)]) -> Vec<(f64, f64, f64)> {
    points.iter().step_by(points.len().div_ceil(MOST_POINTS).max(1)).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peaks_survive() {
        let mut points: Vec<_> = (0..1_000_000).map(|i| (f64::from(i), 1.0)).collect();
        points[123_456].1 = 50.0;
        points[654_321].1 = -50.0;
        let fewer = line(&points);
        assert!(fewer.len() <= MOST_POINTS);
        assert!(fewer.contains(&(123_456.0, 50.0)) && fewer.contains(&(654_321.0, -50.0)));
        assert!(fewer.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn few_points_stay_as_they_are() {
        let points = [(0.0, 1.0), (1.0, f64::NAN)];
        assert_eq!(line(&points).len(), 2);
        assert_eq!(line(&[]), []);
    }
}
