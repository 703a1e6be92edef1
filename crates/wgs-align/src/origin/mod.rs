//! What FASTQ holds of a read and the fields of SAM do not, so that it can be given back.
//!
//! It stands in local tags (SAM tags §1.1: those with a lower-case letter are free for such use).
//! Of a read, in its primary record:
//!
//! | tag | what |
//! |---|---|
//! | `sf:Z` | what follows the name in the read's header line, if it is not its read group's |
//! | `hb:Z`, `hq:Z` | bases, and qualities (Phred + 33), that were trimmed from the read's begin |
//! | `tb:Z`, `tq:Z` | and from its end |
//! | `fi:i` | the template's place in the input, from 0, if the order is to be kept |
//!
//! Of a read group, in its `@RG` line:
//!
//! | tag | what |
//! |---|---|
//! | `rn` | number of its reads |
//! | `rd` | [`ReadsDigest`] of its reads |
//! | `s1`, `s2` | what follows the names of first (or single) and of last reads: that of the first template; not there if it is nothing |
//!
//! Bases and qualities are in the orientation of sequencing. What follows a name is written with
//! `%` and two hexadecimal digits in place of `%` and of what is not printable ASCII.

mod digest;
mod escape;
mod group;
mod reader;
mod record;

pub use digest::{Mate, ReadsDigest};
pub use group::GroupDigest;
pub(crate) use group::{Suffixes, with_reads, without_reads};
pub use reader::{FastqReads, OriginalTemplate, Originals};
pub use record::Stamp;
pub(crate) use record::{Original, TAGS};
