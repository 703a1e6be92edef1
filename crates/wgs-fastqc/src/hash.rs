//! A hash that is the same on every machine.

/// Odd constants without pattern: the first digits of the fractions of sqrt(2) and sqrt(3).
pub(crate) const KEYS: [u64; 2] = [0x6a09_e667_f3bc_c909, 0xbb67_ae85_84ca_a73b];

/// Takes bytes and their number into a state.
pub(crate) fn absorb(state: u64, bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut tail = [0; 8];
    tail[..rest.len()].copy_from_slice(rest);
    let state = words.iter().fold(state, |state, word| fold(state, u64::from_le_bytes(*word)));
    fold(state, u64::from_le_bytes(tail) ^ (bytes.len() as u64) << 56)
}

/// Both halves of a 128-bit product, folded.
fn fold(state: u64, word: u64) -> u64 {
    let product = u128::from(state ^ word) * u128::from(KEYS[1] ^ word.rotate_left(32) | 1);
    (product as u64 ^ (product >> 64) as u64).wrapping_add(KEYS[0])
}
