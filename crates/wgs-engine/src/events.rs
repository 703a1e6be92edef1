//! What happens in a run, as it happens: `events.jsonl`, and whoever else listens.

use std::{
    collections::BTreeSet,
    fs::{File, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use wgs_core::CaseId;
use wgs_formats::{FileError, Result, output::ends_within_line};
use wgs_task::TaskId;

use crate::{
    Time,
    run_record::{CaseState, NotRunReason},
    runner::Failure,
};

/// Something that happened to a case. Written as one JSON object a line:
///
/// ```
/// use wgs_engine::{Event, Happening};
/// let line = r#"{"time":"2026-11-20T09:30:00.125Z","case":"C1",
///     "event":"task_progress","task":"reads.S1","done":5,"total":10}"#;
/// let event: Event = serde_json::from_str(line)?;
/// assert!(matches!(event.what, Happening::TaskProgress { done: 5, .. }));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub time: Time,
    /// To which case.
    pub case: CaseId,
    /// What.
    #[serde(flatten)]
    pub what: Happening,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Happening {
    /// An engine took up the case.
    RunStarted {
        /// The program, with its version.
        program: String,
        /// The engine's process id.
        pid: u32,
        /// The case's tasks.
        tasks: Vec<TaskId>,
    },
    /// A task will run and waits for its turn.
    TaskQueued {
        /// The task.
        task: TaskId,
        /// Why it runs.
        reason: String,
    },
    /// The process of a task runs.
    TaskStarted {
        /// The task.
        task: TaskId,
    },
    /// A task got further. The file holds at most one of these a second for each task.
    TaskProgress {
        /// The task.
        task: TaskId,
        /// Units of work that are done.
        done: u64,
        /// Of how many, where known.
        total: Option<u64>,
    },
    /// A task ended well and its outputs are verified.
    TaskFinished {
        /// The task.
        task: TaskId,
        /// Seconds that its process ran.
        wall_s: f64,
        /// Seconds of processor time.
        core_s: f64,
        /// Largest resident memory in bytes.
        max_rss_bytes: u64,
    },
    /// What a task promises was there already.
    TaskReused {
        /// The task.
        task: TaskId,
    },
    /// A task failed.
    TaskFailed {
        /// The task.
        task: TaskId,
        /// Why.
        #[serde(flatten)]
        failure: FailureEntry,
        /// Its log.
        log: PathBuf,
    },
    /// A task does not run.
    TaskNotRun {
        /// The task.
        task: TaskId,
        /// Why.
        #[serde(flatten)]
        reason: NotRunReason,
    },
    /// The engine is done with the case.
    RunFinished {
        /// How the case stands.
        state: CaseState,
        /// What failed apart from tasks.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        failure: Option<FailureEntry>,
    },
}

/// A [`Failure`] as files hold it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailureEntry {
    /// Name of its class.
    pub kind: String,
    /// [`ErrorKind::exit_code`](wgs_core::ErrorKind::exit_code) of its class.
    pub exit_code: u8,
    /// What happened.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl From<&Failure> for FailureEntry {
    fn from(failure: &Failure) -> Self {
        Self {
            kind: failure.kind.to_string(),
            exit_code: failure.kind.exit_code(),
            message: failure.message.clone(),
            hint: failure.hint.clone(),
        }
    }
}

/// Hears of everything that happens, in order, on the thread that called [`run`](crate::run).
pub trait Observer {
    /// Something happened.
    fn event(&mut self, event: &Event);

    /// Whether anything is made of what it hears, so that it is worth to find out more for it.
    fn listens(&self) -> bool {
        true
    }
}

/// Hears nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoObserver;

impl Observer for NoObserver {
    fn event(&mut self, _event: &Event) {}

    fn listens(&self) -> bool {
        false
    }
}

/// A file of events that is only ever added to.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
}

impl Journal {
    /// Opens a journal at its end; a line that a killed engine left unfinished is closed.
    pub(crate) fn open(path: PathBuf) -> Result<Self> {
        let open = || {
            let mut file = OpenOptions::new().create(true).read(true).append(true).open(&path)?;
            if ends_within_line(&file)? {
                file.write_all(b"\n")?;
            }
            Ok(file)
        };
        let file = open().map_err(|e| FileError::io(&path, e))?;
        Ok(Self { path, file })
    }

    /// Adds an event.
    pub(crate) fn add(&mut self, event: &Event) -> Result<()> {
        let mut line = serde_json::to_string(event)
            .map_err(|e| FileError::invalid(&self.path, e.to_string()))?;
        line.push('\n');
        self.file.write_all(line.as_bytes()).map_err(|e| FileError::io(&self.path, e))
    }

    /// Reads the events of a journal; lines that are not whole are left out.
    pub(crate) fn read(path: &Path) -> Result<Vec<Event>> {
        let bytes = std::fs::read(path).map_err(|e| FileError::io(path, e))?;
        let lines = bytes.split(|&b| b == b'\n');
        Ok(lines.filter_map(|line| serde_json::from_slice(line).ok()).collect())
    }
}

/// Adds the events of files about parts of a case to those of the case, in the order of time, and
/// removes the files. Where runs of parts begin and end is left out.
pub(crate) fn gather(parts: &BTreeSet<PathBuf>, into: &Path) -> Result<()> {
    let mut events = Vec::new();
    for part in parts.iter().filter(|part| part.exists()) {
        events.extend(Journal::read(part)?);
    }
    let is_own = |event: &Event| {
        matches!(event.what, Happening::RunStarted { .. } | Happening::RunFinished { .. })
    };
    events.retain(|event| !is_own(event));
    events.sort_by_key(|event| event.time);
    let mut journal = Journal::open(into.to_owned())?;
    events.iter().try_for_each(|event| journal.add(event))?;
    parts.iter().try_for_each(|part| crate::state::remove_file(part))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn started(task: &str) -> Event {
        Event {
            time: "2026-11-20T09:30:00.125Z".parse().unwrap(),
            case: "C1".parse().unwrap(),
            what: Happening::TaskStarted { task: TaskId::of_case(task) },
        }
    }

    #[test]
    fn a_torn_line_harms_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        Journal::open(path.clone()).unwrap().add(&started("a")).unwrap();
        let mut text = fs::read(&path).unwrap();
        text.extend_from_slice(br#"{"time":"2026-"#);
        wgs_formats::output::write(&path, text).unwrap();
        Journal::open(path.clone()).unwrap().add(&started("b")).unwrap();
        assert_eq!(Journal::read(&path).unwrap(), [started("a"), started("b")]);
    }

    #[test]
    fn lines_are_flat() {
        let mut event = started("a");
        let failure = Failure::new(wgs_core::ErrorKind::Truncated, "ends early");
        event.what = Happening::TaskFailed {
            task: TaskId::of_case("a"),
            failure: FailureEntry::from(&failure),
            log: "a.log".into(),
        };
        assert_eq!(
            serde_json::to_value(&event).unwrap(),
            serde_json::json!({
                "time": "2026-11-20T09:30:00.125Z", "case": "C1", "event": "task_failed",
                "task": "a", "kind": "truncated input", "exit_code": 7,
                "message": "ends early", "hint": null, "log": "a.log",
            })
        );
    }
}
