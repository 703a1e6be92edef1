//! What fails, how, and what that leaves alone.

use std::{
    fs,
    os::unix::fs::symlink,
    slice,
    time::{Duration, Instant},
};

use serde_json::json;
use wgs_core::ErrorKind;
use wgs_engine::{
    CaseState, Job, JobId, NoObserver, Processes, Program, Reports, Stop, TaskFailure, TaskRunner,
};
use wgs_formats::output;
use wgs_task::CaseLayout;

use crate::support::{Fixture, PROGRAM};

fn only_failure(fixture: &Fixture) -> TaskFailure {
    let report = fixture.run(&[fixture.case("C1")]);
    assert_eq!(report.cases[0].state, CaseState::Failed);
    let [failure] = &report.cases[0].failures[..] else { panic!("{report:#?}") };
    failure.clone()
}

#[test]
fn promised_outputs_must_be_there() {
    let fixture = Fixture::new();
    fixture.control("reads.S1", &json!({"leave_out": "cram.crai"}));
    let failure = only_failure(&fixture).failure;
    assert_eq!(failure.kind, ErrorKind::TaskFailed);
    assert!(failure.message.ends_with("promised output cram.crai, which is missing"));
    fixture.control("reads.S1", &json!({"leave_empty": "cram"}));
    let failure = only_failure(&fixture).failure;
    assert!(failure.message.ends_with("promised output cram, which is empty"));
    assert_eq!(fixture.statuses("C1"), ["failed", "reused", "not run", "not run"]);
}

#[test]
fn the_class_of_a_failure_reaches_the_end() {
    let fixture = Fixture::new();
    fixture.control("call", &json!({"exit_code": 8, "message": "another genome"}));
    let report = fixture.run(&[fixture.case("C1")]);
    assert_eq!(report.error_kind(), Some(ErrorKind::ReferenceMismatch));
    let TaskFailure { task, failure, log } = &report.cases[0].failures[0];
    assert_eq!(task.as_ref().unwrap().as_str(), "call");
    assert_eq!(failure.message, "another genome");
    assert_eq!(failure.hint.as_deref(), Some("do better"));
    assert_eq!(failure.log_tail, "task call begins");
    assert_eq!(fs::read_to_string(log.as_ref().unwrap()).unwrap(), "task call begins\n");
    let record = serde_json::to_value(fixture.record("C1")).unwrap();
    assert_eq!(record["state"], "failed");
    assert_eq!(record["tasks"][2]["exit_code"], 8);
    assert_eq!(record["tasks"][3]["because"], "upstream");
    assert_eq!(record["tasks"][3]["upstream"], "call");
}

#[test]
fn a_silent_failure_is_described() {
    let fixture = Fixture::new();
    fixture.control("call", &json!({"exit_code": 77, "chatter": "last words"}));
    let failure = only_failure(&fixture).failure;
    assert_eq!(failure.kind, ErrorKind::TaskFailed);
    assert_eq!(failure.message, "the process ended with exit code 77 without saying why");
    assert_eq!(failure.log_tail, "task call begins\nlast words");
    fixture.control("call", &json!({"signal": 9}));
    let failure = only_failure(&fixture).failure;
    assert_eq!(failure.message, "the process was ended by signal 9 (SIGKILL)");
    assert!(failure.hint.unwrap().contains("want of memory"));
    assert_eq!(fixture.partials(), [""; 0]);
}

#[test]
fn a_failure_stops_only_what_waits_for_it() {
    let fixture = Fixture::new();
    let control = fixture.path("control-of-C2");
    output::create_folder(&control).unwrap();
    let behaviour = json!({"exit_code": 10, "message": "no"});
    output::write_json(&control.join("reads.S1"), &behaviour).unwrap();
    let mut broken = fixture.case("C2");
    for task in &mut broken.tasks {
        task.params["control"] = control.to_str().into();
    }
    let cases = [fixture.case("C1"), broken, fixture.case("C3")];
    let report = fixture.run(&cases);
    let states: Vec<_> = report.cases.iter().map(|case| case.state).collect();
    assert_eq!(states, [CaseState::Succeeded, CaseState::Failed, CaseState::Succeeded]);
    assert_eq!(fixture.statuses("C2"), ["failed", "ran", "not run", "not run"]);
    assert_eq!(report.error_kind(), Some(ErrorKind::TaskFailed));
}

#[test]
fn a_failed_rerun_leaves_no_older_result() {
    let fixture = Fixture::new();
    let mut plan = fixture.case("C1");
    fixture.complete(slice::from_ref(&plan));
    plan.tasks[0].params["salt"] = 2.into();
    fixture.control("reads.S1", &json!({"signal": 9}));
    fixture.run(slice::from_ref(&plan));
    assert!(!plan.tasks[0].outputs[0].path.exists());
    assert!(!plan.tasks[0].outputs[1].path.exists());
    assert_eq!(fixture.partials(), [""; 0]);
    fixture.release();
    fixture.complete(&[plan]);
}

#[test]
fn an_input_that_changes_under_a_task_is_noticed() {
    let fixture = Fixture::new();
    let grows = fixture.path("in/C1.r2");
    fixture.control("qc.S1", &json!({"append_to": grows}));
    fixture.control("reads.S1", &json!({"pause_ms": 300}));
    let report = fixture.run(&[fixture.case("C1")]);
    for failure in &report.cases[0].failures {
        let message = &failure.failure.message;
        assert!(message.contains("input r2 of task "), "{message}");
        assert!(message.ends_with(" changed while the task ran"), "{message}");
    }
    assert_eq!(fixture.statuses("C1"), ["failed", "failed", "not run", "not run"]);
}

#[test]
fn a_process_left_behind_does_not_hold_up_the_run() {
    let fixture = Fixture::new();
    fixture.control("call", &json!({"leave_process": true}));
    let start = Instant::now();
    fixture.complete(&[fixture.case("C1")]);
    assert!(start.elapsed() < Duration::from_secs(30));
}

#[test]
fn temporary_files_are_removed() {
    let fixture = Fixture::new();
    fixture.control("call", &json!({"exit_code": 1}));
    fixture.run(&[fixture.case("C1")]);
    let scratch = fixture.path("out/C1/.wgs-pipe/scratch");
    assert_eq!(fs::read_dir(scratch).unwrap().count(), 0);
}

#[test]
fn a_program_that_is_not_there_fails_every_task() {
    let fixture = Fixture::new();
    let runner = Processes::new(Program::new("/no/such/program"));
    let cases = [fixture.case("C1")];
    let report = wgs_engine::run(&cases, &fixture.options(), &runner, &mut NoObserver).unwrap();
    assert_eq!(report.error_kind(), Some(ErrorKind::NotFound));
    assert_eq!(fixture.statuses("C1"), ["failed", "failed", "not run", "not run"]);
    assert!(report.cases[0].failures[0].failure.message.starts_with("/no/such/program: "));
}

/// Takes jobs and is never heard of again.
struct Forgetful;

impl TaskRunner for Forgetful {
    fn settle(&self, _job: &Job, _stop: &Stop) -> wgs_formats::Result<()> {
        Ok(())
    }

    fn submit(&self, _job: Job, _reports: Reports) {}

    fn cancel(&self, _job: JobId) {}
}

#[test]
fn a_job_that_an_executor_loses_fails() {
    let fixture = Fixture::new();
    let cases = [fixture.case("C1")];
    let report = wgs_engine::run(&cases, &fixture.options(), &Forgetful, &mut NoObserver).unwrap();
    assert_eq!(report.cases[0].failures[0].failure.message, "the runner lost the task");
    assert_eq!(fixture.statuses("C1"), ["failed", "failed", "not run", "not run"]);
}

#[test]
fn nothing_starts_in_a_folder_that_may_not_be_written() {
    let fixture = Fixture::new();
    let mut plan = fixture.case("C1");
    plan.layout = CaseLayout::new("/sys".as_ref(), &plan.case.id);
    let runner = Processes::new(Program::new(PROGRAM));
    let cases = [fixture.case("C2"), plan];
    let error = wgs_engine::run(&cases, &fixture.options(), &runner, &mut NoObserver).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission, "{error}");
    let mut plan = fixture.case("C1");
    plan.tasks[3].outputs[0].path = "/sys/report/report.html".into();
    let error = wgs_engine::run(&[plan], &fixture.options(), &runner, &mut NoObserver).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission, "{error}");
    assert!(fixture.trace().is_empty());
}

#[test]
fn a_full_disk_fails_the_case_but_not_the_next() {
    let fixture = Fixture::new();
    let events = fixture.layout("C1").events();
    output::create_folder(events.parent().unwrap()).unwrap();
    symlink("/dev/full", &events).unwrap();
    let report = fixture.run(&[fixture.case("C1"), fixture.case("C2")]);
    assert_eq!(report.error_kind(), Some(ErrorKind::OutOfSpace));
    assert_eq!(report.cases[1].state, CaseState::Succeeded);
    assert_eq!(report.cases[0].not_run, 4);
    let record = serde_json::to_value(fixture.record("C1")).unwrap();
    assert_eq!(record["failure"]["exit_code"], ErrorKind::OutOfSpace.exit_code());
    assert_eq!(record["tasks"][0]["because"], "case_failed");
    fs::remove_file(events).unwrap();
    fixture.complete(&[fixture.case("C1")]);
}
