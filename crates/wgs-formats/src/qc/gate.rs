//! Which thresholds a sample kept.

use serde::{Deserialize, Serialize};

use super::{
    Document, Table,
    table::{decimal, optional},
};

/// The thresholds that were declared for a sample, with what was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GateQc {
    /// `wgs-pipe/gate-qc/1`.
    pub schema: String,
    /// The sample, where known.
    pub sample: Option<String>,
    /// Whether every check passed.
    pub passed: bool,
    /// One for each declared threshold.
    pub checks: Vec<Check>,
}

/// One threshold and what was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// The threshold's name in the pipeline definition, such as `min_mean_coverage`.
    pub threshold: String,
    /// The limit.
    pub limit: f64,
    /// What was measured; absent if it could not be, which does not pass.
    pub value: Option<f64>,
    /// Whether the value keeps the limit.
    pub passed: bool,
}

impl GateQc {
    /// A document of the current schema.
    pub fn new(sample: Option<String>, checks: Vec<Check>) -> Self {
        let passed = checks.iter().all(|check| check.passed);
        Self { schema: Self::SCHEMA.to_owned(), sample, passed, checks }
    }

    /// The checks that did not pass.
    pub fn failures(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|check| !check.passed)
    }
}

impl Document for GateQc {
    const SCHEMA: &'static str = "wgs-pipe/gate-qc/1";

    fn schema(&self) -> &str {
        &self.schema
    }

    /// One row per threshold.
    fn table(&self) -> Table {
        let mut table = Table::new(&["sample", "threshold", "limit", "value", "passed"]);
        for check in &self.checks {
            table.push(vec![
                optional(self.sample.as_ref()),
                check.threshold.clone(),
                decimal(check.limit),
                check.value.map(decimal).unwrap_or_default(),
                check.passed.to_string(),
            ]);
        }
        table
    }
}
