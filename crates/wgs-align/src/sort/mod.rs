//! Sorting what does not fit memory: by key, in bounded memory, with compressed spill.
//!
//! Items are a key of `N` numbers and some bytes. They are gathered in a chunk; a full chunk is
//! sorted and written to an unnamed temporary file (LZ4), which is gone when the process is, and
//! all are merged in the end, by all threads: each merges the items between two keys. As keys are distinct, the result depends neither on the order in
//! which items came nor on the memory: not on the number of threads.

mod chunk;
mod merge;
mod ordered;
mod run;

use std::{
    path::{Path, PathBuf},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
};

use wgs_formats::Result;

pub(crate) use chunk::Chunk;
pub(crate) use merge::Merge;
use run::{Run, RunWriter};

/// What orders items: compared number by number.
pub(crate) type Key<const N: usize> = [u64; N];

/// Bytes that reading a run takes: a block, and what it is unpacked from.
const READER_BYTES: usize = 2 * run::BLOCK_BYTES;
/// Runs that are merged at once at most, as each is an open file.
const MAX_FAN_IN: usize = 400;

/// Sorts items that any number of threads hand in.
///
/// Holds at most `memory_bytes` and one part while items come; in the end a last chunk, the buffers
/// of the runs, and for each thread two stretches of the result, each of which has 10,000 items or 8
/// MiB, or with many runs up to 64 KiB of each. Besides, 50 bytes for 64 KiB of items on the disk. The
/// disk takes what the items take, compressed.
pub(crate) struct Sorter<const N: usize> {
    folder: PathBuf,
    threads: usize,
    chunk_bytes: usize,
    /// Chunks that may be on their way to the disk at a time.
    max_spilling: usize,
    state: Mutex<State<N>>,
    spilled: Condvar,
}

#[derive(Default)]
struct State<const N: usize> {
    chunk: Chunk<N>,
    runs: Vec<Run<N>>,
    spilling: usize,
}

impl<const N: usize> Sorter<N> {
    /// A sorter whose temporary files lie in `folder`, for so many threads that hand items in.
    pub(crate) fn new(folder: &Path, memory_bytes: usize, threads: usize) -> Self {
        let max_spilling = threads.div_ceil(8).clamp(1, 4);
        Self {
            folder: folder.to_owned(),
            threads: threads.max(1),
            chunk_bytes: memory_bytes / (max_spilling + 1),
            max_spilling,
            state: Mutex::default(),
            spilled: Condvar::new(),
        }
    }

    /// Takes the items of a part; may sort and write a chunk, or wait for another thread that
    /// does.
    ///
    /// # Errors
    ///
    /// If a temporary file cannot be written: `OutOfSpace` if the disk is full.
    pub(crate) fn append(&self, part: &Chunk<N>) -> Result<()> {
        let mut state = self.lock();
        while !state.chunk.is_empty() && state.chunk.used() + part.used() > self.chunk_bytes {
            state = if state.spilling < self.max_spilling {
                self.spill(state)?
            } else {
                self.spilled.wait(state).unwrap_or_else(PoisonError::into_inner)
            };
        }
        state.chunk.append(part);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, State<N>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn spill<'a>(
        &'a self,
        mut state: MutexGuard<'a, State<N>>,
    ) -> Result<MutexGuard<'a, State<N>>> {
        let mut chunk = std::mem::take(&mut state.chunk);
        state.spilling += 1;
        drop(state);
        let spilling = Spilling(self);
        chunk.sort();
        let mut writer = RunWriter::create(&self.folder)?;
        chunk.items().try_for_each(|(key, bytes)| writer.push(key, bytes))?;
        let run = writer.finish()?;
        drop(spilling);
        let mut state = self.lock();
        state.runs.push(run);
        Ok(state)
    }

    /// The items in order. Merges runs into longer ones first if there are more than the memory
    /// has buffers for.
    ///
    /// # Errors
    ///
    /// If a temporary file cannot be read or written.
    pub(crate) fn finish(self) -> Result<Merge<N>> {
        let threads = self.threads;
        let State { mut chunk, mut runs, .. } =
            self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        let free = self.max_spilling * self.chunk_bytes / threads;
        let fan_in = (free / READER_BYTES).clamp(4, MAX_FAN_IN);
        while runs.len() > fan_in {
            let rest = runs.split_off(fan_in);
            let mut writer = RunWriter::create(&self.folder)?;
            let merge = Merge::new(runs, Chunk::default(), 0, threads);
            merge.for_each(
                |_, chunk| Ok(chunk),
                |chunk| chunk.items().try_for_each(|(key, bytes)| writer.push(key, bytes)),
            )?;
            runs = rest;
            runs.push(writer.finish()?);
        }
        let part = chunk.sort_stretches(threads);
        Ok(Merge::new(runs, chunk, part, threads))
    }
}

/// A chunk on its way to the disk: when it is there, or will never be, threads that wait may go on.
struct Spilling<'a, const N: usize>(&'a Sorter<N>);

impl<const N: usize> Drop for Spilling<'_, N> {
    fn drop(&mut self) {
        self.0.lock().spilling -= 1;
        self.0.spilled.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng, seq::SliceRandom};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    type Item = (Key<2>, Vec<u8>);

    fn items(count: usize) -> Vec<Item> {
        let mut random = ChaCha8Rng::seed_from_u64(count as u64);
        let mut items: Vec<Item> = (0..count as u64)
            .map(|i| {
                let length = random.random_range(0..100);
                ([random.random_range(0..50), i], vec![i as u8; length])
            })
            .collect();
        items.shuffle(&mut random);
        items
    }

    fn sorted(items: &[Item], memory: usize, threads: usize) -> (Vec<Item>, usize) {
        let folder = tempfile::tempdir().unwrap();
        let sorter = Sorter::new(folder.path(), memory, threads);
        std::thread::scope(|scope| {
            for part in items.chunks(items.len().div_ceil(threads).max(1)) {
                let sorter = &sorter;
                scope.spawn(move || {
                    for few in part.chunks(7) {
                        let mut chunk = Chunk::default();
                        few.iter().for_each(|(key, bytes)| chunk.push(*key, bytes));
                        sorter.append(&chunk).unwrap();
                    }
                });
            }
        });
        let runs = sorter.lock().runs.len();
        let merge = sorter.finish().unwrap();
        let (mut found, mut numbers) = (Vec::new(), Vec::new());
        let take = |(number, chunk): (u64, Chunk<2>)| {
            numbers.push(number);
            found.extend(chunk.items().map(|(key, bytes)| (key, bytes.to_vec())));
            Ok(())
        };
        merge.for_each(|number, chunk| Ok((number, chunk)), take).unwrap();
        let count = numbers.len() as u64;
        assert!(numbers.into_iter().eq(0..count));
        (found, runs)
    }

    #[test]
    fn any_memory_and_threads_give_the_same_order() {
        let items = items(5000);
        let mut expected = items.clone();
        expected.sort();
        for (memory, threads) in [(1 << 30, 1), (50_000, 1), (50_000, 4), (10_000, 3)] {
            let (found, runs) = sorted(&items, memory, threads);
            assert!(found == expected, "{memory} bytes, {threads} threads");
            assert_eq!(runs == 0, memory == 1 << 30, "{runs} runs");
        }
    }

    #[test]
    fn more_runs_than_buffers_are_merged_in_rounds() {
        let items = items(3000);
        let (found, runs) = sorted(&items, 4000, 1);
        assert!(runs > 50, "{runs} runs");
        assert!(found.is_sorted() && found.len() == items.len());
    }

    #[test]
    fn nothing_gives_nothing_and_no_file_stays() {
        let folder = tempfile::tempdir().unwrap();
        let sorter = Sorter::<2>::new(folder.path(), 100, 1);
        for i in 0..100 {
            let mut chunk = Chunk::default();
            chunk.push([i, 0], &[1; 40]);
            sorter.append(&chunk).unwrap();
        }
        assert!(!sorter.lock().runs.is_empty());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        assert!(sorted(&[], 100, 1).0.is_empty());
    }

    #[test]
    fn a_thread_that_panics_while_it_spills_keeps_no_other_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let sorter = Sorter::<2>::new(folder.path(), 10, 1);
        let mut sound = Chunk::default();
        sound.push([2, 2], &[0; 50]);
        sorter.append(&Chunk::with_lost_bytes([1, 1])).unwrap();
        std::thread::scope(|scope| {
            assert!(scope.spawn(|| sorter.append(&sound)).join().is_err());
        });
        assert_eq!(sorter.lock().spilling, 0);
        sorter.append(&sound).unwrap();
        sorter.append(&sound).unwrap();
        assert_eq!(sorter.lock().runs.len(), 1);
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        let sorter = Sorter::<2>::new(Path::new("/nowhere/at/all"), 10, 1);
        let mut chunk = Chunk::default();
        chunk.push([1, 1], &[0; 50]);
        sorter.append(&chunk).unwrap();
        let error = sorter.append(&chunk).unwrap_err();
        assert_eq!(error.kind(), wgs_core::ErrorKind::NotFound);
    }
}
