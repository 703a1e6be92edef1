//! How the memory is shared out.

use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result};

use super::{Input, Request, lane::WAITING_BYTES};

/// Bytes that a batch takes on its way: its reads, waiting and in work, and its records; and, when
/// all are aligned, those that records take which are merged and encoded.
const BATCH_BYTES: u64 = 24 << 20;
/// Bytes of the encoders of CRAM, which are there when the aligner's threads no longer are.
const ENCODERS_BYTES: u64 = 96 << 20;
/// Bytes that the process takes besides: code, buffers of the files, the filter of fragments.
const BASE_BYTES: u64 = 128 << 20;
/// Templates whose bits (one each: whether it is a duplicate) are counted in, as nobody knows their
/// number beforehand: a human genome 100 times over in pairs of 2 x 150 bases. Each billion more
/// takes 125 MB more than the budget.
const TEMPLATES: u64 = 1 << 30;
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
    /// Shares out what the index, the threads and the inputs leave.
    ///
    /// # Errors
    ///
    /// `OutOfMemory` if too little is left.
    pub(super) fn of(request: &Request<'_>) -> Result<Self> {
        let fixed = needed(request) - MIN_SORT_BYTES;
        let left = request.memory_bytes.checked_sub(fixed).filter(|&left| left >= MIN_SORT_BYTES);
        let left = left.ok_or_else(|| insufficient(request))?;
        let duplicates = left / 16 * 3;
        Ok(Self { records: (left - duplicates) as usize, duplicates: duplicates as usize })
    }
}

fn insufficient(request: &Request<'_>) -> FileError {
    let mib = |bytes: u64| bytes.div_ceil(1 << 20);
    let reason = format!(
        "{} MiB of memory do not suffice: the aligner's index alone takes {}",
        request.memory_bytes >> 20,
        mib(request.aligner.index_bytes())
    );
    FileError::new(request.output, ErrorKind::OutOfMemory, reason)
        .hint(format!("give at least {} MiB, or fewer threads", mib(needed(request))))
}

/// Least bytes of memory for a request.
pub(super) fn needed(request: &Request<'_>) -> u64 {
    let alignments = request.lanes.iter().any(|lane| matches!(lane.input, Input::Alignment { .. }));
    let waiting = if alignments { WAITING_BYTES as u64 } else { 0 };
    let threads = request.threads.max(1) as u64;
    let aligners = (threads * request.aligner.worker_bytes()).max(ENCODERS_BYTES);
    let threads = aligners + threads * BATCH_BYTES;
    let fixed = BASE_BYTES + TEMPLATES / 8 + MIN_SORT_BYTES;
    request.aligner.index_bytes() + fixed + threads + waiting + request.observer_bytes
}
