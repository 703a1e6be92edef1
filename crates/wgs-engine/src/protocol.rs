//! What an engine and the process of a task say to each other.
//!
//! The process is started as `PROGRAM task STAGE --spec FILE`, where the file is a
//! [`TaskSpec`] in JSON. Then
//!
//! - it writes [`Message`]s to its standard output, one JSON object a line; lines that are none
//!   go to the log;
//! - what it writes to its standard error is the log;
//! - its exit code is 0, or [`ErrorKind::exit_code`](wgs_core::ErrorKind::exit_code) of its failure;
//! - its standard input is a pipe that never holds anything and that the engine keeps open: when
//!   it ends, the engine is dead, and the process ends itself (see [`watch_engine`]). Programs
//!   that a task starts must not read it;
//! - it leads a process group of its own, to which its child processes belong; whatever is left of
//!   the group when the process ends is killed;
//! - `TMPDIR` is a folder that is removed when the process ends.
//!
//! What the command `task` of a program looks like:
//!
//! ```no_run
//! use wgs_engine::protocol::{self, TaskOutput};
//! use wgs_task::{Stage, StageError};
//!
//! fn task(stage: &dyn Stage, spec: &std::path::Path) -> Result<(), StageError> {
//!     protocol::watch_engine(|| {
//!         protocol::kill_own_group();
//!         std::process::exit(130)
//!     });
//!     let output = TaskOutput::new(std::io::stdout());
//!     let spec = protocol::read_spec(spec)?;
//!     stage.run(&spec, &output).inspect_err(|error| output.error(error))
//! }
//! ```

use std::{
    env,
    io::{self, Read, Write},
    path::Path,
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, killpg},
    unistd::{getpgrp, getpid},
};
use serde::{Deserialize, Serialize};
use wgs_formats::output;
use wgs_task::{Monitor, StageError, TaskSpec};

/// Environment variable that tells a process that an engine started it: the engine's process id.
pub const ENGINE_VARIABLE: &str = "WGS_PIPE_ENGINE";
/// Progress is written no more often than this.
const BETWEEN_PROGRESS: Duration = Duration::from_millis(200);

/// One line from a task's process.
///
/// ```
/// use wgs_engine::protocol::Message;
/// let line = r#"{"progress":{"done":5,"total":10}}"#;
/// let message: Message = serde_json::from_str(line)?;
/// assert_eq!(message, Message::Progress { done: 5, total: Some(10) });
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Message {
    /// How far it is.
    Progress {
        /// Units of work that are done.
        done: u64,
        /// Of how many, where known.
        total: Option<u64>,
    },
    /// Why it is about to fail.
    Error(TaskError),
}

/// Why a task fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskError {
    /// [`ErrorKind::exit_code`](wgs_core::ErrorKind::exit_code) of its class.
    pub exit_code: u8,
    /// What happened.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl From<&StageError> for TaskError {
    fn from(error: &StageError) -> Self {
        Self {
            exit_code: error.kind().exit_code(),
            message: error.to_string(),
            hint: error.hint().map(str::to_owned),
        }
    }
}

/// Writes messages; the [`Monitor`] of a stage that runs in a task's process.
#[derive(Debug)]
pub struct TaskOutput<W>(Mutex<Inner<W>>);

#[derive(Debug)]
struct Inner<W> {
    output: W,
    last_progress: Option<Instant>,
}

impl<W: Write + Send> TaskOutput<W> {
    /// Writes to `output`: the standard output.
    pub fn new(output: W) -> Self {
        Self(Mutex::new(Inner { output, last_progress: None }))
    }

    /// Says why the task is about to fail.
    pub fn error(&self, error: &StageError) {
        self.with(|inner| inner.write(&Message::Error(error.into())));
    }

    fn with(&self, act: impl FnOnce(&mut Inner<W>)) {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl<W: Write> Inner<W> {
    /// Nobody is left to be told when writing fails: the engine at the other end is gone.
    fn write(&mut self, message: &Message) {
        let mut line = serde_json::to_string(message).expect("text and numbers are JSON");
        line.push('\n');
        let _ = self.output.write_all(line.as_bytes()).and_then(|()| self.output.flush());
    }
}

impl<W: Write + Send> Monitor for TaskOutput<W> {
    fn progress(&self, done: u64, total: Option<u64>) {
        self.with(|inner| {
            let now = Instant::now();
            let due = inner.last_progress.is_none_or(|last| now - last >= BETWEEN_PROGRESS);
            if due || total == Some(done) {
                inner.last_progress = Some(now);
                inner.write(&Message::Progress { done, total });
            }
        });
    }
}

/// Reads the specification that the engine wrote.
pub fn read_spec(path: &Path) -> wgs_formats::Result<TaskSpec> {
    output::read_json(path)
}

/// In a process that an engine started, calls `end` once the engine is dead; else does nothing.
pub fn watch_engine(end: impl FnOnce() + Send + 'static) {
    if env::var_os(ENGINE_VARIABLE).is_some() {
        thread::spawn(|| {
            wait_for_end(io::stdin());
            end();
        });
    }
}

/// Reads until there is nothing more.
fn wait_for_end(mut input: impl Read) {
    let mut buffer = [0; 64];
    loop {
        match input.read(&mut buffer) {
            Ok(0) => return,
            Err(e) if e.kind() != io::ErrorKind::Interrupted => return,
            _ => {}
        }
    }
}

/// Kills this process with its child processes, if it leads a process group of its own; does
/// nothing otherwise.
pub fn kill_own_group() {
    if getpgrp() == getpid() {
        // It cannot fail: the group exists, and this process may signal itself.
        let _ = killpg(getpgrp(), Signal::SIGKILL);
    }
}

#[cfg(test)]
mod tests {
    use wgs_core::ErrorKind;

    use super::*;

    fn lines(output: TaskOutput<Vec<u8>>) -> Vec<Message> {
        let written = output.0.into_inner().unwrap().output;
        String::from_utf8(written)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn progress_is_thinned_out_but_its_end_is_told() {
        let output = TaskOutput::new(Vec::new());
        for done in 0..=1000 {
            output.progress(done, Some(1000));
        }
        let lines = lines(output);
        assert!((2..100).contains(&lines.len()), "{}", lines.len());
        let total = Some(1000);
        assert_eq!(lines.first(), Some(&Message::Progress { done: 0, total }));
        assert_eq!(lines.last(), Some(&Message::Progress { done: 1000, total }));
    }

    #[test]
    fn errors_carry_class_and_hint() {
        let output = TaskOutput::new(Vec::new());
        output.error(&StageError::Other {
            kind: ErrorKind::Truncated,
            reason: "ends early".into(),
            hint: Some("copy it again".into()),
        });
        let expected = TaskError {
            exit_code: ErrorKind::Truncated.exit_code(),
            message: "ends early".into(),
            hint: Some("copy it again".into()),
        };
        assert_eq!(lines(output), [Message::Error(expected)]);
    }
}
