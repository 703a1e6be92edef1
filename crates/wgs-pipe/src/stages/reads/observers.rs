//! What is measured while reads and records pass.

use std::{collections::BTreeMap, path::Path, sync::Mutex};

use wgs_align::{ReadBatch, ReadObserver, Summary};
use wgs_core::{ErrorKind, SampleId};
use wgs_fastqc::{QualityEncoding, ReadGroupAccumulator};
use wgs_formats::{FileError, Result, qc::FastqQc};
use wgs_task::Monitor;

/// Bytes that an accumulator takes at most: samples of templates, tiles, counts by cycle.
const ACCUMULATOR_BYTES: u64 = 20 << 20;

/// Feeds batches into accumulators; a thread takes an idle one of a read group, or a new one, for
/// each batch.
pub(super) struct FastqObserver<'a> {
    monitor: &'a dyn Monitor,
    /// By read group.
    idle: Mutex<Vec<Vec<ReadGroupAccumulator>>>,
    reads: Mutex<u64>,
}

/// Bytes that observing takes at most with so many threads: one accumulator for each lane that was
/// read, and one for each thread.
pub(super) fn fastq_bytes(lanes: usize, threads: usize) -> u64 {
    (lanes + threads) as u64 * ACCUMULATOR_BYTES
}

fn empty() -> ReadGroupAccumulator {
    ReadGroupAccumulator::new(QualityEncoding::Phred33)
}

impl ReadObserver for FastqObserver<'_> {
    fn observe(&self, batch: &ReadBatch) {
        if batch.number() == 0 {
            self.join();
        }
        let mut taken: BTreeMap<usize, ReadGroupAccumulator> = BTreeMap::new();
        for template in batch.templates() {
            let group = template.read_group;
            let group = taken.entry(group).or_insert_with(|| self.take(group));
            let first = (template.first.bases, template.first.quals);
            match template.last {
                Some(last) => group.add_pair(template.name, first, (last.bases, last.quals)),
                None => group.add_single(template.name, first),
            }
        }
        self.give_back(taken);
        if let Ok(mut reads) = self.reads.lock() {
            *reads += batch.reads();
            self.monitor.progress(*reads, None);
        }
    }
}

impl<'a> FastqObserver<'a> {
    /// One that has seen nothing, and tells how many reads it has seen.
    pub(super) fn new(monitor: &'a dyn Monitor) -> Self {
        Self { monitor, idle: Mutex::default(), reads: Mutex::default() }
    }

    fn take(&self, group: usize) -> ReadGroupAccumulator {
        let idle = self.idle.lock().ok().and_then(|mut idle| idle.get_mut(group)?.pop());
        idle.unwrap_or_else(empty)
    }

    fn give_back(&self, taken: BTreeMap<usize, ReadGroupAccumulator>) {
        let Ok(mut idle) = self.idle.lock() else { return };
        for (group, accumulator) in taken {
            if idle.len() <= group {
                idle.resize_with(group + 1, Vec::new);
            }
            idle[group].push(accumulator);
        }
    }

    /// Joins what threads have gathered, as a lane begins: those before it need no more than one
    /// accumulator.
    fn join(&self) {
        if let Ok(mut idle) = self.idle.lock() {
            idle.iter_mut().for_each(join);
        }
    }

    /// The document of what was seen, for the file at `path`.
    pub(super) fn finish(
        self,
        sample: &SampleId,
        summary: &Summary,
        path: &Path,
    ) -> Result<FastqQc> {
        let mut all = self.idle.into_inner().map_err(|_| {
            FileError::new(path, ErrorKind::TaskFailed, "a thread that measured reads has died")
        })?;
        all.iter_mut().for_each(join);
        let groups = summary.read_groups.iter().enumerate().map(|(index, group)| {
            let library = Some(group.library.as_str()).filter(|library| !library.is_empty());
            let seen = all.get_mut(index).and_then(Vec::pop).unwrap_or_else(empty);
            seen.finish(&group.id, library)
        });
        Ok(FastqQc::new(Some(sample.to_string()), groups.collect()))
    }
}

/// Makes one of several accumulators.
fn join(accumulators: &mut Vec<ReadGroupAccumulator>) {
    if let Some((first, others)) = accumulators.split_first_mut() {
        others.iter().for_each(|other| first.merge(other));
        accumulators.truncate(1);
    }
}
