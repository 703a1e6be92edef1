//! Tasks as processes on this machine.

mod group;
mod io_counts;
mod process;

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs::{OpenOptions, TryLockError},
    io,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use group::Group;
use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result};

use crate::{
    Stop,
    runner::{Ending, Failure, Job, JobId, Outcome, Reports, TaskRunner},
};

/// How long a process may take from SIGTERM on, before SIGKILL.
const GRACE: Duration = Duration::from_secs(5);
/// How long a process of a killed engine may take to notice that.
const ORPHAN_PATIENCE: Duration = Duration::from_secs(30);
const ORPHAN_POLL: Duration = Duration::from_millis(20);

/// The program that runs tasks: `PROGRAM ARGUMENTS… task STAGE --spec FILE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The executable file.
    pub path: PathBuf,
    /// Arguments ahead of `task`.
    pub arguments: Vec<OsString>,
}

impl Program {
    /// A program without arguments of its own.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), arguments: Vec::new() }
    }
}

/// Starts each job as a process that leads a group of its own, so that a Ctrl-C reaches the
/// engine only. See [`protocol`](crate::protocol) for what both say to each other.
///
/// The log of a task is locked by its process as long as that or a child of it lives; by this a
/// later engine knows what a killed one left behind.
#[derive(Debug)]
pub struct Processes {
    program: Program,
    grace: Duration,
    groups: Groups,
}

type Groups = Arc<Mutex<BTreeMap<JobId, Arc<Group>>>>;

impl Processes {
    /// Runs tasks by a program.
    pub fn new(program: Program) -> Self {
        Self { program, grace: GRACE, groups: Groups::default() }
    }

    /// Sets how long a cancelled process may take to end by itself.
    #[must_use]
    pub fn with_grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }
}

impl TaskRunner for Processes {
    fn settle(&self, job: &Job, stop: &Stop) -> Result<()> {
        let path = &job.log_file;
        // Locks of a shared disk may be had by who may write alone.
        let log = match OpenOptions::new().read(true).write(true).open(path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
            opened => opened.map_err(|e| FileError::io(path, e))?,
        };
        let start = Instant::now();
        loop {
            match log.try_lock() {
                Ok(()) => return Ok(()),
                Err(TryLockError::Error(e)) => return Err(FileError::io(path, e)),
                Err(TryLockError::WouldBlock) if stop.is_requested() => {
                    return Err(FileError::new(path, ErrorKind::Interrupted, "interrupted"));
                }
                Err(TryLockError::WouldBlock) if start.elapsed() > ORPHAN_PATIENCE => {
                    let reason = "a process of an earlier run still holds it";
                    return Err(FileError::new(path, ErrorKind::TaskFailed, reason)
                        .hint("end that process and run again"));
                }
                Err(TryLockError::WouldBlock) => thread::sleep(ORPHAN_POLL),
            }
        }
    }

    fn submit(&self, job: Job, reports: Reports) {
        let group = Arc::new(Group::default());
        let id = job.id;
        lock(&self.groups).insert(id, Arc::clone(&group));
        let (program, groups) = (self.program.clone(), Arc::clone(&self.groups));
        let run = move || {
            let ending = process::run(&program, &job, &group, &reports);
            lock(&groups).remove(&id);
            reports.ended(ending);
        };
        // Where no thread can be made, `reports` is dropped with `run` and tells of it.
        if thread::Builder::new().name(format!("job-{id}")).spawn(run).is_err() {
            lock(&self.groups).remove(&id);
        }
    }

    fn cancel(&self, job: JobId) {
        let group = lock(&self.groups).get(&job).cloned();
        if let Some(group) = group {
            group.cancel(self.grace);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn failed(error: &FileError) -> Ending {
    Ending { outcome: Outcome::Failed(Failure::from(error)), measured: None }
}
