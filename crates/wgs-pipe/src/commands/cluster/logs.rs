//! `wgs-pipe logs`

use std::{
    fs::{self, File},
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use wgs_core::ErrorKind;
use wgs_engine::{
    Stop,
    cluster::{RunFiles, entry::Entry, read_journal},
};
use wgs_formats::{FileError, Result};
use wgs_task::CaseLayout;

use crate::{
    cli::LogsArgs,
    commands::{Outcome, run::stop_on_signals, say},
};

/// Time between two looks for more.
const BETWEEN: Duration = Duration::from_millis(300);

/// Prints what the controller, or the tasks and jobs of a case, said.
pub(in crate::commands) fn logs(args: &LogsArgs) -> Outcome {
    let stop = stop_on_signals()?;
    let files = match (&args.case, &args.task) {
        (None, _) => vec![RunFiles::of(&args.out).controller_log()],
        (Some(case), Some(task)) => {
            vec![folder(&CaseLayout::new(&args.out, case)).join(format!("{task}.log"))]
        }
        (Some(case), None) => of_case(args, &CaseLayout::new(&args.out, case), case.as_str())?,
    };
    if files.is_empty() {
        let path = args.out.join(args.case.as_ref().map_or("", |case| case.as_str()));
        return Err(FileError::new(path, ErrorKind::NotFound, "there are no logs").into());
    }
    let mut read = vec![0; files.len()];
    let mut last = None;
    loop {
        let mut text = String::new();
        for (n, path) in files.iter().enumerate() {
            let more = from(path, &mut read[n])?;
            if !more.is_empty() && files.len() > 1 && last != Some(n) {
                text.push_str(&format!("==> {} <==\n", path.display()));
                last = Some(n);
            }
            text.push_str(&more);
        }
        say(&text)?;
        if !args.follow || stop.is_requested() {
            return Ok(());
        }
        pause(&stop);
    }
}

fn pause(stop: &Stop) {
    if !stop.is_requested() {
        thread::sleep(BETWEEN);
    }
}

fn folder(layout: &CaseLayout) -> PathBuf {
    layout.state().join("logs")
}

/// The logs of a case's tasks, and what its jobs said where they did not go well.
fn of_case(args: &LogsArgs, layout: &CaseLayout, case: &str) -> Result<Vec<PathBuf>> {
    let mut files = logs_in(&folder(layout), |_| true)?;
    let run = RunFiles::of(&args.out);
    let mut jobs = Vec::new();
    read_journal(&run.journal(), |line| {
        if let Entry::Ordering { token, members, .. } = &line.entry {
            let own = members.iter().filter(|member| member.case.as_str() == case);
            jobs.extend(own.map(|member| (token.clone(), member.slot)));
        }
    })?;
    for (token, slot) in jobs {
        let is_own = |stem: &str| stem.rsplit(['_', '-', '.']).next() == Some(&slot.to_string());
        files.extend(logs_in(&run.batch_logs(&token), is_own)?);
    }
    Ok(files)
}

fn logs_in(folder: &Path, which: impl Fn(&str) -> bool) -> Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(|e| FileError::io(folder, e))?,
    };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let is_log = |path: &PathBuf| {
        let is_log = path.extension().is_some_and(|e| e == "log" || e == "out" || e == "err");
        is_log && path.file_stem().and_then(|stem| stem.to_str()).is_some_and(&which)
    };
    let mut paths: Vec<_> = paths.filter(is_log).collect();
    paths.sort();
    Ok(paths)
}

/// What a file says from a place on.
fn from(path: &Path, place: &mut u64) -> Result<String> {
    let failed = |e| FileError::io(path, e);
    let mut file = File::open(path).map_err(failed)?;
    file.seek(SeekFrom::Start(*place)).map_err(failed)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(failed)?;
    *place += bytes.len() as u64;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
