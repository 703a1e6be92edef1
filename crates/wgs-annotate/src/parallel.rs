//! Chunks of work on several threads, results in the order of the input.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    thread,
};

use crossbeam_channel::{bounded, unbounded};
use wgs_formats::Result;

/// Chunks per worker that may be on the way.
const AHEAD: usize = 4;

/// Takes each chunk through one of the workers, each on a thread of its own, and gives the results
/// to `take` in the order of `chunks`.
///
/// The first error in that order ends it all, so the outcome does not depend on the number of
/// workers.
///
/// # Panics
///
/// If a worker does, when its chunk's turn comes.
pub(crate) fn in_order<C, R, W>(
    chunks: impl Iterator<Item = Result<C>> + Send,
    workers: Vec<W>,
    mut take: impl FnMut(R) -> Result<()>,
) -> Result<()>
where
    C: Send,
    R: Send,
    W: FnMut(C) -> Result<R> + Send,
{
    // The reader takes a permit for each chunk; it comes back when the chunk's result was taken.
    let (take_permit, permits) = bounded(workers.len() * AHEAD);
    let (give_chunk, waiting) = unbounded::<(usize, Result<C>)>();
    let (give_result, results) = unbounded::<(usize, thread::Result<Result<R>>)>();
    thread::scope(|scope| {
        // Moved in here: were they alive after an error, the threads would wait for them forever.
        let (permits, results) = (permits, results);
        scope.spawn(move || {
            for (index, chunk) in chunks.enumerate() {
                let failed = chunk.is_err();
                let gone =
                    take_permit.send(()).is_err() || give_chunk.send((index, chunk)).is_err();
                if failed || gone {
                    return;
                }
            }
        });
        for mut worker in workers {
            let (waiting, give_result) = (waiting.clone(), give_result.clone());
            scope.spawn(move || {
                for (index, chunk) in waiting {
                    // A worker that panicked is not used again.
                    let work = AssertUnwindSafe(|| chunk.and_then(&mut worker));
                    let result = catch_unwind(work);
                    let panicked = result.is_err();
                    if give_result.send((index, result)).is_err() || panicked {
                        return;
                    }
                }
            });
        }
        drop((waiting, give_result));
        let mut early = BTreeMap::new();
        let mut next = 0;
        for (index, result) in results {
            early.insert(index, result);
            while let Some(result) = early.remove(&next) {
                take(result.unwrap_or_else(|panic| resume_unwind(panic))?)?;
                next += 1;
                // The permit was given before the chunk was, so one is always there.
                let _ = permits.try_recv();
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use wgs_formats::FileError;

    use super::*;

    fn run(workers: usize, chunks: usize, bad: Option<usize>) -> (Vec<usize>, Option<String>) {
        let work = |chunk: usize| {
            std::thread::sleep(std::time::Duration::from_micros((chunk as u64 * 7) % 50));
            if bad.is_some_and(|bad| chunk >= bad) {
                return Err(FileError::invalid("x", format!("chunk {chunk}")));
            }
            Ok(chunk * 2)
        };
        let mut taken = Vec::new();
        let result = in_order((0..chunks).map(Ok), vec![work; workers], |result| {
            taken.push(result);
            Ok(())
        });
        (taken, result.err().map(|e| e.to_string()))
    }

    #[test]
    fn results_come_in_order() {
        for workers in [1, 2, 5] {
            let (taken, error) = run(workers, 300, None);
            assert!(taken.into_iter().eq((0..300).map(|c| c * 2)) && error.is_none());
        }
    }

    #[test]
    fn the_first_error_ends_it_for_any_number_of_workers() {
        for workers in [1, 2, 5] {
            let (taken, error) = run(workers, 1000, Some(123));
            assert_eq!(taken.len(), 123);
            assert_eq!(error.as_deref(), Some("x: chunk 123"));
        }
    }

    #[test]
    fn a_panic_of_a_worker_comes_through_and_does_not_hang() {
        for workers in [1, 2, 5] {
            let (tell, told) = unbounded();
            thread::spawn(move || {
                let work = |chunk: usize| match chunk {
                    123 => panic!("chunk 123"),
                    _ => Ok(chunk),
                };
                let mut taken = 0;
                let run = AssertUnwindSafe(|| {
                    in_order((0..1000).map(Ok), vec![work; workers], |_| {
                        taken += 1;
                        Ok(())
                    })
                });
                let panic = catch_unwind(run).expect_err("it panics");
                tell.send((taken, panic.downcast_ref::<&str>().copied())).unwrap();
            });
            let told = told.recv_timeout(std::time::Duration::from_secs(20));
            assert_eq!(told, Ok((123, Some("chunk 123"))));
        }
    }

    #[test]
    fn an_error_of_the_taker_does_not_hang() {
        let work = |chunk: usize| Ok(chunk);
        let error = in_order((0..1000).map(Ok), vec![work; 3], |chunk| match chunk {
            50 => Err(FileError::invalid("x", "full")),
            _ => Ok(()),
        });
        assert!(error.is_err());
    }
}
