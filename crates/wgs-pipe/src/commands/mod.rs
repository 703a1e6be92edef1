//! What each command does, one file per command.

mod align;
mod annotate;
mod bundle;
mod call;
mod cluster;
mod compare;
mod convert;
mod doctor;
mod forecast;
mod intake;
mod interpret;
mod joint;
mod ledger;
mod metrics;
mod observe;
mod provenance;
mod qc;
mod regress;
mod report;
mod restore;
mod run;
mod schema;
mod status;
mod task;
mod why;
mod work;

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
        Command::Run { args, observe } => run::run(&args, &observe),
        Command::Plan(args) => run::plan(&args),
        Command::Submit(args) => cluster::submit(&args),
        Command::Status(args) => status::status(&args),
        Command::Intake(args) => intake::intake(&args),
        Command::Ledger(args) => ledger::ledger(&args),
        Command::Cancel(args) => cluster::cancel(&args),
        Command::Logs(args) => cluster::logs(&args),
        Command::Controller(args) => cluster::controller(&args),
        Command::Doctor(args) => doctor::doctor(&args),
        Command::Bundle(BundleCommand::Build(args)) => bundle::build(&args),
        Command::Bundle(BundleCommand::Add(args)) => bundle::source::add(&args),
        Command::Bundle(BundleCommand::List { bundle, json }) => bundle::list::list(&bundle, json),
        Command::Bundle(BundleCommand::Remove { bundle, name }) => {
            bundle::source::remove(&bundle, &name)
        }
        Command::Bundle(BundleCommand::Verify { bundle }) => bundle::verify(&bundle),
        Command::Qc(args) => qc::qc(&args),
        Command::Align(args) => align::align(&args),
        Command::Call(args) => call::call(&args),
        Command::Why(args) => why::why(&args),
        Command::Joint(args) => joint::joint(&args),
        Command::Annotate(args) => annotate::annotate(&args),
        Command::Interpret(args) => interpret::interpret(&args),
        Command::Metrics(args) => metrics::metrics(&args),
        Command::Report(args) => report::report(&args),
        Command::Compare(args) => compare::compare(&args),
        Command::Restore(args) => restore::restore(&args),
        Command::Verify(args) => restore::verify(&args),
        Command::Convert(args) => convert::convert(&args),
        Command::Regress(args) => regress::regress(&args),
        Command::Provenance(args) => provenance::provenance(&args),
        Command::Sbom => provenance::sbom(),
        Command::Schema(args) => schema::schema(&args),
        Command::Completions { shell } => completions(shell),
        Command::Man { out } => man(&out),
        Command::Task { stage, spec } => task::task(&stage, &spec),
        Command::Work { batch, slot } => work::work(&batch, slot),
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

/// Checks, before any work, that an output can be written where it is wanted: it has the name of a
/// file, is none of the inputs, and its folder is there or can be made.
fn prepare_output(out: &Path, inputs: &[&Path]) -> Outcome {
    let wrong = |what: &str| Failure::new(ErrorKind::Usage, format!("{}: {what}", out.display()));
    if out.is_dir() || out.file_name().is_none() {
        return Err(
            wrong("is a folder; expected the name of a file").hint("give --out a file name")
        );
    }
    let real = out.canonicalize().ok();
    if real.is_some() && inputs.iter().any(|input| input.canonicalize().ok() == real) {
        return Err(wrong("is an input as well").hint("give --out another name"));
    }
    match out.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => Ok(output::create_folder(folder)?),
        _ => Ok(()),
    }
}

/// Whether two names, of files that may not be there yet, are of one place.
fn is_same_place(one: &Path, other: &Path) -> bool {
    let place = |path: &Path| {
        let path = std::path::absolute(path).ok()?;
        let folder = path.parent()?;
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        Some(folder.join(path.file_name()?))
    };
    place(one).is_some_and(|one| place(other) == Some(one))
}

/// As [`prepare_output`], for a VCF that is to be compressed and indexed.
fn prepare_vcf(out: &Path, inputs: &[&Path]) -> Outcome {
    if !out.to_string_lossy().ends_with(".vcf.gz") {
        let reason = format!("{}: expected a name in .vcf.gz", out.display());
        return Err(Failure::new(ErrorKind::Usage, reason));
    }
    prepare_output(out, inputs)
}

/// The name of a file without its folder and without what tells its format.
fn stem(path: &Path) -> String {
    const SUFFIXES: [&str; 10] =
        [".gz", ".bgz", ".vcf", ".cram", ".bam", ".sam", ".fastq", ".fq", ".bed", ".json"];
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut rest = name.as_str();
    while let Some(shorter) = SUFFIXES.iter().find_map(|suffix| rest.strip_suffix(suffix)) {
        rest = shorter;
    }
    if rest.is_empty() { name } else { rest.to_owned() }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stems_keep_the_dots_of_ids() {
        let stem = |name: &str| stem(Path::new(name));
        assert_eq!(stem("x/S.tumor.cram"), "S.tumor");
        assert_eq!(stem("C1.small.vcf.gz"), "C1.small");
        assert_eq!(stem("a_R1.fastq.gz"), "a_R1");
        assert_eq!(stem(".gz"), ".gz");
    }
}
