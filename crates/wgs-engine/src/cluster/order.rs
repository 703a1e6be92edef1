//! What a job is told, and what it tells: the order and the ending of a unit.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use wgs_core::CaseId;
use wgs_formats::{FileError, Result, output};
use wgs_task::{Limits, TaskId};

use crate::{Time, events::FailureEntry};

/// Value of `schema` in an [`Ending`].
pub const ENDING_SCHEMA: &str = "wgs-pipe/ending/1";

/// One line of a batch file: what a job is to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// Number of the job in its batch.
    pub slot: u32,
    /// The case.
    pub case: CaseId,
    /// The case's plan: a [`CasePlan`](crate::CasePlan) in JSON.
    pub plan: PathBuf,
    /// The first digits of that file's SHA-256, in lower-case hexadecimal.
    pub plan_digest: Box<str>,
    /// What is to be done of it.
    pub unit: Unit,
    /// How often the unit was ordered before.
    pub attempt: u32,
    /// [`Batch::token`](super::Batch::token) of its batch.
    pub token: String,
    /// Whether every file is to be read, whatever its size and times tell.
    #[serde(default)]
    pub verify: bool,
    /// What it may use.
    pub limits: Limits,
    /// Where its [`Ending`] goes.
    pub ending: PathBuf,
    /// Folder for temporary files on the machine's own disk, in place of one in the case's folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scratch: Option<PathBuf>,
}

/// What one job does of a case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// All of its tasks, and its record.
    Case,
    /// One task.
    Task(TaskId),
    /// Nothing but a look whether every task is done, and the case's record.
    Close,
}

impl Unit {
    /// Fit for a file name; no task can have the names of the others.
    pub fn name(&self) -> &str {
        match self {
            Self::Case => "-case",
            Self::Task(task) => task.as_str(),
            Self::Close => "-close",
        }
    }
}

/// How a job ended, in its own words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ending {
    /// Version of the format.
    pub schema: String,
    /// The case.
    pub case: CaseId,
    /// What was done of it.
    pub unit: Unit,
    /// [`Order::attempt`].
    pub attempt: u32,
    /// [`Order::token`], by which an older ending is told from the one that is waited for.
    pub token: String,
    /// How it ended.
    pub result: UnitResult,
    /// The quality gate that the case missed, though all of it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed_gate: Option<FailureEntry>,
    /// Name of its machine.
    pub machine: String,
    /// When its process started, by that machine's clock.
    pub started: Time,
    /// When it ended, by that machine's clock.
    pub finished: Time,
    /// Seconds of processor time of the whole job, that of its tasks and of the engine around them.
    pub core_s: f64,
    /// Seconds of processor time of its tasks' processes alone.
    pub task_core_s: f64,
    /// Largest resident memory of one process in bytes.
    pub max_rss_bytes: u64,
}

/// How a unit ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum UnitResult {
    /// Everything that it promises is there.
    Done {
        /// Tasks that ran.
        ran: usize,
        /// Tasks whose outputs were there.
        reused: usize,
    },
    /// Something failed.
    Failed {
        /// The task, where one is to blame.
        task: Option<TaskId>,
        /// Why.
        #[serde(flatten)]
        failure: FailureEntry,
        /// The task's log.
        log: Option<PathBuf>,
    },
    /// What other tasks made is not, or no longer, what they made: these are to run (again) first.
    Outdated {
        /// Those tasks.
        tasks: Vec<TaskId>,
    },
    /// Another process works on the case, or on the same part of it, and went on doing so: an
    /// earlier try that nobody could end, or somebody's own run.
    Occupied {
        /// Who.
        by: String,
    },
    /// It was asked to stop.
    Interrupted,
}

impl Order {
    /// Finds the order of a slot in a batch file.
    ///
    /// # Errors
    ///
    /// A file that cannot be read or holds no such order.
    pub fn read(batch: &Path, slot: u32) -> Result<Self> {
        let bytes = std::fs::read(batch).map_err(|e| FileError::io(batch, e))?;
        for line in bytes.split(|&b| b == b'\n').filter(|line| !line.is_empty()) {
            let order: Self = serde_json::from_slice(line)
                .map_err(|e| FileError::invalid(batch, e.to_string()))?;
            if order.slot == slot {
                return Ok(order);
            }
        }
        Err(FileError::invalid(batch, format!("no order has the slot {slot}")))
    }

    /// Writes a batch file.
    ///
    /// # Errors
    ///
    /// A file that cannot be written.
    pub fn write_all(orders: &[Self], batch: &Path) -> Result<()> {
        let mut text = String::new();
        for order in orders {
            let line = serde_json::to_string(order)
                .map_err(|e| FileError::invalid(batch, e.to_string()))?;
            text.push_str(&line);
            text.push('\n');
        }
        output::write(batch, text)
    }
}

impl Ending {
    /// Reads an ending; nothing where it is not there.
    ///
    /// # Errors
    ///
    /// A file that cannot be read or is no ending.
    pub fn read(path: &Path) -> Result<Option<Self>> {
        match output::read_json::<Self>(path) {
            Err(e) if e.kind() == wgs_core::ErrorKind::NotFound => Ok(None),
            Ok(ending) if ending.schema != ENDING_SCHEMA => {
                Err(FileError::invalid(path, format!("schema is {:?}", ending.schema)))
            }
            read => read.map(Some),
        }
    }
}
