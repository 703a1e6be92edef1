//! The report as data: what `report.json` holds and `report.html` shows.
//!
//! The model is of its own, apart from the quality control files that it is made from, so that
//! those may change without a new number for the report's schema. A new field keeps the number
//! ([`SCHEMA`]); a changed or removed one raises it.
//!
//! Rates are fractions from 0 to 1; qualities are Phred; positions are 1-based as in VCF. What was
//! not measured is absent (`null`) or an empty list, never 0.

mod case;
mod chart;
mod family;
mod provenance;
mod quality;
mod sample;
mod variants;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use case::{CaseSample, CaseSummary, ReadSource};
pub use chart::{Bins, DepthTrack, TrackContig};
pub use family::{FamilyReport, Trio};
pub use provenance::{BundleSummary, FileEntry, OptionValue, OriginSummary, Provenance, Tool};
pub use quality::{GateCheck, Level, Outcome, QualitySummary};
pub use sample::{
    AlignmentReport, Breadth, ContigDepth, CoverageReport, CoverageRule, GcBias, GcStarts,
    InsertSizes, MateReads, QualityByCycle, ReadGroupAlignment, ReadGroupReads, ReadsReport,
    SampleReport, Territory,
};
pub use variants::{
    AlleleCount, AlleleCounts, ClinicalSignificance, Effect, Impact, Inheritance, LengthCount,
    Notable, NotableVariant, PopulationFrequency, Reason, SampleCall, SampleVariants,
    SelectionRule, VariantReport, VariantSummary, Zygosity,
};

/// Value of `schema` in `report.json`.
pub const SCHEMA: &str = "wgs-pipe/report/1";

/// A case report. Every part is there only if what it is made from was given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "wgs-pipe case report")]
pub struct Report {
    /// Version of the format.
    #[schemars(extend("const" = SCHEMA))]
    pub schema: String,
    /// The case.
    pub case: Option<CaseSummary>,
    /// Quality thresholds and whether they were kept.
    pub quality: Option<QualitySummary>,
    /// What a person should know before trusting the variants: the lines `##warning` of their file.
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Sequencing, alignment and coverage of each sample, in the order of the case.
    pub samples: Vec<SampleReport>,
    /// Inheritance, where children and both parents were sequenced.
    #[serde(default)]
    pub family: Option<FamilyReport>,
    /// Findings as `interpret` judged them (`wgs-pipe/findings/1`); without them, notable variants
    /// are chosen by rules of the report's own.
    #[serde(default)]
    pub findings: Option<wgs_formats::findings::Findings>,
    /// The variants.
    pub variants: Option<VariantReport>,
    /// What the report was made with.
    pub provenance: Option<Provenance>,
    /// The files of the case.
    pub files: Vec<FileEntry>,
    /// What the method does and does not do, in sentences.
    pub limitations: Vec<String>,
}
