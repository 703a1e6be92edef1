//! `wgs-pipe intake`

use std::{
    io::{IsTerminal, stderr},
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};
use wgs_core::ErrorKind;
use wgs_engine::Stop;
use wgs_intake::{
    CaseState, FileState, Intake, Monitor, Options, Report, SampleState, Samples, Take, one_line,
};

use super::{Outcome, run::stop_on_signals, say};
use crate::{
    cli::{IntakeArgs, TakeForm},
    failure::Failure,
};

/// How often a watch looks whether it is to end.
const GLANCE: Duration = Duration::from_millis(100);

pub(super) fn intake(args: &IntakeArgs) -> Outcome {
    let stop = stop_on_signals()?;
    let mut intake = Intake::open(options(args))?;
    let monitor = Progress::default();
    let scan = |intake: &mut Intake| -> Result<Report, Failure> {
        let report = intake.scan(&stop.flag(), &monitor);
        monitor.end();
        Ok(report?)
    };
    let report = scan(&mut intake)?;
    say(&text(args, &report))?;
    let Some(interval) = args.watch else { return conclude(args, &report) };
    let mut last = report;
    while wait(interval, &stop) {
        match scan(&mut intake) {
            Ok(report) => {
                if has_news(&report, &last) {
                    say(&text(args, &report))?;
                }
                last = report;
            }
            Err(failure) if failure.kind == ErrorKind::Interrupted => break,
            Err(failure) if intake.is_ousted() => return Err(failure),
            // A network folder comes and goes; what is wrong may be right at the next scan.
            Err(failure) => super::complain(&failure),
        }
    }
    Err(Failure::new(ErrorKind::Interrupted, "stopped").hint("run the same command again to go on"))
}

fn options(args: &IntakeArgs) -> Options {
    let defaults = Options::new(&args.delivery, &args.cases);
    Options {
        state: args.state.clone().unwrap_or(defaults.state),
        samples: match (&args.samples, args.single) {
            (Some(path), _) => Samples::Manifest(path.clone()),
            (None, true) => Samples::Single,
            (None, false) => Samples::Nobody,
        },
        without_checksums: args.without_checksums,
        deep: args.deep,
        without_end_block: args.without_end_block,
        settle: args.settle,
        done_marker: args.done_marker.clone(),
        replace: args.replace,
        move_quarantined: args.move_quarantined.clone(),
        take: args.take.map(|take| match take {
            TakeForm::Fastq => Take::Fastq,
            TakeForm::Alignments => Take::Alignments,
        }),
        threads: args.threads.map_or(defaults.threads, usize::from),
        ..defaults
    }
}

/// Waits; false if asked to stop.
fn wait(interval: Duration, stop: &Stop) -> bool {
    let begin = Instant::now();
    while !stop.is_requested() && begin.elapsed() < interval {
        thread::sleep(GLANCE.min(interval));
    }
    !stop.is_requested()
}

/// Whether a report tells anything that the one before did not.
fn has_news(report: &Report, last: &Report) -> bool {
    !report.is_unchanged()
        || report.files != last.files
        || report.samples != last.samples
        || report.cases.len() != last.cases.len()
        || report.cases.iter().zip(&last.cases).any(|(new, old)| new.reasons != old.reasons)
}

fn text(args: &IntakeArgs, report: &Report) -> String {
    if args.json { json(args, report) } else { tables(report) }
}

fn json(args: &IntakeArgs, report: &Report) -> String {
    let lines = |what: &str, values: Vec<serde_json::Value>| -> String {
        let with_kind = |mut value: serde_json::Value| {
            value["what"] = what.into();
            format!("{value}\n")
        };
        values.into_iter().map(with_kind).collect()
    };
    let kind = report.error_kind(wants_cases(args));
    let scan = serde_json::json!({
        "files_read": report.files_read,
        "bytes_read": report.bytes_read,
        "files_moved": report.files_moved,
        "is_unchanged": report.is_unchanged(),
        "exit_code": kind.map_or(0, ErrorKind::exit_code),
    });
    lines("file", values(&report.files))
        + &lines("sample", values(&report.samples))
        + &lines("case", values(&report.cases))
        + &lines("scan", vec![scan])
}

fn values<T: serde::Serialize>(all: &[T]) -> Vec<serde_json::Value> {
    // These hold text and numbers only, which JSON always takes.
    all.iter().filter_map(|one| serde_json::to_value(one).ok()).collect()
}

/// Cases, then samples without one, then what is wrong with files.
fn tables(report: &Report) -> String {
    let mut text = String::new();
    for case in &report.cases {
        let state = match case.state {
            CaseState::Written => "written",
            CaseState::Replaced => "written anew",
            CaseState::Unchanged => "there already",
            CaseState::Waiting => "waiting",
            CaseState::Conflict => "conflict",
        };
        text += &format!("case\t{}\t{state}\t{}\n", case.case, case.path.display());
        let lines = case.reasons.iter().map(|reason| format!("\t{}\n", one_line(reason)));
        text.extend(lines);
    }
    for sample in report.samples.iter().filter(|s| s.state == SampleState::Unassigned) {
        let lanes = sample.read_groups;
        let name = one_line(&sample.sample);
        text += &format!("sample\t{name}\tunassigned\t{lanes} read groups\n");
    }
    for file in &report.files {
        let name = one_line(&file.file);
        let (state, reason) = match (file.state, &file.problem, &file.reason) {
            (FileState::Quarantined, Some(problem), _) => {
                ("quarantined", format!("{}; {}", problem.reason, problem.advice))
            }
            (FileState::Waiting, _, Some(reason)) => ("waiting", reason.clone()),
            (FileState::Duplicate, _, Some(of)) => ("left out", format!("the same as {of}")),
            (FileState::Superseded, _, Some(by)) => ("left out", format!("not good; {by} is")),
            _ => continue,
        };
        text += &format!("file\t{name}\t{state}\t{}\n", one_line(&reason));
    }
    if report.is_unchanged() {
        return text + "nothing new: no file was read, nothing written\n";
    }
    let mib = report.bytes_read >> 20;
    text + &format!("{} files read, {mib} MiB\n", report.files_read)
}

/// Whether reads that are of no case are a fault.
fn wants_cases(args: &IntakeArgs) -> bool {
    args.samples.is_some() || args.single
}

fn conclude(args: &IntakeArgs, report: &Report) -> Outcome {
    let Some(kind) = report.error_kind(wants_cases(args)) else { return Ok(()) };
    let files = |state| report.files.iter().filter(|file| file.state == state).count();
    let cases = |state| report.cases.iter().filter(|case| case.state == state).count();
    let unassigned = |s: &&wgs_intake::SampleReport| s.state == SampleState::Unassigned;
    let unassigned = report.samples.iter().filter(unassigned).count();
    let (message, hint) = match kind {
        ErrorKind::InvalidInput => {
            let state = args.state.clone().unwrap_or_else(|| args.cases.join("intake"));
            let list = state.join("quarantine.tsv");
            let message = format!("{} files are quarantined", files(FileState::Quarantined));
            (message, format!("{} lists them, and what to do", list.display()))
        }
        ErrorKind::Configuration => {
            let conflicts = cases(CaseState::Conflict);
            let message = format!(
                "{conflicts} case files are in conflict, {unassigned} samples are of no case"
            );
            (message, "compare the case files, or give --replace; add rows to the manifest, which `--samples` names".into())
        }
        _ => {
            let (files, cases) = (files(FileState::Waiting), cases(CaseState::Waiting));
            let message = format!("{cases} cases and {files} files are waited for");
            (message, "run again when more has come, or give --watch".into())
        }
    };
    Err(Failure::new(kind, message).hint(hint))
}

/// A bar of bytes where standard error is a terminal.
#[derive(Default)]
struct Progress(Mutex<Option<ProgressBar>>);

impl Progress {
    fn with(&self, act: impl FnOnce(&mut Option<ProgressBar>)) {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn end(&self) {
        self.with(|bar| {
            if let Some(bar) = bar.take() {
                bar.finish_and_clear();
            }
        });
    }
}

impl Monitor for Progress {
    fn begins(&self, files: usize, bytes: u64) {
        if !stderr().is_terminal() {
            return;
        }
        let template =
            "{spinner} {prefix} {elapsed} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec}";
        let style = ProgressStyle::with_template(template).expect("the template is valid");
        let bar = ProgressBar::new(bytes).with_style(style).with_prefix(format!("{files} files"));
        self.with(|place| *place = Some(bar));
    }

    fn read(&self, bytes: u64) {
        self.with(|bar| {
            if let Some(bar) = bar {
                bar.inc(bytes);
            }
        });
    }
}
