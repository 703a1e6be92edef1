//! The wish to end a run early.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// Ends a run when it is asked to: running tasks are stopped, finished ones stay.
///
/// Clones share one state, so that a handler of signals can hold one and the run another.
///
/// ```
/// let stop = wgs_engine::Stop::default();
/// let held_by_run = stop.clone();
/// stop.request();
/// assert!(held_by_run.is_requested());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Asks for the end.
    pub fn request(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether the end was asked for.
    pub fn is_requested(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// The flag behind it, which a signal handler may set to true.
    pub fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }
}
