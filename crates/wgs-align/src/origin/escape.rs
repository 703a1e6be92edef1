//! Text that SAM can hold, from any bytes and back.

/// Bytes with `%` and two digits in place of `%` and of what is not printable ASCII.
pub(super) fn escape(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for &byte in bytes {
        match byte {
            b'%' | 0..b' ' | 0x7f.. => text.push_str(&format!("%{byte:02X}")),
            _ => text.push(char::from(byte)),
        }
    }
    text
}

/// The bytes that [`escape`] has written; none if it was something else.
pub(super) fn unescape(text: &[u8]) -> Option<Vec<u8>> {
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text);
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        bytes.push(match (byte, after) {
            (b'%', [high, low, after @ ..]) => {
                rest = after;
                hex_digit(*high)? << 4 | hex_digit(*low)?
            }
            (b'%', _) => return None,
            _ => byte,
        });
    }
    Some(bytes)
}

fn hex_digit(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|value| value as u8)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn plain_text_stays() {
        assert_eq!(escape(b" 1:N:0:ACGT"), " 1:N:0:ACGT");
        assert_eq!(escape(b"\tBC:Z:50%"), "%09BC:Z:50%25");
        for wrong in [&b"%"[..], b"%0", b"%G0", b"a%2"] {
            assert_eq!(unescape(wrong), None);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_come_back(bytes in proptest::collection::vec(any::<u8>(), 0..50)) {
            let text = escape(&bytes);
            prop_assert!(text.bytes().all(|b| (b' '..=b'~').contains(&b)));
            prop_assert_eq!(unescape(text.as_bytes()), Some(bytes));
        }
    }
}
