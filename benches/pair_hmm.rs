//! The pair hidden Markov model of the small variant caller: cells of the dynamic programme, each of
//! one base of a read and one of a haplotype, without a band.
//!
//! `cargo bench --package wgs-benches --profile fast --bench pair_hmm`; items are cells, so that
//! 1 Gitem/s is 1 GCUPS.

use divan::{Bencher, counter::ItemsCount};
use wgs_smallvar::likelihood::{
    lanes::{Instructions, LaneHmm, Task},
    pair_hmm::{Band, PairHmm, Query, Target},
};

const READS: usize = 64;
const READ_BASES: usize = 120;
const HAPLOTYPE_BASES: usize = 240;

fn main() {
    divan::main();
}

/// Reads with a few errors, and the haplotype that they are of.
fn reads() -> (Vec<Query>, Target) {
    let mut random = wgs_testkit::Random::new(1, "pair_hmm");
    let haplotype: Vec<u8> = (0..HAPLOTYPE_BASES).map(|_| random.base(0.45)).collect();
    let mut queries = Vec::new();
    for _ in 0..READS {
        let start = random.below((HAPLOTYPE_BASES - READ_BASES) as u32) as usize;
        let mut bases = haplotype[start..start + READ_BASES].to_vec();
        for base in &mut bases {
            if random.chance(0.005) {
                *base = random.other_base(*base);
            }
        }
        queries.push(Query::new(&bases, &[32; READ_BASES]));
    }
    (queries, Target::new(&haplotype))
}

const WHOLE: Band = Band { low: -(READ_BASES as i32), high: HAPLOTYPE_BASES as i32 };

fn cells() -> ItemsCount {
    ItemsCount::new(READS * READ_BASES * HAPLOTYPE_BASES)
}

/// Sixteen reads at a time.
#[divan::bench(args = Instructions::available())]
fn lanes(bencher: Bencher<'_, '_>, instructions: &Instructions) {
    let (queries, target) = reads();
    let mut hmm = LaneHmm::new(*instructions);
    bencher.counter(cells()).bench_local(|| {
        let mut tasks: Vec<Task> = (0..READS).map(|i| Task::new(i, WHOLE)).collect();
        let mut sum = 0.0;
        hmm.ln_likelihoods(&queries, &mut tasks, &target, |_, value| sum += value);
        sum
    });
}

/// One read at a time in `f64`.
#[divan::bench]
fn scalar(bencher: Bencher<'_, '_>) {
    let (queries, target) = reads();
    let mut hmm = PairHmm::default();
    bencher.counter(cells()).bench_local(|| {
        let one = |query| hmm.ln_likelihood(query, &target, WHOLE, None);
        queries.iter().map(one).sum::<f64>()
    });
}
