//! Aligned bases against the reference.

use wgs_formats::alignment::Record;

use super::cycles::CyclesOf;

/// Compares records with the reference.
#[derive(Clone, Debug, Default)]
pub(super) struct Comparison {
    bases: Vec<u8>,
}

/// Bases that were compared, and those of them that differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Compared {
    pub(super) compared: u64,
    pub(super) mismatched: u64,
}

impl Comparison {
    /// Compares the aligned bases of a record with the reference, which begins where the record
    /// starts; bases beyond its end do not count.
    pub(super) fn compare(
        &mut self,
        record: &Record,
        reference: &[u8],
        cycles: &mut CyclesOf<'_>,
    ) -> Compared {
        record.bases_into(&mut self.bases);
        let has_ambiguous = has_ambiguous(record.packed_bases(), record.len());
        let mut sum = Compared::default();
        let (mut query, mut at) = (0, 0);
        for op in record.cigar() {
            let length = op.len as usize;
            if op.kind.is_aligned() {
                let bases = self.bases.get(query..).unwrap_or_default();
                let block = Block {
                    first: query,
                    bases: &bases[..length.min(bases.len())],
                    reference: reference.get(at..).unwrap_or_default(),
                };
                block.compare(has_ambiguous, cycles, &mut sum);
            }
            query += if op.kind.consumes_query() { length } else { 0 };
            at += if op.kind.consumes_reference() { length } else { 0 };
        }
        sum
    }
}

/// Aligned bases without a gap.
struct Block<'a> {
    /// Place of the first base in the record.
    first: usize,
    bases: &'a [u8],
    /// From the same position on, at least as far as known.
    reference: &'a [u8],
}

impl Block<'_> {
    fn compare(&self, has_ambiguous: bool, cycles: &mut CyclesOf<'_>, sum: &mut Compared) {
        let length = self.bases.len().min(self.reference.len());
        if length == 0 {
            return;
        }
        let (bases, reference) = (&self.bases[..length], &self.reference[..length]);
        cycles.compared(self.first..self.first + length);
        sum.compared += length as u64;
        let mut differs = |at: usize| self.differs(at, cycles, sum);
        if has_ambiguous {
            return (0..length).filter(|&at| is_other(bases[at], reference[at])).for_each(differs);
        }
        let (eights, rest) = bases.as_chunks::<8>();
        let (reference_eights, reference_rest) = reference.as_chunks::<8>();
        for (index, (ours, theirs)) in eights.iter().zip(reference_eights).enumerate() {
            let mut difference = u64::from_le_bytes(*ours) ^ u64::from_le_bytes(*theirs);
            while difference != 0 {
                let byte = difference.trailing_zeros() / 8;
                differs(8 * index + byte as usize);
                difference &= !(0xff << (8 * byte));
            }
        }
        let rest = rest.iter().zip(reference_rest).zip(8 * eights.len()..);
        rest.filter(|((ours, theirs), _)| ours != theirs).for_each(|(_, at)| differs(at));
    }

    fn differs(&self, at: usize, cycles: &mut CyclesOf<'_>, sum: &mut Compared) {
        if is_known(self.bases[at]) && is_known(self.reference[at]) {
            cycles.mismatched(self.first + at);
            sum.mismatched += 1;
        } else {
            cycles.not_compared(self.first + at);
            sum.compared -= 1;
        }
    }
}

fn is_known(base: u8) -> bool {
    matches!(base, b'A' | b'C' | b'G' | b'T')
}

/// Whether bases differ, or cannot be compared; `=` is the reference's.
fn is_other(base: u8, reference: u8) -> bool {
    let equal = base == reference || base == b'=';
    !(equal && is_known(reference))
}

/// Whether there is a base other than A, C, G and T: their codes, and no others, have one bit.
fn has_ambiguous(packed: &[u8], length: usize) -> bool {
    let is_odd = !length.is_multiple_of(2);
    let (last, packed) = match packed.split_last() {
        Some((&last, packed)) if is_odd => (last >> 4, packed),
        _ => (1, packed),
    };
    let ones = |bits: u64| {
        let pairs = bits - (bits >> 1 & 0x5555_5555_5555_5555);
        (pairs & 0x3333_3333_3333_3333) + (pairs >> 2 & 0x3333_3333_3333_3333)
    };
    let (eights, rest) = packed.as_chunks::<8>();
    let mut tail = [0x11; 8];
    tail[..rest.len()].copy_from_slice(rest);
    last.count_ones() != 1
        || eights
            .iter()
            .chain([&tail])
            .any(|e| ones(u64::from_le_bytes(*e)) != 0x1111_1111_1111_1111)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use wgs_core::ContigIndex;
    use wgs_formats::alignment::{CigarOp, Flags, RecordBuilder};

    use super::{super::cycles::MismatchCycles, *};

    fn read(bases: &[u8], cigar: &str, flags: u16) -> Record {
        RecordBuilder::new(b"r")
            .flags(Flags(flags))
            .position(ContigIndex(0), 0)
            .cigar(CigarOp::parse(cigar.as_bytes()).unwrap())
            .bases(bases)
            .build()
            .unwrap()
    }

    fn compare(record: &Record, reference: &[u8]) -> (Compared, Vec<f64>) {
        let mut cycles = MismatchCycles::default();
        let is_reverse = record.flags().is_reverse();
        let mut of = CyclesOf { cycles: &mut cycles, is_reverse, length: record.len() };
        let compared = Comparison::default().compare(record, reference, &mut of);
        (compared, cycles.rates())
    }

    #[test]
    fn gaps_and_clips_are_left_out() {
        let record = read(b"TTACGTACTT", "2S3M2I1M2D1M1S", 0);
        let (compared, rates) = compare(&record, b"ACTCGGGT");
        assert_eq!(compared, Compared { compared: 5, mismatched: 2 });
        assert_eq!(rates, [0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0][..9]);
    }

    #[test]
    fn what_is_unknown_is_not_compared() {
        let (compared, _) = compare(&read(b"ACGTN=RA", "8M", 0), b"ACNANCAA");
        assert_eq!(compared, Compared { compared: 5, mismatched: 1 });
        let (compared, _) = compare(&read(b"ACGTACGT", "8M", 0), b"ACG");
        assert_eq!(compared, Compared { compared: 3, mismatched: 0 });
        let (compared, rates) = compare(&read(b"", "8M", 0), b"ACGTACGT");
        assert_eq!((compared, rates), (Compared::default(), Vec::new()));
        assert_eq!(compare(&read(b"", "2S8M", 0x10), b"ACGTACGT").0, Compared::default());
    }

    proptest! {
        #[test]
        fn fast_and_slow_ways_agree(
            pairs in proptest::collection::vec(("[ACGT]", "[ACGTN]"), 1..70),
            is_reverse: bool,
            ambiguous in proptest::option::of(0..70usize),
        ) {
            let mut bases: Vec<u8> = pairs.iter().map(|(base, _)| base.as_bytes()[0]).collect();
            let reference: Vec<u8> = pairs.iter().map(|(_, base)| base.as_bytes()[0]).collect();
            if let Some(at) = ambiguous.filter(|at| *at < bases.len()) {
                bases[at] = b'N';
            }
            let length = bases.len();
            let flags = if is_reverse { 0x10 } else { 0 };
            let (compared, rates) = compare(&read(&bases, &format!("{length}M"), flags), &reference);
            let known = |at: usize| is_known(bases[at]) && is_known(reference[at]);
            let wrong = |at: usize| known(at) && bases[at] != reference[at];
            let expected = Compared {
                compared: (0..length).filter(|at| known(*at)).count() as u64,
                mismatched: (0..length).filter(|at| wrong(*at)).count() as u64,
            };
            prop_assert_eq!(compared, expected);
            for at in 0..length {
                let cycle = if is_reverse { length - 1 - at } else { at };
                let rate = rates.get(cycle).copied().unwrap_or(0.0);
                prop_assert_eq!(rate, if wrong(at) { 1.0 } else { 0.0 });
            }
        }
    }
}
