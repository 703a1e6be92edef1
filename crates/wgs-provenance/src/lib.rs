//! Where the files of a case come from, and what the program is made of, in forms that other
//! programs read.
//!
//! - [`write_crate`] describes the last run of a case as a
//!   [Workflow Run RO-Crate](https://w3id.org/ro/wfrun) in the Provenance Run profile: every task
//!   with its tools, parameters, files, digests, times and use of resources.
//! - [`verify`] holds the files of a case against the digests in its crate.
//! - [`sbom`] makes a [CycloneDX](https://cyclonedx.org) bill of materials of a Rust program.
//!
//! Nothing of a person gets into a crate but the ids of case and samples, which are in the names of
//! files: no phenotype terms, no dates or names, no paths outside the case's folder, no messages.
//!
//! S. Leo et al., "Recording provenance of workflow runs with RO-Crate", PLoS ONE 19 (2024)
//! e0309210; S. Soiland-Reyes et al., "Packaging research artefacts with RO-Crate", Data Science 5
//! (2022) 97–138.

mod rocrate;
pub mod sbom;
mod verify;

pub use rocrate::{check_definition, write_crate};
pub use verify::{Checked, FileState, verify};
