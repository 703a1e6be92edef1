//! What runs jobs somewhere: the trait that this machine, batch systems and clouds have in common.

use std::{fmt, path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};

use crate::Time;

/// Takes jobs and tells what becomes of them. A job is one process, `PROGRAM work BATCH SLOT`, on a
/// machine that sees the run folder; it says in its [`Ending`](super::Ending) file what it did. So
/// an executor has to tell only what that process cannot: that it waits, that it was killed, that
/// its machine is gone.
///
/// It holds no state that matters: a [`JobRef`] is all that is needed to ask for a job again, also
/// in another process.
pub trait Executor {
    /// A word for messages and ledgers: `local`, `slurm`.
    fn name(&self) -> &'static str;

    /// Hands on a batch without waiting for any of it to run. Either all of it is taken, or nothing;
    /// the answer names the jobs in the order of [`Batch::members`].
    ///
    /// The same batch may be handed on twice, when it is not known whether the first time got
    /// through: an executor that finds [`Batch::token`] among its jobs returns those.
    ///
    /// # Errors
    ///
    /// See [`Refusal`].
    fn submit(&mut self, batch: &Batch) -> Result<Vec<JobRef>, Refusal>;

    /// How jobs stand. One that is not in the answer stands as before.
    ///
    /// # Errors
    ///
    /// [`Refusal::Down`] where nobody answers.
    fn poll(&mut self, jobs: &[JobRef]) -> Result<Vec<JobReport>, Refusal>;

    /// Asks for the end of jobs without waiting for it; those that ended are left alone.
    ///
    /// # Errors
    ///
    /// [`Refusal::Down`] where nobody answers.
    fn cancel(&mut self, jobs: &[JobRef]) -> Result<(), Refusal>;

    /// Largest number of members of one batch; slots are below it.
    fn max_batch(&self) -> usize;

    /// The most that it can ever give to a job with so many threads.
    fn most(&self, _threads: usize) -> Most {
        Most::default()
    }

    /// Whether it takes jobs that wait for others ([`Member::after`]). One that does not is handed
    /// only what can start at once.
    fn takes_chains(&self) -> bool {
        true
    }

    /// How often to ask it.
    fn pace(&self) -> Pace {
        Pace { least: Duration::from_secs(2), most: Duration::from_secs(30) }
    }
}

/// The most that an executor can give to a job; nothing where it knows no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Most {
    /// Memory in bytes.
    pub memory_bytes: Option<u64>,
    /// Time that it runs.
    pub wall: Option<Duration>,
}

/// Time between two questions to an executor: short while much happens, long while nothing does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// The shortest.
    pub least: Duration,
    /// The longest.
    pub most: Duration,
}

/// Name of a job at its executor.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobRef(pub String);

impl fmt::Display for JobRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Jobs that need the same and are handed on together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Unique among all batches of all runs; letters, digits and `-`.
    pub token: String,
    /// What the jobs do, for people who look at a queue; letters, digits, `-` and `.`, no ids of cases.
    pub label: String,
    /// The orders, one JSON object a line ([`Order`](super::Order)); a job finds its own by its slot.
    pub file: PathBuf,
    /// A folder for what the processes say; exists.
    pub logs: PathBuf,
    /// What each job needs.
    pub needs: Needs,
    /// Its jobs.
    pub members: Vec<Member>,
}

/// One job of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its number in the batch, from 0 and below [`Executor::max_batch`]. Numbers may be left out:
    /// a case keeps its slot through all batches, so that jobs which wait for each other share one.
    pub slot: u32,
    /// It starts when all of these have succeeded, and never when one of them fails.
    pub after: Vec<JobRef>,
}

/// What a job needs of its machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Needs {
    /// Threads.
    pub threads: usize,
    /// Memory in bytes.
    pub memory_bytes: u64,
    /// Time that it runs at most.
    pub wall: Duration,
    /// Bytes of its outputs that stay.
    pub output_bytes: u64,
    /// Most bytes at once of its outputs that go once they are read; beside the others until then.
    #[serde(default)]
    pub passing_bytes: u64,
    /// Most bytes at once of temporary files.
    pub scratch_bytes: u64,
}

/// How a job stands.
#[derive(Clone, Debug, PartialEq)]
pub struct JobReport {
    /// The job.
    pub job: JobRef,
    /// How it stands.
    pub state: JobState,
    /// What is known of its machine and its times.
    pub placement: Placement,
}

/// How a job stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobState {
    /// It waits; why, in the executor's words.
    Waiting(Option<String>),
    /// Its process runs.
    Running,
    /// It is over, and nothing of it is alive.
    Ended(Cause),
}

/// Why a job is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Its process ended with exit code 0.
    Completed,
    /// Its process ended with another exit code, or by a signal (128 + its number).
    Failed(i32),
    /// It was ended because it used more memory than it asked for.
    OutOfMemory,
    /// It was ended because its time was over.
    TimeLimit,
    /// Its machine failed.
    MachineLost,
    /// It had to make room for other work.
    Preempted,
    /// Somebody ended it.
    Cancelled,
    /// A job that it waited for failed.
    UpstreamFailed,
    /// Nobody knows anything of it any more.
    Vanished,
}

/// Where and when a job ran, as far as the executor tells.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Placement {
    /// Name of its machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<String>,
    /// When it was handed on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submitted: Option<Time>,
    /// When its process started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<Time>,
    /// When it was over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Time>,
    /// Largest resident memory in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_rss_bytes: Option<u64>,
}

/// Why an executor did not do what was asked of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It takes no more jobs for now; in its words.
    #[error("no more jobs are taken for now: {0}")]
    Full(String),
    /// It does not answer, or cannot work at present; in its words.
    #[error("{0}")]
    Down(String),
    /// It will never take this.
    #[error("{message}")]
    Never {
        /// In its words.
        message: String,
        /// What to do about it.
        hint: Option<String>,
    },
}
