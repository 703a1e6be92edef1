//! Alignments: SAM, BAM and CRAM.
//!
//! What the stages pass to each other is the packed BAM record, [`Record`], made by
//! [`RecordBuilder`] or read from a file.

mod builder;
mod cigar;
mod flags;
mod header;
mod header_line;
mod record;
mod tags;

pub use builder::RecordBuilder;
pub use cigar::{Cigar, CigarKind, CigarOp};
pub use flags::Flags;
pub use header::{Header, HeaderError, SortOrder};
pub use header_line::{Program, ReadGroup};
pub use record::{Record, RecordError};
pub use tags::{ArrayKind, Aux, AuxArray, AuxFields, Tag};
