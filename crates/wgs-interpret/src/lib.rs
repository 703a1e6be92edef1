//! From annotated variants of a case to classified findings.
//!
//! Everything is a function of its inputs: the people of the case ([`Family`]), annotated variants
//! as [`wgs_formats::variant::annotated`] reads them, and tables of genes
//! ([`wgs_formats::table::genes`]). The result is a [`wgs_formats::findings::Findings`].

pub mod cancer;
pub mod classes;
pub mod family;
mod finding;
pub mod flags;
pub mod scope;

pub use family::{Family, Member};
pub use finding::{allele_name, finding_of, genes_of};

/// Version of this crate: part of what decides the bytes of its outputs.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
