//! Which transcripts are near a place.

use wgs_core::{ContigIndex, ContigList, Interval0};

/// Bits of a position within a bin: bins have 16,384 bases.
const BIN_BITS: u32 = 14;

/// The transcripts of each bin of each contig.
#[derive(Debug)]
pub(crate) struct Nearby {
    contigs: Vec<Bins>,
}

/// Transcripts by bin, those of bin `i` from `starts[i]` to `starts[i + 1]`.
#[derive(Debug, Default)]
struct Bins {
    starts: Vec<u32>,
    members: Vec<u32>,
}

impl Nearby {
    /// Of transcripts in their order, each with `flank` bases on both sides.
    pub(crate) fn new(
        contigs: &ContigList,
        places: impl Iterator<Item = (ContigIndex, Interval0)>,
        flank: u32,
    ) -> Self {
        let mut entries: Vec<Vec<(u32, u32)>> = vec![Vec::new(); contigs.len()];
        for (index, (contig, place)) in places.enumerate() {
            let first = place.start().saturating_sub(flank) >> BIN_BITS;
            let last = place.end().saturating_add(flank) >> BIN_BITS;
            entries[contig.0].extend((first..=last).map(|bin| (bin, index as u32)));
        }
        Self { contigs: entries.into_iter().map(Bins::new).collect() }
    }

    /// Transcripts that may be near `[start, end)` or its borders, ascending.
    pub(crate) fn find(
        &self,
        contig: ContigIndex,
        start: u32,
        end: u32,
    ) -> impl Iterator<Item = usize> {
        let bins = &self.contigs[contig.0];
        let (first, last) = (start.saturating_sub(1) >> BIN_BITS, end >> BIN_BITS);
        let mut several = Vec::new();
        let one = match first == last {
            true => bins.members(first),
            false => {
                several.extend((first..=last).flat_map(|bin| bins.members(bin)));
                several.sort_unstable();
                several.dedup();
                &[]
            }
        };
        one.iter().copied().chain(several).map(|index| index as usize)
    }
}

impl Bins {
    fn new(mut entries: Vec<(u32, u32)>) -> Self {
        entries.sort_unstable();
        let count = entries.last().map_or(0, |(bin, _)| bin + 1);
        let first_of = |bin: u32| entries.partition_point(|(other, _)| *other < bin) as u32;
        let starts = (0..=count).map(first_of).collect();
        Self { starts, members: entries.into_iter().map(|(_, member)| member).collect() }
    }

    fn members(&self, bin: u32) -> &[u32] {
        let start = |bin: usize| self.starts.get(bin).map(|start| *start as usize);
        match (start(bin as usize), start(bin as usize + 1)) {
            (Some(start), Some(end)) => &self.members[start..end],
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use wgs_core::Contig;

    use super::*;

    #[test]
    fn all_that_are_near_are_found_once() {
        let contigs = ContigList::new(vec![Contig::new("a", 9), Contig::new("b", 9)]).unwrap();
        let place = |start, end| Interval0::new(start, end).unwrap();
        let places = [place(10, 20), place(100_000, 200_000), place(150_000, 150_010)];
        let places = places.map(|place| (ContigIndex(1), place));
        let nearby = Nearby::new(&contigs, places.into_iter(), 5_000);
        let find = |start, end| nearby.find(ContigIndex(1), start, end).collect::<Vec<_>>();
        assert_eq!(find(5_020, 5_021), [0]);
        assert_eq!(find(150_000, 150_001), [1, 2]);
        assert_eq!(find(0, 400_000), [0, 1, 2]);
        assert_eq!(find(205_000, 205_000), [1]);
        assert!(find(300_000, 300_001).is_empty() && find(u32::MAX - 1, u32::MAX).is_empty());
        assert!(nearby.find(ContigIndex(0), 15, 16).next().is_none());
    }
}
