//! A hash that is the same on every machine.

/// Odd constants without pattern: the first digits of the fractions of sqrt(2) and sqrt(3).
pub(crate) const KEYS: [u64; 2] = [0x6a09_e667_f3bc_c909, 0xbb67_ae85_84ca_a73b];

/// Takes bytes and their number into a state.
pub(crate) fn absorb(state: u64, bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let tail = match (rest.len(), bytes.last_chunk::<8>()) {
        (0, _) => 0,
        // The last 8 bytes without those that the last word has.
        (length, Some(last)) => u64::from_le_bytes(*last) >> (64 - 8 * length),
        _ => rest.iter().rev().fold(0, |tail, &byte| tail << 8 | u64::from(byte)),
    };
    let state = words.iter().fold(state, |state, word| fold(state, u64::from_le_bytes(*word)));
    fold(state, tail ^ (bytes.len() as u64) << 56)
}

/// Both halves of a 128-bit product, folded.
fn fold(state: u64, word: u64) -> u64 {
    let product = u128::from(state ^ word) * u128::from(KEYS[1] ^ word.rotate_left(32) | 1);
    (product as u64 ^ (product >> 64) as u64).wrapping_add(KEYS[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_what_they_were() {
        let padded = |bytes: &[u8]| {
            let word = |chunk: &[u8]| chunk.iter().rev().fold(0, |w, &b| w << 8 | u64::from(b));
            let whole = bytes.len() / 8 * 8;
            let state = bytes[..whole].chunks(8).fold(1, |state, chunk| fold(state, word(chunk)));
            fold(state, word(&bytes[whole..]) ^ (bytes.len() as u64) << 56)
        };
        let bytes: Vec<u8> = (1..=40).map(|byte| byte * 6).collect();
        for length in 0..=bytes.len() {
            assert_eq!(absorb(1, &bytes[..length]), padded(&bytes[..length]), "{length}");
        }
    }
}
