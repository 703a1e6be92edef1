//! Blocks of bgzip (SAM v1 §4.1), made one by one in memory.

use libdeflater::{CompressionLvl, Compressor, crc32};

/// Bytes of text in a block, as htslib takes.
pub(super) const BLOCK_BYTES: usize = 0xff00;

/// Levels of DEFLATE: as other programs write, and where time matters more than bytes.
pub(super) const USUAL_LEVEL: i32 = 6;
pub(super) const FAST_LEVEL: i32 = 1;

/// What stands before the compressed bytes: gzip's header with the field `BC`, two bytes of which
/// tell the block's length and come last.
const HEAD: [u8; 16] = [0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 6, 0, b'B', b'C', 2, 0];

/// Bytes of a block beside what is compressed: head, length, checksum and length of the text.
const FRAME_BYTES: usize = HEAD.len() + 2 + 8;

/// Makes blocks.
pub(super) struct Bgzip(Compressor);

impl Bgzip {
    pub(super) fn new(level: i32) -> Self {
        Self(Compressor::new(CompressionLvl::new(level).expect("a level of libdeflate")))
    }

    /// Appends a block of a text of at most [`BLOCK_BYTES`].
    pub(super) fn append(&mut self, text: &[u8], out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(&HEAD);
        let data = start + HEAD.len() + 2;
        out.resize(data + self.0.deflate_compress_bound(text.len()), 0);
        let written = self.0.deflate_compress(text, &mut out[data..]);
        let written = written.expect("there is room for what cannot be compressed");
        out.truncate(data + written);
        // Incompressible text of a block's size grows by some bytes for each 64 kB.
        let length = u16::try_from(written + FRAME_BYTES - 1).expect("a block is below 64 kB");
        out[data - 2..data].copy_from_slice(&length.to_le_bytes());
        out.extend(crc32(text).to_le_bytes());
        out.extend((text.len() as u32).to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn blocks_of_every_kind_of_text_come_back() {
        let mut state = 1_u32;
        let mut noise = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        let texts = [vec![], b"x".to_vec(), vec![b'a'; BLOCK_BYTES]];
        let random: Vec<u8> = (0..BLOCK_BYTES).map(|_| noise()).collect();
        for level in [USUAL_LEVEL, FAST_LEVEL] {
            let (mut bytes, mut bgzip) = (Vec::new(), Bgzip::new(level));
            for text in texts.iter().chain([&random]) {
                bgzip.append(text, &mut bytes);
            }
            bytes.extend(crate::input::BGZF_EOF);
            let mut read = Vec::new();
            noodles_bgzf::io::Reader::new(&bytes[..]).read_to_end(&mut read).unwrap();
            assert_eq!(read, [&texts.concat()[..], &random].concat());
        }
    }
}
