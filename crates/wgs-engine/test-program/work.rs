//! One unit of a case as a job.

use std::{
    env,
    io::{self, Write},
    path::Path,
    process::ExitCode,
};

use wgs_core::ErrorKind;
use wgs_engine::{
    NoObserver, Processes, Program, Stop,
    cluster::{self, UnitResult},
};
use wgs_formats::{FileError, Result};

pub(crate) fn run(batch: &Path, slot: u32) -> ExitCode {
    match try_run(batch, slot) {
        Ok(UnitResult::Done { .. }) => ExitCode::SUCCESS,
        Ok(UnitResult::Interrupted) => ExitCode::from(ErrorKind::Interrupted.exit_code()),
        Ok(_) => ExitCode::from(10),
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::from(error.kind().exit_code())
        }
    }
}

fn try_run(batch: &Path, slot: u32) -> Result<UnitResult> {
    let stop = Stop::default();
    crate::engine::stop_at_signals(stop.clone());
    let own = env::current_exe().map_err(|e| FileError::io("/proc/self/exe", e))?;
    let runner = Processes::new(Program::new(own));
    let ending =
        cluster::work(batch, slot, "test-program 1", &stop, &runner, &mut NoObserver, &|_, _| {
            Ok(None)
        })?;
    Ok(ending.result)
}
