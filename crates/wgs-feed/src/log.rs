//! Log events in the fields of the Elastic Common Schema.

use std::path::Path;

use serde::Serialize;
use wgs_core::ErrorKind;
use wgs_engine::{
    CaseState, Event, Happening, Observer, Time, events::FailureEntry, run_record::NotRunReason,
};
use wgs_formats::Result;
use wgs_task::TaskId;

use crate::{Ids, Names, lines::Lines};

/// Version of the Elastic Common Schema whose fields are used.
const ECS_VERSION: &str = "8.11.0";

/// Writes what happens as JSON lines in the fields of the
/// [Elastic Common Schema](https://www.elastic.co/guide/en/ecs/8.11/index.html), with dots in their
/// names as the [logging specification](https://github.com/elastic/ecs-logging) has them; what is of
/// this domain is below `wgs`.
///
/// Lines hold names of stages, ids of cases and samples (or their [hashes](Ids)), classes of errors
/// and measurements, and nothing else: no messages, hints, reasons, paths or parameters. Progress
/// within a task is left out.
pub struct LogEvents {
    service: (String, String),
    run: String,
    host: String,
    names: Names,
    ids: Ids,
    sequence: u64,
    lines: Lines,
}

/// One line.
#[derive(Default, Serialize)]
struct Record<'a> {
    #[serde(rename = "@timestamp")]
    timestamp: Option<Time>,
    #[serde(rename = "log.level")]
    level: &'static str,
    message: &'static str,
    #[serde(rename = "ecs.version")]
    ecs: &'static str,
    #[serde(rename = "event.kind")]
    kind: &'static str,
    #[serde(rename = "event.category")]
    category: [&'static str; 1],
    #[serde(rename = "event.type")]
    types: [&'static str; 1],
    #[serde(rename = "event.action")]
    action: &'static str,
    #[serde(rename = "event.outcome", skip_serializing_if = "Option::is_none")]
    outcome: Option<&'static str>,
    #[serde(rename = "event.sequence")]
    sequence: u64,
    /// Nanoseconds.
    #[serde(rename = "event.duration", skip_serializing_if = "Option::is_none")]
    duration: Option<u64>,
    #[serde(rename = "event.dataset")]
    dataset: &'static str,
    #[serde(rename = "service.name")]
    service: &'a str,
    #[serde(rename = "service.version")]
    version: &'a str,
    #[serde(rename = "process.pid")]
    pid: u32,
    #[serde(rename = "host.name")]
    host: &'a str,
    #[serde(rename = "error.code", skip_serializing_if = "Option::is_none")]
    error_code: Option<String>,
    #[serde(rename = "error.type", skip_serializing_if = "Option::is_none")]
    error_type: Option<String>,
    #[serde(rename = "wgs.run")]
    run: &'a str,
    #[serde(rename = "wgs.case")]
    case: String,
    #[serde(rename = "wgs.task", skip_serializing_if = "Option::is_none")]
    task: Option<String>,
    #[serde(rename = "wgs.stage", skip_serializing_if = "Option::is_none")]
    stage: Option<String>,
    #[serde(rename = "wgs.sample", skip_serializing_if = "Option::is_none")]
    sample: Option<String>,
    #[serde(rename = "wgs.tasks", skip_serializing_if = "Option::is_none")]
    tasks: Option<usize>,
    #[serde(rename = "wgs.reason", skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(rename = "wgs.core_seconds", skip_serializing_if = "Option::is_none")]
    core_s: Option<f64>,
    #[serde(rename = "wgs.max_rss_bytes", skip_serializing_if = "Option::is_none")]
    max_rss_bytes: Option<u64>,
}

impl LogEvents {
    /// Adds to a file, or writes to standard output where the path is `-`. `program` is its name
    /// and version, `run` names the run.
    ///
    /// # Errors
    ///
    /// A file that cannot be opened. What goes wrong later, [`LogEvents::problem`] tells.
    pub fn open(path: &Path, program: &str, run: &str, names: Names, ids: Ids) -> Result<Self> {
        let is_stdout = path.as_os_str() == "-";
        let lines = if is_stdout { Lines::stdout() } else { Lines::append(path)? };
        let (name, version) = program.split_once(' ').unwrap_or((program, ""));
        let service = (name.to_owned(), version.to_owned());
        Ok(Self { service, run: run.to_owned(), host: host(), names, ids, sequence: 0, lines })
    }

    /// What went wrong first, if lines are missing.
    pub fn problem(&self) -> Option<&str> {
        self.lines.problem()
    }

    fn record<'a>(&'a self, event: &'a Event) -> Option<Record<'a>> {
        let mut record = of(&event.what)?;
        record.timestamp = Some(event.time);
        record.ecs = ECS_VERSION;
        record.kind = "event";
        record.category = ["process"];
        record.sequence = self.sequence + 1;
        record.dataset = "wgs-pipe.run";
        (record.service, record.version) = (&self.service.0, &self.service.1);
        record.pid = std::process::id();
        record.host = &self.host;
        record.run = &self.run;
        record.case = self.ids.case(&event.case);
        if let Some(task) = task_of(&event.what) {
            let place = self.names.place(&event.case, task);
            record.task = Some(self.ids.task(place));
            record.stage = Some(place.stage.to_owned());
            record.sample = place.sample.map(|sample| self.ids.sample(sample));
        }
        Some(record)
    }
}

impl Observer for LogEvents {
    fn event(&mut self, event: &Event) {
        let Some(record) = self.record(event) else { return };
        let line = serde_json::to_string(&record).expect("text and numbers are always JSON");
        self.sequence += 1;
        self.lines.add(&line);
    }
}

/// What depends on what happened; nothing for progress.
fn of<'a>(what: &Happening) -> Option<Record<'a>> {
    let record = |action, message, kind: &'static str| Record {
        action,
        message,
        level: "info",
        types: [kind],
        ..Record::default()
    };
    Some(match what {
        Happening::RunStarted { tasks, .. } => {
            Record { tasks: Some(tasks.len()), ..record("run-started", "case taken up", "start") }
        }
        Happening::TaskQueued { .. } => record("task-queued", "task waits for its turn", "info"),
        Happening::TaskStarted { .. } => record("task-started", "task started", "start"),
        Happening::TaskProgress { .. } => return None,
        Happening::TaskFinished { wall_s, core_s, max_rss_bytes, .. } => Record {
            outcome: Some("success"),
            duration: Some((wall_s.max(0.0) * 1e9) as u64),
            core_s: Some(*core_s),
            max_rss_bytes: Some(*max_rss_bytes),
            ..record("task-finished", "task ended, outputs verified", "end")
        },
        Happening::TaskReused { .. } => Record {
            outcome: Some("success"),
            ..record("task-reused", "outputs were there already", "info")
        },
        Happening::TaskFailed { failure, .. } => {
            failed(record("task-failed", "task failed", "error"), failure)
        }
        Happening::TaskNotRun { reason, .. } => Record {
            level: "warn",
            outcome: Some("unknown"),
            reason: Some(match reason {
                NotRunReason::Upstream { .. } => "upstream",
                NotRunReason::Interrupted => "interrupted",
                NotRunReason::CaseFailed => "case-failed",
                NotRunReason::Elsewhere => "elsewhere",
            }),
            ..record("task-not-run", "task does not run", "info")
        },
        Happening::RunFinished { state, failure } => {
            let ended = record("run-finished", "done with the case", "end");
            match (state, failure) {
                (CaseState::Succeeded, _) => Record { outcome: Some("success"), ..ended },
                (CaseState::Interrupted, _) => Record {
                    level: "warn",
                    outcome: Some("unknown"),
                    reason: Some("interrupted"),
                    ..ended
                },
                (CaseState::Failed, Some(failure)) => failed(ended, failure),
                (CaseState::Failed, None) => {
                    Record { level: "error", outcome: Some("failure"), ..ended }
                }
            }
        }
    })
}

fn task_of(what: &Happening) -> Option<&TaskId> {
    match what {
        Happening::TaskQueued { task, .. }
        | Happening::TaskStarted { task }
        | Happening::TaskProgress { task, .. }
        | Happening::TaskFinished { task, .. }
        | Happening::TaskReused { task }
        | Happening::TaskFailed { task, .. }
        | Happening::TaskNotRun { task, .. } => Some(task),
        Happening::RunStarted { .. } | Happening::RunFinished { .. } => None,
    }
}

/// The class of a failure, by its exit code, never its words.
fn failed<'a>(record: Record<'a>, failure: &FailureEntry) -> Record<'a> {
    Record {
        level: "error",
        outcome: Some("failure"),
        error_code: Some(failure.exit_code.to_string()),
        error_type: ErrorKind::from_exit_code(failure.exit_code).map(|kind| kind.to_string()),
        ..record
    }
}

fn host() -> String {
    wgs_engine::machine::name().unwrap_or_else(|| "unknown".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Secret, ids::tests::case};
    use serde_json::{Value, json};

    const MARKER: &str = "Erika";

    fn failure() -> FailureEntry {
        FailureEntry {
            kind: MARKER.into(),
            exit_code: 7,
            message: format!("{MARKER} record 3"),
            hint: Some(MARKER.into()),
        }
    }

    /// One event of every kind, whose free texts hold the marker.
    fn events() -> Vec<Event> {
        let task = || TaskId::of_sample("reads", &"S1".parse().unwrap());
        let upstream = NotRunReason::Upstream { upstream: TaskId::of_case("joint") };
        let happenings = vec![
            Happening::RunStarted { program: MARKER.into(), pid: 7, tasks: vec![task()] },
            Happening::TaskQueued { task: task(), reason: format!("/in/{MARKER}.fq changed") },
            Happening::TaskStarted { task: task() },
            Happening::TaskProgress { task: task(), done: 1, total: None },
            Happening::TaskFinished { task: task(), wall_s: 1.5, core_s: 2.5, max_rss_bytes: 9 },
            Happening::TaskReused { task: task() },
            Happening::TaskFailed {
                task: task(),
                failure: failure(),
                log: format!("/out/{MARKER}.log").into(),
            },
            Happening::TaskNotRun { task: TaskId::of_case("report"), reason: upstream },
            Happening::RunFinished { state: CaseState::Failed, failure: Some(failure()) },
            Happening::RunFinished { state: CaseState::Interrupted, failure: None },
            Happening::RunFinished { state: CaseState::Succeeded, failure: None },
        ];
        let time = "2026-11-20T09:30:00.125Z".parse().unwrap();
        let event = |what| Event { time, case: "C1".parse().unwrap(), what };
        happenings.into_iter().map(event).collect()
    }

    fn lines(ids: Ids) -> (String, Vec<Value>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let names = Names::of(&[case("C1", &["S1"])]);
        let mut log = LogEvents::open(&path, "wgs-pipe 0.1.0", "r1", names, ids).unwrap();
        for event in events() {
            log.event(&event);
        }
        assert_eq!(log.problem(), None);
        let text = std::fs::read_to_string(&path).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        (text, lines)
    }

    #[test]
    fn events_have_the_fields_of_the_schema() {
        let (_, lines) = lines(Ids::Plain);
        assert_eq!(lines.len(), 10, "progress is left out");
        let finished = &lines[3];
        assert_eq!(
            *finished,
            json!({
                "@timestamp": "2026-11-20T09:30:00.125Z", "log.level": "info",
                "message": "task ended, outputs verified", "ecs.version": "8.11.0",
                "event.kind": "event", "event.category": ["process"], "event.type": ["end"],
                "event.action": "task-finished", "event.outcome": "success", "event.sequence": 4,
                "event.duration": 1_500_000_000_u64, "event.dataset": "wgs-pipe.run",
                "service.name": "wgs-pipe", "service.version": "0.1.0",
                "process.pid": std::process::id(), "host.name": host(), "wgs.run": "r1",
                "wgs.case": "C1", "wgs.task": "reads.S1", "wgs.stage": "reads",
                "wgs.sample": "S1", "wgs.core_seconds": 2.5, "wgs.max_rss_bytes": 9,
            })
        );
        let failed = &lines[5];
        assert_eq!(failed["error.code"], "7");
        assert_eq!(failed["error.type"], "truncated input");
        assert_eq!(failed["event.outcome"], "failure");
        assert_eq!(lines[6]["wgs.reason"], "upstream");
        let outcomes: Vec<_> = lines[7..].iter().map(|line| &line["event.outcome"]).collect();
        assert_eq!(outcomes, ["failure", "unknown", "success"]);
    }

    #[test]
    fn no_free_text_gets_in() {
        let (text, _) = lines(Ids::Plain);
        assert!(
            !text.contains(MARKER) && !text.contains("/in/") && !text.contains("HP:"),
            "{text}"
        );
    }

    #[test]
    fn hashed_ids_are_not_told_but_stay_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        wgs_formats::output::write(&path, "0123456789abcdef").unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(&path, mode).unwrap();
        let ids = Ids::Hashed(Secret::read(&path).unwrap());
        let (text, lines) = lines(ids);
        assert!(!text.contains("C1") && !text.contains("S1"), "{text}");
        let sample = lines[1]["wgs.sample"].as_str().unwrap();
        assert_eq!(sample.len(), 32);
        assert_eq!(lines[1]["wgs.task"], format!("reads.{sample}"));
        assert!(lines.iter().all(|line| line["wgs.case"] == lines[0]["wgs.case"]));
    }
}
