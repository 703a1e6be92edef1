//! Quality control of reads while they stream by.

use divan::{Bencher, counter::BytesCount};
use wgs_benches::{bases, pairs};
use wgs_fastqc::{QualityEncoding, ReadGroupAccumulator};

fn main() {
    divan::main();
}

#[divan::bench]
fn add_pairs(bencher: Bencher<'_, '_>) {
    let pairs = pairs();
    bencher
        .counter(BytesCount::new(bases(&pairs)))
        .with_inputs(|| ReadGroupAccumulator::new(QualityEncoding::Phred))
        .bench_values(|mut accumulator| {
            for pair in &pairs {
                let [r1, r2] = pair.reads.each_ref().map(|r| (&r.bases[..], &r.qualities[..]));
                accumulator.add_pair(pair.name.as_bytes(), r1, r2);
            }
            accumulator
        });
}

#[divan::bench]
fn merge_and_finish(bencher: Bencher<'_, '_>) {
    let mut accumulator = ReadGroupAccumulator::new(QualityEncoding::Phred);
    for pair in pairs() {
        let [r1, r2] = pair.reads.each_ref().map(|r| (&r.bases[..], &r.qualities[..]));
        accumulator.add_pair(pair.name.as_bytes(), r1, r2);
    }
    bencher.with_inputs(|| accumulator.clone()).bench_values(|mut sum| {
        sum.merge(&accumulator);
        sum.finish("lane1", None)
    });
}
