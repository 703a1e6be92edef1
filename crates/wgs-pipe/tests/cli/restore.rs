//! FASTQ out of CRAM again, and the proof that it is what went in.

use std::{io::Read, path::Path};

use wgs_formats::{genome::open_maybe_gzip, output};

use crate::room::Room;

const R1: &str = "data/reads/NA-demo_L001_R1.fastq.gz";
const R2: &str = "data/reads/NA-demo_L001_R2.fastq.gz";

fn text_of(path: &Path) -> String {
    let mut text = String::new();
    open_maybe_gzip(path).unwrap().read_to_string(&mut text).unwrap();
    text
}

/// The lines of a table that a command wrote, without the first, as fields.
fn rows(table: &str) -> Vec<Vec<String>> {
    table.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

#[test]
fn fastq_comes_back_to_the_letter_where_the_order_is_kept() {
    let room = Room::new();
    let sample = ["--bundle", "bundle", "--sample", "S1", "--read-group", "L1"];
    let align = ["align", R1, R2, "--keep-order", "--out", "S1.cram"];
    room.ok(align.iter().chain(&sample));
    let table = room.ok(["restore", "S1.cram", "--bundle", "bundle", "--out", "fastq"]);
    let [row] = &rows(&table)[..] else { panic!("{table}") };
    assert_eq!((row[0].as_str(), row[3].as_str(), row[4].as_str()), ("L1", "yes", "yes"));
    for (restored, original) in [("fastq/L1_R1.fastq.gz", R1), ("fastq/L1_R2.fastq.gz", R2)] {
        assert!(text_of(&room.path(restored)) == text_of(&room.path(original)), "{original}");
    }
}

#[test]
fn a_run_tells_the_digest_that_verify_proves() {
    let room = Room::new();
    room.ok(["run", "data/case.toml", "--bundle", "bundle", "--out", "out"]);
    let cram = "out/quickstart/reads/NA-demo.cram";
    let table = room.ok(["verify", cram, "--bundle", "bundle", "--pair", R1, R2]);
    let rows = rows(&table);
    let linked: Vec<_> = rows.iter().filter(|row| row[4].contains("L001_R1")).collect();
    assert_eq!(linked.len(), 1, "{table}");
    let run: serde_json::Value = output::read_json(&room.path("out/quickstart/run.json")).unwrap();
    let tasks = run["tasks"].as_array().unwrap();
    let reads = tasks.iter().find(|task| task["stage"] == "reads").unwrap();
    for (told, row) in reads["summary"]["read_groups"].as_array().unwrap().iter().zip(&rows) {
        assert_eq!(
            (told["id"].as_str(), told["digest"].as_str()),
            (Some(&*row[0]), Some(&*row[2]))
        );
        assert_eq!(row[3], "yes");
    }
}

#[test]
fn other_reads_are_told() {
    let room = Room::new();
    room.ok(["align", R1, R2, "--bundle", "bundle", "--sample", "S1", "--out", "S1.cram"]);
    let changed = text_of(&room.path(R1)).replacen("\nA", "\nC", 1);
    output::write(&room.path("changed_R1.fastq"), changed).unwrap();
    let verify = ["verify", "S1.cram", "--bundle", "bundle", "--pair", "changed_R1.fastq", R2];
    let error = room.fails(6, verify);
    assert!(error.contains("changed_R1.fastq") && error.contains("not those of any"), "{error}");

    room.ok(["convert", "S1.cram", "--bundle", "bundle", "--region", "chr1", "--out", "part.bam"]);
    let error = room.fails(6, ["restore", "part.bam", "--out", "fastq"]);
    assert!(error.contains("went in"), "{error}");
    assert_eq!(std::fs::read_dir(room.path("fastq")).unwrap().count(), 0);
}
