//! `wgs-pipe submit`, and `wgs-pipe run` on other machines.

use std::{
    fs::OpenOptions,
    io::{Read, Seek, SeekFrom},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use wgs_core::ErrorKind;
use wgs_engine::cluster::{Controller, Mode, RunFiles, RunStatus};
use wgs_formats::FileError;

use super::{control, request::request};
use crate::{
    cli::{ObserveArgs, RunArgs, SubmitArgs},
    commands::{
        Outcome, observe,
        run::{from_here, stop_on_signals, this_program},
        say,
    },
    failure::Failure,
};

/// How long a controller may take to begin; on another machine's lease it waits for heartbeats.
const PATIENCE: Duration = Duration::from_secs(120);

/// Checks all, writes all down, and leaves the work to a controller of its own.
pub(in crate::commands) fn submit(args: &SubmitArgs) -> Outcome {
    if args.foreground {
        return run_elsewhere(&args.run, &args.observe);
    }
    let stop = stop_on_signals()?;
    let request = request(&args.run, &args.observe, &stop)?;
    let out = from_here(&args.run.out)?;
    if stop.is_requested() {
        let hint = format!("`wgs-pipe controller {}` begins", out.display());
        return Err(Failure::new(ErrorKind::Interrupted, "submitted, but not begun").hint(hint));
    }
    begin(&out)?;
    let (out, cases) = (out.display(), request.cases.len());
    say(&format!(
        "{cases} cases submitted; run folder {out}\n\
         wgs-pipe status {out}    shows how it goes\n\
         wgs-pipe logs {out} --follow\n\
         wgs-pipe cancel {out}    ends it\n"
    ))
}

/// Submits, and controls the run in this process.
pub(in crate::commands) fn run_elsewhere(args: &RunArgs, observe: &ObserveArgs) -> Outcome {
    let stop = stop_on_signals()?;
    request(args, observe, &stop)?;
    control(&from_here(&args.out)?, Mode::Foreground, &stop, observe::shown(observe))
}

/// Starts a controller that outlives this process and its session, and waits until it is at work.
fn begin(out: &Path) -> Outcome {
    let path = RunFiles::of(out).controller_log();
    let failed = |e| FileError::io(&path, e);
    let mut options = OpenOptions::new();
    let log = options.create(true).append(true).open(&path).map_err(failed)?;
    let told = log.metadata().map_err(failed)?.len();
    let err = log.try_clone().map_err(failed)?;
    let mut command = Command::new(this_program()?);
    command.arg("controller").arg("--detached").arg(out);
    command.stdin(Stdio::null()).stdout(log).stderr(err);
    let mut controller = command.spawn().map_err(failed)?;
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        if let Some(status) = controller.try_wait().map_err(failed)? {
            return over(status, &path, told);
        }
        if is_at_work(out, &controller)? {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(100));
    }
    let reason = format!("process {} does not take up the run", controller.id());
    Err(FileError::new(&path, ErrorKind::TaskFailed, reason).into())
}

fn is_at_work(out: &Path, controller: &Child) -> Result<bool, Failure> {
    let status = RunStatus::read(out)?;
    let own = format!("process {} on ", controller.id());
    let is_own =
        matches!(&status.controller, Controller::Alive { owner } if owner.starts_with(&own));
    Ok(is_own && !status.is_new)
}

/// A controller that is over by now: there was little to do, or it could not begin.
fn over(status: ExitStatus, log: &Path, told: u64) -> Outcome {
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    if code == Some(0) {
        return Ok(());
    }
    let kind = code.and_then(ErrorKind::from_exit_code).unwrap_or(ErrorKind::TaskFailed);
    let mut text = String::new();
    let read = OpenOptions::new().read(true).open(log).and_then(|mut file| {
        file.seek(SeekFrom::Start(told))?;
        file.read_to_string(&mut text)
    });
    let words = read.map_or("", |_| text.trim_end());
    let words = words.strip_prefix("error: ").unwrap_or(words);
    Err(Failure::new(kind, format!("the controller ended: {words}")))
}
