//! Options of the stage.

use serde::{Deserialize, Serialize};
use wgs_align::{DuplicateOptions, EngineChoice};
use wgs_formats::alignment::{CramProfile, CramVersion};
use wgs_metrics::CoverageParams;

use super::TrimParams;

/// What a pipeline definition may say of the stage `reads` (`[options.reads]`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReadsOptions {
    /// The engine that aligns.
    pub aligner: EngineChoice,
    /// Version of CRAM: `3.0` or `3.1`.
    pub cram_version: CramVersion,
    /// Size or speed of CRAM: `normal`, `small` or `archive`.
    pub cram_profile: CramProfile,
    /// Whether the order of the reads in FASTQ can be given back.
    pub keep_order: bool,
    /// Whether FASTQ in BGZF may lack the block that ends it.
    pub without_end_block: bool,
    /// How duplicates are looked at.
    pub duplicates: DuplicateOptions,
    /// What is cut off reads before they are aligned.
    pub trim: TrimParams,
    /// What counts as coverage.
    pub coverage: CoverageParams,
}
