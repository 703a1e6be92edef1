//! What a job does on its machine: one unit of one case.

use std::{collections::BTreeSet, fs, path::Path, time::Duration};

use nix::sys::resource::{UsageWho, getrusage};
use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result, digest, output};

use super::{CaseFiles, ENDING_SCHEMA, Ending, Order, Unit, UnitResult};
use crate::{
    CasePlan, CaseReport, CaseState, Event, Failure, Graph, Happening, Observer, Reason,
    RunOptions, RunReport, Stop, TaskRunner, Time, Verdict,
    events::{self, FailureEntry},
    lock, machine,
    plan::forecast,
    run::{Manner, Scope, run_graphs},
};

/// How long what an earlier attempt left running may take to notice that it is to end.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is done at the end of a case, once its record is written and before anybody is told: it
/// may say which quality gate the case missed.
pub type AtEnd<'a> = dyn Fn(&CasePlan, CaseState) -> Result<Option<Failure>, Failure> + 'a;

/// Does what the order of a slot says, and leaves the [`Ending`] where the order wants it. `program`,
/// with its version, is for records; `stop` ends the job early.
///
/// # Errors
///
/// An order or a plan that cannot be read, an ending that cannot be written. Everything else that
/// goes wrong is in the ending.
pub fn work(
    batch: &Path,
    slot: u32,
    program: &str,
    stop: &Stop,
    runner: &dyn TaskRunner,
    observer: &mut dyn Observer,
    at_end: &AtEnd<'_>,
) -> Result<Ending> {
    let started = Time::now();
    let order = Order::read(batch, slot)?;
    crate::state::remove_file(&order.ending)?;
    let mut tally = Tally { observer, core_s: 0.0, max_rss_bytes: 0 };
    let (result, missed) = match carry_out(&order, program, stop, runner, &mut tally, at_end) {
        Ok(carried_out) => carried_out,
        Err(error) if lock::is_refusal(&error) => {
            (UnitResult::Occupied { by: error.to_string() }, None)
        }
        Err(error) => (failed(&Failure::from(&error)), None),
    };
    let Tally { core_s: task_core_s, max_rss_bytes, .. } = tally;
    let ending = Ending {
        schema: ENDING_SCHEMA.into(),
        case: order.case,
        unit: order.unit,
        attempt: order.attempt,
        token: order.token,
        result,
        missed_gate: missed.as_ref().map(FailureEntry::from),
        machine: machine::name().unwrap_or_default(),
        started,
        finished: Time::now(),
        core_s: used(UsageWho::RUSAGE_SELF) + used(UsageWho::RUSAGE_CHILDREN),
        task_core_s,
        max_rss_bytes,
    };
    if let Some(folder) = order.ending.parent() {
        output::create_folder(folder)?;
    }
    output::remove_partials(&order.ending)?;
    output::write_json(&order.ending, &ending)?;
    Ok(ending)
}

/// Hears of every event, and adds up what tasks used.
struct Tally<'a> {
    observer: &'a mut dyn Observer,
    core_s: f64,
    max_rss_bytes: u64,
}

impl Observer for Tally<'_> {
    fn event(&mut self, event: &Event) {
        if let Happening::TaskFinished { core_s, max_rss_bytes, .. } = &event.what {
            self.core_s += core_s;
            self.max_rss_bytes = self.max_rss_bytes.max(*max_rss_bytes);
        }
        self.observer.event(event);
    }
}

/// Seconds of processor time so far.
fn used(by: UsageWho) -> f64 {
    let seconds = |time: nix::sys::time::TimeVal| {
        Duration::new(time.tv_sec().unsigned_abs(), time.tv_usec().unsigned_abs() as u32 * 1000)
    };
    getrusage(by).map_or(0.0, |u| (seconds(u.user_time()) + seconds(u.system_time())).as_secs_f64())
}

fn carry_out(
    order: &Order,
    program: &str,
    stop: &Stop,
    runner: &dyn TaskRunner,
    observer: &mut dyn Observer,
    at_end: &AtEnd<'_>,
) -> Result<(UnitResult, Option<Failure>)> {
    let mut plan = ordered_plan(order)?;
    // The plan was made for a machine as large as may be; the job was given what it is foreseen to need.
    for task in &mut plan.tasks {
        let granted = &mut task.resources;
        granted.threads = granted.threads.min(order.limits.threads);
        granted.memory_bytes = granted.memory_bytes.min(order.limits.memory_bytes);
    }
    let options = RunOptions {
        limits: order.limits,
        program: program.to_owned(),
        stop: stop.clone(),
        scratch: order.scratch.clone(),
    };
    let (graph, manner) = match &order.unit {
        Unit::Case => (Graph::of_case(&plan)?, Manner { patience: PATIENCE, ..Manner::default() }),
        Unit::Task(id) => {
            let task = plan.tasks.iter().position(|task| task.id == *id).ok_or_else(|| {
                FileError::invalid(&order.plan, format!("the case has no task {id}"))
            })?;
            let scope = Scope::Task(task);
            (
                Graph::of_part(&plan, task)?,
                Manner { scope, trust_stamps: !order.verify, patience: PATIENCE },
            )
        }
        Unit::Close => {
            let graph = Graph::of_case(&plan)?;
            if let Some(outdated) = outdated(&plan, &graph, !order.verify, stop)? {
                return Ok((outdated, None));
            }
            gather_events(&plan)?;
            let scope = Scope::Whole;
            (graph, Manner { scope, trust_stamps: !order.verify, patience: PATIENCE })
        }
    };
    let (plans, graphs) = ([plan], [graph]);
    let report = run_graphs(&plans, &graphs, &options, manner, runner, observer)?;
    let state = report.cases.first().map(|case| case.state);
    let result = result(report);
    let is_end = !matches!(order.unit, Unit::Task(_));
    match (&result, state.filter(|_| is_end)) {
        (UnitResult::Done { .. }, Some(state)) => Ok(match at_end(&plans[0], state) {
            Ok(missed) => (result, missed),
            Err(failure) => (failed(&failure), None),
        }),
        (UnitResult::Failed { .. }, Some(state)) => {
            // The failure of the case says more than what comes of it.
            let _ = at_end(&plans[0], state);
            Ok((result, None))
        }
        _ => Ok((result, None)),
    }
}

/// The plan that was ordered, and no other.
fn ordered_plan(order: &Order) -> Result<CasePlan> {
    let path = &order.plan;
    let bytes = fs::read(path).map_err(|e| FileError::io(path, e))?;
    if !digest::sha256_bytes(&bytes).starts_with(&*order.plan_digest) {
        // A machine may see an older file of a shared disk for a while: worth another try.
        return Err(FileError::new(
            path,
            ErrorKind::TaskFailed,
            "is not the plan that was ordered",
        )
        .hint("submit again, which writes it anew"));
    }
    let plan: CasePlan =
        serde_json::from_slice(&bytes).map_err(|e| FileError::invalid(path, e.to_string()))?;
    if plan.case.id != order.case {
        let reason = format!("it is the plan of the case {}, not of {}", plan.case.id, order.case);
        return Err(FileError::invalid(path, reason));
    }
    Ok(plan)
}

/// The tasks that have to run before the case can be closed, if there are any.
fn outdated(
    plan: &CasePlan,
    graph: &Graph,
    trust_stamps: bool,
    stop: &Stop,
) -> Result<Option<UnitResult>> {
    let mut tasks = Vec::new();
    for (task, verdict) in forecast(plan, graph, trust_stamps, stop)?.tasks {
        match verdict {
            Verdict::UpToDate | Verdict::WillRun(Reason::Upstream(_)) => {}
            Verdict::WillRun(_) => tasks.push(task),
        }
    }
    Ok((!tasks.is_empty()).then_some(UnitResult::Outdated { tasks }))
}

/// Adds the events of the units of a case to those of the case, in the order of time.
fn gather_events(plan: &CasePlan) -> Result<()> {
    let files = CaseFiles::of(&plan.layout);
    let units = plan.tasks.iter().map(|task| files.events(&Unit::Task(task.id.clone())));
    events::gather(&units.collect::<BTreeSet<_>>(), &plan.layout.events())
}

fn result(report: RunReport) -> UnitResult {
    let interrupted = report.interrupted;
    let Some(case) = report.cases.into_iter().next() else {
        return failed(&Failure::new(ErrorKind::TaskFailed, "no case was run"));
    };
    let CaseReport { state, ran, reused, failures, outdated, .. } = case;
    if let Some(first) = failures.into_iter().next() {
        let failure = FailureEntry::from(&first.failure);
        return UnitResult::Failed { task: first.task, failure, log: first.log };
    }
    match state {
        _ if !outdated.is_empty() => UnitResult::Outdated { tasks: outdated },
        CaseState::Succeeded => UnitResult::Done { ran, reused },
        CaseState::Interrupted if interrupted => UnitResult::Interrupted,
        CaseState::Interrupted | CaseState::Failed => {
            failed(&Failure::new(ErrorKind::TaskFailed, "the case was not done to its end"))
        }
    }
}

fn failed(failure: &Failure) -> UnitResult {
    UnitResult::Failed { task: None, failure: FailureEntry::from(failure), log: None }
}
