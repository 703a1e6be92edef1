//! Bases and qualities by sequencing cycle.
//!
//! What happens for every base goes to small counters of 8 and 16 bits, which stay in the nearest
//! cache, and from there to wide ones before they can overflow.

use wgs_formats::qc::{fastq::CycleQc, rate};

use crate::masks::{MAX_CYCLES, Masks, STEP, StepCounts};

/// Highest quality of FASTQ, `~`.
pub(crate) const MAX_PHRED: usize = 93;

/// Counters by quality: some more than there are, for whole cache lines.
const QUALITIES: usize = 96;

/// Reads after which the counts of bases may be full.
const FULL_BASES: u32 = 255;
/// Reads after which the counts of qualities may be full.
const FULL_QUALITIES: u32 = 65_535;

/// Wide counts of one cycle, or of all together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cycle {
    /// A, C, G, T.
    pub(crate) bases: [u64; 4],
    pub(crate) qualities: [u64; QUALITIES],
}

pub(crate) const EMPTY_CYCLE: Cycle = Cycle { bases: [0; 4], qualities: [0; QUALITIES] };

impl Cycle {
    pub(crate) fn merge(&mut self, other: &Self) {
        add_all(&mut self.bases, &other.bases);
        add_all(&mut self.qualities, &other.qualities);
    }

    pub(crate) fn qualities_from(&self, phred: usize) -> u64 {
        self.qualities[phred..].iter().sum()
    }

    pub(crate) fn mean_phred(&self) -> f64 {
        let sum = (0..).zip(self.qualities).map(|(phred, count)| phred * count).sum();
        rate(sum, self.qualities_from(0))
    }

    /// The smallest quality with `percent` of the counts at or below it.
    fn percentile(&self, percent: u64) -> u8 {
        let rank = (self.qualities_from(0) * percent).div_ceil(100).max(1);
        let mut seen = 0;
        let place = self.qualities.iter().position(|count| {
            seen += count;
            seen >= rank
        });
        place.unwrap_or(0) as u8
    }

    /// `reads` is how many reads reach the cycle.
    pub(crate) fn finish(&self, reads: u64) -> CycleQc {
        let [a, c, g, t] = self.bases;
        let [a_rate, c_rate, g_rate, t_rate] = self.bases.map(|count| rate(count, reads));
        CycleQc {
            bases: reads,
            mean_phred: self.mean_phred(),
            p10_phred: self.percentile(10),
            p25_phred: self.percentile(25),
            p50_phred: self.percentile(50),
            p75_phred: self.percentile(75),
            p90_phred: self.percentile(90),
            a_rate,
            c_rate,
            g_rate,
            t_rate,
            n_rate: rate(reads - (a + c + g + t), reads),
        }
    }
}

/// Counts of the first [`MAX_CYCLES`] cycles.
#[derive(Clone, Debug)]
pub(crate) struct CycleCounts {
    new_bases: Vec<StepCounts>,
    new_qualities: Vec<[u16; QUALITIES]>,
    /// Reads that the new counts hold.
    pending: [u32; 2],
    cycles: Vec<Cycle>,
}

impl CycleCounts {
    pub(crate) fn new() -> Self {
        Self {
            new_bases: Vec::new(),
            new_qualities: Vec::new(),
            pending: [0; 2],
            cycles: Vec::new(),
        }
    }

    /// Makes room for reads of this length.
    fn reserve(&mut self, length: usize) {
        if self.cycles.len() < length {
            self.cycles.resize(length, EMPTY_CYCLE);
            self.new_bases.resize(length.div_ceil(STEP), [[0; STEP]; 4]);
            self.new_qualities.resize(length, [0; QUALITIES]);
        }
    }

    /// Counts a read's bases, which `masks` takes.
    pub(crate) fn add_bases(&mut self, bases: &[u8], masks: &mut Masks) {
        self.reserve(bases.len().min(MAX_CYCLES));
        if self.pending[0] == FULL_BASES {
            self.flush_bases();
        }
        self.pending[0] += 1;
        masks.take(bases, &mut self.new_bases);
    }

    /// Counts a read's qualities, as written plus `offset`; those beyond [`MAX_PHRED`] as that.
    /// The sum of them all.
    pub(crate) fn add_qualities(&mut self, qualities: &[u8], offset: u8) -> u64 {
        let qualities = &qualities[..qualities.len().min(MAX_CYCLES)];
        self.reserve(qualities.len());
        if self.pending[1] == FULL_QUALITIES {
            self.flush_qualities();
        }
        self.pending[1] += 1;
        count_qualities(qualities, offset, &mut self.new_qualities)
    }

    fn flush_bases(&mut self) {
        add_bases(&mut self.cycles, &self.new_bases);
        self.new_bases.fill([[0; STEP]; 4]);
        self.pending[0] = 0;
    }

    fn flush_qualities(&mut self) {
        add_qualities(&mut self.cycles, &self.new_qualities);
        self.new_qualities.fill([0; QUALITIES]);
        self.pending[1] = 0;
    }

    /// Number of cycles of the longest read.
    pub(crate) fn len(&self) -> usize {
        self.cycles.len()
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.reserve(other.len());
        self.cycles.iter_mut().zip(other.finish()).for_each(|(a, b)| a.merge(&b));
    }

    /// Everything counted.
    pub(crate) fn finish(&self) -> Vec<Cycle> {
        let mut cycles = self.cycles.clone();
        add_bases(&mut cycles, &self.new_bases);
        add_qualities(&mut cycles, &self.new_qualities);
        cycles
    }
}

fn add_bases(cycles: &mut [Cycle], counts: &[StepCounts]) {
    for (cycles, counts) in cycles.chunks_mut(STEP).zip(counts) {
        for (code, counts) in counts.iter().enumerate() {
            cycles.iter_mut().zip(counts).for_each(|(c, &n)| c.bases[code] += u64::from(n));
        }
    }
}

fn add_qualities(cycles: &mut [Cycle], counts: &[[u16; QUALITIES]]) {
    for (cycle, counts) in cycles.iter_mut().zip(counts) {
        cycle.qualities.iter_mut().zip(counts).for_each(|(sum, &n)| *sum += u64::from(n));
    }
}

/// Counts qualities in their rows; the sum of them.
///
/// # Panics
///
/// If there are fewer rows than qualities.
#[inline(always)]
fn count_steps(
    qualities: &[u8],
    rows: &mut [[u16; QUALITIES]],
    clamp: impl Fn(&[u8; STEP], &mut [u8; STEP]) -> u64,
) -> u64 {
    let (steps, rest) = qualities.as_chunks::<STEP>();
    let (step_rows, rest_rows) = rows[..qualities.len()].as_chunks_mut::<STEP>();
    let (mut sum, mut phreds) = (0, [0; STEP]);
    for (step, rows) in steps.iter().zip(step_rows) {
        sum += clamp(step, &mut phreds);
        rows.iter_mut().zip(phreds).for_each(|(row, phred)| row[usize::from(phred)] += 1);
    }
    // A quality of 0 behind the last is 0 or less with any offset.
    let mut step = [0; STEP];
    step[..rest.len()].copy_from_slice(rest);
    sum += clamp(&step, &mut phreds);
    rest_rows.iter_mut().zip(phreds).for_each(|(row, phred)| row[usize::from(phred)] += 1);
    sum
}

fn scalar_count(qualities: &[u8], offset: u8, rows: &mut [[u16; QUALITIES]]) -> u64 {
    count_steps(qualities, rows, |step, phreds| {
        phreds.iter_mut().zip(step).for_each(|(phred, &q)| *phred = clamped(q, offset));
        phreds.iter().map(|&phred| u64::from(phred)).sum()
    })
}

#[cfg(not(target_arch = "x86_64"))]
fn count_qualities(qualities: &[u8], offset: u8, rows: &mut [[u16; QUALITIES]]) -> u64 {
    scalar_count(qualities, offset, rows)
}

#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "vector instructions, where the processor has them")]
fn count_qualities(qualities: &[u8], offset: u8, rows: &mut [[u16; QUALITIES]]) -> u64 {
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has the instructions.
        unsafe { vector::count_qualities(qualities, offset, rows) }
    } else {
        scalar_count(qualities, offset, rows)
    }
}

#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "loads and stores of 32 bytes from and to arrays of 32 bytes")]
mod vector {
    use std::arch::x86_64::{
        __m256i, _mm256_loadu_si256, _mm256_min_epu8, _mm256_sad_epu8, _mm256_set1_epi8,
        _mm256_setzero_si256, _mm256_storeu_si256, _mm256_subs_epu8,
    };

    use super::{MAX_PHRED, QUALITIES, STEP, count_steps};

    #[target_feature(enable = "avx2")]
    pub(super) fn count_qualities(
        qualities: &[u8],
        offset: u8,
        rows: &mut [[u16; QUALITIES]],
    ) -> u64 {
        count_steps(qualities, rows, |step, phreds| clamp(step, offset, phreds))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn clamp(step: &[u8; STEP], offset: u8, phreds: &mut [u8; STEP]) -> u64 {
        // SAFETY: reads 32 bytes of an array of 32; no alignment is needed.
        let qualities = unsafe { _mm256_loadu_si256(step.as_ptr().cast::<__m256i>()) };
        let clamped = _mm256_min_epu8(
            _mm256_subs_epu8(qualities, _mm256_set1_epi8(offset as i8)),
            _mm256_set1_epi8(MAX_PHRED as i8),
        );
        let mut sums = [0_u64; 4];
        // SAFETY: writes 32 bytes to an array of 32 bytes, and 32 to one of four times 8.
        unsafe {
            _mm256_storeu_si256(phreds.as_mut_ptr().cast::<__m256i>(), clamped);
            let sum = _mm256_sad_epu8(clamped, _mm256_setzero_si256());
            _mm256_storeu_si256(sums.as_mut_ptr().cast::<__m256i>(), sum);
        }
        sums.iter().sum()
    }
}

pub(crate) fn clamped(quality: u8, offset: u8) -> u8 {
    quality.saturating_sub(offset).min(MAX_PHRED as u8)
}

pub(crate) fn add_all(counts: &mut [u64], more: &[u64]) {
    counts.iter_mut().zip(more).for_each(|(a, b)| *a += b);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn qualities_are_counted_as_one_by_one(
            qualities in proptest::collection::vec(0..=255u8, 0..200),
            offset in proptest::sample::select(&[0u8, 33][..]),
        ) {
            let (mut rows, mut scalar) = ([[7; QUALITIES]; 200], [[7; QUALITIES]; 200]);
            let sum = count_qualities(&qualities, offset, &mut rows);
            prop_assert_eq!(sum, scalar_count(&qualities, offset, &mut scalar));
            prop_assert!(rows == scalar);
            let phreds = qualities.iter().map(|&quality| clamped(quality, offset));
            prop_assert_eq!(sum, phreds.clone().map(u64::from).sum::<u64>());
            phreds.zip(&mut rows).for_each(|(phred, row)| row[usize::from(phred)] -= 1);
            prop_assert!(rows == [[7; QUALITIES]; 200]);
        }
    }

    #[test]
    fn counters_that_fill_lose_nothing() {
        let (mut counts, mut masks) = (CycleCounts::new(), Masks::new());
        let reads = FULL_QUALITIES + 10;
        for _ in 0..reads {
            counts.add_bases(b"AC", &mut masks);
            assert_eq!(counts.add_qualities(b"I!", 33), 40);
        }
        let cycles = counts.finish();
        let reads = u64::from(reads);
        assert_eq!((cycles[0].bases, cycles[1].bases), ([reads, 0, 0, 0], [0, reads, 0, 0]));
        assert_eq!((cycles[0].qualities[40], cycles[1].qualities[0]), (reads, reads));
        let mut twice = CycleCounts::new();
        twice.merge(&counts);
        twice.merge(&counts);
        assert_eq!(twice.finish()[1].bases[1], 2 * reads);
    }
}
