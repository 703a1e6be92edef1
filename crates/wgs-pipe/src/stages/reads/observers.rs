//! What is measured while reads and records pass.

use std::{path::Path, sync::Mutex};

use wgs_align::{ReadBatch, ReadObserver, Summary};
use wgs_core::{ErrorKind, SampleId};
use wgs_fastqc::{QualityEncoding, ReadGroupAccumulator};
use wgs_formats::{FileError, Result, qc::FastqQc};
use wgs_task::Monitor;

/// One accumulator per read group, by its index.
type Groups = Vec<ReadGroupAccumulator>;

/// Feeds batches into accumulators; a thread takes an idle set, or a new one, for each batch.
pub(super) struct FastqObserver<'a> {
    monitor: &'a dyn Monitor,
    idle: Mutex<Vec<Groups>>,
    reads: Mutex<u64>,
}

fn empty() -> ReadGroupAccumulator {
    ReadGroupAccumulator::new(QualityEncoding::Phred33)
}

impl ReadObserver for FastqObserver<'_> {
    fn observe(&self, batch: &ReadBatch) {
        let mut groups = self.idle.lock().map_or(None, |mut idle| idle.pop()).unwrap_or_default();
        for template in batch.templates() {
            if groups.len() <= template.read_group {
                groups.resize_with(template.read_group + 1, empty);
            }
            let group = &mut groups[template.read_group];
            let first = (template.first.bases, template.first.quals);
            match template.last {
                Some(last) => group.add_pair(template.name, first, (last.bases, last.quals)),
                None => group.add_single(template.name, first),
            }
        }
        if let Ok(mut idle) = self.idle.lock() {
            idle.push(groups);
        }
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

    /// The document of what was seen, for the file at `path`.
    pub(super) fn finish(
        self,
        sample: &SampleId,
        summary: &Summary,
        path: &Path,
    ) -> Result<FastqQc> {
        let all = merged(self.idle).ok_or_else(|| {
            FileError::new(path, ErrorKind::TaskFailed, "a thread that measured reads has died")
        })?;
        let groups = summary.read_groups.iter().enumerate().map(|(index, group)| {
            let library = Some(group.library.as_str()).filter(|library| !library.is_empty());
            let seen = all.get(index).cloned().unwrap_or_else(empty);
            seen.finish(&group.id, library)
        });
        Ok(FastqQc::new(Some(sample.to_string()), groups.collect()))
    }
}

/// All sets as one; none if a thread died with its own.
fn merged(sets: Mutex<Vec<Groups>>) -> Option<Groups> {
    let mut all = Groups::new();
    for set in sets.into_inner().ok()? {
        all.resize_with(all.len().max(set.len()), empty);
        all.iter_mut().zip(&set).for_each(|(sum, one)| sum.merge(one));
    }
    Some(all)
}
