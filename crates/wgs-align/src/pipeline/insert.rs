//! Insert sizes that are the same for any number of threads.
//!
//! All pairs of a lane are judged by the insert sizes of its first batch that shows any. The
//! batches before it, if there are some, are judged each by itself, one after the other; where none
//! of the first [`TRIES`] shows any, none is assumed.

use std::{
    collections::BTreeSet,
    sync::{Condvar, Mutex, PoisonError},
};

use crate::aligner::InsertSize;

/// Batches that are asked for insert sizes.
const TRIES: u64 = 8;

/// The insert sizes of all lanes.
pub(super) struct Inserts {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    lanes: Vec<Lane>,
    stopped: bool,
}

#[derive(Clone, Default)]
struct Lane {
    known: Option<InsertSize>,
    /// The first batch that was not judged yet.
    next: u64,
    /// Later ones that were.
    judged: BTreeSet<u64>,
}

/// By what a batch is judged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Judge {
    /// By these insert sizes.
    By(InsertSize),
    /// By its own.
    Itself,
    /// Not at all: another thread failed.
    Stopped,
}

impl Inserts {
    pub(super) fn new(lanes: usize) -> Self {
        let state = State { lanes: vec![Lane::default(); lanes], stopped: false };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until it is known by what a batch with pairs is to be judged.
    pub(super) fn judge(&self, lane: usize, batch: u64) -> Judge {
        let mut state = self.lock();
        loop {
            if state.stopped {
                return Judge::Stopped;
            }
            match &state.lanes[lane] {
                Lane { known: Some(insert), .. } => return Judge::By(*insert),
                Lane { next, .. } if *next == batch => return Judge::Itself,
                _ => state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    /// Says that a batch has been judged, and which insert sizes it has shown.
    pub(super) fn judged(&self, lane: usize, batch: u64, insert: &InsertSize) {
        let mut state = self.lock();
        let lane = &mut state.lanes[lane];
        if lane.known.is_some() {
            return;
        }
        lane.judged.insert(batch);
        if insert.is_known() {
            lane.known = Some(*insert);
        }
        while lane.judged.remove(&lane.next) {
            lane.next += 1;
        }
        if lane.next >= TRIES && lane.known.is_none() {
            lane.known = Some(InsertSize::default());
        }
        self.changed.notify_all();
    }

    /// The insert sizes of a lane, if it has shown any.
    pub(super) fn of(&self, lane: usize) -> Option<InsertSize> {
        self.lock().lanes[lane].known.filter(InsertSize::is_known)
    }

    /// Whether another thread failed, so that no more batches are wanted.
    pub(super) fn is_stopped(&self) -> bool {
        self.lock().stopped
    }

    /// Lets no thread wait any more.
    pub(super) fn stop(&self) {
        self.lock().stopped = true;
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aligner::Distances;

    fn inward(mean: f64) -> InsertSize {
        let distances = Distances { low: 1, high: 900, mean, deviation: 50.0 };
        InsertSize([None, Some(distances), None, None])
    }

    #[test]
    fn the_first_batch_that_shows_some_decides() {
        let inserts = Inserts::new(2);
        assert_eq!(inserts.judge(1, 0), Judge::Itself);
        inserts.judged(1, 0, &InsertSize::default());
        assert_eq!(inserts.judge(1, 1), Judge::Itself);
        inserts.judged(1, 1, &inward(300.0));
        inserts.judged(1, 2, &inward(400.0));
        assert_eq!(inserts.judge(1, 7), Judge::By(inward(300.0)));
        assert_eq!((inserts.of(0), inserts.of(1)), (None, Some(inward(300.0))));
    }

    #[test]
    fn after_some_tries_nothing_is_assumed() {
        let inserts = Inserts::new(1);
        for batch in (1..TRIES).rev() {
            inserts.judged(0, batch, &InsertSize::default());
        }
        assert_eq!(inserts.judge(0, 0), Judge::Itself);
        inserts.judged(0, 0, &InsertSize::default());
        assert_eq!(inserts.judge(0, 99), Judge::By(InsertSize::default()));
        assert_eq!(inserts.of(0), None);
    }

    #[test]
    fn later_batches_wait_and_a_stop_wakes_them() {
        let inserts = Inserts::new(1);
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| inserts.judge(0, 1));
            inserts.judged(0, 0, &inward(350.0));
            assert_eq!(waiting.join().unwrap(), Judge::By(inward(350.0)));
        });
        let inserts = Inserts::new(1);
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| inserts.judge(0, 1));
            inserts.stop();
            assert_eq!(waiting.join().unwrap(), Judge::Stopped);
        });
    }
}
