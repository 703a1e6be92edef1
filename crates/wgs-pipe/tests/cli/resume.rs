//! Runs that are killed or interrupted, and taken up again.

use std::{process::Stdio, thread, time::Duration};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::room::{Room, data_digests};

const RUN: [&str; 8] =
    ["run", "data/case.toml", "--bundle", "bundle", "--out", "out", "--threads", "2"];

fn run_and_signal(room: &Room, after: Duration, signal: Signal) -> Option<i32> {
    let mut engine = room.command(RUN).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    thread::sleep(after);
    let pid = Pid::from_raw(i32::try_from(engine.id()).unwrap());
    // The run may be over already.
    let _ = kill(pid, signal);
    engine.wait().unwrap().code()
}

#[test]
fn killed_at_ten_moments_the_bytes_are_the_same() {
    let room = Room::new();
    room.run("data/case.toml", "undisturbed", &["--threads", "2"]);
    for moment in 1..=10 {
        run_and_signal(&room, Duration::from_millis(moment * 70), Signal::SIGKILL);
    }
    room.ok(RUN);
    let expected = data_digests(&room.path("undisturbed/quickstart"));
    assert_eq!(data_digests(&room.path("out/quickstart")), expected, "no partial file may remain");
}

#[test]
fn an_interrupted_run_says_so_and_resumes() {
    let room = Room::new();
    let code = run_and_signal(&room, Duration::from_millis(300), Signal::SIGINT);
    assert!(matches!(code, Some(130 | 0)), "{code:?}");
    room.ok(RUN);
    assert!(room.ok(["status", "out"]).contains("succeeded"));
}
