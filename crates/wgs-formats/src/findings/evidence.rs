//! Rules and criteria with what they were judged by.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A rule that holds for a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rule {
    /// Its id (`panel-gene`, `de-novo`), the same in all cases.
    pub id: String,
    /// What it says, in a sentence.
    pub text: String,
    /// The values that it was judged by.
    pub evidence: Vec<Evidence>,
}

/// A value that something was judged by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// What it is (`GNOMAD grpmax`, `REVEL`, `panel`).
    pub name: String,
    /// The value, as a person reads it.
    pub value: String,
}

impl Evidence {
    /// A value with its name.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into() }
    }
}

/// How much a criterion weighs, by ClinGen's levels.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Strength {
    /// 1 point.
    Supporting,
    /// 2 points.
    Moderate,
    /// 4 points.
    Strong,
    /// 8 points.
    VeryStrong,
    /// Decides alone (BA1).
    StandAlone,
}

impl Strength {
    /// Points of Tavtigian et al. 2020 (doi:10.1002/humu.24088), without sign. One that decides alone
    /// weighs as much as a very strong one.
    pub fn points(self) -> i32 {
        match self {
            Self::Supporting => 1,
            Self::Moderate => 2,
            Self::Strong => 4,
            Self::VeryStrong | Self::StandAlone => 8,
        }
    }

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Supporting => "supporting",
            Self::Moderate => "moderate",
            Self::Strong => "strong",
            Self::VeryStrong => "very strong",
            Self::StandAlone => "stand-alone",
        }
    }
}

/// For which side a criterion speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// For a pathogenic variant.
    Pathogenic,
    /// For a benign one.
    Benign,
}

/// A criterion of ACMG/AMP that is met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Criterion {
    /// Its name in the guideline (`PVS1`, `PM2`).
    pub id: String,
    /// For which side it speaks.
    pub direction: Direction,
    /// The strength at which it is applied here.
    pub strength: Strength,
    /// Its points, negative for benign ones.
    pub points: i32,
    /// Why, in a sentence.
    pub text: String,
    /// The values that it was judged by.
    pub evidence: Vec<Evidence>,
}

/// A criterion that data cannot decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OpenCriterion {
    /// Its name in the guideline.
    pub id: String,
    /// What a person has to find out, or which source is missing.
    pub reason: String,
}

/// Classes of germline variants, by the points.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Classification {
    /// -7 points or less, or BA1.
    Benign,
    /// -6 to -1 points.
    LikelyBenign,
    /// 0 to 5 points.
    UncertainSignificance,
    /// 6 to 9 points.
    LikelyPathogenic,
    /// 10 points or more.
    Pathogenic,
}

impl Classification {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Benign => "benign",
            Self::LikelyBenign => "likely benign",
            Self::UncertainSignificance => "uncertain significance",
            Self::LikelyPathogenic => "likely pathogenic",
            Self::Pathogenic => "pathogenic",
        }
    }
}
