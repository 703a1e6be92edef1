//! The engine with real processes.

mod failures;
mod kills;
mod limits;
mod resume;
mod support;
