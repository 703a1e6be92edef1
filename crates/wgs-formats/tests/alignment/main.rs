//! Alignment files as a whole: what is written comes back, the same for any number of threads,
//! and what is damaged or of another genome is refused.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test may fail, says if it skips, and damages files"
)]

mod conformance;
mod damage;
mod readers;
mod records;
mod regions;
mod round_trip;
mod staleness;
mod unalign;
