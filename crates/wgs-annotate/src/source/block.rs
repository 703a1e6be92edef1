//! Blocks: some thousand alleles of a contig, compressed by column.

use serde::{Deserialize, Serialize};
use wgs_formats::variant::Allele;

use super::{
    bytes::{Bytes, push_number},
    code::{self, SPELLED},
    column::{Column, Values},
};

/// Most alleles of a block.
pub(super) const MAX_ROWS: usize = 8192;
/// Bytes of values after which a block is full.
const FULL_BYTES: usize = 4 << 20;
/// Most bytes of a section that is not damaged: a full block with one more allele, whose values a
/// VCF could hold.
const MAX_SECTION_BYTES: usize = 1 << 30;
/// Level of Zstandard: sources are built once and read for years.
const LEVEL: i32 = 12;

/// A block that is being filled.
#[derive(Debug, Default)]
pub(super) struct Rows {
    contig: usize,
    starts: Vec<u32>,
    codes: Vec<u8>,
    spelled: Vec<u8>,
    columns: Vec<Values>,
}

impl Rows {
    /// A block of a contig with so many columns.
    pub(super) fn new(contig: usize, columns: usize) -> Self {
        Self { contig, columns: vec![Values::default(); columns], ..Self::default() }
    }

    pub(super) fn contig(&self) -> usize {
        self.contig
    }

    pub(super) fn is_full(&self) -> bool {
        let bytes: usize = self.columns.iter().map(Values::len).sum();
        self.starts.len() >= MAX_ROWS || bytes + self.spelled.len() >= FULL_BYTES
    }

    /// Adds an allele, which must not come before the last, with a value for each column.
    pub(super) fn push<'a>(&mut self, allele: &Allele, values: impl Iterator<Item = &'a str>) {
        self.starts.push(allele.start);
        self.codes.push(code::encode(allele, &mut self.spelled));
        self.columns.iter_mut().zip(values).for_each(|(column, value)| column.push(value));
    }

    /// The block as it is written, with its place in the file to be told; `None` if it is empty.
    pub(super) fn encode(&self) -> std::io::Result<Option<(Place, Vec<u8>)>> {
        let (Some(&first), Some(&last)) = (self.starts.first(), self.starts.last()) else {
            return Ok(None);
        };
        let mut place = Place {
            contig: self.contig,
            first,
            last,
            rows: self.starts.len(),
            offset: 0,
            sections: Vec::with_capacity(1 + self.columns.len()),
        };
        let mut compressor = zstd::bulk::Compressor::new(LEVEL)?;
        compressor.include_checksum(true)?;
        let integers: Vec<_> = self.columns.iter().map(Values::plain_integers).collect();
        let columns = self.columns.iter().map(|column| column.encodings(&integers));
        let mut bytes = Vec::new();
        for ways in std::iter::once(vec![self.keys(first)]).chain(columns) {
            let mut shortest: Option<(Vec<u8>, usize)> = None;
            for section in ways {
                let compressed = compressor.compress(&section)?;
                if shortest.as_ref().is_none_or(|(least, _)| compressed.len() < least.len()) {
                    shortest = Some((compressed, section.len()));
                }
            }
            let (compressed, length) = shortest.expect("a section is written in one way at least");
            place.sections.push((compressed.len(), length));
            bytes.extend(compressed);
        }
        Ok(Some((place, bytes)))
    }

    fn keys(&self, first: u32) -> Vec<u8> {
        let mut keys = Vec::with_capacity(3 * self.starts.len() + self.spelled.len());
        let mut before = first;
        for &start in &self.starts {
            push_number(&mut keys, u64::from(start - before));
            before = start;
        }
        keys.extend(&self.codes);
        keys.extend(&self.spelled);
        keys
    }
}

/// Where a block lies, in the genome and in the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// Place of the contig in the genome.
    pub(super) contig: usize,
    /// Start of the first allele, 0-based.
    pub(super) first: u32,
    /// Start of the last allele.
    pub(super) last: u32,
    pub(super) rows: usize,
    /// First byte in the file.
    pub(super) offset: u64,
    /// Bytes of each section, compressed and not: keys, then the columns.
    pub(super) sections: Vec<(usize, usize)>,
}

impl Place {
    /// Bytes in the file; `None` if that is no number.
    pub(super) fn bytes(&self) -> Option<usize> {
        self.sections.iter().try_fold(0_usize, |sum, (compressed, _)| sum.checked_add(*compressed))
    }
}

/// Decompresses sections: one for each thread, since it is dear to make.
pub(super) struct Inflater(zstd::bulk::Decompressor<'static>);

impl Inflater {
    pub(super) fn new() -> std::io::Result<Self> {
        zstd::bulk::Decompressor::new().map(Self)
    }
}

/// A block that alleles are looked up in. Columns are decompressed when a first allele is found.
pub(super) struct Block {
    place: Place,
    compressed: Vec<u8>,
    starts: Vec<u32>,
    codes: Vec<u8>,
    /// Rows of alleles that are spelled out, with the bytes of the spellings.
    spelled: Vec<(usize, Vec<u8>)>,
    columns: Option<Vec<Column>>,
    /// The row that was looked for last, or the one that it would stand before: alleles mostly come
    /// in order.
    near: usize,
}

impl Block {
    /// Reads the keys of a block; `None` if it is damaged.
    pub(super) fn decode(
        place: Place,
        compressed: Vec<u8>,
        inflater: &mut Inflater,
    ) -> Option<Self> {
        let mut block = Self {
            starts: Vec::with_capacity(place.rows.min(MAX_ROWS)),
            codes: Vec::new(),
            spelled: Vec::new(),
            columns: None,
            near: 0,
            place,
            compressed,
        };
        let keys = block.section(0, inflater)?;
        let mut bytes = Bytes(&keys);
        let mut start = u64::from(block.place.first);
        for _ in 0..block.place.rows {
            start = start.checked_add(bytes.number()?)?;
            block.starts.push(u32::try_from(start).ok()?);
        }
        block.codes = bytes.take(block.place.rows)?.to_vec();
        for row in (0..block.place.rows).filter(|&row| block.codes[row] == SPELLED) {
            let whole = bytes.0;
            bytes.number()?;
            let length = bytes.length()?;
            bytes.take(length)?;
            block.spelled.push((row, whole[..whole.len() - bytes.0.len()].to_vec()));
        }
        (block.starts.last() == Some(&block.place.last)).then_some(block)
    }

    fn section(&self, number: usize, inflater: &mut Inflater) -> Option<Vec<u8>> {
        let sections = &self.place.sections;
        let start: usize = sections.get(..number)?.iter().map(|(compressed, _)| compressed).sum();
        let &(compressed, length) = sections.get(number)?;
        let bytes = self.compressed.get(start..start.checked_add(compressed)?)?;
        let decompressed = inflater.0.decompress(bytes, length.min(MAX_SECTION_BYTES)).ok()?;
        (decompressed.len() == length).then_some(decompressed)
    }

    /// The row of an allele by its start, code and spelling.
    pub(super) fn row(&mut self, start: u32, code: u8, spelling: &[u8]) -> Option<usize> {
        let first = self.first_from(start);
        self.near = first;
        let here = self.starts[first..].iter().take_while(|&&s| s == start).count();
        let mut rows = (first..first + here).filter(|&row| self.codes[row] == code);
        rows.find(|&row| code != SPELLED || self.spelling(row) == Some(spelling))
    }

    /// The first row that does not come before a start.
    fn first_from(&self, start: u32) -> usize {
        let is_before = |row: usize| self.starts.get(row).is_some_and(|&s| s < start);
        let from = if is_before(self.near) { self.near } else { 0 };
        let mut step = 1;
        while is_before(from + step) {
            step *= 2;
        }
        let (low, high) = (from + step / 2, (from + step).min(self.starts.len()));
        low + self.starts[low..high].partition_point(|&s| s < start)
    }

    /// Whether no other block can hold an allele with this start.
    pub(super) fn is_alone_at(&self, contig: usize, start: u32) -> bool {
        let Place { contig: ours, first, last, .. } = self.place;
        contig == ours && first < start && start < last
    }

    fn spelling(&self, row: usize) -> Option<&[u8]> {
        let place = self.spelled.binary_search_by_key(&row, |(row, _)| *row).ok()?;
        Some(&self.spelled[place].1)
    }

    /// The columns; `None` if they are damaged.
    pub(super) fn columns(&mut self, inflater: &mut Inflater) -> Option<&[Column]> {
        if self.columns.is_none() {
            let count = self.place.sections.len();
            let column = |number| Column::decode(&self.section(number, inflater)?, self.place.rows);
            self.columns = Some((1..count).map(column).collect::<Option<_>>()?);
        }
        self.columns.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allele(start: u32, reference: &str, alternate: &str) -> Allele {
        Allele { start, reference: reference.into(), alternate: alternate.into() }
    }

    fn rows() -> (Vec<Allele>, Rows) {
        let alleles = vec![
            allele(1000, "A", "C"),
            allele(1000, "A", "G"),
            allele(1000, "A", "AGGGG"),
            allele(1000, "A", "AGGGT"),
            allele(1007, "ACC", "A"),
            allele(70_000, "ACC", "TG"),
        ];
        let mut rows = Rows::new(3, 2);
        for (number, allele) in alleles.iter().enumerate() {
            let number = number.to_string();
            rows.push(
                allele,
                [number.as_str(), if number == "2" { "two" } else { "" }].into_iter(),
            );
        }
        (alleles, rows)
    }

    #[test]
    fn alleles_are_found_with_their_values() {
        let (alleles, rows) = rows();
        let (place, bytes) = rows.encode().unwrap().unwrap();
        assert_eq!((place.contig, place.first, place.last, place.rows), (3, 1000, 70_000, 6));
        assert_eq!(place.bytes(), Some(bytes.len()));
        let inflater = &mut Inflater::new().unwrap();
        let mut block = Block::decode(place, bytes, inflater).unwrap();
        for (number, allele) in alleles.iter().enumerate() {
            let mut spelling = Vec::new();
            let code = code::encode(allele, &mut spelling);
            assert_eq!(block.row(allele.start, code, &spelling), Some(number));
            assert_eq!(block.row(allele.start + 1, code, &spelling), None);
            let mut text = String::new();
            let columns = block.columns(inflater).unwrap();
            assert_eq!(columns[0].append(number, columns, &mut text), Some(true));
            assert_eq!(text, number.to_string());
            assert_eq!(columns[1].append(number, columns, &mut text), Some(number == 2));
        }
        assert_eq!(block.row(1000, SPELLED, b"other"), None);
        assert!(block.is_alone_at(3, 1001) && !block.is_alone_at(4, 1001));
        assert!(!block.is_alone_at(3, 1000) && !block.is_alone_at(3, 70_000));
    }

    #[test]
    fn rows_are_found_in_any_order() {
        let mut rows = Rows::new(0, 0);
        let starts: Vec<u32> = (0..3000).map(|row| row / 3 * 7).collect();
        starts.iter().for_each(|&s| rows.push(&allele(s, "A", "C"), std::iter::empty()));
        let (place, bytes) = rows.encode().unwrap().unwrap();
        let mut block = Block::decode(place, bytes, &mut Inflater::new().unwrap()).unwrap();
        let code = code::encode(&allele(0, "A", "C"), &mut Vec::new());
        for step in 0..9000_u32 {
            let start = step.wrapping_mul(2_654_435_761) % 7100;
            for start in [start, start + 1, step % 7001] {
                let expected = starts.iter().position(|&s| s == start);
                assert_eq!(block.row(start, code, b""), expected);
            }
        }
    }

    #[test]
    fn every_flipped_byte_is_told() {
        let (place, bytes) = rows().1.encode().unwrap().unwrap();
        let inflater = &mut Inflater::new().unwrap();
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x10;
            let read = Block::decode(place.clone(), damaged, inflater);
            let same = read.and_then(|mut block| {
                let mut text = String::new();
                let columns = block.columns(inflater)?;
                columns.iter().try_for_each(|c| c.append(2, columns, &mut text).map(drop))?;
                (text != "2two").then_some(())
            });
            assert_eq!(same, None, "byte {at}");
        }
        assert!(
            Block::decode(place, bytes[..bytes.len() - 1].to_vec(), inflater)
                .is_none_or(|mut b| b.columns(inflater).is_none())
        );
    }
}
