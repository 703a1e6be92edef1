//! Stores of intervals: which of them overlap what an allele changes.
//!
//! ```text
//! FOLDER/intervals.store   intervals by contig, class of length and start, in compressed blocks
//! ```
//!
//! Intervals of one class differ in length by no more than fourfold, so that those which overlap a
//! place begin near it, however long others are.

mod block;
mod build;
mod file;
mod lookup;

pub(super) use build::{Intervals, Span};
pub(super) use file::{IntervalFile, store_path};
pub(super) use lookup::{Hits, IntervalReader};

/// Classes of length; the first holds intervals to 64 bases, each other four times the one before.
const CLASSES: usize = 14;

/// The class of a length.
fn class(length: u32) -> usize {
    (0..CLASSES).find(|&class| length <= longest(class)).unwrap_or(CLASSES - 1)
}

/// The greatest length of a class.
fn longest(class: usize) -> u32 {
    u32::try_from(64_u64 << (2 * class)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_has_a_class() {
        for (length, expected) in [(0, 0), (64, 0), (65, 1), (256, 1), (257, 2), (u32::MAX, 13)] {
            assert_eq!(class(length), expected);
            assert!(length <= longest(class(length)));
        }
    }
}
