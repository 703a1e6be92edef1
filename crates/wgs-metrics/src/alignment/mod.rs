//! Yield, mapping, duplicates, errors, base qualities, insert sizes and GC bias of alignments.

mod compare;
mod cycles;
mod duplicates;
mod gc;
mod groups;
mod insert_size;
mod quality;
mod summary;

use wgs_core::Interval0;
use wgs_formats::{
    alignment::{Header, Record},
    genome::Genome,
    qc::{AlignmentQc, Document, Histogram},
};

use compare::Comparison;
use cycles::{CyclesOf, MismatchCycles, QualityCycles};
use gc::{GcStarts, WINDOW_BP};
use groups::Groups;

/// Gathers the figures of [`AlignmentQc`] from records in any order.
///
/// Accumulators of parts of a file [merge](AlignmentAccumulator::merge) to that of the whole. What
/// the aligner says of mismatches (`NM`, `MD`) is not asked: each base is compared with the genome.
///
/// Mapping quality 255 is none: such reads have a place of their own in the histogram of mapping
/// qualities, and are no reads of quality 5 or better.
///
/// ```
/// use wgs_core::ContigIndex;
/// use wgs_formats::{
///     alignment::{CigarOp, Flags, Header, RecordBuilder},
///     genome::{self, Genome},
/// };
/// use wgs_metrics::AlignmentAccumulator;
///
/// let folder = tempfile::tempdir()?;
/// let (fasta, plain) = (folder.path().join("in.fa"), folder.path().join("genome.fa"));
/// std::fs::write(&fasta, ">chr1\nGGGTACGGGG\n")?;
/// genome::import(&fasta, &plain)?;
/// let genome = Genome::open(&plain)?;
///
/// let mut accumulator = AlignmentAccumulator::new(&genome);
/// let record = RecordBuilder::new(b"read1")
///     .flags(Flags::default())
///     .position(ContigIndex(0), 2)
///     .mapq(60)
///     .cigar(CigarOp::parse(b"2S4M")?)
///     .bases(b"ACGTAT")
///     .quals(&[30; 6])
///     .build()?;
/// accumulator.add(&record);
/// let qc = accumulator.finish(&Header::new(genome.contigs().clone()));
/// assert_eq!((qc.total.mapped_reads, qc.total.mapped_bases, qc.total.q30_rate), (1, 4, 1.0));
/// assert_eq!(qc.r1_mismatch_rate_by_cycle, [0.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct AlignmentAccumulator {
    genome: Genome,
    groups: Groups,
    mapq: [u64; 256],
    /// Of first (or unpaired), and of last reads.
    qualities: [QualityCycles; 2],
    mismatches: [MismatchCycles; 2],
    gc: GcStarts,
    comparison: Comparison,
    /// The genome around the record at hand.
    reference: Vec<u8>,
}

impl AlignmentAccumulator {
    /// An accumulator for records whose contigs are those of a genome.
    pub fn new(genome: &Genome) -> Self {
        Self {
            genome: genome.clone(),
            groups: Groups::default(),
            mapq: [0; 256],
            qualities: Default::default(),
            mismatches: Default::default(),
            gc: GcStarts::default(),
            comparison: Comparison::default(),
            reference: Vec::new(),
        }
    }

    /// Counts a record. One on a contig that the genome does not have is not compared with it.
    pub fn add(&mut self, record: &Record) {
        let flags = record.flags();
        let figures = self.groups.of(record);
        figures.counts.add(record);
        if !flags.is_primary() {
            return;
        }
        let mate = usize::from(flags.is_last() && !flags.is_first());
        figures.qualities.add(record.quals());
        self.qualities[mate].add(record.quals(), flags.is_reverse());
        figures.inserts.add(record);
        if flags.is_unmapped() {
            return;
        }
        figures.duplicates.add(record);
        self.mapq[usize::from(record.mapq())] += 1;
        let Some(around) = Around::fetch(record, &self.genome, &mut self.reference) else {
            return;
        };
        self.gc.add(around.window);
        let mut cycles = CyclesOf {
            cycles: &mut self.mismatches[mate],
            is_reverse: flags.is_reverse(),
            length: record.len(),
        };
        let compared = self.comparison.compare(record, around.aligned, &mut cycles);
        figures.counts.add_compared(compared);
    }

    /// Adds what another accumulator for the same genome has seen.
    pub fn merge(&mut self, other: &Self) {
        self.groups.merge(&other.groups);
        self.mapq.iter_mut().zip(other.mapq).for_each(|(a, b)| *a += b);
        self.qualities.iter_mut().zip(&other.qualities).for_each(|(a, b)| a.merge(b));
        self.mismatches.iter_mut().zip(&other.mismatches).for_each(|(a, b)| a.merge(b));
        self.gc.merge(&other.gc);
    }

    /// The figures of everything seen so far, under the read groups of a header; records of groups
    /// that it does not have count as without. Reads the genome once, for the windows of the GC
    /// bias.
    pub fn finish(&self, header: &Header) -> AlignmentQc {
        let groups = self.groups.named(header);
        let (total, libraries) = (groups.total(), groups.libraries());
        let samples = header.samples();
        AlignmentQc {
            schema: AlignmentQc::SCHEMA.to_owned(),
            sample: (!samples.is_empty()).then(|| samples.join(",")),
            total: total.counts.finish(&total.qualities),
            libraries: libraries.iter().map(|library| library.group_qc()).collect(),
            read_groups: groups.by_read_group(),
            mapping_quality_phred: Histogram::from_dense(&self.mapq),
            base_quality_phred: total.qualities.histogram(),
            r1_mean_quality_phred_by_cycle: self.qualities[0].means(),
            r2_mean_quality_phred_by_cycle: self.qualities[1].means(),
            r1_mismatch_rate_by_cycle: self.mismatches[0].rates(),
            r2_mismatch_rate_by_cycle: self.mismatches[1].rates(),
            insert_sizes: libraries.iter().flat_map(|library| library.insert_sizes()).collect(),
            duplicates: libraries.iter().map(|library| library.duplicates()).collect(),
            gc_bias: self.gc.finish(&self.genome),
        }
    }
}

/// The genome around a mapped record.
struct Around<'a> {
    /// From the record's start to its end, or to that of the contig.
    aligned: &'a [u8],
    /// The window that the read starts in; shorter at the ends of the contig.
    window: &'a [u8],
}

impl<'a> Around<'a> {
    fn fetch(record: &Record, genome: &Genome, buffer: &'a mut Vec<u8>) -> Option<Self> {
        let contig = record.ref_index()?;
        genome.contigs().get(contig)?;
        let (start, end) = (record.start()?, record.end()?);
        let window = if record.flags().is_reverse() {
            end.saturating_sub(WINDOW_BP)..end
        } else {
            start..start + WINDOW_BP
        };
        let first = start.min(window.start);
        let stretch = Interval0::new(first, end.max(window.end)).ok()?;
        genome.fetch_into(contig, stretch, buffer);
        let part = |from: u32, to: u32| {
            let place = |at: u32| ((at - first) as usize).min(buffer.len());
            &buffer[place(from)..place(to)]
        };
        Some(Self { aligned: part(start, end), window: part(window.start, window.end) })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use wgs_core::ContigIndex;

    use super::*;
    use crate::testing::{SpecimenRecord, genome, header, record};

    fn of(records: &[Record]) -> AlignmentQc {
        let (_folder, genome) = genome();
        let mut accumulator = AlignmentAccumulator::new(&genome);
        records.iter().for_each(|record| accumulator.add(record));
        accumulator.finish(&header())
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
    fn bases_are_counted_by_cigar_and_genome() {
        let records = [record(&SpecimenRecord {
            cigar: "2S3M1I2M2D2M",
            bases: "ACGTACGTAC",
            quality: 25,
            ..SpecimenRecord::default()
        })];
        let total = of(&records).total;
        assert_eq!((total.bases, total.mapped_read_bases, total.mapped_bases), (10, 10, 8));
        assert_eq!((total.soft_clipped_bases, total.insertions, total.deletions), (2, 1, 1));
        assert_eq!((total.inserted_bases, total.deleted_bases), (1, 2));
        assert_eq!((total.mismatched_bases, total.compared_bases), (5, 7));
        assert_eq!((total.q20_bases, total.q30_bases), (10, 0));
        assert_eq!((total.mean_quality_phred, total.max_read_length_bp), (25.0, 10));
    }

    #[test]
    fn reads_start_in_windows_of_their_strand() {
        let at = |contig, start, flags| {
            record(&SpecimenRecord { contig, start, flags, ..SpecimenRecord::default() })
        };
        let records = [
            at(0, 300, 0),
            at(0, 300, 0x10),
            at(0, 95, 0),
            at(0, 88, 0x10),
            at(0, 150, 0),
            at(1, 150, 0),
            at(1, 151, 0),
            at(1, 90, 0x10),
            at(1, 89, 0x10),
            at(1, 150, 0x100),
        ];
        let bias = of(&records).gc_bias;
        let bins: Vec<_> =
            bias.bins.iter().map(|b| (b.gc_percent, b.windows, b.read_starts)).collect();
        let windows = (200 - 99 + 4) + (750 - 99 + 4);
        assert_eq!(bins, [(0, windows, 2), (100, 151, 2)]);
        assert_eq!((bias.windows, bias.read_starts), (windows + 151, 4));
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
            let (_folder, genome) = genome();
            let mut whole = AlignmentAccumulator::new(&genome);
            let mut dealt = vec![whole.clone(); parts];
            for (number, record) in records.iter().enumerate() {
                whole.add(record);
                dealt[number % parts].add(record);
            }
            let mut merged = AlignmentAccumulator::new(&genome);
            dealt.iter().rev().for_each(|part| merged.merge(part));
            prop_assert_eq!(merged.finish(&header()), whole.finish(&header()));
            prop_assert!(records.iter().all(|r| r.ref_index() == Some(ContigIndex(0))));
        }
    }
}
