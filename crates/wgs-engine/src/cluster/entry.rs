//! What a controller writes down: lines of `journal.jsonl`.

use serde::{Deserialize, Serialize};
use wgs_core::CaseId;
use wgs_task::TaskId;

use super::{Cause, Ending, Grain, JobRef, Needs, Placement};
use crate::{Time, events::FailureEntry};

/// A line of a journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// When it was written, by the controller's clock.
    pub at: Time,
    /// What happened.
    #[serde(flatten)]
    pub entry: Entry,
}

/// What happened. A run is what its entries say, in their order, and nothing else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "one lives at a time")]
pub enum Entry {
    /// A controller took up the run.
    Took {
        /// Who.
        owner: String,
        /// The program, with its version.
        program: String,
    },
    /// A submission was taken up; what is not named here goes on as it was.
    Round {
        /// Its number.
        submission: u64,
        /// What its jobs do.
        grain: Grain,
        /// Number of its cases.
        cases: usize,
        /// Cases of which every unit is ordered again.
        restart: Vec<CaseId>,
        /// Cases of which every unit that failed or was cancelled is ordered again.
        retry: Vec<CaseId>,
        /// Cases of earlier submissions that this one does not name.
        removed: Vec<CaseId>,
    },
    /// A batch is about to be handed on. Until [`Entry::Taken`] or [`Entry::Refused`] follows, its
    /// jobs may exist or not.
    Ordering {
        /// [`Batch::token`](super::Batch::token).
        token: String,
        /// [`Batch::label`](super::Batch::label).
        label: String,
        /// Number of the unit in each of its cases.
        unit: u16,
        /// What each job needs.
        needs: Needs,
        /// The units.
        members: Vec<Ordered>,
    },
    /// A batch was taken.
    Taken {
        /// The batch.
        token: String,
        /// Its jobs, in the order of its members.
        jobs: Vec<JobRef>,
    },
    /// A batch was not taken, and none of its jobs exists.
    Refused {
        /// The batch.
        token: String,
        /// Why, in the executor's words.
        words: String,
        /// What to do about it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hint: Option<String>,
        /// Whether it will never be taken.
        never: bool,
    },
    /// Jobs wait; why, in the executor's words.
    Waiting {
        /// Their batch.
        token: String,
        /// Why.
        reason: String,
    },
    /// The process of a job runs.
    Started {
        /// Its batch.
        token: String,
        /// Its number there.
        slot: u32,
        /// Where, since when.
        placement: Placement,
    },
    /// A job is over.
    Ended {
        /// Its batch.
        token: String,
        /// Its number there.
        slot: u32,
        /// Why, as its executor says.
        cause: Cause,
        /// What follows from it.
        decision: Decision,
        /// Why that.
        because: String,
        /// What failed, where something did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failure: Option<FailureEntry>,
        /// Units of the case whose outputs are not what they were.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        outdated: Vec<u16>,
        /// The quality gate that its case missed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        missed_gate: Option<FailureEntry>,
        /// What its process used, where it told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        used: Option<Used>,
        /// Where and when it ran.
        placement: Placement,
    },
    /// A unit cannot be ordered.
    Unorderable {
        /// Its case.
        case: CaseId,
        /// Its number.
        unit: u16,
        /// Why.
        failure: FailureEntry,
    },
    /// The executor does not answer, in its words.
    Down {
        /// Its words.
        words: String,
    },
    /// The executor answers again.
    Up,
    /// No jobs are handed on, for want of disk space.
    Held {
        /// Bytes that are free.
        free_bytes: Option<u64>,
        /// Bytes that are wanted.
        needed_bytes: u64,
    },
    /// Jobs are handed on again.
    Freed,
    /// Units are to end.
    Cancel {
        /// Of these cases; without a list, all.
        cases: Option<Vec<CaseId>>,
        /// Who asked.
        by: String,
    },
    /// The controller goes, and jobs go on.
    Left {
        /// Why.
        because: String,
    },
    /// Nothing is left to do.
    Over {
        /// Cases of which everything is done.
        done: usize,
        /// Cases of which something failed.
        failed: usize,
        /// Cases of which something was cancelled.
        cancelled: usize,
    },
    /// How a case stands, in place of the entries that led there.
    Case {
        /// The case.
        case: CaseId,
        /// Its plan.
        plan: Box<str>,
        /// Its units.
        units: Vec<UnitState>,
        /// What failed.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        failures: Vec<(u16, FailureEntry)>,
        /// The quality gate that it missed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        missed_gate: Option<FailureEntry>,
    },
}

/// A unit of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ordered {
    /// Its number in the batch.
    pub slot: u32,
    /// Its case.
    pub case: CaseId,
    /// Its task, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskId>,
    /// [`Order::attempt`](super::Order::attempt).
    pub attempt: u32,
    /// The first digits of its plan's digest.
    pub plan: Box<str>,
    /// Length of the file of its events.
    #[serde(default)]
    pub events: u64,
    /// [`Member::after`](super::Member::after).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<JobRef>,
}

/// What follows from the end of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The unit is done.
    Done,
    /// It is ordered again.
    Again(Why),
    /// It has failed.
    Fail,
    /// It ends because that was asked for.
    Cancelled,
}

/// Why a unit is ordered again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// A task failed.
    Failure,
    /// With more memory.
    Memory,
    /// With more time.
    Time,
    /// Its machine failed, somebody ended it, or it vanished.
    Lost,
    /// It made room for other work.
    Preempted,
    /// No space was left.
    Space,
    /// What it needs was not what it was.
    Outdated,
    /// What it waits for failed, and is ordered again.
    Upstream,
    /// Another process works on the case.
    Occupied,
    /// It began before the case was submitted once more.
    Resubmitted,
}

/// How a unit stands: small, because there are many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitState {
    /// How it stands.
    pub phase: Phase,
    /// How often it was ordered.
    pub orders: u32,
    /// How often it was ordered again, by [`Why`].
    pub again: [u8; 10],
}

/// How a unit stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// It is to be ordered when all that it waits for allows it.
    #[default]
    Pending,
    /// It has a job.
    Ordered,
    /// It is done.
    Done,
    /// It has failed.
    Failed,
    /// It was cancelled.
    Cancelled,
}

/// What a job's process says that it used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Used {
    /// Name of its machine.
    pub machine: String,
    /// When it started, by that machine's clock.
    pub started: Time,
    /// When it ended, by that machine's clock.
    pub finished: Time,
    /// Seconds of processor time of the whole job.
    pub core_s: f64,
    /// Seconds of processor time of its tasks' processes alone.
    pub task_core_s: f64,
    /// Largest resident memory of one process in bytes.
    pub max_rss_bytes: u64,
}

impl Used {
    pub(super) fn of(ending: &Ending) -> Self {
        Self {
            machine: ending.machine.clone(),
            started: ending.started,
            finished: ending.finished,
            core_s: ending.core_s,
            task_core_s: ending.task_core_s,
            max_rss_bytes: ending.max_rss_bytes,
        }
    }
}

impl UnitState {
    pub(super) fn count(&self, why: Why) -> u8 {
        self.again[why as usize]
    }

    pub(super) fn add(&mut self, why: Why) {
        let count = &mut self.again[why as usize];
        *count = count.saturating_add(1);
    }
}

impl Entry {
    /// Whether the run is another one without it, so that it must be on disk before anything
    /// follows from it.
    pub(super) fn is_weighty(&self) -> bool {
        !matches!(self, Self::Waiting { .. } | Self::Started { .. } | Self::Down { .. } | Self::Up)
    }
}
