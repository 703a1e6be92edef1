//! `wgs-pipe work`: one job of a run over many machines.

use std::path::Path;

use wgs_core::ErrorKind;
use wgs_engine::{
    NoObserver, Processes, Program,
    cluster::{self, UnitResult},
};

use super::{
    Outcome,
    run::{PROGRAM, stop_on_signals, this_program},
};
use crate::failure::Failure;

/// Succeeds only when all that was ordered is there; whoever waits for this job relies on it.
pub(super) fn work(batch: &Path, slot: u32) -> Outcome {
    let stop = stop_on_signals()?;
    let runner = Processes::new(Program::new(this_program()?));
    let ending = cluster::work(batch, slot, PROGRAM, &stop, &runner, &mut NoObserver)?;
    match ending.result {
        UnitResult::Done { .. } => Ok(()),
        UnitResult::Interrupted => Err(Failure::new(ErrorKind::Interrupted, "interrupted")),
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
