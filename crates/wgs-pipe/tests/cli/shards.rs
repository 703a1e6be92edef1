//! Tasks that share the calling of a sample.

use std::{fs, path::Path};

use crate::room::{Room, data_digests, tasks_with, test_data};

/// The pipeline of the repository with so many shards.
fn define(room: &Room, shards: &str) {
    let germline = test_data().join("../pipelines/germline.toml");
    let text = fs::read_to_string(germline).unwrap();
    room.put("p.toml", format!("{text}\n[options.call]\nshards = {shards}\n"));
}

const SHARDED: [&str; 4] = ["--pipeline", "p.toml", "--threads", "2"];

/// The tasks of calling that ran; shards, whose order is that of chance, by number.
fn called(events: &[serde_json::Value]) -> Vec<String> {
    let finished = tasks_with(events, "task_finished");
    let mut called: Vec<_> =
        finished.into_iter().filter(|task| task.starts_with("call.")).collect();
    let shards = called.iter().take_while(|task| task.contains(".shard-")).count();
    called[..shards].sort();
    called
}

fn parts(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.contains("calls-")).collect()
}

#[test]
fn a_case_has_the_same_bytes_in_shards_and_parts_do_not_stay() {
    let room = Room::new();
    room.run("data/case.toml", "whole", &["--threads", "1"]);
    define(&room, "3");
    let events = room.run("data/case.toml", "out", &SHARDED);
    let tasks = ["call.NA-demo.shard-1", "call.NA-demo.shard-2", "call.NA-demo.shard-3"];
    let all = [&tasks[..], &["call.NA-demo"]].concat();
    assert_eq!(called(&events), all);
    let digests = |out: &str| {
        let mut digests = data_digests(&room.path(out).join("quickstart"));
        // It shows the options of the pipeline, `shards` among them.
        digests.retain(|name, _| !name.starts_with("report/"));
        digests
    };
    assert_eq!(digests("out"), digests("whole"));
    assert!(parts(&room.path("out/quickstart/variants")).is_empty());
    assert!(called(&room.run("data/case.toml", "out", &SHARDED)).is_empty(), "all is there");

    // What the parts made is gone, and they with it.
    fs::remove_file(room.path("out/quickstart/variants/NA-demo.g.vcf.gz")).unwrap();
    let events = room.run("data/case.toml", "out", &SHARDED);
    assert_eq!(called(&events), all);
    assert_eq!(tasks_with(&events, "task_finished").len(), 4, "nothing behind it runs");
}

#[test]
fn a_part_that_is_lost_is_made_again_and_no_other() {
    let room = Room::new();
    define(&room, "4");
    // A folder in place of the gVCF: parts are made, and cannot be put together.
    let in_the_way = room.path("out/quickstart/variants/NA-demo.g.vcf.gz");
    fs::create_dir_all(in_the_way.join("x")).unwrap();
    let run = ["run", "data/case.toml", "--bundle", "bundle", "--out", "out"];
    let failed = room.command(run.iter().chain(&SHARDED)).output().unwrap();
    assert!(!failed.status.success());
    let variants = room.path("out/quickstart/variants");
    assert_eq!(parts(&variants).len(), 4, "{}", String::from_utf8_lossy(&failed.stderr));
    fs::remove_dir_all(in_the_way).unwrap();
    fs::remove_file(variants.join("NA-demo.calls-3.jsonl.gz")).unwrap();
    let again = called(&room.run("data/case.toml", "out", &SHARDED));
    assert_eq!(again, ["call.NA-demo.shard-3", "call.NA-demo"]);
    assert!(parts(&variants).is_empty());
}

#[test]
fn shards_that_cannot_be_are_refused_before_anything_runs() {
    let room = Room::new();
    for (shards, reason) in [("0", "there can be 1 to 1000"), ("1001", "1 to 1000")] {
        define(&room, shards);
        let run = ["run", "data/case.toml", "--bundle", "bundle", "--out", "out"];
        let error = room.fails(3, run.iter().chain(&SHARDED));
        assert!(error.contains("options.call") && error.contains(reason), "{error}");
    }
    assert!(room.made("out").is_empty());
}
