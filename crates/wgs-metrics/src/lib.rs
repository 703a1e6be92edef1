//! Quality metrics of alignments and variants, and the thresholds that they are held to.
//!
//! [`alignment_metrics`] measures a SAM, BAM or CRAM file in one pass, [`variant_metrics`] a VCF;
//! [`RecordMetrics`] measures records on their way into a file, to the same figures. The
//! accumulators behind them take records from wherever they come. [`gate`] compares what was
//! measured with declared thresholds. The figures, and what exactly they count, are those of
//! [`wgs_formats::qc`].

mod alignment;
mod calibration;
mod coverage;
mod files;
pub mod gate;
mod params;
mod passing;
mod stage;
#[cfg(test)]
mod testing;
mod variants;

pub use alignment::AlignmentAccumulator;
pub use calibration::CalibrationAccumulator;
pub use coverage::{CoverageAccumulator, CoverageOptions, UnsortedError};
pub use files::{AlignmentMetrics, MetricsOptions, alignment_metrics};
pub use params::CoverageParams;
pub use passing::RecordMetrics;
pub use stage::{GatesStage, VariantMetricsStage};
pub use variants::{VariantAccumulator, variant_metrics};

/// Version of this crate; part of the key of every task that it runs.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The mapping quality that says that there is none (SAM 1.6, section 1.4).
const MAPQ_UNAVAILABLE: u8 = 255;
