//! What a task costs beside its own process, on this machine.

use std::{env, path::Path, time::Instant};

use serde::Serialize;
use serde_json::json;
use wgs_core::Sex;
use wgs_engine::{
    CasePlan, Event, Happening, Observer, Processes, Program, RunOptions, Stop,
    protocol::{self, ENGINE_VARIABLE},
};
use wgs_formats::output;
use wgs_task::{
    Case, CaseLayout, Limits, Output, Resources, TaskId, TaskSpec,
    case::{CaseKind, Role, Sample},
};

use crate::{
    Error,
    bench::{
        folder,
        process::{Pipeline, command, median},
        target::Target,
    },
};

/// How often both are measured.
const REPEATS: usize = 5;
/// Name of the stage that the tasks are of.
const STAGE: &str = "nothing";

/// What was measured.
#[derive(Serialize)]
pub(super) struct Figures {
    tasks: usize,
    /// Milliseconds a task takes in a run, by repeat.
    engine_ms: Vec<f64>,
    /// Of these, what its process takes.
    process_ms: Vec<f64>,
    /// Milliseconds that the same process takes in a loop of the shell.
    shell_ms: Vec<f64>,
}

impl Figures {
    pub(super) fn targets(&self) -> Vec<Target> {
        let overhead = self.overhead_ms();
        vec![Target::at_most("a task beside its own process", overhead, 50.0, " ms")]
    }

    fn overhead_ms(&self) -> f64 {
        median(self.engine_ms.clone()) - median(self.process_ms.clone())
    }

    pub(super) fn text(&self) -> String {
        format!(
            "{} tasks one after the other, each of which writes one file: {:.1} ms a task, {:.1} ms \
             of them its process; overhead {:.1} ms (medians of {REPEATS}). The same processes in a \
             loop of the shell: {:.1} ms each, without digests, records or events.\n\n",
            self.tasks,
            median(self.engine_ms.clone()),
            median(self.process_ms.clone()),
            self.overhead_ms(),
            median(self.shell_ms.clone()),
        )
    }
}

/// Adds up how long processes ran.
#[derive(Default)]
struct Processed {
    wall_s: f64,
}

impl Observer for Processed {
    fn event(&mut self, event: &Event) {
        if let Happening::TaskFinished { wall_s, .. } = &event.what {
            self.wall_s += wall_s;
        }
    }
}

pub(super) fn measure(tasks: usize, room: &Path) -> Result<Figures, Error> {
    let own = env::current_exe()?;
    let mut figures =
        Figures { tasks, engine_ms: Vec::new(), process_ms: Vec::new(), shell_ms: Vec::new() };
    let each = |seconds: f64| seconds * 1e3 / tasks as f64;
    for _ in 0..REPEATS {
        let out = folder::fresh(room)?;
        let plan = plan(tasks, &out)?;
        let options = RunOptions {
            limits: Limits { threads: 1, memory_bytes: 1 << 30 },
            program: "xtask".into(),
            stop: Stop::default(),
            scratch: None,
        };
        let runner = Processes::new(Program::new(&own));
        let mut processed = Processed::default();
        let clock = Instant::now();
        let report = wgs_engine::run(&[plan], &options, &runner, &mut processed)?;
        figures.engine_ms.push(each(clock.elapsed().as_secs_f64()));
        figures.process_ms.push(each(processed.wall_s));
        if report.error_kind().is_some() {
            return Err(format!("{:?}", report.cases).into());
        }
        let script = "for spec in \"$1\"/out/C/.wgs-pipe/specs/*; do \"$0\" task nothing --spec \"$spec\"; done";
        let mut loop_of_shell = command("sh", ["-c", script]);
        loop_of_shell.arg(&own).arg(&out).env_remove(ENGINE_VARIABLE);
        let used = Pipeline::new(out.join("loop.log"), [loop_of_shell]).run()?;
        figures.shell_ms.push(each(used.wall_s));
    }
    Ok(figures)
}

fn plan(tasks: usize, room: &Path) -> Result<CasePlan, Error> {
    let layout = CaseLayout::new(&room.join("out"), &"C".parse()?);
    let folder = layout.folder().join("made");
    let task = |number: usize| TaskSpec {
        id: TaskId::of_case(&format!("{STAGE}.{number}")),
        stage: STAGE.into(),
        params: json!({ "number": number }),
        tools: Default::default(),
        inputs: Vec::new(),
        outputs: vec![Output::new("file", folder.join(number.to_string()))],
        resources: Resources { threads: 1, memory_bytes: 1 << 20 },
    };
    let sample = Sample {
        id: "S".parse()?,
        role: Role::Proband,
        sex: Sex::Unknown,
        affected: None,
        phenotypes: Vec::new(),
        read_groups: Vec::new(),
    };
    let case = Case {
        id: "C".parse()?,
        kind: CaseKind::Germline,
        samples: vec![sample],
        clinical: Default::default(),
    };
    Ok(CasePlan {
        case,
        layout,
        bundle_digest: String::new(),
        tasks: (0..tasks).map(task).collect(),
    })
}

/// What each of the tasks does: one small file.
pub(crate) fn run_task(spec: &Path) -> Result<String, Error> {
    let spec = protocol::read_spec(spec)?;
    output::write(spec.output("file")?, spec.params.to_string())?;
    Ok(String::new())
}
