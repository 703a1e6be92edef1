//! `wgs-pipe cancel`

use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

use wgs_core::{CaseId, ErrorKind};
use wgs_engine::{
    NoObserver, Stop,
    cluster::{CancelRequest, CaseWord, Controller, Mode, Request, RunFiles, RunStatus},
};

use super::control;
use crate::{
    cli::CancelArgs,
    commands::{
        Outcome,
        run::{from_here, stop_on_signals},
        say,
    },
    failure::Failure,
};

/// How long a controller may take to see a wish before it is taken for dead.
const PATIENCE: Duration = Duration::from_secs(90);
/// How long jobs may take to end before this command leaves that to the controller.
const LONGEST_WAIT: Duration = Duration::from_secs(600);

/// Ends a run, or cases of it, through its controller or, where there is none, in its place.
pub(in crate::commands) fn cancel(args: &CancelArgs) -> Outcome {
    let out = from_here(&args.out)?;
    let (files, stop) = (RunFiles::of(&out), stop_on_signals()?);
    let request = Request::read(&files)?;
    let unknown = |case: &&CaseId| !request.cases.iter().any(|entry| entry.case == **case);
    if let Some(case) = args.case.iter().find(unknown) {
        let message = format!("the run in {} has no case {case}", out.display());
        return Err(Failure::new(ErrorKind::Usage, message));
    }
    let cases = (!args.case.is_empty()).then(|| args.case.clone());
    let by = format!("wgs-pipe cancel, process {}", std::process::id());
    let wish = CancelRequest { cases, by }.write(&files)?;
    let is_alone = match RunStatus::read(&out)?.controller {
        Controller::Alive { .. } | Controller::Elsewhere { .. } => !seen(&wish, &stop),
        Controller::None | Controller::Ended | Controller::Gone { .. } => true,
    };
    if is_alone {
        control(&out, Mode::CancelOnly, &stop, Box::new(NoObserver))?;
    }
    wait(&out, &args.case, &stop)?;
    if Request::read(&files)?.submission != request.submission {
        let message = "somebody submitted again meanwhile, and what that asks for may go on";
        return Err(Failure::new(ErrorKind::TaskFailed, message).hint("cancel again"));
    }
    say(&format!("ended; `wgs-pipe submit` goes on with {}\n", out.display()))
}

/// Whether a controller takes up the wish.
fn seen(wish: &Path, stop: &Stop) -> bool {
    let start = Instant::now();
    while wish.exists() {
        if stop.is_requested() || start.elapsed() > PATIENCE {
            return false;
        }
        thread::sleep(Duration::from_millis(200));
    }
    true
}

fn wait(out: &Path, cases: &[CaseId], stop: &Stop) -> Outcome {
    let start = Instant::now();
    loop {
        let status = RunStatus::read(out)?;
        let named = |case: &CaseId| cases.is_empty() || cases.contains(case);
        let runs = |word| matches!(word, CaseWord::Queued | CaseWord::Running);
        if !status.cases.iter().any(|line| named(&line.case) && runs(line.state)) {
            return Ok(());
        }
        if stop.is_requested() || start.elapsed() > LONGEST_WAIT {
            let message = "jobs are still ending; `wgs-pipe status` tells how they stand";
            return Err(Failure::new(ErrorKind::Interrupted, message));
        }
        thread::sleep(Duration::from_millis(500));
    }
}
