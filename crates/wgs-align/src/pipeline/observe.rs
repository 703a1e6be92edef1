//! Who sees reads and records on their way.

use std::{
    panic::resume_unwind,
    sync::Arc,
    thread::{Scope, ScopedJoinHandle},
};

use crossbeam_channel::{Receiver, Sender};
use wgs_formats::alignment::Record;

use crate::reads::ReadBatch;

/// Records that are shown together at most.
const CHUNK_RECORDS: usize = 10_000;
/// One of so many threads of the output measures records; the others encode them.
const THREADS_PER_OBSERVER: usize = 4;

/// Sees the reads of each batch, as they were read, before they are trimmed and aligned.
///
/// Batches come from several threads at a time and in any order; which reads a batch holds follows
/// from the input alone. So an observer gives the same for any number of threads if what it gathers
/// does not depend on the order, or if it orders by [`ReadBatch::lane`] and [`ReadBatch::number`].
pub trait ReadObserver: Sync {
    /// Takes note of a batch.
    fn observe(&self, batch: &ReadBatch);
}

/// Sees the records of the output: sorted, with their duplicate flags.
///
/// Each record is shown once by each method, in chunks of up to 10,000 that follow from the output
/// alone.
pub trait RecordObserver: Sync {
    /// Takes note of some records; called by several threads at a time, in any order of chunks.
    fn observe(&self, records: &[Record]);

    /// Takes note of some records; called by one thread, in the order of the output.
    fn observe_in_order(&self, records: &[Record]);
}

type Chunk = Arc<Vec<Record>>;

/// Gathers records in chunks, and shows those to an observer by threads of its own.
pub(super) struct Shower<'scope> {
    chunk: Vec<Record>,
    any_order: Sender<Chunk>,
    in_order: Sender<Chunk>,
    threads: Vec<ScopedJoinHandle<'scope, ()>>,
}

impl<'scope> Shower<'scope> {
    /// Starts one thread for the order, and some beside an output of so many threads.
    pub(super) fn new<'env>(
        observer: &'env dyn RecordObserver,
        threads: usize,
        scope: &'scope Scope<'scope, 'env>,
    ) -> Self {
        let parallel = threads.div_ceil(THREADS_PER_OBSERVER);
        let (any_order, chunks) = crossbeam_channel::bounded(parallel);
        let (in_order, ordered) = crossbeam_channel::bounded(2);
        let mut handles = Vec::new();
        for _ in 0..parallel {
            let chunks: Receiver<Chunk> = chunks.clone();
            handles.push(scope.spawn(move || chunks.iter().for_each(|c| observer.observe(&c))));
        }
        let ordered: Receiver<Chunk> = ordered;
        handles
            .push(scope.spawn(move || ordered.iter().for_each(|c| observer.observe_in_order(&c))));
        Self { chunk: Vec::new(), any_order, in_order, threads: handles }
    }

    /// Shows a record, with those after it.
    pub(super) fn push(&mut self, record: Record) {
        self.chunk.push(record);
        if self.chunk.len() == CHUNK_RECORDS {
            self.send();
        }
    }

    /// A thread that no longer takes chunks has panicked: `finish` tells.
    fn send(&mut self) {
        let chunk = Arc::new(std::mem::take(&mut self.chunk));
        let _ = self.any_order.send(Arc::clone(&chunk));
        let _ = self.in_order.send(chunk);
    }

    /// Shows the last records, and waits until all were seen.
    ///
    /// # Panics
    ///
    /// If the observer did.
    pub(super) fn finish(mut self) {
        if !self.chunk.is_empty() {
            self.send();
        }
        drop((self.any_order, self.in_order));
        for thread in self.threads {
            thread.join().unwrap_or_else(|panic| resume_unwind(panic));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use wgs_formats::alignment::RecordBuilder;

    use super::*;

    #[derive(Default)]
    struct Names {
        any_order: Mutex<Vec<Vec<u8>>>,
        in_order: Mutex<Vec<Vec<u8>>>,
    }

    fn note(names: &Mutex<Vec<Vec<u8>>>, records: &[Record]) {
        names.lock().unwrap().extend(records.iter().map(|record| record.name().to_vec()));
    }

    impl RecordObserver for Names {
        fn observe(&self, records: &[Record]) {
            note(&self.any_order, records);
        }

        fn observe_in_order(&self, records: &[Record]) {
            note(&self.in_order, records);
        }
    }

    #[test]
    fn every_record_is_shown_once_and_once_in_order() {
        let observer = Names::default();
        let names: Vec<Vec<u8>> =
            (0..2 * CHUNK_RECORDS + 5).map(|i| format!("{i:08}").into_bytes()).collect();
        std::thread::scope(|scope| {
            let mut shower = Shower::new(&observer, 9, scope);
            names.iter().for_each(|n| shower.push(RecordBuilder::new(n).build().unwrap()));
            shower.finish();
        });
        assert!(*observer.in_order.lock().unwrap() == names);
        let mut any_order = observer.any_order.into_inner().unwrap();
        any_order.sort();
        assert!(any_order == names);
    }
}
