//! The containers of a CRAM 3 file (CRAM v3 §7, §8), as far as joining and finding them asks for.

use std::io::{self, Write};

use flate2::{Compression, Crc, write::GzEncoder};

use super::super::{CramVersion, Header};

/// Content type of a block that holds a SAM header.
const FILE_HEADER: u8 = 0;
/// Content type of a slice's header.
const SLICE_HEADER: u8 = 2;
/// Method of a block that is not compressed.
const RAW: u8 = 0;
/// Method of a block in gzip.
const GZIP: u8 = 1;

/// What an encoder wrote is not laid out as this module expects.
#[derive(Debug)]
pub(super) struct Unexpected;

/// Reads the integers of CRAM from the front of some bytes.
pub(super) struct Cursor<'a>(pub(super) &'a [u8]);

impl<'a> Cursor<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Unexpected> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Unexpected)?;
        self.0 = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, Unexpected> {
        self.take(1).map(|b| b[0])
    }

    fn int32(&mut self) -> Result<i32, Unexpected> {
        self.take(4).map(|b| i32::from_le_bytes([b[0], b[1], b[2], b[3]]))
    }

    /// ITF8: the number of leading ones of the first byte, up to four, tells how many follow.
    fn itf8(&mut self) -> Result<i32, Unexpected> {
        let first = self.byte()?;
        let more = first.leading_ones().min(4) as usize;
        let rest = self.take(more)?;
        let kept = u32::from(first) & (0xff >> (more + 1).min(4));
        if more == 4 {
            let value = rest[..3].iter().fold(kept, |value, &b| value << 8 | u32::from(b));
            return Ok((value << 4 | u32::from(rest[3] & 15)) as i32);
        }
        Ok(rest.iter().fold(kept, |value, &b| value << 8 | u32::from(b)) as i32)
    }

    /// LTF8: as ITF8, up to eight bytes following.
    fn ltf8(&mut self) -> Result<i64, Unexpected> {
        let first = self.byte()?;
        let more = first.leading_ones() as usize;
        let kept = if more >= 7 { 0 } else { u64::from(first) & (0x7f >> more) };
        let rest = self.take(more)?;
        Ok(rest.iter().fold(kept, |value, &b| value << 8 | u64::from(b)) as i64)
    }
}

fn put_itf8(bytes: &mut Vec<u8>, value: i32) {
    let v = value as u32;
    match v {
        0..0x80 => bytes.push(v as u8),
        0x80..0x4000 => bytes.extend([(v >> 8) as u8 | 0x80, v as u8]),
        0x4000..0x20_0000 => bytes.extend([(v >> 16) as u8 | 0xc0, (v >> 8) as u8, v as u8]),
        0x20_0000..0x1000_0000 => {
            bytes.extend([(v >> 24) as u8 | 0xe0, (v >> 16) as u8, (v >> 8) as u8, v as u8]);
        }
        _ => bytes.extend([
            (v >> 28) as u8 | 0xf0,
            (v >> 20) as u8,
            (v >> 12) as u8,
            (v >> 4) as u8,
            (v & 15) as u8,
        ]),
    }
}

fn put_ltf8(bytes: &mut Vec<u8>, value: i64) {
    let v = value as u64;
    let bits = 64 - v.leading_zeros() as usize;
    let more = (0..8).find(|more| bits <= 7 + 7 * more).unwrap_or(8);
    let ones = !(0xffu32 >> more) as u8;
    let be = v.to_be_bytes();
    let first = if more >= 7 { ones } else { ones | be[7 - more] };
    bytes.push(first);
    bytes.extend(&be[8 - more..]);
}

/// The checksum of a header or block.
pub(super) fn crc(bytes: &[u8]) -> [u8; 4] {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum().to_le_bytes()
}

/// One block, without its checksum.
pub(super) struct Block<'a> {
    method: u8,
    content: u8,
    id: i32,
    raw_size: i32,
    data: &'a [u8],
}

impl<'a> Block<'a> {
    pub(super) fn read(cursor: &mut Cursor<'a>) -> Result<Self, Unexpected> {
        Self::read_version(cursor, 3)
    }

    /// Reads a block of a major version, 2 or 3, with its checksum where it has one.
    pub(super) fn read_version(cursor: &mut Cursor<'a>, major: u8) -> Result<Self, Unexpected> {
        let (method, content) = (cursor.byte()?, cursor.byte()?);
        let (id, size, raw_size) = (cursor.itf8()?, cursor.itf8()?, cursor.itf8()?);
        let data = cursor.take(usize::try_from(size).map_err(|_| Unexpected)?)?;
        cursor.take(if major < 3 { 0 } else { 4 })?;
        Ok(Self { method, content, id, raw_size, data })
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        let start = bytes.len();
        bytes.extend([self.method, self.content]);
        put_itf8(bytes, self.id);
        put_itf8(bytes, self.data.len() as i32);
        put_itf8(bytes, self.raw_size);
        bytes.extend(self.data);
        let sum = crc(&bytes[start..]);
        bytes.extend(sum);
    }
}

/// The fields of a container's header, but for its length.
pub(super) struct ContainerHeader {
    pub(super) contig: i32,
    pub(super) start: i32,
    span: i32,
    pub(super) records: i32,
    counter: i64,
    bases: i64,
    pub(super) blocks: i32,
    pub(super) landmarks: Vec<i32>,
}

impl ContainerHeader {
    /// Reads a header; gives the length of the body too.
    fn read(cursor: &mut Cursor<'_>) -> Result<(Self, usize), Unexpected> {
        Self::read_version(cursor, 3)
    }

    /// Reads the header of a major version, 2 or 3 (CRAM v2.1 §7, v3 §7).
    pub(super) fn read_version(
        cursor: &mut Cursor<'_>,
        major: u8,
    ) -> Result<(Self, usize), Unexpected> {
        let length = usize::try_from(cursor.int32()?).map_err(|_| Unexpected)?;
        let (contig, start, span) = (cursor.itf8()?, cursor.itf8()?, cursor.itf8()?);
        let records = cursor.itf8()?;
        let counter = if major < 3 { cursor.itf8()?.into() } else { cursor.ltf8()? };
        let bases = cursor.ltf8()?;
        let (blocks, count) = (cursor.itf8()?, cursor.itf8()?);
        let landmarks = (0..count).map(|_| cursor.itf8()).collect::<Result<_, _>>()?;
        cursor.take(if major < 3 { 0 } else { 4 })?;
        Ok((Self { contig, start, span, records, counter, bases, blocks, landmarks }, length))
    }

    fn write(&self, bytes: &mut Vec<u8>, length: usize) {
        let start = bytes.len();
        bytes.extend((length as i32).to_le_bytes());
        for value in [self.contig, self.start, self.span, self.records] {
            put_itf8(bytes, value);
        }
        put_ltf8(bytes, self.counter);
        put_ltf8(bytes, self.bases);
        put_itf8(bytes, self.blocks);
        put_itf8(bytes, self.landmarks.len() as i32);
        self.landmarks.iter().for_each(|&landmark| put_itf8(bytes, landmark));
        let sum = crc(&bytes[start..]);
        bytes.extend(sum);
    }
}

/// Where a slice lies: a line of a `.crai` index, its container's offset left open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SliceEntry {
    /// Contig, -1 for reads without one, -2 for several contigs.
    contig: i32,
    /// Leftmost base, 1-based.
    start: i32,
    /// Bases covered.
    span: i32,
    /// Offset of the container, in the part that was encoded.
    container: u64,
    /// Offset of the slice in the container's body.
    landmark: i32,
    /// Bytes of the slice.
    size: i32,
}

impl SliceEntry {
    /// The line, for a part that begins at an offset of the file.
    pub(super) fn line(self, part: u64) -> String {
        let Self { contig, start, span, container, landmark, size } = self;
        format!("{contig}\t{start}\t{span}\t{}\t{landmark}\t{size}\n", part + container)
    }
}

/// Containers that stand in the file as they are, and what an index says of them.
#[derive(Debug, Default)]
pub(super) struct Part {
    pub(super) bytes: Vec<u8>,
    pub(super) slices: Vec<SliceEntry>,
}

/// Takes containers that an encoder wrote, and counts their records from `more` further on.
pub(super) fn renumber(encoded: &[u8], more: u64) -> Result<Part, Unexpected> {
    let mut cursor = Cursor(encoded);
    let mut part = Part::default();
    part.bytes.reserve(encoded.len() + 64);
    while !cursor.0.is_empty() {
        let (header, length) = ContainerHeader::read(&mut cursor)?;
        let body = cursor.take(length)?;
        renumber_container(header, body, more as i64, &mut part)?;
    }
    Ok(part)
}

fn renumber_container(
    mut header: ContainerHeader,
    body: &[u8],
    more: i64,
    part: &mut Part,
) -> Result<(), Unexpected> {
    let container = part.bytes.len() as u64;
    let slices = part.slices.len();
    let mut new = Vec::with_capacity(body.len() + 64);
    let mut cursor = Cursor(body);
    while !cursor.0.is_empty() {
        let block = Block::read(&mut cursor)?;
        if block.content != SLICE_HEADER {
            block.write(&mut new);
            continue;
        }
        if block.method != RAW {
            return Err(Unexpected);
        }
        let landmark = new.len() as i32;
        let (data, mut entry) = renumber_slice(block.data, more)?;
        Block { raw_size: data.len() as i32, data: &data, ..block }.write(&mut new);
        (entry.container, entry.landmark) = (container, landmark);
        part.slices.push(entry);
    }
    let entries = &mut part.slices[slices..];
    let ends = entries.iter().skip(1).map(|e| e.landmark).chain([new.len() as i32]);
    let ends: Vec<i32> = ends.collect();
    for (entry, end) in entries.iter_mut().zip(ends) {
        entry.size = end - entry.landmark;
    }
    header.landmarks = entries.iter().map(|e| e.landmark).collect();
    header.counter += more;
    header.write(&mut part.bytes, new.len());
    part.bytes.extend(new);
    Ok(())
}

fn renumber_slice(data: &[u8], more: i64) -> Result<(Vec<u8>, SliceEntry), Unexpected> {
    let mut cursor = Cursor(data);
    let (contig, start, span) = (cursor.itf8()?, cursor.itf8()?, cursor.itf8()?);
    let (records, counter) = (cursor.itf8()?, cursor.ltf8()?);
    let mut new = Vec::with_capacity(data.len() + 8);
    for value in [contig, start, span, records] {
        put_itf8(&mut new, value);
    }
    put_ltf8(&mut new, counter + more);
    new.extend(cursor.0);
    Ok((new, SliceEntry { contig, start, span, container: 0, landmark: 0, size: 0 }))
}

/// The first bytes of a CRAM file: its definition and its header.
pub(super) fn file_head(header: &Header, version: CramVersion) -> io::Result<Vec<u8>> {
    let text = header.to_text();
    let mut block = (text.len() as i32).to_le_bytes().to_vec();
    block.extend(text.as_bytes());
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(&block)?;
    let mut body = Vec::new();
    Block {
        method: GZIP,
        content: FILE_HEADER,
        id: 0,
        raw_size: block.len() as i32,
        data: &gzip.finish()?,
    }
    .write(&mut body);
    let mut bytes = b"CRAM".to_vec();
    bytes.extend(match version {
        CramVersion::V3_0 => [3, 0],
        CramVersion::V3_1 => [3, 1],
    });
    bytes.resize(26, 0);
    let container = ContainerHeader {
        contig: 0,
        start: 0,
        span: 0,
        records: 0,
        counter: 0,
        bases: 0,
        blocks: 1,
        landmarks: vec![0],
    };
    container.write(&mut bytes, body.len());
    bytes.extend(body);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_come_back_in_as_few_bytes_as_possible() {
        for (value, length) in [
            (0, 1),
            (127, 1),
            (128, 2),
            (0x3fff, 2),
            (0x4000, 3),
            (0x1f_ffff, 3),
            (0x20_0000, 4),
            (0xfff_ffff, 4),
            (0x1000_0000, 5),
            (i32::MAX, 5),
            (-1, 5),
        ] {
            let mut bytes = Vec::new();
            put_itf8(&mut bytes, value);
            assert_eq!((Cursor(&bytes).itf8().unwrap(), bytes.len()), (value, length));
        }
    }

    #[test]
    fn long_integers_come_back() {
        let edges = (0..63).flat_map(|bit| [(1i64 << bit) - 1, 1 << bit, (1 << bit) + 1]);
        for value in edges.chain([-1, i64::MAX, i64::MIN]) {
            let mut bytes = Vec::new();
            put_ltf8(&mut bytes, value);
            let mut cursor = Cursor(&bytes);
            assert_eq!(cursor.ltf8().unwrap(), value);
            assert!(cursor.0.is_empty());
        }
        let mut bytes = Vec::new();
        put_ltf8(&mut bytes, 300);
        assert_eq!(bytes, [0x81, 0x2c], "CRAM v3 §2.3");
    }
}
