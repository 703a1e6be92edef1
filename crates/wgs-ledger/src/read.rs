//! The records of runs, a case at a time.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use rayon::prelude::*;
use wgs_core::{CaseId, ErrorKind};
use wgs_engine::{RunRecord, run_record};
use wgs_formats::{FileError, Result, output};

use crate::{Attempts, TaskRow};

/// How many records are read ahead of their use.
const AHEAD: usize = 64;
/// Name of a run's record in the folder of its case.
const RECORD: &str = "run.json";

/// A case with its tasks.
#[derive(Clone, Debug)]
pub struct CaseEntry {
    /// The output folder, as it was given.
    pub run: String,
    /// What its run wrote down.
    pub record: RunRecord,
    /// Its tasks.
    pub tasks: Vec<TaskRow>,
    /// How long the case as a whole waited for machines, where it ran as one job.
    pub queue: Option<crate::Span>,
    /// Attempts at the case as a whole that came to nothing, and their processor time.
    pub lost: (u32, crate::Span),
}

/// A case whose record cannot be used.
#[derive(Debug)]
pub struct Problem {
    /// Its folder.
    pub folder: PathBuf,
    /// Why.
    pub error: FileError,
}

/// Hands the cases below output folders to `each`, by folder as given and by name. A case is a
/// folder with a record or with the state of an engine; a folder that is a case itself is taken
/// alone. A case that is named twice, whichever way, is handed on once. What cannot be read is handed on as well, and hinders no other case.
///
/// # Errors
///
/// An output folder that cannot be listed; a run's journal that cannot be read.
pub fn read_cases(
    outs: &[PathBuf],
    mut each: impl FnMut(Result<CaseEntry, Problem>),
) -> Result<()> {
    let mut seen = BTreeSet::new();
    for out in outs {
        let attempts = Attempts::read(out)?;
        let run = out.display().to_string();
        let mut folders = case_folders(out)?;
        folders.retain(|folder| {
            let real = folder.canonicalize().unwrap_or_else(|_| folder.clone());
            seen.insert(real)
        });
        for folders in folders.chunks(AHEAD) {
            let read = |folder: &PathBuf| {
                entry(&run, folder, &attempts)
                    .map_err(|error| Problem { folder: folder.clone(), error })
            };
            let entries: Vec<_> = folders.par_iter().map(read).collect();
            entries.into_iter().for_each(&mut each);
        }
    }
    Ok(())
}

fn case_folders(out: &Path) -> Result<Vec<PathBuf>> {
    if out.join(RECORD).exists() {
        return Ok(vec![out.to_owned()]);
    }
    let failed = |e| FileError::io(out, e);
    let mut folders = Vec::new();
    for entry in fs::read_dir(out).map_err(failed)? {
        let folder = entry.map_err(failed)?.path();
        let name = folder.file_name().and_then(|name| name.to_str());
        let is_id = name.is_some_and(|name| name.parse::<CaseId>().is_ok());
        let there = |name: &str| folder.join(name).exists();
        if is_id && (there(RECORD) || there(".wgs-pipe") || there("events.jsonl")) {
            folders.push(folder);
        }
    }
    folders.sort();
    Ok(folders)
}

fn entry(run: &str, folder: &Path, attempts: &Attempts) -> Result<CaseEntry> {
    let path = folder.join(RECORD);
    let record: RunRecord = output::read_json(&path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => error.hint("no run of the case has ended yet"),
        _ => error,
    })?;
    if record.schema != run_record::SCHEMA {
        let reason = format!("schema is {:?}", record.schema);
        return Err(FileError::new(path, ErrorKind::InvalidInput, reason));
    }
    let of_case = attempts.of_case(record.case.id.as_str());
    let local = (!attempts.knows(record.case.id.as_str()))
        .then(|| Attempts::of_events(&folder.join("events.jsonl")));
    let attempts = local.as_ref().unwrap_or(attempts);
    let tasks = record.tasks.iter().map(|task| TaskRow::of(run, &record, task, attempts));
    let tasks = tasks.collect();
    let (queue, lost) = (of_case.queue, (of_case.lost, of_case.wasted));
    Ok(CaseEntry { run: run.to_owned(), record, tasks, queue, lost })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn a_broken_record_hinders_no_other() {
        let folder = tempfile::tempdir().unwrap();
        for case in ["B", "A", "C", "D"] {
            testing::write(folder.path(), &testing::record(case, &[("t", "s", 1.0, 1.0)]));
        }
        output::write(&folder.path().join("C/run.json"), "{").unwrap();
        fs::remove_file(folder.path().join("D/run.json")).unwrap();
        output::create_folder(&folder.path().join("D/.wgs-pipe")).unwrap();
        output::create_folder(&folder.path().join("notes")).unwrap();
        let (mut good, mut bad) = (Vec::new(), Vec::new());
        read_cases(&[folder.path().to_owned()], |case| match case {
            Ok(case) => good.push(case.record.case.id.to_string()),
            Err(problem) => bad.push((problem.folder, problem.error.kind())),
        })
        .unwrap();
        assert_eq!(good, ["A", "B"]);
        let of = |name: &str| folder.path().join(name);
        assert_eq!(bad, [(of("C"), ErrorKind::InvalidInput), (of("D"), ErrorKind::NotFound)]);
        let mut alone = 0;
        read_cases(&[of("A")], |case| alone += usize::from(case.is_ok())).unwrap();
        assert_eq!(alone, 1);
        assert!(read_cases(&[of("nowhere")], |_| {}).is_err());
    }

    /// Some cases of a folder ran as jobs, others beside them on this machine.
    #[test]
    fn a_journal_hides_no_attempts_of_cases_it_does_not_know() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path();
        for case in ["A", "B"] {
            testing::write(out, &testing::record(case, &[("call", "s", 1.0, 1.0)]));
            let event = |event: &str| {
                format!(
                    r#"{{"time":"2026-11-20T09:30:00.000Z","case":"{case}","event":"{event}","task":"call"}}"#
                ) + "\n"
            };
            let events = event("task_started") + &event("task_started");
            output::write(&out.join(case).join("events.jsonl"), events).unwrap();
        }
        let journal = r#"{"entry":"ordering","token":"t","needs":{"threads":2,"memory_bytes":1,"wall":{"secs":60,"nanos":0},"output_bytes":0,"scratch_bytes":0},"members":[{"slot":0,"case":"A","task":"call"}]}
{"entry":"ended","token":"t","slot":0,"decision":"done","placement":{"started":"2026-11-20T09:10:07.000Z"}}
"#;
        output::create_folder(&out.join(".wgs-pipe")).unwrap();
        output::write(&out.join(".wgs-pipe/journal.jsonl"), journal).unwrap();
        let mut found = Vec::new();
        read_cases(&[out.to_owned()], |case| found.push(case.unwrap().tasks[0].attempts)).unwrap();
        assert_eq!(found, [1, 2]);
    }

    #[test]
    fn what_is_named_twice_counts_once() {
        let room = tempfile::tempdir().unwrap();
        let out = room.path().join("out");
        output::create_folder(&out).unwrap();
        for case in ["A", "B"] {
            testing::write(&out, &testing::record(case, &[("t", "s", 1.0, 1.0)]));
        }
        let link = room.path().join("link");
        std::os::unix::fs::symlink(&out, &link).unwrap();
        let mut found = Vec::new();
        let outs = [out.join("B"), out.clone(), out.join("."), link];
        read_cases(&outs, |case| found.push(case.unwrap().record.case.id.to_string())).unwrap();
        assert_eq!(found, ["B", "A"]);
    }
}
