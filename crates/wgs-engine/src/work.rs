//! What is done around the process of a task: before it, the way is cleared; after it, what came
//! out is verified and recorded.

use std::{collections::BTreeSet, fs, io, path::Path, time::Duration};

use rayon::prelude::*;
use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result, output};
use wgs_task::TaskSpec;

use crate::{
    FileEntry, Stop, Time, Usage,
    cache::{self, Check, Order},
    case_run::Shared,
    record::{self, TaskRecord},
    runner::{Ending, Failure, Job, Measured, Outcome, TaskRunner},
    state,
};

/// What remains of a task that ended.
#[derive(Debug)]
pub(crate) enum Conclusion {
    Done(Box<TaskRecord>),
    Failed(Failure),
    Cancelled,
    /// What these upstream tasks made was not there, or something else, while the task read it.
    Damaged(BTreeSet<usize>),
}

/// Whether a task can start.
#[derive(Debug)]
pub(crate) enum Prepared {
    Ready(Box<Job>),
    /// What these upstream tasks made is gone.
    Damaged(BTreeSet<usize>),
}

/// Makes sure that nothing of an earlier attempt is left, neither its process nor its outputs:
/// a task that fails must not leave older results under the final names, nor a record that vouches
/// for what it is about to change.
pub(crate) fn prepare(
    job: Job,
    order: &Order,
    shared: &Shared,
    runner: &dyn TaskRunner,
    stop: &Stop,
) -> Result<Prepared> {
    let mut damaged = BTreeSet::new();
    for input in &job.spec.inputs {
        match (fs::metadata(&input.path), order.provided.producer(&input.path)) {
            (Ok(_), _) => {}
            (Err(e), Some(producer)) if e.kind() == io::ErrorKind::NotFound => {
                damaged.insert(producer);
            }
            (Err(e), _) => return Err(FileError::io(&input.path, e)),
        }
    }
    if !damaged.is_empty() {
        return Ok(Prepared::Damaged(damaged));
    }
    runner.settle(&job, stop)?;
    state::remove_file(&shared.run_record)?;
    remove_former_outputs(&job.spec, shared)?;
    for promised in &job.spec.outputs {
        if let Some(folder) = promised.path.parent() {
            output::create_folder(folder)?;
        }
        output::remove_partials(&promised.path)?;
        state::remove_file(&promised.path)?;
    }
    state::remove_folder(&job.scratch)?;
    output::create_folder(&job.scratch)?;
    output::write_json(&job.spec_file, &job.spec)?;
    Ok(Prepared::Ready(Box::new(job)))
}

/// Removes what the task made in another form, before its record goes, by which that is known:
/// files that nobody promises any more are nobody's results.
fn remove_former_outputs(spec: &TaskSpec, shared: &Shared) -> Result<()> {
    let path = shared.state.record(&spec.id);
    if let Ok(record) = TaskRecord::read(&path, spec) {
        let is_own = |path: &Path| path.starts_with(&shared.folder);
        for entry in record.outputs.iter().filter(|entry| is_own(&entry.path)) {
            if !shared.promised.contains(&entry.path) {
                state::remove_file(&entry.path)?;
            }
        }
    }
    TaskRecord::remove(&path)
}

/// Verifies what a task made, and records it; or clears away what a failed one left.
pub(crate) fn conclude(
    spec: &TaskSpec,
    order: &Order,
    ending: Ending,
    shared: &Shared,
    program: &str,
) -> Conclusion {
    let tidied = tidy(spec, shared);
    if ending.outcome == Outcome::Cancelled {
        return Conclusion::Cancelled;
    }
    match order.provided.damaged(spec, &shared.digests) {
        Ok(damaged) if damaged.is_empty() => {}
        Ok(damaged) => return Conclusion::Damaged(damaged),
        Err(error) => return Conclusion::Failed(Failure::from(&error)),
    }
    if let Outcome::Failed(failure) = ending.outcome {
        return Conclusion::Failed(failure);
    }
    let recorded = tidied.and_then(|()| record(spec, order, ending.measured, shared, program));
    match recorded {
        Ok(record) => Conclusion::Done(Box::new(record)),
        Err(error) => Conclusion::Failed(Failure::from(&error)),
    }
}

fn tidy(spec: &TaskSpec, shared: &Shared) -> Result<()> {
    for promised in &spec.outputs {
        output::remove_partials(&promised.path)?;
    }
    state::remove_folder(&shared.scratch(&spec.id))
}

fn record(
    spec: &TaskSpec,
    order: &Order,
    measured: Option<Measured>,
    shared: &Shared,
    program: &str,
) -> Result<TaskRecord> {
    unchanged_inputs(spec, order, shared)?;
    let outputs = outputs(spec, shared)?;
    let files = order.inputs.iter().chain(&outputs);
    let stamp = |entry: &FileEntry| Some((entry.path.clone(), shared.digests.stamp(&entry.path)?));
    let stamps = files.filter_map(stamp).collect();
    let record = TaskRecord {
        schema: record::SCHEMA.into(),
        program: program.to_owned(),
        task: spec.id.clone(),
        stage: spec.stage.clone(),
        key: order.key.clone(),
        params: spec.params.clone(),
        tools: spec.tools.clone(),
        inputs: order.inputs.clone(),
        outputs,
        stamps,
        usage: usage(spec, measured),
    };
    record.write(&shared.state.record(&spec.id))?;
    Ok(record)
}

fn usage(spec: &TaskSpec, measured: Option<Measured>) -> Usage {
    let finished = Time::now();
    let known = measured.as_ref();
    let seconds = |time: fn(&Measured) -> Duration| known.map_or(0.0, |m| time(m).as_secs_f64());
    Usage {
        started: known.map_or(finished, |m| m.started),
        finished,
        wall_s: seconds(|m| m.wall),
        user_s: seconds(|m| m.user),
        system_s: seconds(|m| m.system),
        max_rss_bytes: known.map_or(0, |m| m.max_rss_bytes),
        io: known.and_then(|m| m.io),
        machine: measured.and_then(|m| m.machine),
        asked: Some(spec.resources),
        queue_s: None,
    }
}

/// A key is of no worth when an input was written to while the task read it. Only files that were
/// touched are read again.
fn unchanged_inputs(spec: &TaskSpec, order: &Order, shared: &Shared) -> Result<()> {
    let check = Check {
        state: &shared.state,
        digests: &shared.digests,
        provided: &order.provided,
        all_outputs: false,
        stop: &Stop::default(),
    };
    let now = cache::entries(spec, &check)?;
    let changed = order.inputs.iter().zip(&now).find(|(before, now)| before != now);
    let Some((before, _)) = changed else {
        return Ok(());
    };
    let reason = format!("input {} of task {} changed while the task ran", before.name, spec.id);
    Err(FileError::new(&before.path, ErrorKind::TaskFailed, reason).hint("run again"))
}

fn outputs(spec: &TaskSpec, shared: &Shared) -> Result<Vec<FileEntry>> {
    for promised in &spec.outputs {
        let broken = |how: &str| {
            let reason = format!("task {} promised output {}, which {how}", spec.id, promised.name);
            Err(FileError::new(&promised.path, ErrorKind::TaskFailed, reason))
        };
        match fs::metadata(&promised.path) {
            Err(_) => return broken("is missing"),
            Ok(metadata) if !metadata.is_file() => return broken("is no file"),
            Ok(metadata) if metadata.len() == 0 => return broken("is empty"),
            Ok(_) => {}
        }
    }
    spec.outputs
        .par_iter()
        .map(|promised| {
            let content = shared.digests.of(&promised.path, &Stop::default())?;
            Ok(FileEntry {
                name: promised.name.clone(),
                path: promised.path.clone(),
                sha256: content.sha256,
                bytes: content.bytes,
            })
        })
        .collect()
}
