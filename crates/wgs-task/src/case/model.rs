//! The case as the pipeline sees it.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wgs_core::{CaseId, LibraryId, ReadGroupId, SampleId, Sex};
use wgs_formats::digest::Expected;

use super::Clinical;

/// One patient or family.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Name of the case and of its output folder.
    pub id: CaseId,
    /// What is asked of it.
    pub kind: CaseKind,
    /// Its samples, in the order given.
    pub samples: Vec<Sample>,
    /// Its tumour, and what may be told of inherited variants.
    #[serde(default)]
    pub clinical: Clinical,
}

/// What is asked of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CaseKind {
    /// Germline variants of one person.
    Germline,
    /// Germline variants of relatives, called together.
    Family,
    /// Somatic variants of a tumour against its normal.
    TumorNormal,
    /// Somatic variants of a tumour without a normal.
    TumorOnly,
}

/// What a sample is in its case.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The patient of a germline case.
    Proband,
    /// The proband's father.
    Father,
    /// The proband's mother.
    Mother,
    /// A brother or sister of the proband.
    Sibling,
    /// A tumour of the patient.
    Tumor,
    /// Healthy tissue of a patient with a tumour.
    Normal,
}

/// One sequenced specimen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// `SM` of its read groups and its column in VCF.
    pub id: SampleId,
    /// What it is in the case.
    pub role: Role,
    /// Declared sex.
    pub sex: Sex,
    /// Whether the person has the disease, where known.
    pub affected: Option<bool>,
    /// Terms of the Human Phenotype Ontology (`HP:0002664`).
    pub phenotypes: Vec<String>,
    /// Where its reads are; at least one.
    pub read_groups: Vec<ReadGroup>,
}

/// Reads of one library on one lane, or an alignment file with read groups of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadGroup {
    /// `ID`; an alignment file may leave it open and keeps its own read groups then.
    pub id: Option<ReadGroupId>,
    /// `LB`.
    pub library: Option<LibraryId>,
    /// Lane of the flow cell.
    pub lane: Option<String>,
    /// `PL`, such as `ILLUMINA`.
    pub platform: Option<String>,
    /// `PU`.
    pub unit: Option<String>,
    /// `CN`.
    pub center: Option<String>,
    /// `DT`, ISO 8601.
    pub date: Option<String>,
    /// The files.
    pub reads: Reads,
}

/// Files that hold reads, absolute or relative to the working folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reads {
    /// Two FASTQ files, mates at the same place in each.
    Pairs {
        /// First reads.
        r1: PathBuf,
        /// Second reads.
        r2: PathBuf,
        /// Digests that `r1` must have.
        r1_expected: Expected,
        /// Digests that `r2` must have.
        r2_expected: Expected,
    },
    /// SAM, BAM or CRAM, aligned or not.
    Alignment {
        /// The file.
        path: PathBuf,
        /// Digests that it must have.
        expected: Expected,
    },
}

impl Reads {
    /// Every file, with the digests it must have.
    pub fn files(&self) -> Vec<(&PathBuf, &Expected)> {
        match self {
            Self::Pairs { r1, r2, r1_expected, r2_expected } => {
                vec![(r1, r1_expected), (r2, r2_expected)]
            }
            Self::Alignment { path, expected } => vec![(path, expected)],
        }
    }
}
