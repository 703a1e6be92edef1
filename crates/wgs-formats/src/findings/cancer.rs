//! What was judged of a finding for cancer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Criterion, OpenCriterion};

/// What was judged of an allele for cancer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CancerAssessment {
    /// Roles of the gene: `oncogene`, `suppressor`, `predisposition`.
    pub roles: Vec<String>,
    /// The strongest level of AMP/ASCO/CAP, A to D, of the evidence that counts.
    pub level: Option<EvidenceLevel>,
    /// How likely it drives a tumour; of somatic findings.
    pub oncogenicity: Option<Oncogenicity>,
    /// Curated evidence on the allele, that which counts first.
    pub evidence: Vec<CuratedEvidence>,
    /// Curated items on the gene that small variants cannot decide: amplifications, fusions,
    /// expression, and names that are not understood.
    pub undecided_evidence: u64,
}

/// Points of the oncogenicity of a somatic variant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Oncogenicity {
    /// Sum of the criteria's points.
    pub points: i32,
    /// What they come to.
    pub class: OncogenicityClass,
    /// The criteria that are met; `pathogenic` stands for oncogenic here.
    pub criteria: Vec<Criterion>,
    /// The criteria that could not be judged, and why.
    pub open: Vec<OpenCriterion>,
}

/// Classes of ClinGen/CGC/VICC 2022 (Horak et al., doi:10.1016/j.gim.2022.01.001).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum OncogenicityClass {
    /// -7 points or less.
    Benign,
    /// -6 to -1 points.
    LikelyBenign,
    /// 0 to 5 points.
    UncertainSignificance,
    /// 6 to 9 points.
    LikelyOncogenic,
    /// 10 points or more.
    Oncogenic,
}

impl OncogenicityClass {
    /// The class of a sum of points.
    pub fn of(points: i32) -> Self {
        match points {
            10.. => Self::Oncogenic,
            6..=9 => Self::LikelyOncogenic,
            0..=5 => Self::UncertainSignificance,
            -6..=-1 => Self::LikelyBenign,
            _ => Self::Benign,
        }
    }

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Benign => "benign",
            Self::LikelyBenign => "likely benign",
            Self::UncertainSignificance => "uncertain significance",
            Self::LikelyOncogenic => "likely oncogenic",
            Self::Oncogenic => "oncogenic",
        }
    }
}

/// Levels of evidence, the strongest first: those of CIViC, and A to D also those of AMP/ASCO/CAP.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub enum EvidenceLevel {
    /// In use in the clinic.
    A,
    /// From trials or many patients.
    B,
    /// From cases.
    C,
    /// From the laboratory.
    D,
    /// Concluded from elsewhere.
    E,
}

/// What an evidence item is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EvidenceKind {
    /// The effect of a therapy.
    Predictive,
    /// The course of the disease.
    Prognostic,
    /// Which disease it is.
    Diagnostic,
    /// Inherited risk.
    Predisposing,
    /// Whether it drives tumours.
    Oncogenic,
    /// What becomes of the protein.
    Functional,
}

/// How an evidence item's disease relates to the tumour of the case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DiseaseRelation {
    /// It is the same.
    Same,
    /// The tumour is a kind of it.
    Broader,
    /// It is a kind of the tumour.
    Narrower,
    /// Both are of one tissue.
    SameTissue,
    /// It is another.
    Other,
    /// The case has no tumour type, or the item no disease.
    Unknown,
}

impl DiseaseRelation {
    /// Whether what is known of the disease holds for the tumour.
    pub fn includes_tumor(self) -> bool {
        matches!(self, Self::Same | Self::Broader)
    }
}

/// How exactly an allele is what an evidence item is about, the most exact first.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum MatchLevel {
    /// By coordinates and bases.
    Allele,
    /// By its name on the transcript.
    Coding,
    /// By the change of the protein.
    Protein,
    /// A substitution of the same residue, whichever.
    Residue,
    /// A kind of change of an exon.
    Exon,
    /// A kind of change of the gene.
    Class,
    /// Any change of the gene.
    Gene,
}

/// An item of curated evidence on an allele.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CuratedEvidence {
    /// Where it is from.
    pub source: String,
    /// Its id there.
    pub id: String,
    /// What it is about, as the source names it (`BRAF V600E`).
    pub profile: String,
    /// How exactly the allele is that.
    pub matched: MatchLevel,
    /// The transcript by whose numbers it is, where that is not the one that stands for the gene.
    pub other_transcript: Option<String>,
    /// Of what it is evidence.
    pub kind: EvidenceKind,
    /// Its level.
    pub level: EvidenceLevel,
    /// Whether it supports what `significance` says, or speaks against it.
    pub supports: bool,
    /// What it says (`Sensitivity/Response`, `Resistance`, `Poor Outcome`).
    pub significance: String,
    /// Therapies.
    pub therapies: Vec<String>,
    /// How several therapies belong together (`Combination`, `Substitutes`, `Sequential`).
    pub interaction: Option<String>,
    /// The disease.
    pub disease: Option<String>,
    /// Its term in the Disease Ontology.
    pub disease_id: Option<String>,
    /// How that relates to the tumour of the case.
    pub relation: DiseaseRelation,
    /// Where it is published.
    pub citation: Option<String>,
    /// Trust in it, 1 to 5.
    pub rating: Option<u8>,
    /// Why it does not count for the tier; absent if it does.
    pub not_counted: Option<String>,
}

impl CuratedEvidence {
    /// Whether it counts for the tier.
    pub fn counts(&self) -> bool {
        self.not_counted.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_begin_and_end_where_the_standard_says() {
        let class = |points| OncogenicityClass::of(points).name();
        assert_eq!(
            [class(10), class(9), class(6)],
            ["oncogenic", "likely oncogenic", "likely oncogenic"]
        );
        assert_eq!([class(5), class(0)], ["uncertain significance"; 2]);
        assert_eq!([class(-1), class(-6), class(-7)], ["likely benign", "likely benign", "benign"]);
    }
}
