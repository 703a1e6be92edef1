//! A controller in a process of its own.

use std::{
    io::{self, Write},
    path::Path,
    process::ExitCode,
};

use wgs_engine::{
    NoObserver, Program, Stop,
    cluster::{ByLimits, ControlOptions, Crew, Lease, Mode, RealWorld, Request, RunFiles, control},
};
use wgs_formats::{FileError, Result};

pub(crate) fn run(out: &Path) -> ExitCode {
    match try_run(out) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::from(error.kind().exit_code())
        }
    }
}

fn try_run(out: &Path) -> Result<u8> {
    let stop = Stop::default();
    crate::engine::stop_at_signals(stop.clone());
    let files = RunFiles::of(out);
    let request = Request::read(&files)?;
    let lease = Lease::take(&files, &stop)?;
    let program = Program::new(&request.options.program.path);
    let executor = request.options.executor.executor(program);
    let mut executor = executor.map_err(|e| FileError::invalid(out, e.to_string()))?;
    let (mode, program) = (Mode::Detached, "test-program 1".into());
    let options = ControlOptions { out: out.to_owned(), mode, program, stop };
    let world = RealWorld::default();
    let crew = Crew {
        executor: executor.as_mut(),
        estimates: &ByLimits,
        world: &world,
        observer: &mut NoObserver,
    };
    let report = control(&options, Some(&lease), crew)?;
    Ok(report.error_kind().map_or(0, |kind| kind.exit_code()))
}
