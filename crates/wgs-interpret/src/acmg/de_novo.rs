//! PS2 and PM6: a new allele, by the points of ClinGen's recommendation for de novo criteria (2018).

use wgs_formats::findings::{Evidence, Strength};

use super::{Asked, Said, pathogenic};

/// What is known of an allele that is new in a child.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewAllele {
    pub(crate) child: String,
    /// Genotypes that confirm the parents, where they do.
    pub(crate) parentage: Option<String>,
    /// Whether the gene is of the case's panels or phenotypes.
    pub(crate) is_relevant: bool,
    /// What makes it doubtful that the allele is new.
    pub(crate) doubts: Vec<String>,
}

/// With parents that are confirmed PS2, without PM6. A gene of the case's question counts as a
/// phenotype that is consistent and not highly specific (1 point of the recommendation if the parents
/// are confirmed, else ½), another gene as one of many that could cause it (½ and ¼): moderate from 1
/// on, supporting from ½. Where it is doubtful that the allele is new, neither is met.
pub(super) fn judge(asked: &Asked<'_>) -> Said {
    let Some(new) = &asked.new else { return Said::default() };
    let id = if new.parentage.is_some() { "PS2" } else { "PM6" };
    if !new.doubts.is_empty() {
        return Said::open(id, format!("whether the allele is new: {}", new.doubts.join("; ")));
    }
    let strength = match (new.parentage.is_some(), new.is_relevant) {
        (true, true) => Strength::Moderate,
        (true, false) | (false, true) => Strength::Supporting,
        (false, false) => {
            let reason = "new, with parents not confirmed, in a gene outside of the question";
            return Said::open(id, reason);
        }
    };
    let mut evidence = vec![Evidence::new("new in", new.child.clone())];
    evidence.extend(new.parentage.iter().map(|text| Evidence::new("parentage", text.clone())));
    let text = match (&new.parentage, new.is_relevant) {
        (Some(_), true) => "New, parents confirmed by genotypes; the gene fits the phenotype.",
        (Some(_), false) => {
            "New, parents confirmed by genotypes; nothing tells that the gene fits the phenotype."
        }
        (None, _) => "New, parents not confirmed; the gene fits the phenotype.",
    };
    Said::met(pathogenic(id, strength, text, evidence))
}
