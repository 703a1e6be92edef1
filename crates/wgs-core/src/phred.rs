//! Phred-scaled probabilities.

/// A Phred-scaled quality: `-10 log10(p)` rounded, as in BAM and FASTQ (without the offset of 33).
///
/// ```
/// use wgs_core::Phred;
/// assert!((Phred(20).error_probability() - 0.01).abs() < 1e-12);
/// assert_eq!(Phred::from_error_probability(0.001), Phred(30));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phred(pub u8);

impl Phred {
    /// The largest quality a FASTQ with offset 33 can show (`~`).
    pub const MAX: Phred = Phred(93);

    /// The probability, 0 to 1, that what carries this quality is wrong.
    pub fn error_probability(self) -> f64 {
        10f64.powf(-f64::from(self.0) / 10.0)
    }

    /// The nearest quality to an error probability; 0 or less gives [`Phred::MAX`].
    pub fn from_error_probability(probability: f64) -> Self {
        if probability <= 0.0 {
            return Self::MAX;
        }
        Self((-10.0 * probability.log10()).round().clamp(0.0, f64::from(Self::MAX.0)) as u8)
    }
}
