//! Which thresholds a case kept.

use serde::{Deserialize, Serialize};

use super::{
    Document, Table,
    table::{decimal, optional},
};

/// The thresholds that were declared, with what was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GateQc {
    /// `wgs-pipe/gate-qc/1`.
    pub schema: String,
    /// The sample that every check is of; absent where each check names its own.
    pub sample: Option<String>,
    /// Whether no check of level [`Level::Fail`] missed its limit.
    pub passed: bool,
    /// One for each declared limit and sample.
    pub checks: Vec<Check>,
}

/// One limit and what was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// The sample that was measured; absent where the document says it, or it is the whole case.
    #[serde(default)]
    pub sample: Option<String>,
    /// The threshold's name in the pipeline definition, such as `min_mean_coverage`.
    pub threshold: String,
    /// What follows if the limit is missed.
    #[serde(default)]
    pub level: Level,
    /// The limit. A value equal to it passes.
    pub limit: f64,
    /// What was measured; absent if it could not be, which does not pass.
    pub value: Option<f64>,
    /// Whether the value keeps the limit.
    pub passed: bool,
}

/// What follows if a limit is missed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The report points it out.
    Warn,
    /// The case fails its quality gate.
    #[default]
    Fail,
}

impl GateQc {
    /// A document of the current schema.
    pub fn new(sample: Option<String>, checks: Vec<Check>) -> Self {
        let passed = checks.iter().all(|check| check.passed || check.level == Level::Warn);
        Self { schema: Self::SCHEMA.to_owned(), sample, passed, checks }
    }

    /// The checks that fail the case.
    pub fn failures(&self) -> impl Iterator<Item = &Check> {
        self.missed(Level::Fail)
    }

    /// The checks of a level that missed their limit.
    pub fn missed(&self, level: Level) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(move |check| check.level == level && !check.passed)
    }
}

impl Document for GateQc {
    const SCHEMA: &'static str = "wgs-pipe/gate-qc/1";

    fn schema(&self) -> &str {
        &self.schema
    }

    /// One row per check.
    fn table(&self) -> Table {
        let mut table = Table::new(&["sample", "threshold", "level", "limit", "value", "passed"]);
        for check in &self.checks {
            let level = match check.level {
                Level::Warn => "warn",
                Level::Fail => "fail",
            };
            table.push(vec![
                optional(check.sample.as_ref().or(self.sample.as_ref())),
                check.threshold.clone(),
                level.to_owned(),
                decimal(check.limit),
                check.value.map(decimal).unwrap_or_default(),
                check.passed.to_string(),
            ]);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(level: Level, passed: bool) -> Check {
        Check {
            sample: Some("S1".into()),
            threshold: "min_q30_rate".into(),
            level,
            limit: 0.8,
            value: Some(0.75),
            passed,
        }
    }

    #[test]
    fn a_missed_warning_does_not_fail_the_gate() {
        let gate = GateQc::new(None, vec![check(Level::Warn, false), check(Level::Fail, true)]);
        assert!(gate.passed);
        assert_eq!(gate.missed(Level::Warn).count(), 1);
        assert_eq!(gate.failures().count(), 0);
        assert!(!GateQc::new(None, vec![check(Level::Fail, false)]).passed);
        assert_eq!(
            gate.table().rows()[0],
            ["S1", "min_q30_rate", "warn", "0.800000", "0.750000", "false"]
        );
    }
}
