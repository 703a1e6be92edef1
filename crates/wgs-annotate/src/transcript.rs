//! Transcripts as annotation sees them.

use serde::{Deserialize, Serialize};
use wgs_core::{ContigIndex, Interval0};
use wgs_formats::genome::Genome;

use crate::engine::code::{GeneticCode, reverse_complement};

/// The strand that a transcript is read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Strand {
    /// In the direction of the contig (`+`).
    #[serde(rename = "+")]
    Forward,
    /// Against the direction of the contig (`-`).
    #[serde(rename = "-")]
    Reverse,
}

/// Whether a transcript stands for its gene, by the curators of MANE.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mane {
    /// MANE Select.
    Select,
    /// MANE Plus Clinical.
    PlusClinical,
}

/// A transcript with its gene, placed on a genome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transcript {
    /// Id with version where known, as HGVS names are written (`ENST00000357654.9`).
    pub accession: String,
    /// Id as VEP writes it in `Feature`: without version for Ensembl, with it for RefSeq.
    pub feature: String,
    /// The gene's id, without version for Ensembl.
    pub gene: String,
    /// The gene's symbol; empty where it has none.
    pub symbol: String,
    /// `HGNC:1100`, where the file tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hgnc: Option<String>,
    /// Biotype, in Ensembl's words.
    pub biotype: String,
    /// Place of the contig in the genome.
    #[serde(with = "contig_index")]
    pub contig: ContigIndex,
    /// The strand.
    pub strand: Strand,
    /// The exons in the transcript's direction.
    pub exons: Vec<Interval0>,
    /// The coding parts in the transcript's direction, each within one exon; none for a transcript
    /// without protein. They include the stop codon.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub coding: Vec<Interval0>,
    /// Bases of the first coding part before the first whole codon: 0, 1 or 2.
    #[serde(default, skip_serializing_if = "is_default")]
    pub phase: u8,
    /// The protein's id with version where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protein: Option<String>,
    /// Whether it is the one transcript that stands for its gene (see
    /// [`build`](crate::store::build) for the order of preference).
    #[serde(default, skip_serializing_if = "is_default")]
    pub canonical: bool,
    /// Its place in MANE, where the file tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mane: Option<Mane>,
    /// Id of the same transcript in the other database (Ensembl's for RefSeq), where the file tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counterpart: Option<String>,
    /// The coding sequence begins before the transcript does.
    #[serde(default, skip_serializing_if = "is_default")]
    pub coding_start_missing: bool,
    /// The coding sequence ends after the transcript does.
    #[serde(default, skip_serializing_if = "is_default")]
    pub coding_end_missing: bool,
    /// Lowest base (0-based) of each codon that is read as selenocysteine.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub selenocysteines: Vec<u32>,
    /// How the transcript's own sequence differs from the genome.
    #[serde(default, skip_serializing_if = "is_default")]
    pub difference: Difference,
}

/// How the sequence of a transcript (RefSeq's may) differs from the genome that it is placed on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Difference {
    /// Not at all, as far as is known.
    #[default]
    None,
    /// By substitutions: all numbers hold.
    Bases,
    /// By insertions or deletions outside the coding sequence: numbers there do not hold.
    OutsideCoding,
    /// By insertions or deletions in the coding sequence: no number holds.
    WithinCoding,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

mod contig_index {
    use serde::{Deserialize, Deserializer, Serializer};
    use wgs_core::ContigIndex;

    pub(super) fn serialize<S: Serializer>(i: &ContigIndex, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_u64(i.0 as u64)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<ContigIndex, D::Error> {
        usize::deserialize(d).map(ContigIndex)
    }
}

impl Transcript {
    /// From the first to the last base of its exons.
    pub fn interval(&self) -> Interval0 {
        span(&self.exons)
    }

    /// From the first to the last coding base, introns included; empty at 0 without any.
    pub fn coding_interval(&self) -> Interval0 {
        span(&self.coding)
    }

    /// Number of coding bases.
    pub fn coding_length(&self) -> u32 {
        self.coding.iter().map(|part| part.len()).sum()
    }

    /// Number of bases of the exons.
    pub fn length(&self) -> u32 {
        self.exons.iter().map(|exon| exon.len()).sum()
    }

    /// Whether it has a coding sequence.
    pub fn is_coding(&self) -> bool {
        !self.coding.is_empty()
    }

    /// The coding sequence in the transcript's direction; where its first codon begins before it,
    /// the missing bases are `N`.
    ///
    /// # Panics
    ///
    /// If the transcript was placed on another genome.
    pub fn coding_sequence(&self, genome: &Genome) -> Vec<u8> {
        let missing = usize::from((3 - self.phase) % 3);
        let mut sequence = vec![b'N'; missing];
        for part in &self.coding {
            sequence.extend(oriented(genome.fetch(self.contig, *part), self.strand));
        }
        sequence
    }
}

/// Bases of the genome as they read on a strand.
pub(crate) fn oriented(bases: Vec<u8>, strand: Strand) -> Vec<u8> {
    match strand {
        Strand::Forward => bases,
        Strand::Reverse => reverse_complement(&bases),
    }
}

/// From the lowest to the highest base; empty at 0 for no parts.
fn span(parts: &[Interval0]) -> Interval0 {
    let start = parts.iter().map(|p| p.start()).min().unwrap_or_default();
    let end = parts.iter().map(|p| p.end()).max().unwrap_or_default();
    Interval0::new(start, end).expect("an end is no less than its start")
}

/// The protein of a coding sequence, without a final stop. A codon with an unknown base, and what
/// is left of a codon at the end, is `X`; `TGA` at the places in `selenocysteines` (0-based codons)
/// is `U`.
///
/// ```
/// use wgs_annotate::translate;
/// assert_eq!(translate(b"ATGTGATGATAA", false, &[1]), "MU*");
/// assert_eq!(translate(b"NNGATGAC", false, &[]), "XMX");
/// assert_eq!(translate(b"ATATGA", true, &[]), "MW");
/// ```
pub fn translate(coding: &[u8], mitochondrial: bool, selenocysteines: &[usize]) -> String {
    let code = if mitochondrial { GeneticCode::Mitochondrial } else { GeneticCode::Standard };
    let mut protein = String::with_capacity(coding.len() / 3 + 1);
    for (index, codon) in coding.chunks(3).enumerate() {
        protein.push(match <&[u8; 3]>::try_from(codon) {
            Err(_) => 'X',
            Ok(b"TGA") if selenocysteines.contains(&index) => 'U',
            Ok(codon) => char::from(code.amino_acid(*codon)),
        });
    }
    if protein.ends_with('*') {
        protein.pop();
    }
    protein
}
