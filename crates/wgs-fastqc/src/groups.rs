//! Cycles that are shown together.

use std::ops::Range;

/// Most groups of cycles.
const MAX_GROUPS: usize = 75;

/// Splits cycles (0-based) as FastQC does, so that its readers find the places that they know: one
/// by one up to 75; of longer reads the first nine one by one, the others by 2, 5, 10, 20, 50 …,
/// whatever gives fewer than 75 groups.
pub(crate) fn cycle_groups(cycles: usize) -> Vec<Range<usize>> {
    if cycles <= MAX_GROUPS {
        return (0..cycles).map(|cycle| cycle..cycle + 1).collect();
    }
    let steps = (0..).flat_map(|power| [2, 5, 10].map(|step| step * 10_usize.pow(power)));
    let fits = |step: &usize| 9 + (cycles - 9).div_ceil(*step) < MAX_GROUPS;
    let step = steps.take(30).find(fits).unwrap_or(cycles);
    let mut groups: Vec<_> = (0..9).map(|cycle| cycle..cycle + 1).collect();
    // Groups begin at multiples of the step, except where that would be before the tenth cycle.
    let mut start = 9;
    while start < cycles {
        let end = if step > 10 && start == 9 { step - 1 } else { start + step }.min(cycles);
        groups.push(start..end);
        start = end;
    }
    groups
}

/// A group as FastQC writes it: its first cycle, or first and last, from 1.
pub(crate) fn name(group: &Range<usize>) -> String {
    match group.len() {
        1 => group.end.to_string(),
        _ => format!("{}-{}", group.start + 1, group.end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(cycles: usize) -> Vec<String> {
        cycle_groups(cycles).iter().map(name).collect()
    }

    #[test]
    fn groups_have_the_names_that_fastqc_gives() {
        assert_eq!(names(3), ["1", "2", "3"]);
        assert_eq!(names(75).len(), 75);
        let names = names(151);
        assert_eq!(
            (names.len(), &names[8..11]),
            (38, &["9", "10-14", "15-19"].map(String::from)[..])
        );
        assert_eq!(names[37], "150-151");
    }

    #[test]
    fn every_cycle_is_in_one_group() {
        for cycles in [0, 1, 76, 100, 151, 250, 301, 999, 1000] {
            let groups = cycle_groups(cycles);
            assert!(groups.len() <= MAX_GROUPS);
            assert_eq!(
                groups.iter().flat_map(Clone::clone).collect::<Vec<_>>(),
                (0..cycles).collect::<Vec<_>>()
            );
        }
    }
}
