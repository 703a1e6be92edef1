//! What a submission asks for: `request.json` of a run folder.

use std::{path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};
use wgs_core::{CaseId, ErrorKind};
use wgs_formats::{FileError, Result, output};
use wgs_task::Limits;

use super::{ExecutorOptions, Foreseen, RunFiles, shape::Shape};
use crate::Time;

/// Value of `schema` in a request.
pub const REQUEST_SCHEMA: &str = "wgs-pipe/request/1";

/// What is to be done in a run folder, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Version of the format.
    pub schema: String,
    /// Number of the submission, from 1. A new one makes a new try of what failed or was cancelled.
    pub submission: u64,
    /// When it was made.
    pub created: Time,
    /// How.
    #[serde(flatten)]
    pub options: RequestOptions,
    /// Kinds of cases by their units.
    pub shapes: Vec<Shape>,
    /// The cases.
    pub cases: Vec<CaseEntry>,
}

/// How a run is to be done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RequestOptions {
    /// What jobs run.
    pub program: ProgramFile,
    /// What the cases were read from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceFile>,
    /// Where jobs run.
    pub executor: ExecutorOptions,
    /// What one job does.
    pub grain: Grain,
    /// What one job may use.
    pub job: JobLimits,
    /// What no job may exceed, however often it fails for want of it.
    pub caps: Caps,
    /// How often jobs are tried again.
    #[serde(default)]
    pub retries: Retries,
    /// Folder for temporary files on the machines' own disks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scratch: Option<PathBuf>,
    /// Which needs of jobs are foreseen from the sizes of inputs.
    #[serde(default)]
    pub foreseen: Foreseen,
    /// What tasks were measured to need, in place of the program's own table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs: Option<PathBuf>,
    /// Whether also what is surely done is looked at again.
    #[serde(default)]
    pub verify: bool,
}

/// The program that jobs run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramFile {
    /// Where it is, on every machine.
    pub path: PathBuf,
    /// Its digest when the request was made.
    pub sha256: String,
    /// Its name and version.
    pub version: String,
}

/// The file that named the cases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its digest when it was read.
    pub sha256: String,
}

/// How much one job does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grain {
    /// All tasks of a case.
    #[default]
    Case,
    /// One task.
    Task,
}

/// What a job may use at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobLimits {
    /// Threads.
    pub threads: usize,
    /// Memory in bytes.
    pub memory_bytes: u64,
    /// Time in seconds.
    pub wall_s: u64,
}

impl JobLimits {
    /// Threads and memory that tasks within a job may use: a part of the job's memory is left to
    /// the processes around them.
    pub fn for_tasks(self) -> Limits {
        let around = (self.memory_bytes / 10).min(1 << 30);
        Limits { threads: self.threads, memory_bytes: self.memory_bytes - around }
    }
}

/// Bounds of what jobs may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caps {
    /// Memory of a job in bytes.
    pub memory_bytes: u64,
    /// Time of a job in seconds.
    pub wall_s: u64,
    /// Jobs that wait or run at one time.
    pub jobs: usize,
}

/// How often a unit is tried again, by what went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Retries {
    /// A task failed for a reason of its own.
    pub failure: u8,
    /// Its machine failed, or its job was ended by somebody or vanished.
    pub lost: u8,
    /// It made room for other work.
    pub preempted: u8,
    /// No space was left.
    pub space: u8,
    /// What it needs was not what it was.
    pub outdated: u8,
    /// Memory or time did not suffice; each time it asks for more.
    pub larger: u8,
    /// How long the ending of a job may take to be seen on this machine, in seconds.
    pub patience_s: u64,
}

impl Default for Retries {
    fn default() -> Self {
        Self {
            failure: 1,
            lost: 5,
            preempted: 100,
            space: 5,
            outdated: 3,
            larger: 6,
            patience_s: 10,
        }
    }
}

impl Retries {
    pub(super) fn patience(self) -> Duration {
        Duration::from_secs(self.patience_s)
    }
}

/// A case of a request. Its plan is in its own folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseEntry {
    /// The case.
    pub case: CaseId,
    /// SHA-256 of its plan's file.
    pub plan: String,
    /// Place of its kind in [`Request::shapes`].
    pub shape: usize,
}

impl Request {
    /// Reads the request of a run folder.
    ///
    /// # Errors
    ///
    /// A file that is not there, cannot be read, or is of another version.
    pub fn read(files: &RunFiles) -> Result<Self> {
        let path = files.request();
        let request: Self = output::read_json(&path).map_err(|e| match e.kind() {
            ErrorKind::NotFound => {
                e.hint("this is no folder of a submitted run; `wgs-pipe submit` makes one")
            }
            _ => e,
        })?;
        if request.schema != REQUEST_SCHEMA {
            let found = &request.schema;
            let reason = format!("schema is {found:?}; this version reads {REQUEST_SCHEMA:?}");
            return Err(FileError::new(&path, ErrorKind::Configuration, reason));
        }
        if let Some(entry) = request.cases.iter().find(|e| e.shape >= request.shapes.len()) {
            let reason = format!("case {} has a shape that is not there", entry.case);
            return Err(FileError::invalid(&path, reason));
        }
        Ok(request)
    }

    /// As [`Request::read`]; nothing where there is none.
    ///
    /// # Errors
    ///
    /// As those, but for a file that is not there.
    pub fn read_if_any(files: &RunFiles) -> Result<Option<Self>> {
        match Self::read(files) {
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
            read => read.map(Some),
        }
    }
}
