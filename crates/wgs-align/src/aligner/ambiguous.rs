//! What an index cannot know: the reference bases that are not A, C, G or T.
//!
//! An index has random bases in their place, so what an engine counts over them is wrong. Records
//! that touch one get `NM` and `MD` from the genome itself.

use std::{fmt::Write, ops::Range};

use wgs_core::{ContigIndex, ContigList, Interval0};
use wgs_formats::{
    alignment::{Aux, CigarKind, Record, RecordError},
    genome::Genome,
};

/// Runs of ambiguous bases of each contig, in order.
#[derive(Debug, Default)]
pub(super) struct AmbiguousBases(Vec<Vec<Range<u32>>>);

impl AmbiguousBases {
    /// Takes runs as an index has them: offset in the concatenated contigs, and length; in order.
    pub(super) fn new(contigs: &ContigList, runs: impl Iterator<Item = (u64, u64)>) -> Self {
        let mut ambiguous = vec![Vec::new(); contigs.len()];
        let mut contigs = contigs.iter().map(|contig| u64::from(contig.length)).enumerate();
        let (mut current, mut begin, mut end) = (0, 0, 0);
        for (offset, length) in runs {
            while offset >= end {
                let Some((index, length)) = contigs.next() else { return Self(ambiguous) };
                (current, begin, end) = (index, end, end + length);
            }
            let start = (offset - begin) as u32;
            ambiguous[current].push(start..start + length as u32);
        }
        Self(ambiguous)
    }

    /// Looks for them in the genome itself.
    pub(super) fn of(genome: &Genome) -> Self {
        let runs = |index| {
            let mut runs: Vec<Range<u32>> = Vec::new();
            for (place, base) in (0..).zip(genome.sequence(ContigIndex(index)).iter()) {
                if b"ACGT".contains(base) {
                    continue;
                }
                match runs.last_mut() {
                    Some(run) if run.end == place => run.end += 1,
                    _ => runs.push(place..place + 1),
                }
            }
            runs
        };
        Self((0..genome.contigs().len()).map(runs).collect())
    }

    fn touch(&self, contig: ContigIndex, start: u32, end: u32) -> bool {
        let Some(runs) = self.0.get(contig.0) else { return false };
        let next = runs.partition_point(|run| run.end <= start);
        runs.get(next).is_some_and(|run| run.start < end)
    }

    /// Sets `NM` and `MD` anew if the alignment touches an ambiguous base.
    pub(super) fn correct(&self, record: &mut Record, genome: &Genome) -> Result<(), RecordError> {
        let (Some(contig), Some(start), Some(end)) =
            (record.ref_index(), record.start(), record.end())
        else {
            return Ok(());
        };
        if record.flags().is_unmapped() || !self.touch(contig, start, end) {
            return Ok(());
        }
        let Ok(interval) = Interval0::new(start, end) else { return Ok(()) };
        let (differences, description) = differences(record, &genome.fetch(contig, interval));
        record.set_aux(*b"NM", Aux::Int(i64::from(differences)))?;
        record.set_aux(*b"MD", Aux::Text(description.as_bytes()))
    }
}

/// `NM` and `MD` of an alignment to these bases (SAM tags §1.1): only A, C, G and T match, and only
/// themselves.
fn differences(record: &Record, reference: &[u8]) -> (u32, String) {
    let (mut count, mut description, mut equal) = (0, String::new(), 0);
    let (mut query, mut place) = (0, 0);
    let base_at = |place: usize| char::from(reference.get(place).copied().unwrap_or(b'N'));
    for op in record.cigar() {
        let length = op.len as usize;
        if op.kind.is_aligned() {
            for step in 0..length {
                let (own, base) = (char::from(record.base(query + step)), base_at(place + step));
                if own == base && "ACGT".contains(base) {
                    equal += 1;
                } else {
                    count += 1;
                    let _ = write!(description, "{equal}{base}");
                    equal = 0;
                }
            }
        } else if op.kind == CigarKind::Deletion {
            count += op.len;
            let _ = write!(description, "{equal}^");
            description.extend((place..place + length).map(base_at));
            equal = 0;
        } else if op.kind == CigarKind::Insertion {
            count += op.len;
        }
        query += if op.kind.consumes_query() { length } else { 0 };
        place += if op.kind.consumes_reference() { length } else { 0 };
    }
    let _ = write!(description, "{equal}");
    (count, description)
}

#[cfg(test)]
mod tests {
    use wgs_core::Contig;
    use wgs_formats::alignment::{CigarOp, RecordBuilder};

    use super::*;
    use crate::testing::genome_of;

    fn record(contig: usize, start: u32, cigar: &[u8], bases: &[u8]) -> Record {
        RecordBuilder::new(b"r")
            .position(ContigIndex(contig), start)
            .cigar(CigarOp::parse(cigar).unwrap())
            .bases(bases)
            .aux(*b"NM", Aux::Int(77))
            .build()
            .unwrap()
    }

    #[test]
    fn differences_are_counted_and_described() {
        let text = |cigar: &[u8], bases: &[u8], reference: &[u8]| {
            differences(&record(0, 0, cigar, bases), reference)
        };
        assert_eq!(text(b"6M", b"ACGTAC", b"ACGTAC"), (0, "6".into()));
        assert_eq!(text(b"6M", b"CCNTAC", b"ACNTAN"), (3, "0A1N2N0".into()));
        assert_eq!(text(b"2S2M1I1M2D1M1H", b"GGACGTC", b"ACTNNA"), (4, "3^NN0A0".into()));
    }

    #[test]
    fn only_records_that_touch_an_ambiguous_base_change() {
        let (_folder, genome) =
            genome_of(&[("a", b"ACGTNNACGT"), ("b", b"ACGTACGTAC"), ("c", b"NACG")]);
        let ambiguous =
            AmbiguousBases::new(genome.contigs(), [(4, 1), (5, 1), (20, 1)].into_iter());
        let nm = |contig, start, cigar: &[u8], bases: &[u8]| {
            let mut record = record(contig, start, cigar, bases);
            ambiguous.correct(&mut record, &genome).unwrap();
            record.aux(*b"NM").and_then(Aux::as_int).unwrap()
        };
        assert_eq!(nm(0, 0, b"4M", b"ACGT"), 77);
        assert_eq!(nm(0, 1, b"4M", b"CGTA"), 1);
        assert_eq!(nm(0, 5, b"3M", b"AAC"), 1);
        assert_eq!(nm(0, 6, b"3M", b"ACG"), 77);
        assert_eq!(nm(0, 3, b"1M2D1M", b"TA"), 2);
        assert_eq!(nm(1, 0, b"4M", b"ACGT"), 77);
        assert_eq!(nm(2, 0, b"2M", b"AA"), 1);
    }

    #[test]
    fn runs_are_assigned_to_their_contigs() {
        let contigs = ["a", "b", "c"].map(|name| Contig::new(name, 10));
        let contigs = ContigList::new(contigs.to_vec()).unwrap();
        let runs = [(3, 2), (9, 1), (25, 4), (29, 1)];
        let found = AmbiguousBases::new(&contigs, runs.into_iter());
        assert_eq!(found.0, [vec![3..5, 9..10], vec![], vec![5..9, 9..10]]);
    }
}
