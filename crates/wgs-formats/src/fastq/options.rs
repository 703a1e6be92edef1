//! How FASTQ is read.

use crate::{digest::Expected, stream::StreamOptions};

/// How a FASTQ file is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// Threads that inflate a file in BGZF, besides the one that reads ahead; 0 and 1 leave it to
    /// that one, as for plain gzip always.
    pub threads: usize,
    /// Digests that the file must have. They are taken of what is read, compressed as it is, and
    /// compared before the reader says that there is no more: a file with others is an error then,
    /// however good its reads.
    pub expected: Expected,
    /// Takes a file in BGZF without the block that ends it. Such a file may have been cut off
    /// between two blocks, but the demultiplexers of Illumina write them as well.
    pub without_end_block: bool,
}

impl From<ReadOptions> for StreamOptions {
    fn from(options: ReadOptions) -> Self {
        let ReadOptions { threads, expected, without_end_block } = options;
        Self { threads, expected, end_block: !without_end_block }
    }
}
