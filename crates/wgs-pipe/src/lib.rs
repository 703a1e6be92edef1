//! The `wgs-pipe` command, and a facade over the crates that it is made of.
//!
//! Programs that want a part of the pipeline depend on that part alone; those that want all of it
//! find it here under short names:
//!
//! ```
//! use wgs_pipe::core::{Contig, ContigList, Region};
//!
//! let contigs = ContigList::new(vec![Contig::new("chr20", 64_444_167)])?;
//! assert!(Region::parse("chr20:10000000-10010000", &contigs).is_ok());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub use wgs_align as align;
pub use wgs_annotate as annotate;
pub use wgs_core as core;
pub use wgs_engine as engine;
pub use wgs_fastqc as fastqc;
pub use wgs_feed as feed;
pub use wgs_formats as formats;
pub use wgs_intake as intake;
pub use wgs_ledger as ledger;
pub use wgs_metrics as metrics;
pub use wgs_provenance as provenance;
pub use wgs_report as report;
pub use wgs_smallvar as smallvar;
pub use wgs_task as task;

pub mod cli;
mod commands;
mod failure;
pub mod memory;
mod progress;
mod regress;
pub mod stages;

pub use commands::main;
