//! A task. Its parameter `control` is a folder; a file of the task's id in it says how to behave,
//! so that the behaviour may change while the task's key stays.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::Path,
    process::{self, Command, ExitCode},
    thread,
    time::Duration,
};

use serde::Deserialize;
use wgs_core::ErrorKind;
use wgs_engine::protocol::{self, TaskOutput};
use wgs_formats::{FileError, Result, digest, output::AtomicFile};
use wgs_task::{Monitor, StageError, TaskSpec};

/// How to behave.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Behaviour {
    /// Milliseconds between the halves of each output.
    pause_ms: u64,
    /// Fails with this code before any output, and says why if there is a message.
    exit_code: u8,
    message: Option<String>,
    /// Leaves this output out, or empty.
    leave_out: Option<String>,
    leave_empty: Option<String>,
    /// Sends this signal to itself in the middle of the first output.
    signal: Option<i32>,
    /// Does not end when the engine is dead.
    ignore_engine: bool,
    /// Does not end at SIGTERM.
    ignore_term: bool,
    /// Leaves a process behind.
    leave_process: bool,
    /// Adds to this file at the end.
    append_to: Option<std::path::PathBuf>,
    /// Adds this to what its outputs hold.
    extra: String,
    /// Writes something that is no message to standard output.
    chatter: Option<String>,
}

pub(crate) fn run(stage: &str, spec: &Path) -> ExitCode {
    let output = TaskOutput::new(io::stdout());
    let outcome = protocol::read_spec(spec).map_err(StageError::from).and_then(|spec| {
        assert_eq!(spec.stage, stage);
        act(&spec, &output)
    });
    match outcome {
        Ok(code) => code,
        Err(error) => {
            output.error(&error);
            ExitCode::from(error.kind().exit_code())
        }
    }
}

fn act(spec: &TaskSpec, output: &dyn Monitor) -> Result<ExitCode, StageError> {
    let control = Path::new(spec.params["control"].as_str().unwrap_or_default());
    let behaviour = behaviour(&control.join(spec.id.as_str()))?;
    if !behaviour.ignore_engine {
        protocol::watch_engine(|| {
            protocol::kill_own_group();
            process::abort();
        });
    }
    if behaviour.ignore_term {
        let mut set = nix::sys::signal::SigSet::empty();
        set.add(nix::sys::signal::Signal::SIGTERM);
        set.thread_block().expect("SIGTERM can be blocked");
    }
    if behaviour.leave_process {
        Command::new("sleep").arg("60").spawn().map_err(|e| FileError::io("sleep", e))?;
    }
    let _ = writeln!(io::stderr(), "task {} begins", spec.id);
    if let Some(text) = &behaviour.chatter {
        let _ = writeln!(io::stdout(), "{text}");
    }
    let uses = spec.resources;
    trace(control, &format!("{} begin {} {}", spec.id, uses.threads, uses.memory_bytes))?;
    let content = content(spec)? + &behaviour.extra;
    fail_as_told(&behaviour)?;
    if behaviour.exit_code != 0 {
        return Ok(ExitCode::from(behaviour.exit_code));
    }
    let total = spec.outputs.len() as u64;
    for (promised, done) in spec.outputs.iter().zip(1..) {
        if behaviour.leave_out.as_ref() != Some(&promised.name) {
            make(&promised.path, &promised.name, &content, &behaviour)?;
        }
        output.progress(done, Some(total));
    }
    if let Some(path) = &behaviour.append_to {
        append(path, "more")?;
    }
    trace(control, &format!("{} end {} {}", spec.id, uses.threads, uses.memory_bytes))?;
    Ok(ExitCode::SUCCESS)
}

fn behaviour(path: &Path) -> Result<Behaviour> {
    match fs::read(path) {
        Ok(text) => {
            serde_json::from_slice(&text).map_err(|e| FileError::invalid(path, e.to_string()))
        }
        Err(_) => Ok(Behaviour::default()),
    }
}

fn fail_as_told(behaviour: &Behaviour) -> Result<(), StageError> {
    let Some(message) = &behaviour.message else {
        return Ok(());
    };
    Err(StageError::Other {
        kind: ErrorKind::from_exit_code(behaviour.exit_code).unwrap_or(ErrorKind::TaskFailed),
        reason: message.clone(),
        hint: Some("do better".into()),
    })
}

/// Follows from the parameter `salt` and the content of all inputs that are files.
fn content(spec: &TaskSpec) -> Result<String> {
    let mut text = spec.params["salt"].to_string();
    for input in spec.inputs.iter().filter(|input| input.path.is_file()) {
        text.push_str(&digest::sha256_file(&input.path)?);
    }
    Ok(text)
}

fn make(path: &Path, name: &str, content: &str, behaviour: &Behaviour) -> Result<()> {
    let mut file = AtomicFile::create(path)?;
    let failed = |e| FileError::io(path, e);
    let empty = behaviour.leave_empty.as_deref() == Some(name);
    for half in 0..2 {
        if !empty {
            writeln!(file, "{name} {half} {content}").map_err(failed)?;
        }
        if half == 0 {
            file.flush().map_err(failed)?;
            thread::sleep(Duration::from_millis(behaviour.pause_ms));
            if let Some(signal) = behaviour.signal {
                kill_self(signal);
            }
        }
    }
    file.commit()
}

fn kill_self(signal: i32) {
    let signal = nix::sys::signal::Signal::try_from(signal).expect("the number of a signal");
    nix::sys::signal::kill(nix::unistd::getpid(), signal).expect("a process may signal itself");
}

fn trace(control: &Path, line: &str) -> Result<()> {
    append(&control.join("trace"), &format!("{line}\n"))
}

fn append(path: &Path, text: &str) -> Result<()> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|e| FileError::io(path, e))
}
