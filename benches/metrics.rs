//! The figures of alignments and coverage, from sorted records. Items are records: the mean time of
//! one in microseconds is that of a million in seconds.

use divan::{Bencher, counter::ItemsCount};
use wgs_benches::{header, reference};
use wgs_formats::alignment::Record;
use wgs_metrics::{AlignmentAccumulator, CoverageAccumulator, CoverageOptions};

fn main() {
    divan::main();
}

fn records() -> Vec<Record> {
    wgs_benches::records()
}

#[divan::bench]
fn alignment(bencher: Bencher<'_, '_>) {
    let (records, (_folder, genome)) = (records(), reference());
    bencher.counter(ItemsCount::new(records.len())).bench_local(|| {
        let mut accumulator = AlignmentAccumulator::new(&genome);
        records.iter().for_each(|record| accumulator.add(record));
        accumulator
    });
}

#[divan::bench]
fn coverage(bencher: Bencher<'_, '_>) {
    let (records, header, (_folder, genome)) = (records(), header(), reference());
    bencher.counter(ItemsCount::new(records.len())).bench_local(|| {
        let mut accumulator = CoverageAccumulator::new(&genome, CoverageOptions::default());
        for record in &records {
            accumulator.add(record).expect("the records are sorted");
        }
        accumulator.finish(&header)
    });
}

/// Per base of the genome, once a run.
#[divan::bench]
fn windows(bencher: Bencher<'_, '_>) {
    let (header, (_folder, genome)) = (header(), reference());
    let accumulator = AlignmentAccumulator::new(&genome);
    bencher
        .counter(ItemsCount::new(genome.contigs().total_length()))
        .bench_local(|| accumulator.finish(&header));
}
