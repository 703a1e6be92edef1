//! Base qualities as a sequencer gives them along its cycles.

use crate::random::Random;

/// Distribution of base qualities over the cycles of a read. Errors occur as often as the
/// qualities say.
#[derive(Clone, Debug)]
pub struct QualityProfile {
    /// Phred qualities that occur; one of 2 is a base that was not called (N).
    pub qualities: Vec<u8>,
    /// Shares of the qualities in the first cycle.
    pub first_cycle: Vec<f64>,
    /// Shares of the qualities in the last cycle of the first read; between, they change with
    /// the square of the cycle.
    pub last_cycle: Vec<f64>,
    /// How much faster the second read decays: 0.5 is half again as fast.
    pub second_read_decay: f64,
    /// Probability that a base has the quality of the base before it, whatever its cycle.
    pub persistence: f64,
}

impl QualityProfile {
    /// Four qualities, as instruments with binned qualities write them.
    pub fn binned() -> Self {
        Self {
            qualities: vec![2, 12, 23, 37],
            first_cycle: vec![0.0005, 0.005, 0.0145, 0.98],
            last_cycle: vec![0.002, 0.04, 0.098, 0.86],
            second_read_decay: 0.5,
            persistence: 0.9,
        }
    }

    /// Ten qualities up to 41, with a marked decay.
    pub fn fine() -> Self {
        Self {
            qualities: vec![2, 8, 15, 22, 27, 31, 35, 38, 40, 41],
            first_cycle: vec![0.0005, 0.001, 0.002, 0.005, 0.01, 0.03, 0.1, 0.25, 0.35, 0.2515],
            last_cycle: vec![0.02, 0.03, 0.05, 0.08, 0.1, 0.14, 0.2, 0.2, 0.13, 0.05],
            second_read_decay: 0.6,
            persistence: 0.6,
        }
    }

    /// One quality in every cycle.
    pub fn constant(quality: u8) -> Self {
        Self {
            qualities: vec![quality],
            first_cycle: vec![1.0],
            last_cycle: vec![1.0],
            second_read_decay: 0.0,
            persistence: 0.0,
        }
    }

    /// Qualities of one read (0 or 1) of a pair.
    pub(crate) fn draw(&self, random: &mut Random, length: usize, read: usize) -> Vec<u8> {
        let mut index = 0;
        (0..length)
            .map(|cycle| {
                if cycle == 0 || !random.chance(self.persistence) {
                    index = random.weighted(&self.shares(cycle, length, read));
                }
                self.qualities[index]
            })
            .collect()
    }

    fn shares(&self, cycle: usize, length: usize, read: usize) -> Vec<f64> {
        let way = cycle as f64 / (length.max(2) - 1) as f64;
        let decay = 1.0 + self.second_read_decay * read as f64;
        let late = way * way * decay;
        let share = |(first, last): (&f64, &f64)| (first + (last - first) * late).max(0.0);
        self.first_cycle.iter().zip(&self.last_cycle).map(share).collect()
    }
}

/// Error probabilities of the qualities 0 to 93, by multiplication alone: the same everywhere.
pub(crate) fn error_probabilities() -> Vec<f64> {
    const STEP: f64 = 0.794_328_234_724_281_5;
    std::iter::successors(Some(1.0), |p| Some(p * STEP)).take(94).collect()
}

/// What a sequencer reads of some bases: wrong as often as the qualities say, `N` at quality 2.
pub(crate) fn misread(
    random: &mut Random,
    bases: &mut [u8],
    qualities: &[u8],
    error_probabilities: &[f64],
) {
    for (base, quality) in bases.iter_mut().zip(qualities) {
        if *quality <= 2 {
            *base = b'N';
        } else if random.chance(error_probabilities[usize::from(*quality)]) {
            *base = random.other_base(*base);
        }
    }
}

#[cfg(test)]
mod tests {
    use wgs_core::Phred;

    use super::*;

    #[test]
    fn error_probabilities_are_those_of_phred() {
        for (quality, p) in error_probabilities().into_iter().enumerate() {
            let expected = Phred(quality as u8).error_probability();
            assert!((p / expected - 1.0).abs() < 1e-12, "{quality}: {p} {expected}");
        }
    }

    #[test]
    fn errors_occur_as_often_as_the_quality_says() {
        let mut random = Random::new(1, "errors");
        let mut bases = vec![b'A'; 200_000];
        misread(&mut random, &mut bases, &vec![20; 200_000], &error_probabilities());
        let errors = bases.iter().filter(|b| **b != b'A').count();
        assert!((1_850..2_150).contains(&errors), "{errors}");
    }

    #[test]
    fn qualities_fall_along_the_read_and_more_in_the_second() {
        let profile = QualityProfile::binned();
        let mut random = Random::new(1, "profile");
        let mut mean = |read: usize, cycle: usize| {
            let sum: u64 =
                (0..2_000).map(|_| u64::from(profile.draw(&mut random, 101, read)[cycle])).sum();
            sum as f64 / 2_000.0
        };
        assert!(mean(0, 0) > mean(0, 100) + 1.0);
        assert!(mean(0, 100) > mean(1, 100) + 0.5);
    }
}
