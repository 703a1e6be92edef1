//! FASTQ that is not as it must be: each fault has its message, the record, a hint and its exit
//! code, and nothing comes out.

use std::{fs, io::Write};

use crate::room::Room;

const R1: &str = "data/reads/NA-demo_L001_R1.fastq.gz";
const R2: &str = "data/reads/NA-demo_L001_R2.fastq.gz";

fn record(name: &str, bases: &str, quals: &str) -> String {
    format!("@{name}\n{bases}\n+\n{quals}\n")
}

fn convert<'a>(files: &[&'a str]) -> Vec<&'a str> {
    [&["convert"], files, &["--sample", "S1", "--out", "made/x.bam"]].concat()
}

fn qc<'a>(files: &[&'a str]) -> Vec<&'a str> {
    [&["qc"], files, &["--out", "made"]].concat()
}

fn align<'a>(files: &[&'a str]) -> Vec<&'a str> {
    let rest = ["--sample", "S1", "--bundle", "bundle", "--out", "made/x.cram"];
    [&["align"], files, &rest].concat()
}

/// A command fails with a code and a message that holds all of the parts and a hint, and leaves
/// nothing, not even a part of a file.
fn fails(room: &Room, args: &[&str], code: i32, parts: &[&str]) {
    let error = room.fails(code, args);
    for part in parts {
        assert!(error.contains(part), "{args:?}: {part:?} is not in {error:?}");
    }
    assert!(error.contains(" hint: "), "{args:?}: {error}");
    assert_eq!(room.made("made"), [""; 0], "{args:?}");
}

/// Every command that reads FASTQ refuses the files.
fn refused(room: &Room, files: &[&str], code: i32, parts: &[&str]) {
    fails(room, &convert(files), code, parts);
    fails(room, &qc(files), code, parts);
    if files.len() == 2 {
        fails(room, &align(files), code, parts);
        let case = format!(
            r#"
schema = "wgs-pipe/case/1"
id = "bad"
kind = "germline"
[[samples]]
id = "S1"
role = "proband"
[[samples.read_groups]]
id = "L1"
r1 = "{}"
r2 = "{}"
"#,
            files[0], files[1]
        );
        room.put("bad.toml", case);
        fails(room, &["run", "bad.toml", "--bundle", "bundle", "--out", "made"], code, parts);
        fs::remove_dir_all(room.path("made")).unwrap();
    }
}

#[test]
fn records_that_no_sequencer_writes() {
    let room = Room::new();
    let good = record("a", "ACGTN", "!I~II");
    room.put("2.fq", good.clone() + &record("b", "ACGTN", "!I~II"));
    let dos = record("b", "AC", "II").replace('\n', "\r\n");
    for (second, part) in [
        (dos, "CR LF"),
        (record("b", "ACR", "III"), "'R' is not a base"),
        (record("b", "ACg", "III"), "'g' is not a base"),
        (record("b", "ACG", "I I"), "' ' is not a quality"),
        (record("b", "ACG", "I\u{1f}I"), "is not a quality"),
        (record("b", "ACG", "I\u{7f}I"), "is not a quality"),
        (record("b", "", ""), "has no bases"),
        (record("b", "ACG", "II"), "3 bases and 2 qualities"),
        (record("a", "ACG", "III"), "interleaved"),
        (record("b", "ACG", "III").trim_end_matches("III\n").to_owned(), "cut off"),
    ] {
        room.put("1.fq", good.clone() + &second);
        let code = if part == "cut off" { 7 } else { 6 };
        refused(&room, &["1.fq", "2.fq"], code, &["1.fq: record 2", part]);
        refused(&room, &["1.fq"], code, &["1.fq: record 2", part]);
    }
}

/// With the read's number in either of the ways that sequencers write it, or in none.
#[test]
fn an_interleaved_file_as_r1() {
    let room = Room::new();
    for [first, last] in [["", ""], ["/1", "/2"], [" 1:N:0:ACGT", " 2:N:0:ACGT"]] {
        let pair = |name: &str| {
            record(&format!("{name}{first}"), "ACG", "III")
                + &record(&format!("{name}{last}"), "ACG", "III")
        };
        room.put("1.fq", pair("a") + &pair("b"));
        let of_last = |name: &str| record(&format!("{name}{last}"), "ACG", "III");
        room.put("2.fq", of_last("a") + &of_last("b"));
        for files in [&["1.fq"][..], &["1.fq", "2.fq"]] {
            refused(&room, files, 6, &["1.fq: record 2", "interleaved", "split it"]);
        }
    }
}

#[test]
fn lanes_with_different_numbers_of_pairs() {
    let room = Room::new();
    let reads = |count: usize| -> String {
        (0..count).map(|number| record(&format!("r{number}"), "ACGT", "IIII")).collect()
    };
    room.put("short.fq", reads(20_000));
    room.put("long.fq", reads(20_001));
    for files in [["short.fq", "long.fq"], ["long.fq", "short.fq"]] {
        let parts = ["short.fq: after record 20000", "long.fq goes on", "same number of reads"];
        refused(&room, &files, 7, &parts);
    }
}

#[test]
fn a_long_read() {
    let room = Room::new();
    let long = record("b", &"ACGT".repeat(75_000), &"I".repeat(300_000));
    room.put("1.fq", record("a", "ACGT", "IIII") + &long);
    room.put("2.fq", record("a", "ACGT", "IIII") + &record("b", "ACGT", "IIII"));
    let parts = ["1.fq", "record 2", "300000 bases", "short reads", "hint: "];
    fails(&room, &align(&["1.fq", "2.fq"]), 6, &parts);
    // They are read, though not aligned.
    room.ok(qc(&["1.fq"]));
    assert!(room.text("made/1.fastq.tsv").contains("300000"));
    room.ok(convert(&["1.fq"]));
}

/// The last reads as gzip and as BGZF.
fn compressed(room: &Room) -> [Vec<u8>; 2] {
    let text = room.text(R2);
    room.put("text.fq", &text);
    room.ok(["convert", "text.fq", "--out", "bgzf.fq.gz"]);
    let bgzf = fs::read(room.path("bgzf.fq.gz")).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    [gzip.finish().unwrap(), bgzf]
}

#[test]
fn files_that_are_cut_or_damaged() {
    let room = Room::new();
    for whole in compressed(&room) {
        for quarter in 1..4 {
            room.put("bad.fq.gz", &whole[..whole.len() * quarter / 4]);
            let parts = ["bad.fq.gz: record ", "cut off", "fetch or make the file again"];
            for files in [&["bad.fq.gz"][..], &[R1, "bad.fq.gz"]] {
                refused(&room, files, 7, &parts);
            }
        }
        let mut flipped = whole.clone();
        flipped[whole.len() / 2] ^= 0x10;
        room.put("bad.fq.gz", flipped);
        for files in [&["bad.fq.gz"][..], &[R1, "bad.fq.gz"]] {
            refused(&room, files, 6, &["bad.fq.gz: record "]);
        }
    }
}

#[test]
fn bgzf_without_the_block_that_ends_it() {
    let room = Room::new();
    let [_, bgzf] = compressed(&room);
    room.put("bad.fq.gz", &bgzf[..bgzf.len() - 28]);
    let parts = ["bad.fq.gz: ", "BGZF end-of-file block", "--without-end-block"];
    for files in [&["bad.fq.gz"][..], &[R1, "bad.fq.gz"]] {
        refused(&room, files, 7, &parts);
    }
    for args in [convert(&["bad.fq.gz"]), qc(&[R1, "bad.fq.gz"]), align(&[R1, "bad.fq.gz"])] {
        room.ok(args.into_iter().chain(["--without-end-block"]));
    }
    let definition = fs::read_to_string("pipelines/germline.toml").unwrap();
    room.put("taken.toml", definition + "\n[options.reads]\nwithout_end_block = true\n");
    fs::rename(room.path("bad.fq.gz"), room.path(R2)).unwrap();
    let run = ["run", "data/case.toml", "--bundle", "bundle", "--out", "made"];
    assert!(room.fails(7, run).contains("without_end_block = true"));
    room.ok(run.into_iter().chain(["--pipeline", "taken.toml"]));
}
