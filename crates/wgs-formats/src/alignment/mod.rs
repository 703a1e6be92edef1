//! Alignments: SAM, BAM and CRAM.
//!
//! What the stages pass to each other is the packed BAM record, [`Record`], made by
//! [`RecordBuilder`] or read from a file by [`Reader`] (front to back) or [`IndexedReader`]
//! (regions), and written by [`Writer`]. [`Unaligner`] gives the reads of a file as they were
//! sequenced.
//!
//! BAM and SAM are read and written here, over noodles' BGZF; CRAM is by htslib.

mod bam;
mod builder;
mod cigar;
mod contigs;
mod cram;
mod flags;
mod format;
mod header;
mod header_line;
mod indexed;
mod load;
mod options;
mod pipe;
mod publish;
mod reader;
mod record;
mod reference_fields;
mod sam;
mod staleness;
mod tags;
mod text;
mod unalign;
mod writer;

pub use builder::RecordBuilder;
pub use cigar::{Cigar, CigarKind, CigarOp};
pub use cram::check_cram;
pub use flags::Flags;
pub use format::Format;
pub use header::{Header, HeaderError, SortOrder};
pub use header_line::{Program, ReadGroup};
pub use indexed::{IndexedReader, Query};
pub use load::Load;
pub use options::{CramProfile, CramVersion, UnknownName, WriterOptions};
pub use pipe::PipeReader;
pub use reader::{ReadOptions, Reader, read_header};
pub use record::{Record, RecordError};
pub use tags::{ArrayKind, Aux, AuxArray, AuxFields, Tag};
pub use unalign::{
    UnalignCounts, UnalignOptions, UnalignedRead, UnalignedReads, UnalignedTemplate, Unaligner,
};
pub use writer::Writer;
