//! A whole run on SLURM.

use std::{
    process::{Command, Stdio},
    time::Duration,
};

use serde_json::json;
use wgs_engine::{
    Stop,
    cluster::{
        Caps, Cause, ExecutorOptions, Grain, JobLimits, JobRef, ProgramFile, Request,
        RequestOptions, Retries, RunFiles, Submission,
        entry::{Decision, Entry, Why},
        read_journal,
    },
};

use crate::{
    lab::Lab,
    support::{Fixture, PROGRAM, wait_until},
};

fn submit(fixture: &Fixture, lab: &Lab, shared: &str) -> Request {
    let plan = fixture.case("A");
    let job = JobLimits { threads: 1, memory_bytes: 200 << 20, wall_s: 600 };
    let out = fixture.path("out");
    let mut submission =
        Submission::begin(&out, Grain::Case, job.for_tasks(), &Stop::default()).unwrap();
    submission.check(&plan).unwrap();
    submission.write(&plan).unwrap();
    let options = RequestOptions {
        program: ProgramFile { path: PROGRAM.into(), sha256: "0".into(), version: "1".into() },
        source: None,
        executor: ExecutorOptions::Slurm(Box::new(lab.with(&[shared]))),
        grain: Grain::Case,
        job,
        caps: Caps { memory_bytes: 200 << 20, wall_s: 6000, jobs: 10 },
        retries: Retries::default(),
        scratch: None,
        foreseen: Default::default(),
        needs: None,
        verify: false,
    };
    submission.finish(options).unwrap()
}

fn entries(fixture: &Fixture) -> Vec<Entry> {
    let mut entries = Vec::new();
    let path = RunFiles::of(&fixture.path("out")).journal();
    read_journal(&path, |line| entries.push(line.entry.clone())).unwrap();
    entries
}

/// The only job of the first batch that was taken.
fn first_job(entries: &[Entry]) -> JobRef {
    let taken = entries.iter().find_map(|entry| match entry {
        Entry::Taken { jobs, .. } => jobs.first().cloned(),
        _ => None,
    });
    taken.unwrap()
}

pub(crate) fn a_case_whose_time_does_not_suffice_gets_more(lab: &Lab) {
    let fixture = Fixture::new();
    fixture.control("call", &json!({"pause_ms": 900_000}));
    submit(&fixture, lab, "--exclude=node[3-4]");
    let mut control = Command::new(PROGRAM);
    control.arg("control").arg(fixture.path("out")).stdout(Stdio::null());
    let mut control = control.spawn().unwrap();
    wait_until("the long task", || {
        fixture.trace().iter().any(|line| line[..2] == ["call", "begin"])
    });
    // From now on tasks are quick; the one that began is not.
    fixture.release();
    lab.shorten(&first_job(&entries(&fixture)));
    assert!(control.wait().unwrap().success());

    let entries = entries(&fixture);
    let walls = entries.iter().filter_map(|entry| match entry {
        Entry::Ordering { needs, .. } => Some(needs.wall),
        _ => None,
    });
    assert_eq!(walls.collect::<Vec<_>>(), [600, 1200].map(Duration::from_secs));
    let ends = entries.iter().filter_map(|entry| match entry {
        Entry::Ended { cause, decision, .. } => Some((cause.clone(), *decision)),
        _ => None,
    });
    let expected =
        [(Cause::TimeLimit, Decision::Again(Why::Time)), (Cause::Completed, Decision::Done)];
    assert_eq!(ends.collect::<Vec<_>>(), expected);
    assert_eq!(fixture.statuses("A"), ["reused", "reused", "ran", "ran"]);
}
