//! A stretch of the reference around the window at work.

use wgs_core::{ContigIndex, Interval0};
use wgs_formats::{genome::Genome, variant::concrete_base};

/// Consecutive reference bases with their place. Everything but A, C, G and T reads as N, so that
/// no other code of the reference can take part in a variant; only what is written of the reference
/// ([`Stretch::spelled`]) knows the others.
#[derive(Clone, Debug)]
pub struct Stretch {
    interval: Interval0,
    bases: Vec<u8>,
    /// Codes for several bases, by their offset in the stretch, ascending.
    codes: Vec<(usize, u8)>,
}

impl Stretch {
    /// The bases of a part of a contig.
    pub fn of(genome: &Genome, contig: ContigIndex, interval: Interval0) -> Self {
        Self::new(interval.start(), genome.fetch(contig, interval))
    }

    /// Bases (upper case) of which the first lies at `start`, 0-based.
    pub fn new(start: u32, mut bases: Vec<u8>) -> Self {
        let mut codes = Vec::new();
        for (offset, base) in bases.iter_mut().enumerate() {
            match base {
                b'A' | b'C' | b'G' | b'T' | b'N' => {}
                code => codes.push((offset, std::mem::replace(code, b'N'))),
            }
        }
        let end = start + bases.len() as u32;
        let interval = Interval0::new(start, end).expect("an end is not before its start");
        Self { interval, bases, codes }
    }

    /// Where the stretch lies.
    pub fn interval(&self) -> Interval0 {
        self.interval
    }

    /// The base at a contig offset: `N` outside the stretch.
    #[inline]
    pub fn base(&self, offset: u32) -> u8 {
        let index = offset.checked_sub(self.interval.start());
        index.and_then(|i| self.bases.get(i as usize)).copied().unwrap_or(b'N')
    }

    /// The bases of `[start, end)`, as far as they lie in the stretch.
    pub fn slice(&self, start: u32, end: u32) -> &[u8] {
        let (first, last) = (self.interval.start(), self.interval.end());
        let start = start.clamp(first, last);
        let end = end.clamp(start, last);
        &self.bases[(start - first) as usize..(end - first) as usize]
    }

    /// The letters of the reference in `[start, end)`, as far as they lie in the stretch.
    pub fn letters(&self, start: u32, end: u32) -> Vec<u8> {
        let mut letters = self.slice(start, end).to_vec();
        let first = start.saturating_sub(self.interval.start()) as usize;
        for &(offset, code) in &self.codes {
            if let Some(letter) = offset.checked_sub(first).and_then(|i| letters.get_mut(i)) {
                *letter = code;
            }
        }
        letters
    }

    /// The bases of `[start, end)`, as far as they lie in the stretch, as VCF writes them
    /// ([`concrete_base`]).
    pub fn spelled(&self, start: u32, end: u32) -> Vec<u8> {
        self.letters(start, end).into_iter().map(concrete_base).collect()
    }

    /// Whether all bases of `[start, end)` lie in the stretch and are A, C, G or T.
    pub fn is_known(&self, start: u32, end: u32) -> bool {
        self.interval.start() <= start
            && end <= self.interval.end()
            && !self.slice(start, end).contains(&b'N')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_codes_and_places_outside_are_unknown() {
        let stretch = Stretch::new(10, b"ACRT".to_vec());
        assert_eq!([9, 10, 12, 13, 14].map(|o| stretch.base(o)), *b"NANTN");
        assert!(stretch.is_known(10, 12) && !stretch.is_known(10, 13) && !stretch.is_known(13, 15));
        assert_eq!(stretch.slice(0, 12), b"AC");
        assert_eq!(stretch.slice(20, 30), b"");
    }

    #[test]
    fn what_is_written_is_concrete() {
        let stretch = Stretch::new(10, b"ACRTNK".to_vec());
        assert_eq!(stretch.slice(0, 20), b"ACNTNN");
        assert_eq!(stretch.letters(0, 20), b"ACRTNK");
        assert_eq!(stretch.spelled(12, 16), b"ATNG");
        assert_eq!([stretch.spelled(15, 16), stretch.spelled(16, 17)], [&b"G"[..], b""]);
    }
}
