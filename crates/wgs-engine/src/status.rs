//! How cases stand, read from what their runs wrote; nothing is changed, and nobody is disturbed.

use std::{collections::BTreeMap, fs, path::Path};

use serde::{Deserialize, Serialize};
use wgs_core::CaseId;
use wgs_formats::{FileError, Result};
use wgs_task::{CaseLayout, TaskId};

use crate::{
    CaseState, Happening, Time,
    events::{Event, FailureEntry, Journal},
    lock,
    state::StateFolder,
};

/// How a case stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaseStatus {
    /// The case.
    pub case: CaseId,
    /// Its last run.
    pub run: RunState,
    /// When that run took up the case.
    pub started: Time,
    /// When something last happened.
    pub updated: Time,
    /// Its tasks, in the order of the plan.
    pub tasks: Vec<(TaskId, TaskState)>,
}

/// How the last run of a case stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// An engine works on it.
    Running,
    /// The engine died without a word; running again goes on from there.
    Died,
    /// It was ended as it should be.
    #[serde(untagged)]
    Ended(CaseState),
}

/// How a task stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum TaskState {
    /// It is not done, and nothing runs.
    Pending,
    /// Its process runs, or its outputs are being verified.
    Running {
        /// Since when.
        since: Time,
        /// Units of work that are done.
        done: Option<u64>,
        /// Of how many.
        total: Option<u64>,
    },
    /// Its outputs are there.
    Done {
        /// Whether they were there before the run.
        reused: bool,
    },
    /// It failed.
    Failed {
        /// Why.
        #[serde(flatten)]
        failure: FailureEntry,
    },
}

/// How a case stands; nothing where no engine ever worked on it.
pub fn case_status(layout: &CaseLayout) -> Result<Option<CaseStatus>> {
    // Asked before the events are read: a run that ends in between has written its end.
    let held = lock::is_held(&StateFolder::of(layout).lock());
    let path = layout.events();
    if !path.exists() {
        return Ok(None);
    }
    Ok(replay(Journal::read(&path)?, held))
}

/// How every case below an output folder stands, by name.
pub fn statuses(out: &Path) -> Result<Vec<CaseStatus>> {
    let failed = |e| FileError::io(out, e);
    let mut names = Vec::new();
    for entry in fs::read_dir(out).map_err(failed)? {
        names.push(entry.map_err(failed)?.file_name());
    }
    names.sort();
    let cases = names.iter().filter_map(|name| name.to_str()?.parse::<CaseId>().ok());
    cases.filter_map(|case| case_status(&CaseLayout::new(out, &case)).transpose()).collect()
}

fn replay(events: Vec<Event>, held: bool) -> Option<CaseStatus> {
    let is_start = |event: &Event| matches!(event.what, Happening::RunStarted { .. });
    let start = events.iter().rposition(is_start)?;
    let mut events = events.into_iter().skip(start);
    let first = events.next()?;
    let Happening::RunStarted { tasks, .. } = first.what else {
        return None;
    };
    let mut ended = None;
    let mut updated = first.time;
    let mut states: BTreeMap<TaskId, TaskState> = BTreeMap::new();
    for event in events {
        updated = event.time;
        if let Happening::RunFinished { state, .. } = event.what {
            ended = Some(state);
        } else if let Some((task, state)) = task_state(event) {
            match (states.get(&task), &state) {
                (
                    Some(TaskState::Running { since, .. }),
                    TaskState::Running { done, total, .. },
                ) => {
                    let (since, done, total) = (*since, *done, *total);
                    states.insert(task, TaskState::Running { since, done, total });
                }
                _ => drop(states.insert(task, state)),
            }
        }
    }
    let run = match ended {
        Some(state) => RunState::Ended(state),
        None if held => RunState::Running,
        None => RunState::Died,
    };
    let state = |task: &TaskId| match states.remove(task) {
        Some(TaskState::Running { .. }) if run != RunState::Running => TaskState::Pending,
        state => state.unwrap_or(TaskState::Pending),
    };
    let states: Vec<_> = tasks.iter().map(state).collect();
    Some(CaseStatus {
        case: first.case,
        run,
        started: first.time,
        updated,
        tasks: tasks.into_iter().zip(states).collect(),
    })
}

fn task_state(event: Event) -> Option<(TaskId, TaskState)> {
    let since = event.time;
    Some(match event.what {
        Happening::TaskQueued { task, .. } | Happening::TaskNotRun { task, .. } => {
            (task, TaskState::Pending)
        }
        Happening::TaskStarted { task } => {
            let (done, total) = (None, None);
            (task, TaskState::Running { since, done, total })
        }
        Happening::TaskProgress { task, done, total } => {
            let done = Some(done);
            (task, TaskState::Running { since, done, total })
        }
        Happening::TaskFinished { task, .. } => (task, TaskState::Done { reused: false }),
        Happening::TaskReused { task } => (task, TaskState::Done { reused: true }),
        Happening::TaskFailed { task, failure, .. } => (task, TaskState::Failed { failure }),
        Happening::RunStarted { .. } | Happening::RunFinished { .. } => return None,
    })
}
