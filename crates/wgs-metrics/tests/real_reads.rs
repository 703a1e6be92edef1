//! Figures of real reads (NA12878, 2x101, hg19 chr20:10.00-10.05M) against those that samtools 1.16
//! and Picard 2.27.5 give for the same file. Skipped where the shared data are absent.

use std::{collections::HashSet, path::PathBuf};

use wgs_core::ContigIndex;
use wgs_formats::{
    alignment::{Header, Reader, Record},
    genome::{self, Genome},
};
use wgs_metrics::{AlignmentAccumulator, CoverageAccumulator, CoverageOptions};
use wgs_testkit::shared_data;

/// The reads, and the genome that they are of.
fn data() -> Option<(PathBuf, tempfile::TempDir, Genome)> {
    let reads = shared_data("na12878-chr20/reads.bam")?;
    let fasta = shared_data("na12878-chr20/genome.fa.gz")?;
    let folder = tempfile::tempdir().expect("a folder");
    let plain = folder.path().join("genome.fa");
    genome::import(&fasta, &plain).expect("the shared genome is whole");
    let genome = Genome::open(&plain).expect("it was just written");
    Some((reads, folder, genome))
}

#[test]
fn alignment_is_as_samtools_and_picard_have_it() {
    let Some((path, _folder, genome)) = data() else { return };
    let mut reader = Reader::open(path, None).unwrap();
    let mut accumulator = AlignmentAccumulator::new(&genome);
    for record in &mut reader {
        accumulator.add(&on_first_contig(record.unwrap()));
    }
    let qc = accumulator.finish(reader.header());
    let t = &qc.total;
    assert_eq!(
        (t.reads, t.mapped_reads, t.duplicate_reads, t.mapq0_reads),
        (26000, 25916, 143, 48)
    );
    assert_eq!((t.first_reads, t.last_reads, t.paired_reads), (12993, 13007, 26000));
    assert_eq!(
        (t.properly_paired_reads, t.both_mapped_reads, t.singleton_reads),
        (25756, 25832, 84)
    );
    assert_eq!((t.mate_on_other_contig_reads, t.mate_on_other_contig_mapq5_reads), (18, 14));
    assert_eq!((t.bases, t.mapped_read_bases, t.mapped_bases), (2_626_000, 2_617_516, 2_606_098));
    assert_eq!(t.duplicate_bases, 14443);
    // The sum of NM, for which the 160 aligned bases N of reads are mismatches.
    let not_compared = t.mapped_bases - t.inserted_bases - t.compared_bases;
    assert_eq!(t.mismatched_bases + not_compared + t.inserted_bases + t.deleted_bases, 11650);
    assert_eq!(format!("{:.1}", t.mean_quality_phred), "36.8");

    let insert = qc.main_insert_size().unwrap();
    assert_eq!((insert.orientation.as_str(), insert.pairs, insert.mode_bp), ("FR", 12827, 332));
    assert_eq!((insert.median_bp, insert.median_absolute_deviation_bp), (319.0, 44.0));
    assert_eq!(format!("{:.6}", insert.mean_bp), "318.806847");
    assert_eq!(format!("{:.6}", insert.standard_deviation_bp), "72.652882");
}

/// `CollectWgsMetrics COVERAGE_CAP=1000 COUNT_UNPAIRED=true`, after the records that the file has
/// twice were left out: Picard tells mates by name alone and counts a copy as a mate.
#[test]
fn coverage_is_as_picard_has_it() {
    let Some((path, _folder, genome)) = data() else { return };
    let header = Header::new(genome.contigs().clone());
    let options = CoverageOptions::default();
    let mut accumulator = CoverageAccumulator::new(&genome, options);
    let mut seen = HashSet::new();
    for record in Reader::open(path, None).unwrap() {
        let record = on_first_contig(record.unwrap());
        if seen.insert(record.clone()) {
            accumulator.add(&record).unwrap();
        }
    }
    let qc = accumulator.finish(&header);
    assert_eq!(seen.len(), 25948);
    assert_eq!((qc.genome.territory_bp, qc.genome.counted_bases), (1_325_000, 2_498_494));
    assert_eq!(format!("{:.6}", qc.genome.mean_depth), "1.885656");
    assert_eq!(format!("{:.6}", qc.genome.standard_deviation_depth), "9.744146");
    let breadths = [1, 10, 20, 30, 50].map(|depth| qc.genome.breadth_at(depth).unwrap());
    let picard = [0.037309, 0.037274, 0.037203, 0.036694, 0.02048];
    for (ours, theirs) in breadths.iter().zip(picard) {
        assert!((ours - theirs).abs() < 1e-6, "{breadths:?}");
    }
    let excluded = qc.excluded;
    let total = (excluded.duplicate_bases
        + excluded.low_mapping_quality_bases
        + excluded.low_base_quality_bases
        + excluded.mate_overlap_bases) as f64;
    let part = |bases: u64| bases as f64 / (total + qc.genome.counted_bases as f64);
    for (bases, picard) in [
        (excluded.duplicate_bases, 0.005525),
        (excluded.low_base_quality_bases, 0.018941),
        (excluded.mate_overlap_bases, 0.010151),
    ] {
        assert!((part(bases) - picard).abs() < 2e-5, "{} {picard}", part(bases));
    }
}

/// The record with its contig, the only one of the genome, at the place that it has there.
fn on_first_contig(mut record: Record) -> Record {
    if let Some(start) = record.start() {
        let same = record.mate_ref_index() == record.ref_index();
        let mate = record.mate_start().filter(|_| same);
        record.set_position(Some((ContigIndex(0), start))).expect("only the contig changed");
        record.set_mate(mate.map(|mate| (ContigIndex(0), mate))).expect("only the contig changed");
    }
    record
}
