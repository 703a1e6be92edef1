//! `run` and `plan` on the quick-start case.

use std::{collections::BTreeSet, fs};

use wgs_formats::variant::{Reader, Record};

use crate::room::{Room, copy_folder, data_digests, tasks_with};

const TASKS: [&str; 8] = [
    "reads.NA-demo",
    "call.NA-demo",
    "joint",
    "annotate",
    "interpret",
    "variant-metrics",
    "gates",
    "report",
];

#[test]
fn a_case_comes_out_as_the_plan_says() {
    let room = Room::new();
    let events = room.run("data/case.toml", "out", &["--threads", "2"]);
    let finished: BTreeSet<_> = tasks_with(&events, "task_finished").into_iter().collect();
    assert_eq!(finished, TASKS.map(str::to_owned).into());
    let case = room.path("out/quickstart");
    for name in [
        "run.json",
        "events.jsonl",
        "reads/NA-demo.cram",
        "reads/NA-demo.cram.crai",
        "reads/NA-demo.cram.md5",
        "qc/NA-demo.fastq.json",
        "qc/NA-demo.coverage.tsv",
        "variants/NA-demo.g.vcf.gz",
        "variants/NA-demo.g.vcf.gz.tbi",
        "variants/NA-demo.calls.json",
        "variants/quickstart.joint.json",
        "variants/quickstart.small.vcf.gz",
        "variants/quickstart.small.vcf.gz.tbi",
        "annotated/quickstart.small.vcf.gz.tbi",
        "report/report.html",
        "report/report.json",
    ] {
        assert!(case.join(name).metadata().is_ok_and(|m| m.len() > 0), "{name}");
    }
    let record: serde_json::Value =
        serde_json::from_slice(&fs::read(case.join("run.json")).unwrap()).unwrap();
    assert_eq!(record["state"], "succeeded");
    let page = fs::read_to_string(case.join("report/report.html")).unwrap();
    for loads in ["src=\"http", "href=\"http", "url(http", "@import"] {
        assert!(!page.contains(loads), "the page loads something: {loads}");
    }
}

/// Records are measured on their way, by two threads here; the file gives the same by one.
#[test]
fn the_metrics_of_a_run_are_those_of_its_file() {
    let room = Room::new();
    room.run("data/case.toml", "out", &["--threads", "2"]);
    let cram = "out/quickstart/reads/NA-demo.cram";
    room.ok(["metrics", cram, "--bundle", "bundle", "--threads", "1", "--out", "again"]);
    let of = |what| [format!("{what}.json"), format!("{what}.tsv")];
    for name in ["alignment", "coverage", "calibration"].into_iter().flat_map(of) {
        let read = |folder: &str| {
            fs::read_to_string(room.path(&format!("{folder}/NA-demo.{name}"))).unwrap()
        };
        assert_eq!(read("out/quickstart/qc"), read("again"), "{name}");
    }
}

#[test]
fn planted_variants_are_found_and_annotated() {
    let room = Room::new();
    room.run("data/case.toml", "out", &[]);
    let key =
        |r: &Record| format!("{} {} {} {:?}", r.contig, r.position, r.reference, r.alternates);
    let keys = |path: &str| -> BTreeSet<String> {
        let records = Reader::open(room.path(path)).unwrap().map(Result::unwrap);
        records.filter(|r| r.filters.is_pass()).map(|r| key(&r)).collect()
    };
    let truth = keys("data/truth.vcf");
    let calls = keys("out/quickstart/variants/quickstart.small.vcf.gz");
    let found = truth.intersection(&calls).count();
    assert!(found * 100 >= truth.len() * 95, "{found} of {} found", truth.len());
    assert!(calls.len() - found <= truth.len() / 100 + 5, "{} extra", calls.len() - found);

    let annotated = Reader::open(room.path("out/quickstart/annotated/quickstart.small.vcf.gz"));
    let records: Vec<Record> = annotated.unwrap().map(Result::unwrap).collect();
    assert!(records.iter().all(|r| r.info.get("CSQ").is_some()));
    let with =
        |text: &str| records.iter().any(|r| r.info.get("CSQ").is_some_and(|c| c.contains(text)));
    assert!(with("stop_gained") && with("frameshift_variant") && with("p.Gln"));
    assert!(records.iter().any(|r| r.info.get("CLINVAR_CLNSIG") == Some("Pathogenic")));
}

#[test]
fn threads_and_memory_do_not_change_a_byte() {
    let room = Room::new();
    room.run("data/case.toml", "one", &["--threads", "1", "--memory", "1G"]);
    room.run("data/case.toml", "three", &["--threads", "3", "--memory", "3G"]);
    assert_eq!(
        data_digests(&room.path("one/quickstart")),
        data_digests(&room.path("three/quickstart"))
    );
}

#[test]
fn a_second_run_does_nothing_and_plan_says_so() {
    let room = Room::new();
    let plan =
        |room: &Room| room.ok(["plan", "data/case.toml", "--bundle", "bundle", "--out", "out"]);
    assert!(plan(&room).contains("reads.NA-demo\twill run: no record"));
    assert!(!room.path("out").exists(), "plan must not make anything");
    room.run("data/case.toml", "out", &[]);
    assert_eq!(plan(&room).matches("up to date").count(), TASKS.len());
    let events = room.run("data/case.toml", "out", &[]);
    assert_eq!(tasks_with(&events, "task_reused").len(), TASKS.len());
    fs::remove_file(room.path("out/quickstart/report/report.html")).unwrap();
    let events = room.run("data/case.toml", "out", &[]);
    assert_eq!(tasks_with(&events, "task_finished"), ["report"]);
}

#[test]
fn another_case_in_the_samplesheet_leaves_the_first_alone() {
    let room = Room::new();
    copy_folder(&room.path("data/reads"), &room.path("data/more"));
    let sheet = fs::read_to_string(room.path("data/samplesheet.csv")).unwrap();
    let run = || {
        let args =
            ["run", "--samplesheet", "data/samplesheet.csv", "--bundle", "bundle", "--out", "out"];
        let lines = room.ok(args);
        lines.lines().map(|l| serde_json::from_str(l).unwrap()).collect::<Vec<serde_json::Value>>()
    };
    assert_eq!(tasks_with(&run(), "task_finished").len(), TASKS.len());
    let row = "second,NB,proband,male,1,lib1,more/NA-demo_L001_R1.fastq.gz,more/NA-demo_L001_R2.fastq.gz\n";
    wgs_formats::output::write(&room.path("data/samplesheet.csv"), sheet + row).unwrap();
    let events = run();
    let of_case = |case: &str, event: &str| {
        events.iter().filter(|e| e["case"] == case && e["event"] == event).count()
    };
    assert_eq!(of_case("quickstart", "task_reused"), TASKS.len());
    assert_eq!(of_case("quickstart", "task_started"), 0);
    assert_eq!(of_case("second", "task_finished"), TASKS.len());
}

/// A pipeline of one's own that has no stage to make what another reads is refused before any work.
#[test]
fn a_definition_without_a_stage_that_others_need() {
    let room = Room::new();
    let definition = fs::read_to_string(
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines/germline.toml"),
    );
    room.put("short.toml", definition.unwrap().replace("\"joint\", ", ""));
    let args = ["run", "data/case.toml", "--bundle", "bundle", "--out", "out"];
    let error = room.fails(4, args.into_iter().chain(["--pipeline", "short.toml"]));
    assert!(
        error.contains("quickstart.small.vcf.gz") && error.contains("no task makes it"),
        "{error}"
    );
    assert_eq!(room.made("out"), [""; 0]);
}

#[test]
fn a_failed_gate_ends_the_run_after_everything_is_written() {
    let room = Room::new();
    let definition = fs::read_to_string(
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines/germline.toml"),
    )
    .unwrap();
    let strict = definition
        .replace("min_mean_coverage = { warn = 25 }", "min_mean_coverage = { fail = 500 }");
    assert_ne!(strict, definition);
    wgs_formats::output::write(&room.path("strict.toml"), strict).unwrap();
    let args = ["data/case.toml", "--bundle", "bundle", "--pipeline", "strict.toml", "--out"];
    let ways: [(&[&str], &str); 2] = [(&["run"], "out"), (&["submit", "--foreground"], "jobs")];
    for (way, out) in ways {
        let error = room.fails(9, way.iter().chain(&args).chain(&[out]));
        assert!(error.contains("min_mean_coverage") && error.contains("500"), "{error}");
        assert!(room.path(out).join("quickstart/report/report.html").exists());
        assert!(room.path(out).join("quickstart/ro-crate-metadata.json").exists());
    }
    let status = room.ok(["status", "jobs"]);
    assert!(status.contains("1 of the cases that are done missed a quality gate"), "{status}");
    assert!(status.contains("done\t1/1\tcase quickstart: min_mean_coverage"), "{status}");
}
