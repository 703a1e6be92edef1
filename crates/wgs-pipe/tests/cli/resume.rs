//! Runs that are killed or interrupted, and taken up again.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Stdio},
    thread,
    time::Instant,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::room::{Room, data_digests};

fn run_into(out: &str) -> [&str; 8] {
    ["run", "data/case.toml", "--bundle", "bundle", "--out", out, "--threads", "2"]
}

fn start(room: &Room, out: &str) -> Child {
    let mut command = room.command(run_into(out));
    command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

fn signal(engine: &Child, signal: Signal) {
    // The run may be over already.
    let _ = kill(Pid::from_raw(i32::try_from(engine.id()).unwrap()), signal);
}

#[test]
fn killed_at_ten_moments_the_bytes_are_the_same() {
    let room = Room::new();
    let began = Instant::now();
    room.ok(run_into("undisturbed"));
    let whole = began.elapsed();
    let expected = data_digests(&room.path("undisturbed/quickstart"));
    for moment in 0..10 {
        let out = format!("out{moment}");
        let mut engine = start(&room, &out);
        thread::sleep(whole * (2 * moment + 1) / 20);
        signal(&engine, Signal::SIGKILL);
        engine.wait().unwrap();
        room.ok(run_into(&out));
        let found = data_digests(&room.path(&out).join("quickstart"));
        assert_eq!(found, expected, "killed at moment {moment}");
    }
}

#[test]
fn an_interrupted_run_says_so_and_resumes() {
    let room = Room::new();
    let mut engine = start(&room, "out");
    let mut events = BufReader::new(engine.stdout.take().unwrap()).lines();
    assert!(events.any(|line| line.unwrap().contains("task_started")));
    signal(&engine, Signal::SIGINT);
    assert_eq!(engine.wait().unwrap().code(), Some(130));
    assert!(room.ok(["status", "out"]).contains("interrupted"));
    room.ok(run_into("out"));
    assert!(room.ok(["status", "out"]).contains("succeeded"));
}
