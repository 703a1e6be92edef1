//! Items in memory.

use wgs_formats::Result;

use super::{Key, merge::Source};

/// Items, in the order they came until they are sorted.
#[derive(Debug)]
pub(crate) struct Chunk<const N: usize> {
    entries: Vec<Entry<N>>,
    /// The items' bytes, each after its length as a little-endian `u32`.
    bytes: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
struct Entry<const N: usize> {
    key: Key<N>,
    at: usize,
}

impl<const N: usize> Default for Chunk<N> {
    fn default() -> Self {
        Self { entries: Vec::new(), bytes: Vec::new() }
    }
}

impl<const N: usize> Chunk<N> {
    /// Adds an item.
    pub(crate) fn push(&mut self, key: Key<N>, bytes: &[u8]) {
        self.entries.push(Entry { key, at: self.bytes.len() });
        let length = u32::try_from(bytes.len()).expect("records are shorter than 2^31");
        self.bytes.extend(length.to_le_bytes());
        self.bytes.extend(bytes);
    }

    /// A chunk of one item whose bytes are not there: to read it panics.
    #[cfg(test)]
    pub(super) fn with_lost_bytes(key: Key<N>) -> Self {
        Self { entries: vec![Entry { key, at: 0 }], bytes: Vec::new() }
    }

    /// Adds the items of another chunk.
    pub(crate) fn append(&mut self, other: &Self) {
        let offset = self.bytes.len();
        self.bytes.extend_from_slice(&other.bytes);
        self.entries.extend(other.entries.iter().map(|e| Entry { at: e.at + offset, ..*e }));
    }

    /// The keys of the items in their present order.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &Key<N>> {
        self.entries.iter().map(|entry| &entry.key)
    }

    /// Bytes of memory that the items take.
    pub(crate) fn used(&self) -> usize {
        self.bytes.len() + self.entries.len() * size_of::<Entry<N>>()
    }

    /// Whether there is no item.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Forgets the items, keeping the memory.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.bytes.clear();
    }

    /// Puts the items in order.
    pub(super) fn sort(&mut self) {
        self.entries.sort_unstable_by_key(|entry| entry.key);
    }

    /// The items in their present order.
    pub(super) fn into_source(self) -> ChunkSource<N> {
        ChunkSource { chunk: self, next: 0 }
    }

    fn payload(&self, entry: Entry<N>) -> &[u8] {
        let (length, rest) = self.bytes[entry.at..].split_at(4);
        let length = u32::from_le_bytes(length.try_into().expect("4 bytes"));
        &rest[..length as usize]
    }
}

/// Items of a chunk, one after the other.
pub(super) struct ChunkSource<const N: usize> {
    chunk: Chunk<N>,
    next: usize,
}

impl<const N: usize> Source<N> for ChunkSource<N> {
    fn next(&mut self, payload: &mut Vec<u8>) -> Result<Option<Key<N>>> {
        let Some(&entry) = self.chunk.entries.get(self.next) else { return Ok(None) };
        self.next += 1;
        payload.clear();
        payload.extend_from_slice(self.chunk.payload(entry));
        Ok(Some(entry.key))
    }
}
