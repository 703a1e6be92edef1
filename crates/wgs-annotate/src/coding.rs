//! Where coding sequences lie.

use wgs_core::{ContigIndex, ContigList, Interval0};

use crate::Transcript;

/// The coding sequences of all transcripts, merged, by contig.
#[derive(Debug)]
pub(crate) struct CodingRegions {
    contigs: Vec<Regions>,
}

/// Intervals in order that do not touch.
#[derive(Debug, Default)]
struct Regions {
    /// The coding parts of exons.
    parts: Vec<(u32, u32)>,
    /// From the first to the last coding base.
    spans: Vec<(u32, u32)>,
}

impl CodingRegions {
    pub(crate) fn new(contigs: &ContigList, transcripts: &[Transcript]) -> Self {
        let mut regions: Vec<Regions> = Vec::new();
        regions.resize_with(contigs.len(), Regions::default);
        for transcript in transcripts.iter().filter(|transcript| transcript.is_coding()) {
            let Regions { parts, spans } = &mut regions[transcript.contig.0];
            parts.extend(transcript.coding.iter().map(|part| (part.start(), part.end())));
            let span = transcript.coding_interval();
            spans.push((span.start(), span.end()));
        }
        for Regions { parts, spans } in &mut regions {
            (*parts, *spans) = (merged(std::mem::take(parts)), merged(std::mem::take(spans)));
        }
        Self { contigs: regions }
    }

    /// Whether a place, or a base beside it, is coding.
    pub(crate) fn touches(&self, contig: ContigIndex, place: Interval0) -> bool {
        let parts = &self.contigs[contig.0].parts;
        let first = parts.partition_point(|(_, end)| *end < place.start());
        parts.get(first).is_some_and(|(start, _)| *start <= place.end())
    }

    /// Whether two bases may lie within the coding sequence of one transcript, introns included.
    pub(crate) fn holds_both(&self, contig: ContigIndex, one: u32, other: u32) -> bool {
        let spans = &self.contigs[contig.0].spans;
        let place = |base: u32| {
            let place = spans.partition_point(|(_, end)| *end <= base);
            spans.get(place).filter(|(start, _)| *start <= base).map(|_| place)
        };
        place(one).is_some_and(|there| place(other) == Some(there))
    }
}

fn merged(mut intervals: Vec<(u32, u32)>) -> Vec<(u32, u32)> {
    intervals.sort_unstable();
    let mut merged: Vec<(u32, u32)> = Vec::new();
    for (start, end) in intervals {
        match merged.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => merged.push((start, end)),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effects::tests::world;

    #[test]
    fn coding_parts_and_what_lies_between_them() {
        let world = world();
        let effects = &world.effects;
        let regions = CodingRegions::new(effects.genome().contigs(), effects.transcripts());
        let contig = ContigIndex(0);
        let touches = |start, end| regions.touches(contig, Interval0::new(start, end).unwrap());
        for (start, end, expected) in [
            (14, 14, false),
            (15, 15, true),
            (10, 16, true),
            (29, 30, true),
            (31, 32, false),
            (40, 59, false),
            (40, 60, true),
            (76, 77, false),
        ] {
            assert_eq!(touches(start, end), expected, "{start}-{end}");
        }
        assert!(regions.holds_both(contig, 15, 74) && regions.holds_both(contig, 40, 40));
        assert!(!regions.holds_both(contig, 14, 15) && !regions.holds_both(contig, 15, 75));
        assert!(!regions.holds_both(ContigIndex(1), 15, 16));
    }

    #[test]
    fn intervals_that_touch_are_one() {
        assert_eq!(merged(vec![(5, 7), (1, 3), (3, 4), (6, 6)]), [(1, 4), (5, 7)]);
    }
}
