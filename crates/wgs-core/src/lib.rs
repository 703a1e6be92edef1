//! The vocabulary that every other crate of the pipeline shares: coordinates, contigs, regions,
//! ids, sex and ploidy, pedigrees, tandem repeats, and Phred qualities.
//!
//! All conversion between 1-based and 0-based coordinates happens here: [`Pos1`] is what SAM, VCF
//! and people write, [`Interval0`] is what programs compute with.
//!
//! ```
//! use wgs_core::{Contig, ContigList, Region};
//!
//! let contigs = ContigList::new(vec![Contig::new("chr20", 64_444_167)])?;
//! let region = Region::parse("chr20:10,000,001-10,000,100", &contigs)?;
//! assert_eq!(region.interval.len(), 100);
//! assert_eq!(region.interval.start(), 10_000_000);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod contig;
mod error;
mod id;
mod pedigree;
mod phred;
mod position;
mod region;
mod sex;
pub mod tandem;

pub use contig::{Contig, ContigError, ContigIndex, ContigList};
pub use error::ErrorKind;
pub use id::{CaseId, IdError, LibraryId, ReadGroupId, SampleId};
pub use pedigree::{Pedigree, PedigreeError, Person};
pub use phred::Phred;
pub use position::{Interval0, Pos1, PositionError};
pub use region::{Region, RegionError};
pub use sex::{Build, Ploidy, Sex};
