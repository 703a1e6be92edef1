//! What each command does, one file per command.

mod align;
mod annotate;
mod bundle;
mod call;
mod convert;
mod doctor;
mod metrics;
mod qc;
mod report;
mod run;
mod schema;
mod status;
mod task;

use std::{
    io::{self, Write},
    path::Path,
    process::ExitCode,
};

use clap::{CommandFactory, Parser};
use wgs_core::ErrorKind;
use wgs_formats::{FileError, output};
use wgs_task::Limits;

use crate::{
    cli::{BundleCommand, Cli, Command, LimitArgs},
    failure::Failure,
    memory,
};

/// Outcome of a command.
type Outcome = Result<(), Failure>;

/// Runs the command line of this process and says how it ended.
pub fn main() -> ExitCode {
    match dispatch(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            complain(&failure);
            ExitCode::from(failure.kind.exit_code())
        }
    }
}

fn dispatch(command: Command) -> Outcome {
    match command {
        Command::Run(args) => run::run(&args),
        Command::Plan(args) => run::plan(&args),
        Command::Status(args) => status::status(&args),
        Command::Doctor(args) => doctor::doctor(&args),
        Command::Bundle(BundleCommand::Build(args)) => bundle::build(&args),
        Command::Bundle(BundleCommand::Verify { bundle }) => bundle::verify(&bundle),
        Command::Qc(args) => qc::qc(&args),
        Command::Align(args) => align::align(&args),
        Command::Call(args) => call::call(&args),
        Command::Annotate(args) => annotate::annotate(&args),
        Command::Metrics(args) => metrics::metrics(&args),
        Command::Report(args) => report::report(&args),
        Command::Convert(args) => convert::convert(&args),
        Command::Schema(args) => schema::schema(&args),
        Command::Completions { shell } => completions(shell),
        Command::Man { out } => man(&out),
        Command::Task { stage, spec } => task::task(&stage, &spec),
    }
}

#[expect(clippy::print_stderr, reason = "where a command says why it failed")]
fn complain(failure: &Failure) {
    eprintln!("error: {}", failure.message);
    if let Some(hint) = &failure.hint {
        eprintln!(" hint: {hint}");
    }
}

/// Writes text to standard output; a reader that has gone away is no failure.
fn say(text: &str) -> Outcome {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => {
            Err(FileError::io("standard output", e).into())
        }
        _ => Ok(()),
    }
}

/// What the arguments grant, or what this machine has.
fn limits(args: &LimitArgs) -> Limits {
    let processors = || std::thread::available_parallelism().map_or(1, usize::from);
    Limits {
        threads: args.threads.map_or_else(processors, usize::from),
        memory_bytes: args.memory.unwrap_or_else(memory::default_memory).0,
    }
}

/// Makes the folder that an output file will stand in.
fn make_parent(path: &Path) -> Outcome {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => Ok(output::create_folder(folder)?),
        _ => Ok(()),
    }
}

fn completions(shell: clap_complete::Shell) -> Outcome {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "wgs-pipe", &mut text);
    say(&String::from_utf8_lossy(&text))
}

fn man(out: &Path) -> Outcome {
    output::create_folder(out)?;
    let failed =
        |e: io::Error| Failure::new(ErrorKind::of_io(&e), format!("{}: {e}", out.display()));
    clap_mangen::generate_to(Cli::command(), out).map_err(failed)
}
