//! Programs that align: what they can do wrong, their index, and a disk too small to sort on.

use std::{fs, process::Command};

use crate::room::{Room, SmallDisk, tasks_with};

const R1: &str = "data/reads/NA-demo_L001_R1.fastq.gz";
const R2: &str = "data/reads/NA-demo_L001_R2.fastq.gz";
const RUN: [&str; 8] =
    ["run", "data/case.toml", "--bundle", "bundle", "--out", "out", "--pipeline", "awk.toml"];

/// Prints its index, which is a header, and an unmapped record of each read.
const ALIGNER: &str = r#"
BEGIN { OFS = "\t"; while ((getline line < header) > 0) print line }
NR % 4 == 1 { name = substr($1, 2) }
NR % 4 == 2 { bases = $0 }
FAULT
NR % 4 == 0 { print name, NR % 8 ? 77 : 141, "*", 0, 0, "*", "*", 0, 0, bases, $0 }
"#;

/// A pipeline whose aligner is [`ALIGNER`] with a further rule, and its index.
fn with_aligner(room: &Room, fault: &str) {
    let fai = fs::read_to_string(room.path("bundle/genome/genome.fa.fai")).unwrap();
    let lines = fai.lines().map(|line| {
        let mut fields = line.split('\t');
        let (name, length) = (fields.next().unwrap(), fields.next().unwrap());
        format!("@SQ\tSN:{name}\tLN:{length}\n")
    });
    room.put("header.sam", lines.collect::<String>());
    let script = ALIGNER.replace("FAULT", fault);
    let pipeline = format!(
        r#"
schema = "wgs-pipe/pipeline/1"
name = "reads"
kinds = ["germline"]
stages = ["reads"]
[options.reads.aligner]
name = "fake"
command = ["awk", "-v", "header={{index}}", '''{script}''']
version = ["echo", "Version: 7"]
index = "header.sam"
"#
    );
    room.put("awk.toml", pipeline);
}

#[test]
fn an_aligner_that_does_not_do_its_work() {
    let room = Room::new();
    for (fault, parts) in [
        (
            "NR == 2000 { print \"oh no\" > \"/dev/stderr\"; exit 3 }",
            ["fake: the aligner failed: exit status: 3", "its standard error ends:\noh no"],
        ),
        (
            "NR == 2000 { printf \"half\"; exit 0 }",
            ["the aligner ended with success, but not all is there", "ends within a line"],
        ),
        (
            "NR == 2000 { exit 0 }",
            ["the aligner ended with success, but not all is there", "its standard error"],
        ),
        ("NR > 2000 { next }", ["fake: the aligner ended with success", "its standard error"]),
        ("NR == 2000 { next }", ["fake: ", "primary records"]),
    ] {
        with_aligner(&room, fault);
        let error = room.fails(10, RUN);
        for part in parts {
            assert!(error.contains(part), "{fault}: {part:?} is not in {error:?}");
        }
        assert!(error.contains(" hint: "), "{fault}: {error}");
        assert_eq!(room.made("out"), [""; 0], "{fault}");
    }
}

#[test]
fn another_index_is_other_work() {
    let room = Room::new();
    with_aligner(&room, "");
    let started = |room: &Room| {
        tasks_with(&room.run("data/case.toml", "out", &RUN[6..]), "task_started").len()
    };
    assert_eq!(started(&room), 1);
    assert_eq!(started(&room), 0);
    let header = room.text("header.sam");
    room.put("header.sam", header + "@CO\tmade anew\n");
    assert_eq!(started(&room), 1);
    fs::remove_file(room.path("header.sam")).unwrap();
    let error = room.fails(4, RUN);
    assert!(error.contains("header.sam") && error.contains("build the index"), "{error}");
}

#[test]
fn the_index_of_a_program() {
    let room = Room::new();
    let sample = ["--bundle", "bundle", "--sample", "S1"];
    let align = |more: &[&'static str]| [&["align", R1, R2][..], &sample, more].concat();
    let error = room.fails(2, align(&["--out", "x.cram", "--aligner-index", "header.sam"]));
    assert!(error.contains("takes no index of its own"), "{error}");
    let bwa = ["--aligner", "bwa", "--out", "made/x.cram", "--aligner-index", "bwa/index"];
    if Command::new("bwa").output().is_err() {
        eprintln!("skipped: there is no bwa here");
        return;
    }
    let error = room.fails(4, align(&bwa));
    assert!(error.contains("bwa/index: ") && error.contains("hint: "), "{error}");
    let error = room.fails(4, align(&bwa[..4]));
    assert!(error.contains(".bwt: is not there") && error.contains("--aligner-index"), "{error}");
    assert_eq!(room.made("made"), [""; 0]);
    fs::create_dir(room.path("bwa")).unwrap();
    let mut index = Command::new("bwa");
    index.args(["index", "-p", "bwa/index", "bundle/genome/genome.fa"]);
    let index = index.current_dir(room.path("")).output().unwrap();
    assert!(index.status.success(), "{index:?}");
    room.ok(align(&bwa));
    let verified = room.ok(["verify", "made/x.cram", "--bundle", "bundle", "--pair", R1, R2]);
    assert!(verified.contains("\tyes\t"), "{verified}");
}

#[test]
fn a_disk_too_small_to_sort_on() {
    let room = Room::new();
    with_aligner(&room, "");
    let reads: Vec<String> = [R1, R2].iter().map(|name| room.text(name)).collect();
    for (name, text) in [R1, R2].iter().zip(reads) {
        let copies = (0..16).map(|copy| text.replace("@A00123:", &format!("@A00{copy}:")));
        room.put("reads.fq", copies.collect::<String>());
        fs::rename(room.path("reads.fq"), room.path(name)).unwrap();
    }
    let out = room.path("out");
    let Some(disk) = SmallDisk::mount(&out, "2m") else { return };
    let limited = |memory| {
        RUN.into_iter().chain(["--threads", "1", "--memory", memory, "--ignore-disk-forecast"])
    };
    let error = room.fails(12, limited("512M"));
    let (_, least) = error.split_once("give at least ").unwrap();
    let least = format!("{}M", least.split(' ').next().unwrap());
    let error = room.fails(11, limited(&least));
    for part in ["out/quickstart/reads: temporary file: ", "No space left", "more --memory"] {
        assert!(error.contains(part), "{part:?} is not in {error:?}");
    }
    assert_eq!(room.made("out"), [""; 0]);
    drop(disk);
}
