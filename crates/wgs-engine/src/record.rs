//! What made the outputs of a task: `tasks/TASK.json` in the state folder.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use wgs_formats::{FileError, Result, output};
use wgs_task::{Resources, TaskId, TaskSpec};

use crate::{
    FileEntry, Io, Time,
    files::{Digests, Stamp},
    state,
};

/// Value of `schema` in a task record.
pub const SCHEMA: &str = "wgs-pipe/task-record/1";

/// The run of a task that ended well, written once every output was verified.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskRecord {
    /// Version of the format.
    pub schema: String,
    /// The program that ran it, with its version.
    pub program: String,
    /// The task.
    pub task: TaskId,
    /// Its stage.
    pub stage: String,
    /// [`TaskSpec::key`] of its specification and the digests of its inputs.
    pub key: String,
    /// Its parameters.
    pub params: serde_json::Value,
    /// What decided its outputs, with versions.
    pub tools: BTreeMap<String, String>,
    /// What it read.
    pub inputs: Vec<FileEntry>,
    /// What it made.
    pub outputs: Vec<FileEntry>,
    /// By what inputs and outputs are known without reading them, where they were read, by path.
    #[serde(default)]
    pub(crate) stamps: BTreeMap<PathBuf, Stamp>,
    /// What it used.
    pub usage: Usage,
}

/// What the process of a task used. What records of older versions do not tell is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// When it started.
    pub started: Time,
    /// When its outputs were verified.
    pub finished: Time,
    /// Seconds that its process ran.
    pub wall_s: f64,
    /// Seconds of processor time in user mode, with its child processes.
    pub user_s: f64,
    /// Seconds of processor time in the kernel, with its child processes.
    pub system_s: f64,
    /// Largest resident memory of its process or one of its child processes, in bytes.
    pub max_rss_bytes: u64,
    /// What its process and its child processes read and wrote; none where the system does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub io: Option<Io>,
    /// Name of the machine on which it ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<String>,
    /// What it might use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Resources>,
    /// Seconds that it waited for a machine at an [`Executor`](crate::cluster::Executor).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue_s: Option<f64>,
}

impl Usage {
    /// Seconds of processor time.
    pub fn core_s(&self) -> f64 {
        self.user_s + self.system_s
    }
}

/// A record that cannot be relied on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unusable {
    Missing,
    Unreadable(String),
}

impl TaskRecord {
    /// Reads the record of a task.
    pub(crate) fn read(path: &Path, spec: &TaskSpec) -> Result<Self, Unusable> {
        match std::fs::metadata(path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Err(Unusable::Missing),
            _ => {}
        }
        let record: Self =
            output::read_json(path).map_err(|e: FileError| Unusable::Unreadable(e.to_string()))?;
        let unreadable = |reason: String| Err(Unusable::Unreadable(reason));
        if record.schema != SCHEMA {
            return unreadable(format!("schema is {:?}", record.schema));
        }
        if record.task != spec.id {
            return unreadable(format!("it is of the task {}", record.task));
        }
        Ok(record)
    }

    /// Lets the digests of files that were not touched since be taken from the record.
    pub(crate) fn trust_stamps(&self, digests: &Digests) {
        for entry in self.inputs.iter().chain(&self.outputs) {
            if let Some(stamp) = self.stamps.get(&entry.path) {
                digests.trust(&entry.path, *stamp, entry.content());
            }
        }
    }

    /// Writes the record.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        output::write_json(path, self)
    }

    /// Removes a record, before what it vouches for changes.
    pub(crate) fn remove(path: &Path) -> Result<()> {
        state::remove_file(path)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::testing::task;

    pub(crate) fn record(spec: &TaskSpec) -> TaskRecord {
        let time: Time = "2026-11-20T09:30:00.000Z".parse().unwrap();
        TaskRecord {
            schema: SCHEMA.into(),
            program: "test 1".into(),
            task: spec.id.clone(),
            stage: spec.stage.clone(),
            key: String::new(),
            params: spec.params.clone(),
            tools: spec.tools.clone(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            stamps: BTreeMap::new(),
            usage: Usage {
                started: time,
                finished: time,
                wall_s: 1.5,
                user_s: 1.0,
                system_s: 0.5,
                max_rss_bytes: 7,
                io: Some(Io { read_bytes: 1, ..Io::default() }),
                machine: Some("node-1".into()),
                asked: Some(spec.resources),
                queue_s: None,
            },
        }
    }

    #[test]
    fn a_record_of_an_older_version_is_read() {
        let record = record(&task("a", &[], &["x"]));
        let mut value = serde_json::to_value(&record).unwrap();
        let usage = value["usage"].as_object_mut().unwrap();
        for name in ["io", "machine", "asked"] {
            assert!(usage.remove(name).is_some(), "{name}");
        }
        let read: TaskRecord = serde_json::from_value(value).unwrap();
        let unknown = Usage { io: None, machine: None, asked: None, ..record.usage.clone() };
        assert_eq!(read, TaskRecord { usage: unknown, ..record });
    }

    #[test]
    fn what_is_not_a_whole_record_of_the_task_is_unusable() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        let spec = task("a", &[], &["x"]);
        assert_eq!(TaskRecord::read(&path, &spec), Err(Unusable::Missing));
        record(&spec).write(&path).unwrap();
        assert_eq!(TaskRecord::read(&path, &spec), Ok(record(&spec)));
        let text = std::fs::read_to_string(&path).unwrap();
        let spoiled = [
            text[..text.len() / 2].to_owned(),
            text.replace("task-record/1", "task-record/0"),
            text.replace(r#""task": "a""#, r#""task": "b""#),
            String::new(),
        ];
        for text in spoiled {
            output::write(&path, text).unwrap();
            let read = TaskRecord::read(&path, &spec);
            assert!(matches!(read, Err(Unusable::Unreadable(_))), "{read:?}");
        }
    }
}
