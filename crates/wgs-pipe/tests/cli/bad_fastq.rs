//! FASTQ that is not as it must be: each fault has its message, the record, a hint and its exit
//! code, and nothing comes out.

use std::{fs, io::Write};

use wgs_formats::output;

use crate::room::Room;

const R1: &str = "data/reads/NA-demo_L001_R1.fastq.gz";

fn put(room: &Room, name: &str, content: impl AsRef<[u8]>) {
    output::write(&room.path(name), content).unwrap();
}

/// Every command that reads FASTQ refuses the pair.
fn refused(room: &Room, code: i32, parts: &[&str]) {
    for args in [
        vec!["convert", "1.fq", "2.fq", "--sample", "S1", "--out", "x.bam"],
        vec!["qc", "1.fq", "2.fq", "--out", "x.qc"],
        vec!["align", "1.fq", "2.fq", "--sample", "S1", "--bundle", "bundle", "--out", "x.cram"],
    ] {
        let error = room.fails(code, args);
        for part in parts {
            assert!(error.contains(part), "{part:?} is not in {error:?}");
        }
        assert!(error.contains(" hint: "), "{error}");
        assert!(!room.path("x.bam").exists() && !room.path("x.cram").exists());
        let made = fs::read_dir(room.path("x.qc")).map_or(0, Iterator::count);
        assert_eq!(made, 0, "qc leaves nothing");
    }
}

#[test]
fn records_that_no_sequencer_writes() {
    let room = Room::new();
    let record = |name: &str, bases: &str, quals: &str| format!("@{name}\n{bases}\n+\n{quals}\n");
    let good = record("a", "ACGTN", "!I~II");
    put(&room, "2.fq", good.clone() + &record("b", "ACGTN", "!I~II"));
    let dos = record("b", "AC", "II").replace('\n', "\r\n");
    for (second, part) in [
        (dos, "CR LF"),
        (record("b", "ACR", "III"), "'R' is not a base"),
        (record("b", "ACg", "III"), "'g' is not a base"),
        (record("b", "ACG", "I I"), "' ' is not a quality"),
        (record("b", "ACG", "I\u{1f}I"), "is not a quality"),
        (record("b", "", ""), "has no bases"),
        (record("b", "ACG", "II"), "3 bases and 2 qualities"),
        (record("a/2", "ACG", "III"), "interleaved"),
    ] {
        put(&room, "1.fq", good.clone() + &second);
        refused(&room, 6, &["1.fq: record 2", part]);
    }
}

#[test]
fn files_that_are_cut_or_damaged() {
    let room = Room::new();
    let mut text = Vec::new();
    let mut whole = wgs_formats::genome::open_maybe_gzip(&room.path(R1)).unwrap();
    std::io::Read::read_to_end(&mut whole, &mut text).unwrap();
    put(&room, "text.fq", &text);
    room.ok(["convert", "text.fq", "--out", "bgzf.fq.gz"]);
    let bgzf = fs::read(room.path("bgzf.fq.gz")).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&text).unwrap();
    let gzip = gzip.finish().unwrap();
    let convert = ["convert", "bad.fq.gz", "--sample", "S1", "--out", "x.bam"];
    for whole in [&gzip, &bgzf] {
        for quarter in 1..4 {
            put(&room, "bad.fq.gz", &whole[..whole.len() * quarter / 4]);
            let error = room.fails(7, convert);
            assert!(error.contains("bad.fq.gz: record "), "{error}");
        }
        let mut flipped = whole.clone();
        flipped[whole.len() / 2] ^= 0x10;
        put(&room, "bad.fq.gz", flipped);
        assert!(room.fails(6, convert).contains("bad.fq.gz: record "));
    }
    put(&room, "bad.fq.gz", &bgzf[..bgzf.len() - 28]);
    let error = room.fails(7, convert);
    assert!(error.contains("BGZF end-of-file block") && error.contains("hint"), "{error}");
    assert!(!room.path("x.bam").exists());
    room.ok(convert.into_iter().chain(["--without-end-block"]));
}
