//! The variants: their statistics, and those that are notable.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The variants of the case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VariantReport {
    /// Statistics of the call set.
    pub summary: Option<VariantSummary>,
    /// Variants to look at first.
    pub notable: Option<Notable>,
}

/// Statistics of the records that pass all filters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VariantSummary {
    /// All records.
    pub records: u64,
    /// Records that pass.
    pub passing_records: u64,
    /// Records by filter that they failed; one that failed several counts for each.
    pub filters: Vec<AlleleCount>,
    /// Alternative alleles of all samples.
    pub alleles: AlleleCounts,
    /// By sample, in the order of the case.
    pub samples: Vec<SampleVariants>,
}

/// A named count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AlleleCount {
    /// What was counted.
    pub name: String,
    /// How many.
    pub count: u64,
}

/// Alternative alleles by kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AlleleCounts {
    /// One base for another.
    pub snvs: u64,
    /// Several bases for as many others.
    pub mnvs: u64,
    /// Insertions.
    pub insertions: u64,
    /// Deletions.
    pub deletions: u64,
    /// Bases for another number of bases, neither a pure insertion nor a pure deletion.
    pub complex: u64,
    /// Transitions (A-G, C-T).
    pub transitions: u64,
    /// Other SNVs.
    pub transversions: u64,
    /// Transitions over transversions; absent without transversions.
    pub ti_tv_ratio: Option<f64>,
    /// SNVs by change with both strands together, such as `C>T`.
    pub substitutions: Vec<AlleleCount>,
    /// Insertions and deletions by length.
    pub indel_lengths: Vec<LengthCount>,
}

/// Insertions or deletions of one length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LengthCount {
    /// Length in bases, deletions negative.
    pub length_bp: i32,
    /// How many.
    pub count: u64,
}

/// Variants of one sample.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SampleVariants {
    /// Its id.
    pub sample: String,
    /// Records where the genotype holds an alternative allele.
    pub variant_records: u64,
    /// Heterozygous records.
    pub het_records: u64,
    /// Homozygous records.
    pub hom_alt_records: u64,
    /// Records of one copy.
    pub hemizygous_records: u64,
    /// Records without a full genotype.
    pub missing_records: u64,
    /// Heterozygous over homozygous records; absent without the latter.
    pub het_hom_ratio: Option<f64>,
    /// Alternative alleles that the sample carries.
    pub alleles: AlleleCounts,
}

/// Variants to look at first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Notable {
    /// How they were chosen, in the order of their rank.
    pub rules: Vec<SelectionRule>,
    /// Allele frequency from which an allele is common.
    pub common_from: f64,
    /// Population sources that frequencies were taken from; empty if the variants have none.
    pub frequency_sources: Vec<String>,
    /// Clinical sources that significances were taken from; empty if the variants have none.
    pub clinical_sources: Vec<String>,
    /// The samples that a variant must be found in (one of them is enough).
    pub carriers: Vec<String>,
    /// Alternative alleles that these samples carry.
    pub carried_alleles: u64,
    /// Alleles that a rule chose.
    pub chosen: u64,
    /// Alleles that a rule would have chosen, but whose record failed a filter.
    pub filtered: u64,
    /// The first of the chosen, best first; fewer than `chosen` if there are too many to show.
    pub variants: Vec<NotableVariant>,
}

/// A rule and how many alleles it chose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SelectionRule {
    /// Its name.
    pub reason: Reason,
    /// What it says.
    pub text: String,
    /// Alleles that it chose and no rule before it.
    pub chosen: u64,
}

/// Why a variant is notable; earlier ones rank first.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// A clinical source calls it pathogenic or likely pathogenic.
    ClinicallyPathogenic,
    /// Its impact is high and it is not known to be common.
    HighImpact,
    /// Its impact is moderate and it is not known to be common.
    ModerateImpact,
    /// Its impact is high, and it is common.
    HighImpactCommon,
}

/// One alternative allele.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NotableVariant {
    /// Why it is here.
    pub reason: Reason,
    /// Contig.
    pub contig: String,
    /// Position of the reference allele's first base, 1-based.
    pub position: u32,
    /// Reference allele.
    pub reference: String,
    /// Alternative allele.
    pub alternate: String,
    /// Identifiers, such as dbSNP's.
    pub ids: Vec<String>,
    /// Quality of the record, Phred.
    pub quality_phred: Option<f64>,
    /// `PASS`, `.` (no filters were applied), or the filters that the record failed.
    pub filters: Vec<String>,
    /// The consequence that counts: the most severe one, in the transcript that represents its
    /// gene best. Absent where the variant is not annotated.
    pub effect: Option<Effect>,
    /// The consequence in the representative transcript (MANE Select or canonical) of the gene,
    /// where that is another transcript.
    pub representative_effect: Option<Effect>,
    /// Number of transcripts with a consequence.
    pub transcripts: u32,
    /// Other genes in which the impact is moderate or high.
    pub other_genes: Vec<String>,
    /// What clinical sources say.
    pub clinical: Vec<ClinicalSignificance>,
    /// How frequent it is.
    pub frequencies: Vec<PopulationFrequency>,
    /// Each sample's genotype, in the order of the case.
    pub samples: Vec<SampleCall>,
}

impl NotableVariant {
    /// Whether no filter failed.
    pub fn passes(&self) -> bool {
        self.filters.iter().all(|filter| matches!(filter.as_str(), "PASS" | "."))
    }
}

/// What a variant does to a transcript.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Effect {
    /// Consequence terms of Sequence Ontology, most severe first.
    pub consequences: Vec<String>,
    /// Their impact.
    pub impact: Option<Impact>,
    /// Symbol of the gene, or its id where it has none.
    pub gene: Option<String>,
    /// The transcript, with version.
    pub transcript: Option<String>,
    /// Whether it is the gene's MANE Select transcript.
    pub mane_select: bool,
    /// Whether it is one of the gene's MANE Plus Clinical transcripts.
    pub mane_plus_clinical: bool,
    /// Whether it is the gene's canonical transcript.
    pub canonical: bool,
    /// HGVS of the transcript, such as `ENST00000357654.9:c.68_69del`.
    pub hgvs_c: Option<String>,
    /// HGVS of the protein.
    pub hgvs_p: Option<String>,
    /// Exon of the transcript and their number, such as `2/23`.
    pub exon: Option<String>,
    /// Intron of the transcript and their number.
    pub intron: Option<String>,
}

/// Impact of a consequence as VEP classes it; later ones are more severe.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "UPPERCASE")]
pub enum Impact {
    /// No effect is expected.
    Modifier,
    /// Most probably harmless.
    Low,
    /// Might change the protein.
    Moderate,
    /// Disrupts the protein.
    High,
}

/// What a clinical source says of an allele.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClinicalSignificance {
    /// The source as it is called in INFO.
    pub source: String,
    /// Its terms, such as `Likely_pathogenic`.
    pub significance: Vec<String>,
    /// Id of the entry in the source, where known.
    pub id: Option<String>,
    /// How well the entry was reviewed, such as `reviewed_by_expert_panel`, where known.
    pub review: Option<String>,
    /// Conditions that the entry is of.
    pub conditions: Vec<String>,
}

/// How frequent an allele is in a population source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PopulationFrequency {
    /// The source as it is called in INFO; followed by `popmax` if the frequency is that of the
    /// population where it is highest.
    pub source: String,
    /// Frequency of the allele, 0 to 1.
    pub allele_frequency: f64,
}

/// A sample's genotype.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SampleCall {
    /// The sample.
    pub sample: String,
    /// The genotype as VCF writes it, such as `0/1`.
    pub genotype: String,
    /// What it means for this allele.
    pub zygosity: Zygosity,
    /// Depth (DP).
    pub depth: Option<u32>,
    /// Fraction of the reads that hold this allele, by AD; of the field AF where AD is absent.
    pub allele_fraction: Option<f64>,
    /// Genotype quality (GQ), Phred.
    pub genotype_quality_phred: Option<f64>,
    /// Whether a child's variant is inherited (DN); absent of samples that are no child of two
    /// sequenced parents, or do not carry the allele.
    #[serde(default)]
    pub inheritance: Option<Inheritance>,
}

/// Where a child has a variant from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Inheritance {
    /// From a parent.
    Inherited,
    /// From none.
    New,
    /// Neither is clear.
    Unclear,
}

/// Copies of an allele in a genotype.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Zygosity {
    /// All of two or more copies.
    Homozygous,
    /// The only copy.
    Hemizygous,
    /// Some of the copies.
    Heterozygous,
    /// At least one copy, others are not known.
    Partial,
    /// No copy.
    Absent,
    /// Not known.
    Missing,
}
