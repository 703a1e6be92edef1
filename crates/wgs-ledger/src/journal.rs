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
    cluster::{Needs, Placement, Request, RunFiles},
};
use wgs_formats::{FileError, Result};

use crate::{Span, attempts::Tries};

#[derive(Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
enum Entry {
    Ordering {
        token: String,
        #[serde(default)]
        label: String,
        #[serde(default)]
        unit: u16,
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
    label: String,
    unit: u16,
    members: BTreeMap<u32, (String, Option<String>)>,
}

/// A job that ended.
struct Ended {
    case: String,
    task: Option<String>,
    /// What it did, and its number among what is done for its case.
    label: String,
    unit: u16,
    threads: usize,
    done: bool,
    used: Option<Used>,
    placement: Placement,
}

impl Ended {
    fn started(&self) -> Option<Time> {
        self.placement.started.or(self.used.as_ref().map(|used| used.started))
    }

    fn ended(&self) -> Option<Time> {
        self.placement.ended.or(self.used.as_ref().map(|used| used.finished))
    }
}

/// Hands every job that ended to `each`: its case, its task if it was one, and what became of it.
///
/// A job that was handed on together with those that it waits for, waits for a machine only once
/// they have ended.
pub(crate) fn read(out: &Path, mut each: impl FnMut(&str, Option<&str>, Tries)) -> Result<()> {
    let files = RunFiles::of(out);
    let upstream = Upstream::of(&files);
    let mut ends: BTreeMap<(String, u16), Vec<Time>> = BTreeMap::new();
    if upstream.is_any() {
        read_ended(&files, |job| {
            if let Some(end) = job.ended().filter(|_| job.done) {
                ends.entry((job.case, job.unit)).or_default().push(end);
            }
        })?;
    }
    read_ended(&files, |job| {
        let last = upstream.last_end(&job, &ends);
        each(&job.case, job.task.as_deref(), tries(&job, last));
    })
}

/// What the units of cases wait for.
#[derive(Default)]
struct Upstream(Option<Request>, BTreeMap<String, usize>);

impl Upstream {
    /// By the request; nothing where there is none that can be read.
    fn of(files: &RunFiles) -> Self {
        let Ok(request) = Request::read(files) else { return Self::default() };
        let cases = request.cases.iter().map(|entry| (entry.case.to_string(), entry.shape));
        let cases = cases.collect();
        Self(Some(request), cases)
    }

    fn is_any(&self) -> bool {
        let mut shapes = self.0.iter().flat_map(|request| &request.shapes);
        shapes.any(|shape| shape.units.iter().any(|unit| !unit.upstream.is_empty()))
    }

    /// When the last of the jobs ended that one waited for.
    fn last_end(&self, job: &Ended, ends: &BTreeMap<(String, u16), Vec<Time>>) -> Option<Time> {
        let started = job.started().or(job.ended())?;
        let shape = self.0.as_ref()?.shapes.get(*self.1.get(&job.case)?)?;
        // One of an earlier submission may be another.
        let unit = shape.units.get(usize::from(job.unit)).filter(|unit| unit.label == job.label)?;
        let of_unit = unit.upstream.iter().filter_map(|&unit| ends.get(&(job.case.clone(), unit)));
        of_unit.flatten().copied().filter(|end| *end <= started).max()
    }
}

fn read_ended(files: &RunFiles, mut each: impl FnMut(Ended)) -> Result<()> {
    let mut batches: BTreeMap<String, Batch> = BTreeMap::new();
    for path in journals(files)? {
        let failed = |e| FileError::io(&path, e);
        let reader = BufReader::with_capacity(1 << 18, File::open(&path).map_err(failed)?);
        for line in reader.split(b'\n') {
            // A line that is not whole was being written when its writer died.
            match serde_json::from_slice(&line.map_err(failed)?) {
                Ok(Entry::Ordering { token, label, unit, needs, members }) => {
                    let members = members.into_iter().map(|m| (m.slot, (m.case, m.task)));
                    let members = members.collect();
                    let batch = Batch { threads: needs.threads, label, unit, members };
                    batches.insert(token, batch);
                }
                Ok(Entry::Ended { token, slot, decision, used, placement }) => {
                    let Some(batch) = batches.get_mut(&token) else { continue };
                    let Some((case, task)) = batch.members.remove(&slot) else { continue };
                    each(Ended {
                        case,
                        task,
                        label: batch.label.clone(),
                        unit: batch.unit,
                        threads: batch.threads,
                        done: decision == "done",
                        used,
                        placement,
                    });
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

/// What became of a job that waited for others until `eligible`.
fn tries(job: &Ended, eligible: Option<Time>) -> Tries {
    let between =
        |from: Option<Time>, to: Option<Time>| Some(Span::from_secs(to?.seconds_since(from?)));
    let Ended { used, placement, threads, .. } = job;
    let (started, ended) = (job.started(), job.ended());
    let since =
        placement.submitted.map(|submitted| eligible.map_or(submitted, |e| e.max(submitted)));
    let mut tries = Tries {
        begun: u32::from(started.is_some()),
        done: job.done,
        queue: between(since, started.or(ended)),
        machine: placement.machine.clone().or(used.as_ref().map(|used| used.machine.clone())),
        ..Tries::default()
    };
    if !job.done && started.is_some() {
        tries.lost = 1;
        match used {
            // What tasks finished within it is kept, and is in their records.
            Some(used) => tries.wasted = Span::from_secs(used.core_s - used.task_core_s),
            None => {
                tries.wasted = between(started, ended).unwrap_or_default().times(*threads);
            }
        }
    }
    tries
}

#[cfg(test)]
mod tests {
    use wgs_engine::cluster::REQUEST_SCHEMA;
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
            done: true,
            ..Tries::default()
        };
        let expected =
            [("C1".to_owned(), Some("call".to_owned()), lost), ("C2".to_owned(), None, done)];
        assert_eq!(found, expected);
    }

    /// A job for `reads`, and one for `call` that was handed on at the same time and waited for it.
    const CHAIN: &str = r#"{"entry":"ordering","token":"t1","label":"reads","unit":0,"needs":{"threads":2,"memory_bytes":1,"wall":{"secs":60,"nanos":0},"output_bytes":0,"scratch_bytes":0},"members":[{"slot":0,"case":"C1","task":"reads"}]}
{"entry":"ordering","token":"t2","label":"call","unit":1,"needs":{"threads":2,"memory_bytes":1,"wall":{"secs":60,"nanos":0},"output_bytes":0,"scratch_bytes":0},"members":[{"slot":0,"case":"C1","task":"call"}]}
{"entry":"ended","token":"t2","slot":0,"decision":"done","placement":{"submitted":"2026-11-20T09:00:00.000Z","started":"2026-11-20T09:10:07.000Z","ended":"2026-11-20T09:11:00.000Z"}}
{"entry":"ended","token":"t1","slot":0,"decision":"done","placement":{"submitted":"2026-11-20T09:00:00.000Z","started":"2026-11-20T09:00:02.000Z","ended":"2026-11-20T09:10:00.000Z"}}
"#;

    #[test]
    fn jobs_wait_for_machines_only_when_others_have_ended() {
        let folder = tempfile::tempdir().unwrap();
        let files = RunFiles::of(folder.path());
        output::create_folder(files.folder()).unwrap();
        output::write(&files.journal(), CHAIN).unwrap();
        let queues = || {
            let mut found = BTreeMap::new();
            read(folder.path(), |_, task, tries| {
                found.insert(task.unwrap().to_owned(), tries.queue.unwrap().secs());
            })
            .unwrap();
            found
        };
        let of = |reads: f64, call: f64| {
            BTreeMap::from([("reads".to_owned(), reads), ("call".to_owned(), call)])
        };
        assert_eq!(queues(), of(2.0, 607.0), "what waited for what is not known");
        output::write_json(&folder.path().join(".wgs-pipe/request.json"), &request()).unwrap();
        assert_eq!(queues(), of(2.0, 7.0));
    }

    fn request() -> Request {
        let limits = r#""threads":1,"memory_bytes":1"#;
        let text = format!(
            r#"{{"schema":"{REQUEST_SCHEMA}","submission":1,"created":"2026-11-20T09:00:00.000Z",
            "program":{{"path":"p","sha256":"0","version":"1"}},"executor":{{"name":"local",{limits}}},
            "grain":"task","job":{{{limits},"wall_s":1}},"caps":{{"memory_bytes":1,"wall_s":1,"jobs":1}},
            "shapes":[{{"units":[{{"label":"reads","upstream":[]}},{{"label":"call","upstream":[0]}}]}}],
            "cases":[{{"case":"C1","shape":0,"plan":"0"}}]}}"#
        );
        serde_json::from_str(&text).unwrap()
    }
}
