//! Work of many threads, taken in order.

use std::{
    collections::BTreeMap,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    thread,
};

use wgs_formats::Result;

/// Makes parts `0..count` with some threads, and hands them in order to `take` on this one. At most
/// two parts for each thread are made or waiting at a time.
///
/// # Errors
///
/// The first of any part, in their order, or of `take`.
pub(super) fn run<T: Send>(
    threads: usize,
    count: usize,
    make: &(impl Fn(usize) -> Result<T> + Sync),
    mut take: impl FnMut(T) -> Result<()>,
) -> Result<()> {
    if threads <= 1 || count <= 1 {
        return (0..count).try_for_each(|part| take(make(part)?));
    }
    let queue = Queue { state: Mutex::default(), changed: Condvar::new(), window: 2 * threads };
    thread::scope(|scope| {
        for _ in 0..threads.min(count) {
            scope.spawn(|| {
                let stop = Stop(&queue);
                while let Some(part) = queue.begin(count) {
                    queue.made(part, make(part));
                }
                std::mem::forget(stop);
            });
        }
        let _stop = Stop(&queue);
        // A thread that panics leaves its part out, and the scope passes its panic on.
        while let Some(part) = queue.next(count) {
            take(part?)?;
        }
        Ok(())
    })
}

struct Queue<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
    window: usize,
}

struct State<T> {
    /// The first part that no thread has begun.
    begun: usize,
    /// The first part that has not been taken.
    taken: usize,
    made: BTreeMap<usize, Result<T>>,
    stopped: bool,
}

impl<T> Default for State<T> {
    fn default() -> Self {
        Self { begun: 0, taken: 0, made: BTreeMap::new(), stopped: false }
    }
}

impl<T> Queue<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a part may be begun; none when there are no more.
    fn begin(&self, count: usize) -> Option<usize> {
        let wait = |state: &mut State<T>| {
            !state.stopped && state.begun < count && state.begun >= state.taken + self.window
        };
        let state = self.changed.wait_while(self.lock(), wait);
        let mut state = state.unwrap_or_else(PoisonError::into_inner);
        if state.stopped || state.begun >= count {
            return None;
        }
        state.begun += 1;
        Some(state.begun - 1)
    }

    fn made(&self, part: usize, made: Result<T>) {
        self.lock().made.insert(part, made);
        self.changed.notify_all();
    }

    /// Waits for the next part; none when all are taken, or a thread died.
    fn next(&self, count: usize) -> Option<Result<T>> {
        let wait = |state: &mut State<T>| {
            !state.stopped && state.taken < count && !state.made.contains_key(&state.taken)
        };
        let state = self.changed.wait_while(self.lock(), wait);
        let mut state = state.unwrap_or_else(PoisonError::into_inner);
        let next = state.taken;
        let part = state.made.remove(&next)?;
        state.taken += 1;
        drop(state);
        self.changed.notify_all();
        Some(part)
    }
}

/// Ends the work of all threads.
struct Stop<'a, T>(&'a Queue<T>);

impl<T> Drop for Stop<'_, T> {
    fn drop(&mut self) {
        self.0.lock().stopped = true;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::{
        panic::{AssertUnwindSafe, catch_unwind},
        sync::atomic::{AtomicUsize, Ordering::SeqCst},
    };

    use wgs_formats::FileError;

    use super::*;

    #[test]
    fn parts_come_in_order_and_few_wait() {
        for threads in [1, 2, 5] {
            let (begun, taken) = (AtomicUsize::new(0), AtomicUsize::new(0));
            let make = |part: usize| {
                let begun = begun.fetch_add(1, SeqCst) + 1;
                assert!(begun <= taken.load(SeqCst) + 2 * threads + 1);
                Ok(part)
            };
            let mut found = Vec::new();
            let take = |part| {
                found.push(part);
                taken.fetch_add(1, SeqCst);
                Ok(())
            };
            run(threads, 100, &make, take).unwrap();
            assert!(found.into_iter().eq(0..100), "{threads} threads");
        }
        run(3, 0, &|_| Ok(()), |()| panic!("there is none")).unwrap();
    }

    #[test]
    fn the_first_error_ends_it() {
        for threads in [1, 4] {
            let make = |part: usize| match part {
                0..30 => Ok(part),
                _ => Err(FileError::invalid("x", part.to_string())),
            };
            let mut count = 0;
            let error = run(threads, 1000, &make, |_| {
                count += 1;
                Ok(())
            });
            assert_eq!((error.unwrap_err().to_string(), count), ("x: 30".into(), 30));
            let refused = run(threads, 1000, &Ok, |part| match part {
                7 => Err(FileError::invalid("y", "full")),
                _ => Ok(()),
            });
            assert_eq!(refused.unwrap_err().to_string(), "y: full");
        }
    }

    #[test]
    fn a_panic_comes_through() {
        let make = |part: usize| {
            assert!(part != 20, "part 20");
            Ok(part)
        };
        let panicked = catch_unwind(AssertUnwindSafe(|| run(3, 100, &make, |_| Ok(()))));
        assert!(panicked.is_err());
    }
}
