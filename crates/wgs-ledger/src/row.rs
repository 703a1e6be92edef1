//! One task of a case, as the ledger has it.

use std::collections::BTreeMap;

use serde::Serialize;
use wgs_engine::{
    RunRecord, Time,
    run_record::{TaskEntry, TaskStatus},
};

use crate::{Attempts, Money, Span};

/// What became of a task, or a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It ran.
    Ran,
    /// Its outputs were there; the figures are of the run that made them.
    Reused,
    /// It failed.
    Failed,
    /// It did not run, or not to its end.
    NotRun,
}

/// One task.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskRow {
    /// The output folder of its run.
    pub run: String,
    /// Its case.
    pub case: String,
    /// The task.
    pub task: String,
    /// Its stage.
    pub stage: String,
    /// What became of it.
    pub state: State,
    /// The machine that it ran on.
    pub machine: Option<String>,
    /// When it started.
    pub started: Option<Time>,
    /// When its outputs were verified.
    pub finished: Option<Time>,
    /// How long its process ran.
    pub wall: Span,
    /// Processor time.
    pub core: Span,
    /// Threads that it might use.
    pub threads: usize,
    /// Memory that it might use, in bytes.
    pub asked_bytes: u64,
    /// Largest resident memory, in bytes.
    pub rss_bytes: u64,
    /// Bytes read by system calls.
    pub read_bytes: Option<u64>,
    /// Bytes written by system calls.
    pub written_bytes: Option<u64>,
    /// Bytes of its inputs.
    pub input_bytes: u64,
    /// Bytes of its outputs.
    pub output_bytes: u64,
    /// Bytes of those of its outputs that stay: some go once they were read.
    pub kept_bytes: u64,
    /// How long it waited for a machine.
    pub queue: Option<Span>,
    /// How often it was begun, as far as is known.
    pub attempts: u32,
    /// Processor time of attempts that came to nothing.
    pub wasted: Span,
    /// What decides its outputs, with versions.
    pub tools: String,
    /// What it costs on one's own machines.
    pub cost: Option<Money>,
}

impl State {
    /// As tables have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ran => "ran",
            Self::Reused => "reused",
            Self::Failed => "failed",
            Self::NotRun => "not_run",
        }
    }
}

impl TaskRow {
    /// Time that the task had its threads for.
    pub fn allotted(&self) -> Span {
        self.wall.times(self.threads)
    }

    /// Processor time over the time that the task had its threads for.
    pub fn efficiency(&self) -> Option<f64> {
        let allotted = self.allotted();
        (allotted.0 > 0).then(|| self.core.secs() / allotted.secs())
    }

    pub(crate) fn of(run: &str, record: &RunRecord, entry: &TaskEntry, tries: &Attempts) -> Self {
        let case = record.case.id.to_string();
        let attempts = tries.of_task(&case, &entry.task);
        let mut row = Self {
            run: run.to_owned(),
            case,
            task: entry.task.to_string(),
            stage: entry.stage.clone(),
            state: State::of(&entry.status),
            machine: attempts.machine.clone(),
            started: None,
            finished: None,
            wall: Span::default(),
            core: Span::default(),
            threads: entry.threads,
            asked_bytes: entry.memory_bytes,
            rss_bytes: 0,
            read_bytes: None,
            written_bytes: None,
            input_bytes: 0,
            output_bytes: 0,
            kept_bytes: 0,
            queue: attempts.queue,
            attempts: attempts.begun,
            wasted: attempts.wasted_at_most(entry.threads),
            tools: tools(&entry.tools),
            cost: None,
        };
        row.take_usage(&entry.status);
        let made = entry.status.made().into_iter().flat_map(|made| &made.outputs);
        let gone = made.filter(|output| entry.temporary.contains(&output.name));
        row.kept_bytes = row.output_bytes.saturating_sub(gone.map(|output| output.bytes).sum());
        row
    }

    fn take_usage(&mut self, status: &TaskStatus) {
        let Some(made) = status.made() else { return };
        let usage = &made.usage;
        self.started = Some(usage.started);
        self.finished = Some(usage.finished);
        self.wall = Span::from_secs(usage.wall_s);
        self.core = Span::from_secs(usage.core_s());
        self.rss_bytes = usage.max_rss_bytes;
        self.read_bytes = usage.io.map(|io| io.read_bytes);
        self.written_bytes = usage.io.map(|io| io.written_bytes);
        self.input_bytes = made.input_bytes;
        self.output_bytes = made.output_bytes;
        self.machine = usage.machine.clone().or(self.machine.take());
        self.queue = usage.queue_s.map(Span::from_secs).or(self.queue);
        self.attempts = self.attempts.max(1);
        if let Some(asked) = usage.asked {
            self.threads = asked.threads;
            self.asked_bytes = asked.memory_bytes;
        }
    }
}

impl State {
    fn of(status: &TaskStatus) -> Self {
        match status {
            TaskStatus::Ran { .. } => Self::Ran,
            TaskStatus::Reused { .. } => Self::Reused,
            TaskStatus::Failed { .. } => Self::Failed,
            TaskStatus::NotRun { .. } => Self::NotRun,
        }
    }
}

/// `name=version` of each, with `;` between them.
fn tools(tools: &BTreeMap<String, String>) -> String {
    let named: Vec<_> = tools.iter().map(|(name, version)| format!("{name}={version}")).collect();
    named.join(";")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn a_row_says_what_the_record_says() {
        let record = testing::record("C1", &[("reads.S1", "reads", 10.0, 15.0)]);
        let row = TaskRow::of("out", &record, &record.tasks[0], &Attempts::default());
        assert_eq!((row.wall, row.core), (Span(10_000_000), Span(15_000_000)));
        assert_eq!((row.threads, row.efficiency()), (2, Some(0.75)));
        assert_eq!((row.read_bytes, row.attempts), (Some(100), 1));
        assert_eq!(row.machine.as_deref(), Some("node-1"));
        assert_eq!(row.tools, "aligner=x 1;tool=2");
    }
}
