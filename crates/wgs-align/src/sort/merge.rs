//! Merging sorted items, stretch by stretch.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, binary_heap::PeekMut},
};

use wgs_formats::Result;

use super::{
    Chunk, Key,
    chunk::Entry,
    ordered,
    run::{BLOCK_BYTES, Run},
};

/// Items of a stretch at least, but for the last.
const STRETCH_ITEMS: u64 = 10_000;
/// Bytes of a stretch, about, if there are items of many bytes.
const STRETCH_BYTES: u64 = 8 << 20;
/// Items in memory for which one key is looked at when stretches are chosen.
const SAMPLE: usize = 256;

/// Items in order, one after the other.
pub(super) trait Source<const N: usize> {
    /// The key of the present item; none at the end.
    fn key(&self) -> Option<Key<N>>;

    /// The bytes of the present item, which must be there.
    fn payload(&self) -> &[u8];

    /// Goes to the next item, from one that is there.
    fn advance(&mut self) -> Result<()>;
}

/// The items of runs and of a chunk, in order.
///
/// They are handed out in stretches, which threads merge each for itself: a stretch holds the items
/// between two keys. Where stretches end depends on the memory that the sorter had; the order of the
/// items does not.
pub(crate) struct Merge<const N: usize> {
    runs: Vec<Run<N>>,
    chunk: Chunk<N>,
    /// Items of a sorted part of the chunk.
    part: usize,
    threads: usize,
}

impl<const N: usize> Merge<N> {
    /// Of a chunk whose parts of so many items are sorted.
    pub(super) fn new(runs: Vec<Run<N>>, chunk: Chunk<N>, part: usize, threads: usize) -> Self {
        Self { runs, chunk, part, threads: threads.max(1) }
    }

    /// Merges with all threads. Each stretch goes through `make`, on the thread that has merged it,
    /// with its number from 0; what that gives goes to `take`, in order, on this thread. At most two
    /// stretches for each thread are on their way at a time.
    ///
    /// # Errors
    ///
    /// If a temporary file cannot be read, and those of `make` and `take`; the first one ends it.
    pub(crate) fn for_each<T: Send>(
        &self,
        make: impl Fn(u64, Chunk<N>) -> Result<T> + Sync,
        take: impl FnMut(T) -> Result<()>,
    ) -> Result<()> {
        let ends = self.ends();
        let count = ends.len() + 1;
        let stretch = |number: usize| {
            let from = number.checked_sub(1).map_or([0; N], |before| ends[before]);
            make(number as u64, self.stretch(from, ends.get(number).copied())?)
        };
        ordered::run(self.threads, count, &stretch, take)
    }

    /// The first keys of all stretches but the first.
    fn ends(&self) -> Vec<Key<N>> {
        let blocks = self.runs.iter().flat_map(Run::blocks);
        let mut weighed: Vec<(Key<N>, u64, u64)> =
            blocks.map(|block| (block.first, u64::from(block.items), BLOCK_BYTES as u64)).collect();
        let per_item = (self.chunk.used() / self.chunk.entries().len().max(1)) as u64;
        for part in self.chunk.entries().chunks(self.part.max(1)) {
            for sample in part.chunks(SAMPLE) {
                let items = sample.len() as u64;
                weighed.push((sample[0].key, items, items * per_item));
            }
        }
        weighed.sort_unstable();
        // A stretch begins within a block of nearly every run, which is read for the one before as
        // well: with many runs, stretches of more items.
        let items_of_block = weighed.iter().map(|w| w.1).max().unwrap_or(0);
        let least = STRETCH_ITEMS.max(items_of_block * self.runs.len() as u64);
        let (mut ends, mut items, mut bytes) = (Vec::new(), 0, 0);
        for (key, more_items, more_bytes) in weighed {
            if items >= least
                || bytes >= STRETCH_BYTES.max(BLOCK_BYTES as u64 * self.runs.len() as u64)
            {
                ends.push(key);
                (items, bytes) = (0, 0);
            }
            items += more_items;
            bytes += more_bytes;
        }
        ends
    }

    /// The items whose keys are not below `from`, and below `to` if that is given.
    fn stretch(&self, from: Key<N>, to: Option<Key<N>>) -> Result<Chunk<N>> {
        let mut sources: Vec<Box<dyn Source<N> + '_>> = Vec::new();
        for run in &self.runs {
            sources.push(Box::new(run.range(from, to)?));
        }
        for part in self.chunk.entries().chunks(self.part.max(1)) {
            let begin = part.partition_point(|entry| entry.key < from);
            let end = to.map_or(part.len(), |to| part.partition_point(|entry| entry.key < to));
            let part = &part[begin..end.max(begin)];
            sources.push(Box::new(Part { chunk: &self.chunk, part }));
        }
        merge(sources)
    }
}

/// Items of a chunk, one after the other.
struct Part<'a, const N: usize> {
    chunk: &'a Chunk<N>,
    part: &'a [Entry<N>],
}

impl<const N: usize> Source<N> for Part<'_, N> {
    fn key(&self) -> Option<Key<N>> {
        self.part.first().map(|entry| entry.key)
    }

    fn payload(&self) -> &[u8] {
        self.chunk.payload(self.part[0])
    }

    fn advance(&mut self) -> Result<()> {
        self.part = &self.part[1..];
        Ok(())
    }
}

/// All items of some sources, in order.
fn merge<const N: usize>(mut sources: Vec<Box<dyn Source<N> + '_>>) -> Result<Chunk<N>> {
    let mut merged = Chunk::default();
    let heads = sources.iter().enumerate().filter_map(|(i, s)| Some(Reverse((s.key()?, i))));
    let mut heap: BinaryHeap<_> = heads.collect();
    while let Some(mut top) = heap.peek_mut() {
        let Reverse((key, index)) = *top;
        let source = &mut sources[index];
        merged.push(key, source.payload());
        source.advance()?;
        match source.key() {
            Some(next) => *top = Reverse((next, index)),
            None => {
                PeekMut::pop(top);
            }
        }
    }
    Ok(merged)
}
