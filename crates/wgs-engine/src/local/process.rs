//! One job from start to end.

use std::{
    fs::{File, OpenOptions},
    io::{BufRead, BufReader, Read, Seek, SeekFrom, Write},
    os::unix::process::ExitStatusExt,
    path::Path,
    process::{Command, ExitStatus, Stdio},
    thread,
    time::Instant,
};

use wait4::ResUse;
use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result};

use super::{
    Program, failed,
    group::{Ended, Group},
};
use crate::{
    Time, machine,
    protocol::{ENGINE_VARIABLE, Message, TaskError},
    runner::{Ending, Failure, Job, Measured, Outcome, Reports},
};

/// Longest line taken for a message, in bytes.
const MAX_LINE: u64 = 1 << 16;
/// How much of the end of a log is shown.
const TAIL_BYTES: u64 = 4096;
const TAIL_LINES: usize = 20;

/// Runs the process of a job to its end.
pub(super) fn run(program: &Program, job: &Job, group: &Group, reports: &Reports) -> Ending {
    let log = match open_log(&job.log_file) {
        Ok(log) => log,
        Err(error) => return failed(&error),
    };
    match run_logged(program, job, group, reports, &log) {
        Ok(ending) => ending,
        Err(error) => failed(&FileError::io(&program.path, error)),
    }
}

/// Opens an empty log and locks it; the process inherits the lock.
fn open_log(path: &Path) -> Result<File> {
    let open = || {
        let log = OpenOptions::new().create(true).append(true).open(path)?;
        log.try_lock()?;
        log.set_len(0)?;
        Ok(log)
    };
    open().map_err(|e| FileError::io(path, e))
}

fn run_logged(
    program: &Program,
    job: &Job,
    group: &Group,
    reports: &Reports,
    log: &File,
) -> std::io::Result<Ending> {
    let (started, clock) = (Time::now(), Instant::now());
    let Some(mut child) = group.spawn(&mut command(program, job, log.try_clone()?))? else {
        let outcome = Outcome::Cancelled;
        return Ok(Ending { outcome, measured: None });
    };
    // The process dies when this end of the pipe is closed, by whatever death of the engine.
    let _lifeline = child.stdin.take();
    let stdout = child.stdout.take();
    reports.started();
    let (used, error) = thread::scope(|scope| {
        let reader = scope.spawn(|| stdout.and_then(|stdout| listen(stdout, log, reports)));
        let used = group.wait(child);
        (used, reader.join().ok().flatten())
    });
    let Ended { used, io } = used?;
    let measured = Measured {
        started,
        wall: clock.elapsed(),
        io,
        machine: machine::name(),
        user: used.rusage.utime,
        system: used.rusage.stime,
        max_rss_bytes: used.rusage.maxrss,
    };
    let outcome = if used.status.success() && error.is_none() {
        Outcome::Succeeded
    } else if group.is_cancelled() {
        Outcome::Cancelled
    } else {
        Outcome::Failed(Failure { log_tail: tail(&job.log_file), ..failure(&used, error) })
    };
    let measured = Some(measured);
    Ok(Ending { outcome, measured })
}

fn command(program: &Program, job: &Job, log: File) -> Command {
    let mut command = Command::new(&program.path);
    command
        .args(&program.arguments)
        .args(["task", &job.spec.stage, "--spec"])
        .arg(&job.spec_file)
        .env(ENGINE_VARIABLE, std::process::id().to_string())
        .env("TMPDIR", &job.scratch)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(log);
    command
}

/// Passes on what the process says until it says no more; the last error that it gave.
fn listen(stdout: impl Read, mut log: &File, reports: &Reports) -> Option<TaskError> {
    let mut stdout = BufReader::new(stdout);
    let mut error = None;
    let mut line = Vec::new();
    loop {
        line.clear();
        match stdout.by_ref().take(MAX_LINE).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return error,
            Ok(_) => {}
        }
        match serde_json::from_slice(&line) {
            Ok(Message::Progress { done, total }) => reports.progress(done, total),
            Ok(Message::Error(told)) => error = Some(told),
            // The log is for people; that it is full is no reason to stop the task.
            Err(_) => drop(log.write_all(&line)),
        }
    }
}

fn failure(used: &ResUse, told: Option<TaskError>) -> Failure {
    if let Some(TaskError { exit_code, message, hint }) = told {
        let kind = ErrorKind::from_exit_code(exit_code).unwrap_or(ErrorKind::TaskFailed);
        return Failure { hint, ..Failure::new(kind, message) };
    }
    let kind = used.status.code().and_then(|code| ErrorKind::from_exit_code(code.try_into().ok()?));
    Failure {
        hint: hint(used),
        ..Failure::new(kind.unwrap_or(ErrorKind::TaskFailed), describe(used.status))
    }
}

fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("the process ended with exit code {code} without saying why"),
        (None, Some(signal)) => {
            let name = nix::sys::signal::Signal::try_from(signal).map(|s| format!(" ({s})"));
            format!("the process was ended by signal {signal}{}", name.unwrap_or_default())
        }
        (None, None) => "the process ended in an unknown way".to_owned(),
    }
}

fn hint(used: &ResUse) -> Option<String> {
    (used.status.signal() == Some(9)).then(|| {
        let mib = used.rusage.maxrss >> 20;
        format!("somebody killed it, or the system did for want of memory; it held up to {mib} MiB")
    })
}

/// The last lines of a log.
fn tail(path: &Path) -> String {
    let read = || {
        let mut file = File::open(path)?;
        let start = file.metadata()?.len().saturating_sub(TAIL_BYTES);
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        std::io::Result::Ok(bytes)
    };
    let text = read().unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_of_a_log_is_its_last_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let lines: Vec<_> = (0..1000).map(|n| format!("line {n}")).collect();
        wgs_formats::output::write(&path, lines.join("\n")).unwrap();
        assert_eq!(tail(&path), lines[980..].join("\n"));
        assert_eq!(tail(Path::new("/nowhere")), "");
    }
}
