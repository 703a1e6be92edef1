//! Decimal numbers to the letter, and those that are ratios of whole numbers.

use crate::text::{push_integer, push_number};

/// Bits of a decimal's form beside the number of digits after the point.
const DIGITS: u8 = 0x1f;
const NEGATIVE: u8 = 0x20;
const EXPONENT: u8 = 0x40;
/// The exponent has a sign and two digits at least, as C writes it.
const PADDED: u8 = 0x80;

/// A decimal number as it was written: all its digits, and where point and exponent stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    pub(super) digits: u64,
    pub(super) form: u8,
    pub(super) exponent: i8,
}

impl Decimal {
    /// Reads a number; `None` if it could not be written back to the letter.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let unsigned = text.strip_prefix('-');
        let sign = if unsigned.is_some() { NEGATIVE } else { 0 };
        let (number, exponent) = match unsigned.unwrap_or(text).split_once('e') {
            Some((number, exponent)) => (number, Some(exponent)),
            None => (unsigned.unwrap_or(text), None),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.len() + fraction.len() > 18 {
            return None;
        }
        let digits = format!("{whole}{fraction}").parse().ok()?;
        let decimal = |marks: u8, exponent: i8| {
            let decimal = Self { digits, form: fraction.len() as u8 | sign | marks, exponent };
            let mut written = String::with_capacity(text.len());
            decimal.append(&mut written);
            (written == text).then_some(decimal)
        };
        match exponent {
            None => decimal(0, 0),
            Some(exponent) => {
                let exponent = exponent.parse().ok()?;
                decimal(EXPONENT | PADDED, exponent).or_else(|| decimal(EXPONENT, exponent))
            }
        }
    }

    pub(super) fn append(self, out: &mut String) {
        let Self { digits, form, exponent } = self;
        if form & NEGATIVE != 0 {
            out.push('-');
        }
        let after_point = u32::from(form & DIGITS);
        let power = 10_u64.checked_pow(after_point);
        let (whole, fraction) = power.map_or((0, digits), |p| (digits / p, digits % p));
        push_number(out, whole);
        if after_point > 0 {
            out.push('.');
            let written = fraction.checked_ilog10().map_or(1, |power| power + 1);
            out.extend((written..after_point).map(|_| '0'));
            push_number(out, fraction);
        }
        if form & EXPONENT != 0 {
            out.push('e');
            if form & PADDED == 0 {
                push_integer(out, exponent.into());
                return;
            }
            out.push(if exponent < 0 { '-' } else { '+' });
            if exponent.unsigned_abs() < 10 {
                out.push('0');
            }
            push_number(out, exponent.unsigned_abs().into());
        }
    }

    /// A ratio in a form: rounded to so many digits, with an exponent of its own if the form has
    /// one. `None` where this does not tell it.
    pub(super) fn of_ratio(numerator: u64, denominator: u64, form: u8) -> Option<Self> {
        let after_point = u32::from(form & DIGITS);
        if numerator == 0 || form & EXPONENT == 0 {
            let scaled = numerator.checked_mul(10_u64.checked_pow(after_point)?)?;
            let digits = (scaled.checked_add(denominator / 2)?).checked_div(denominator)?;
            return Some(Self { digits, form, exponent: 0 });
        }
        let (mut scaled, mut exponent) = (numerator, 0);
        while scaled < denominator {
            scaled = scaled.checked_mul(10)?;
            exponent -= 1;
        }
        let scaled = scaled.checked_mul(10_u64.checked_pow(after_point)?)?;
        let digits = (scaled.checked_add(denominator / 2)?).checked_div(denominator)?;
        let limit = 10_u64.checked_pow(after_point + 1)?;
        match digits.cmp(&limit) {
            std::cmp::Ordering::Less => Some(Self { digits, form, exponent }),
            std::cmp::Ordering::Equal => {
                Some(Self { digits: digits / 10, form, exponent: exponent + 1 })
            }
            std::cmp::Ordering::Greater => None,
        }
    }

    /// Whether it is the ratio in its own form.
    pub(super) fn is_ratio(self, numerator: u64, denominator: u64) -> bool {
        Self::of_ratio(numerator, denominator, self.form) == Some(self)
    }

    /// Its value, about.
    pub(super) fn value(self) -> f64 {
        let power = i32::from(self.exponent) - i32::from(self.form & DIGITS);
        self.digits as f64 * 10_f64.powi(power)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_written_as_programs_do() {
        let as_c = Decimal::parse("6.57013e-06").unwrap().form;
        let fixed = Decimal::parse("0.0023").unwrap().form;
        let text = |numerator, denominator, form| {
            let mut text = String::new();
            Decimal::of_ratio(numerator, denominator, form).unwrap().append(&mut text);
            text
        };
        for numerator in [0, 1, 2, 3, 7, 100, 4_999, 99_999, 152_203, 152_204] {
            let ratio = numerator as f64 / 152_204.0;
            let rust = format!("{ratio:.5e}");
            let (mantissa, exponent) = rust.split_once('e').unwrap();
            let exponent: i32 = exponent.parse().unwrap();
            let sign = if exponent < 0 { '-' } else { '+' };
            let c = format!("{mantissa}e{sign}{:02}", exponent.abs());
            assert_eq!(text(numerator, 152_204, as_c), c);
            assert_eq!(text(numerator, 152_204, fixed), format!("{ratio:.4}"));
        }
        assert_eq!(text(9_999_997, 10_000_000, as_c), "1.00000e+00");
        assert_eq!(Decimal::of_ratio(1, 0, as_c), None);
        assert_eq!(Decimal::of_ratio(0, 0, fixed), None);
        assert_eq!(Decimal::of_ratio(u64::MAX, 3, as_c), None);
    }
}
