//! The trait behind every stage of the pipeline.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use wgs_core::ErrorKind;
use wgs_formats::FileError;

use crate::{Bundle, Case, CaseLayout, Pipeline, TaskSpec};

/// A room of the pipeline: it plans tasks for a case, and runs one task in a process of its own.
pub trait Stage: Send + Sync {
    /// Name in pipeline definitions and task ids; `wgs-pipe task NAME` runs it.
    fn name(&self) -> &'static str;

    /// The tasks of a case. What they read may be outputs of other stages' tasks, known by their
    /// paths in the [`CaseLayout`].
    fn plan(&self, context: &PlanContext<'_>) -> Result<Vec<TaskSpec>, StageError>;

    /// Runs a task that [`Stage::plan`] made: writes every output, or fails.
    fn run(&self, spec: &TaskSpec, monitor: &dyn Monitor) -> Result<(), StageError>;
}

/// What a stage plans from.
#[derive(Clone, Copy, Debug)]
pub struct PlanContext<'a> {
    /// The case.
    pub case: &'a Case,
    /// The reference.
    pub bundle: &'a Bundle,
    /// Where outputs go.
    pub layout: &'a CaseLayout,
    /// The pipeline definition.
    pub pipeline: &'a Pipeline,
    /// What one task may use at most.
    pub limits: Limits,
}

impl PlanContext<'_> {
    /// The options of a stage; what the definition leaves out is `T`'s default where `T` says so.
    pub fn options<T: DeserializeOwned>(&self, stage: &str) -> Result<T, StageError> {
        self.pipeline.options(stage).try_into().map_err(|e: toml::de::Error| {
            let pipeline = &self.pipeline.name;
            let reason = format!("pipeline {pipeline:?}, options.{stage}: {}", e.message());
            StageError::new(ErrorKind::Configuration, reason)
        })
    }
}

/// A stage without options refuses any.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoOptions {}

/// What one task may use at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Threads.
    pub threads: usize,
    /// Memory in bytes.
    pub memory_bytes: u64,
}

/// Hears how far a task is.
pub trait Monitor: Sync {
    /// `done` of `total` (where known) units of work are finished.
    fn progress(&self, done: u64, total: Option<u64>);
}

/// Hears nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct SilentMonitor;

impl Monitor for SilentMonitor {
    fn progress(&self, _done: u64, _total: Option<u64>) {}
}

/// Why a stage could not plan or run.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// A file is at fault.
    #[error(transparent)]
    File(#[from] FileError),
    /// Something else is.
    #[error("{reason}")]
    Other {
        /// Its class.
        kind: ErrorKind,
        /// What happened.
        reason: String,
        /// What to do about it.
        hint: Option<String>,
    },
}

impl StageError {
    /// An error that no file is behind.
    pub fn new(kind: ErrorKind, reason: impl Into<String>) -> Self {
        Self::Other { kind, reason: reason.into(), hint: None }
    }

    /// The task specification lacks what the stage put there, or has it in another form.
    pub fn spec(reason: impl Into<String>) -> Self {
        Self::new(ErrorKind::Configuration, format!("task specification: {}", reason.into()))
    }

    /// The class of the failure.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::File(error) => error.kind(),
            Self::Other { kind, .. } => *kind,
        }
    }

    /// What to do about it, if something can be said.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::File(error) => error.hint_text(),
            Self::Other { hint, .. } => hint.as_deref(),
        }
    }
}
