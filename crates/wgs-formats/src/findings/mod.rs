//! The findings of a case: what `interpret` writes and the report reads.
//!
//! [`Findings`] is the document `CASE.findings.json`. Germline and somatic findings are two lists,
//! never one. What the person has not consented to learn is counted and nowhere named.
//!
//! ```
//! use wgs_formats::{findings::Findings, qc};
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("C1.findings.json");
//! qc::write(&Findings::new("C1"), &path, None)?;
//! let read: Findings = qc::read(&path)?;
//! assert_eq!(read.case, "C1");
//! assert!(read.germline.is_empty() && read.somatic.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod cancer;
mod evidence;
mod finding;
mod table;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::qc::{Document, Table};

pub use cancer::{
    CancerAssessment, CuratedEvidence, DiseaseRelation, EvidenceKind, EvidenceLevel, MatchLevel,
    Oncogenicity, OncogenicityClass,
};
pub use evidence::{Classification, Criterion, Direction, Evidence, OpenCriterion, Rule, Strength};
pub use finding::{
    AlleleName, Carrier, Clinical, Effect, Finding, ModelMatch, Origin, Partner, PartnerPhase,
    PopulationFrequency, ResultClass, Scope, Tier,
};

/// The findings of a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "wgs-pipe findings")]
pub struct Findings {
    /// `wgs-pipe/findings/1`.
    #[schemars(extend("const" = Findings::SCHEMA))]
    pub schema: String,
    /// The case.
    pub case: String,
    /// Findings in the inherited genome, the weightiest first.
    pub germline: Vec<Finding>,
    /// Findings in the tumour, the weightiest first.
    pub somatic: Vec<Finding>,
    /// What is not named here.
    pub withheld: Vec<Withheld>,
    /// What was asked: panels, phenotypes, limits; as rows for people.
    pub settings: Vec<Setting>,
    /// What was looked at and what became of it.
    pub counts: Vec<Count>,
    /// What the findings rest on: stores, tables, with versions.
    pub sources: Vec<Source>,
    /// What a person should know before trusting the findings.
    pub warnings: Vec<String>,
}

/// Findings that exist and are not named, since consent or scope keep them back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Withheld {
    /// Of which genome.
    pub origin: Origin,
    /// Why (`return_scope is cancer-only`).
    pub reason: String,
    /// How many.
    pub count: u64,
}

/// A choice that the findings follow from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Setting {
    /// Its name (`max_frequency.recessive`).
    pub name: String,
    /// Its value.
    pub value: String,
}

/// A named count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Count {
    /// What was counted.
    pub name: String,
    /// How many.
    pub count: u64,
}

/// Something that the findings rest on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Source {
    /// Its name.
    pub name: String,
    /// Its release, as its provider names it.
    pub version: Option<String>,
    /// Under which terms it may be used.
    pub licence: Option<String>,
    /// SHA-256 of what it was made from.
    pub sha256: Option<String>,
}

impl Findings {
    /// No findings yet.
    pub fn new(case: impl Into<String>) -> Self {
        Self {
            schema: Self::SCHEMA.to_owned(),
            case: case.into(),
            germline: Vec::new(),
            somatic: Vec::new(),
            withheld: Vec::new(),
            settings: Vec::new(),
            counts: Vec::new(),
            sources: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// All findings, germline first.
    pub fn all(&self) -> impl Iterator<Item = &Finding> {
        self.germline.iter().chain(&self.somatic)
    }
}

impl Document for Findings {
    const SCHEMA: &'static str = "wgs-pipe/findings/1";

    fn schema(&self) -> &str {
        &self.schema
    }

    /// One row per finding.
    fn table(&self) -> Table {
        table::of(self)
    }
}
