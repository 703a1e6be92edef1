//! Whether what a task promises is there already.
//!
//! A task is up to date exactly when its key is the one in its record, and every output exists
//! with the digest in the record. Keys hold the digests of inputs, so a change travels downstream
//! exactly as far as it changes bytes.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use rayon::prelude::*;
use wgs_core::ErrorKind;
use wgs_formats::Result;
use wgs_task::{Input, Output, TaskId, TaskSpec};

use crate::{
    FileEntry, Stop,
    files::{self, Content, Digests},
    record::{TaskRecord, Unusable},
    state::StateFolder,
};

/// Whether a task has to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Its outputs are there, made from the same inputs in the same way.
    UpToDate,
    /// It runs.
    WillRun(Reason),
}

/// Why a task runs: the first reason that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It never ended well here.
    NoRecord,
    /// Its record cannot be read.
    UnreadableRecord(String),
    /// Another stage made its outputs.
    StageChanged,
    /// A parameter differs; its path in the parameters, with dots.
    ParameterChanged(String),
    /// A tool has another version.
    ToolChanged {
        /// The tool.
        name: String,
        /// Its version then, if it was used.
        before: Option<String>,
        /// Its version now, if it is used.
        now: Option<String>,
    },
    /// It reads files of other names.
    InputsChanged,
    /// The content of an input differs.
    InputChanged(String),
    /// It promises files of other names.
    OutputsChanged,
    /// An output is not there.
    OutputMissing(String),
    /// An output is not what the task made.
    OutputChanged(String),
    /// Keys are made in another way since.
    KeyChanged,
    /// A task that it waits for will run. If that makes the same bytes as before, this one is
    /// up to date after all.
    Upstream(TaskId),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRecord => f.write_str("no record"),
            Self::UnreadableRecord(why) => write!(f, "unreadable record: {why}"),
            Self::StageChanged => f.write_str("stage changed"),
            Self::ParameterChanged(name) => write!(f, "parameter {name} changed"),
            Self::ToolChanged { name, before, now } => {
                let text = |version: &Option<String>| version.clone().unwrap_or("none".into());
                write!(f, "tool version changed: {name} {} → {}", text(before), text(now))
            }
            Self::InputsChanged => f.write_str("other inputs"),
            Self::InputChanged(name) => write!(f, "input {name} changed"),
            Self::OutputsChanged => f.write_str("other outputs"),
            Self::OutputMissing(name) => write!(f, "output {name} missing"),
            Self::OutputChanged(name) => write!(f, "output {name} changed"),
            Self::KeyChanged => f.write_str("key changed"),
            Self::Upstream(task) => write!(f, "upstream task {task} will run"),
        }
    }
}

/// What a task made, judged by its record alone: neither inputs nor outputs are looked at.
pub(crate) fn former(spec: &TaskSpec, state: &StateFolder) -> Option<TaskRecord> {
    let record = TaskRecord::read(&state.record(&spec.id), spec).ok()?;
    spec_difference(&record, spec).is_none().then_some(record)
}

/// What is there of a task whose upstream tasks are done.
#[derive(Clone, Debug)]
pub(crate) enum Found {
    UpToDate(Box<TaskRecord>),
    Outdated(Order),
    /// It has to run, or cannot be judged, and what these upstream tasks made for it is not, or not
    /// any more, what they made.
    Damaged(BTreeSet<usize>),
}

/// A task that has to run, with what its outputs will be made from.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) key: String,
    pub(crate) inputs: Vec<FileEntry>,
    pub(crate) provided: Arc<Provided>,
    pub(crate) reason: Reason,
}

/// What upstream tasks say that they made, by path.
#[derive(Clone, Debug, Default)]
pub(crate) struct Provided(BTreeMap<PathBuf, Provision>);

/// One file that an upstream task made.
#[derive(Clone, Debug)]
struct Provision {
    producer: usize,
    content: Content,
}

impl Provided {
    /// Adds what a task made.
    pub(crate) fn add(&mut self, producer: usize, outputs: &[FileEntry]) {
        let provision = |entry: &FileEntry| {
            (entry.path.clone(), Provision { producer, content: entry.content() })
        };
        self.0.extend(outputs.iter().map(provision));
    }

    /// The task that says it made a file.
    pub(crate) fn producer(&self, path: &Path) -> Option<usize> {
        self.0.get(path).map(|provision| provision.producer)
    }

    /// The tasks behind a specification's inputs that are not there, or not as they were made.
    pub(crate) fn damaged(&self, spec: &TaskSpec, digests: &Digests) -> Result<BTreeSet<usize>> {
        let mut damaged = BTreeSet::new();
        for input in &spec.inputs {
            if let Some(provision) = self.0.get(&input.path)
                && found(&input.path, digests, &Stop::default())?.as_ref()
                    != Some(&provision.content)
            {
                damaged.insert(provision.producer);
            }
        }
        Ok(damaged)
    }
}

/// Size and digest of a file, if it is there.
fn found(path: &Path, digests: &Digests, stop: &Stop) -> Result<Option<Content>> {
    match digests.of(path, stop) {
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        found => found.map(Some),
    }
}

/// What a check is made with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Check<'a> {
    pub(crate) state: &'a StateFolder,
    pub(crate) digests: &'a Digests,
    pub(crate) provided: &'a Arc<Provided>,
    /// Whether temporary outputs have to be there as well.
    pub(crate) all_outputs: bool,
    pub(crate) stop: &'a Stop,
}

/// Checks a task whose upstream tasks are done.
pub(crate) fn check(spec: &TaskSpec, with: &Check<'_>) -> Result<Found> {
    let mut gone = BTreeSet::new();
    let mut damaged = BTreeSet::new();
    for input in &spec.inputs {
        let Some(provision) = with.provided.0.get(&input.path) else { continue };
        match found(&input.path, with.digests, with.stop)? {
            None => drop(gone.insert(provision.producer)),
            Some(content) if content != provision.content => {
                damaged.insert(provision.producer);
            }
            Some(_) => {}
        }
    }
    if !damaged.is_empty() {
        return Ok(Found::Damaged(damaged));
    }
    let inputs = entries(spec, with)?;
    let input_digests: Vec<_> = inputs.iter().map(|i| i.sha256.clone()).collect();
    let key = spec.key(&input_digests);
    let reason = match TaskRecord::read(&with.state.record(&spec.id), spec) {
        Err(unusable) => unusable.into(),
        Ok(record) if record.key != key => spec_difference(&record, spec)
            .or_else(|| input_difference(&record, &inputs))
            .unwrap_or(Reason::KeyChanged),
        Ok(record) => match output_difference(&record, spec, with)? {
            Some(reason) => reason,
            None => return Ok(Found::UpToDate(Box::new(record))),
        },
    };
    Ok(match gone.is_empty() {
        true => {
            let provided = Arc::clone(with.provided);
            Found::Outdated(Order { key, inputs, provided, reason })
        }
        false => Found::Damaged(gone),
    })
}

/// The tasks' outputs that are not what was made, without those that may be gone.
pub(crate) fn is_damaged(spec: &TaskSpec, made: &[FileEntry], digests: &Digests) -> Result<bool> {
    for (entry, output) in made.iter().zip(&spec.outputs) {
        match found(&output.path, digests, &Stop::default())? {
            None if output.temporary => {}
            Some(content) if content == entry.content() => {}
            _ => return Ok(true),
        }
    }
    Ok(false)
}

/// Checks a task some of whose inputs will be made anew, so that they say nothing now.
pub(crate) fn check_without_inputs(
    spec: &TaskSpec,
    state: &StateFolder,
    upstream: &TaskId,
) -> Reason {
    match TaskRecord::read(&state.record(&spec.id), spec) {
        Err(unusable) => unusable.into(),
        Ok(record) => spec_difference(&record, spec)
            .or_else(|| missing_output(spec, false))
            .unwrap_or_else(|| Reason::Upstream(upstream.clone())),
    }
}

impl From<Unusable> for Reason {
    fn from(unusable: Unusable) -> Self {
        match unusable {
            Unusable::Missing => Self::NoRecord,
            Unusable::Unreadable(why) => Self::UnreadableRecord(why),
        }
    }
}

/// Digests and sizes of a task's inputs: as they were made, where a task made them, else as they are.
pub(crate) fn entries(spec: &TaskSpec, with: &Check<'_>) -> Result<Vec<FileEntry>> {
    let content = |input: &Input| match (&input.digest, with.provided.0.get(&input.path)) {
        (Some(sha256), _) => {
            Ok(Content { sha256: sha256.clone(), bytes: files::size(&input.path)? })
        }
        (None, Some(provision)) => Ok(provision.content.clone()),
        (None, None) => with.digests.of(&input.path, with.stop),
    };
    spec.inputs
        .par_iter()
        .map(|input| {
            let Content { sha256, bytes } = content(input)?;
            let (name, path) = (input.name.clone(), input.path.clone());
            Ok(FileEntry { name, path, sha256, bytes })
        })
        .collect()
}

fn spec_difference(record: &TaskRecord, spec: &TaskSpec) -> Option<Reason> {
    if record.stage != spec.stage {
        return Some(Reason::StageChanged);
    }
    parameter_difference(&record.params, &spec.params)
        .map(Reason::ParameterChanged)
        .or_else(|| tool_difference(record, spec))
        .or_else(|| name_difference(record, spec))
}

/// Dotted path of the first value that differs.
fn parameter_difference(before: &serde_json::Value, now: &serde_json::Value) -> Option<String> {
    // The record went through text; so must what it is compared with, or a number may seem to differ.
    let now = serde_json::from_str(&now.to_string()).ok()?;
    let mut path = Vec::new();
    differs(before, &now, &mut path).then(|| path.join("."))
}

fn differs(before: &serde_json::Value, now: &serde_json::Value, path: &mut Vec<String>) -> bool {
    let (Some(before), Some(now)) = (before.as_object(), now.as_object()) else {
        return before != now;
    };
    let mut names: Vec<_> = before.keys().chain(now.keys()).collect();
    names.sort();
    for name in names {
        path.push(name.clone());
        let differ = match (before.get(name), now.get(name)) {
            (Some(before), Some(now)) => differs(before, now, path),
            _ => true,
        };
        if differ {
            return true;
        }
        path.pop();
    }
    false
}

fn tool_difference(record: &TaskRecord, spec: &TaskSpec) -> Option<Reason> {
    let mut names: Vec<_> = record.tools.keys().chain(spec.tools.keys()).collect();
    names.sort();
    let name = names.into_iter().find(|name| record.tools.get(*name) != spec.tools.get(*name))?;
    Some(Reason::ToolChanged {
        name: name.clone(),
        before: record.tools.get(name).cloned(),
        now: spec.tools.get(name).cloned(),
    })
}

fn name_difference(record: &TaskRecord, spec: &TaskSpec) -> Option<Reason> {
    let differ =
        |before: &[FileEntry], now: Vec<&String>| !before.iter().map(|entry| &entry.name).eq(now);
    if differ(&record.inputs, spec.inputs.iter().map(|i| &i.name).collect()) {
        return Some(Reason::InputsChanged);
    }
    differ(&record.outputs, spec.outputs.iter().map(|o| &o.name).collect())
        .then_some(Reason::OutputsChanged)
}

fn input_difference(record: &TaskRecord, inputs: &[FileEntry]) -> Option<Reason> {
    record
        .inputs
        .iter()
        .zip(inputs)
        .find(|(before, now)| before.sha256 != now.sha256)
        .map(|(_, now)| Reason::InputChanged(now.name.clone()))
}

/// The first output that has to be there and is not.
fn missing_output(spec: &TaskSpec, all: bool) -> Option<Reason> {
    let missing = |output: &&Output| (all || !output.temporary) && !output.path.exists();
    Some(Reason::OutputMissing(spec.outputs.iter().find(missing)?.name.clone()))
}

/// The first output that is not what the record says. Sizes are compared before anything is read.
fn output_difference(
    record: &TaskRecord,
    spec: &TaskSpec,
    with: &Check<'_>,
) -> Result<Option<Reason>> {
    let missing = || missing_output(spec, with.all_outputs);
    if let Some(reason) = name_difference(record, spec).or_else(missing) {
        return Ok(Some(reason));
    }
    let pairs: Vec<_> = record.outputs.iter().zip(&spec.outputs).collect();
    let there: Vec<_> = pairs.into_iter().filter(|(_, output)| output.path.exists()).collect();
    let changed = |entry: &FileEntry| Some(Reason::OutputChanged(entry.name.clone()));
    for (entry, output) in &there {
        if files::size(&output.path)? != entry.bytes {
            return Ok(changed(entry));
        }
    }
    let same: Vec<bool> = there
        .par_iter()
        .map(|(entry, output)| Ok(with.digests.of(&output.path, with.stop)?.sha256 == entry.sha256))
        .collect::<Result<_>>()?;
    let first = there.iter().zip(same).find(|(_, same)| !same);
    Ok(first.and_then(|((entry, _), _)| changed(entry)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{record::tests::record, testing::task};

    #[test]
    fn the_first_differing_parameter_is_named() {
        let cases = [
            (json!({"a": 1, "b": {"c": 1}}), json!({"a": 1, "b": {"c": 2}}), Some("b.c")),
            (json!({"a": 1}), json!({"a": 1, "z": null}), Some("z")),
            (json!({"a": [1, 2]}), json!({"a": [2, 1]}), Some("a")),
            (json!({"a": 0.1}), json!({"a": 0.1}), None),
        ];
        for (before, now, expected) in cases {
            assert_eq!(parameter_difference(&before, &now).as_deref(), expected);
        }
    }

    #[test]
    fn numbers_do_not_differ_by_being_written() {
        for bits in (0..2000_u64).map(|n| n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 2) {
            let value = json!({"x": f64::from_bits(bits)});
            let written = serde_json::from_str(&value.to_string()).unwrap();
            assert_eq!(parameter_difference(&written, &value), None);
        }
    }

    #[test]
    fn every_part_of_a_specification_is_a_reason() {
        let spec = task("a", &["r1"], &["x"]);
        let mut before = record(&spec);
        let entry = |name: &str| FileEntry {
            name: name.into(),
            path: name.into(),
            sha256: String::new(),
            bytes: 0,
        };
        before.inputs = vec![entry("r1")];
        before.outputs = vec![entry("x")];
        let reason = |change: fn(&mut TaskSpec)| {
            let mut spec = spec.clone();
            change(&mut spec);
            spec_difference(&before, &spec).map(|reason| reason.to_string())
        };
        assert_eq!(reason(|_| {}), None);
        assert_eq!(reason(|s| s.stage = "b".into()).as_deref(), Some("stage changed"));
        assert_eq!(
            reason(|s| s.params["min_mapq"] = 3.into()).as_deref(),
            Some("parameter min_mapq changed")
        );
        assert_eq!(
            reason(|s| s.tools = [("tool".into(), "2".into())].into()).as_deref(),
            Some("tool version changed: tool 1 → 2")
        );
        assert_eq!(
            reason(|s| s.tools.clear()).as_deref(),
            Some("tool version changed: tool 1 → none")
        );
        assert_eq!(reason(|s| s.inputs.clear()).as_deref(), Some("other inputs"));
        assert_eq!(reason(|s| s.outputs.clear()).as_deref(), Some("other outputs"));
    }
}
