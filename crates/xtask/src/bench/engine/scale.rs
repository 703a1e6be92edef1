//! What the controller of a run over many machines costs as cases become more: cases that only
//! pretend to run, in a time of their own.

use std::{
    env, fs,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use wgs_core::Sex;
use wgs_engine::{
    CasePlan, NoObserver, Stop,
    cluster::{
        ByLimits, Caps, ControlOptions, Crew, ExecutorOptions, Grain, JobLimits, LocalOptions,
        Mode, ProgramFile, RequestOptions, Retries, RunFiles, RunStatus, Submission, World,
        control, read_journal,
        simulation::{Course, SimulatedWorld, Simulation},
    },
};
use wgs_task::{
    Case, CaseLayout, Input, Output, Resources, TaskId, TaskSpec,
    case::{CaseKind, Role, Sample},
};

use crate::{
    Error,
    bench::{folder, say, target::Target},
};

/// Tasks of a case, each of which reads what the one before made.
const TASKS: usize = 4;
/// Jobs that wait or run at one time.
const JOBS: usize = 5000;
const ARRAY: usize = 1000;
/// By how much a figure may grow from the fewest cases to the most.
const FLAT: f64 = 1.5;

/// What was measured with one number of cases.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Figures {
    cases: usize,
    grain: Grain,
    units: usize,
    /// Seconds of processor time of the controller and of the simulated executor with its files.
    control_s: f64,
    /// Resident memory that both took beyond what was there, in bytes.
    control_bytes: f64,
    /// Lines of the journal.
    lines: usize,
    /// Seconds to read them and know how all stands.
    replay_s: f64,
    /// Days that passed meanwhile.
    days: f64,
}

impl Figures {
    fn row(&self) -> String {
        let Self { cases, grain, units, control_s, control_bytes, lines, replay_s, days } = self;
        let per_case = 1e3 * control_s / *cases as f64;
        let bytes = control_bytes / *cases as f64;
        format!(
            "| {cases} | {grain:?} | {units} | {per_case:.2} | {bytes:.0} | {:.0} | {lines} | \
             {replay_s:.2} | {days:.0} |\n",
            control_bytes / *units as f64
        )
    }
}

pub(super) fn text(figures: &[Figures]) -> String {
    let rows: String = figures.iter().map(Figures::row).collect();
    format!(
        "Simulated cases of {TASKS} tasks; the simulated executor's own time and memory count in.\n\n\
         | cases | a job does a | units | CPU ms/case | bytes/case | bytes/unit | journal lines | \
         replay s | simulated days |\n|--:|---|--:|--:|--:|--:|--:|--:|--:|\n{rows}\n"
    )
}

/// That the most cases cost no more each than the fewest did.
pub(super) fn targets(figures: &[Figures]) -> Vec<Target> {
    let mut targets = Vec::new();
    for grain in [Grain::Case, Grain::Task] {
        let of: Vec<&Figures> = figures.iter().filter(|f| f.grain == grain).collect();
        let (Some(first), Some(last)) = (of.first(), of.last()) else { continue };
        let growth = |of: fn(&Figures) -> f64| {
            (of(last) / last.cases as f64) / (of(first) / first.cases as f64)
        };
        let (from, to) = (first.cases, last.cases);
        let what = |what: &str| format!("{what} per case, {to} beside {from} cases, {grain:?}");
        targets.push(Target::at_most(what("time"), growth(|f| f.control_s), FLAT, "x"));
        targets.push(Target::at_most(what("memory"), growth(|f| f.control_bytes), FLAT, "x"));
    }
    targets
}

/// Measures each number of cases in a process of its own.
pub(super) fn measure(cases: &[usize], room: &Path) -> Result<Vec<Figures>, Error> {
    let mut all = Vec::new();
    for grain in ["case", "task"] {
        for cases in cases {
            say(&format!("{cases} cases, jobs of a {grain}"));
            let out = folder::fresh(room)?;
            let mut command = Command::new(env::current_exe()?);
            command.args(["simulate-cases", grain]).arg(cases.to_string()).arg(&out);
            let output = command.output()?;
            fs::remove_dir_all(&out)?;
            if !output.status.success() {
                return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
            }
            all.push(serde_json::from_slice(&output.stderr)?);
        }
    }
    Ok(all)
}

/// Takes so many cases through a simulated cluster; the figures, as JSON.
pub(crate) fn simulate(grain: &str, cases: usize, out: &Path) -> Result<String, Error> {
    let grain = if grain == "task" { Grain::Task } else { Grain::Case };
    submit(grain, cases, out)?;
    let world = SimulatedWorld::default();
    let script = |_: &_, _| Course::good(Duration::from_secs(3600));
    let mut executor = Simulation::new(&world, JOBS / 5, ARRAY, Box::new(script));
    let options = ControlOptions {
        out: out.to_owned(),
        mode: Mode::Detached,
        program: "xtask".into(),
        stop: Stop::default(),
    };
    let (bytes, seconds) = (memory("VmRSS:")?, processor_s()?);
    let crew = Crew {
        executor: &mut executor,
        estimates: &ByLimits,
        world: &world,
        observer: &mut NoObserver,
    };
    let report = control(&options, None, crew)?;
    if report.done != cases {
        return Err(format!("{} of {cases} cases are done", report.done).into());
    }
    let (control_s, control_bytes) = (processor_s()? - seconds, memory("VmHWM:")? - bytes);
    let mut lines = 0;
    read_journal(&RunFiles::of(out).journal(), |_| lines += 1)?;
    let clock = Instant::now();
    let status = RunStatus::read(out)?;
    let replay_s = clock.elapsed().as_secs_f64();
    let units = status.cases.iter().map(|case| case.units).sum();
    let days = world.now().as_secs_f64() / 86400.0;
    let figures = Figures { cases, grain, units, control_s, control_bytes, lines, replay_s, days };
    Ok(serde_json::to_string(&figures)?)
}

/// A figure of `/proc/self/status`, in bytes.
fn memory(name: &str) -> Result<f64, Error> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)).ok_or("no such figure")?;
    let kib: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib * 1024.0)
}

/// Seconds of processor time of this process so far.
fn processor_s() -> Result<f64, Error> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> =
        stat[stat.rfind(')').ok_or("no name")? + 1..].split_whitespace().collect();
    let ticks: f64 = fields[11].parse::<f64>()? + fields[12].parse::<f64>()?;
    // The kernel tells them in hundredths of a second on every machine.
    Ok(ticks / 100.0)
}

fn submit(grain: Grain, cases: usize, out: &Path) -> Result<(), Error> {
    let job = JobLimits { threads: 1, memory_bytes: 1 << 30, wall_s: 7200 };
    let mut submission = Submission::begin(out, grain, job.for_tasks(), &Stop::default())?;
    for number in 0..cases {
        submission.check(&plan(number, out)?)?;
    }
    for number in 0..cases {
        submission.write(&plan(number, out)?)?;
    }
    submission.finish(RequestOptions {
        program: ProgramFile { path: "p".into(), sha256: String::new(), version: "1".into() },
        source: None,
        executor: ExecutorOptions::Local(LocalOptions { threads: 1, memory_bytes: 1 }),
        grain,
        job,
        caps: Caps { memory_bytes: 1 << 30, wall_s: 7200, jobs: JOBS },
        retries: Retries::default(),
        scratch: None,
        foreseen: Default::default(),
        needs: None,
        verify: false,
    })?;
    Ok(())
}

fn plan(number: usize, out: &Path) -> Result<CasePlan, Error> {
    let id: wgs_core::CaseId = format!("C{number}").parse()?;
    let layout = CaseLayout::new(out, &id);
    let file = |task: usize| layout.folder().join(format!("made/{task}"));
    let task = |task: usize| TaskSpec {
        id: TaskId::of_case(&format!("task.{task}")),
        stage: format!("task{task}"),
        params: serde_json::json!({ "number": task }),
        tools: Default::default(),
        inputs: match task {
            0 => Vec::new(),
            _ => vec![Input::file("made", file(task - 1))],
        },
        outputs: vec![Output::new("made", file(task))],
        resources: Resources { threads: 1, memory_bytes: 1 << 20 },
    };
    let tasks = (0..TASKS).map(task).collect();
    let sample = Sample {
        id: "S".parse()?,
        role: Role::Proband,
        sex: Sex::Unknown,
        affected: None,
        phenotypes: Vec::new(),
        read_groups: Vec::new(),
    };
    let (kind, samples) = (CaseKind::Germline, vec![sample]);
    let case = Case { id, kind, samples, clinical: Default::default() };
    Ok(CasePlan { case, layout, bundle_digest: String::new(), tasks })
}
