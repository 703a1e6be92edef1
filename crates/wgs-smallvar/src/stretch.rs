//! A stretch of the reference around the window at work.

use wgs_core::{ContigIndex, Interval0};
use wgs_formats::genome::Genome;

/// Consecutive reference bases with their place. Everything but A, C, G and T reads as N, so that
/// no other code of the reference can take part in a variant.
#[derive(Clone, Debug)]
pub struct Stretch {
    interval: Interval0,
    bases: Vec<u8>,
}

impl Stretch {
    /// The bases of a part of a contig.
    pub fn of(genome: &Genome, contig: ContigIndex, interval: Interval0) -> Self {
        Self::new(interval.start(), genome.fetch(contig, interval))
    }

    /// Bases (upper case) of which the first lies at `start`, 0-based.
    pub fn new(start: u32, mut bases: Vec<u8>) -> Self {
        for base in &mut bases {
            if !matches!(base, b'A' | b'C' | b'G' | b'T') {
                *base = b'N';
            }
        }
        let end = start + bases.len() as u32;
        let interval = Interval0::new(start, end).expect("an end is not before its start");
        Self { interval, bases }
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
}
