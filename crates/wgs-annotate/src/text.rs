//! Numbers as text, without the machinery of formatting: an annotated genome has some hundred
//! million of them.

/// Appends a number in decimal digits.
pub(crate) fn push_number(out: &mut String, mut number: u64) {
    let mut digits = [0; 20];
    let mut first = digits.len();
    loop {
        first -= 1;
        digits[first] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.push_str(std::str::from_utf8(&digits[first..]).expect("digits are ASCII"));
}

/// Appends a number in decimal digits, with a sign if it is negative.
pub(crate) fn push_integer(out: &mut String, number: i64) {
    if number < 0 {
        out.push('-');
    }
    push_number(out, number.unsigned_abs());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_formatting_does() {
        for number in [0, 9, 10, -1, -10, 123_456_789, i64::MAX, i64::MIN] {
            let mut text = "x".to_owned();
            push_integer(&mut text, number);
            assert_eq!(text, format!("x{number}"));
        }
        let mut text = String::new();
        push_number(&mut text, u64::MAX);
        assert_eq!(text, u64::MAX.to_string());
    }
}
