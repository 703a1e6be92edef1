//! Cases of a small pipeline, and ways to run them.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use wgs_core::{CaseId, Sex};
use wgs_engine::{
    CasePlan, Event, Observer, Processes, Program, RunOptions, RunRecord, RunReport, Stop,
    TaskStatus,
};
use wgs_formats::output;
use wgs_task::{
    Case, CaseLayout, Input, Limits, Output, Resources, TaskId, TaskSpec,
    case::{CaseKind, Role, Sample},
};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_wgs-engine-test-program");

/// A folder with inputs, outputs, and instructions for tasks.
pub(crate) struct Fixture {
    folder: tempfile::TempDir,
    pub(crate) limits: Limits,
}

/// Keeps all events.
#[derive(Default)]
pub(crate) struct Events(pub(crate) Vec<Event>);

impl Observer for Events {
    fn event(&mut self, event: &Event) {
        self.0.push(event.clone());
    }
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let fixture = Self {
            folder: tempfile::tempdir().unwrap(),
            limits: Limits { threads: 4, memory_bytes: 100 },
        };
        for name in ["in", "control", "bundle"] {
            output::create_folder(&fixture.path(name)).unwrap();
        }
        fixture
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes an input.
    pub(crate) fn input(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path("in").join(name);
        output::write(&path, text).unwrap();
        path
    }

    /// Tells a task how to behave from now on.
    pub(crate) fn control(&self, task: &str, behaviour: &Value) {
        output::write_json(&self.path("control").join(task), behaviour).unwrap();
    }

    /// Lets all tasks behave again.
    pub(crate) fn release(&self) {
        // Tasks that are dying may still write there.
        while let Err(e) = fs::remove_dir_all(self.path("control")) {
            assert_eq!(e.kind(), std::io::ErrorKind::DirectoryNotEmpty, "{e}");
        }
        output::create_folder(&self.path("control")).unwrap();
    }

    /// What tasks wrote about themselves: id, `begin` or `end`, threads, memory.
    pub(crate) fn trace(&self) -> Vec<Vec<String>> {
        let text = fs::read_to_string(self.path("control/trace")).unwrap_or_default();
        text.lines().map(|line| line.split(' ').map(str::to_owned).collect()).collect()
    }

    pub(crate) fn task(&self, id: &str, inputs: &[(&str, PathBuf)], outputs: &[&Path]) -> TaskSpec {
        let input = |(name, path): &(&str, PathBuf)| Input::file(*name, path);
        let output = |path: &&Path| {
            let name = path.file_name().and_then(OsStr::to_str).unwrap();
            Output::new(name.split_once('.').unwrap().1, *path)
        };
        TaskSpec {
            id: TaskId::of_case(id),
            stage: id.split('.').next().unwrap().into(),
            params: json!({"salt": 1, "nested": {"a": 1}, "control": self.path("control")}),
            tools: BTreeMap::from([("mixer".into(), "1.0".into())]),
            inputs: inputs.iter().map(input).collect(),
            outputs: outputs.iter().map(output).collect(),
            resources: Resources { threads: 1, memory_bytes: 10 },
        }
    }

    pub(crate) fn plan(&self, case: &str, tasks: Vec<TaskSpec>) -> CasePlan {
        let id: CaseId = case.parse().unwrap();
        let sample = Sample {
            id: "S1".parse().unwrap(),
            role: Role::Proband,
            sex: Sex::Female,
            affected: None,
            phenotypes: Vec::new(),
            read_groups: Vec::new(),
        };
        CasePlan {
            layout: CaseLayout::new(&self.path("out"), &id),
            case: Case {
                id,
                kind: CaseKind::Germline,
                samples: vec![sample],
                clinical: Default::default(),
            },
            bundle_digest: "bundle".into(),
            tasks,
        }
    }

    /// Reads and their QC, calls, and a report of all, from two inputs and a bundle.
    pub(crate) fn case(&self, case: &str) -> CasePlan {
        let inputs = ["r1", "r2"].map(|name| {
            let path = self.path(&format!("in/{case}.{name}"));
            if !path.exists() {
                output::write(&path, format!("reads {name} of {case}")).unwrap();
            }
            (name, path)
        });
        let out = self.path("out").join(case);
        let file = |name: &str| out.join(name);
        let (cram, crai) = (file("reads/S1.cram"), file("reads/S1.cram.crai"));
        let (qc, vcf) = (file("qc/S1.fastq.json"), file("variants/C.vcf.gz"));
        let html = file("report/report.html");
        let mut reads = self.task("reads.S1", &inputs, &[&cram, &crai]);
        reads.inputs.push(Input {
            name: "bundle".into(),
            path: self.path("bundle"),
            digest: Some("bundle-1".into()),
        });
        let tasks = vec![
            reads,
            self.task("qc.S1", &inputs, &[&qc]),
            self.task("call", &[("cram", cram), ("crai", crai)], &[&vcf]),
            self.task("report", &[("vcf", vcf), ("qc", qc)], &[&html]),
        ];
        self.plan(case, tasks)
    }

    pub(crate) fn options(&self) -> RunOptions {
        RunOptions {
            limits: self.limits,
            program: "test 1".into(),
            stop: Stop::default(),
            scratch: None,
        }
    }

    pub(crate) fn run(&self, cases: &[CasePlan]) -> RunReport {
        self.run_observed(cases).0
    }

    pub(crate) fn run_observed(&self, cases: &[CasePlan]) -> (RunReport, Vec<Event>) {
        let mut events = Events::default();
        let runner = Processes::new(Program::new(PROGRAM));
        let report = wgs_engine::run(cases, &self.options(), &runner, &mut events).unwrap();
        (report, events.0)
    }

    /// Runs, and demands success.
    pub(crate) fn complete(&self, cases: &[CasePlan]) -> RunReport {
        let report = self.run(cases);
        assert_eq!(report.error_kind(), None, "{report:#?}");
        report
    }

    /// Starts an engine in a process of its own.
    pub(crate) fn engine(&self, cases: &[CasePlan]) -> Child {
        let cases: Vec<_> = cases.iter().map(|plan| (&plan.case, &plan.tasks)).collect();
        let order = json!({
            "out": self.path("out"), "cases": cases,
            "threads": self.limits.threads, "memory_bytes": self.limits.memory_bytes,
        });
        let path = self.path("order.json");
        output::write_json(&path, &order).unwrap();
        Command::new(PROGRAM).arg("engine").arg(path).stdout(Stdio::null()).spawn().unwrap()
    }

    /// Every file below the output folder but what tells of the runs themselves.
    pub(crate) fn results(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let own = |path: &Path| {
            path.components().any(|c| c.as_os_str() == ".wgs-pipe")
                || ["run.json", "events.jsonl"].iter().any(|name| path.ends_with(name))
        };
        let files = files(&self.path("out")).into_iter().filter(|path| !own(path));
        files.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
    }

    /// Whatever is left of unfinished writing.
    pub(crate) fn partials(&self) -> Vec<String> {
        let files = files(&self.path("out")).into_iter();
        let names = files.map(|path| path.to_string_lossy().into_owned());
        names.filter(|name| name.contains("partial-")).collect()
    }

    /// What became of the tasks of a case in its last run, in the order of the plan.
    pub(crate) fn statuses(&self, case: &str) -> Vec<&'static str> {
        let name = |status: &TaskStatus| match status {
            TaskStatus::Ran { .. } => "ran",
            TaskStatus::Reused { .. } => "reused",
            TaskStatus::Failed { .. } => "failed",
            TaskStatus::NotRun { .. } => "not run",
        };
        self.record(case).tasks.iter().map(|task| name(&task.status)).collect()
    }

    pub(crate) fn record(&self, case: &str) -> RunRecord {
        RunRecord::read(&self.layout(case)).unwrap()
    }

    pub(crate) fn layout(&self, case: &str) -> CaseLayout {
        CaseLayout::new(&self.path("out"), &case.parse().unwrap())
    }

    /// Processes of this fixture's tasks that are alive.
    pub(crate) fn processes(&self) -> BTreeSet<i32> {
        let needle = self.folder.path().to_string_lossy().into_owned();
        let alive = |pid: &i32| {
            let command = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            let command = String::from_utf8_lossy(&command).into_owned();
            command.contains(&needle) && command.contains("task\0")
        };
        let entries = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
        entries.filter_map(|e| e.file_name().to_str()?.parse().ok()).filter(alive).collect()
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok) {
        match entry.path() {
            path if path.is_dir() => files.extend(self::files(&path)),
            path => files.push(path),
        }
    }
    files.sort();
    files
}

/// Waits until something holds.
pub(crate) fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(60), "{what} did not come");
        std::thread::sleep(Duration::from_millis(5));
    }
}
