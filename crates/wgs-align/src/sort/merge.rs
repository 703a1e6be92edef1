//! Merging sorted items.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, binary_heap::PeekMut},
};

use wgs_formats::Result;

use super::Key;

/// Items in order, one after the other.
pub(super) trait Source<const N: usize> {
    /// The key of the next item, whose bytes replace those of `payload`; none at the end.
    fn next(&mut self, payload: &mut Vec<u8>) -> Result<Option<Key<N>>>;
}

/// The items of several sources in order.
pub(crate) struct Merge<const N: usize> {
    sources: Vec<Head<N>>,
    /// The key of each source's next item, and the source.
    heap: BinaryHeap<Reverse<(Key<N>, usize)>>,
}

/// A source and the bytes of its next item.
struct Head<const N: usize> {
    source: Box<dyn Source<N> + Send>,
    payload: Vec<u8>,
}

impl<const N: usize> Merge<N> {
    pub(super) fn new(sources: Vec<Box<dyn Source<N> + Send>>) -> Result<Self> {
        let mut merge = Self { sources: Vec::new(), heap: BinaryHeap::new() };
        for mut source in sources {
            let mut payload = Vec::new();
            if let Some(key) = source.next(&mut payload)? {
                merge.heap.push(Reverse((key, merge.sources.len())));
                merge.sources.push(Head { source, payload });
            }
        }
        Ok(merge)
    }

    /// The key of the next item, whose bytes replace those of `payload`; none at the end.
    ///
    /// # Errors
    ///
    /// If a temporary file cannot be read.
    pub(crate) fn next(&mut self, payload: &mut Vec<u8>) -> Result<Option<Key<N>>> {
        let Some(mut top) = self.heap.peek_mut() else { return Ok(None) };
        let Reverse((key, index)) = *top;
        let head = &mut self.sources[index];
        std::mem::swap(payload, &mut head.payload);
        match head.source.next(&mut head.payload)? {
            Some(next) => *top = Reverse((next, index)),
            None => {
                PeekMut::pop(top);
            }
        }
        Ok(Some(key))
    }
}

impl<const N: usize> Source<N> for Merge<N> {
    fn next(&mut self, payload: &mut Vec<u8>) -> Result<Option<Key<N>>> {
        Merge::next(self, payload)
    }
}
