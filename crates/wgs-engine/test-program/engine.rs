//! An engine in a process of its own.

use std::{
    env,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    thread,
};

use nix::sys::signal::{SigSet, Signal};
use serde::Deserialize;
use wgs_engine::{CasePlan, Event, Observer, Processes, Program, RunOptions, RunReport, Stop};
use wgs_formats::{FileError, Result, output};
use wgs_task::{Case, CaseLayout, Limits, TaskSpec};

/// What to run.
#[derive(Deserialize)]
struct Order {
    out: PathBuf,
    threads: usize,
    memory_bytes: u64,
    cases: Vec<(Case, Vec<TaskSpec>)>,
}

/// Writes one line per event.
struct Lines;

impl Observer for Lines {
    fn event(&mut self, event: &Event) {
        let line = serde_json::to_string(event).expect("events are JSON");
        let _ = writeln!(io::stdout(), "{line}");
    }
}

pub(crate) fn run(order: &Path) -> ExitCode {
    match try_run(order) {
        Ok(report) => {
            report.error_kind().map_or(ExitCode::SUCCESS, |kind| ExitCode::from(kind.exit_code()))
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::from(error.kind().exit_code())
        }
    }
}

fn try_run(order: &Path) -> Result<RunReport> {
    let stop = Stop::default();
    stop_at_signals(stop.clone());
    let Order { out, threads, memory_bytes, cases } = output::read_json(order)?;
    let plan = |(case, tasks): (Case, Vec<TaskSpec>)| CasePlan {
        layout: CaseLayout::new(&out, &case.id),
        bundle_digest: "bundle".into(),
        case,
        tasks,
    };
    let cases: Vec<_> = cases.into_iter().map(plan).collect();
    let options = RunOptions {
        limits: Limits { threads, memory_bytes },
        program: "test-program 1".into(),
        stop,
        scratch: None,
    };
    let own = env::current_exe().map_err(|e| FileError::io("/proc/self/exe", e))?;
    let runner = Processes::new(Program::new(own));
    wgs_engine::run(&cases, &options, &runner, &mut Lines)
}

pub(crate) fn stop_at_signals(stop: Stop) {
    let mut set = SigSet::empty();
    set.add(Signal::SIGINT);
    set.add(Signal::SIGTERM);
    set.thread_block().expect("signals can be blocked");
    thread::spawn(move || {
        if set.wait().is_ok() {
            stop.request();
        }
    });
}
