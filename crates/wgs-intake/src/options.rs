//! What is taken in, and how.

use std::{path::PathBuf, time::Duration};

use crate::name::Kind;

/// Who says which samples there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Samples {
    /// Nobody: files are checked, no case is written.
    #[default]
    Nobody,
    /// A manifest ([`wgs_task::case::manifest`]).
    Manifest(PathBuf),
    /// Each sample is a germline case of its own, by the provider's name.
    Single,
}

/// Which files are taken where reads are delivered in two forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    /// FASTQ; SAM, BAM and CRAM are left alone.
    Fastq,
    /// SAM, BAM and CRAM; FASTQ is left alone.
    Alignments,
}

/// What is taken in, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// The folder of the delivery, or of many.
    pub delivery: PathBuf,
    /// The folder of the case files.
    pub cases: PathBuf,
    /// The intake's own folder.
    pub state: PathBuf,
    /// Who says which samples there are.
    pub samples: Samples,
    /// Takes reads that are in no list of checksums; all of them are decoded then.
    pub without_checksums: bool,
    /// Decodes all reads, and compares the mates' numbers and names.
    pub deep: bool,
    /// Takes FASTQ in BGZF without its last block.
    pub without_end_block: bool,
    /// How long a file must not have changed.
    pub settle: Duration,
    /// A file that must lie in the folder of the reads, or one above it, once they are whole.
    pub done_marker: Option<String>,
    /// Writes case files anew that are there and say something else.
    pub replace: bool,
    /// Where quarantined files are moved to.
    pub move_quarantined: Option<PathBuf>,
    /// Which files are taken of reads in two forms.
    pub take: Option<Take>,
    /// How many files are read at a time.
    pub threads: usize,
}

impl Options {
    /// Whether files of a kind ([`meant`](crate::name::meant)) are left alone, wherever they are.
    pub(crate) fn leaves(&self, meant: &Kind) -> bool {
        match self.take {
            Some(Take::Fastq) => matches!(meant, Kind::Alignment { .. }),
            Some(Take::Alignments) => matches!(meant, Kind::Fastq(_) | Kind::Unpaired),
            None => false,
        }
    }

    /// The defaults: checks only, with the state in the folder `intake` of the case files.
    pub fn new(delivery: impl Into<PathBuf>, cases: impl Into<PathBuf>) -> Self {
        let cases = cases.into();
        Self {
            delivery: delivery.into(),
            state: cases.join("intake"),
            cases,
            samples: Samples::Nobody,
            without_checksums: false,
            deep: false,
            without_end_block: false,
            settle: Duration::from_secs(60),
            done_marker: None,
            replace: false,
            move_quarantined: None,
            take: None,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
        }
    }
}
