//! The chain of blocks of a BGZF file (SAM v1 §4.1), followed as bytes pass, without decoding.

/// Bytes of a block's header, with the one extra field that says how long the block is.
const HEADER: usize = 18;
/// The empty block that ends a file.
const END_BLOCK: [u8; 28] = [
    0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 6, 0, b'B', b'C', 2, 0, 0x1b, 0, 3, 0, 0, 0, 0, 0, 0, 0,
    0, 0,
];

/// How a file ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It is not BGZF.
    Other,
    /// With the block that ends a file.
    Whole,
    /// Between two blocks.
    WithoutBlock,
    /// Inside a block.
    Cut,
    /// It was BGZF up to some byte.
    Broken(u64),
}

/// Where in the chain the bytes have come to.
#[derive(Debug, Default)]
pub(super) struct Chain {
    /// The header of the block so far.
    header: Vec<u8>,
    /// Bytes that are left of the block.
    left: u64,
    /// The last bytes of the file so far.
    tail: Vec<u8>,
    at: u64,
    other: Option<End>,
}

impl Chain {
    /// Follows the next bytes.
    pub(super) fn take(&mut self, mut bytes: &[u8]) {
        if self.other.is_some() {
            return;
        }
        self.keep_tail(bytes);
        while !bytes.is_empty() && self.other.is_none() {
            if self.left > 0 {
                let step = self.left.min(bytes.len() as u64) as usize;
                (self.left, self.at) = (self.left - step as u64, self.at + step as u64);
                bytes = &bytes[step..];
                continue;
            }
            let step = (HEADER - self.header.len()).min(bytes.len());
            self.header.extend_from_slice(&bytes[..step]);
            bytes = &bytes[step..];
            if self.header.len() == HEADER {
                self.block();
            }
        }
    }

    fn block(&mut self) {
        let header = std::mem::take(&mut self.header);
        let is_block = header[..4] == END_BLOCK[..4] && header[10..16] == END_BLOCK[10..16];
        let length = u64::from(u16::from_le_bytes([header[16], header[17]])) + 1;
        if is_block && length > HEADER as u64 {
            self.at += HEADER as u64;
            self.left = length - HEADER as u64;
        } else {
            self.other = Some(if self.at == 0 { End::Other } else { End::Broken(self.at) });
        }
    }

    fn keep_tail(&mut self, bytes: &[u8]) {
        let last = &bytes[bytes.len().saturating_sub(END_BLOCK.len())..];
        self.tail.extend_from_slice(last);
        let surplus = self.tail.len().saturating_sub(END_BLOCK.len());
        self.tail.drain(..surplus);
    }

    /// How the file ended, now that no more bytes come.
    pub(super) fn end(&self) -> End {
        match self.other {
            Some(end) => end,
            None if self.at == 0 && self.left == 0 => End::Other,
            None if self.left > 0 || !self.header.is_empty() => End::Cut,
            None if self.tail == END_BLOCK => End::Whole,
            None => End::WithoutBlock,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A block of some length with nothing to decode in it.
    fn block(length: u16) -> Vec<u8> {
        let mut block = END_BLOCK[..HEADER].to_vec();
        block[16..].copy_from_slice(&(length - 1).to_le_bytes());
        block.resize(usize::from(length), 7);
        block
    }

    fn end(bytes: &[u8], step: usize) -> End {
        let mut chain = Chain::default();
        bytes.chunks(step).for_each(|chunk| chain.take(chunk));
        chain.end()
    }

    #[test]
    fn ends_are_told_whatever_the_pieces() {
        let blocks = [block(100), block(40)].concat();
        let whole = [&blocks[..], &END_BLOCK].concat();
        let broken = [&blocks[..], b"\x1f\x8b\x08\0 plain gzip behind it"].concat();
        for step in [1, 7, 18, 29, 1000] {
            assert_eq!(end(&whole, step), End::Whole);
            assert_eq!(end(&blocks, step), End::WithoutBlock);
            assert_eq!(end(&blocks[..139], step), End::Cut);
            assert_eq!(end(&blocks[..105], step), End::Cut);
            assert_eq!(end(&broken, step), End::Broken(140));
            assert_eq!(end(b"@plain text that is long enough\n", step), End::Other);
            assert_eq!(end(b"", step), End::Other);
        }
    }
}
