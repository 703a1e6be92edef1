//! Why a command failed: what the user reads on standard error, and the exit code.

use wgs_core::ErrorKind;
use wgs_formats::FileError;
use wgs_task::StageError;

/// A failed command.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    /// Class; decides the exit code.
    pub(crate) kind: ErrorKind,
    /// What, where.
    pub(crate) message: String,
    /// What to do about it.
    pub(crate) hint: Option<String>,
}

impl Failure {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        let hint = error.hint_text().map(str::to_owned);
        Self { kind: error.kind(), message: error.to_string(), hint }
    }
}

impl From<StageError> for Failure {
    fn from(error: StageError) -> Self {
        let hint = error.hint().map(str::to_owned);
        Self { kind: error.kind(), message: error.to_string(), hint }
    }
}

impl From<Failure> for wgs_engine::Failure {
    fn from(failure: Failure) -> Self {
        let Failure { kind, message, hint } = failure;
        Self { hint, ..Self::new(kind, message) }
    }
}
