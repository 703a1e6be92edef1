//! What runs again, and what does not.

use std::{fs, slice};

use serde_json::json;
use wgs_engine::{CasePlan, Happening, Stop, TaskStatus, Verdict};
use wgs_formats::output;
use wgs_task::TaskId;

use crate::support::Fixture;

const ALL_REUSED: [&str; 4] = ["reused"; 4];

/// For each task of the plan `-` if it is up to date, else why it will run.
fn forecast(fixture: &Fixture, plan: &CasePlan) -> Vec<String> {
    let forecast =
        wgs_engine::plan(slice::from_ref(plan), fixture.limits, &Stop::default()).unwrap();
    let text = |verdict: &Verdict| match verdict {
        Verdict::UpToDate => "-".to_owned(),
        Verdict::WillRun(reason) => reason.to_string(),
    };
    forecast[0].tasks.iter().map(|(_, verdict)| text(verdict)).collect()
}

#[test]
fn the_first_run_makes_all_and_the_second_nothing() {
    let fixture = Fixture::new();
    let plan = fixture.case("C1");
    assert_eq!(forecast(&fixture, &plan), ["no record"; 4]);
    assert!(!fixture.path("out").exists(), "a plan changes nothing");
    fixture.complete(slice::from_ref(&plan));
    assert_eq!(fixture.statuses("C1"), ["ran"; 4]);
    let (results, record) = (fixture.results(), fixture.record("C1"));
    assert_eq!(results.len(), 5);
    assert_eq!(forecast(&fixture, &plan), ["-"; 4]);

    let (report, events) = fixture.run_observed(&[plan]);
    assert_eq!((report.cases[0].reused, report.cases[0].ran), (4, 0));
    assert_eq!(fixture.statuses("C1"), ALL_REUSED);
    assert_eq!(fixture.results(), results);
    assert!(!events.iter().any(|e| matches!(e.what, Happening::TaskStarted { .. })));
    let again = fixture.record("C1");
    assert_eq!(again.totals, record.totals);
    for (task, first) in again.tasks.iter().zip(&record.tasks) {
        assert_eq!(task.status.made(), first.status.made(), "figures of the run that made them");
    }
}

#[test]
fn the_record_of_a_run_tells_what_it_took() {
    let fixture = Fixture::new();
    fixture.control("call", &json!({"pause_ms": 100}));
    fixture.complete(&[fixture.case("C1")]);
    let record = fixture.record("C1");
    let TaskStatus::Ran { reason, made } = &record.tasks[2].status else {
        panic!("{:?}", record.tasks[2].status)
    };
    assert_eq!(reason, "no record");
    assert!(made.usage.wall_s >= 0.1 && made.usage.finished > made.usage.started);
    assert!(made.usage.max_rss_bytes > 1 << 18);
    let names: Vec<_> = made.inputs.iter().map(|input| input.name.as_str()).collect();
    assert_eq!(names, ["cram", "crai"]);
    let vcf = fs::read(&made.outputs[0].path).unwrap();
    assert_eq!(made.outputs[0].sha256, wgs_formats::digest::sha256_bytes(&vcf));
    assert_eq!(made.output_bytes, vcf.len() as u64);
    let bundle = &record.tasks[0].status.made().unwrap().inputs[2];
    assert_eq!((bundle.sha256.as_str(), bundle.bytes), ("bundle-1", 0));
}

#[test]
fn every_change_runs_what_it_reaches_and_no_more() {
    let upstream = "upstream task reads.S1 will run";
    let report = "upstream task call will run";
    let changed = ["ran", "reused", "ran", "ran"];
    /// Name, change, expected forecast, expected statuses.
    type Row<'a> = (&'a str, fn(&Fixture, &mut CasePlan), [&'a str; 4], [&'a str; 4]);
    let rows: [Row<'_>; 12] = [
        ("nothing", |_, _| {}, ["-"; 4], ALL_REUSED),
        ("an input touched", |f, _| drop(f.input("C1.r1", "reads r1 of C1")), ["-"; 4], ALL_REUSED),
        (
            "an input changed",
            |f, _| drop(f.input("C1.r1", "other reads")),
            ["input r1 changed", "input r1 changed", upstream, "upstream task qc.S1 will run"],
            ["ran"; 4],
        ),
        (
            "a parameter",
            |_, plan| plan.tasks[0].params["nested"]["a"] = 2.into(),
            ["parameter nested.a changed", "-", upstream, report],
            ["ran", "reused", "reused", "reused"],
        ),
        (
            "a parameter that changes bytes",
            |_, plan| plan.tasks[0].params["salt"] = 2.into(),
            ["parameter salt changed", "-", upstream, report],
            changed,
        ),
        (
            "a tool",
            |_, plan| drop(plan.tasks[2].tools.insert("mixer".into(), "1.1".into())),
            ["-", "-", "tool version changed: mixer 1.0 → 1.1", report],
            ["reused", "reused", "ran", "reused"],
        ),
        (
            "the bundle",
            |_, plan| plan.tasks[0].inputs[2].digest = Some("bundle-2".into()),
            ["input bundle changed", "-", upstream, report],
            ["ran", "reused", "reused", "reused"],
        ),
        (
            "an output gone",
            |f, _| fs::remove_file(f.path("out/C1/variants/C.vcf.gz")).unwrap(),
            ["-", "-", "output vcf.gz missing", report],
            ["reused", "reused", "ran", "reused"],
        ),
        (
            "a flipped byte in an output",
            |f, _| {
                let path = f.path("out/C1/reads/S1.cram");
                let mut bytes = fs::read(&path).unwrap();
                bytes[10] ^= 1;
                output::write(&path, bytes).unwrap();
            },
            ["output cram changed", "-", upstream, report],
            ["ran", "reused", "reused", "reused"],
        ),
        (
            "a record gone",
            |f, _| fs::remove_file(f.path("out/C1/.wgs-pipe/tasks/qc.S1.json")).unwrap(),
            ["-", "no record", "-", "upstream task qc.S1 will run"],
            ["reused", "ran", "reused", "reused"],
        ),
        (
            "threads and memory",
            |_, plan| {
                plan.tasks[0].resources.threads = 3;
                plan.tasks[0].resources.memory_bytes = 99;
            },
            ["-"; 4],
            ALL_REUSED,
        ),
        (
            "a further output",
            |f, plan| {
                let path = f.path("out/C1/variants/C.tbi");
                plan.tasks[2].outputs.push(wgs_task::Output::new("tbi", path));
            },
            ["-", "-", "other outputs", report],
            ["reused", "reused", "ran", "reused"],
        ),
    ];
    for (name, change, expected, statuses) in rows {
        let fixture = Fixture::new();
        let mut plan = fixture.case("C1");
        fixture.complete(slice::from_ref(&plan));
        let results = fixture.results();
        change(&fixture, &mut plan);
        assert_eq!(forecast(&fixture, &plan), expected, "{name}");
        fixture.complete(slice::from_ref(&plan));
        assert_eq!(fixture.statuses("C1"), statuses, "{name}");
        if statuses[3] == "reused" {
            for (path, bytes) in results {
                assert_eq!(fs::read(&path).unwrap(), bytes, "{name}: {}", path.display());
            }
        }
        assert_eq!(forecast(&fixture, &plan), ["-"; 4], "{name}");
    }
}

#[test]
fn a_spoiled_record_is_no_record() {
    let fixture = Fixture::new();
    let plan = fixture.case("C1");
    fixture.complete(slice::from_ref(&plan));
    let path = fixture.path("out/C1/.wgs-pipe/tasks/call.json");
    let text = fs::read_to_string(&path).unwrap();
    output::write(&path, &text[..text.len() / 2]).unwrap();
    assert!(forecast(&fixture, &plan)[2].starts_with("unreadable record: "));
    fixture.complete(slice::from_ref(&plan));
    assert_eq!(fixture.statuses("C1"), ["reused", "reused", "ran", "reused"]);
    assert_eq!(forecast(&fixture, &plan), ["-"; 4]);
}

#[test]
fn a_further_case_runs_nothing_of_the_first() {
    let fixture = Fixture::new();
    fixture.complete(&[fixture.case("C1")]);
    let results = fixture.results();
    fixture.complete(&[fixture.case("C0"), fixture.case("C1")]);
    assert_eq!(fixture.statuses("C0"), ["ran"; 4]);
    assert_eq!(fixture.statuses("C1"), ALL_REUSED);
    let now = fixture.results();
    assert!(results.iter().all(|(path, bytes)| now.get(path) == Some(bytes)));
}

#[test]
fn results_may_be_moved() {
    let fixture = Fixture::new();
    fixture.complete(&[fixture.case("C1")]);
    fs::rename(fixture.path("out"), fixture.path("elsewhere")).unwrap();
    let (from, to) = (fixture.path("out"), fixture.path("elsewhere"));
    let mut plan = fixture.case("C1");
    plan.layout = wgs_task::CaseLayout::new(&to, &plan.case.id);
    for task in &mut plan.tasks {
        let inputs = task.inputs.iter_mut().map(|input| &mut input.path);
        for path in inputs.chain(task.outputs.iter_mut().map(|output| &mut output.path)) {
            if let Ok(rest) = path.strip_prefix(&from) {
                *path = to.join(rest);
            }
        }
    }
    assert_eq!(fixture.complete(&[plan]).cases[0].reused, 4);
}

#[test]
fn a_case_without_tasks_is_done() {
    let fixture = Fixture::new();
    fixture.complete(&[fixture.plan("C1", Vec::new())]);
    assert!(fixture.record("C1").tasks.is_empty());
}

#[test]
fn status_follows_the_events() {
    let fixture = Fixture::new();
    fixture.control("call", &json!({"exit_code": 6, "message": "no good"}));
    fixture.run(&[fixture.case("C1")]);
    let status = wgs_engine::statuses(&fixture.path("out")).unwrap().remove(0);
    let json = serde_json::to_value(&status).unwrap();
    assert_eq!(json["run"], "failed");
    let states: Vec<_> = status
        .tasks
        .iter()
        .zip(json["tasks"].as_array().unwrap())
        .map(|((id, _), json)| (id.clone(), json[1]["state"].as_str().unwrap()))
        .collect();
    let expected = ["done", "done", "failed", "pending"];
    let ids = ["reads.S1", "qc.S1", "call", "report"].map(TaskId::of_case);
    assert_eq!(states, ids.into_iter().zip(expected).collect::<Vec<_>>());
    fixture.release();
    fixture.complete(&[fixture.case("C1")]);
    let status = wgs_engine::case_status(&fixture.layout("C1")).unwrap().unwrap();
    assert_eq!(serde_json::to_value(status).unwrap()["run"], "succeeded");
    assert_eq!(wgs_engine::case_status(&fixture.layout("C2")).unwrap(), None);
}
