//! Quality metrics of alignments and variants.

mod alignment;
mod coverage;
pub mod gate;
#[cfg(test)]
mod testing;
mod variants;

pub use alignment::AlignmentAccumulator;
pub use coverage::{CoverageAccumulator, CoverageOptions, UnsortedError};
pub use variants::{VariantAccumulator, variant_metrics};
