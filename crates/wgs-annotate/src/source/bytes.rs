//! Numbers as bytes: variable-length integers, and planes of bytes of equal significance.

/// Appends a number in LEB128.
pub(super) fn push_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Reads from bytes that may be damaged: everything is `None` beyond their end.
pub(super) struct Bytes<'a>(pub(super) &'a [u8]);

impl<'a> Bytes<'a> {
    /// A number in LEB128.
    pub(super) fn number(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    /// A number that counts or measures what is in memory.
    pub(super) fn length(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    /// The next bytes.
    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|one| one[0])
    }
}

/// Numbers of one width, the lowest bytes of all first: what is alike lies together and compresses
/// well, while each number can be read by its place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Planes {
    width: usize,
    rows: usize,
    bytes: Vec<u8>,
}

impl Planes {
    /// The planes of numbers.
    pub(super) fn push(out: &mut Vec<u8>, numbers: &[u64]) {
        let largest = numbers.iter().copied().max().unwrap_or_default();
        let width = (64 - largest.leading_zeros()).div_ceil(8) as usize;
        out.push(width as u8);
        for plane in 0..width {
            out.extend(numbers.iter().map(|number| (number >> (8 * plane)) as u8));
        }
    }

    /// Planes of so many numbers.
    pub(super) fn read(bytes: &mut Bytes<'_>, rows: usize) -> Option<Self> {
        let width = usize::from(bytes.byte()?);
        if width > 8 {
            return None;
        }
        Some(Self { width, rows, bytes: bytes.take(width * rows)?.to_vec() })
    }

    /// The number of a row, which must be one of theirs.
    pub(super) fn get(&self, row: usize) -> u64 {
        let byte = |plane: usize| u64::from(self.bytes[plane * self.rows + row]) << (8 * plane);
        (0..self.width).map(byte).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back() {
        for number in [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX] {
            let mut out = Vec::new();
            push_number(&mut out, number);
            assert_eq!(Bytes(&out).number(), Some(number));
            out.pop();
            assert_eq!(Bytes(&out).number(), None, "cut");
        }
    }

    #[test]
    fn planes_hold_what_was_put_in() {
        for numbers in [vec![], vec![0, 0], vec![255, 256, 0, 70_000], vec![u64::MAX, 1]] {
            let mut out = Vec::new();
            Planes::push(&mut out, &numbers);
            let planes = Planes::read(&mut Bytes(&out), numbers.len()).unwrap();
            let read: Vec<u64> = (0..numbers.len()).map(|row| planes.get(row)).collect();
            assert_eq!(read, numbers);
            assert_eq!(Planes::read(&mut Bytes(&out[..out.len() - 1]), numbers.len()), None);
        }
    }
}
