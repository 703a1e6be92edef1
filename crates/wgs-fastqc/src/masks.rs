//! Where in a read each base stands, as bits.
//!
//! One pass over a read, 32 bases at a time, gives for each of A, C, G and T a mask with a bit per
//! cycle, and counts the bases by cycle. The masks then answer by a few operations on whole words
//! what otherwise takes another pass each: GC content, known adapters, runs of one base.

/// Cycles that are told apart. Bases of later ones (long reads) only count for the totals.
pub const MAX_CYCLES: usize = 1000;

/// Bases of one step.
pub(crate) const STEP: usize = 32;

/// Words of 64 bits that hold [`MAX_CYCLES`].
const WORDS: usize = MAX_CYCLES.div_ceil(64);

/// Words that are searched together.
const BLOCK: usize = 4;

/// Bases of a pattern that [`Masks::holds`] takes.
pub(crate) const PREFIX: usize = 8;

/// Counts of A, C, G and T in 32 cycles.
pub(crate) type StepCounts = [[u8; STEP]; 4];

/// Masks of A, C, G and T.
type Bits = [[u64; WORDS + 1]; 4];

/// Four masks of the first [`MAX_CYCLES`] bases of a read. Behind its last word all is 0 up to the
/// end of the block and one word on; what lies behind that is left of reads before.
#[derive(Clone, Debug)]
pub(crate) struct Masks {
    bits: Bits,
    length: usize,
}

impl Masks {
    pub(crate) fn new() -> Self {
        Self { bits: [[0; WORDS + 1]; 4], length: 0 }
    }

    /// Takes the first [`MAX_CYCLES`] bases of a read (letters in either case; what is none of A,
    /// C, G and T has no bit), and adds one to the counts of their cycles.
    ///
    /// # Panics
    ///
    /// If there are fewer steps than the bases need.
    pub(crate) fn take(&mut self, bases: &[u8], counts: &mut [StepCounts]) {
        let bases = &bases[..bases.len().min(MAX_CYCLES)];
        self.length = bases.len();
        let end = (self.blocks() * BLOCK + 1).min(WORDS + 1);
        let start = bases.len() / 64;
        self.bits.iter_mut().for_each(|bits| bits[start..end].fill(0));
        take(bases, &mut counts[..bases.len().div_ceil(STEP)], &mut self.bits);
    }

    /// Number of words that hold bits.
    fn words(&self) -> usize {
        self.length.div_ceil(64)
    }

    fn blocks(&self) -> usize {
        self.words().div_ceil(BLOCK)
    }

    /// Numbers of A, C, G and T.
    pub(crate) fn counts(&self) -> [u32; 4] {
        let words = self.words();
        self.bits.each_ref().map(|bits| bits[..words].iter().map(|word| word.count_ones()).sum())
    }

    /// Whether the read holds each of at most 32 short patterns of codes, as bits. Much faster
    /// than to find them.
    pub(crate) fn holds(&self, patterns: &[[u8; PREFIX]]) -> u32 {
        holds(&self.bits, self.blocks(), patterns)
    }

    /// Where the first exact copy of a pattern of codes (0 to 3) begins.
    pub(crate) fn find(&self, pattern: &[u8]) -> Option<usize> {
        (0..self.words()).find_map(|word| {
            let mut starts = u64::MAX;
            for (offset, &code) in pattern.iter().enumerate() {
                starts &= self.shifted(code, word, offset);
                if starts == 0 {
                    return None;
                }
            }
            Some(word * 64 + starts.trailing_zeros() as usize)
        })
    }

    /// Where the first run of at least 12 of one base begins.
    pub(crate) fn find_run_of_12(&self, code: u8) -> Option<usize> {
        let bits = &self.bits[usize::from(code & 3)];
        (0..self.words()).find_map(|word| {
            let (low, high) = (bits[word], if word < WORDS { bits[word + 1] } else { 0 });
            let wide = u128::from(high) << 64 | u128::from(low);
            let four = wide & wide >> 1;
            let four = four & four >> 2;
            let starts = (four & four >> 4 & four >> 8) as u64;
            (starts != 0).then(|| word * 64 + starts.trailing_zeros() as usize)
        })
    }

    /// Bit `i` tells of the base at `word * 64 + i + offset`; the offset is less than 64.
    fn shifted(&self, code: u8, word: usize, offset: usize) -> u64 {
        let bits = &self.bits[usize::from(code & 3)];
        if offset == 0 {
            return bits[word];
        }
        bits[word] >> offset | bits[word + 1] << (64 - offset)
    }
}

/// Puts the masks of one step, of which all words were 0 or hold the step before.
fn put(bits: &mut Bits, step: usize, masks: [u32; 4]) {
    for (bits, mask) in bits.iter_mut().zip(masks) {
        let word = &mut bits[step / 2];
        *word =
            if step.is_multiple_of(2) { u64::from(mask) } else { *word | u64::from(mask) << 32 };
    }
}

/// Cuts bases into steps, the last filled up with 0, and puts the masks of each.
#[inline(always)]
fn each_step(
    bases: &[u8],
    counts: &mut [StepCounts],
    bits: &mut Bits,
    step_masks: impl Fn(&[u8; STEP], &mut StepCounts) -> [u32; 4],
) {
    let (steps, rest) = bases.as_chunks::<STEP>();
    let (whole, last) = counts.split_at_mut(steps.len());
    for (at, (step, counts)) in steps.iter().zip(whole).enumerate() {
        put(bits, at, step_masks(step, counts));
    }
    if let Some(counts) = last.first_mut() {
        let mut step = [0; STEP];
        step[..rest.len()].copy_from_slice(rest);
        put(bits, steps.len(), step_masks(&step, counts));
    }
}

#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "vector instructions, where the processor has them")]
fn take(bases: &[u8], counts: &mut [StepCounts], bits: &mut Bits) {
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has the instructions.
        unsafe { vector::take(bases, counts, bits) }
    } else {
        each_step(bases, counts, bits, scalar_step_masks);
    }
}

#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "vector instructions, where the processor has them")]
fn holds(bits: &Bits, blocks: usize, patterns: &[[u8; PREFIX]]) -> u32 {
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has the instructions.
        unsafe { vector::holds(bits, blocks, patterns) }
    } else {
        in_blocks(bits, blocks, patterns)
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn take(bases: &[u8], counts: &mut [StepCounts], bits: &mut Bits) {
    each_step(bases, counts, bits, scalar_step_masks);
}

#[cfg(not(target_arch = "x86_64"))]
fn holds(bits: &Bits, blocks: usize, patterns: &[[u8; PREFIX]]) -> u32 {
    in_blocks(bits, blocks, patterns)
}

/// The patterns that begin in any block, as bits. Loops of fixed length, so that the compiler makes
/// vector code of them where it may.
#[inline(always)]
fn in_blocks(bits: &Bits, blocks: usize, patterns: &[[u8; PREFIX]]) -> u32 {
    let mut held = 0;
    for (number, pattern) in patterns.iter().enumerate() {
        let mut found = [0; BLOCK];
        for block in 0..blocks {
            let mut starts = [u64::MAX; BLOCK];
            for (offset, code) in pattern.iter().enumerate() {
                let words = &bits[usize::from(code & 3)][block * BLOCK..][..=BLOCK];
                for (at, starts) in starts.iter_mut().enumerate() {
                    // Two shifts, as one by 64 would be too far where the offset is 0.
                    *starts &= words[at] >> offset | words[at + 1] << 1 << (63 - offset);
                }
            }
            found.iter_mut().zip(starts).for_each(|(found, starts)| *found |= starts);
        }
        held |= u32::from(found != [0; BLOCK]) << number;
    }
    held
}

/// As the vector form, which its test holds against this one.
#[cfg_attr(target_arch = "x86_64", allow(dead_code, reason = "older processors and tests"))]
fn scalar_step_masks(step: &[u8; STEP], counts: &mut StepCounts) -> [u32; 4] {
    let mut masks = [0; 4];
    for (at, &base) in step.iter().enumerate() {
        if let code @ 0..4 = crate::code(base) {
            masks[code] |= 1 << at;
            counts[code][at] = counts[code][at].wrapping_add(1);
        }
    }
    masks
}

#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "loads and stores of 32 bytes from and to arrays of 32 bytes")]
mod vector {
    use std::arch::x86_64::{
        __m256i, _mm256_and_si256, _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_movemask_epi8,
        _mm256_set1_epi8, _mm256_storeu_si256, _mm256_sub_epi8,
    };

    use super::{Bits, PREFIX, STEP, StepCounts, each_step, in_blocks};

    /// Without the bit that tells lower case.
    const UPPER: i8 = !0x20;

    #[target_feature(enable = "avx2")]
    pub(super) fn take(bases: &[u8], counts: &mut [StepCounts], bits: &mut Bits) {
        each_step(bases, counts, bits, |step, counts| step_masks(step, counts));
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn holds(bits: &Bits, blocks: usize, patterns: &[[u8; PREFIX]]) -> u32 {
        in_blocks(bits, blocks, patterns)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn step_masks(step: &[u8; STEP], counts: &mut StepCounts) -> [u32; 4] {
        // SAFETY: reads 32 bytes of an array of 32; no alignment is needed.
        let bases = unsafe { _mm256_loadu_si256(step.as_ptr().cast::<__m256i>()) };
        let bases = _mm256_and_si256(bases, _mm256_set1_epi8(UPPER));
        let mut masks = [0; 4];
        for ((mask, counts), base) in masks.iter_mut().zip(counts).zip(*b"ACGT") {
            let equal = _mm256_cmpeq_epi8(bases, _mm256_set1_epi8(base as i8));
            let place = counts.as_mut_ptr().cast::<__m256i>();
            // SAFETY: reads and writes 32 bytes of an array of 32. Equal bytes are -1.
            unsafe {
                _mm256_storeu_si256(place, _mm256_sub_epi8(_mm256_loadu_si256(place), equal));
            };
            *mask = _mm256_movemask_epi8(equal) as u32;
        }
        masks
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn masks(bases: &[u8]) -> Masks {
        let mut masks = Masks::new();
        masks.take(&[b'A'; MAX_CYCLES], &mut [[[0; STEP]; 4]; 32]);
        masks.take(bases, &mut [[[0; STEP]; 4]; 32]);
        masks
    }

    fn codes(bases: &[u8]) -> Vec<u8> {
        bases.iter().map(|&base| crate::code(base) as u8).collect()
    }

    proptest! {
        #[test]
        fn vector_and_scalar_steps_agree(step: [u8; STEP], letters in proptest::collection::vec(
            proptest::sample::select(&b"ACGTacgtN"[..]), STEP,
        )) {
            let letters: [u8; STEP] = letters.try_into().unwrap();
            let (mut counts, mut scalar) = ([[250; STEP]; 4], [[250; STEP]; 4]);
            for step in [step, letters] {
                let mut bits = Masks::new().bits;
                take(&step, std::slice::from_mut(&mut counts), &mut bits);
                let masks = scalar_step_masks(&step, &mut scalar);
                prop_assert_eq!(bits.map(|bits| bits[0]), masks.map(u64::from));
                prop_assert_eq!(counts, scalar);
            }
        }

        #[test]
        fn patterns_are_found_where_a_plain_search_finds_them(
            bases in proptest::collection::vec(proptest::sample::select(&b"ACGTACGTACGTACGTN"[..]), 1..300),
            from in 0..299usize,
            length in 1..13usize,
            mutate: bool,
        ) {
            let from = from % bases.len();
            let mut pattern = codes(&bases[from..(from + length).min(bases.len())]);
            prop_assume!(pattern.iter().all(|&code| code < 4));
            pattern[0] ^= u8::from(mutate);
            let plain = codes(&bases).windows(pattern.len()).position(|window| window == pattern);
            prop_assert_eq!(masks(&bases).find(&pattern), plain);
        }

        #[test]
        fn starts_of_patterns_are_told(
            bases in proptest::collection::vec(proptest::sample::select(&b"ACGTN"[..]), 8..1000),
            from in 0..999usize,
            other: [u8; PREFIX],
        ) {
            let codes = codes(&bases);
            let from = from % (bases.len() - PREFIX + 1);
            let there: [u8; PREFIX] = codes[from..from + PREFIX].try_into().unwrap();
            let patterns = [there, other].map(|pattern| pattern.map(|code| code & 3));
            let plain = patterns
                .map(|pattern| u32::from(codes.windows(PREFIX).any(|window| window == pattern)));
            prop_assert_eq!(masks(&bases).holds(&patterns), plain[0] | plain[1] << 1);
            let (blocks, bits) = (bases.len().div_ceil(256), masks(&bases).bits);
            prop_assert_eq!(in_blocks(&bits, blocks, &patterns), plain[0] | plain[1] << 1);
        }

        #[test]
        fn runs_are_found_wherever_they_begin(start in 0..988usize, run in 11..14usize) {
            let mut bases = [b'C'; MAX_CYCLES];
            let end = (start + run).min(MAX_CYCLES);
            bases[start..end].fill(b'G');
            let found = (end - start >= 12).then_some(start);
            prop_assert_eq!(masks(&bases).find_run_of_12(2), found);
            prop_assert_eq!(masks(&bases[..end]).find_run_of_12(2), found);
        }
    }

    #[test]
    fn counts_by_base_and_by_cycle() {
        let mut counts = [[[0; STEP]; 4]; 3];
        let mut masks = Masks::new();
        for _ in 0..3 {
            masks.take(&[&b"ACGTNacgtn"[..], &[b'G'; 60]].concat(), &mut counts);
        }
        assert_eq!(masks.counts(), [2, 2, 62, 2]);
        assert_eq!([0, 1, 2, 3].map(|code| counts[0][code][5 + code]), [3; 4]);
        assert_eq!((counts[2][2][5], counts[2][2][6]), (3, 0), "70 bases");
        assert_eq!((counts[0][0][4], counts[0][3][9]), (0, 0), "N is not counted");
    }
}
