//! What is told of a run: its description, log events, the status feed and the bill of materials.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    os::unix::fs::PermissionsExt,
};

use serde_json::Value;

use crate::room::Room;

/// Stands in names of files, in phenotypes and in what lanes are described by.
const MARKER: &str = "Erika";

/// A room whose case file tells of a person wherever it can.
fn marked_room() -> Room {
    let room = Room::new();
    fs::rename(room.path("data/reads"), room.path(&format!("data/{MARKER}"))).unwrap();
    let text = room.text("data/case.toml").replace("reads/NA", &format!("{MARKER}/NA"));
    let lane = format!("platform = \"ILLUMINA\"\ncenter = \"{MARKER}\"\nunit = \"{MARKER}\"");
    room.put("data/case.toml", text.replace("platform = \"ILLUMINA\"", &lane));
    room
}

fn values(room: &Room, name: &str) -> Vec<Value> {
    room.text(name).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_run_is_described_and_verified_without_telling_of_a_person() {
    let room = marked_room();
    room.put("key", "0123456789abcdef");
    fs::set_permissions(room.path("key"), fs::Permissions::from_mode(0o600)).unwrap();
    let log = ["--log-events", "log.jsonl", "--log-ids", "hashed", "--log-key", "key"];
    room.run("data/case.toml", "out", &[&log[..], &["--feed", "feed.jsonl"]].concat());
    let metadata = room.text("out/quickstart/ro-crate-metadata.json");
    for (name, text) in [
        ("description", &metadata),
        ("log", &room.text("log.jsonl")),
        ("feed", &room.text("feed.jsonl")),
    ] {
        let place = room.path("");
        let words = [MARKER, "HP:", place.to_str().unwrap()];
        let tells = words.into_iter().find(|word| text.contains(word));
        assert_eq!(tells, None, "{name}");
    }
    assert!(!room.text("log.jsonl").contains("NA-demo"));
    assert!(metadata.contains("https://w3id.org/ro/wfrun/provenance/0.5"));
    let ends: Vec<_> = values(&room, "log.jsonl").pop().into_iter().collect();
    assert_eq!(ends[0]["event.action"], "run-finished");
    assert_eq!(ends[0]["event.outcome"], "success");

    let table = room.ok(["provenance", "out/quickstart", "--verify"]);
    assert!(table.lines().skip(1).all(|line| line.ends_with("\tsame")), "{table}");
    assert!(table.contains("reads/NA-demo.cram\t") && table.contains("report/report.html\t"));
    room.ok(["provenance", "out/quickstart"]);
    assert_eq!(room.text("out/quickstart/ro-crate-metadata.json"), metadata);
    let followed = room.text("out/quickstart/pipeline.toml");
    room.put("other.toml", format!("{followed}# x\n"));
    room.fails(3, ["provenance", "out/quickstart", "--pipeline", "other.toml"]);
    assert_eq!(room.text("out/quickstart/pipeline.toml"), followed);

    let tsv = room.path("out/quickstart/qc/NA-demo.coverage.tsv");
    fs::remove_file(&tsv).unwrap();
    room.fails(4, ["provenance", "out/quickstart", "--verify"]);
    room.put("out/quickstart/report/report.json", "{}");
    let error = room.fails(6, ["provenance", "out/quickstart", "--verify"]);
    assert!(error.contains("1 changed, 1 missing"), "{error}");
    room.fails(4, ["provenance", "out/nothing", "--verify"]);
}

#[test]
fn a_failed_run_is_described_as_failed() {
    let room = marked_room();
    let reads = room.path(&format!("data/{MARKER}/NA-demo_L001_R1.fastq.gz"));
    let bytes = fs::read(&reads).unwrap();
    room.put(&format!("data/{MARKER}/NA-demo_L001_R1.fastq.gz"), &bytes[..bytes.len() / 2]);
    let args = ["run", "data/case.toml", "--bundle", "bundle", "--out", "out"];
    let more = ["--feed", "feed.jsonl", "--log-events", "log.jsonl"];
    room.fails(7, args.into_iter().chain(more));
    let metadata = room.text("out/quickstart/ro-crate-metadata.json");
    assert!(metadata.contains("truncated input (exit code 7)"));
    assert!(!metadata.contains(MARKER));
    let log = room.text("log.jsonl");
    assert!(log.contains("\"error.code\":\"7\"") && !log.contains(MARKER), "{log}");
    let states: Vec<_> = values(&room, "feed.jsonl")
        .into_iter()
        .map(|line| format!("{} {}", line["stage"].as_str().unwrap(), line["state"]))
        .collect();
    assert!(states.contains(&"reads \"failed\"".to_owned()), "{states:?}");
    assert!(states.contains(&"report \"not_run\"".to_owned()), "{states:?}");
    assert_eq!(states.last().map(String::as_str), Some("case \"failed\""));
}

#[test]
fn status_lines_are_posted_while_the_run_goes_on() {
    let room = Room::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let mut events: Vec<Value> = Vec::new();
        while !events.iter().any(|e| e["stage"] == "case" && e["state"] == "done") {
            let (mut stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(&stream);
            let (mut length, mut signed) = (0, false);
            let mut line = String::new();
            while reader.read_line(&mut line).unwrap() > 2 {
                let lower = line.to_lowercase();
                signed |= lower.starts_with("webhook-signature: v1,");
                if let Some(text) = lower.strip_prefix("content-length:") {
                    length = text.trim().parse().unwrap();
                }
                line.clear();
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            assert!(signed);
            let body: Value = serde_json::from_slice(&body).unwrap();
            events.extend(body["events"].as_array().unwrap().clone());
            stream.write_all(b"HTTP/1.1 204 OK\r\nconnection: close\r\n\r\n").unwrap();
        }
        events
    });
    room.put("key", "0123456789abcdef");
    fs::set_permissions(room.path("key"), fs::Permissions::from_mode(0o600)).unwrap();
    let feed = ["--feed", "feed.jsonl", "--webhook", &address, "--webhook-key", "key"];
    room.run("data/case.toml", "out", &feed);
    let events = server.join().unwrap();
    let done =
        |stage: &str| events.iter().filter(|e| e["stage"] == stage && e["state"] == "done").count();
    for stage in ["reads", "call", "joint", "annotate", "report", "case"] {
        assert_eq!(done(stage), 1, "{stage}: {events:?}");
    }
    let lines = room.text("feed.jsonl").len() as u64;
    let cursor: Value = serde_json::from_str(&room.text("feed.jsonl.cursor")).unwrap();
    assert_eq!(cursor["offset"], lines);
}

#[test]
fn options_that_do_not_go_together_are_refused_before_any_work() {
    let room = Room::new();
    room.put("key", "0123456789abcdef");
    fs::set_permissions(room.path("key"), fs::Permissions::from_mode(0o600)).unwrap();
    room.put("open-key", "0123456789abcdef");
    fs::set_permissions(room.path("open-key"), fs::Permissions::from_mode(0o644)).unwrap();
    let refused: [(i32, &[&str]); 6] = [
        (2, &["--webhook", "http://127.0.0.1:9/"]),
        (2, &["--feed", "f", "--webhook", "ftp://x/", "--webhook-key", "key"]),
        (5, &["--feed", "f", "--webhook", "http://127.0.0.1:9/", "--webhook-key", "open-key"]),
        (2, &["--log-events", "l", "--log-ids", "hashed"]),
        (2, &["--feed", "same", "--log-events", "same"]),
        (4, &["--feed", "no/such/folder/f"]),
    ];
    for (code, options) in refused {
        let args = ["run", "data/case.toml", "--bundle", "bundle", "--out", "out"];
        let all: Vec<&str> = args.iter().chain(options).copied().collect();
        let output = room.command(&all).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{options:?}");
        assert!(!room.path("out").exists(), "{options:?}");
    }
}

#[test]
fn the_bill_of_materials_lists_what_is_in_the_program() {
    let room = Room::new();
    let text = room.ok(["sbom"]);
    assert_eq!(room.ok(["sbom"]), text);
    let bom: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(bom["specVersion"], "1.6");
    assert_eq!(bom["metadata"]["component"]["name"], "wgs-pipe");
    for name in ["\"wgs-engine\"", "\"serde\"", "\"htslib\"", "\"bwa-mem3\"", "\"zlib-ng\""] {
        assert!(text.contains(&format!("\"name\": {name}")), "{name}");
    }
    for name in ["wgs-testkit", "proptest", "insta"] {
        assert!(!text.contains(&format!("\"name\": \"{name}\"")), "{name}");
    }
}
