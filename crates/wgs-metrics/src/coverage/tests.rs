use proptest::prelude::*;
use wgs_core::{Interval0, Region};
use wgs_formats::{bed::Regions, qc::Histogram};

use super::*;
use crate::testing::{SpecimenRecord, genome, header, record};

fn coverage(records: &[Record], options: CoverageOptions) -> CoverageQc {
    let (_folder, genome) = genome();
    let mut accumulator = CoverageAccumulator::new(&genome, options);
    for record in records {
        accumulator.add(record).unwrap();
    }
    accumulator.finish(&header())
}

fn of(specimens: &[SpecimenRecord]) -> CoverageQc {
    coverage(&specimens.iter().map(record).collect::<Vec<_>>(), CoverageOptions::default())
}

fn pair(start: u32, mate: u32) -> [SpecimenRecord; 2] {
    let read = |start, mate, flags| SpecimenRecord {
        name: format!("p{start}"),
        start,
        mate: Some((0, mate)),
        flags,
        ..Default::default()
    };
    let mut mates = [read(start, mate, 0x61), read(mate, start, 0x91)];
    mates[1].name.clone_from(&mates[0].name.clone());
    mates
}

#[test]
fn reads_side_by_side_and_on_one_another() {
    let at = |start| SpecimenRecord { start, ..Default::default() };
    let qc = of(&[at(100), at(105), at(300)]);
    assert_eq!(qc.depth_histogram, [(0, 1175), (1, 20), (2, 5)].into_iter().collect());
    assert_eq!((qc.genome.territory_bp, qc.genome.counted_bases), (1200, 30));
    assert_eq!(qc.genome.breadth_at(1), Some(25.0 / 1200.0));
    let means: Vec<_> =
        qc.contigs.iter().map(|c| (c.name.as_str(), c.summary.mean_depth)).collect();
    assert_eq!(means, [("one", 30.0 / 950.0), ("two", 0.0)]);
    assert_eq!((qc.autosomes, qc.targets, qc.sample.as_deref()), (None, None, Some("S1")));
}

#[test]
fn overlapping_mates_count_once() {
    let qc = of(&pair(100, 104));
    assert_eq!((qc.genome.counted_bases, qc.excluded.mate_overlap_bases), (14, 6));
    assert_eq!(qc.depth_histogram.max(), Some(1));
    assert_eq!(of(&pair(100, 110)).excluded.mate_overlap_bases, 0);
}

#[test]
fn what_the_first_mate_reads_badly_the_second_covers() {
    let mates = pair(100, 104).map(|specimen| record(&specimen));
    let first = crate::testing::with_quals(&mates[0], &[30, 30, 30, 30, 30, 2, 2, 30, 30, 30]);
    let qc = coverage(&[first, mates[1].clone()], CoverageOptions::default());
    assert_eq!((qc.genome.counted_bases, qc.excluded.mate_overlap_bases), (14, 4));
    assert_eq!(qc.excluded.low_base_quality_bases, 2);
}

#[test]
fn a_mate_that_does_not_count_hides_nothing() {
    let mut mates = pair(100, 104);
    mates[0].mapq = 3;
    let qc = of(&mates);
    assert_eq!((qc.genome.counted_bases, qc.excluded.mate_overlap_bases), (10, 0));
    assert_eq!(qc.excluded.low_mapping_quality_bases, 10);
}

#[test]
fn reads_without_mapping_quality_count() {
    let of_quality = |mapq| of(&[SpecimenRecord { mapq, ..Default::default() }]);
    assert_eq!(of_quality(255).genome.counted_bases, 10);
    assert_eq!(of_quality(19).genome.counted_bases, 0);
}

#[test]
fn each_excluded_base_has_one_reason() {
    let with = |flags, mapq, quality| SpecimenRecord { flags, mapq, quality, ..Default::default() };
    let qc = of(&[
        with(0x100 | 0x400, 60, 30),
        with(0x200, 0, 30),
        with(0x400, 0, 2),
        with(0, 19, 2),
        with(0, 20, 19),
        with(0, 20, 20),
        with(0x4, 60, 30),
        with(0x800, 60, 30),
    ]);
    let expected = ExcludedBases {
        secondary_bases: 10,
        qc_failed_bases: 10,
        duplicate_bases: 10,
        low_mapping_quality_bases: 10,
        low_base_quality_bases: 10,
        ..Default::default()
    };
    assert_eq!((qc.excluded, qc.genome.counted_bases), (expected, 20));
}

#[test]
fn unknown_reference_bases_are_no_territory() {
    let qc = of(&[SpecimenRecord { start: 195, ..Default::default() }]);
    assert_eq!((qc.genome.counted_bases, qc.excluded.reference_n_bases), (5, 5));
    assert_eq!(qc.contigs[0].summary.territory_bp, 950);
}

#[test]
fn reads_may_hang_over_the_end_of_a_contig() {
    let qc = of(&[SpecimenRecord { start: 995, ..Default::default() }]);
    assert_eq!(qc.genome.counted_bases, 5);
}

#[test]
fn targets_count_by_themselves() {
    let interval = Interval0::new(103, 205).unwrap();
    let targets = Regions::new([
        Region { contig: ContigIndex(0), interval },
        Region { contig: ContigIndex(1), interval: Interval0::new(0, 3).unwrap() },
    ]);
    let options = CoverageOptions { targets: Some(targets), ..Default::default() };
    let qc = coverage(&[record(&SpecimenRecord::default())], options);
    let targets = qc.targets.unwrap();
    assert_eq!((targets.territory_bp, targets.counted_bases), (97 + 3, 7));
}

#[test]
fn track_and_gc_bias() {
    let on_two = SpecimenRecord { contig: 1, start: 240, ..Default::default() };
    let qc = of(&[SpecimenRecord { start: 0, ..Default::default() }, on_two]);
    let track = qc.track.unwrap();
    assert_eq!(track.window_bp, 100);
    assert_eq!(track.contigs[0].mean_depth.len(), 10);
    assert_eq!(track.contigs[0].mean_depth[0], Some(0.1));
    assert_eq!(track.contigs[1].mean_depth, [Some(0.0), Some(0.0), Some(0.2)]);
    let bins: Vec<_> = qc.gc_bias.iter().map(|b| (b.gc_percent, b.windows, b.mean_depth)).collect();
    assert_eq!(bins, [(0, 9, 10.0 / 900.0), (100, 2, 0.0)]);
}

#[test]
fn deep_positions_share_the_last_bin() {
    let options = CoverageOptions { max_histogram_depth: 1, ..Default::default() };
    let qc = coverage(&vec![record(&SpecimenRecord::default()); 150], options);
    assert_eq!((qc.depth_histogram.max(), qc.counted.max_histogram_depth), (Some(100), 100));
    assert_eq!((qc.genome.counted_bases, qc.genome.breadth_at(100)), (1500, Some(10.0 / 1200.0)));
}

#[test]
fn disorder_is_refused_and_contigs_may_come_in_any_order() {
    let (_folder, genome) = genome();
    let at = |contig, start| record(&SpecimenRecord { contig, start, ..Default::default() });
    let run = |records: &[Record]| {
        let options = CoverageOptions::default();
        let mut accumulator = CoverageAccumulator::new(&genome, options);
        records.iter().try_for_each(|r| accumulator.add(r)).map(|()| accumulator.finish(&header()))
    };
    assert!(run(&[at(0, 100), at(0, 99)]).unwrap_err().to_string().contains("contig one"));
    assert!(run(&[at(0, 100), at(1, 5), at(0, 200)]).is_err());
    let specimen = SpecimenRecord { start: 5000, ..Default::default() };
    assert!(run(&[record(&specimen), at(0, 3)]).is_err());
    let other = run(&[at(1, 5), at(0, 100)]).unwrap();
    assert_eq!(other, run(&[at(0, 100), at(1, 5)]).unwrap());
    assert_eq!(other.contigs[0].name, "one");
}

#[test]
fn autosomes_by_name() {
    for name in ["chr1", "22", "chr10"] {
        assert!(is_autosome(name), "{name}");
    }
    for name in ["chrX", "0", "chr23", "chr01", "chr+1", "chr1_alt", "MT"] {
        assert!(!is_autosome(name), "{name}");
    }
}

/// Depths by looking at each position of each template.
fn counted_naively(records: &[Record]) -> Vec<u32> {
    let mut seen = std::collections::BTreeSet::new();
    let mut depths = vec![0; 1000];
    for (number, record) in records.iter().enumerate() {
        let template = if record.flags().is_paired() {
            String::from_utf8_lossy(record.name()).into_owned()
        } else {
            format!("!{number}")
        };
        let start = record.start().unwrap();
        for (position, _) in (start..1000).zip(record.quals()).filter(|(_, q)| **q >= 20) {
            if seen.insert((template.clone(), position)) {
                depths[position as usize] += 1;
            }
        }
    }
    depths
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn depths_are_those_of_a_naive_count(
        pairs in proptest::collection::vec((0..995u32, 0..20u32, any::<bool>(), 0..1024u32), 0..60),
    ) {
        let mut records = Vec::new();
        for (number, (start, apart, paired, low)) in pairs.into_iter().enumerate() {
            let mates = pair(start, (start + apart).min(995));
            for (mate, specimen) in mates.into_iter().enumerate() {
                let flags = if paired { specimen.flags } else { 0 };
                let read = SpecimenRecord { name: format!("t{number}"), flags, ..specimen };
                let low = low.rotate_right(5 * mate as u32);
                let quals: Vec<u8> = (0..10).map(|i| if low >> i & 1 == 1 { 2 } else { 30 }).collect();
                records.push(crate::testing::with_quals(&record(&read), &quals));
            }
        }
        records.sort_by_key(|r| r.start());
        let depths = counted_naively(&records);
        let qc = coverage(&records, CoverageOptions::default());
        let known = depths.iter().enumerate().filter(|(at, _)| !(200..250).contains(at));
        let mut expected = Histogram::default();
        known.for_each(|(_, &depth)| expected.add(depth, 1));
        expected.add(0, 250);
        prop_assert_eq!(qc.depth_histogram, expected);
    }
}
