//! Who sees reads and records on their way.

use std::{
    panic::resume_unwind,
    thread::{Scope, ScopedJoinHandle},
};

use crossbeam_channel::Sender;
use wgs_formats::alignment::Record;

use crate::reads::ReadBatch;

/// Chunks of records that wait to be seen at most.
const WAITING: usize = 2;

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
/// Each record is shown once by each method, in chunks of any size. How the records are dealt out
/// depends on threads, so what is gathered must not.
pub trait RecordObserver: Sync {
    /// Takes note of some records; called by several threads at a time, in any order of chunks.
    fn observe(&self, records: &[Record]);

    /// Takes note of some records; called by one thread, in the order of the output.
    fn observe_in_order(&self, records: &[Record]);
}

/// A thread that shows records to an observer in the order in which it is given them.
pub(super) struct InOrder<'scope> {
    chunks: Sender<Vec<Record>>,
    thread: ScopedJoinHandle<'scope, ()>,
}

impl<'scope> InOrder<'scope> {
    /// Starts the thread.
    pub(super) fn start<'env>(
        observer: &'env dyn RecordObserver,
        scope: &'scope Scope<'scope, 'env>,
    ) -> Self {
        let (chunks, waiting) = crossbeam_channel::bounded::<Vec<Record>>(WAITING);
        let show = move || waiting.iter().for_each(|chunk| observer.observe_in_order(&chunk));
        Self { chunks, thread: scope.spawn(show) }
    }

    /// Shows some records.
    pub(super) fn show(&self, records: Vec<Record>) {
        // A thread that takes no more has panicked: `finish` tells.
        let _ = self.chunks.send(records);
    }

    /// Waits until all were seen.
    ///
    /// # Panics
    ///
    /// If the observer did.
    pub(super) fn finish(self) {
        drop(self.chunks);
        self.thread.join().unwrap_or_else(|panic| resume_unwind(panic));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use wgs_formats::alignment::RecordBuilder;

    use super::*;

    #[derive(Default)]
    struct Names(Mutex<Vec<Vec<u8>>>);

    impl RecordObserver for Names {
        fn observe(&self, _: &[Record]) {}

        fn observe_in_order(&self, records: &[Record]) {
            self.0.lock().unwrap().extend(records.iter().map(|record| record.name().to_vec()));
        }
    }

    #[test]
    fn every_record_is_shown_in_order() {
        let observer = Names::default();
        let names: Vec<Vec<u8>> = (0..1000).map(|i| format!("{i}").into_bytes()).collect();
        std::thread::scope(|scope| {
            let in_order = InOrder::start(&observer, scope);
            for names in names.chunks(7) {
                let record = |name: &Vec<u8>| RecordBuilder::new(name).build().unwrap();
                in_order.show(names.iter().map(record).collect());
            }
            in_order.finish();
        });
        assert!(observer.0.into_inner().unwrap() == names);
    }
}
