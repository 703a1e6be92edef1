//! The greatest depth: which reads stay where there are too many.
//!
//! Depth is counted in bins at fixed places of the contig, over all reads that could take part; a
//! read counts in the bins that it lies over, not in those that it skips (`N`). A read stays if the hash of its fragment is below the share that the deepest of its bins leaves:
//! this follows from the reads over its own bases alone, so that it is the same whichever part of
//! the contig is read, and mates stay or go together where the depth is the same.

use std::{collections::VecDeque, ops::Range};

use wgs_core::Interval0;

use crate::read::Read;

/// Bases of a bin.
const BIN_BASES: u32 = 64;
/// Reads over more of the reference than this always stay: their bins are not known in full
/// before the whole stretch is read. No short read is as long.
const MAX_SPAN_BASES: u32 = 1024;

/// A stretch that was deeper than allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeepStretch {
    /// Where it lies: whole bins.
    pub interval: Interval0,
    /// Reads over its deepest bin, those included that were left out.
    pub depth: u32,
}

/// What must be read for the reads over an interval to be judged: the bins of each of them.
pub fn needed(interval: Interval0, contig_length: u32) -> Interval0 {
    let start = interval.start().saturating_sub(MAX_SPAN_BASES) / BIN_BASES * BIN_BASES;
    let end = interval.end().saturating_add(MAX_SPAN_BASES).div_ceil(BIN_BASES);
    let end = end.saturating_mul(BIN_BASES).min(contig_length);
    Interval0::new(start.min(end), end).expect("an end is not before its start")
}

/// Holds reads back until the depth over them is known.
#[derive(Clone, Debug)]
pub(super) struct DepthBound {
    max_depth: u32,
    /// Number of the first bin in `depths`.
    first_bin: u32,
    depths: VecDeque<u32>,
    /// Reads to be judged, in the order of their start.
    pending: VecDeque<Read>,
    deep: Vec<DeepStretch>,
}

impl DepthBound {
    pub(super) fn new(max_depth: u32) -> Self {
        Self {
            max_depth: max_depth.max(1),
            first_bin: 0,
            depths: VecDeque::new(),
            pending: VecDeque::new(),
            deep: Vec::new(),
        }
    }

    /// Takes the next read in the order of starts; gives it back if it is too many already.
    pub(super) fn push(&mut self, read: Read) -> Option<Read> {
        if self.depths.is_empty() {
            self.first_bin = read.start() / BIN_BASES;
        }
        for bins in bins(&read) {
            let bins = self.held(&bins);
            if self.depths.len() < bins.end {
                self.depths.resize(bins.end, 0);
            }
            self.depths.range_mut(bins).for_each(|depth| *depth += 1);
        }
        // Depths only grow: what is too many now stays so.
        if self.stays(&read) {
            self.pending.push_back(read);
            return None;
        }
        Some(read)
    }

    /// The next read that is judged, and whether it stays. `reached` is a place before which no
    /// read is to come.
    pub(super) fn pop(&mut self, reached: u32) -> Option<(Read, bool)> {
        let front = self.pending.front()?;
        let known_from = front.end().div_ceil(BIN_BASES).saturating_mul(BIN_BASES);
        if reached < known_from && !is_long(front) {
            return None;
        }
        let read = self.pending.pop_front()?;
        let stays = self.stays(&read);
        Some((read, stays))
    }

    /// Forgets the bins that no read before `reached` needs any more.
    pub(super) fn forget(&mut self, reached: u32) {
        let first = self.pending.front().map_or(reached, |read| read.start().min(reached));
        while self.first_bin < first / BIN_BASES
            && let Some(depth) = self.depths.pop_front()
        {
            self.note(depth);
            self.first_bin += 1;
        }
    }

    /// Stretches that were too deep so far, ascending.
    pub(super) fn deep(&self) -> &[DeepStretch] {
        &self.deep
    }

    fn stays(&self, read: &Read) -> bool {
        let depths = bins(read).flat_map(|bins| self.depths.range(self.held(&bins)));
        let depth = depths.max().copied().unwrap_or(0);
        let share = |hash: u64| (u128::from(hash) * u128::from(depth)) >> 64;
        depth <= self.max_depth
            || is_long(read)
            || share(read.fragment()) < u128::from(self.max_depth)
    }

    /// The places of bins among those held.
    fn held(&self, bins: &Range<u32>) -> Range<usize> {
        (bins.start - self.first_bin) as usize..(bins.end - self.first_bin) as usize
    }

    fn note(&mut self, depth: u32) {
        if depth <= self.max_depth {
            return;
        }
        let (start, end) = (self.first_bin * BIN_BASES, (self.first_bin + 1) * BIN_BASES);
        match self.deep.last_mut() {
            Some(last) if last.interval.end() == start => {
                last.interval = Interval0::new(last.interval.start(), end)
                    .expect("a later end is not before the start");
                last.depth = last.depth.max(depth);
            }
            _ => self.deep.push(DeepStretch {
                interval: Interval0::new(start, end).expect("a bin does not end before it starts"),
                depth,
            }),
        }
    }
}

/// The bins that a read lies over, ascending, each once.
fn bins(read: &Read) -> impl Iterator<Item = Range<u32>> {
    let mut next = 0;
    read.covered().map(move |part| {
        let end = part.end.div_ceil(BIN_BASES);
        let bins = (part.start / BIN_BASES).max(next).min(end)..end;
        next = end;
        bins
    })
}

/// Whether a read always stays.
fn is_long(read: &Read) -> bool {
    read.end() - read.start() > MAX_SPAN_BASES
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::tests::read;

    const READ: &str = "ACGTACGTACGTACGTACGTACGTACGTACGTACGTACGTACGTACGTAC";

    fn bounded(reads: &[Read], max_depth: u32) -> (Vec<Read>, Vec<DeepStretch>) {
        let mut bound = DepthBound::new(max_depth);
        let mut kept = Vec::new();
        for read in reads {
            while let Some((read, stays)) = bound.pop(read.start()) {
                kept.extend(stays.then_some(read));
            }
            bound.forget(read.start());
            bound.push(read.clone());
        }
        while let Some((read, stays)) = bound.pop(u32::MAX) {
            kept.extend(stays.then_some(read));
        }
        bound.forget(u32::MAX);
        (kept, bound.deep().to_vec())
    }

    /// One read at each of 6,000 bases, and 400 more that begin at 2,000.
    fn deep() -> Vec<Read> {
        let mut starts: Vec<u32> = (0..6_000).collect();
        starts.extend([2_000; 400]);
        starts.sort_unstable();
        let named = starts.iter().enumerate();
        named.map(|(i, &start)| read(&format!("r{i}"), start, "50M", READ)).collect()
    }

    #[test]
    fn shallow_places_lose_nothing() {
        let reads = deep();
        let (kept, stretches) = bounded(&reads, 1_000);
        assert_eq!((kept.len(), stretches.len()), (reads.len(), 0));
    }

    #[test]
    fn deep_places_are_thinned_to_about_the_greatest_depth_and_told() {
        let (kept, stretches) = bounded(&deep(), 200);
        let over = |place: u32| kept.iter().filter(move |r| r.start() <= place && place < r.end());
        assert!((120..=240).contains(&over(2_010).count()), "{}", over(2_010).count());
        assert_eq!(over(1_000).count(), 50);
        let [stretch] = stretches[..] else { panic!("{stretches:?}") };
        assert_eq!((stretch.interval.start(), stretch.interval.end()), (1_984, 2_112));
        assert!(stretch.depth > 450);
    }

    #[test]
    fn the_same_reads_stay_whatever_part_of_the_contig_is_read() {
        let reads = deep();
        let (all, _) = bounded(&reads, 200);
        let over = |reads: &[Read], from: u32, to: u32| -> Vec<(u32, u64)> {
            let over = reads.iter().filter(|r| r.start() < to && r.end() > from);
            over.map(|r| (r.start(), r.fragment())).collect()
        };
        for (from, to) in [(2_020, 2_030), (1_990, 2_001), (0, 2_000), (2_049, 3_000)] {
            let needed = needed(Interval0::new(from, to).unwrap(), 10_000);
            let part: Vec<Read> = reads
                .iter()
                .filter(|r| r.start() < needed.end() && r.end() > needed.start())
                .cloned()
                .collect();
            assert_eq!(over(&bounded(&part, 200).0, from, to), over(&all, from, to));
        }
    }

    #[test]
    fn mates_stay_or_go_together_and_long_reads_stay() {
        let mut reads: Vec<Read> = (0..500)
            .flat_map(|i| {
                let name = format!("pair{i}");
                [read(&name, 64, "50M", READ), read(&name, 640, "50M", READ)]
            })
            .collect();
        reads.push(read("long", 0, "25M2000N25M", READ));
        reads.sort_by_key(Read::start);
        let (kept, _) = bounded(&reads, 100);
        let of = |start| {
            let mut hashes: Vec<u64> =
                kept.iter().filter(|r| r.start() == start).map(Read::fragment).collect();
            hashes.sort_unstable();
            hashes
        };
        assert_eq!(of(64), of(640));
        assert!((60..140).contains(&of(64).len()));
        assert_eq!(of(0).len(), 1);
    }

    #[test]
    fn what_reads_skip_is_not_deep() {
        let mut reads: Vec<Read> = (0..300)
            .map(|i| read(&format!("s{i}"), 100, "25M4000N25M", READ))
            .chain((0..40).map(|i| read(&format!("r{i}"), 2_000, "50M", READ)))
            .chain([read("short", 3_000, "5M20N45M", READ)])
            .collect();
        reads.sort_by_key(Read::start);
        let (kept, stretches) = bounded(&reads, 100);
        assert_eq!(kept.iter().filter(|r| r.start() == 2_000).count(), 40);
        let places: Vec<_> = stretches.iter().map(|s| (s.interval.start(), s.depth)).collect();
        assert_eq!(places, [(64, 300), (4_096, 300)]);
        let mut bound = DepthBound::new(100);
        bound.push(reads[reads.len() - 1].clone());
        assert_eq!(bound.depths, [1, 1], "a bin counts a read once");
    }
}
