//! The case report: one HTML file for people and one JSON file for programs, from one model.
//!
//! [`build`] makes a [`Report`] from quality control files, an annotated VCF, and what is known of
//! the case and of the versions that made it ([`Inputs`]); every part is optional. The report is a
//! function of its inputs: it holds no date, no host and no path outside the case's folder.
//!
//! - `report.json` ([`Report::to_json`]) is the model as it stands, in the format [`SCHEMA`], which
//!   [`json_schema`] describes.
//! - `report.html` ([`Report::to_html`]) shows the same. It opens from disk, needs no network, lets
//!   no foreign script run, and prints.
//!
//! Which variants are notable is said in the documentation of the rules (`notable` in the source)
//! and on the page.
//!
//! ```
//! use wgs_report::{CaseSummary, Inputs};
//!
//! let folder = tempfile::tempdir()?;
//! let vcf = folder.path().join("annotated.vcf");
//! let lines = [
//!     "##fileformat=VCFv4.3",
//!     "##contig=<ID=chr17>",
//!     r#"##INFO=<ID=CSQ,Number=.,Type=String,Description="Format: Consequence|IMPACT|SYMBOL">"#,
//!     r#"##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">"#,
//!     "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS1",
//!     "chr17\t57078\t.\tG\tA\t50\tPASS\tCSQ=stop_gained|HIGH|BRCA1\tGT\t0/1",
//! ];
//! wgs_formats::output::write(&vcf, lines.join("\n") + "\n")?;
//! let report = wgs_report::build(&Inputs {
//!     case: Some(CaseSummary::named(&"C1".parse()?)),
//!     variants: Some(vcf),
//!     ..Inputs::default()
//! })?;
//! wgs_report::write_report(&report, folder.path())?;
//! assert!(std::fs::read_to_string(folder.path().join("report.html"))?.contains("BRCA1"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod build;
mod format;
mod html;
mod input;
pub mod model;
mod notable;
mod plot;
mod stage;
mod write;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;

pub use build::{build, case_files};
pub use input::{Inputs, Options};
pub use model::{
    BundleSummary, CaseSummary, FileEntry, OptionValue, Provenance, Report, SCHEMA, Tool,
};
pub use stage::ReportStage;
pub use write::{HTML_NAME, JSON_NAME, json_schema, write_report};

/// Version of this crate: part of what decides the bytes of its outputs.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
