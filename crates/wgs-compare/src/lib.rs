//! Comparison of variant calls with a truth set.
//!
//! [`compare`] says which true variants of a sample were found, which were missed, and which calls
//! are wrong. Variants match by the haplotypes that they spell, not by how they are written: see
//! the documentation of the search (`replay` in the source) and `docs/compare.md`.
//! [`compare_into`] writes the result as tables, JSON, an annotated VCF and a page.
//!
//! ```
//! use wgs_compare::{Request, Sets, compare};
//!
//! let folder = tempfile::tempdir()?;
//! let file = |name: &str, text: &str| {
//!     let path = folder.path().join(name);
//!     wgs_formats::output::write(&path, text).map(|()| path)
//! };
//! let reference = file("genome.fa", ">chr1\nGGCACACACATTGGACTTAA\n")?;
//! let head = "##fileformat=VCFv4.3\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS\n";
//! // One repeat less, taken from its beginning by one set and from its end by the other.
//! let truth = file("truth.vcf", &format!("{head}chr1\t2\t.\tGCA\tG\t.\t.\t.\tGT\t0/1\n"))?;
//! let calls = "chr1\t8\t.\tACA\tA\t.\t.\t.\tGT\t1|0\nchr1\t15\t.\tA\tG\t.\t.\t.\tGT\t1/1\n";
//! let calls = file("calls.vcf", &format!("{head}{calls}"))?;
//!
//! let summary = compare(&Request::new(Sets::new(truth, calls, reference)))?;
//! let all = summary.of("ALL").expect("counted always").counts;
//! assert_eq!((all.tp, all.fp, all.fn_), (1, 1, 0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod class;
mod compare;
mod counts;
mod judge;
mod load;
mod parallel;
mod replay;
mod request;
mod roc;
mod summary;
mod superlocus;
pub mod sv;
mod types;
mod variant;
mod verdict;
mod write;

use std::path::Path;

use wgs_formats::Result;

pub use counts::Counts;
pub use load::Intake;
pub use request::{Level, Options, Request, Score, Sets};
pub use roc::{Curve, CurvePoint};
pub use summary::{InputFile, Place, SCHEMA, Stratum, Summary};
pub use types::TypeCounts;
pub use verdict::{Reason, Verdict};

/// Version of this crate: part of what decides the bytes of its outputs.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Compares calls with a truth set.
///
/// # Errors
///
/// If a file cannot be read, is cut off or not what its format says; if a REF is not the genome's
/// or a contig not in it ([`ReferenceMismatch`](wgs_core::ErrorKind::ReferenceMismatch)); if a
/// sample is not there, or not named where there are several
/// ([`Usage`](wgs_core::ErrorKind::Usage)).
pub fn compare(request: &Request) -> Result<Summary> {
    compare::Comparison::make(request).map(|comparison| comparison.summary)
}

/// Compares calls with a truth set, and writes `summary.tsv`, `stratified.tsv`, `roc.tsv`,
/// `annotated.vcf.gz` with its index, `report.html` and, as the last, `summary.json` to a folder.
/// Each appears whole; nothing is written before all is compared, and older ones are removed before.
///
/// # Errors
///
/// As [`compare`]; and if the folder cannot be written, or what is compared is a file that would be
/// written over.
pub fn compare_into(request: &Request, folder: &Path) -> Result<Summary> {
    write::check_inputs(folder, request.inputs().map(|(_, path)| path))?;
    let comparison = compare::Comparison::make(request)?;
    write::write(&comparison, folder, request.threads)?;
    Ok(comparison.summary)
}
