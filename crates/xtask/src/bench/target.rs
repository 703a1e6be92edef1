//! Targets: what a figure should be, and whether it is.

use serde::Serialize;

/// A figure with its limit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Target {
    what: String,
    value: f64,
    unit: &'static str,
    limit: Limit,
    pub(super) met: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Limit {
    AtMost(f64),
    AtLeast(f64),
}

impl Target {
    /// A figure that should not be larger.
    pub(super) fn at_most(
        what: impl Into<String>,
        value: f64,
        limit: f64,
        unit: &'static str,
    ) -> Self {
        Self { what: what.into(), value, unit, limit: Limit::AtMost(limit), met: value <= limit }
    }

    /// A figure that should not be smaller.
    pub(super) fn at_least(
        what: impl Into<String>,
        value: f64,
        limit: f64,
        unit: &'static str,
    ) -> Self {
        Self { what: what.into(), value, unit, limit: Limit::AtLeast(limit), met: value >= limit }
    }

    /// A row of the table of targets.
    pub(super) fn row(&self) -> String {
        let Self { what, value, unit, limit, met } = self;
        let (sign, limit) = match limit {
            Limit::AtMost(limit) => ('≤', limit),
            Limit::AtLeast(limit) => ('≥', limit),
        };
        let decimals = match *unit {
            "x" => 3,
            " F1" | " share" => 4,
            " CPU-s/Mb" => 2,
            "%" => 1,
            _ => 0,
        };
        let verdict = if *met { "passed" } else { "**missed**" };
        format!("| {what} | {value:.decimals$}{unit} | {sign} {limit}{unit} | {verdict} |\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_met_up_to_its_limit() {
        let at_most = |value| Target::at_most("size", value, 1.0, "x");
        assert!(at_most(1.0).met && at_most(0.5).met && !at_most(1.001).met);
        assert!(!at_most(f64::NAN).met);
        let at_least = |value| Target::at_least("speed", value, 1.8, "x");
        assert!(at_least(1.8).met && !at_least(1.79).met && !at_least(f64::NAN).met);
    }

    #[test]
    fn rows_tell_value_limit_and_verdict() {
        let size = Target::at_most("size", 1.0012, 1.0, "x");
        assert_eq!(size.row(), "| size | 1.001x | ≤ 1x | **missed** |\n");
        let memory = Target::at_most("memory", 99.7, 1024.0, " MiB");
        assert_eq!(memory.row(), "| memory | 100 MiB | ≤ 1024 MiB | passed |\n");
    }
}
