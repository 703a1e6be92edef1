//! Time and money as whole numbers, so that a total is the sum of its rows to the last digit.

use std::{fmt, iter::Sum, ops::AddAssign, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A stretch of time, in whole microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub u64);

/// An amount of money, in billionths of the unit of its currency.
///
/// ```
/// use wgs_ledger::Money;
/// let price: Money = "0.0425".parse()?;
/// assert_eq!(price.0, 42_500_000);
/// assert_eq!(price.to_string(), "0.0425");
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Money(pub i128);

const MICROS: f64 = 1e6;
const NANOS: i128 = 1_000_000_000;
/// Most that a price may be, so that nothing that is computed from it can overflow.
const MOST: i128 = 1_000_000_000 * NANOS;

impl Span {
    /// The nearest span; nothing for what is negative or no number.
    pub fn from_secs(seconds: f64) -> Self {
        Self((seconds * MICROS).round() as u64)
    }

    /// In seconds.
    pub fn secs(self) -> f64 {
        self.0 as f64 / MICROS
    }

    /// So many times as long.
    pub(crate) fn times(self, factor: usize) -> Self {
        Self(self.0.saturating_mul(factor as u64))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&decimal(i128::from(self.0), 1_000_000))
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.secs())
    }
}

impl AddAssign for Span {
    fn add_assign(&mut self, other: Self) {
        self.0 = self.0.saturating_add(other.0);
    }
}

impl Money {
    /// `self · share / whole`, to the nearest billionth, halves away from zero.
    pub(crate) fn share(self, share: u128, whole: u128) -> Self {
        let whole = i128::try_from(whole).unwrap_or(i128::MAX).max(1);
        let Some(product) = i128::try_from(share).ok().and_then(|s| self.0.checked_mul(s)) else {
            return Self(i128::MAX);
        };
        Self((product + product.signum() * (whole / 2)) / whole)
    }

    /// With two decimals, or three figures where that is more.
    pub fn rounded(self) -> String {
        let (mut decimals, mut size) = (2, NANOS);
        while size > 10 && self.0.abs() < size && self.0 != 0 {
            size /= 10;
            decimals += 1;
        }
        format!("{:.*}", decimals.min(9), self.0 as f64 / NANOS as f64)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&decimal(self.0, NANOS))
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl FromStr for Money {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no price; expected such as \"0.0425\"");
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(part) || whole.len() > 12 || part.len() > 9 {
            return Err(wrong());
        }
        let nanos = format!("{whole}{part:0<9}").parse::<i128>().map_err(|_| wrong())?;
        if nanos > MOST { Err(wrong()) } else { Ok(Self(nanos)) }
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        self.0 = self.0.saturating_add(other.0);
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::default(), |mut sum, amount| {
            sum += amount;
            sum
        })
    }
}

/// `value / unit` in decimals, with no more of them than it has.
fn decimal(value: i128, unit: i128) -> String {
    let (whole, part) = (value.abs() / unit, value.abs() % unit);
    let sign = if value < 0 { "-" } else { "" };
    let digits = unit.ilog10() as usize;
    let part = format!("{part:0digits$}");
    match part.trim_end_matches('0') {
        "" => format!("{sign}{whole}"),
        part => format!("{sign}{whole}.{part}"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn prices_are_decimal() {
        for (text, nanos) in
            [("0", 0), ("1.5", 1_500_000_000), ("0.000000001", 1), ("12", 12 * NANOS)]
        {
            assert_eq!(text.parse(), Ok(Money(nanos)));
        }
        for text in ["", "-1", "1.", ".5", "1e3", "1,5", "0.0000000001", "99999999999", "€1"] {
            assert!(text.parse::<Money>().is_err(), "{text}");
        }
    }

    #[test]
    fn shares_are_rounded_to_the_nearest() {
        assert_eq!(Money(10).share(1, 4), Money(3));
        assert_eq!(Money(10).share(1, 3), Money(3));
        assert_eq!(Money(-10).share(1, 4), Money(-3));
        assert_eq!(Money(7).share(5, 0), Money(35));
    }

    #[test]
    fn small_amounts_show_three_figures() {
        let text = |nanos| Money(nanos).rounded();
        assert_eq!(text(12_345_000_000), "12.35");
        assert_eq!(text(1_234_000_000), "1.23");
        assert_eq!(text(12_345_000), "0.0123");
        assert_eq!(text(0), "0.00");
    }

    #[test]
    fn spans_are_written_without_loss() {
        assert_eq!(Span(1_500_000).to_string(), "1.5");
        assert_eq!(Span(1).to_string(), "0.000001");
        assert_eq!(Span::from_secs(-1.0), Span(0));
        assert_eq!(Span::from_secs(f64::NAN), Span(0));
    }

    proptest! {
        #[test]
        fn money_is_read_as_it_is_written(nanos in 0..=MOST) {
            prop_assert_eq!(Money(nanos).to_string().parse(), Ok(Money(nanos)));
        }
    }
}
