//! Outputs of annotation: tables, filters, chosen entries and fields, differences, and inputs that
//! cannot be annotated.

#![expect(clippy::unwrap_used, reason = "tests")]

mod bad;
mod diff;
mod table;
mod world;
