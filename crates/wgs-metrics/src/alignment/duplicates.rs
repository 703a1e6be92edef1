//! Duplicates, by pairs and unpaired reads.

use wgs_formats::{alignment::Record, qc::alignment::LibraryDuplicatesQc};

/// Counts of mapped primary reads.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Duplicates {
    paired: u64,
    unpaired: u64,
    duplicate_paired: u64,
    duplicate_unpaired: u64,
    /// Duplicates of pairs with `DT:Z:SQ`.
    optical_paired: u64,
    /// Duplicates with any `DT`.
    typed: u64,
}

impl Duplicates {
    /// Counts a mapped primary read.
    pub(super) fn add(&mut self, record: &Record) {
        let flags = record.flags();
        let of_pair = flags.is_paired() && !flags.is_mate_unmapped();
        *(if of_pair { &mut self.paired } else { &mut self.unpaired }) += 1;
        if !flags.is_duplicate() {
            return;
        }
        *(if of_pair { &mut self.duplicate_paired } else { &mut self.duplicate_unpaired }) += 1;
        if let Some(kind) = record.aux(*b"DT").and_then(|kind| kind.as_text()) {
            self.typed += 1;
            self.optical_paired += u64::from(of_pair && kind == b"SQ");
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.paired += other.paired;
        self.unpaired += other.unpaired;
        self.duplicate_paired += other.duplicate_paired;
        self.duplicate_unpaired += other.duplicate_unpaired;
        self.optical_paired += other.optical_paired;
        self.typed += other.typed;
    }

    pub(super) fn finish(&self, library: &str) -> LibraryDuplicatesQc {
        let counts = LibraryDuplicatesQc {
            library: library.to_owned(),
            pairs: self.paired / 2,
            unpaired_reads: self.unpaired,
            duplicate_pairs: self.duplicate_paired / 2,
            duplicate_unpaired_reads: self.duplicate_unpaired,
            optical_duplicate_pairs: (self.typed > 0).then_some(self.optical_paired / 2),
            ..LibraryDuplicatesQc::default()
        };
        counts.with_rates()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{SpecimenRecord, record};
    use wgs_formats::alignment::Aux;

    #[test]
    fn pairs_count_by_both_reads_and_singletons_apart() {
        let read = |flags| record(&SpecimenRecord { flags, ..SpecimenRecord::default() });
        let mut duplicates = Duplicates::default();
        for flags in [0x41, 0x81, 0x441, 0x481, 0x441, 0x481, 0x49, 0x400, 0x449] {
            duplicates.add(&read(flags));
        }
        let qc = duplicates.finish("L");
        assert_eq!((qc.pairs, qc.duplicate_pairs), (3, 2));
        assert_eq!((qc.unpaired_reads, qc.duplicate_unpaired_reads), (3, 2));
        assert_eq!((qc.duplicate_rate, qc.optical_duplicate_pairs), (6.0 / 9.0, None));
        for flags in [0x441, 0x481] {
            let mut optical = read(flags);
            optical.set_aux(*b"DT", Aux::Text(b"SQ")).unwrap();
            duplicates.add(&optical);
        }
        assert_eq!(duplicates.finish("L").optical_duplicate_pairs, Some(1));
    }
}
