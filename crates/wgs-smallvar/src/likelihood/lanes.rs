//! The pair hidden Markov model of [`pair_hmm`](super::pair_hmm) for sixteen reads at a time, one in
//! each lane of vector registers, against one haplotype.
//!
//! The same operations in the same order are compiled for AVX-512, AVX2 and without either, and none
//! of them contracts a multiplication and an addition into one: a read's likelihood has the same bits
//! on every processor. It is computed in `f32`, from a large start so that a read may be 1e-58 times
//! as likely as a sure one; the few below are computed again by the scalar model in `f64`.

mod kernel;

use self::kernel::{START, Work};
use super::pair_hmm::{Band, LN_FLOOR, PairHmm, Query, Target};

/// Reads that are computed together.
pub const LANES: usize = 16;
/// Widest band of a batch in diagonals, unless one read alone asks for more.
const MAX_BATCH_DIAGONALS: i32 = 48;
/// Sums below may have lost terms to underflow.
const LEAST_SUM: f32 = 1e-28;

/// Which instructions compute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instructions {
    /// Those that the target always has.
    Baseline,
    /// 256-bit vectors of x86-64.
    Avx2,
    /// 512-bit vectors of x86-64.
    Avx512,
}

impl Instructions {
    /// The widest that this processor has.
    pub fn detect() -> Self {
        *Self::available().last().unwrap_or(&Self::Baseline)
    }

    /// All that this processor has, the widest last.
    pub fn available() -> Vec<Self> {
        let mut found = vec![Self::Baseline];
        #[cfg(target_arch = "x86_64")]
        {
            if std::is_x86_feature_detected!("avx2") {
                found.push(Self::Avx2);
            }
            if std::is_x86_feature_detected!("avx512f") {
                found.push(Self::Avx512);
            }
        }
        found
    }
}

/// A read to be computed: its number, and the diagonals that it asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Task {
    /// Lowest and highest diagonal.
    diagonals: (i32, i32),
    /// The read.
    pub index: usize,
}

impl Task {
    /// A read with its band.
    pub fn new(index: usize, band: Band) -> Self {
        Self { diagonals: (band.low, band.high), index }
    }
}

/// Computes likelihoods, keeping its buffers.
#[derive(Clone, Debug)]
pub struct LaneHmm {
    instructions: Instructions,
    scalar: PairHmm,
    work: Work,
}

impl Default for LaneHmm {
    fn default() -> Self {
        Self::new(Instructions::detect())
    }
}

impl LaneHmm {
    /// Computes with these instructions.
    ///
    /// # Panics
    ///
    /// If the processor does not have them.
    pub fn new(instructions: Instructions) -> Self {
        assert!(Instructions::available().contains(&instructions), "{instructions:?} is not there");
        Self { instructions, scalar: PairHmm::default(), work: Work::default() }
    }

    /// Natural logarithms of the probabilities of reads given a haplotype, each within the band of
    /// the batch that it is computed in, which holds its own: handed to `take` with the index of the
    /// read. Batches follow from the bands, not from the instructions.
    pub fn ln_likelihoods(
        &mut self,
        queries: &[Query],
        tasks: &mut [Task],
        target: &Target,
        mut take: impl FnMut(usize, f64),
    ) {
        tasks.sort_unstable();
        self.work.set_target(target);
        let mut rest = &*tasks;
        while !rest.is_empty() {
            let (batch, band) = next_batch(rest);
            rest = &rest[batch.len()..];
            let sums = self.sums(queries, batch, target, band);
            for (task, sum) in batch.iter().zip(sums) {
                let value = if sum >= LEAST_SUM {
                    f64::from(sum).ln() - f64::from(START).ln()
                } else {
                    self.scalar.ln_likelihood(&queries[task.index], target, band, None)
                };
                take(task.index, value.max(LN_FLOOR));
            }
        }
    }

    fn sums(
        &mut self,
        queries: &[Query],
        batch: &[Task],
        target: &Target,
        band: Band,
    ) -> [f32; LANES] {
        self.work.set_queries(batch.iter().map(|task| &queries[task.index]));
        let columns = target.len();
        let work = &mut self.work;
        match self.instructions {
            Instructions::Baseline => kernel::forward(work, columns, band),
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "the constructor has seen that the processor has AVX2")]
            Instructions::Avx2 => unsafe { kernel::vector::forward_avx2(work, columns, band) },
            #[cfg(target_arch = "x86_64")]
            #[expect(
                unsafe_code,
                reason = "the constructor has seen that the processor has AVX-512"
            )]
            Instructions::Avx512 => unsafe { kernel::vector::forward_avx512(work, columns, band) },
            #[cfg(not(target_arch = "x86_64"))]
            _ => kernel::forward(work, columns, band),
        }
    }
}

/// The first tasks that fit one batch, and the band that holds theirs.
fn next_batch(tasks: &[Task]) -> (&[Task], Band) {
    let (mut low, mut high) = tasks[0].diagonals;
    let mut len = 1;
    for task in tasks[1..].iter().take(LANES - 1) {
        let wider = (low.min(task.diagonals.0), high.max(task.diagonals.1));
        if wider != (low, high) && wider.1 - wider.0 > MAX_BATCH_DIAGONALS {
            break;
        }
        (low, high) = wider;
        len += 1;
    }
    (&tasks[..len], Band { low, high })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn computed(
        instructions: Instructions,
        queries: &[Query],
        bands: &[Band],
        target: &Target,
    ) -> Vec<f64> {
        let mut tasks: Vec<Task> =
            bands.iter().enumerate().map(|(i, &band)| Task::new(i, band)).collect();
        let mut values = vec![f64::NAN; queries.len()];
        LaneHmm::new(instructions)
            .ln_likelihoods(queries, &mut tasks, target, |index, value| values[index] = value);
        values
    }

    /// Mutated pieces of a haplotype, and their diagonals.
    fn pieces(haplotype: &[u8], seeds: &[u64]) -> (Vec<Query>, Vec<Band>) {
        let make = |&seed: &u64| {
            let mix = |i: u64, n: u64| {
                (seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(i as u32 * 7) >> 20) % n
            };
            let start = mix(0, haplotype.len() as u64 - 10) as usize;
            let end = (start + 10 + mix(1, 90) as usize).min(haplotype.len());
            let mut bases = haplotype[start..end].to_vec();
            for i in 0..mix(2, 6) {
                let at = mix(3 + i, bases.len() as u64) as usize;
                match mix(9 + i, 4) {
                    0 => drop(bases.remove(at)),
                    1 => bases.insert(at, b'G'),
                    2 => bases[at] = b'N',
                    _ => bases[at] = b'T',
                }
            }
            let quals: Vec<u8> = (0..bases.len()).map(|i| 2 + mix(i as u64, 45) as u8).collect();
            let diagonal = start as i32;
            (Query::new(&bases, &quals), Band { low: diagonal - 8, high: diagonal + 8 })
        };
        seeds.iter().map(make).unzip()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]
        #[test]
        fn lanes_are_the_scalar_model_and_the_same_for_all_instructions(
            haplotype in "[ACGT]{30,80}A{2,14}(CA){1,9}[ACGTN]{30,80}",
            seeds in prop::collection::vec(any::<u64>(), 1..40),
        ) {
            let target = Target::new(haplotype.as_bytes());
            let (queries, _) = pieces(haplotype.as_bytes(), &seeds);
            // One band for all, so that the scalar model sees the same.
            let band = Band { low: -20, high: haplotype.len() as i32 };
            let bands = vec![band; queries.len()];
            let lanes = computed(Instructions::Baseline, &queries, &bands, &target);
            let mut scalar = PairHmm::default();
            for (query, value) in queries.iter().zip(&lanes) {
                let expected = scalar.ln_likelihood(query, &target, band, None);
                let difference = (expected - value).abs() / std::f64::consts::LN_10;
                prop_assert!(difference < 1e-5, "{expected} {value}");
            }
            let (queries, bands) = pieces(haplotype.as_bytes(), &seeds);
            let baseline = computed(Instructions::Baseline, &queries, &bands, &target);
            for instructions in Instructions::available() {
                let other = computed(instructions, &queries, &bands, &target);
                prop_assert_eq!(&other, &baseline, "{:?}", instructions);
            }
        }
    }

    #[test]
    fn what_underflows_is_computed_in_double_precision() {
        let haplotype = "GATTACACGTGCATCGATTCGGCTAGGCTTAACG";
        let target = Target::new(haplotype.as_bytes());
        let other: Vec<u8> =
            haplotype.bytes().map(|b| if b == b'A' { b'C' } else { b'A' }).collect();
        let queries = [Query::new(&other, &[60; 34]), Query::new(haplotype.as_bytes(), &[30; 34])];
        let band = Band { low: 0, high: 0 };
        let values = computed(Instructions::detect(), &queries, &[band; 2], &target);
        let expected = PairHmm::default().ln_likelihood(&queries[0], &target, band, None);
        assert!(expected < -200.0 && values[0] == expected, "{values:?} {expected}");
        assert!(values[1] > -0.1);
    }

    #[test]
    fn reads_beyond_the_haplotype_and_no_reads() {
        let target = Target::new(b"GATTACA");
        let queries = [Query::new(b"GATTACA", &[30; 7]), Query::new(b"", &[])];
        let far = Band { low: 50, high: 60 };
        let values = computed(Instructions::detect(), &queries, &[far; 2], &target);
        assert_eq!(values, [LN_FLOOR; 2]);
        assert_eq!(computed(Instructions::detect(), &[], &[], &target), Vec::<f64>::new());
    }

    #[test]
    fn batches_are_bounded_in_reads_and_in_width() {
        let task = |i: usize, low| Task::new(i, Band { low, high: low + 16 });
        let near: Vec<Task> = (0..20).map(|i| task(i, 3)).collect();
        assert_eq!(next_batch(&near).0.len(), LANES);
        let spread: Vec<Task> = (0..10).map(|i| task(i, 10 * i as i32)).collect();
        let (batch, band) = next_batch(&spread);
        assert_eq!((batch.len(), band), (4, Band { low: 0, high: 46 }));
        let wide = [Task::new(0, Band { low: 0, high: 90 }), task(1, 20)];
        assert_eq!(next_batch(&wide).0.len(), 2, "it costs nothing");
    }
}
