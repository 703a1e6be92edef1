//! A case: one patient or family, its samples, and where their reads are.
//!
//! A case comes from a case file ([`mod@file`]) or from rows of a samplesheet ([`samplesheet`]); both
//! are checked whole before any work starts.

mod check;
mod clinical;
pub mod file;
mod model;
mod pedigree;
pub mod samplesheet;

pub use clinical::{Clinical, Consent, ReturnScope, TumorType};
pub use model::{Case, CaseKind, ReadGroup, Reads, Role, Sample};
pub use wgs_formats::digest::Expected;
