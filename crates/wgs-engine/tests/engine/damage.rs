//! Files of a case that somebody removes or changes while it runs, and those that go by themselves.

use std::{fs, slice};

use serde_json::json;
use wgs_core::ErrorKind;
use wgs_engine::{CasePlan, RunReport, Stop, Verdict};
use wgs_formats::output;
use wgs_task::Output;

use crate::support::{Fixture, wait_until};

/// A case whose reads serve its calls only.
fn with_temporary_reads(fixture: &Fixture) -> CasePlan {
    let mut plan = fixture.case("C1");
    for output in &mut plan.tasks[0].outputs {
        *output = Output::temporary(output.name.clone(), &output.path);
    }
    plan
}

/// Runs a case, and does something once the process of a task is at work.
fn run_while(fixture: &Fixture, plan: &CasePlan, task: &str, act: impl FnOnce()) -> RunReport {
    std::thread::scope(|scope| {
        let run = scope.spawn(|| fixture.run(slice::from_ref(plan)));
        let begun = || fixture.trace().iter().any(|line| line[..2] == [task, "begin"]);
        wait_until(task, begun);
        act();
        run.join().unwrap()
    })
}

fn begins(fixture: &Fixture, task: &str) -> usize {
    fixture.trace().iter().filter(|line| line[..2] == [task, "begin"]).count()
}

#[test]
fn an_intermediate_that_changes_under_a_reader_is_made_again() {
    for damage in [true, false] {
        let undisturbed = Fixture::new();
        undisturbed.complete(&[undisturbed.case("C1")]);
        let fixture = Fixture::new();
        let plan = fixture.case("C1");
        fixture.control("call", &json!({"pause_ms": 300}));
        let cram = fixture.path("out/C1/reads/S1.cram");
        let report = run_while(&fixture, &plan, "call", || match damage {
            true => output::write(&cram, "damage").unwrap(),
            false => fs::remove_file(&cram).unwrap(),
        });
        assert_eq!(report.error_kind(), None, "{report:#?}");
        assert_eq!((begins(&fixture, "reads.S1"), begins(&fixture, "call")), (2, 2));
        assert_eq!(begins(&fixture, "qc.S1"), 1);
        assert_eq!(fixture.results().len(), undisturbed.results().len());
    }
}

#[test]
fn what_is_lost_after_it_was_used_is_made_again_before_the_end() {
    let fixture = Fixture::new();
    let plan = fixture.case("C1");
    fixture.control("report", &json!({"pause_ms": 300}));
    let cram = fixture.path("out/C1/reads/S1.cram");
    let report = run_while(&fixture, &plan, "report", || fs::remove_file(&cram).unwrap());
    assert_eq!(report.error_kind(), None, "{report:#?}");
    assert!(cram.exists());
    assert_eq!((begins(&fixture, "reads.S1"), begins(&fixture, "call")), (2, 1));
}

#[test]
fn what_was_made_from_other_bytes_is_made_again_before_the_end() {
    let fixture = Fixture::new();
    let plan = fixture.case("C1");
    fixture.control("report", &json!({"pause_ms": 300}));
    let cram = fixture.path("out/C1/reads/S1.cram");
    let report = run_while(&fixture, &plan, "report", || {
        fixture.control("reads.S1", &json!({"extra": "of another version"}));
        fs::remove_file(&cram).unwrap();
    });
    assert_eq!(report.error_kind(), None, "{report:#?}");
    let runs = ["reads.S1", "call", "report", "qc.S1"].map(|task| begins(&fixture, task));
    assert_eq!(runs, [2, 2, 2, 1]);
    fixture.complete(slice::from_ref(&plan));
    assert_eq!(fixture.statuses("C1"), ["reused"; 4]);
}

#[test]
fn several_that_are_lost_are_made_again_in_their_order() {
    let undisturbed = Fixture::new();
    undisturbed.complete(&[undisturbed.case("C1")]);
    let fixture = Fixture::new();
    let plan = fixture.case("C1");
    fixture.control("report", &json!({"pause_ms": 300}));
    let files = ["reads/S1.cram", "variants/C.vcf.gz", "qc/S1.fastq.json"];
    let report = run_while(&fixture, &plan, "report", || {
        for file in files {
            fs::remove_file(fixture.path("out/C1").join(file)).unwrap();
        }
    });
    assert_eq!(report.error_kind(), None, "{report:#?}");
    assert_eq!(fixture.results().len(), undisturbed.results().len());
    assert_eq!(begins(&fixture, "reads.S1"), 2);
}

#[test]
fn who_damages_files_again_and_again_is_told() {
    let fixture = Fixture::new();
    let plan = fixture.case("C1");
    let cram = fixture.path("out/C1/reads/S1.cram");
    fixture.control("call", &json!({"append_to": cram}));
    let report = fixture.run(&[plan]);
    assert_eq!(report.error_kind(), Some(ErrorKind::TaskFailed));
    let message = &report.cases[0].failures[0].failure.message;
    assert!(message.contains("removed or changed 5 times"), "{message}");
}

#[test]
fn temporary_outputs_go_when_they_are_consumed_and_nothing_runs_for_that() {
    let fixture = Fixture::new();
    let plan = with_temporary_reads(&fixture);
    fixture.complete(slice::from_ref(&plan));
    let names = || fs::read_dir(fixture.path("out/C1/reads")).unwrap().count();
    assert_eq!(names(), 0);
    let forecast =
        || wgs_engine::plan(slice::from_ref(&plan), fixture.limits, &Stop::default()).unwrap();
    assert!(forecast()[0].is_up_to_date());
    fixture.complete(slice::from_ref(&plan));
    assert_eq!(fixture.statuses("C1"), ["reused"; 4]);

    let results = fixture.results();
    fs::remove_file(fixture.path("out/C1/variants/C.vcf.gz")).unwrap();
    let runs: Vec<_> =
        forecast()[0].tasks.iter().map(|(_, verdict)| *verdict != Verdict::UpToDate).collect();
    assert_eq!(runs, [true, false, true, true]);
    fixture.complete(slice::from_ref(&plan));
    assert_eq!(fixture.statuses("C1"), ["ran", "reused", "ran", "reused"]);
    assert_eq!((fixture.results(), names()), (results, 0));
}

#[test]
fn temporary_outputs_stay_as_long_as_somebody_may_need_them() {
    let fixture = Fixture::new();
    let plan = with_temporary_reads(&fixture);
    fixture.control("call", &json!({"exit_code": 10}));
    let report = fixture.run(slice::from_ref(&plan));
    assert_eq!(report.error_kind(), Some(ErrorKind::TaskFailed));
    assert!(fixture.path("out/C1/reads/S1.cram").exists());
    fixture.release();
    fixture.complete(slice::from_ref(&plan));
    assert_eq!(fixture.statuses("C1"), ["reused", "reused", "ran", "ran"]);
    assert!(!fixture.path("out/C1/reads/S1.cram").exists());
}

#[test]
fn outputs_that_are_not_promised_any_more_go() {
    let fixture = Fixture::new();
    let mut plan = fixture.case("C1");
    fixture.complete(slice::from_ref(&plan));
    let former = fixture.path("out/C1/qc/S1.fastq.json");
    let now = fixture.path("out/C1/qc/S1.reads.json");
    plan.tasks[1].outputs[0].path.clone_from(&now);
    plan.tasks[1].params["salt"] = 2.into();
    plan.tasks[3].inputs[1].path.clone_from(&now);
    fixture.complete(slice::from_ref(&plan));
    assert!(now.exists() && !former.exists());
}

#[test]
fn temporary_files_are_where_they_should_be_and_go() {
    let fixture = Fixture::new();
    let plan = fixture.case("C1");
    let scratch = fixture.path("scratch");
    fixture.control("call", &json!({"pause_ms": 500}));
    let options = wgs_engine::RunOptions { scratch: Some(scratch.clone()), ..fixture.options() };
    let runner = wgs_engine::Processes::new(wgs_engine::Program::new(crate::support::PROGRAM));
    std::thread::scope(|scope| {
        let cases = slice::from_ref(&plan);
        let run = || wgs_engine::run(cases, &options, &runner, &mut wgs_engine::NoObserver);
        let run = scope.spawn(run);
        wait_until("call", || begins(&fixture, "call") == 1);
        let names: Vec<_> =
            fs::read_dir(&scratch).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names.len(), 1, "{names:?}");
        assert!(names[0].to_string_lossy().ends_with(".call"), "{names:?}");
        assert_eq!(run.join().unwrap().unwrap().error_kind(), None);
    });
    assert_eq!(fs::read_dir(&scratch).unwrap().count(), 0);
}
