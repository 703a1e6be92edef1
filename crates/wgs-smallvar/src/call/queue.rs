//! Which thread takes which shard, and when.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Hands out the numbers of shards in order, not too far ahead of what is written.
pub(super) struct Queue {
    shards: usize,
    ahead: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Clone, Copy, Default)]
struct State {
    next: usize,
    written: usize,
    stopped: bool,
}

impl Queue {
    /// A queue of so many shards, of which `ahead` may be taken before the first is written.
    pub(super) fn new(shards: usize, ahead: usize) -> Self {
        Self { shards, ahead, state: Mutex::default(), changed: Condvar::new() }
    }

    /// The next shard, once there is room for its result; `None` when all are taken or the queue is
    /// stopped.
    pub(super) fn next(&self) -> Option<usize> {
        let waits = |state: &mut State| {
            !state.stopped && state.next < self.shards && state.next >= state.written + self.ahead
        };
        let state = self.changed.wait_while(self.state(), waits);
        let mut state = state.unwrap_or_else(PoisonError::into_inner);
        if state.stopped || state.next >= self.shards {
            return None;
        }
        state.next += 1;
        Some(state.next - 1)
    }

    /// Shards whose results are written.
    pub(super) fn written(&self) -> usize {
        self.state().written
    }

    /// Makes room for another result.
    pub(super) fn wrote_one(&self) {
        self.state().written += 1;
        self.changed.notify_all();
    }

    /// Gives out nothing more.
    pub(super) fn stop(&self) {
        self.state().stopped = true;
        self.changed.notify_all();
    }

    /// A thread that panics does so outside of the short times for which it holds the lock, so the
    /// state is whole.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets all threads end.
pub(super) struct StopOnDrop<'a>(&'a Queue);

impl<'a> StopOnDrop<'a> {
    pub(super) fn new(queue: &'a Queue) -> Self {
        Self(queue)
    }
}

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.stop();
    }
}

#[cfg(test)]
mod tests {
    use std::{thread, time::Duration};

    use super::*;

    #[test]
    fn no_more_than_so_many_are_taken_ahead() {
        let queue = Queue::new(5, 2);
        assert_eq!((queue.next(), queue.next()), (Some(0), Some(1)));
        thread::scope(|scope| {
            let third = scope.spawn(|| queue.next());
            thread::sleep(Duration::from_millis(20));
            assert!(!third.is_finished(), "the third waits for room");
            queue.wrote_one();
            assert_eq!(third.join().ok().flatten(), Some(2));
        });
        assert_eq!(queue.written(), 1);
    }

    #[test]
    fn those_who_wait_end_when_it_is_stopped_or_empty() {
        let queue = Queue::new(9, 1);
        assert_eq!(queue.next(), Some(0));
        thread::scope(|scope| {
            let waiting = scope.spawn(|| queue.next());
            drop(StopOnDrop::new(&queue));
            assert_eq!(waiting.join().ok(), Some(None));
        });
        let short = Queue::new(1, 1);
        assert_eq!((short.next(), short.next()), (Some(0), None));
    }
}
