//! What runs tasks: the trait, and the messages by which it tells what becomes of them.

use std::{fmt, path::PathBuf, sync::mpsc::Sender, time::Duration};

use serde::{Deserialize, Serialize};
use wgs_core::{CaseId, ErrorKind};
use wgs_formats::{FileError, Result};
use wgs_task::TaskSpec;

use crate::{Stop, Time};

/// Runs jobs and reports what becomes of them. It holds no state of the run: which job comes
/// when, what a failure means, and whether outputs are whole, the engine decides.
pub trait TaskRunner: Sync {
    /// Returns once nothing that an earlier, perhaps killed, engine started for the same task can
    /// still write; fails if it does not end in reasonable time, or when `stop` is requested.
    fn settle(&self, job: &Job, stop: &Stop) -> Result<()>;

    /// Starts a job, or hands it on to what will start it, without waiting. Everything that
    /// becomes of it, a failure to start included, goes to `reports`.
    fn submit(&self, job: Job, reports: Reports);

    /// Asks for the end of a job, without waiting: [`Reports::ended`] follows. Nothing happens
    /// when the job has ended.
    fn cancel(&self, job: JobId);
}

/// Name of a job during one run: the task's place among those of all cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId {
    pub(crate) case: usize,
    pub(crate) task: usize,
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.case, self.task)
    }
}

/// A task that is to be run now.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its name in this run.
    pub id: JobId,
    /// Its case.
    pub case: CaseId,
    /// The task.
    pub spec: TaskSpec,
    /// The specification, written for the task's process.
    pub spec_file: PathBuf,
    /// Where what the process says goes; its folder exists.
    pub log_file: PathBuf,
    /// An empty folder for temporary files.
    pub scratch: PathBuf,
}

/// What becomes of one job; dropped without [`Reports::ended`], it tells of a failure.
#[derive(Debug)]
pub struct Reports {
    job: JobId,
    sender: Sender<crate::dispatch::Message>,
    ended: bool,
}

/// What a runner tells of a job.
#[derive(Debug)]
pub(crate) enum Report {
    Started,
    Progress { done: u64, total: Option<u64> },
    Ended(Ending),
}

/// How a job ended.
#[derive(Clone, Debug)]
pub struct Ending {
    /// Well or not.
    pub outcome: Outcome,
    /// What its process used, if there was one; after success there was.
    pub measured: Option<Measured>,
}

/// Whether a job ended well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Its process says that every output is there.
    Succeeded,
    /// It failed.
    Failed(Failure),
    /// It ended because of [`TaskRunner::cancel`].
    Cancelled,
}

/// What the process of a job used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measured {
    /// When it started.
    pub started: Time,
    /// Time that it ran.
    pub wall: Duration,
    /// Processor time in user mode.
    pub user: Duration,
    /// Processor time in the kernel.
    pub system: Duration,
    /// Largest resident memory in bytes.
    pub max_rss_bytes: u64,
    /// What it read and wrote; none where the system does not tell.
    pub io: Option<Io>,
    /// Name of its machine, where that is known.
    pub machine: Option<String>,
}

/// Bytes that a process and its child processes read and wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Io {
    /// Read by system calls, be it from a disk, the page cache or a pipe. What is mapped into
    /// memory does not count.
    pub read_bytes: u64,
    /// Written by system calls.
    pub written_bytes: u64,
    /// Brought in from disks, mapped files included; what was in the page cache does not count.
    pub disk_read_bytes: u64,
    /// Sent to disks, or about to be; what was deleted before it got there is subtracted.
    pub disk_written_bytes: u64,
}

/// Why something failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Its class.
    pub kind: ErrorKind,
    /// What happened.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// The last lines of the log.
    pub log_tail: String,
}

impl Failure {
    /// A failure about which no more is known.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None, log_tail: String::new() }
    }
}

impl From<&FileError> for Failure {
    fn from(error: &FileError) -> Self {
        Self {
            hint: error.hint_text().map(str::to_owned),
            ..Self::new(error.kind(), error.to_string())
        }
    }
}

impl Reports {
    pub(crate) fn new(job: JobId, sender: Sender<crate::dispatch::Message>) -> Self {
        let ended = false;
        Self { job, sender, ended }
    }

    /// The job runs.
    pub fn started(&self) {
        self.send(Report::Started);
    }

    /// `done` of `total` (where known) units of work are finished.
    pub fn progress(&self, done: u64, total: Option<u64>) {
        self.send(Report::Progress { done, total });
    }

    /// The job is over, and nothing of it is alive.
    pub fn ended(mut self, ending: Ending) {
        self.ended = true;
        self.send(Report::Ended(ending));
    }

    fn send(&self, report: Report) {
        // Nobody listens when the run was given up.
        let _ = self.sender.send(crate::dispatch::Message::Job(self.job, report));
    }
}

impl Drop for Reports {
    fn drop(&mut self) {
        if !self.ended {
            let failure = Failure::new(ErrorKind::TaskFailed, "the runner lost the task");
            self.send(Report::Ended(Ending { outcome: Outcome::Failed(failure), measured: None }));
        }
    }
}
