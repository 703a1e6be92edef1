//! Variants of tumours, and inherited ones that matter beside a tumour or are reported as secondary
//! findings.
//!
//! - [`Knowledge`]: the tables that everything rests on
//! - [`somatic`]: findings in the tumour, with curated evidence, points of oncogenicity and a tier
//! - [`inherited`]: pathogenic variants that a person carries, with what they would be reported for;
//!   [`crate::scope`] says which of them are

mod alleles;
mod alteration;
mod case;
mod disease;
mod evidence;
mod genes;
mod germline;
mod grantham;
mod hotspot;
mod judge;
mod knowledge;
mod known;
mod matching;
mod oncogenicity;
mod profile;
mod protein;
mod secondary;
mod somatic;
mod table;
#[cfg(test)]
mod tests;
mod tier;

pub use alteration::{Alteration, ExonChange};
pub use case::{CancerCase, cancer_findings, with_secondary};
pub use disease::TumorTypes;
pub use evidence::{Coordinates, EvidenceBase, EvidenceItem, EvidenceOrigin};
pub use genes::{CancerGene, CancerGenes, PanelGenes};
pub use germline::{Classify, Inherited, InheritedQuestion, MIN_STARS, inherited, purpose};
pub use hotspot::{Hotspot, Hotspots};
pub use knowledge::{Knowledge, KnowledgeFile, KnowledgeFiles};
pub use known::{CriticalParts, OncogenicChanges};
pub use matching::{GeneEffects, Match, best_match};
pub use oncogenicity::{OncogenicityInput, oncogenicity};
pub use profile::Profile;
pub use protein::{ProteinChange, Residue};
pub use secondary::{ReportRule, SecondaryGene, SecondaryList, SecondaryVariant};
pub use somatic::{Found, somatic};
