//! What the journal of a controller tells of jobs. Only what a ledger needs is read; other entries,
//! and fields that later versions add, are passed over.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
};

use serde::Deserialize;
use wgs_engine::{
    Time,
    cluster::{Needs, Placement, RunFiles},
};
use wgs_formats::{FileError, Result};

use crate::{Span, attempts::Tries};

#[derive(Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
enum Entry {
    Ordering {
        token: String,
        needs: Needs,
        members: Vec<Member>,
    },
    Ended {
        token: String,
        slot: u32,
        decision: serde_json::Value,
        #[serde(default)]
        used: Option<Used>,
        placement: Placement,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Member {
    slot: u32,
    case: String,
    #[serde(default)]
    task: Option<String>,
}

#[derive(Deserialize)]
struct Used {
    machine: String,
    started: Time,
    finished: Time,
    core_s: f64,
    task_core_s: f64,
}

/// A batch whose jobs have not all ended.
struct Batch {
    threads: usize,
    members: BTreeMap<u32, (String, Option<String>)>,
}

/// Hands every job that ended to `each`: its case, its task if it was one, and what became of it.
pub(crate) fn read(out: &Path, mut each: impl FnMut(&str, Option<&str>, Tries)) -> Result<()> {
    let mut batches: BTreeMap<String, Batch> = BTreeMap::new();
    for path in journals(&RunFiles::of(out))? {
        let failed = |e| FileError::io(&path, e);
        let reader = BufReader::with_capacity(1 << 18, File::open(&path).map_err(failed)?);
        for line in reader.split(b'\n') {
            // A line that is not whole was being written when its writer died.
            match serde_json::from_slice(&line.map_err(failed)?) {
                Ok(Entry::Ordering { token, needs, members }) => {
                    let members = members.into_iter().map(|m| (m.slot, (m.case, m.task)));
                    let batch = Batch { threads: needs.threads, members: members.collect() };
                    batches.insert(token, batch);
                }
                Ok(Entry::Ended { token, slot, decision, used, placement }) => {
                    let Some(batch) = batches.get_mut(&token) else { continue };
                    let Some((case, task)) = batch.members.remove(&slot) else { continue };
                    let tries = tries(decision == "done", used, &placement, batch.threads);
                    each(&case, task.as_deref(), tries);
                    if batch.members.is_empty() {
                        batches.remove(&token);
                    }
                }
                Ok(Entry::Other) | Err(_) => {}
            }
        }
    }
    Ok(())
}

/// The journal, and before it those that shorter ones have replaced, by their numbers.
fn journals(files: &RunFiles) -> Result<Vec<PathBuf>> {
    let folder = files.folder();
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let failed = |e| FileError::io(folder, e);
    let mut old = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let number = name.strip_prefix("journal.").and_then(|n| n.strip_suffix(".jsonl"));
        if let Some(number) = number.and_then(|n| n.parse::<u32>().ok()) {
            old.push((number, path));
        }
    }
    old.sort();
    let current = Some(files.journal()).filter(|path| path.exists());
    Ok(old.into_iter().map(|(_, path)| path).chain(current).collect())
}

fn tries(done: bool, used: Option<Used>, placement: &Placement, threads: usize) -> Tries {
    let between =
        |from: Option<Time>, to: Option<Time>| Some(Span::from_secs(to?.seconds_since(from?)));
    let started = placement.started.or(used.as_ref().map(|used| used.started));
    let ended = placement.ended.or(used.as_ref().map(|used| used.finished));
    let mut tries = Tries {
        begun: u32::from(started.is_some()),
        queue: between(placement.submitted, started.or(ended)),
        machine: placement.machine.clone().or(used.as_ref().map(|used| used.machine.clone())),
        ..Tries::default()
    };
    if !done && started.is_some() {
        tries.lost = 1;
        match used {
            // What tasks finished within it is kept, and is in their records.
            Some(used) => tries.wasted = Span::from_secs(used.core_s - used.task_core_s),
            None => {
                tries.wasted = between(started, ended).unwrap_or_default().times(threads);
            }
        }
    }
    tries
}

#[cfg(test)]
mod tests {
    use wgs_formats::output;

    use super::*;

    const JOURNAL: &str = r#"{"at":"2026-11-20T09:00:00.000Z","entry":"ordering","token":"t1","label":"x","unit":0,"needs":{"threads":2,"memory_bytes":1,"wall":{"secs":60,"nanos":0},"output_bytes":0,"scratch_bytes":0},"members":[{"slot":0,"case":"C1","task":"call","attempt":0,"plan":""},{"slot":1,"case":"C2","attempt":0,"plan":""}]}
{"at":"2026-11-20T09:00:00.000Z","entry":"up"}
{"at":"2026-11-20T09:00:00.000Z","entry":"ended","token":"t1","slot":0,"cause":"out_of_memory","decision":{"again":"memory"},"because":"","placement":{"machine":"n1","submitted":"2026-11-20T09:00:00.000Z","started":"2026-11-20T09:01:00.000Z","ended":"2026-11-20T09:01:30.000Z"}}
{"at":"2026-11-20T09:00:00.000Z","entry":"ended","token":"t1","slot":1,"cause":"completed","decision":"done","because":"","used":{"machine":"n2","started":"2026-11-20T09:00:05.000Z","finished":"2026-11-20T09:01:30.000Z","core_s":9.0,"task_core_s":8.5,"max_rss_bytes":1},"placement":{"submitted":"2026-11-20T09:00:00.000Z"}}
{"at":"2026-11-20T09:00:00.000Z","entry":"ended","token":"gone","slot":1,"decision":"done","placement":{}}
{"at":"2026-"#;

    #[test]
    fn jobs_are_told_with_their_waiting_and_what_they_lost() {
        let folder = tempfile::tempdir().unwrap();
        let files = RunFiles::of(folder.path());
        output::create_folder(files.folder()).unwrap();
        // Half of the lines are in a journal that was replaced.
        let (old, new) = JOURNAL.split_at(JOURNAL.find('\n').unwrap() + 1);
        output::write(&files.folder().join("journal.1.jsonl"), old).unwrap();
        output::write(&files.journal(), new).unwrap();
        let mut found = Vec::new();
        read(folder.path(), |case, task, tries| {
            found.push((case.to_owned(), task.map(str::to_owned), tries));
        })
        .unwrap();
        let lost = Tries {
            begun: 1,
            lost: 1,
            wasted: Span::from_secs(60.0),
            queue: Some(Span::from_secs(60.0)),
            machine: Some("n1".into()),
            ..Tries::default()
        };
        let done = Tries {
            begun: 1,
            queue: Some(Span::from_secs(5.0)),
            machine: Some("n2".into()),
            ..Tries::default()
        };
        let expected =
            [("C1".to_owned(), Some("call".to_owned()), lost), ("C2".to_owned(), None, done)];
        assert_eq!(found, expected);
    }
}
