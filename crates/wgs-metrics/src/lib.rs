//! Quality metrics of alignments and variants.

mod alignment;
mod coverage;
#[cfg(test)]
mod testing;

pub use alignment::AlignmentAccumulator;
pub use coverage::{CoverageAccumulator, CoverageOptions, UnsortedError};
