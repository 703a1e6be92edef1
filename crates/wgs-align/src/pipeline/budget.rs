//! How the memory is shared out.

use std::path::Path;

use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result};

use crate::aligner::Aligner;

/// Bytes that a batch takes on its way: its reads, waiting and in work, and its records.
const BATCH_BYTES: u64 = 24 << 20;
/// Bytes that the process takes besides: code, buffers of the files, one bit for each template.
const BASE_BYTES: u64 = 128 << 20;
/// Least bytes for sorting.
const MIN_SORT_BYTES: u64 = 64 << 20;

/// Bytes for each part that can do with more or less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Budget {
    /// Records that are sorted.
    pub(super) records: usize,
    /// Keys of duplicates.
    pub(super) duplicates: usize,
}

impl Budget {
    /// Shares out what the index and the threads leave.
    ///
    /// # Errors
    ///
    /// `OutOfMemory` if too little is left.
    pub(super) fn of(
        memory: u64,
        aligner: &dyn Aligner,
        threads: usize,
        output: &Path,
    ) -> Result<Self> {
        let fixed = needed(aligner, threads) - MIN_SORT_BYTES;
        let left = memory.checked_sub(fixed).filter(|&left| left >= MIN_SORT_BYTES);
        let left = left.ok_or_else(|| {
            let (need, mib) = (needed(aligner, threads), |bytes: u64| bytes.div_ceil(1 << 20));
            let reason = format!(
                "{} MiB of memory do not suffice: the aligner's index takes {}, {threads} threads {}",
                memory >> 20,
                mib(aligner.index_bytes()),
                mib(fixed - aligner.index_bytes()),
            );
            FileError::new(output, ErrorKind::OutOfMemory, reason)
                .hint(format!("give at least {} MiB, or fewer threads", mib(need)))
        })?;
        let duplicates = left / 16 * 3;
        Ok(Self { records: (left - duplicates) as usize, duplicates: duplicates as usize })
    }
}

/// Least bytes of memory that aligning takes with so many threads, the index included.
pub(super) fn needed(aligner: &dyn Aligner, threads: usize) -> u64 {
    let thread = aligner.worker_bytes() + BATCH_BYTES;
    aligner.index_bytes() + BASE_BYTES + threads as u64 * thread + MIN_SORT_BYTES
}
