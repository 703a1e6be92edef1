//! Comparisons of small variants from files to result.
#![allow(clippy::unwrap_used)]

mod bad_input;
mod fixture;
mod forms;
mod mutations;
mod outputs;
mod representation;
