//! What a run will need, and what it took.

use std::fs;

use serde_json::Value;

use crate::room::Room;

const CASE: [&str; 5] = ["data/case.toml", "--bundle", "bundle", "--out", "out"];

/// The sums of a ledger are those of the run's record; the page and CSV hold every task.
#[test]
fn the_ledger_says_what_the_record_says() {
    let room = Room::new();
    room.run("data/case.toml", "out", &["--threads", "2"]);
    let record: Value = serde_json::from_str(&room.text("out/quickstart/run.json")).unwrap();
    let tasks = record["tasks"].as_array().unwrap();
    let reads = tasks.iter().find(|task| task["stage"] == "reads").unwrap();
    assert!(reads["io"]["read_bytes"].as_u64() >= reads["input_bytes"].as_u64(), "{reads}");
    assert!(reads["io"]["written_bytes"].as_u64() >= reads["output_bytes"].as_u64(), "{reads}");
    assert_eq!(reads["asked"]["threads"], 2);

    let prices = room.ok(["ledger", "--example-pricing"]);
    room.put("pricing.toml", prices);
    let json = ["ledger", "out", "--by", "case", "--format", "json", "--pricing", "pricing.toml"];
    let ledger: Value = serde_json::from_str(&room.ok(json)).unwrap();
    let told = ledger["total"]["core_s"].as_f64().unwrap();
    assert!((told - record["totals"]["core_s"].as_f64().unwrap()).abs() < 1e-3);
    assert_eq!(ledger["total"]["output_bytes"], record["totals"]["output_bytes"]);
    assert_eq!(ledger["rows"][0]["cloud_instance"], "c5.2xlarge");

    let csv = room.ok(["ledger", "out", "--by", "task", "--format", "csv"]);
    assert_eq!(csv.lines().count(), 1 + tasks.len());
    room.ok(["ledger", "out/quickstart", "--format", "html", "--out", "ledger.html"]);
    assert!(room.text("ledger.html").contains("reads.NA-demo"));
}

/// The record of one case that is broken or missing is told, and the others are shown.
#[test]
fn a_broken_record_is_told() {
    let room = Room::new();
    room.run("data/case.toml", "out", &[]);
    room.fails(4, ["ledger", "data"]);
    room.fails(4, ["ledger", "nowhere"]);
    fs::create_dir_all(room.path("out/other")).unwrap();
    room.put("out/other/run.json", "{");
    let output = room.command(["ledger", "out"]).output().unwrap();
    assert_eq!(output.status.code(), Some(6));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("left out: out/other/run.json: "), "{error}");
    assert!(String::from_utf8(output.stdout).unwrap().contains("quickstart"));
}

/// A table fitted to a run is taken for the next, and one whose forecast no disk holds is refused
/// before anything is made.
#[test]
fn what_cannot_fit_is_not_started() {
    let room = Room::new();
    let plan = room.ok(["plan"].into_iter().chain(CASE));
    assert!(plan.contains("# germline                   1       0"), "{plan}");
    room.run("data/case.toml", "out", &[]);
    room.ok(["ledger", "out", "--fit", "needs.toml"]);
    let fitted = room.text("needs.toml");
    assert!(fitted.contains("[stages.reads]\ntasks = 1\n"), "{fitted}");
    let plan = room.ok(["plan"].into_iter().chain(CASE).chain(["--needs", "needs.toml"]));
    assert!(plan.contains("# germline                   0       1"), "{plan}");

    fs::remove_dir_all(room.path("out")).unwrap();
    let huge = "schema = \"wgs-pipe/needs/1\"\n[default]\noutputs.other.fixed = 1e17\n";
    room.put("huge.toml", huge);
    let run = || ["run"].into_iter().chain(CASE).chain(["--needs", "huge.toml"]);
    let error = room.fails(11, run());
    assert!(error.contains("will be needed") && error.contains("germline"), "{error}");
    assert!(!room.path("out").exists());
    room.ok(run().chain(["--ignore-disk-forecast"]));
    let wrong = ["run"].into_iter().chain(CASE).chain(["--needs", "data/case.toml"]);
    let error = room.fails(3, wrong);
    assert!(error.contains("case.toml"), "{error}");
}
