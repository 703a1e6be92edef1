//! A task: one process, with everything that decides its outputs.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use wgs_formats::digest::sha256_bytes;

use crate::StageError;

/// Name of a task within its case: stage and, where there is one, sample (`reads.NA12878`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaskId(String);

impl TaskId {
    /// The task of a stage that works on the whole case.
    pub fn of_case(stage: &str) -> Self {
        Self(stage.to_owned())
    }

    /// The task of a stage that works on one sample.
    pub fn of_sample(stage: &str, sample: &wgs_core::SampleId) -> Self {
        Self(format!("{stage}.{sample}"))
    }

    /// One of several tasks that share the work of this one, counted from 1
    /// (`call.NA12878.shard-3`).
    #[must_use]
    pub fn shard(&self, number: u32) -> Self {
        Self(format!("{self}.shard-{number}"))
    }

    /// As text; fit for a file name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for TaskId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A file that a task reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// Its part in the task (`cram`, `r1.2`), unique in the task.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// SHA-256 of what stands there, where it is known without reading it (a reference bundle,
    /// whose manifest's digest stands for all its files).
    pub digest: Option<String>,
}

impl Input {
    /// A file whose digest is to be taken.
    pub fn file(name: impl Into<String>, path: impl Into<PathBuf>) -> Self {
        Self { name: name.into(), path: path.into(), digest: None }
    }
}

/// Name of an output that is a small JSON document: the record of a run repeats it, so that it is
/// found without the output's folder.
pub const SUMMARY: &str = "summary";

/// A file that a task promises.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// Its part in the task (`cram`, `index`, [`SUMMARY`]), unique in the task.
    pub name: String,
    /// Where it will be.
    pub path: PathBuf,
    /// Whether it serves only the tasks that read it, and goes when they are done.
    #[serde(default)]
    pub temporary: bool,
}

impl Output {
    /// An output that stays.
    pub fn new(name: impl Into<String>, path: impl Into<PathBuf>) -> Self {
        Self { name: name.into(), path: path.into(), temporary: false }
    }

    /// An output that is deleted once every task that reads it is done.
    pub fn temporary(name: impl Into<String>, path: impl Into<PathBuf>) -> Self {
        Self { temporary: true, ..Self::new(name, path) }
    }
}

/// What a task may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resources {
    /// Threads.
    pub threads: usize,
    /// Memory in bytes.
    pub memory_bytes: u64,
}

/// One process to run: `wgs-pipe task STAGE --spec FILE`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskSpec {
    /// Name within the case.
    pub id: TaskId,
    /// The stage that runs it.
    pub stage: String,
    /// Everything but files that decides the outputs; no paths, threads or memory.
    pub params: serde_json::Value,
    /// Programs and embedded engines that decide the outputs, with versions.
    pub tools: BTreeMap<String, String>,
    /// Files read.
    pub inputs: Vec<Input>,
    /// Files promised.
    pub outputs: Vec<Output>,
    /// What it may use; without influence on its outputs.
    pub resources: Resources,
}

impl TaskSpec {
    /// The path of an input.
    pub fn input(&self, name: &str) -> Result<&Path, StageError> {
        let input = self.inputs.iter().find(|i| i.name == name);
        input
            .map(|i| i.path.as_path())
            .ok_or_else(|| StageError::spec(format!("no input {name:?}")))
    }

    /// The paths of the inputs `NAME.1`, `NAME.2` and so on, in the order of the specification.
    pub fn numbered_inputs(&self, name: &str) -> impl Iterator<Item = &Path> {
        let is_one = move |text: &str| {
            let number = text.strip_prefix(name).and_then(|rest| rest.strip_prefix('.'));
            number.is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()))
        };
        self.inputs.iter().filter(move |i| is_one(&i.name)).map(|i| i.path.as_path())
    }

    /// The path of an output.
    pub fn output(&self, name: &str) -> Result<&Path, StageError> {
        let output = self.outputs.iter().find(|o| o.name == name);
        output
            .map(|o| o.path.as_path())
            .ok_or_else(|| StageError::spec(format!("no output {name:?}")))
    }

    /// The parameters, in the form in which the stage put them there.
    pub fn params<T: DeserializeOwned>(&self) -> Result<T, StageError> {
        T::deserialize(&self.params).map_err(|e| StageError::spec(format!("parameters: {e}")))
    }

    /// The task's key: SHA-256 over stage, parameters, tool versions, and the name and digest of
    /// each input. Two tasks with one key have outputs of the same bytes.
    ///
    /// `input_digests` are in the order of [`TaskSpec::inputs`].
    pub fn key(&self, input_digests: &[String]) -> String {
        let inputs: Vec<_> = self.inputs.iter().map(|i| &i.name).zip(input_digests).collect();
        let outputs: Vec<_> = self.outputs.iter().map(|o| &o.name).collect();
        let key = serde_json::json!([self.stage, self.params, self.tools, inputs, outputs]);
        sha256_bytes(key.to_string().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> TaskSpec {
        TaskSpec {
            id: TaskId::of_case("call"),
            stage: "call".into(),
            params: serde_json::json!({"b": 1, "a": 2}),
            tools: BTreeMap::from([("wgs-smallvar".into(), "0.1.0".into())]),
            inputs: vec![Input::file("cram", "x.cram")],
            outputs: vec![Output::new("vcf", "x.vcf.gz")],
            resources: Resources { threads: 1, memory_bytes: 1 },
        }
    }

    #[test]
    fn the_key_follows_what_decides_the_outputs() {
        let digests = ["d".to_owned()];
        let key = spec().key(&digests);
        let changed = |change: fn(&mut TaskSpec)| {
            let mut other = spec();
            change(&mut other);
            other.key(&digests) != key
        };
        assert!(changed(|s| s.params["a"] = 3.into()));
        assert!(changed(|s| s.tools.clear()));
        assert!(changed(|s| s.stage = "sv".into()));
        assert!(changed(|s| s.inputs[0].name = "bam".into()));
        assert_ne!(spec().key(&["e".to_owned()]), key);
    }

    #[test]
    fn the_key_ignores_where_and_how_fast() {
        let digests = ["d".to_owned()];
        let mut other = spec();
        other.resources.threads = 8;
        other.inputs[0].path = "/elsewhere/y.cram".into();
        other.outputs[0].path = "/elsewhere/y.vcf.gz".into();
        assert_eq!(other.key(&digests), spec().key(&digests));
    }
}
