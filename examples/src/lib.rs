//! Runnable programs, one per crate.
