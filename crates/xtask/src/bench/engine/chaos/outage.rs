//! What is out of order for a while and comes back by itself, while other things go wrong.

use std::{
    thread::{self, Scope, ScopedJoinHandle},
    time::Duration,
};

use super::fault::Site;
use crate::Error;

/// How long the disk is full, a node or the scheduler down.
const OUTAGE: Duration = Duration::from_secs(4);

/// What is out of order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outage {
    /// A node, by its number.
    Node(u32),
    /// slurmctld.
    Scheduler,
    /// The disk of the cases has no room.
    Disk,
}

/// All that is out of order now.
pub(super) struct Outages<'scope, 'env> {
    scope: &'scope Scope<'scope, 'env>,
    running: Vec<(Outage, ScopedJoinHandle<'scope, Result<(), String>>)>,
}

impl<'scope, 'env> Outages<'scope, 'env> {
    /// Nothing; what will be ends within the scope.
    pub(super) fn new(scope: &'scope Scope<'scope, 'env>) -> Self {
        Self { scope, running: Vec::new() }
    }

    /// Begins an outage and returns; whether it is not one already.
    pub(super) fn start(&mut self, site: &'scope Site<'_>, outage: Outage) -> Result<bool, Error> {
        for (_, over) in self.running.extract_if(.., |(_, thread)| thread.is_finished()) {
            join(over)?;
        }
        if self.running.iter().any(|(other, _)| *other == outage) {
            return Ok(false);
        }
        site.set(outage, true)?;
        let thread = self.scope.spawn(move || {
            thread::sleep(OUTAGE);
            site.set(outage, false).map_err(|e| e.to_string())
        });
        self.running.push((outage, thread));
        Ok(true)
    }

    /// Waits until all is in order.
    pub(super) fn end(self) -> Result<(), Error> {
        self.running.into_iter().try_for_each(|(_, thread)| join(thread))
    }
}

fn join(thread: ScopedJoinHandle<'_, Result<(), String>>) -> Result<(), Error> {
    let ended = thread.join().unwrap_or_else(|_| Err("an outage could not be ended".into()));
    ended.map_err(Into::into)
}
