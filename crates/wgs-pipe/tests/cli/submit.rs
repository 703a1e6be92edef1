//! Runs that are submitted, looked at, ended, and taken up again.

use std::{
    fs,
    io::Write,
    thread,
    time::{Duration, Instant},
};

use crate::room::{Room, SmallDisk, data_digests};

const SUBMIT: [&str; 10] = [
    "submit",
    "data/case.toml",
    "--bundle",
    "bundle",
    "--out",
    "out",
    "--threads",
    "1",
    "--memory",
    "2G",
];

fn wait_for(room: &Room, out: &str, what: &str) -> String {
    let start = Instant::now();
    loop {
        let status = room.ok(["status", out]);
        if status.contains(what) {
            return status;
        }
        assert!(start.elapsed() < Duration::from_secs(600), "{what:?} did not come: {status}");
        thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn a_submitted_case_is_what_a_run_makes() {
    let room = Room::new();
    room.run("data/case.toml", "here", &["--threads", "1"]);
    let expected = data_digests(&room.path("here/quickstart"));
    for grain in ["case", "task"] {
        let out = format!("out-{grain}");
        let mut args = SUBMIT.to_vec();
        args[5] = &out;
        let told = room.ok(args.iter().chain(&["--grain", grain]));
        assert!(told.starts_with("1 cases submitted"), "{told}");
        let status = wait_for(&room, &out, "1 done");
        assert!(status.contains("quickstart\tdone"), "{status}");
        assert_eq!(data_digests(&room.path(&out).join("quickstart")), expected, "{grain}");
        let line: serde_json::Value =
            serde_json::from_str(&room.ok(["status", &out, "--json"])).unwrap();
        assert_eq!((&line["case"], &line["state"]), (&"quickstart".into(), &"done".into()));
        let logs = room.ok(["logs", &out, "--case", "quickstart"]);
        assert!(logs.contains("reads."), "{logs}");
        room.ok(args.iter().chain(&["--grain", grain]));
        wait_for(&room, &out, "over");
        let again = room.ok(["status", &out]);
        assert!(!again.contains("jobs so far"), "nothing ran again: {again}");
    }
}

#[test]
fn a_cancelled_run_stays_ended_and_is_taken_up_by_another_submission() {
    let room = Room::new();
    room.ok(SUBMIT);
    wait_for(&room, "out", "running");
    let second = room.fails(5, SUBMIT);
    assert!(second.contains("another controller (process "), "{second}");
    let unknown = room.fails(2, ["cancel", "out", "--case", "other"]);
    assert!(unknown.contains("no case other"), "{unknown}");
    room.ok(["cancel", "out"]);
    let status = room.ok(["status", "out"]);
    assert!(status.contains("1 cancelled"), "{status}");
    wait_for(&room, "out", "over");
    room.ok(SUBMIT.iter().chain(&["--foreground"]));
    assert!(room.ok(["status", "out"]).contains("1 done"));
}

#[test]
fn one_wrong_row_of_ten_thousand_is_named_and_nothing_starts() {
    let room = Room::new();
    for (column, wrong, line) in
        [("case", "c;reboot", 7002), ("sample", "a b", 7002), ("sex", "maybe", 7002)]
    {
        let mut sheet = b"case,sample,role,sex,lane,fastq_1,fastq_2\n".to_vec();
        for n in 0..10_000 {
            let of = |name: &str, right: String| {
                if n == 7000 && name == column { wrong.to_owned() } else { right }
            };
            let (case, sample) = (of("case", format!("c{n}")), of("sample", format!("s{n}")));
            let sex = of("sex", "female".into());
            let (r1, r2) = ("reads/NA-demo_L001_R1.fastq.gz", "reads/NA-demo_L001_R2.fastq.gz");
            writeln!(sheet, "{case},{sample},proband,{sex},L1,{r1},{r2}").unwrap();
        }
        room.put("data/many.csv", &sheet);
        let error = room.fails(
            3,
            ["submit", "--samplesheet", "data/many.csv", "--bundle", "bundle", "--out", "out"],
        );
        assert!(error.contains(&format!("line {line}, column {column}")), "{error}");
        assert!(!room.path("out").exists());
    }
}

#[test]
fn what_cannot_be_written_is_told_and_nothing_is_left_half_written() {
    let room = Room::new();
    let folder = room.path("small");
    let Some(disk) = SmallDisk::mount(&folder, "16k") else { return };
    let mut args = SUBMIT.to_vec();
    args[5] = "small/out";
    let error = room.fails(11, &args);
    assert!(error.contains("16.0 KiB are free"), "{error}");
    let error = room.fails(11, args.iter().chain(&["--ignore-disk-forecast"]));
    assert!(error.contains("No space left"), "{error}");
    assert!(!folder.join("out/.wgs-pipe/request.json").exists());
    drop(disk);
    room.put("file", "");
    args[5] = "file/out";
    room.fails(2, &args);
    let nowhere = room.fails(4, ["cancel", "nowhere"]);
    assert!(nowhere.contains("submit"), "{nowhere}");
    assert!(fs::read_dir(room.path("small")).unwrap().next().is_none());
}

#[test]
fn slurm_that_is_not_there_is_told_before_anything_is_written() {
    let room = Room::new();
    room.put("site.toml", "executor = \"slurm\"\n[slurm]\ncommands = \"/no/such/folder\"\n");
    let error = room.fails(10, SUBMIT.iter().chain(&["--site", "site.toml"]));
    assert!(error.contains("SLURM's command"), "{error}");
    assert!(!room.path("out").exists());
}
