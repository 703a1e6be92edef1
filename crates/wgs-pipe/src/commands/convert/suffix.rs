//! What follows a name in FASTQ, as a field of a record.

use wgs_formats::alignment::Tag;

/// The local tag that the aligner's records have it in, too.
pub(super) const TAG: Tag = *b"sf";

/// Text that a record can hold: `%` and two hexadecimal digits stand for `%` and for what is not
/// printable ASCII.
pub(super) fn escape(suffix: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(suffix.len());
    for &byte in suffix {
        match byte {
            b' '..=b'~' if byte != b'%' => text.push(byte),
            _ => text.extend(format!("%{byte:02X}").into_bytes()),
        }
    }
    text
}

/// What [`escape`] was given; text that it cannot have made stays as it is.
pub(super) fn unescape(text: &[u8]) -> Vec<u8> {
    let (mut suffix, mut rest) = (Vec::with_capacity(text.len()), text);
    while let [first, tail @ ..] = rest {
        let digits = tail.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) if *first == b'%' => {
                suffix.push(byte);
                rest = &tail[2..];
            }
            _ => {
                suffix.push(*first);
                rest = tail;
            }
        }
    }
    suffix
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_suffix_comes_back() {
        for suffix in [&b""[..], b"/1 x", b" 1:N:0:ACGT+TTT", b"\tRX:Z:A%20", b" 100% %41"] {
            let text = escape(suffix);
            assert!(text.iter().all(|b| matches!(b, b' '..=b'~')));
            assert_eq!(unescape(&text), suffix);
        }
        assert_eq!(unescape(b"%"), b"%");
        assert_eq!(unescape(b"%4"), b"%4");
    }
}
