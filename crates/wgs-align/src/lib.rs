//! From reads to a marked, sorted CRAM: alignment, duplicates, sort.

mod duplicates;
pub mod index;
mod sort;
#[cfg(test)]
mod testing;

pub use duplicates::LibraryDuplicates;
