//! What the first mates of overlapping pairs have covered.

use std::collections::HashMap;

use wgs_formats::alignment::Record;

use super::aligned::Run;

/// Entries from which on those that no mate can come for any more are looked for.
const MIN_SWEEP: usize = 4096;

/// A read that waits for its mate, which begins on or before its end.
#[derive(Debug)]
struct Waiting {
    is_first: bool,
    mate_start: u32,
    /// What it counted, from the start of the mate on.
    runs: Vec<Run>,
}

/// Reads whose mates overlap them and are still to come, on one contig.
///
/// As many as overlapping pairs cross a position: those whose mate is not in the file are swept
/// out when the number has doubled.
#[derive(Debug, Default)]
pub(super) struct PendingMates {
    /// By name and read group, as [`Self::key_of`] puts them together: names are unique within a
    /// read group only.
    waiting: HashMap<Vec<u8>, Waiting>,
    sweep_at: usize,
    /// The key of the record at hand; its memory is used again.
    key: Vec<u8>,
}

impl PendingMates {
    /// Makes `key` that of a record. No name holds a 0.
    fn key_of(&mut self, record: &Record) {
        self.key.clear();
        self.key.extend_from_slice(record.name());
        if let Some(group) = record.read_group() {
            self.key.push(0);
            self.key.extend_from_slice(group);
        }
    }

    /// What the mate of a record covered, if it waits for it.
    pub(super) fn take(&mut self, record: &Record) -> Option<Vec<Run>> {
        if self.waiting.is_empty() || !can_pair(record) {
            return None;
        }
        self.key_of(record);
        let waiting = self.waiting.get(&self.key)?;
        if waiting.is_first == record.flags().is_first()
            || Some(waiting.mate_start) != record.start()
        {
            return None;
        }
        self.waiting.remove(&self.key).map(|waiting| waiting.runs)
    }

    /// Keeps what a record covered, if its mate overlaps it and comes after it.
    pub(super) fn remember(&mut self, record: &Record, runs: &[Run]) {
        let Some((start, end)) = record.start().zip(record.end()) else { return };
        let Some(mate_start) = record.mate_start().filter(|_| can_pair(record)) else { return };
        if mate_start < start || mate_start >= end {
            return;
        }
        let shared = runs.iter().filter(|run| run.1 > mate_start);
        let runs: Vec<Run> = shared.map(|run| (run.0.max(mate_start), run.1)).collect();
        if runs.is_empty() {
            return;
        }
        self.sweep(start);
        let is_first = record.flags().is_first();
        self.key_of(record);
        self.waiting.insert(self.key.clone(), Waiting { is_first, mate_start, runs });
    }

    fn sweep(&mut self, position: u32) {
        if self.waiting.len() >= self.sweep_at.max(MIN_SWEEP) {
            self.waiting.retain(|_, waiting| waiting.mate_start >= position);
            self.sweep_at = 2 * self.waiting.len();
        }
    }
}

/// Whether a record is the primary one of a pair with both mates on one contig.
fn can_pair(record: &Record) -> bool {
    let flags = record.flags();
    flags.is_paired()
        && flags.is_primary()
        && !flags.is_mate_unmapped()
        && flags.is_first() != flags.is_last()
        && record.ref_index() == record.mate_ref_index()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{SpecimenRecord, record};

    fn read(start: u32, mate: u32, flags: u16) -> Record {
        record(&SpecimenRecord { start, mate: Some((0, mate)), flags, ..Default::default() })
    }

    #[test]
    fn the_mate_gets_what_lies_on_it() {
        let mut mates = PendingMates::default();
        mates.remember(&read(100, 106, 0x41), &[(100, 103), (104, 110)]);
        assert_eq!(mates.take(&read(106, 100, 0x41)), None, "not the other mate");
        assert_eq!(mates.take(&read(107, 100, 0x81)), None, "not where the mate was said to be");
        assert_eq!(mates.take(&read(106, 100, 0x81)), Some(vec![(106, 110)]));
        assert_eq!(mates.take(&read(106, 100, 0x81)), None, "once");
    }

    #[test]
    fn names_are_told_apart_by_read_group() {
        let read = |start, mate, flags, read_group| {
            let mate = Some((0, mate));
            record(&SpecimenRecord { start, mate, flags, read_group, ..Default::default() })
        };
        let groups = [Some("a1"), Some("b1"), None];
        let mut mates = PendingMates::default();
        for (group, end) in groups.into_iter().zip([110, 111, 112]) {
            mates.remember(&read(100, 106, 0x41, group), &[(100, end)]);
        }
        for (group, end) in groups.into_iter().zip([110, 111, 112]) {
            assert_eq!(mates.take(&read(106, 100, 0x81, group)), Some(vec![(106, end)]));
        }
        assert!(mates.waiting.is_empty());
    }

    #[test]
    fn equal_starts_and_pairs_apart() {
        let mut mates = PendingMates::default();
        mates.remember(&read(100, 110, 0x41), &[(100, 110)]);
        assert!(mates.waiting.is_empty());
        mates.remember(&read(100, 100, 0x81), &[(100, 110)]);
        assert_eq!(mates.take(&read(100, 100, 0x41)), Some(vec![(100, 110)]));
        mates.remember(&read(100, 95, 0x41), &[(100, 110)]);
        mates.remember(&read(100, 105, 0x841), &[(100, 110)]);
        mates.remember(&read(100, 105, 0x49), &[(100, 110)]);
        mates.remember(&read(100, 105, 0), &[(100, 110)]);
        assert!(mates.waiting.is_empty());
    }

    #[test]
    fn lost_mates_do_not_pile_up() {
        let mut mates = PendingMates::default();
        for start in 0..50_000u32 {
            let mate = Some((0, start + 5));
            let name = start.to_string();
            let lost = SpecimenRecord { name, start, mate, flags: 0x41, ..Default::default() };
            mates.remember(&record(&lost), &[(start, start + 10)]);
        }
        assert!(mates.waiting.len() <= MIN_SWEEP, "{}", mates.waiting.len());
    }
}
