//! Bases as REF may have them.

/// The base that REF has where the reference has this code: A, C, G, T and N as they are, of a code
/// for several bases the first in the alphabet (VCF 4.3, §1.6.1.4: R becomes A), U as T, and N for
/// anything else. Upper case.
///
/// ```
/// use wgs_formats::variant::concrete_base;
/// assert_eq!(b"ACGTNRyKu*".map(concrete_base), *b"ACGTNACGTN");
/// ```
pub fn concrete_base(code: u8) -> u8 {
    match code.to_ascii_uppercase() {
        b'A' | b'R' | b'W' | b'M' | b'D' | b'H' | b'V' => b'A',
        b'C' | b'Y' | b'S' | b'B' => b'C',
        b'G' | b'K' => b'G',
        b'T' | b'U' => b'T',
        _ => b'N',
    }
}
