//! Reads the lanes, one after the other, in batches.

use crossbeam_channel::Sender;
use wgs_formats::{FileError, Result};

use super::{lane::OpenLane, sample::Sample};
use crate::reads::ReadBatch;

/// Bases of a batch: it ends with the template that reaches them.
pub(super) const BATCH_BASES: u64 = 2_000_000;
/// Templates of a batch at most.
const BATCH_TEMPLATES: usize = 50_000;

/// What was read.
#[derive(Clone, Copy, Default)]
pub(super) struct Fed {
    pub(super) templates: u64,
    /// Reads whose mates an alignment file lacks.
    pub(super) orphans: u64,
    /// Records that were there before.
    pub(super) repeated: u64,
}

/// Sends the batches of all lanes in order, until nobody takes them; returns what there was.
pub(super) fn feed(
    sample: &Sample<'_>,
    lanes: Vec<OpenLane>,
    batches: &Sender<ReadBatch>,
) -> Result<Fed> {
    let mut fed = Fed::default();
    for (index, mut lane) in lanes.into_iter().enumerate() {
        let before = fed.templates;
        for number in 0.. {
            let mut batch = ReadBatch::new(index, number, fed.templates);
            let more = fill(&mut lane, &mut batch)?;
            fed.templates += batch.len() as u64;
            for template in batch.templates() {
                sample.suffixes_of(&template);
            }
            if !batch.is_empty() && batches.send(batch).is_err() {
                return Ok(fed);
            }
            if !more {
                break;
            }
        }
        if fed.templates == before {
            return Err(FileError::invalid(lane.path(), "holds no reads"));
        }
        let counts = lane.counts();
        fed.orphans += counts.orphans;
        fed.repeated += counts.repeated;
    }
    Ok(fed)
}

/// Fills a batch; false if the lane has ended.
fn fill(lane: &mut OpenLane, batch: &mut ReadBatch) -> Result<bool> {
    while batch.bases() < BATCH_BASES && batch.len() < BATCH_TEMPLATES {
        if !lane.read(batch)? {
            return Ok(false);
        }
    }
    Ok(true)
}
