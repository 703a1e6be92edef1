//! Blocks: some thousand intervals of a contig and a class of length, compressed by column.

use serde::{Deserialize, Serialize};

use super::super::{
    bytes::{Bytes, push_number},
    column::{Column, Values},
};

/// Most intervals of a block.
pub(super) const MAX_ROWS: usize = 8192;
/// Bytes of values after which a block is full.
const FULL_BYTES: usize = 1 << 20;
/// Most bytes of a section that is not damaged.
const MAX_SECTION_BYTES: usize = 1 << 30;
/// Level of Zstandard.
const LEVEL: i32 = 12;

/// A block that is being filled.
#[derive(Debug)]
pub(super) struct Rows {
    contig: usize,
    class: usize,
    starts: Vec<u32>,
    ends: Vec<u32>,
    columns: Vec<Values>,
}

impl Rows {
    pub(super) fn new(contig: usize, class: usize, columns: usize) -> Self {
        let columns = vec![Values::default(); columns];
        Self { contig, class, starts: Vec::new(), ends: Vec::new(), columns }
    }

    pub(super) fn is_of(&self, contig: usize, class: usize) -> bool {
        (self.contig, self.class) == (contig, class)
    }

    pub(super) fn is_full(&self) -> bool {
        let bytes: usize = self.columns.iter().map(Values::len).sum();
        self.starts.len() >= MAX_ROWS || bytes >= FULL_BYTES
    }

    /// Adds an interval, which must not begin before the last, with a value for each column.
    pub(super) fn push<'a>(&mut self, start: u32, end: u32, values: impl Iterator<Item = &'a str>) {
        self.starts.push(start);
        self.ends.push(end);
        self.columns.iter_mut().zip(values).for_each(|(column, value)| column.push(value));
    }

    /// The block as it is written, with its place in the file to be told; `None` if it is empty.
    pub(super) fn encode(&self) -> std::io::Result<Option<(Place, Vec<u8>)>> {
        let (Some(&first), Some(&last)) = (self.starts.first(), self.starts.last()) else {
            return Ok(None);
        };
        let mut place = Place {
            contig: self.contig,
            class: self.class,
            first,
            last,
            rows: self.starts.len(),
            offset: 0,
            sections: Vec::with_capacity(1 + self.columns.len()),
        };
        let mut compressor = zstd::bulk::Compressor::new(LEVEL)?;
        compressor.include_checksum(true)?;
        let mut bytes = Vec::new();
        let columns = self.columns.iter().map(Values::encode);
        for section in std::iter::once(self.keys(first)).chain(columns) {
            let compressed = compressor.compress(&section)?;
            place.sections.push((compressed.len(), section.len()));
            bytes.extend(compressed);
        }
        Ok(Some((place, bytes)))
    }

    fn keys(&self, first: u32) -> Vec<u8> {
        let mut keys = Vec::with_capacity(4 * self.starts.len());
        let mut before = first;
        for &start in &self.starts {
            push_number(&mut keys, u64::from(start - before));
            before = start;
        }
        for (start, end) in self.starts.iter().zip(&self.ends) {
            push_number(&mut keys, u64::from(end - start));
        }
        keys
    }
}

/// Where a block lies, in the genome and in the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// Place of the contig in the genome.
    pub(super) contig: usize,
    /// Class of the intervals' lengths.
    pub(super) class: usize,
    /// Start of the first interval, 0-based.
    pub(super) first: u32,
    /// Start of the last interval.
    pub(super) last: u32,
    pub(super) rows: usize,
    /// First byte in the file.
    pub(super) offset: u64,
    /// Bytes of each section, compressed and not: keys, then the columns.
    sections: Vec<(usize, usize)>,
}

impl Place {
    /// Bytes in the file; `None` if that is no number.
    pub(super) fn bytes(&self) -> Option<usize> {
        self.sections.iter().try_fold(0_usize, |sum, (compressed, _)| sum.checked_add(*compressed))
    }

    pub(super) fn columns(&self) -> Option<usize> {
        self.sections.len().checked_sub(1)
    }
}

/// A block that intervals are looked up in. Columns are decompressed when a value is asked for.
pub(super) struct Block {
    place: Place,
    compressed: Vec<u8>,
    starts: Vec<u32>,
    ends: Vec<u32>,
    columns: Option<Vec<Column>>,
}

impl Block {
    /// Reads the keys of a block; `None` if it is damaged.
    pub(super) fn decode(place: Place, compressed: Vec<u8>) -> Option<Self> {
        let rows = place.rows;
        let mut block =
            Self { place, compressed, starts: Vec::new(), ends: Vec::new(), columns: None };
        let keys = block.section(0)?;
        let mut bytes = Bytes(&keys);
        let mut start = block.place.first;
        for _ in 0..rows {
            start = start.checked_add(u32::try_from(bytes.number()?).ok()?)?;
            block.starts.push(start);
        }
        for row in 0..rows {
            let length = u32::try_from(bytes.number()?).ok()?;
            block.ends.push(block.starts[row].checked_add(length)?);
        }
        (block.starts.last() == Some(&block.place.last) && bytes.0.is_empty()).then_some(block)
    }

    fn section(&self, number: usize) -> Option<Vec<u8>> {
        let sections = &self.place.sections;
        let start: usize = sections.get(..number)?.iter().map(|(compressed, _)| compressed).sum();
        let &(compressed, length) = sections.get(number)?;
        let bytes = self.compressed.get(start..start.checked_add(compressed)?)?;
        let decompressed = zstd::bulk::decompress(bytes, length.min(MAX_SECTION_BYTES)).ok()?;
        (decompressed.len() == length).then_some(decompressed)
    }

    /// Rows of the intervals that overlap a place, with their starts and ends; `longest` is the
    /// greatest length of one.
    pub(super) fn overlapping(
        &self,
        start: u32,
        end: u32,
        longest: u32,
    ) -> impl Iterator<Item = (u32, u32, usize)> {
        let least = start.saturating_sub(longest);
        let from = self.starts.partition_point(|&there| there < least);
        let to = self.starts.partition_point(|&there| there < end).max(from);
        (from..to)
            .filter(move |&row| self.ends[row] > start)
            .map(|row| (self.starts[row], self.ends[row], row))
    }

    /// Appends the value of a row; says whether there is one. `None` if the block is damaged.
    pub(super) fn append(&mut self, column: usize, row: usize, out: &mut String) -> Option<bool> {
        if self.columns.is_none() {
            let count = self.place.columns()?;
            let read = |number| Column::decode(&self.section(number)?, self.place.rows);
            self.columns = Some((1..=count).map(read).collect::<Option<_>>()?);
        }
        let columns = self.columns.as_ref()?;
        columns.get(column)?.append(row, columns, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Rows {
        let mut rows = Rows::new(2, 1, 1);
        for (start, end, value) in [(10, 20, "a"), (10, 100, ""), (50, 60, "c")] {
            rows.push(start, end, [value].into_iter());
        }
        rows
    }

    #[test]
    fn overlapping_rows_are_found() {
        let (place, bytes) = rows().encode().unwrap().unwrap();
        assert_eq!((place.first, place.last, place.rows), (10, 50, 3));
        let mut block = Block::decode(place, bytes).unwrap();
        let found = |start, end| {
            block.overlapping(start, end, 256).map(|(.., row)| row).collect::<Vec<_>>()
        };
        assert_eq!(found(19, 20), [0, 1]);
        assert_eq!(found(20, 50), [1]);
        assert_eq!(found(50, 51), [1, 2]);
        assert!(found(0, 10).is_empty() && found(100, 200).is_empty());
        let mut text = String::new();
        assert_eq!(block.append(0, 1, &mut text), Some(false));
        assert_eq!((block.append(0, 2, &mut text), text.as_str()), (Some(true), "c"));
        assert_eq!(block.append(1, 0, &mut text), None);
    }

    #[test]
    fn every_flipped_byte_is_told() {
        let (place, bytes) = rows().encode().unwrap().unwrap();
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x10;
            let read = Block::decode(place.clone(), damaged);
            let mut text = String::new();
            let value = read.and_then(|mut block| block.append(0, 0, &mut text));
            // A byte may say how much memory to take.
            assert!(value.is_none() || text == "a", "byte {at}");
        }
    }
}
