//! Criteria of ACMG/AMP 2015 (Richards et al., doi:10.1038/gim.2015.30) that data can decide, as
//! ClinGen's working group on sequence variants refined them, and the points that they come to
//! (Tavtigian et al. 2020, doi:10.1002/humu.24088).
//!
//! PP5 and BP6 are not used, by ClinGen's advice. What data cannot decide is left open.

mod combine;
mod de_novo;
mod frequency;
mod length;
mod null;
mod prediction;
mod residue;

use wgs_formats::{
    findings::{Classification, Criterion, Direction, Evidence, OpenCriterion, Strength},
    variant::annotated::{AlleleView, Effect},
};

use crate::{Knowledge, Options};

pub(crate) use combine::classify;
pub(crate) use de_novo::NewAllele;

/// What is to be judged.
pub(crate) struct Asked<'a> {
    pub(crate) view: &'a AlleleView,
    pub(crate) effect: &'a Effect,
    /// Whether the effect's transcript represents the gene; `None` where no transcript is said to.
    pub(crate) represents: Option<bool>,
    pub(crate) knowledge: &'a Knowledge,
    pub(crate) options: &'a Options,
    /// Whether the file has frequencies at all.
    pub(crate) has_frequencies: bool,
    /// What is known of an allele that is new in a child.
    pub(crate) new: Option<NewAllele>,
}

/// What the criteria come to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Judgement {
    pub(crate) criteria: Vec<Criterion>,
    pub(crate) open: Vec<OpenCriterion>,
    pub(crate) points: i32,
    pub(crate) classification: Classification,
}

/// Criteria that no file tells of.
const FOR_A_PERSON: [(&str, &str); 12] = [
    ("PS3/BS3", "functional studies"),
    ("PS4", "how often patients have the allele, against controls"),
    ("PM1", "a hot spot or functional domain without benign variation"),
    ("PM3", "whether the allele on the other chromosome is pathogenic"),
    ("PP1/BS4", "segregation with the disease in more relatives"),
    ("PP2/BP1", "which kinds of variant cause disease in the gene"),
    ("PP4", "how specific the phenotype is for the gene"),
    ("BS2", "whether healthy adults have the genotype"),
    ("BP2", "a pathogenic allele on the same chromosome, or another one"),
    ("BP3", "whether a change of length lies in a repeat without function"),
    ("BP5", "another cause that explains the disease"),
    ("disease", "the disease and its inheritance that the classification is for"),
];

/// What one part of the guideline says.
#[derive(Default)]
struct Said {
    criteria: Vec<Criterion>,
    open: Vec<OpenCriterion>,
}

impl Said {
    fn met(criterion: Criterion) -> Self {
        Self { criteria: vec![criterion], open: Vec::new() }
    }

    fn open(id: &str, reason: impl Into<String>) -> Self {
        Self { criteria: Vec::new(), open: vec![open(id, reason)] }
    }
}

pub(crate) fn judge(asked: &Asked<'_>) -> Judgement {
    let null = null::judge(asked);
    let is_null = null.criteria.iter().any(|criterion| criterion.id == "PVS1");
    let mut said =
        vec![null, de_novo::judge(asked), frequency::judge(asked), residue::judge(asked)];
    // A change that counts as a loss of function is not counted again for its length or its splicing.
    if !is_null {
        said.push(length::judge(asked));
        said.push(prediction::judge(asked));
    }
    let mut criteria = Vec::new();
    let mut unresolved = Vec::new();
    for part in said {
        criteria.extend(part.criteria);
        unresolved.extend(part.open);
    }
    unresolved.extend(FOR_A_PERSON.map(|(id, reason)| open(id, reason)));
    let (points, classification) = classify(&criteria);
    Judgement { criteria, open: unresolved, points, classification }
}

fn open(id: &str, reason: impl Into<String>) -> OpenCriterion {
    OpenCriterion { id: id.to_owned(), reason: reason.into() }
}

fn pathogenic(
    id: &str,
    strength: Strength,
    text: impl Into<String>,
    evidence: Vec<Evidence>,
) -> Criterion {
    let points = strength.points();
    let direction = Direction::Pathogenic;
    Criterion { id: id.to_owned(), direction, strength, points, text: text.into(), evidence }
}

fn benign(
    id: &str,
    strength: Strength,
    text: impl Into<String>,
    evidence: Vec<Evidence>,
) -> Criterion {
    let points = -strength.points();
    let direction = Direction::Benign;
    Criterion { id: id.to_owned(), direction, strength, points, text: text.into(), evidence }
}

#[cfg(test)]
mod tests;
