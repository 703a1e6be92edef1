//! Sudden and asked-for ends of engines and tasks.

use std::{
    os::unix::process::ExitStatusExt,
    process::Child,
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::{Value, json};
use wgs_core::ErrorKind;
use wgs_engine::{
    CaseState, Event, NoObserver, Observer, Processes, Program, Stop, status::RunState,
};

use crate::support::{Fixture, PROGRAM, wait_until};

const TASKS: [&str; 4] = ["reads.S1", "qc.S1", "call", "report"];

fn send(child: &Child, signal: Signal) {
    kill(Pid::from_raw(child.id().try_into().unwrap()), signal).unwrap();
}

fn run_state(fixture: &Fixture) -> Option<RunState> {
    Some(wgs_engine::case_status(&fixture.layout("C1")).unwrap()?.run)
}

fn begun(fixture: &Fixture, task: &str) -> bool {
    fixture.trace().iter().any(|line| line[0] == task && line[1] == "begin")
}

fn control_all(fixture: &Fixture, behaviour: &Value) {
    TASKS.iter().for_each(|task| fixture.control(task, behaviour));
}

/// The results of an undisturbed run on the same inputs.
fn undisturbed() -> Vec<Vec<u8>> {
    let other = Fixture::new();
    other.complete(&[other.case("C1")]);
    assert_eq!(other.results().len(), 5);
    other.results().into_values().collect()
}

fn assert_complete(fixture: &Fixture, expected: &[Vec<u8>]) {
    fixture.release();
    fixture.complete(&[fixture.case("C1")]);
    assert_eq!(fixture.results().into_values().collect::<Vec<_>>(), expected);
    assert_eq!(fixture.partials(), [""; 0]);
    assert_eq!(run_state(fixture), Some(RunState::Ended(CaseState::Succeeded)));
}

#[test]
fn a_killed_engine_takes_its_tasks_along_and_the_next_goes_on() {
    let expected = undisturbed();
    for moment in 0..10 {
        let fixture = Fixture::new();
        control_all(&fixture, &json!({"pause_ms": 40}));
        let mut engine = fixture.engine(&[fixture.case("C1")]);
        thread::sleep(Duration::from_millis(25 * moment));
        engine.kill().unwrap();
        engine.wait().unwrap();
        wait_until("the end of all tasks", || fixture.processes().is_empty());
        assert_complete(&fixture, &expected);
    }
}

#[test]
fn what_a_killed_engine_left_unfinished_is_seen_and_redone() {
    let fixture = Fixture::new();
    let expected = undisturbed();
    fixture.control("call", &json!({"pause_ms": 60_000}));
    let mut engine = fixture.engine(&[fixture.case("C1")]);
    wait_until("the call", || begun(&fixture, "call") && !fixture.partials().is_empty());
    assert_eq!(run_state(&fixture), Some(RunState::Running));
    engine.kill().unwrap();
    engine.wait().unwrap();
    wait_until("the end of all tasks", || fixture.processes().is_empty());
    assert_eq!(run_state(&fixture), Some(RunState::Died));
    assert_complete(&fixture, &expected);
    assert_eq!(fixture.statuses("C1"), ["reused", "reused", "ran", "ran"]);
}

#[test]
fn a_task_that_outlives_its_engine_is_waited_for() {
    let fixture = Fixture::new();
    let expected = undisturbed();
    fixture.control("call", &json!({"pause_ms": 1500, "ignore_engine": true}));
    let mut engine = fixture.engine(&[fixture.case("C1")]);
    wait_until("the call", || begun(&fixture, "call") && !fixture.partials().is_empty());
    engine.kill().unwrap();
    engine.wait().unwrap();
    assert_eq!(fixture.processes().len(), 1);
    assert_complete(&fixture, &expected);
    assert_eq!(fixture.statuses("C1"), ["reused", "reused", "ran", "ran"]);
    assert!(fixture.processes().is_empty());
}

#[test]
fn a_killed_task_fails_and_the_next_run_goes_on() {
    let fixture = Fixture::new();
    let expected = undisturbed();
    fixture.control("reads.S1", &json!({"pause_ms": 60_000}));
    let mut engine = fixture.engine(&[fixture.case("C1")]);
    wait_until("the reads", || begun(&fixture, "reads.S1") && !fixture.partials().is_empty());
    wait_until("the end of QC", || fixture.processes().len() == 1);
    let task = fixture.processes().pop_first().unwrap();
    kill(Pid::from_raw(task), Signal::SIGKILL).unwrap();
    let code = i32::from(ErrorKind::TaskFailed.exit_code());
    assert_eq!(engine.wait().unwrap().code(), Some(code));
    assert_eq!(fixture.partials(), [""; 0]);
    assert_eq!(fixture.statuses("C1"), ["failed", "ran", "not run", "not run"]);
    assert_complete(&fixture, &expected);
    assert_eq!(fixture.statuses("C1"), ["ran", "reused", "ran", "ran"]);
}

#[test]
fn an_interrupted_engine_stops_its_tasks_and_tidies_up() {
    for (signal, ignore_term) in [(Signal::SIGINT, false), (Signal::SIGTERM, true)] {
        let fixture = Fixture::new();
        let expected = undisturbed();
        fixture.control("call", &json!({"pause_ms": 60_000, "ignore_term": ignore_term}));
        let mut engine = fixture.engine(&[fixture.case("C1"), fixture.case("C2")]);
        wait_until("the call", || begun(&fixture, "call") && !fixture.partials().is_empty());
        let start = Instant::now();
        send(&engine, signal);
        let status = engine.wait().unwrap();
        assert_eq!(status.code(), Some(130), "{:?}", status.signal());
        assert!(start.elapsed() < Duration::from_secs(20));
        assert!(fixture.processes().is_empty());
        assert_eq!(fixture.partials(), [""; 0]);
        assert_eq!(fixture.statuses("C1"), ["ran", "ran", "not run", "not run"]);
        let record = serde_json::to_value(fixture.record("C1")).unwrap();
        assert_eq!(record["state"], "interrupted");
        assert_eq!(record["tasks"][2]["because"], "interrupted");
        let other = fixture.results().into_keys().find(|p| p.starts_with(fixture.path("out/C2")));
        if other.is_some() {
            std::fs::remove_dir_all(fixture.path("out/C2")).unwrap();
        }
        assert_complete(&fixture, &expected);
    }
}

#[test]
fn a_request_to_stop_before_the_start_starts_nothing() {
    let fixture = Fixture::new();
    let options = fixture.options();
    options.stop.request();
    let runner = Processes::new(Program::new(PROGRAM));
    let cases = [fixture.case("C1")];
    let report = wgs_engine::run(&cases, &options, &runner, &mut NoObserver).unwrap();
    assert_eq!(report.error_kind(), Some(ErrorKind::Interrupted));
    assert_eq!(report.cases[0].not_run, 4);
    assert!(fixture.trace().is_empty());
}

/// Asks for a stop when so many events have happened.
struct StopAfter(usize, Stop);

impl Observer for StopAfter {
    fn event(&mut self, _event: &Event) {
        match self.0.checked_sub(1) {
            Some(left) => self.0 = left,
            None => self.1.request(),
        }
    }
}

#[test]
fn a_stop_at_any_event_is_no_failure() {
    let expected = undisturbed();
    for events in 0..24 {
        let fixture = Fixture::new();
        let options = fixture.options();
        let mut observer = StopAfter(events, options.stop.clone());
        let runner = Processes::new(Program::new(PROGRAM));
        let cases = [fixture.case("C1")];
        let report = wgs_engine::run(&cases, &options, &runner, &mut observer).unwrap();
        let done = report.cases[0].not_run == 0;
        let kind = (!done).then_some(ErrorKind::Interrupted);
        assert_eq!((report.cases[0].failed, report.error_kind()), (0, kind), "{report:#?}");
        assert_eq!(fixture.partials(), [""; 0]);
        assert_complete(&fixture, &expected);
    }
}

#[test]
fn a_second_engine_is_refused_and_the_first_goes_on() {
    let fixture = Fixture::new();
    let gate = json!({"pause_ms": 1000});
    fixture.control("call", &gate);
    let mut first = fixture.engine(&[fixture.case("C1")]);
    wait_until("the call", || begun(&fixture, "call"));
    let runner = Processes::new(Program::new(PROGRAM));
    let cases = [fixture.case("C1")];
    let error = wgs_engine::run(&cases, &fixture.options(), &runner, &mut NoObserver).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission);
    let expected = format!("another run (process {}) works on this case", first.id());
    assert!(error.to_string().ends_with(&expected), "{error}");
    assert_eq!(first.wait().unwrap().code(), Some(0));
    assert_eq!(fixture.statuses("C1"), ["ran"; 4]);
}
