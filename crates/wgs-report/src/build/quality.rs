//! The traffic light.

use wgs_formats::qc::{
    GateQc,
    gate::{self, Check},
};

use crate::model::{GateCheck, Level, Outcome, QualitySummary};

use super::rank;

pub(super) fn summary(gates: &[GateQc], order: &[&str]) -> Option<QualitySummary> {
    let of = |gate: &GateQc| {
        let sample = gate.sample.clone();
        gate.checks.iter().map(|c| check(sample.as_ref(), c)).collect::<Vec<_>>()
    };
    let mut checks: Vec<GateCheck> = gates.iter().flat_map(of).collect();
    checks.sort_by(|a, b| {
        let key = |check: &GateCheck| (rank(order, check.sample.as_deref()), check.sample.clone());
        key(a).cmp(&key(b))
    });
    let outcome = checks.iter().map(|check| check.outcome).max()?;
    Some(QualitySummary { outcome, checks })
}

fn check(sample: Option<&String>, check: &Check) -> GateCheck {
    let level = match check.level {
        gate::Level::Warn => Level::Warn,
        gate::Level::Fail => Level::Fail,
    };
    let outcome = match (check.passed, level) {
        (true, _) => Outcome::Pass,
        (false, Level::Warn) => Outcome::Warn,
        (false, Level::Fail) => Outcome::Fail,
    };
    GateCheck {
        sample: check.sample.as_ref().or(sample).cloned(),
        threshold: check.threshold.clone(),
        limit: check.limit,
        value: check.value,
        level,
        outcome,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(level: gate::Level, passed: bool) -> GateQc {
        let check = Check {
            sample: None,
            threshold: "min_mean_coverage".into(),
            level,
            limit: 30.0,
            value: Some(29.0),
            passed,
        };
        GateQc::new(Some("S".into()), vec![check])
    }

    #[test]
    fn the_worst_check_decides() {
        let outcome = |gates: &[GateQc]| summary(gates, &[]).map(|s| s.outcome);
        let (kept, warned) = (gate(gate::Level::Fail, true), gate(gate::Level::Warn, false));
        assert_eq!(outcome(&[]), None);
        assert_eq!(outcome(std::slice::from_ref(&kept)), Some(Outcome::Pass));
        assert_eq!(outcome(&[kept.clone(), warned.clone()]), Some(Outcome::Warn));
        let failed = gate(gate::Level::Fail, false);
        assert_eq!(outcome(&[failed, warned, kept]), Some(Outcome::Fail));
    }

    #[test]
    fn a_check_names_its_sample_or_the_document_does() {
        let mut gates = vec![gate(gate::Level::Fail, true)];
        gates.push(GateQc {
            sample: None,
            checks: vec![Check { sample: Some("T".into()), ..gates[0].checks[0].clone() }],
            ..gates[0].clone()
        });
        let checks = summary(&gates, &["T", "S"]).unwrap().checks;
        let samples: Vec<_> = checks.iter().map(|c| c.sample.as_deref()).collect();
        assert_eq!(samples, [Some("T"), Some("S")]);
    }
}
