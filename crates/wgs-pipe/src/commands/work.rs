//! `wgs-pipe work`: one job of a run over many machines.

use std::path::Path;

use wgs_core::ErrorKind;
use wgs_engine::{
    CasePlan, CaseState, NoObserver, Processes, Program,
    cluster::{self, RunFiles, UnitResult},
};
use wgs_formats::FileError;

use super::{
    Outcome, provenance,
    run::{PROGRAM, missed_gate, stop_on_signals, this_program},
};
use crate::failure::Failure;

/// Succeeds only when all that was ordered is there; whoever waits for this job relies on it.
pub(super) fn work(batch: &Path, slot: u32) -> Outcome {
    let stop = stop_on_signals()?;
    let runner = Processes::new(Program::new(this_program()?));
    let ending = cluster::work(batch, slot, PROGRAM, &stop, &runner, &mut NoObserver, &at_end)?;
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

/// Describes the run of a case that this job brought to its end, and looks at its quality gates.
fn at_end(
    plan: &CasePlan,
    state: CaseState,
) -> Result<Option<wgs_engine::Failure>, wgs_engine::Failure> {
    conclude(plan, state).map(|missed| missed.map(Into::into)).map_err(Into::into)
}

fn conclude(plan: &CasePlan, state: CaseState) -> Result<Option<Failure>, Failure> {
    let out = plan.layout.folder().parent().unwrap_or(Path::new("/"));
    let path = RunFiles::of(out).pipeline();
    let definition = std::fs::read_to_string(&path).map_err(|e| FileError::io(&path, e))?;
    provenance::describe(&plan.layout, state, &definition)?;
    match state {
        CaseState::Succeeded => missed_gate(plan),
        CaseState::Failed | CaseState::Interrupted => Ok(None),
    }
}
