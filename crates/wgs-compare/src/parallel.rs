//! Work on several threads whose result does not tell how many.

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

/// The results of `work` on each item, in their order.
pub(crate) fn map<T: Sync, R: Send>(
    items: &[T],
    threads: usize,
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let threads = threads.clamp(1, items.len().max(1));
    if threads == 1 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<(usize, R)>> = Mutex::new(Vec::with_capacity(items.len()));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else { return };
                    let result = work(item);
                    results.lock().expect("no worker panics holding it").push((index, result));
                }
            });
        }
    });
    let mut results = results.into_inner().expect("no worker panics holding it");
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn results_keep_the_order_of_the_items() {
        let items: Vec<usize> = (0..1000).collect();
        let squares: Vec<usize> = items.iter().map(|i| i * i).collect();
        for threads in [0, 1, 2, 7] {
            assert_eq!(super::map(&items, threads, |i| i * i), squares);
        }
        assert!(super::map(&[] as &[usize], 3, |i| *i).is_empty());
    }
}
