//! Numbers as people read them: the same text for the same number, wherever it runs.

/// Keeps a unit on the line of its figure.
pub(crate) const NO_BREAK: char = '\u{a0}';
/// Shown where there is no figure.
pub(crate) const NOTHING: &str = "–";

/// A count with thousands separated: `1,234,567`.
pub(crate) fn count(value: u64) -> String {
    grouped(&value.to_string())
}

/// A figure with a fixed number of decimals and thousands separated; a dash for what is no number.
pub(crate) fn fixed(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return NOTHING.to_owned();
    }
    let text = format!("{value:.decimals$}");
    let text = match text.strip_prefix('-') {
        Some(digits) if digits.bytes().all(|b| matches!(b, b'0' | b'.')) => digits.to_owned(),
        _ => text,
    };
    match text.split_once('.') {
        Some((whole, fraction)) => format!("{}.{fraction}", grouped(whole)),
        None => grouped(&text),
    }
}

/// Like [`fixed`], without trailing zeros: `30`, `0.5`.
pub(crate) fn trimmed(value: f64, decimals: usize) -> String {
    let text = fixed(value, decimals);
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// A fraction as a percentage. What is not quite all or not quite nothing never looks like it.
pub(crate) fn percent(rate: f64, decimals: usize) -> String {
    let text = fixed(rate * 100.0, decimals);
    let step = 10f64.powi(-(decimals as i32));
    let is = |bound: f64| text == fixed(bound, decimals);
    if rate < 1.0 && is(100.0) {
        format!(">{NO_BREAK}{}{NO_BREAK}%", fixed(100.0 - step, decimals))
    } else if rate > 0.0 && is(0.0) {
        format!("<{NO_BREAK}{}{NO_BREAK}%", fixed(step, decimals))
    } else if text == NOTHING {
        text
    } else {
        format!("{text}{NO_BREAK}%")
    }
}

/// A large number in at most four digits: `950`, `12.3 k`, `1.20 G`.
pub(crate) fn short(value: u64) -> String {
    const UNITS: [(u64, &str); 4] =
        [(1_000_000_000_000, "T"), (1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")];
    let Some((size, unit)) = UNITS.iter().find(|(size, _)| value >= *size) else {
        return value.to_string();
    };
    let scaled = value as f64 / *size as f64;
    let decimals = if scaled < 10.0 { 2 } else { usize::from(scaled < 100.0) };
    format!("{scaled:.decimals$}{NO_BREAK}{unit}")
}

/// An allele frequency: two significant digits, `1.2e-5` below one in a thousand.
pub(crate) fn frequency(value: f64) -> String {
    if !value.is_finite() {
        NOTHING.to_owned()
    } else if value == 0.0 {
        "0".to_owned()
    } else if value < 0.001 {
        format!("{value:.1e}")
    } else if value < 0.01 {
        format!("{value:.4}")
    } else {
        format!("{value:.3}")
    }
}

/// A figure for the model, free of the last digits that arithmetic leaves behind.
pub(crate) fn rounded(value: f64, decimals: i32) -> f64 {
    let scale = 10f64.powi(decimals);
    let value = (value * scale).round() / scale;
    if value.is_finite() { value + 0.0 } else { 0.0 }
}

fn grouped(digits: &str) -> String {
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", digits),
    };
    let mut text = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    format!("{sign}{text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_separated() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1000), "1,000");
        assert_eq!(count(u64::MAX), "18,446,744,073,709,551,615");
        assert_eq!(fixed(-1234.56, 1), "-1,234.6");
    }

    #[test]
    fn zero_has_no_sign_and_nonsense_no_digits() {
        assert_eq!(fixed(-0.001, 2), "0.00");
        assert_eq!(fixed(f64::NAN, 2), NOTHING);
        assert_eq!(percent(f64::INFINITY, 2), NOTHING);
        assert!(rounded(-0.0, 2).is_sign_positive());
        assert_eq!(rounded(f64::NAN, 2), 0.0);
    }

    #[test]
    fn nearly_all_is_not_all() {
        let percent = |rate, decimals| percent(rate, decimals).replace(NO_BREAK, " ");
        assert_eq!(percent(1.0, 2), "100.00 %");
        assert_eq!(percent(0.999_999, 2), "> 99.99 %");
        assert_eq!(percent(0.000_001, 2), "< 0.01 %");
        assert_eq!(percent(0.0, 1), "0.0 %");
        assert_eq!(percent(0.1234, 1), "12.3 %");
    }

    #[test]
    fn large_numbers_are_short() {
        let short = |value| short(value).replace(NO_BREAK, " ");
        assert_eq!(short(950), "950");
        assert_eq!(short(12_345), "12.3 k");
        assert_eq!(short(1_200_000_000), "1.20 G");
        assert_eq!(short(123_456_789), "123 M");
    }

    #[test]
    fn frequencies() {
        assert_eq!(frequency(0.25), "0.250");
        assert_eq!(frequency(0.0052), "0.0052");
        assert_eq!(frequency(0.000_012), "1.2e-5");
        assert_eq!(frequency(0.0), "0");
    }

    #[test]
    fn trailing_zeros_go() {
        assert_eq!(trimmed(30.0, 3), "30");
        assert_eq!(trimmed(0.5, 3), "0.5");
        assert_eq!(trimmed(100.0, 0), "100");
    }
}
