//! `wgs-pipe run` and `wgs-pipe plan`

use std::path::{Path, PathBuf, absolute};

use wgs_core::ErrorKind;
use wgs_engine::{
    CasePlan, CaseReport, CaseState, Observer, Processes, Program, RunOptions, RunReport, Stop,
    Verdict,
};
use wgs_formats::{FileError, qc};
use wgs_task::{
    Bundle, Case, CaseLayout, Limits, Pipeline, PlanContext,
    case::{file, samplesheet},
};

use super::{Outcome, bundle::licence, cluster, forecast, limits, observe, provenance, say};
use crate::{
    cli::{ObserveArgs, RunArgs},
    failure::Failure,
    progress, stages,
};

/// The definition that is used where none is given.
const GERMLINE: &str = include_str!("../../pipelines/germline.toml");
/// Program and version, for records.
pub(super) const PROGRAM: &str = concat!("wgs-pipe ", env!("CARGO_PKG_VERSION"));

pub(super) fn run(args: &RunArgs, observe: &ObserveArgs) -> Outcome {
    if cluster::is_elsewhere(args)? {
        return cluster::run_elsewhere(args, observe);
    }
    let stop = stop_on_signals()?;
    let limits = limits(&args.limits);
    let (plans, bundle) = plans(args, limits)?;
    let definition = definition(args.pipeline.as_deref())?;
    licence::tell(&bundle);
    let scratch = args.jobs.scratch.as_deref().map(from_here).transpose()?;
    let disk = forecast::disk(&plans, &args.out, limits, scratch.as_deref(), &args.forecast)?;
    forecast::refuse(&disk, &args.forecast)?;
    let cases = plans.iter().map(|plan| &plan.case);
    let observer = observe::observer(observe, observe::shown(observe), cases)?;
    execute(&plans, (limits, scratch), &stop, observer, Some(&definition))
}

/// Runs planned cases within limits, with a folder for temporary files where one is named, and fails
/// where a task fails or a quality gate is missed. With the
/// definition that they follow, each run is described in its case's folder.
pub(super) fn execute(
    plans: &[CasePlan],
    (limits, scratch): (Limits, Option<PathBuf>),
    stop: &Stop,
    mut observer: Box<dyn Observer>,
    definition: Option<&str>,
) -> Outcome {
    let options = RunOptions { limits, program: PROGRAM.to_owned(), stop: stop.clone(), scratch };
    let runner = Processes::new(Program::new(this_program()?));
    let report = wgs_engine::run(plans, &options, &runner, observer.as_mut())?;
    drop(observer);
    conclude(plans, &report, definition)
}

pub(super) fn plan(args: &RunArgs) -> Outcome {
    let limits = limits(&args.limits);
    let plans = plans(args, limits)?.0;
    let forecasts = wgs_engine::plan(&plans, limits, &stop_on_signals()?)?;
    let mut text = String::new();
    for forecast in &forecasts {
        for (task, verdict) in &forecast.tasks {
            let what = match verdict {
                Verdict::UpToDate => "up to date".to_owned(),
                Verdict::WillRun(reason) => format!("will run: {reason}"),
            };
            text.push_str(&format!("{}\t{task}\t{what}\n", forecast.case));
        }
    }
    let scratch = args.jobs.scratch.as_deref();
    let disk = forecast::disk(&plans, &args.out, limits, scratch, &args.forecast)?;
    text.extend(disk.table().lines().map(|line| format!("# {line}\n")));
    if let Some(refusal) = disk.refusal().filter(|_| !args.forecast.ignore_disk_forecast) {
        let told = refusal.to_string();
        text.push_str(&format!(
            "# run would refuse: {}\n",
            told.lines().next().unwrap_or_default()
        ));
    }
    say(&text)
}

/// The first of these signals asks for the end, which resumes later; a second one ends at once.
pub(super) fn stop_on_signals() -> Result<Stop, Failure> {
    use signal_hook::{consts, flag};

    let stop = Stop::default();
    for signal in [consts::SIGINT, consts::SIGTERM, consts::SIGHUP] {
        let code = i32::from(ErrorKind::Interrupted.exit_code());
        flag::register_conditional_shutdown(signal, code, stop.flag())
            .and_then(|_| flag::register(signal, stop.flag()))
            .map_err(|e| Failure::new(ErrorKind::TaskFailed, format!("signal {signal}: {e}")))?;
    }
    Ok(stop)
}

pub(super) fn this_program() -> Result<PathBuf, Failure> {
    std::env::current_exe()
        .map_err(|e| Failure::new(ErrorKind::TaskFailed, format!("own program file: {e}")))
}

pub(super) fn from_here(path: &Path) -> Result<PathBuf, Failure> {
    absolute(path).map_err(|e| FileError::io(path, e).into())
}

/// The text of a pipeline's definition: the embedded one where none is named.
pub(super) fn definition(path: Option<&Path>) -> Result<String, Failure> {
    let read = |path| std::fs::read_to_string(path).map_err(|e| FileError::io(path, e).into());
    path.map_or_else(|| Ok(GERMLINE.to_owned()), read)
}

/// Reads and checks everything that is named, and lets the stages plan. As long as the bundle lives,
/// nobody changes it.
pub(super) fn plans(args: &RunArgs, limits: Limits) -> Result<(Vec<CasePlan>, Bundle), Failure> {
    let named = Named::read(args)?;
    let plan = |case: &Case| named.plan(case.clone(), limits);
    let plans = named.cases.iter().map(plan).collect::<Result<_, _>>()?;
    Ok((plans, named.bundle))
}

/// What a command line names.
pub(super) struct Named {
    pipeline: Pipeline,
    /// The cases, in their order.
    pub(super) cases: Vec<Case>,
    /// The reference bundle, which nobody changes as long as this lives.
    pub(super) bundle: Bundle,
    /// The output folder, whatever folder others work in.
    pub(super) out: PathBuf,
}

impl Named {
    /// Reads and checks everything.
    pub(super) fn read(args: &RunArgs) -> Result<Self, Failure> {
        let pipeline = match &args.pipeline {
            Some(path) => Pipeline::read(path)?,
            None => Pipeline::parse(Path::new("germline.toml"), GERMLINE)?,
        };
        let cases = match (&args.case, &args.samplesheet) {
            (Some(path), _) => vec![file::read(&from_here(path)?)?],
            (None, Some(path)) => samplesheet::read(&from_here(path)?)?,
            (None, None) => {
                return Err(Failure::new(ErrorKind::Usage, "name a case file or a samplesheet"));
            }
        };
        let bundle = Bundle::open(from_here(&args.bundle.bundle)?)?;
        Ok(Self { pipeline, cases, bundle, out: from_here(&args.out)? })
    }

    /// Lets the stages plan a case; `limits` are what its tasks may use together.
    pub(super) fn plan(&self, case: Case, limits: Limits) -> Result<CasePlan, Failure> {
        plan_case(case, &self.bundle, &self.pipeline, &self.out, limits)
    }
}

fn plan_case(
    case: Case,
    bundle: &Bundle,
    pipeline: &Pipeline,
    out: &Path,
    limits: Limits,
) -> Result<CasePlan, Failure> {
    if !pipeline.kinds.contains(&case.kind) {
        let name =
            |kind| serde_json::to_value(kind).map_or_else(|e| e.to_string(), |v| v.to_string());
        let kinds: Vec<_> = pipeline.kinds.iter().map(name).collect();
        let reason = format!(
            "case {} is of the kind {}; the pipeline {:?} is for {}",
            case.id,
            name(&case.kind),
            pipeline.name,
            kinds.join(", ")
        );
        return Err(Failure::new(ErrorKind::Configuration, reason));
    }
    let layout = CaseLayout::new(out, &case.id);
    let mut tasks = Vec::new();
    for name in &pipeline.stages {
        let stage = stages::find(name).ok_or_else(|| {
            let reason = format!("pipeline {:?}: unknown stage {name:?}", pipeline.name);
            Failure::new(ErrorKind::Configuration, reason)
                .hint(format!("known stages are {}", stages::names().join(", ")))
        })?;
        let context = PlanContext { case: &case, bundle, layout: &layout, pipeline, limits };
        tasks.extend(stage.plan(&context)?);
    }
    Ok(CasePlan { case, layout, bundle_digest: bundle.digest().to_owned(), tasks })
}

/// Says how each case ended, and fails for the first reason there is.
fn conclude(plans: &[CasePlan], report: &RunReport, definition: Option<&str>) -> Outcome {
    let (mut missed, mut undescribed) = (None, None);
    for (plan, case) in plans.iter().zip(&report.cases) {
        progress::summary(&plan.layout, case);
        if let Some(definition) = definition
            && let Err(failure) = provenance::describe(&plan.layout, case.state, definition)
        {
            progress::warn(&failure.message);
            undescribed.get_or_insert(failure);
        }
        if case.state == CaseState::Succeeded {
            missed = missed.or(missed_gate(plan)?);
        }
    }
    match report.error_kind() {
        Some(ErrorKind::Interrupted) => Err(Failure::new(ErrorKind::Interrupted, "interrupted")
            .hint("run the same command again to resume")),
        Some(kind) => Err(first_failure(report, kind)),
        None => undescribed.or(missed).map_or(Ok(()), Err),
    }
}

fn first_failure(report: &RunReport, kind: ErrorKind) -> Failure {
    let failures = |case: &'_ CaseReport| case.failures.clone();
    let first = report.cases.iter().flat_map(failures).next();
    match first {
        None => Failure::new(kind, "the run failed"),
        Some(failure) => {
            let place = failure.task.map_or_else(String::new, |task| format!("task {task}: "));
            Failure {
                kind,
                message: format!("{place}{}", failure.failure.message),
                hint: failure.failure.hint,
            }
        }
    }
}

/// The quality gates of the case that were missed and whose level is `fail`.
pub(super) fn missed_gate(plan: &CasePlan) -> Result<Option<Failure>, Failure> {
    let path = plan.layout.gates();
    if !plan.tasks.iter().any(|task| task.outputs.iter().any(|output| output.path == path)) {
        return Ok(None);
    }
    let gates: qc::GateQc = qc::read(&path)?;
    let missed: Vec<String> = gates.failures().map(describe_check).collect();
    if missed.is_empty() {
        return Ok(None);
    }
    let case = &plan.case.id;
    Ok(Some(
        Failure::new(ErrorKind::QualityGate, format!("case {case}: {}", missed.join("; ")))
            .hint(format!("all outputs are written; see {}", plan.layout.report_html().display())),
    ))
}

fn describe_check(check: &qc::gate::Check) -> String {
    let value = check.value.map_or("not measured".to_owned(), |v| format!("{v:.4}"));
    let sample = check.sample.as_deref().unwrap_or("the case");
    format!("{} of {sample} is {value}, the limit {}", check.threshold, check.limit)
}
