//! The states of samples in stages, as lines of a file.

mod file;
mod states;

use std::path::Path;

use serde::{Deserialize, Serialize};
use wgs_core::{CaseId, SampleId};
use wgs_engine::{Event, Observer, Time};
use wgs_formats::Result;

use crate::{
    Names, Webhook,
    webhook::{Closed, Delivery},
};
use file::FeedFile;
use states::States;

/// Value of `schema` in what is posted to a webhook; the lines of the file are its `events`.
pub const SCHEMA: &str = "wgs-pipe/feed/1";
/// The stage of lines that tell of a case as a whole.
pub const WHOLE_CASE: &str = "case";

/// Where a sample is in a stage, or a case as a whole.
///
/// ```
/// use wgs_feed::status::{State, StateLine};
/// let line = r#"{"time":"2026-11-20T09:30:00.125Z","run":"r1","case":"C1","sample":"S1",
///     "stage":"reads","state":"running","attempt":1,"sequence":12}"#;
/// let line: StateLine = serde_json::from_str(line)?;
/// assert!(!line.state.is_final());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateLine {
    /// Since when.
    pub time: Time,
    /// The run of the program.
    pub run: String,
    /// The case.
    pub case: CaseId,
    /// The sample; none where the stage works on the whole case.
    pub sample: Option<SampleId>,
    /// The stage, or [`WHOLE_CASE`].
    pub stage: String,
    /// The state.
    pub state: State,
    /// How often the stage's tasks were begun in this run, from 1.
    pub attempt: u32,
    /// Number of the line, from 1; it grows from line to line, also from run to run.
    pub sequence: u64,
}

/// State of a sample in a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Its tasks wait for their turn.
    Queued,
    /// A task runs, or some have run and others wait.
    Running,
    /// All outputs are there and verified.
    Done,
    /// A task failed.
    Failed,
    /// A task did not run, since something before it failed or the run was stopped.
    NotRun,
}

impl State {
    /// Whether nothing more is to be expected of this attempt.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::NotRun)
    }
}

/// Writes a line whenever the state of a sample in a stage changes, and has them delivered.
///
/// The file is the queue of the webhook: `FILE.cursor` beside it remembers up to where lines were
/// delivered, and a later run with the same file delivers the rest. A file that is renamed while a
/// run goes on is delivered to its end; further lines go to a new file of its name. `FILE.lock`,
/// beside the file that a link leads to, is locked as long as a run adds to the feed, or delivers it.
pub struct StatusFeed {
    states: States,
    file: FeedFile,
    delivery: Option<Delivery>,
}

impl StatusFeed {
    /// Adds to a file; `run` names the run.
    ///
    /// # Errors
    ///
    /// A file that cannot be written to, that is no regular file, or to which another process adds.
    pub fn open(path: &Path, run: &str, names: Names, webhook: Option<Webhook>) -> Result<Self> {
        let file = FeedFile::open(path, run)?;
        let delivery = webhook.map(|webhook| Delivery::start(path, webhook)).transpose()?;
        Ok(Self { states: States::new(names), file, delivery })
    }

    /// Ends the delivery, for which it waits a bounded time; what went wrong.
    pub fn close(self) -> Vec<String> {
        let mut problems: Vec<String> =
            self.file.problem().map(str::to_owned).into_iter().collect();
        let closed = self.delivery.map(Delivery::close).unwrap_or_default();
        let Closed { undelivered, replaced } = closed;
        if replaced {
            problems.push(
                "webhook: the feed was replaced, and is delivered from its start; lines of the one \
                 before may not be delivered"
                    .to_owned(),
            );
        }
        if let Some((bytes, reason)) = undelivered {
            problems.push(format!(
                "webhook: {reason}; {bytes} bytes of status lines are not delivered yet, \
                 the next run with the same feed delivers them"
            ));
        }
        problems
    }
}

impl Observer for StatusFeed {
    fn event(&mut self, event: &Event) {
        let changes = self.states.changes(event);
        if changes.is_empty() {
            return;
        }
        for change in changes {
            self.file.add(event, change);
        }
        if let Some(delivery) = &self.delivery {
            delivery.wake();
        }
    }
}
