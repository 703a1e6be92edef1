//! `run.json`: what ran for a case, with versions, parameters, files, digests, time and memory.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wgs_core::ErrorKind;
use wgs_formats::Result;
use wgs_task::{Case, SUMMARY, TaskId, TaskSpec};

use crate::{CasePlan, FileEntry, Time, Usage, events::FailureEntry};

/// Value of `schema` in a run record.
pub const SCHEMA: &str = "wgs-pipe/run/1";

/// The last run of a case, and where the outputs of its tasks come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Version of the format.
    pub schema: String,
    /// The program, with its version.
    pub program: String,
    /// How the case stands.
    pub state: CaseState,
    /// What failed apart from tasks.
    pub failure: Option<FailureEntry>,
    /// When this run took up the case.
    pub started: Time,
    /// When it was done with it.
    pub finished: Time,
    /// Seconds between.
    pub wall_s: f64,
    /// What the outputs of the case took, whenever they were made.
    pub totals: Totals,
    /// The case.
    pub case: Case,
    /// SHA-256 of the reference bundle's manifest.
    pub bundle_digest: String,
    /// Its tasks, in the order of the plan.
    pub tasks: Vec<TaskEntry>,
}

/// How a case stands at the end of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseState {
    /// Every promised output is there.
    Succeeded,
    /// Something failed.
    Failed,
    /// The run was asked to stop before all was done.
    Interrupted,
}

/// Sums over the tasks that ran, in this run or one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Totals {
    /// Seconds of processor time.
    pub core_s: f64,
    /// Largest resident memory of one process, in bytes.
    pub max_rss_bytes: u64,
    /// Bytes of all outputs.
    pub output_bytes: u64,
}

/// One task in a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskEntry {
    /// The task.
    pub task: TaskId,
    /// Its stage.
    pub stage: String,
    /// What became of it in this run.
    #[serde(flatten)]
    pub status: TaskStatus,
    /// Its parameters.
    pub params: serde_json::Value,
    /// What decides its outputs, with versions.
    pub tools: BTreeMap<String, String>,
    /// Threads that it may use.
    pub threads: usize,
    /// Memory that it may use, in bytes.
    pub memory_bytes: u64,
    /// Names of the outputs that go once they were read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub temporary: Vec<String>,
}

/// What became of a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum TaskStatus {
    /// It ran, and its outputs are verified.
    Ran {
        /// Why it ran.
        reason: String,
        /// What it made of what.
        #[serde(flatten)]
        made: Made,
    },
    /// Its outputs were there; the figures are of the run that made them.
    Reused {
        /// What it made of what.
        #[serde(flatten)]
        made: Made,
    },
    /// It failed.
    Failed {
        /// Why.
        #[serde(flatten)]
        failure: FailureEntry,
    },
    /// It did not run, or not to its end.
    NotRun {
        /// Why.
        #[serde(flatten)]
        reason: NotRunReason,
    },
}

/// Why a task did not run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "because", rename_all = "snake_case")]
pub enum NotRunReason {
    /// A task that it waits for failed or did not run.
    Upstream {
        /// That task.
        upstream: TaskId,
    },
    /// The run was asked to stop.
    Interrupted,
    /// The engine could not go on with the case.
    CaseFailed,
    /// Another job does it.
    Elsewhere,
}

/// What a task made of what, and what that took.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Made {
    /// The program that ran it, with its version.
    pub program: String,
    /// Its key.
    pub key: String,
    /// What its process used.
    #[serde(flatten)]
    pub usage: Usage,
    /// Seconds of processor time.
    pub core_s: f64,
    /// Bytes of all inputs.
    pub input_bytes: u64,
    /// Bytes of all outputs.
    pub output_bytes: u64,
    /// Files read.
    pub inputs: Vec<FileEntry>,
    /// Files made.
    pub outputs: Vec<FileEntry>,
    /// The document among them that sums up the task ([`SUMMARY`]), if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<serde_json::Value>,
}

impl Made {
    /// What the record of a task says, with the document that sums it up.
    pub(crate) fn of(record: crate::TaskRecord) -> Result<Self> {
        let summary = summary(&record.outputs)?;
        let bytes = |entries: &[FileEntry]| entries.iter().map(|entry| entry.bytes).sum();
        Ok(Self {
            program: record.program,
            key: record.key,
            core_s: record.usage.core_s(),
            usage: record.usage,
            input_bytes: bytes(&record.inputs),
            output_bytes: bytes(&record.outputs),
            inputs: record.inputs,
            summary,
            outputs: record.outputs,
        })
    }
}

/// The document that sums up a task. It was verified with the other outputs; one that vanished
/// since is missing here as it is there. One that cannot be read is an error.
fn summary(outputs: &[FileEntry]) -> Result<Option<serde_json::Value>> {
    let Some(entry) = outputs.iter().find(|entry| entry.name == SUMMARY) else { return Ok(None) };
    match wgs_formats::output::read_json(&entry.path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        read => read.map(Some),
    }
}

impl TaskEntry {
    pub(crate) fn new(spec: &TaskSpec, status: TaskStatus) -> Self {
        let temporary = spec.outputs.iter().filter(|output| output.temporary);
        Self {
            task: spec.id.clone(),
            stage: spec.stage.clone(),
            status,
            params: spec.params.clone(),
            tools: spec.tools.clone(),
            threads: spec.resources.threads,
            memory_bytes: spec.resources.memory_bytes,
            temporary: temporary.map(|output| output.name.clone()).collect(),
        }
    }
}

impl TaskStatus {
    /// What the task made, if its outputs are there.
    pub fn made(&self) -> Option<&Made> {
        match self {
            Self::Ran { made, .. } | Self::Reused { made } => Some(made),
            Self::Failed { .. } | Self::NotRun { .. } => None,
        }
    }
}

impl Totals {
    pub(crate) fn of(tasks: &[TaskEntry]) -> Self {
        let made = tasks.iter().filter_map(|task| task.status.made());
        made.fold(Self::default(), |sum, made| Self {
            core_s: sum.core_s + made.core_s,
            max_rss_bytes: sum.max_rss_bytes.max(made.usage.max_rss_bytes),
            output_bytes: sum.output_bytes + made.output_bytes,
        })
    }
}

impl RunRecord {
    /// Reads the record of a case.
    pub fn read(layout: &wgs_task::CaseLayout) -> Result<Self> {
        wgs_formats::output::read_json(&layout.run_record())
    }

    pub(crate) fn write(&self, plan: &CasePlan) -> Result<()> {
        let path = plan.layout.run_record();
        wgs_formats::output::remove_partials(&path)?;
        wgs_formats::output::write_json(&path, self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_that_cannot_be_read_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let outputs = |name: &str| {
            let path = folder.path().join(name);
            [FileEntry { name: SUMMARY.into(), path, bytes: 2, sha256: String::new() }]
        };
        wgs_formats::output::write(&folder.path().join("good.json"), "{}").unwrap();
        wgs_formats::output::write(&folder.path().join("cut.json"), "{").unwrap();
        assert_eq!(summary(&outputs("good.json")).unwrap(), Some(serde_json::json!({})));
        assert_eq!(summary(&outputs("gone.json")).unwrap(), None);
        let error = summary(&outputs("cut.json")).unwrap_err();
        assert!(error.to_string().contains("cut.json"), "{error}");
    }
}
