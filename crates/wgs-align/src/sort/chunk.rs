//! Items in memory.

use super::Key;

/// Items, in the order they came until they are sorted.
#[derive(Clone, Debug)]
pub(crate) struct Chunk<const N: usize> {
    entries: Vec<Entry<N>>,
    /// The items' bytes, each after its length as a little-endian `u32`.
    bytes: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<const N: usize> {
    pub(super) key: Key<N>,
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
        self.bytes.extend_from_slice(bytes);
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

    /// The items in their present order.
    pub(crate) fn items(&self) -> impl ExactSizeIterator<Item = (Key<N>, &[u8])> {
        self.entries.iter().map(|entry| (entry.key, self.payload(*entry)))
    }

    /// The keys of the items in their present order.
    pub(crate) fn keys(&self) -> impl ExactSizeIterator<Item = &Key<N>> {
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

    /// Sorts the items in as many stretches as there are threads, each for itself; gives how many
    /// items a stretch has, but for the last.
    pub(super) fn sort_stretches(&mut self, threads: usize) -> usize {
        let length = self.entries.len().div_ceil(threads.max(1)).max(1);
        std::thread::scope(|scope| {
            let mut stretches = self.entries.chunks_mut(length);
            let own = stretches.next();
            for stretch in stretches {
                scope.spawn(|| stretch.sort_unstable_by_key(|entry| entry.key));
            }
            if let Some(own) = own {
                own.sort_unstable_by_key(|entry| entry.key);
            }
        });
        length
    }

    pub(super) fn entries(&self) -> &[Entry<N>] {
        &self.entries
    }

    pub(super) fn payload(&self, entry: Entry<N>) -> &[u8] {
        let (length, rest) = self.bytes[entry.at..].split_at(4);
        let length = u32::from_le_bytes(length.try_into().expect("4 bytes"));
        &rest[..length as usize]
    }
}
