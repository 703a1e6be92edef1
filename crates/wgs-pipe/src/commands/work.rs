//! `wgs-pipe work`: one job of a run over many machines.

use std::path::Path;

use wgs_core::ErrorKind;
use wgs_engine::{
    CaseState, NoObserver, Processes, Program,
    cluster::{self, Ending, RunFiles, Unit, UnitResult},
};
use wgs_formats::FileError;
use wgs_task::CaseLayout;

use super::{
    Outcome, provenance,
    run::{PROGRAM, stop_on_signals, this_program},
};
use crate::failure::Failure;

/// Describes the run of a case that this job brought to its end.
fn describe(batch: &Path, ending: &Ending) -> Outcome {
    let is_over = matches!(ending.unit, Unit::Case | Unit::Close);
    let files = batch.parent().and_then(Path::parent);
    let out = files.and_then(Path::parent).filter(|_| is_over);
    let (UnitResult::Done { .. }, Some(out)) = (&ending.result, out) else { return Ok(()) };
    let path = RunFiles::of(out).pipeline();
    let definition = std::fs::read_to_string(&path).map_err(|e| FileError::io(&path, e))?;
    let layout = CaseLayout::new(out, &ending.case);
    provenance::describe(&layout, CaseState::Succeeded, &definition)
}

/// Succeeds only when all that was ordered is there; whoever waits for this job relies on it.
pub(super) fn work(batch: &Path, slot: u32) -> Outcome {
    let stop = stop_on_signals()?;
    let runner = Processes::new(Program::new(this_program()?));
    let ending = cluster::work(batch, slot, PROGRAM, &stop, &runner, &mut NoObserver)?;
    describe(batch, &ending)?;
    match ending.result {
        UnitResult::Done { .. } => Ok(()),
        UnitResult::Interrupted => Err(Failure::new(ErrorKind::Interrupted, "interrupted")),
        UnitResult::Occupied { by } => Err(Failure::new(ErrorKind::Permission, by)),
        UnitResult::Outdated { tasks } => {
            let tasks: Vec<_> = tasks.iter().map(ToString::to_string).collect();
            let message = format!("these tasks have to run first: {}", tasks.join(", "));
            Err(Failure::new(ErrorKind::TaskFailed, message))
        }
        UnitResult::Failed { failure, .. } => {
            let kind = ErrorKind::from_exit_code(failure.exit_code);
            let kind = kind.unwrap_or(ErrorKind::TaskFailed);
            Err(Failure { kind, message: failure.message, hint: failure.hint })
        }
    }
}
