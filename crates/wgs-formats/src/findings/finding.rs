//! A finding: an allele in a gene, with all that was judged of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CancerAssessment, Classification, Criterion, OpenCriterion, Rule};

/// Of which genome something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// Inherited, or new in the germ line.
    Germline,
    /// Of the tumour.
    Somatic,
}

/// An allele in a gene, with all that was judged of it. An allele that matters in two genes is two
/// findings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Of which genome.
    pub origin: Origin,
    /// Symbol of the gene, or its id where it has none.
    pub gene: Option<String>,
    /// Stable id of the gene.
    pub gene_id: Option<String>,
    /// The allele.
    pub allele: AlleleName,
    /// Identifiers of the allele.
    pub ids: Vec<String>,
    /// QUAL of the record.
    pub quality_phred: Option<f64>,
    /// FILTER of the record: `PASS`, `.`, or the filters that failed.
    pub filters: Vec<String>,
    /// The effect in the transcript that the judgement is of.
    pub effect: Option<Effect>,
    /// Frequencies in populations.
    pub frequencies: Vec<PopulationFrequency>,
    /// What clinical sources say.
    pub clinical: Vec<Clinical>,
    /// The samples of the case, in its order, those who do not carry the allele as well.
    pub carriers: Vec<Carrier>,
    /// Models of inheritance that the genotypes satisfy.
    pub models: Vec<ModelMatch>,
    /// The other alleles of compound heterozygotes.
    pub partners: Vec<Partner>,
    /// How relevant the finding is to the question of the case.
    pub tier: Option<Tier>,
    /// The rules that fired, in their order.
    pub rules: Vec<Rule>,
    /// Criteria of ACMG/AMP that are met; germline only.
    pub criteria: Vec<Criterion>,
    /// Criteria that are left to a person.
    pub open_criteria: Vec<OpenCriterion>,
    /// Sum of the criteria's points; absent where they were not judged.
    pub points: Option<i32>,
    /// What the points come to.
    pub classification: Option<Classification>,
    /// What was judged of it for cancer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancer: Option<CancerAssessment>,
    /// What an expert panel should take the finding up for.
    pub classes: Vec<ResultClass>,
    /// Under which question it is reported.
    pub scope: Scope,
    /// What a person should know of this finding (a low depth in a parent, a missing genotype).
    pub notes: Vec<String>,
}

/// An allele, as the record has it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct AlleleName {
    /// The contig.
    pub contig: String,
    /// First base of the reference allele, from 1.
    pub position: u32,
    /// The reference allele.
    pub reference: String,
    /// The alternate allele.
    pub alternate: String,
}

impl std::fmt::Display for AlleleName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}-{}-{}", self.contig, self.position, self.reference, self.alternate)
    }
}

/// An effect on a transcript.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Effect {
    /// Sequence Ontology terms, the most severe first.
    pub consequences: Vec<String>,
    /// `HIGH`, `MODERATE`, `LOW` or `MODIFIER`.
    pub impact: Option<String>,
    /// The transcript.
    pub transcript: Option<String>,
    /// Whether it is MANE Select.
    pub mane_select: bool,
    /// HGVS name on the transcript.
    pub hgvs_c: Option<String>,
    /// HGVS name on the protein.
    pub hgvs_p: Option<String>,
    /// Exon of how many.
    pub exon: Option<String>,
    /// Intron of how many.
    pub intron: Option<String>,
}

/// A frequency in a population.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PopulationFrequency {
    /// Source, and population where it is not all of the source.
    pub source: String,
    /// Share of the alleles, 0 to 1.
    pub allele_frequency: f64,
    /// Number of alleles seen.
    pub allele_count: Option<u64>,
    /// Number of alleles looked at.
    pub allele_number: Option<u64>,
    /// Number of homozygous people.
    pub homozygotes: Option<u64>,
}

/// What a clinical source says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Clinical {
    /// The source.
    pub source: String,
    /// Its terms.
    pub significance: Vec<String>,
    /// Its entry.
    pub id: Option<String>,
    /// Review status.
    pub review: Option<String>,
    /// Diseases.
    pub conditions: Vec<String>,
}

/// A sample's call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Carrier {
    /// The sample.
    pub sample: String,
    /// Its role in the case (`proband`, `mother`, `tumor`); absent where it has none.
    pub role: Option<String>,
    /// Whether the person has the disease, where known.
    pub affected: Option<bool>,
    /// GT.
    pub genotype: String,
    /// `heterozygous`, `homozygous`, `hemizygous`, `partial`, `absent` or `missing`, by the copies
    /// that the person has of the place.
    pub zygosity: String,
    /// DP.
    pub depth: Option<u32>,
    /// Share of the reads with the allele, 0 to 1.
    pub allele_fraction: Option<f64>,
    /// GQ.
    pub genotype_quality_phred: Option<f64>,
}

/// A model of inheritance that the genotypes satisfy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ModelMatch {
    /// Its id (`de-novo`, `recessive-homozygous`, `compound-heterozygous`, …).
    pub model: String,
    /// What keeps it from being certain; empty if nothing does.
    pub doubts: Vec<String>,
}

/// The other allele of a compound heterozygote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Partner {
    /// The allele.
    pub allele: AlleleName,
    /// Whether it lies on the other chromosome.
    pub phase: PartnerPhase,
    /// How that is known.
    pub evidence: String,
}

/// Whether two alleles lie on different chromosomes. Pairs on the same one are no partners.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PartnerPhase {
    /// They do.
    Trans,
    /// It is not known.
    Unknown,
}

/// How relevant a finding is to the question of its case.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    /// Rare disease: a gene of the case's panels, and a change of high impact or a new one.
    #[serde(rename = "1")]
    One,
    /// Rare disease: a gene of the case's panels, and a change of moderate impact.
    #[serde(rename = "2")]
    Two,
    /// Rare disease: another gene.
    #[serde(rename = "3")]
    Three,
    /// Rare disease: what no rule tiers.
    Untiered,
    /// Cancer, AMP/ASCO/CAP: strong clinical significance.
    #[serde(rename = "I")]
    StrongSignificance,
    /// Cancer: potential clinical significance.
    #[serde(rename = "II")]
    PotentialSignificance,
    /// Cancer: unknown clinical significance.
    #[serde(rename = "III")]
    UnknownSignificance,
    /// Cancer: benign or likely benign.
    #[serde(rename = "IV")]
    Benign,
}

impl Tier {
    /// As people write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::One => "1",
            Self::Two => "2",
            Self::Three => "3",
            Self::Untiered => "untiered",
            Self::StrongSignificance => "I",
            Self::PotentialSignificance => "II",
            Self::UnknownSignificance => "III",
            Self::Benign => "IV",
        }
    }
}

/// What an expert panel should take a finding up for.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum ResultClass {
    /// A drug may be chosen by it.
    DrugSelection,
    /// It tells the type of the cancer.
    CancerDiagnosis,
    /// It predisposes to a hereditary disease.
    HereditaryDisease,
    /// Tests of gene panels do not find it.
    NotDetectableByPanels,
    /// It is useful for diagnosis.
    DiagnosticallyUseful,
    /// It likely causes a disease that is no cancer.
    LikelyNonCancerDisease,
}

/// Under which question a finding is reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// The question of the case.
    #[default]
    Primary,
    /// A secondary finding, by the configured list.
    Secondary,
}
