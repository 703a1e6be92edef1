//! The engine with real processes.

#![expect(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

mod cluster;
mod damage;
mod failures;
mod kills;
mod limits;
mod resume;
mod support;
mod units;
