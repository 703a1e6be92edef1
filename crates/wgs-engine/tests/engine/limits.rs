//! How many tasks run at once, and in which order.

use std::collections::BTreeMap;

use serde_json::json;
use wgs_core::ErrorKind;
use wgs_engine::{CasePlan, NoObserver, Processes, Program};
use wgs_task::Limits;

use crate::support::{Fixture, PROGRAM};

fn many(fixture: &Fixture, resources: &[(usize, u64)]) -> CasePlan {
    let task = |(n, &(threads, memory_bytes)): (usize, &(usize, u64))| {
        let id = format!("t{n:02}");
        fixture.control(&id, &json!({"pause_ms": 20 + n * 7 % 40}));
        let output = fixture.path("out/C1").join(&id).with_extension("out");
        let mut task = fixture.task(&id, &[], &[&output]);
        task.resources.threads = threads;
        task.resources.memory_bytes = memory_bytes;
        task
    };
    fixture.plan("C1", resources.iter().enumerate().map(task).collect())
}

/// The most threads, bytes and tasks that were at work at once.
fn peak(fixture: &Fixture) -> (usize, u64, usize) {
    let mut running: BTreeMap<String, (usize, u64)> = BTreeMap::new();
    let mut peak = (0, 0, 0);
    for line in fixture.trace() {
        match &line[1][..] {
            "begin" => running
                .insert(line[0].clone(), (line[2].parse().unwrap(), line[3].parse().unwrap())),
            _ => running.remove(&line[0]),
        };
        peak.0 = peak.0.max(running.values().map(|uses| uses.0).sum());
        peak.1 = peak.1.max(running.values().map(|uses| uses.1).sum());
        peak.2 = peak.2.max(running.len());
    }
    peak
}

#[test]
fn threads_and_memory_are_never_exceeded() {
    let mut fixture = Fixture::new();
    fixture.limits = Limits { threads: 4, memory_bytes: 100 };
    let resources: Vec<_> =
        (0..24).map(|n| (1 + n * 5 % 4, [10, 70, 30, 100, 40][n % 5])).collect();
    fixture.complete(&[many(&fixture, &resources)]);
    assert_eq!(fixture.trace().len(), 48);
    let (threads, memory, tasks) = peak(&fixture);
    assert!((2..=4).contains(&threads), "{threads}");
    assert!((71..=100).contains(&memory), "{memory}");
    assert!(tasks >= 2);
}

#[test]
fn independent_tasks_run_side_by_side() {
    let fixture = Fixture::new();
    fixture.complete(&[many(&fixture, &[(1, 1); 8])]);
    assert_eq!(peak(&fixture).2, 4);
}

#[test]
fn tasks_start_in_the_order_of_the_plan() {
    let mut fixture = Fixture::new();
    fixture.limits.threads = 1;
    let cases = [fixture.case("C1"), fixture.case("C2")];
    fixture.complete(&cases);
    let begun: Vec<_> = fixture.trace().into_iter().filter(|line| line[1] == "begin").collect();
    let begun: Vec<_> = begun.iter().map(|line| line[0].as_str()).collect();
    assert_eq!(begun, ["reads.S1", "qc.S1", "call", "report"].repeat(2));
}

#[test]
fn what_can_never_fit_is_refused_before_anything_starts() {
    let fixture = Fixture::new();
    let runner = Processes::new(Program::new(PROGRAM));
    let run = |resources| {
        let cases = [many(&fixture, &[(1, 1), resources])];
        wgs_engine::run(&cases, &fixture.options(), &runner, &mut NoObserver).unwrap_err()
    };
    assert_eq!(run((1, 101)).kind(), ErrorKind::OutOfMemory);
    assert_eq!(run((5, 1)).kind(), ErrorKind::Configuration);
    assert!(fixture.trace().is_empty());
}

#[test]
fn more_cases_than_held_locks_all_end() {
    let fixture = Fixture::new();
    let plans: Vec<_> = (0..300).map(|n| fixture.plan(&format!("C{n}"), Vec::new())).collect();
    assert_eq!(fixture.complete(&plans).cases.len(), 300);
}
