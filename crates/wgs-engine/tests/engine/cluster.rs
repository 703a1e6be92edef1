//! Runs that are submitted, controlled, killed and taken up again, with real processes.

use std::{
    fs,
    process::{Child, Command, Stdio},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::json;
use wgs_core::ErrorKind;
use wgs_engine::{
    CasePlan, NoObserver, Program, Stop,
    cluster::{
        ByLimits, CancelRequest, Caps, CaseWord, ControlOptions, Controller, Crew, ExecutorOptions,
        Grain, JobLimits, Lease, LocalOptions, Mode, ProgramFile, RealWorld, Request,
        RequestOptions, Retries, RunFiles, RunStatus, Submission, control,
    },
};
use wgs_formats::{Result, digest};

use crate::support::{Fixture, PROGRAM, wait_until};

const CASES: [&str; 3] = ["A", "B", "C"];

fn submit(fixture: &Fixture, grain: Grain) -> Result<Request> {
    let cases: Vec<CasePlan> = CASES.iter().map(|case| fixture.case(case)).collect();
    let job = JobLimits { threads: 2, memory_bytes: 100, wall_s: 60 };
    let limits = job.for_tasks();
    let mut submission = Submission::begin(&fixture.path("out"), grain, limits, &Stop::default())?;
    cases.iter().try_for_each(|plan| submission.check(plan))?;
    for plan in &cases {
        submission.write(plan)?;
    }
    let program = ProgramFile {
        path: PROGRAM.into(),
        sha256: digest::sha256_file(PROGRAM.as_ref())?,
        version: "test-program 1".into(),
    };
    submission.finish(RequestOptions {
        program,
        source: None,
        executor: ExecutorOptions::Local(LocalOptions { threads: 4, memory_bytes: 200 }),
        grain,
        job,
        caps: Caps { memory_bytes: 200, wall_s: 60, jobs: 100 },
        retries: Retries { patience_s: 1, ..Retries::default() },
        scratch: None,
        foreseen: Default::default(),
        needs: None,
        verify: false,
    })
}

fn controller(fixture: &Fixture) -> Child {
    let mut command = Command::new(PROGRAM);
    command.arg("control").arg(fixture.path("out")).stdout(Stdio::null()).spawn().unwrap()
}

fn status(fixture: &Fixture) -> RunStatus {
    RunStatus::read(&fixture.path("out")).unwrap()
}

fn states(fixture: &Fixture) -> Vec<CaseWord> {
    status(fixture).cases.iter().map(|line| line.state).collect()
}

/// Tasks that began and do not end by themselves.
fn calls(fixture: &Fixture) -> usize {
    fixture.trace().iter().filter(|line| line[..2] == ["call", "begin"]).count()
}

fn signal(process: u32, signal: Signal) {
    // It may be gone already.
    let _ = kill(Pid::from_raw(i32::try_from(process).unwrap()), signal);
}

/// What an undisturbed run on this machine makes.
fn expected() -> std::collections::BTreeMap<String, Vec<u8>> {
    let fixture = Fixture::new();
    fixture.complete(&CASES.map(|case| fixture.case(case)));
    results(&fixture)
}

fn results(fixture: &Fixture) -> std::collections::BTreeMap<String, Vec<u8>> {
    let out = fixture.path("out");
    let named =
        |path: std::path::PathBuf| path.strip_prefix(&out).unwrap().to_string_lossy().into_owned();
    fixture.results().into_iter().map(|(path, bytes)| (named(path), bytes)).collect()
}

#[test]
fn both_grains_make_what_one_engine_makes() {
    let expected = expected();
    for grain in [Grain::Case, Grain::Task] {
        let fixture = Fixture::new();
        submit(&fixture, grain).unwrap();
        assert!(controller(&fixture).wait().unwrap().success());
        assert_eq!(results(&fixture), expected, "{grain:?}");
        assert_eq!(states(&fixture), [CaseWord::Done; 3]);
        assert_eq!(status(&fixture).controller, Controller::Ended);
        assert_eq!(
            fixture.statuses("B"),
            if grain == Grain::Case { ["ran"; 4] } else { ["reused"; 4] }
        );

        submit(&fixture, grain).unwrap();
        assert!(controller(&fixture).wait().unwrap().success());
        let orders = || status(&fixture).cases.iter().map(|line| line.orders).sum::<u32>();
        let units = if grain == Grain::Case { 1 } else { 5 };
        assert_eq!(orders(), 3 * units, "what is surely done is not ordered again");

        let calls = calls(&fixture);
        let read_only = std::os::unix::fs::PermissionsExt::from_mode(0o444);
        std::fs::set_permissions(fixture.path("in/B.r1"), read_only).unwrap();
        for _ in 0..2 {
            submit(&fixture, grain).unwrap();
            assert!(controller(&fixture).wait().unwrap().success());
            assert_eq!(orders(), 4 * units, "an input that was touched is looked at once");
        }
        assert_eq!(self::calls(&fixture), calls);
    }
}

#[test]
fn controllers_and_jobs_are_killed_and_nothing_is_lost() {
    let expected = expected();
    for grain in [Grain::Case, Grain::Task] {
        let fixture = Fixture::new();
        fixture.control("call", &json!({"pause_ms": 60_000}));
        submit(&fixture, grain).unwrap();
        let mut first = controller(&fixture);
        wait_until("two calls", || calls(&fixture) >= 2);
        signal(first.id(), Signal::SIGKILL);
        first.wait().unwrap();
        assert!(matches!(status(&fixture).controller, Controller::Gone { .. }));
        assert!(!fixture.processes().is_empty(), "jobs outlive their controller");

        let mut second = controller(&fixture);
        wait_until("the second controller", || {
            matches!(status(&fixture).controller, Controller::Alive { .. })
        });
        let refused = submit(&fixture, grain).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Permission);
        let third = controller(&fixture).wait().unwrap();
        assert_eq!(third.code(), Some(i32::from(ErrorKind::Permission.exit_code())));

        fixture.release();
        let tasks = fixture.processes();
        assert!(!tasks.is_empty());
        for task in tasks {
            signal(u32::try_from(task).unwrap(), Signal::SIGKILL);
        }
        assert!(second.wait().unwrap().success());
        assert_eq!(results(&fixture), expected, "{grain:?}");
        assert_eq!(fixture.partials(), Vec::<String>::new());
    }
}

#[test]
fn after_cancel_nothing_runs_with_a_controller_and_without() {
    for with_controller in [true, false] {
        let fixture = Fixture::new();
        fixture.control("call", &json!({"pause_ms": 60_000}));
        submit(&fixture, Grain::Case).unwrap();
        let out = fixture.path("out");
        let files = RunFiles::of(&out);
        let mut process = controller(&fixture);
        wait_until("a call", || calls(&fixture) >= 1);
        let wish = || {
            CancelRequest { cases: None, by: "a test".into() }.write(&files).unwrap();
        };
        if with_controller {
            wish();
        } else {
            signal(process.id(), Signal::SIGTERM);
        }
        let code = process.wait().unwrap().code();
        assert_eq!(code, Some(130));
        if !with_controller {
            assert!(!fixture.processes().is_empty(), "a signal to the controller ends no jobs");
            wish();
            end(&fixture);
        }
        assert!(fixture.processes().is_empty());
        assert!(states(&fixture).iter().all(|state| *state == CaseWord::Cancelled));

        fixture.release();
        submit(&fixture, Grain::Case).unwrap();
        assert!(controller(&fixture).wait().unwrap().success());
        assert_eq!(states(&fixture), [CaseWord::Done; 3]);
    }
}

/// Carries out the wish to end, as `cancel` does where nobody controls a run.
fn end(fixture: &Fixture) {
    let (out, stop) = (fixture.path("out"), Stop::default());
    let files = RunFiles::of(&out);
    let lease = Lease::take(&files, &stop).unwrap();
    let request = Request::read(&files).unwrap();
    let mut executor = request.options.executor.executor(Program::new(PROGRAM)).unwrap();
    let options = ControlOptions { out, mode: Mode::CancelOnly, program: "test 1".into(), stop };
    let world = RealWorld::default();
    let crew = Crew {
        executor: executor.as_mut(),
        estimates: &ByLimits,
        world: &world,
        observer: &mut NoObserver,
    };
    control(&options, Some(&lease), crew).unwrap();
}

#[test]
fn a_wrong_input_fails_its_case_alone() {
    let fixture = Fixture::new();
    fixture.case("B");
    submit(&fixture, Grain::Task).unwrap();
    fs::remove_file(fixture.path("in/B.r1")).unwrap();
    assert!(!controller(&fixture).wait().unwrap().success());
    assert_eq!(states(&fixture), [CaseWord::Done, CaseWord::Failed, CaseWord::Done]);
    let failed = &status(&fixture).cases[1];
    assert!(failed.failure.as_ref().unwrap().message.contains("B.r1"), "{failed:?}");
}
