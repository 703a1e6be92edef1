//! The bases of a record that lie on the reference.

use wgs_formats::alignment::Record;

/// Start and end on the contig, 0-based and half-open.
pub(super) type Run = (u32, u32);

/// Aligned bases of a record (CIGAR M, =, X).
pub(super) fn bases(record: &Record) -> u64 {
    record.cigar().filter(|op| op.kind.is_aligned()).map(|op| u64::from(op.len)).sum()
}

/// Stretches of bases that count, ascending and apart.
#[derive(Debug, Default)]
pub(super) struct Runs {
    runs: Vec<Run>,
    spare: Vec<Run>,
}

impl Runs {
    pub(super) fn as_slice(&self) -> &[Run] {
        &self.runs
    }

    /// Becomes the runs of aligned bases with at least a quality, within a contig of `length`
    /// bases. Returns the number of aligned bases with a lower one.
    pub(super) fn of(&mut self, record: &Record, min_quality: u8, length: u32) -> u64 {
        self.runs.clear();
        let quals = record.quals();
        let (mut query, mut reference) = (0, record.start().unwrap_or(length));
        let mut low = 0;
        for op in record.cigar() {
            if op.kind.is_aligned() {
                let quals = quals.get(query..query + op.len as usize);
                low += self.add_block(reference, op.len, quals, min_quality, length);
            }
            if op.kind.consumes_query() {
                query += op.len as usize;
            }
            if op.kind.consumes_reference() {
                reference += op.len;
            }
        }
        low
    }

    fn add_block(
        &mut self,
        start: u32,
        bases: u32,
        quals: Option<&[u8]>,
        min_quality: u8,
        length: u32,
    ) -> u64 {
        let Some(quals) = quals.filter(|_| min_quality > 0) else {
            self.push(start, start + bases, length);
            return 0;
        };
        let (mut at, mut high) = (0, 0);
        while let Some(skip) = quals[at..].iter().position(|&q| q >= min_quality) {
            let from = at + skip;
            let run = quals[from..].iter().position(|&q| q < min_quality);
            at = run.map_or(quals.len(), |run| from + run);
            high += (at - from) as u64;
            self.push(start + from as u32, start + at as u32, length);
        }
        u64::from(bases) - high
    }

    fn push(&mut self, start: u32, end: u32, length: u32) {
        let (start, end) = (start.min(length), end.min(length));
        match self.runs.last_mut() {
            _ if start == end => {}
            Some(last) if last.1 == start => last.1 = end,
            _ => self.runs.push((start, end)),
        }
    }

    /// Takes away what lies in other runs, which are ascending and apart. Returns the number of
    /// bases taken.
    pub(super) fn subtract(&mut self, others: &[Run]) -> u64 {
        self.spare.clear();
        let mut others = others.iter().peekable();
        let mut taken = 0;
        for &(mut start, end) in &self.runs {
            while start < end {
                while others.next_if(|other| other.1 <= start).is_some() {}
                match others.peek() {
                    Some(&&(from, to)) if from < end => {
                        if start < from {
                            self.spare.push((start, from));
                        }
                        let overlap = from.max(start)..to.min(end);
                        taken += u64::from(overlap.end - overlap.start);
                        start = overlap.end;
                    }
                    _ => {
                        self.spare.push((start, end));
                        break;
                    }
                }
            }
        }
        std::mem::swap(&mut self.runs, &mut self.spare);
        taken
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{SpecimenRecord, record, with_quals};

    #[test]
    fn runs_follow_cigar_and_quality() {
        let specimen = SpecimenRecord { cigar: "2S3M1I2M2D2M", ..Default::default() };
        let all = record(&specimen);
        let mut runs = Runs::default();
        assert_eq!(runs.of(&all, 30, 1000), 0);
        assert_eq!(runs.as_slice(), [(100, 105), (107, 109)]);
        assert_eq!(bases(&all), 7);
        let some = with_quals(&all, &[0, 0, 30, 10, 30, 30, 10, 30, 30, 10]);
        assert_eq!(runs.of(&some, 20, 1000), 3);
        assert_eq!(runs.as_slice(), [(100, 101), (102, 103), (104, 105), (107, 108)]);
        assert_eq!(runs.of(&some, 0, 103), 0);
        assert_eq!(runs.as_slice(), [(100, 103)]);
    }

    #[test]
    fn reads_without_qualities_count() {
        let read = record(&SpecimenRecord { quality: 0xff, ..Default::default() });
        let mut runs = Runs::default();
        assert_eq!(runs.of(&read, 20, 1000), 0);
        assert_eq!(runs.as_slice(), [(100, 110)]);
    }

    fn of_bits(bits: &[bool]) -> Vec<Run> {
        let mut runs = Runs::default();
        for (at, _) in bits.iter().enumerate().filter(|(_, bit)| **bit) {
            runs.push(at as u32, at as u32 + 1, u32::MAX);
        }
        runs.runs
    }

    proptest! {
        #[test]
        fn subtraction_is_that_of_sets(
            pairs in proptest::collection::vec((any::<bool>(), any::<bool>()), 0..80),
        ) {
            let (a, b): (Vec<bool>, Vec<bool>) = pairs.iter().copied().unzip();
            let mut runs = Runs { runs: of_bits(&a), spare: Vec::new() };
            let taken = runs.subtract(&of_bits(&b));
            let left: Vec<bool> = pairs.iter().map(|&(a, b)| a && !b).collect();
            let mut merged = Runs::default();
            runs.runs.iter().for_each(|&(s, e)| merged.push(s, e, u32::MAX));
            prop_assert_eq!(merged.runs, of_bits(&left));
            prop_assert_eq!(taken as usize, pairs.iter().filter(|&&(a, b)| a && b).count());
        }
    }
}
