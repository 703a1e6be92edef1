//! What a calibration cannot say.

use super::{
    Adjustment, Calibration, IndelCounts, MAX_CYCLES, MAX_REPORTED_PHRED, MAX_UNIT_BP,
    recalibration::context_index,
};

/// Largest term of a quality that can be meant.
const MAX_PHRED: f64 = 90.0;

/// Why a calibration cannot be right, if so.
pub(super) fn reason_against(calibration: &Calibration) -> Option<String> {
    let quality = &calibration.base_quality;
    let cycles = [&quality.r1_cycles, &quality.r2_cycles];
    let reported = &quality.reported;
    let qualities = reported.iter().map(|q| (q.bases, q.mismatches, q.odds_phred));
    let adjustments = [&quality.read_groups, &quality.contexts].into_iter().chain(cycles).flatten();
    let adjusted = adjustments.map(|a| (a.bases, a.mismatches, a.adjustment_phred));
    let indels = &calibration.indels;
    let wrong = if !qualities.chain(adjusted).all(is_possible) {
        "a quality is not a number, beyond reason, or of more errors than bases"
    } else if !reported.is_sorted_by(|a, b| a.reported_phred < b.reported_phred)
        || reported.iter().any(|q| q.reported_phred > MAX_REPORTED_PHRED)
    {
        "the reported qualities do not ascend from 0 to 63"
    } else if cycles.iter().any(|cycles| !are_cycles(cycles)) {
        "the cycles are not numbered from 1 to 512 at most"
    } else if quality.contexts.iter().any(|a| context_index(&a.of).is_none()) {
        "a context is not of two bases"
    } else if indels.tracts.iter().any(|t| !(1..=MAX_UNIT_BP).contains(&t.unit_bp) || t.copies < 2)
    {
        "a tandem repeat has no unit of 1 to 6 bases, or no two copies"
    } else if indels.tracts.iter().map(|t| &t.counts).chain([&indels.elsewhere]).any(is_impossible)
        || indels.lengths.iter().any(|l| l.units < l.gaps || l.unit_bp > MAX_UNIT_BP)
    {
        "insertions and deletions are counted as they cannot be"
    } else {
        return None;
    };
    Some(wrong.to_owned())
}

fn is_possible((bases, mismatches, phred): (u64, u64, f64)) -> bool {
    mismatches <= bases && phred.is_finite() && phred.abs() <= MAX_PHRED
}

fn are_cycles(cycles: &[Adjustment]) -> bool {
    cycles.len() <= MAX_CYCLES && cycles.iter().zip(1..).all(|(a, n)| a.of == n.to_string())
}

fn is_impossible(counts: &IndelCounts) -> bool {
    let IndelCounts { chances, insertions, deletions } = *counts;
    let possible = chances.is_finite()
        && insertions >= 0.0
        && deletions >= 0.0
        && insertions + deletions <= chances + 0.1;
    !possible
}

#[cfg(test)]
mod tests {
    use super::{super::tests::calibration, *};

    #[test]
    fn each_impossible_figure_is_told() {
        assert_eq!(reason_against(&calibration()), None);
        type Spoil = fn(&mut Calibration);
        let spoilt: [(Spoil, &str); 9] = [
            (|c| c.base_quality.reported[0].odds_phred = 900.0, "beyond reason"),
            (|c| c.base_quality.contexts[0].mismatches = 1001, "more errors"),
            (|c| c.base_quality.reported.reverse(), "ascend"),
            (|c| c.base_quality.reported[1].reported_phred = 200, "ascend"),
            (|c| c.base_quality.r1_cycles.reverse(), "cycles"),
            (|c| c.base_quality.contexts[0].of = "AX".into(), "context"),
            (|c| c.indels.tracts[0].unit_bp = 0, "unit"),
            (|c| c.indels.tracts[0].counts.insertions = -1.0, "cannot"),
            (|c| c.indels.elsewhere.deletions = 2e6, "cannot"),
        ];
        for (spoil, told) in spoilt {
            let mut calibration = calibration();
            spoil(&mut calibration);
            let reason = reason_against(&calibration).unwrap_or_default();
            assert!(reason.contains(told), "{told}: {reason}");
        }
    }
}
