//! The blocks of BGZF (SAM v1 §4.1).

use std::io;

use libdeflater::{Crc, Decompressor};

/// Bytes of the head of a gzip member up to its extra field.
const HEAD: usize = 12;
/// Bytes of CRC and length behind the data.
const TAIL: usize = 8;
/// Most text that a block holds, in bytes.
pub(super) const MAX_TEXT: usize = 1 << 16;
/// Most bytes of a block.
pub(super) const MAX_SIZE: usize = 1 << 16;

/// Bytes of the block at the front of `bytes`; `None` if no block begins there, or if `bytes` end
/// within its head.
pub(super) fn size(bytes: &[u8]) -> Option<usize> {
    let extra = extra(bytes)?;
    let mut fields = extra;
    while let [a, b, low, high, rest @ ..] = fields {
        let len = usize::from(u16::from_le_bytes([*low, *high]));
        let (value, rest) = rest.split_at_checked(len)?;
        if let ([b'B', b'C'], [low, high]) = ([*a, *b], value) {
            let size = usize::from(u16::from_le_bytes([*low, *high])) + 1;
            return (size >= HEAD + extra.len() + TAIL).then_some(size);
        }
        fields = rest;
    }
    None
}

/// The extra field of a member that has no name or comment.
fn extra(bytes: &[u8]) -> Option<&[u8]> {
    let ([0x1f, 0x8b, 8, 4], Some(head)) = (bytes.get(..4)?, bytes.get(..HEAD)) else {
        return None;
    };
    let len = usize::from(u16::from_le_bytes([head[10], head[11]]));
    bytes.get(HEAD..HEAD + len)
}

/// Length that a whole block says its text has.
pub(super) fn text_len(block: &[u8]) -> usize {
    let [.., a, b, c, d] = *block else { return 0 };
    u32::from_le_bytes([a, b, c, d]) as usize
}

/// Inflates blocks.
pub(super) struct Inflater(Decompressor);

impl Inflater {
    pub(super) fn new() -> Self {
        Self(Decompressor::new())
    }

    /// Puts the text of a whole block, of which [`size`] told the size, at the front of `text`,
    /// which has room for [`MAX_TEXT`]; gives its length, which is checked, as is its checksum.
    pub(super) fn inflate(&mut self, block: &[u8], text: &mut [u8]) -> io::Result<usize> {
        let len = text_len(block);
        let text = text.get_mut(..len).filter(|text| text.len() <= MAX_TEXT);
        let text = text.ok_or_else(|| damaged("says that it holds more than 64 KiB"))?;
        let head = HEAD + extra(block).map_or(0, <[u8]>::len);
        let data = block.get(head..block.len().saturating_sub(TAIL)).unwrap_or_default();
        let [.., a, b, c, d, _, _, _, _] = *block else { return Err(damaged("is too short")) };
        if self.0.deflate_decompress(data, text) != Ok(len) {
            return Err(damaged("cannot be inflated"));
        }
        let mut crc = Crc::new();
        crc.update(text);
        if crc.sum() == u32::from_le_bytes([a, b, c, d]) {
            Ok(len)
        } else {
            Err(damaged("has another checksum"))
        }
    }
}

fn damaged(how: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("a block of BGZF {how}"))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn block(text: &[u8]) -> Vec<u8> {
        let mut writer = noodles_bgzf::io::Writer::new(Vec::new());
        writer.write_all(text).unwrap();
        let mut block = writer.finish().unwrap();
        block.truncate(block.len() - 28);
        block
    }

    fn text(block: &[u8]) -> io::Result<Vec<u8>> {
        let mut text = vec![0; MAX_TEXT];
        let len = Inflater::new().inflate(block, &mut text)?;
        text.truncate(len);
        Ok(text)
    }

    #[test]
    fn blocks_are_told_and_inflated() {
        let one = block(b"text");
        let size = size(&[&one[..], b"more"].concat()).unwrap();
        assert_eq!(size, one.len());
        assert_eq!(text(&one).unwrap(), b"text");
        for at in 0..one.len() {
            let mut damaged = one.clone();
            damaged[at] ^= 0x10;
            // Some bits say nothing of the content: time, system, padding.
            if super::size(&damaged) == Some(size) {
                let found = text(&damaged);
                assert!(found.is_err() || found.is_ok_and(|text| text == b"text"), "byte {at}");
            }
        }
        let mut damaged = one.clone();
        damaged[size - 8] ^= 1;
        assert!(text(&damaged).unwrap_err().to_string().contains("checksum"));
    }

    #[test]
    fn other_extra_fields_are_passed_over() {
        let mut one = block(b"text");
        one[10] = 12;
        one.splice(12..12, [b'X', b'Y', 2, 0, 1, 2]);
        one[22] += 6;
        assert_eq!(size(&one), Some(one.len()));
        assert_eq!(text(&one).unwrap(), b"text");
    }

    #[test]
    fn what_is_no_block_is_told() {
        let one = block(b"text");
        assert_eq!(size(&one[..17]), None);
        assert_eq!(size(b"@read\nACGTACGTACGTACGT\n"), None);
        let mut named = one.clone();
        named[3] |= 8;
        assert_eq!(size(&named), None);
        let mut short = one;
        (short[16], short[17]) = (3, 0);
        assert_eq!(size(&short), None);
    }
}
