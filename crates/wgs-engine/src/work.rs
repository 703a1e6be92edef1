//! What is done around the process of a task: before it, the way is cleared; after it, what came
//! out is verified and recorded.

use std::{fs, time::Duration};

use rayon::prelude::*;
use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result, output};
use wgs_task::TaskSpec;

use crate::{
    FileEntry, Stop, Time, Usage,
    cache::{self, Order},
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
}

/// Makes sure that nothing of an earlier attempt is left, neither its process nor its outputs:
/// a task that fails must not leave older results under the final names.
pub(crate) fn prepare(
    job: Job,
    shared: &Shared,
    runner: &dyn TaskRunner,
    stop: &Stop,
) -> Result<Job> {
    for input in &job.spec.inputs {
        fs::metadata(&input.path).map_err(|e| FileError::io(&input.path, e))?;
    }
    runner.settle(&job, stop)?;
    TaskRecord::remove(&shared.state.record(&job.spec.id))?;
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
    Ok(job)
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
    let measured = match ending.outcome {
        Outcome::Failed(failure) => return Conclusion::Failed(failure),
        Outcome::Cancelled => return Conclusion::Cancelled,
        Outcome::Succeeded => ending.measured,
    };
    let recorded = tidied.and_then(|()| record(spec, order, measured, shared, program));
    match recorded {
        Ok(record) => Conclusion::Done(Box::new(record)),
        Err(error) => Conclusion::Failed(Failure::from(&error)),
    }
}

fn tidy(spec: &TaskSpec, shared: &Shared) -> Result<()> {
    for promised in &spec.outputs {
        output::remove_partials(&promised.path)?;
    }
    state::remove_folder(&shared.state.scratch(&spec.id))
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
    let now = cache::input_entries(spec, &shared.digests, &Stop::default())?;
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
