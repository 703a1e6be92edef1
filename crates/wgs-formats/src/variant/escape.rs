//! Percent-encoding of values, VCF 4.3 §1.2.

use std::borrow::Cow;

/// Encodes what would end a value of INFO or of a sample: `: ; = % ,`, tab and line ends.
///
/// ```
/// use wgs_formats::variant::{decode, encode};
/// assert_eq!(encode("50%; a,b"), "50%25%3B a%2Cb");
/// assert_eq!(decode("50%25%3B a%2Cb"), "50%; a,b");
/// ```
pub fn encode(value: &str) -> Cow<'_, str> {
    if !value.contains(special) {
        return Cow::Borrowed(value);
    }
    let mut text = String::with_capacity(value.len() + 8);
    for c in value.chars() {
        if special(c) {
            text.push_str(&format!("%{:02X}", u32::from(c)));
        } else {
            text.push(c);
        }
    }
    Cow::Owned(text)
}

fn special(c: char) -> bool {
    matches!(c, ':' | ';' | '=' | '%' | ',' | '\t' | '\n' | '\r')
}

/// Decodes `%XX`; a percent sign that begins no valid code stays.
pub fn decode(value: &str) -> Cow<'_, str> {
    if !value.contains('%') {
        return Cow::Borrowed(value);
    }
    let bytes = value.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = (bytes[at] == b'%').then(|| hex_pair(bytes.get(at + 1..at + 3)?)).flatten();
        decoded.push(code.unwrap_or(bytes[at]));
        at += if code.is_some() { 3 } else { 1 };
    }
    match String::from_utf8(decoded) {
        Ok(text) => Cow::Owned(text),
        Err(_) => Cow::Borrowed(value),
    }
}

fn hex_pair(digits: &[u8]) -> Option<u8> {
    let digit = |b: u8| char::from(b).to_digit(16);
    Some((digit(digits[0])? * 16 + digit(digits[1])?) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_code_stays() {
        for text in ["100%", "%zz", "%4", "a%FFb"] {
            assert_eq!(decode(text), text);
        }
        assert_eq!(decode("%c3%a9"), "é");
    }

    proptest::proptest! {
        #[test]
        fn every_text_comes_back(text in ".*") {
            let encoded = encode(&text);
            proptest::prop_assert!(!encoded.contains([';', ',', '\t', '\n', '=']));
            proptest::prop_assert_eq!(decode(&encoded), text.as_str());
        }
    }
}
