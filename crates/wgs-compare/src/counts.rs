//! Counts of verdicts, and the rates that follow from them.

use serde::{Serialize, Serializer, ser::SerializeMap};

/// Quantile of the normal distribution for intervals of 95%.
const Z_95: f64 = 1.959_963_984_540_054;

/// How often each verdict was given.
///
/// True positives are counted twice, as vcfeval does: once the true variants that were found
/// (`tp`), once the calls that found them (`tp_call`). The two differ where truth and calls spell
/// the same haplotypes in other numbers of records. Recall is of true variants, precision of calls.
///
/// ```
/// use wgs_compare::Counts;
/// let counts = Counts { tp: 90, tp_call: 95, fp: 5, fn_: 10, ..Counts::default() };
/// assert_eq!((counts.recall(), counts.precision()), (Some(0.9), Some(0.95)));
/// let (low, high) = counts.recall_interval().expect("there are true variants");
/// assert!((low - 0.8256).abs() < 1e-4 && (high - 0.9448).abs() < 1e-4);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// True variants found.
    pub tp: u64,
    /// Calls that are right.
    pub tp_call: u64,
    /// Calls that are not.
    pub fp: u64,
    /// True variants missed.
    pub fn_: u64,
    /// Of the wrong calls, those with an allele of a true variant in another genotype.
    pub fp_genotype: u64,
    /// Of the wrong calls, those where the truth has another allele.
    pub fp_allele: u64,
    /// Of the true variants missed, those that were called but filtered.
    pub fn_filtered: u64,
}

impl Counts {
    /// Share of the calls that are right; `None` without calls.
    pub fn precision(&self) -> Option<f64> {
        share(self.tp_call, self.fp)
    }

    /// Share of the true variants that were found; `None` without true variants.
    pub fn recall(&self) -> Option<f64> {
        share(self.tp, self.fn_)
    }

    /// Harmonic mean of precision and recall; `None` without calls and true variants.
    pub fn f1(&self) -> Option<f64> {
        match (self.precision(), self.recall()) {
            (None, None) => None,
            (precision, recall) => {
                Some(harmonic(precision.unwrap_or_default(), recall.unwrap_or_default()))
            }
        }
    }

    /// Wilson's 95% interval of the precision (Wilson 1927, doi:10.1080/01621459.1927.10502953).
    pub fn precision_interval(&self) -> Option<(f64, f64)> {
        wilson(self.tp_call, self.fp)
    }

    /// Wilson's 95% interval of the recall.
    pub fn recall_interval(&self) -> Option<(f64, f64)> {
        wilson(self.tp, self.fn_)
    }

    /// F1 of both lower and of both upper bounds: wider than an interval of 95%.
    pub fn f1_interval(&self) -> Option<(f64, f64)> {
        let (precision, recall) = (self.precision_interval()?, self.recall_interval()?);
        Some((harmonic(precision.0, recall.0), harmonic(precision.1, recall.1)))
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.tp += other.tp;
        self.tp_call += other.tp_call;
        self.fp += other.fp;
        self.fn_ += other.fn_;
        self.fp_genotype += other.fp_genotype;
        self.fp_allele += other.fp_allele;
        self.fn_filtered += other.fn_filtered;
    }
}

impl Serialize for Counts {
    /// The counts with the rates and their intervals.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("tp", &self.tp)?;
        map.serialize_entry("tp_call", &self.tp_call)?;
        map.serialize_entry("fp", &self.fp)?;
        map.serialize_entry("fn", &self.fn_)?;
        map.serialize_entry("fp_genotype", &self.fp_genotype)?;
        map.serialize_entry("fp_allele", &self.fp_allele)?;
        map.serialize_entry("fn_filtered", &self.fn_filtered)?;
        map.serialize_entry("precision", &self.precision())?;
        map.serialize_entry("recall", &self.recall())?;
        map.serialize_entry("f1", &self.f1())?;
        map.serialize_entry("precision_interval", &self.precision_interval())?;
        map.serialize_entry("recall_interval", &self.recall_interval())?;
        map.serialize_entry("f1_interval", &self.f1_interval())?;
        map.end()
    }
}

fn share(of: u64, rest: u64) -> Option<f64> {
    let all = of + rest;
    (all > 0).then(|| of as f64 / all as f64)
}

pub(crate) fn harmonic(a: f64, b: f64) -> f64 {
    if a + b > 0.0 { 2.0 * a * b / (a + b) } else { 0.0 }
}

fn wilson(of: u64, rest: u64) -> Option<(f64, f64)> {
    let n = (of + rest) as f64;
    let p = share(of, rest)?;
    let z2 = Z_95 * Z_95;
    let centre = p + z2 / (2.0 * n);
    let half = Z_95 * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    let bound = |value: f64| (value / (1.0 + z2 / n)).clamp(0.0, 1.0);
    // The bounds at no and at all successes are 0 and 1, but for rounding.
    let low = if of == 0 { 0.0 } else { bound(centre - half) };
    let high = if rest == 0 { 1.0 } else { bound(centre + half) };
    Some((low, high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_without_numbers_are_not_rates() {
        let none = Counts::default();
        assert_eq!((none.precision(), none.recall(), none.f1()), (None, None, None));
        assert_eq!(none.f1_interval(), None);
        let missed = Counts { fn_: 3, ..Counts::default() };
        assert_eq!(
            (missed.precision(), missed.recall(), missed.f1()),
            (None, Some(0.0), Some(0.0))
        );
    }

    #[test]
    fn intervals_hold_the_rate_and_stay_within_bounds() {
        for (of, rest) in [(0, 1), (1, 0), (1, 1), (999, 1), (1_000_000, 3)] {
            let (low, high) = wilson(of, rest).unwrap();
            let p = share(of, rest).unwrap();
            assert!(0.0 <= low && low <= p && p <= high && high <= 1.0, "{of} {rest}");
            assert!(low < high);
        }
        // R: binom::binom.confint(15, 20, methods = "wilson")
        let (low, high) = wilson(15, 5).unwrap();
        assert!((low - 0.531299).abs() < 1e-6 && (high - 0.888138).abs() < 1e-6, "{low} {high}");
    }
}
