//! Crates of made-up runs; the markers stand for what may tell of a person.

use std::path::Path;

use serde_json::{Value, json};
use wgs_engine::RunRecord;
use wgs_formats::{digest, output};
use wgs_task::CaseLayout;

use super::*;

const MARKER: &str = "Erika";

const PIPELINE: &str = r#"
schema = "wgs-pipe/pipeline/1"
name = "germline"
kinds = ["germline"]
stages = ["reads", "call"]
"#;

fn file(name: &str, path: &str, content: &[u8]) -> Value {
    json!({"name": name, "path": path, "sha256": digest::sha256_bytes(content),
        "bytes": content.len()})
}

/// A run of two tasks below `folder`, whose second ended as told.
fn record(folder: &str, state: &str, second: &Value) -> RunRecord {
    let time = |seconds: u32| format!("2026-11-20T09:30:{seconds:02}.125Z");
    let reads = json!({
        "task": "reads.S1", "stage": "reads", "status": "ran", "reason": format!("{MARKER}.fq changed"),
        "program": "wgs-pipe 0.1.0", "key": "k1", "started": time(1), "finished": time(2),
        "wall_s": 1.0, "user_s": 0.5, "system_s": 0.25, "max_rss_bytes": 7, "core_s": 0.75,
        "input_bytes": 3, "output_bytes": 3,
        "inputs": [
            {"name": "genome", "path": "/b/genome", "sha256": "ab".repeat(32), "bytes": 0},
            file("r1.0", &format!("/data/{MARKER}_M/r1.fq.gz"), b"r1"),
        ],
        "outputs": [file("alignment", &format!("{folder}/reads/S1.cram"), b"abc")],
        "params": {"options": {"depth": 3, "name": MARKER}, "sample": MARKER, "date": MARKER},
        "tools": {"aligner": "bwa-mem3 0.15.0 fast", "wgs-align": "0.1.0"},
        "threads": 1, "memory_bytes": 1,
    });
    let mut call = json!({
        "task": "call.S1", "stage": "call", "params": {"family": MARKER},
        "tools": {"wgs-smallvar": "0.1.0"}, "threads": 1, "memory_bytes": 1,
    });
    call.as_object_mut().unwrap().extend(second.as_object().unwrap().clone());
    let sample = json!({"id": "S1", "role": "proband", "sex": "female", "affected": true,
        "phenotypes": [MARKER], "read_groups": []});
    serde_json::from_value(json!({
        "schema": "wgs-pipe/run/1", "program": "wgs-pipe 0.1.0", "state": state, "failure": null,
        "started": time(0), "finished": time(9), "wall_s": 9.0,
        "totals": {"core_s": 1.0, "max_rss_bytes": 7, "output_bytes": 3},
        "case": {"id": "C1", "kind": "germline", "samples": [sample]},
        "bundle_digest": "d", "tasks": [reads, call],
    }))
    .unwrap()
}

fn reused(folder: &str) -> Value {
    json!({
        "status": "reused", "program": "wgs-pipe 0.0.9", "key": "k2",
        "started": "2026-11-19T09:30:00.000Z", "finished": "2026-11-19T09:31:00.000Z",
        "wall_s": 60.0, "user_s": 1.0, "system_s": 0.0, "max_rss_bytes": 7, "core_s": 1.0,
        "input_bytes": 3, "output_bytes": 2,
        "inputs": [file("alignment", &format!("{folder}/reads/S1.cram"), b"abc")],
        "outputs": [file("variants", &format!("{folder}/variants/S1 x.vcf.gz"), b"vc")],
    })
}

fn failed() -> Value {
    json!({"status": "failed", "kind": "truncated input", "exit_code": 7,
        "message": format!("record 3: {MARKER}"), "hint": MARKER})
}

fn not_run() -> Value {
    json!({"status": "not_run", "because": "interrupted"})
}

fn describe_it(record: &RunRecord) -> Value {
    let folder = files::folder_of(record, &CaseLayout::new(Path::new("/o"), &record.case.id));
    describe(record, &folder, "germline", &("aa".into(), 1), &("bb".into(), 2))
}

fn entity<'a>(document: &'a Value, id: &str) -> &'a Value {
    let graph = document["@graph"].as_array().unwrap();
    graph.iter().find(|e| e["@id"] == id).unwrap_or_else(|| panic!("no {id}"))
}

#[test]
fn tasks_are_actions_on_files_with_digests() {
    let document = describe_it(&record("/o/C1", "succeeded", &reused("/o/C1")));
    let action = entity(&document, "#task/reads.S1");
    assert_eq!(action["startTime"], "2026-11-20T09:30:01.125+00:00");
    assert_eq!(action["result"]["@id"], "reads/S1.cram");
    assert_eq!(action["actionStatus"], "http://schema.org/CompletedActionStatus");
    let cram = entity(&document, "reads/S1.cram");
    assert_eq!(cram["sha256"], digest::sha256_bytes(b"abc"));
    assert_eq!(cram["contentSize"], "3");
    let parts: Vec<_> = entity(&document, "./")["hasPart"].as_array().unwrap().clone();
    for id in ["reads/S1.cram", "variants/S1%20x.vcf.gz", "run.json", "pipeline.toml"] {
        assert!(parts.contains(&json!({"@id": id})), "{id}");
    }
    let genome = id::of_digest(&"ab".repeat(32)).unwrap();
    assert_eq!(entity(&document, &genome)["@type"], "Dataset");
    assert_eq!(entity(&document, "#value/reads/options.depth%3D3")["value"], 3);
    let step = entity(&document, "#step/call");
    let tool = entity(&document, step["workExample"]["@id"].as_str().unwrap());
    assert_eq!(tool["softwareVersion"], "0.0.9", "the one that made the reused outputs");
    let connection = entity(&document, step["connection"]["@id"].as_str().unwrap());
    assert_eq!(connection["sourceParameter"]["@id"], "#parameter/reads/output/alignment");
    assert_eq!(connection["targetParameter"]["@id"], "#parameter/call/input/alignment");
}

#[test]
fn a_failed_run_says_so_by_its_class() {
    let document = describe_it(&record("/o/C1", "failed", &failed()));
    for id in ["#task/call.S1", "#run", "#orchestration"] {
        let action = entity(&document, id);
        assert_eq!(action["actionStatus"], "http://schema.org/FailedActionStatus", "{id}");
        let error = action["error"].as_str().unwrap();
        assert!(error.starts_with("truncated input (exit code 7)"), "{error}");
    }
    let description = entity(&document, "./")["description"].as_str().unwrap();
    assert!(description.contains("FAILED"), "{description}");
}

#[test]
fn tasks_that_did_not_run_are_no_actions() {
    let mut record = record("/o/C1", "interrupted", &not_run());
    let document = describe_it(&record);
    let ids = |document: &Value| document["@graph"].to_string();
    assert!(!ids(&document).contains("#task/call.S1"));
    assert!(ids(&document).contains("wfrun/provenance"));
    record.tasks.remove(0);
    let document = describe_it(&record);
    assert!(!ids(&document).contains("wfrun/provenance"), "nothing ran that could be told of");
    assert!(ids(&document).contains("wfrun/workflow"));
    assert_eq!(entity(&document, "#run")["actionStatus"], "http://schema.org/FailedActionStatus");
}

#[test]
fn nothing_of_a_person_gets_in() {
    for (state, second) in
        [("succeeded", reused("/o/C1")), ("failed", failed()), ("interrupted", not_run())]
    {
        let document = describe_it(&record("/o/C1", state, &second)).to_string();
        assert!(!document.contains(MARKER), "{state}");
        assert!(!document.contains("/data/") && !document.contains("/o/"), "{state}");
    }
}

#[test]
fn temporary_outputs_are_known_by_their_digest() {
    let mut record = record("/o/C1", "succeeded", &reused("/o/C1"));
    record.tasks[0].temporary = vec!["alignment".into()];
    let document = describe_it(&record);
    let id = id::of_digest(&digest::sha256_bytes(b"abc")).unwrap();
    assert_eq!(entity(&document, "#task/reads.S1")["result"]["@id"], id);
    assert_eq!(entity(&document, "#task/call.S1")["object"]["@id"], id);
    assert!(!document.to_string().contains("S1.cram"));
}

#[test]
fn every_reference_leads_somewhere() {
    let document = describe_it(&record("/o/C1", "succeeded", &reused("/o/C1")));
    let graph = document["@graph"].as_array().unwrap();
    let ids: Vec<&str> = graph.iter().map(|e| e["@id"].as_str().unwrap()).collect();
    for entity in graph {
        for (property, value) in entity.as_object().unwrap() {
            let all = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
            for to in all.iter().filter_map(|v| v["@id"].as_str()) {
                let known = ids.contains(&to) || to.starts_with("https://");
                assert!(known, "{}: {property}: {to}", entity["@id"]);
            }
        }
    }
}

#[test]
fn a_crate_is_written_and_verified_where_the_case_was_moved_to() {
    let folder = tempfile::tempdir().unwrap();
    let layout = CaseLayout::new(folder.path(), &"C1".parse().unwrap());
    for (name, content) in [("reads/S1.cram", "abc"), ("variants/S1 x.vcf.gz", "vc")] {
        let path = layout.folder().join(name);
        output::create_folder(path.parent().unwrap()).unwrap();
        output::write(&path, content).unwrap();
    }
    let record = record("/old/C1/C1", "succeeded", &reused("/old/C1/C1"));
    output::write_json(&layout.run_record(), &record).unwrap();
    let error = write_crate(&record, &layout, None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.hint_text().is_some());
    let path = write_crate(&record, &layout, Some(PIPELINE)).unwrap();
    let first = std::fs::read(&path).unwrap();
    write_crate(&record, &layout, None).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), first, "same record, same bytes");
    let checked = crate::verify(&layout).unwrap();
    assert_eq!(checked.len(), 4);
    assert!(checked.iter().all(|c| c.state == crate::FileState::Same), "{checked:?}");
    output::write(&layout.folder().join("reads/S1.cram"), "abd").unwrap();
    let changed = crate::verify(&layout).unwrap();
    assert_eq!(changed.iter().filter(|c| c.state == crate::FileState::Changed).count(), 1);
}

#[test]
fn a_run_is_not_said_to_have_followed_another_definition() {
    let room = tempfile::tempdir().unwrap();
    let layout = CaseLayout::new(room.path(), &"C1".parse().unwrap());
    check_definition(&layout, PIPELINE).unwrap();
    output::create_folder(layout.folder()).unwrap();
    output::write(&layout.pipeline(), PIPELINE).unwrap();
    check_definition(&layout, PIPELINE).unwrap();
    let other = PIPELINE.replace(", \"call\"", "");
    let error = check_definition(&layout, &other).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
}
