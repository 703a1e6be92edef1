//! From annotated variants of a case to classified findings.
//!
//! Everything is a function of its inputs: the people of the case ([`Family`]), annotated variants
//! as [`wgs_formats::variant::annotated`] reads them, and tables of genes
//! ([`wgs_formats::table::genes`], [`Knowledge`]). The result is a
//! [`wgs_formats::findings::Findings`]. The rules stand in `docs/interpretation.md`.

mod acmg;
pub mod cancer;
pub mod classes;
pub mod family;
mod finding;
pub mod flags;
pub mod knowledge;
pub mod options;
pub mod rare;
pub mod scope;
mod stage;

pub use family::{Family, Member};
pub use finding::{allele_name, finding_of, genes_of};
pub use knowledge::Knowledge;
pub use options::Options;
pub use rare::{RareCase, rare_findings};
pub use stage::{InterpretStage, sources_of};

/// Version of this crate: part of what decides the bytes of its outputs.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
