//! The figures that baselines can be declared for.

use std::fmt;

use serde_json::json;
use wgs_metrics::gate::Thresholds;

use super::file::Variants;

/// Types of small variants that are counted.
const SMALL_TYPES: [&str; 7] = ["all", "snv", "indel", "mnp", "insertion", "deletion", "complex"];
/// Types of structural variants that are counted.
const SV_TYPES: [&str; 7] = ["all", "del", "ins", "dup", "inv", "bnd", "cnv"];

/// A figure of a comparison with the truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Count {
    TruePositives,
    FalsePositives,
    FalseNegatives,
    Precision,
    Recall,
    F1,
}

/// What a run took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Resource {
    CoreSeconds,
    MaxMemoryBytes,
    OutputBytes,
}

/// A figure, by its name in a regression file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Figure {
    /// `TYPE.FIELD` of a comparison, the type in lower case: `snv.f1`.
    Comparison { kind: String, count: Count },
    /// `qc.NAME`: what the quality gate `min_NAME` or `max_NAME` of a pipeline looks at.
    Quality(Box<Thresholds>),
    /// `run.core_s`, `run.max_rss_bytes`, `run.output_bytes`.
    Run(Resource),
}

impl Figure {
    /// Reads a name; the error says what is wrong with it.
    pub(crate) fn parse(name: &str, variants: Variants) -> Result<Self, String> {
        let unknown = || format!("{name:?} is not a figure; {}", known(variants));
        let (of, field) = name.split_once('.').ok_or_else(unknown)?;
        match of {
            "qc" => threshold(field).map(Self::Quality).ok_or_else(unknown),
            "run" => resource(field).map(Self::Run).ok_or_else(unknown),
            kind if types(variants).contains(&kind) => {
                let count = count(field).ok_or_else(unknown)?;
                Ok(Self::Comparison { kind: kind.to_owned(), count })
            }
            _ => Err(unknown()),
        }
    }

    /// Whether it is measured on a run, and so needs a case.
    pub(crate) fn needs_run(&self) -> bool {
        !matches!(self, Self::Comparison { .. })
    }
}

fn types(variants: Variants) -> &'static [&'static str] {
    match variants {
        Variants::Germline | Variants::Somatic => &SMALL_TYPES,
        Variants::Sv => &SV_TYPES,
    }
}

fn known(variants: Variants) -> String {
    let types = types(variants).join(", ");
    format!(
        "known are TYPE.FIELD with the types {types} and the fields tp, fp, fn, precision, recall, \
         f1; qc.NAME with the names of quality gates; run.core_s, run.max_rss_bytes, run.output_bytes"
    )
}

fn count(field: &str) -> Option<Count> {
    Some(match field {
        "tp" => Count::TruePositives,
        "fp" => Count::FalsePositives,
        "fn" => Count::FalseNegatives,
        "precision" => Count::Precision,
        "recall" => Count::Recall,
        "f1" => Count::F1,
        _ => return None,
    })
}

fn resource(field: &str) -> Option<Resource> {
    Some(match field {
        "core_s" => Resource::CoreSeconds,
        "max_rss_bytes" => Resource::MaxMemoryBytes,
        "output_bytes" => Resource::OutputBytes,
        _ => return None,
    })
}

/// The gates know their names: a threshold that is one can be read.
fn threshold(name: &str) -> Option<Box<Thresholds>> {
    let one = |bound: &str| {
        let mut limits = serde_json::Map::new();
        limits.insert(format!("{bound}_{name}"), json!({ "warn": 0.0 }));
        serde_json::from_value(limits.into()).ok()
    };
    one("min").or_else(|| one("max"))
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TruePositives => "tp",
            Self::FalsePositives => "fp",
            Self::FalseNegatives => "fn",
            Self::Precision => "precision",
            Self::Recall => "recall",
            Self::F1 => "f1",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_comparisons_gates_and_runs() {
        let germline = |name: &str| Figure::parse(name, Variants::Germline);
        let snv = Figure::Comparison { kind: "snv".into(), count: Count::F1 };
        assert_eq!(germline("snv.f1"), Ok(snv));
        assert_eq!(germline("run.core_s"), Ok(Figure::Run(Resource::CoreSeconds)));
        for name in ["qc.mean_coverage", "qc.duplicate_rate", "indel.recall", "all.fn"] {
            assert!(germline(name).is_ok(), "{name}");
        }
        assert!(Figure::parse("del.recall", Variants::Sv).is_ok());
    }

    #[test]
    fn other_names_are_refused_with_those_that_there_are() {
        for name in ["f1", "snv.f2", "del.f1", "qc.min_mean_coverage", "qc.x", "run.time", ""] {
            let error = Figure::parse(name, Variants::Germline).unwrap_err();
            assert!(error.contains("insertion") && error.contains("run.core_s"), "{error}");
        }
        assert!(Figure::parse("snv.f1", Variants::Sv).is_err());
    }
}
