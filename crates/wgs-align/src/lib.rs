//! From reads to a marked, sorted CRAM: alignment, duplicates, sort.

pub mod index;
#[cfg(test)]
mod testing;
