//! Yield, mapping, duplicates, errors, base qualities and insert sizes of alignments.

mod groups;
mod insert_size;
mod quality;
mod summary;

use wgs_formats::{
    alignment::{Header, Record},
    qc::{AlignmentQc, Document, Histogram},
};

use groups::Groups;
use insert_size::InsertSizes;
use quality::Qualities;
use summary::Counts;

/// Gathers the figures of [`AlignmentQc`] from records in any order.
///
/// Mapping quality 255 is none: such reads have a place of their own in the histogram of mapping
/// qualities, and are no reads of quality 5 or better.
///
/// Accumulators of parts of a file [merge](AlignmentAccumulator::merge) to that of the whole.
///
/// ```
/// use wgs_core::{Contig, ContigIndex, ContigList};
/// use wgs_formats::alignment::{CigarOp, Flags, Header, RecordBuilder};
/// use wgs_metrics::AlignmentAccumulator;
///
/// let header = Header::new(ContigList::new(vec![Contig::new("chr1", 1000)])?);
/// let mut accumulator = AlignmentAccumulator::new(&header);
/// let record = RecordBuilder::new(b"read1")
///     .flags(Flags::default())
///     .position(ContigIndex(0), 99)
///     .mapq(60)
///     .cigar(CigarOp::parse(b"2S4M")?)
///     .bases(b"ACGTAC")
///     .quals(&[30; 6])
///     .build()?;
/// accumulator.add(&record);
/// let qc = accumulator.finish();
/// assert_eq!((qc.total.mapped_reads, qc.total.mapped_bases, qc.total.q30_rate), (1, 4, 1.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct AlignmentAccumulator {
    groups: Groups,
    mapq: [u64; 256],
    qualities: Qualities,
    inserts: InsertSizes,
}

impl AlignmentAccumulator {
    /// An accumulator for the read groups of a header.
    pub fn new(header: &Header) -> Self {
        let groups = Groups::new(header);
        let inserts = InsertSizes::new(groups.libraries().len());
        Self { groups, mapq: [0; 256], qualities: Qualities::default(), inserts }
    }

    /// Counts a record. One whose read group the header does not have counts as without group.
    pub fn add(&mut self, record: &Record) {
        let (flags, group) = (record.flags(), self.groups.of(record));
        self.groups.counts_mut(group).add(record);
        if !flags.is_primary() {
            return;
        }
        self.qualities.add(record);
        if !flags.is_unmapped() {
            self.mapq[usize::from(record.mapq())] += 1;
        }
        self.inserts.add(self.groups.library_of(group), record);
    }

    /// Adds what another accumulator, made from the same header, has seen.
    ///
    /// # Panics
    ///
    /// If it was made from a header with other read groups.
    pub fn merge(&mut self, other: &Self) {
        self.groups.merge(&other.groups);
        self.mapq.iter_mut().zip(other.mapq).for_each(|(a, b)| *a += b);
        self.qualities.merge(&other.qualities);
        self.inserts.merge(&other.inserts);
    }

    /// The figures of everything seen so far.
    pub fn finish(&self) -> AlignmentQc {
        let [r1_mean_quality_phred_by_cycle, r2_mean_quality_phred_by_cycle] =
            self.qualities.means_by_cycle();
        AlignmentQc {
            schema: AlignmentQc::SCHEMA.to_owned(),
            sample: self.groups.sample(),
            total: self.groups.total().finish(),
            libraries: self.groups.by_library(),
            read_groups: self.groups.by_read_group(),
            mapping_quality_phred: Histogram::from_dense(&self.mapq),
            base_quality_phred: self.qualities.histogram(),
            r1_mean_quality_phred_by_cycle,
            r2_mean_quality_phred_by_cycle,
            insert_sizes: self.inserts.finish(self.groups.libraries()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use wgs_core::ContigIndex;

    use super::*;
    use crate::testing::{SpecimenRecord, header, record};

    fn of(records: &[Record]) -> AlignmentQc {
        let mut accumulator = AlignmentAccumulator::new(&header());
        records.iter().for_each(|record| accumulator.add(record));
        accumulator.finish()
    }

    #[test]
    fn records_are_classed_by_flag() {
        let pair = SpecimenRecord { flags: 0x63, ..SpecimenRecord::default() };
        let records = [
            record(&pair),
            record(&SpecimenRecord { flags: 0x93 | 0x400, ..pair.clone() }),
            record(&SpecimenRecord { flags: 0x163, ..pair.clone() }),
            record(&SpecimenRecord { flags: 0x863, ..pair.clone() }),
            record(&SpecimenRecord { flags: 0x49 | 0x200, ..pair.clone() }),
            record(&SpecimenRecord { flags: 0x85, cigar: "*", ..pair.clone() }),
        ];
        let total = of(&records).total;
        assert_eq!((total.records, total.reads), (6, 4));
        assert_eq!((total.secondary_records, total.supplementary_records), (1, 1));
        assert_eq!((total.mapped_reads, total.duplicate_reads, total.qc_failed_reads), (3, 1, 1));
        assert_eq!((total.properly_paired_reads, total.singleton_reads), (2, 1));
        assert_eq!((total.first_reads, total.last_reads, total.paired_reads), (2, 2, 4));
        assert_eq!((total.both_mapped_reads, total.reverse_reads), (2, 1));
        assert_eq!((total.mapped_rate, total.properly_paired_rate), (0.75, 0.5));
        assert_eq!(total.duplicate_rate, 1.0 / 3.0);
    }

    #[test]
    fn bases_are_counted_by_cigar_and_nm() {
        let records = [record(&SpecimenRecord {
            cigar: "2S3M1I2M2D2M",
            bases: "ACGTACGTAC",
            quality: 25,
            nm: Some(5),
            ..SpecimenRecord::default()
        })];
        let total = of(&records).total;
        assert_eq!((total.bases, total.mapped_read_bases, total.mapped_bases), (10, 10, 8));
        assert_eq!((total.soft_clipped_bases, total.insertions, total.deletions), (2, 1, 1));
        assert_eq!((total.inserted_bases, total.deleted_bases), (1, 2));
        assert_eq!((total.mismatched_bases, total.compared_bases), (2, 7));
        assert_eq!((total.q20_bases, total.q30_bases), (10, 0));
        assert_eq!((total.mean_quality_phred, total.max_read_length_bp), (25.0, 10));
    }

    #[test]
    fn mates_on_other_contigs() {
        let apart =
            SpecimenRecord { flags: 0x61, mate: Some((1, 5)), mapq: 4, ..Default::default() };
        let far = SpecimenRecord { mapq: 5, ..apart.clone() };
        let unavailable = SpecimenRecord { mapq: 255, ..apart.clone() };
        let total = of(&[record(&apart), record(&far), record(&unavailable)]).total;
        assert_eq!(total.mate_on_other_contig_reads, 3);
        assert_eq!(total.mate_on_other_contig_mapq5_reads, 1);
    }

    #[test]
    fn groups_and_libraries_add_up_to_the_total() {
        let of_group = |group| {
            record(&SpecimenRecord { read_group: group, flags: 0, ..SpecimenRecord::default() })
        };
        let qc =
            of(&[of_group(Some("a1")), of_group(Some("a2")), of_group(Some("b1")), of_group(None)]);
        let ids: Vec<_> = qc.read_groups.iter().map(|g| (g.id.as_str(), g.summary.reads)).collect();
        assert_eq!(ids, [("a1", 1), ("a2", 1), ("b1", 1), ("", 1)]);
        let libraries: Vec<_> =
            qc.libraries.iter().map(|l| (l.id.as_str(), l.summary.reads)).collect();
        assert_eq!(libraries, [("A", 2), ("B", 1), ("", 1)]);
        assert_eq!((qc.total.reads, qc.sample.as_deref()), (4, Some("S1")));
    }

    #[test]
    fn reads_of_an_undeclared_group_count_as_without() {
        let stray = SpecimenRecord { read_group: Some("nobody"), ..SpecimenRecord::default() };
        let qc = of(&[record(&stray)]);
        assert_eq!(
            qc.read_groups.last().map(|g| (g.id.as_str(), g.summary.records)),
            Some(("", 1))
        );
    }

    #[test]
    fn cycles_follow_the_sequencer_not_the_strand() {
        let quality = |flags| {
            let mut bytes =
                record(&SpecimenRecord { flags, bases: "ACG", cigar: "3M", ..Default::default() });
            bytes = crate::testing::with_quals(&bytes, &[10, 20, 30]);
            of(&[bytes])
        };
        assert_eq!(quality(0).r1_mean_quality_phred_by_cycle, [10.0, 20.0, 30.0]);
        assert_eq!(quality(0x10).r1_mean_quality_phred_by_cycle, [30.0, 20.0, 10.0]);
        let second = quality(0x1 | 0x80 | 0x8 | 0x10);
        assert_eq!(second.r2_mean_quality_phred_by_cycle, [30.0, 20.0, 10.0]);
        assert!(second.r1_mean_quality_phred_by_cycle.is_empty());
    }

    fn any_record() -> impl Strategy<Value = Record> {
        let group = proptest::sample::select(vec![Some("a1"), Some("b1"), None]);
        (0..0x1000u16, 0..900u32, 0..61u8, -400..400i32, group, 2..40u8).prop_map(
            |(flags, start, mapq, template_length, read_group, quality)| {
                record(&SpecimenRecord {
                    flags,
                    start,
                    mapq,
                    template_length,
                    read_group,
                    quality,
                    mate: Some((0, 300)),
                    ..SpecimenRecord::default()
                })
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn merged_accumulators_equal_one(
            records in proptest::collection::vec(any_record(), 0..60),
            parts in 1..4usize,
        ) {
            let mut whole = AlignmentAccumulator::new(&header());
            let mut dealt = vec![whole.clone(); parts];
            for (number, record) in records.iter().enumerate() {
                whole.add(record);
                dealt[number % parts].add(record);
            }
            let mut merged = AlignmentAccumulator::new(&header());
            dealt.iter().rev().for_each(|part| merged.merge(part));
            prop_assert_eq!(merged.finish(), whole.finish());
            prop_assert!(records.iter().all(|r| r.ref_index() == Some(ContigIndex(0))));
        }
    }
}
