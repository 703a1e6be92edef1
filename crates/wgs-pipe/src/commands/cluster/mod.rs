//! Runs over many machines: `submit`, `controller`, `cancel`, `logs`, and `run` elsewhere.

mod cancel;
mod logs;
mod request;
mod site;
mod status;
mod submit;

use std::path::Path;

use wgs_core::ErrorKind;
use wgs_engine::{
    CasePlan, NoObserver, Observer, Program, Stop,
    cluster::{
        self, ByForecast, CaseFiles, ControlOptions, ControlReport, Crew, Executor, Lease, Mode,
        RealWorld, Refusal, Request, RunFiles,
    },
    needs::Sizes,
};
use wgs_formats::{digest, output};
use wgs_task::CaseLayout;

pub(super) use self::{
    cancel::cancel,
    logs::logs,
    request::slurm_options,
    status::{is_submitted, status},
    submit::{run_elsewhere, submit},
};
use super::{
    Outcome, forecast, observe,
    run::{PROGRAM, from_here, stop_on_signals},
};
use crate::{
    cli::{ControllerArgs, ExecutorName, ObserveArgs, RunArgs},
    failure::Failure,
};

/// Failed cases that are told one by one.
const TOLD: usize = 20;

/// Goes on with a submitted run until nothing is left to do.
pub(super) fn controller(args: &ControllerArgs) -> Outcome {
    if args.detached {
        // Fails for the leader of a group, which nobody started to be detached.
        let _ = nix::unistd::setsid();
    }
    let stop = stop_on_signals()?;
    control(&from_here(&args.out)?, Mode::Detached, &stop, Box::new(NoObserver))
}

/// Whether tasks are to run as jobs of an executor that is not the engine in this process.
pub(super) fn is_elsewhere(args: &RunArgs) -> Result<bool, Failure> {
    let site = site::Site::read(args.jobs.site.as_deref())?;
    Ok(args.executor.or(site.executor).unwrap_or_default() != ExecutorName::Local)
}

/// Takes control of a run in this process.
fn control(out: &Path, mode: Mode, stop: &Stop, shown: Box<dyn Observer>) -> Outcome {
    let files = RunFiles::of(out);
    let request = Request::read(&files)?;
    let lease = Lease::take(&files, stop)?;
    let mut executor = executor(&request)?;
    let options = ControlOptions {
        out: out.to_owned(),
        mode,
        program: PROGRAM.to_owned(),
        stop: stop.clone(),
    };
    let world = RealWorld::default();
    let estimates = ByForecast {
        table: forecast::needs(request.options.needs.as_deref())?,
        sizes: Sizes::default(),
        foreseen: request.options.foreseen,
    };
    let (executor, estimates) = (executor.as_mut(), &estimates);
    let mut observer = observer(out, &request, shown)?;
    let crew = Crew { executor, estimates, world: &world, observer: observer.as_mut() };
    let report = cluster::control(&options, Some(&lease), crew)?;
    drop(observer);
    drop(lease);
    if mode == Mode::CancelOnly {
        return Ok(());
    }
    conclude(&report)
}

#[expect(clippy::print_stderr, reason = "jobs run what is there now, which people should know")]
fn executor(request: &Request) -> Result<Box<dyn Executor>, Failure> {
    let program = &request.options.program;
    match digest::sha256_file(&program.path) {
        Ok(now) if now != program.sha256 => {
            let path = program.path.display();
            eprintln!("warning: {path} is not the program with which the run was submitted");
        }
        Ok(_) => {}
        Err(error) => return Err(error.into()),
    }
    let own = Program::new(&program.path);
    request.options.executor.executor(own).map_err(|refusal| refused(&refusal))
}

fn refused(refusal: &Refusal) -> Failure {
    let failure = Failure::new(ErrorKind::TaskFailed, refusal.to_string());
    match refusal {
        Refusal::Never { hint: Some(hint), .. } => failure.hint(hint),
        _ => failure,
    }
}

/// With whoever else was to hear of the run when it was submitted.
fn observer(
    out: &Path,
    request: &Request,
    shown: Box<dyn Observer>,
) -> Result<Box<dyn Observer>, Failure> {
    let args: ObserveArgs = output::read_json(&RunFiles::of(out).observers())?;
    let mut cases = Vec::new();
    if observe::is_wanted(&args) {
        for entry in &request.cases {
            let files = CaseFiles::of(&CaseLayout::new(out, &entry.case));
            cases.push(output::read_json::<CasePlan>(&files.plan())?.case);
        }
    }
    observe::observer(&args, shown, &cases)
}

/// Says how the run ended, and fails for the first reason there is.
#[expect(clippy::print_stderr, reason = "the end of the bars above it")]
fn conclude(report: &ControlReport) -> Outcome {
    let ControlReport { done, failed, cancelled, left, .. } = report;
    eprintln!("{done} cases done, {failed} failed, {cancelled} cancelled, {left} left");
    for case in &report.removed {
        eprintln!("{case} is not in the submission any more; its folder is left as it is");
    }
    for (case, failure) in report.failures.iter().take(TOLD) {
        eprintln!("failed: {case}: {}", failure.message);
    }
    for (_, gate) in report.missed_gates.iter().take(TOLD) {
        eprintln!("missed: {}", gate.message);
    }
    match (report.error_kind(), report.failures.first().or(report.missed_gates.first())) {
        (None, _) => Ok(()),
        (Some(kind @ ErrorKind::Interrupted), _) | (Some(kind), None) => {
            Err(Failure::new(kind, "the run was ended before its end")
                .hint("submit again to go on"))
        }
        (Some(kind), Some((case, failure))) => {
            let message = match kind {
                ErrorKind::QualityGate => failure.message.clone(),
                _ => format!("case {case}: {}", failure.message),
            };
            Err(Failure { kind, message, hint: failure.hint.clone() })
        }
    }
}
