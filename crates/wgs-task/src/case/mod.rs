//! A case: one patient or family, its samples, and where their reads are.
//!
//! A case comes from a case file ([`mod@file`]) or from rows of a samplesheet ([`samplesheet`]); both
//! are checked whole before any work starts. Who was sequenced can be told before the files are there
//! ([`manifest`]).

mod check;
mod clinical;
pub mod file;
pub mod manifest;
mod model;
mod pedigree;
pub mod samplesheet;
mod write;

pub use clinical::{Clinical, Consent, ReturnScope, TumorType};
pub use model::{Case, CaseKind, ReadGroup, Reads, Role, Sample};
pub use wgs_formats::digest::Expected;
