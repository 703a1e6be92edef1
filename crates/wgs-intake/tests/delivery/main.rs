//! Deliveries as providers make them, good and bad, from folder to case files.

#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]

mod again;
mod bad;
mod barcodes;
mod good;
mod held;
mod open;
mod room;
