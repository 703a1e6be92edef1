//! Names of jobs: an array and a slot, and the lists of slots that SLURM writes.

use std::collections::BTreeMap;

use crate::cluster::JobRef;

/// A job of an array: `123_4`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct JobKey {
    pub(super) array: u32,
    pub(super) slot: u32,
}

impl JobKey {
    /// The job that a reference names; nothing where SLURM did not give it.
    pub(super) fn of(job: &JobRef) -> Option<Self> {
        let (array, slot) = job.0.split_once('_')?;
        Some(Self { array: array.parse().ok()?, slot: slot.parse().ok()? })
    }

    pub(super) fn to_ref(self) -> JobRef {
        JobRef(format!("{}_{}", self.array, self.slot))
    }
}

/// Slots of a list as SLURM writes it: `0-3,7,10-20:2%4`, also in brackets. Nothing where it is not
/// one, or does not end.
pub(super) fn parse_slots(text: &str) -> Option<Vec<u32>> {
    let text = text.strip_prefix('[').map_or(Some(text), |inner| inner.strip_suffix(']'))?;
    let text = text.split('%').next()?;
    let mut slots = Vec::new();
    for part in text.split(',') {
        let (range, step) = match part.split_once(':') {
            Some((range, step)) => (range, step.parse().ok().filter(|&step| step > 0)?),
            None => (part, 1),
        };
        let (first, last): (u32, u32) = match range.split_once('-') {
            Some((first, last)) => (first.parse().ok()?, last.parse().ok()?),
            None => (range.parse().ok()?, range.parse().ok()?),
        };
        // SLURM's own bound, so that no word of it makes a list without end.
        if last > 4_000_001 {
            return None;
        }
        slots.extend((first..=last).step_by(step));
    }
    Some(slots)
}

/// The shortest list of sorted slots: `0-3,7`.
pub(super) fn write_slots(slots: &[u32]) -> String {
    let mut parts = Vec::new();
    let mut rest = slots;
    while let Some(&first) = rest.first() {
        let run =
            rest.iter().zip(first..).take_while(|&(&slot, expected)| slot == expected).count();
        parts.push(match run {
            1 => first.to_string(),
            _ => format!("{first}-{}", rest[run - 1]),
        });
        rest = &rest[run..];
    }
    parts.join(",")
}

/// The fewest words that name jobs: `123_[0-3,7]`.
pub(super) fn write_jobs(keys: &[JobKey]) -> Vec<String> {
    let mut arrays: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for key in keys {
        arrays.entry(key.array).or_default().push(key.slot);
    }
    let word = |(array, mut slots): (u32, Vec<u32>)| {
        slots.sort_unstable();
        slots.dedup();
        match slots.as_slice() {
            [slot] => format!("{array}_{slot}"),
            slots => format!("{array}_[{}]", write_slots(slots)),
        }
    };
    arrays.into_iter().map(word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_an_array_and_a_slot() {
        let key = JobKey { array: 123, slot: 4 };
        assert_eq!(JobKey::of(&JobRef("123_4".into())), Some(key));
        assert_eq!(key.to_ref(), JobRef("123_4".into()));
        for other in ["123", "123_", "_4", "123_[1-3]", "x_1", ""] {
            assert_eq!(JobKey::of(&JobRef(other.into())), None, "{other}");
        }
    }

    #[test]
    fn lists_of_slots_are_read_as_slurm_writes_them() {
        assert_eq!(parse_slots("5"), Some(vec![5]));
        assert_eq!(parse_slots("[6-8]"), Some(vec![6, 7, 8]));
        assert_eq!(parse_slots("0-1,5,7-11:2%4"), Some(vec![0, 1, 5, 7, 9, 11]));
        for wrong in ["N/A", "", "1-", "0-3:0", "0-4000000000", "[1-2", "1,5,..."] {
            assert_eq!(parse_slots(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn lists_are_written_short_and_read_again() {
        for slots in [vec![0], vec![0, 1, 2, 7], vec![3, 5, 6, 9]] {
            assert_eq!(parse_slots(&write_slots(&slots)), Some(slots));
        }
        assert_eq!(write_slots(&[0, 1, 2, 7]), "0-2,7");
        let keys = [(2, 1), (1, 3), (2, 0), (2, 1)].map(|(array, slot)| JobKey { array, slot });
        assert_eq!(write_jobs(&keys), ["1_3", "2_[0-1]"]);
    }
}
