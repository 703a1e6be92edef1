//! The traffic light.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Quality thresholds and what was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QualitySummary {
    /// The worst outcome of all checks.
    pub outcome: Outcome,
    /// The checks, by sample in the order of the case.
    pub checks: Vec<GateCheck>,
}

/// One threshold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GateCheck {
    /// The sample; absent for a threshold of the whole case.
    pub sample: Option<String>,
    /// Name of the threshold in the pipeline definition, such as `min_mean_coverage`.
    pub threshold: String,
    /// The limit.
    pub limit: f64,
    /// What was measured; absent if it could not be.
    pub value: Option<f64>,
    /// What missing it means.
    pub level: Level,
    /// The result.
    pub outcome: Outcome,
}

/// What missing a threshold means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// It is to be looked at.
    Warn,
    /// The case fails.
    Fail,
}

/// Result of a check; later ones are worse.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Kept.
    Pass,
    /// Missed, to be looked at.
    Warn,
    /// Missed, the case fails.
    Fail,
}
