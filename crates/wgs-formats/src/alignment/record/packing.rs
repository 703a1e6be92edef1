//! Bins and packed bases.

use super::{BASES, RecordError};

/// R-tree bin of an interval (SAM v1 §5.3), or of no position.
pub(in super::super) fn bin(interval: Option<(u32, u32)>) -> u16 {
    let Some((start, end)) = interval else {
        return 4680;
    };
    let last = end.max(start + 1) - 1;
    let levels = [(14, 4681), (17, 585), (20, 73), (23, 9), (26, 1)];
    let level = levels.into_iter().find(|&(shift, _)| start >> shift == last >> shift);
    level.map_or(0, |(shift, first)| (first + (start >> shift)) as u16)
}

/// 4-bit code of each byte; 16 for what is no base.
const CODES: [u8; 256] = {
    let mut codes = [16; 256];
    let mut code = 0;
    while code < 16 {
        codes[BASES[code] as usize] = code as u8;
        codes[BASES[code].to_ascii_lowercase() as usize] = code as u8;
        code += 1;
    }
    codes[b'.' as usize] = 15;
    codes[b'U' as usize] = 8;
    codes[b'u' as usize] = 8;
    codes
};

/// Appends ASCII bases as BAM packs them; `U` becomes `T`, and `.` becomes `N`.
pub(in super::super) fn pack_bases(bases: &[u8], bytes: &mut Vec<u8>) -> Result<(), RecordError> {
    let start = bytes.len();
    let code = |b: u8| CODES[usize::from(b)];
    let (pairs, odd) = bases.as_chunks::<2>();
    let mut seen = 0;
    bytes.extend(pairs.iter().map(|&[a, b]| {
        seen |= code(a) | code(b);
        code(a) << 4 | code(b) & 15
    }));
    if let [last] = *odd {
        seen |= code(last);
        bytes.push(code(last) << 4);
    }
    if seen & 16 != 0 {
        bytes.truncate(start);
        let wrong = bases.iter().find(|&&b| code(b) > 15);
        return Err(RecordError::Base(wrong.copied().unwrap_or_default()));
    }
    Ok(())
}
