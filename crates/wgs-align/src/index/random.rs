//! The pseudo-random bases that stand for ambiguous ones.

/// POSIX `drand48` generator as `srand48` seeds it and `lrand48` reads it: the 48-bit linear
/// congruence `x' = 0x5DEECE66D x + 11`.
///
/// bwa replaces every base other than A, C, G and T by a draw of this generator, seed 11, so that
/// an index follows from its FASTA alone.
#[derive(Clone, Debug)]
pub(crate) struct Lrand48(u64);

impl Lrand48 {
    /// What `srand48(seed)` sets.
    pub(crate) fn new(seed: u32) -> Self {
        Self(u64::from(seed) << 16 | 0x330e)
    }

    /// The next draw, 0 to 2^31 - 1.
    pub(crate) fn draw(&mut self) -> u32 {
        self.0 = (self.0.wrapping_mul(0x5_deec_e66d).wrapping_add(11)) & ((1 << 48) - 1);
        (self.0 >> 17) as u32
    }

    /// A base, 0 to 3.
    pub(crate) fn base(&mut self) -> u8 {
        (self.draw() & 3) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_those_of_the_c_library() {
        // srand48(11), five times lrand48() of glibc
        let mut random = Lrand48::new(11);
        let draws: Vec<u32> = (0..5).map(|_| random.draw()).collect();
        assert_eq!(draws, [1_609_868_485, 1_074_594_562, 470_884_846, 2_128_573_038, 960_673_312]);
    }
}
