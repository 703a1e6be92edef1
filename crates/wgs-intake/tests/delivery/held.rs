//! What must not hold up samples for ever.

use std::{
    ffi::OsStr,
    fs,
    os::unix::{ffi::OsStrExt, fs::symlink},
};

use wgs_formats::output;
use wgs_intake::{CaseState, FileState};

use crate::{
    open::{lane_2, one_lane},
    room::{Room, code, fastq, file, state},
};

#[test]
fn texts_about_checksums_hold_up_nobody() {
    let sha1 = "a".repeat(40);
    for (name, text, expected) in [
        ("md5_check.txt", "P1_S1_L001_R1_001.fastq.gz: OK\n".to_owned(), true),
        ("README_md5.txt", "Checksums\nCompare them with md5sum -c.\n".to_owned(), true),
        ("checksums.txt", format!("{sha1}  P1_S1_L001_R1_001.fastq.gz\n"), true),
        ("checksums.txt", format!("{sha1}  P1_S1_L002_R1_001.fastq.gz\n"), false),
        ("checksums.txt", format!("{sha1}  P1_S1_L001_R1_001.fastq.gz"), false),
        ("checksums.txt", format!("{sha1}  x/P1_S1_L001_R1_001.fastq.gz\n"), false),
        ("md5_check.txt", "\n".to_owned(), false),
    ] {
        let room = one_lane();
        room.put(name, &text);
        let report = room.scan();
        assert_eq!(code(&report, name), "list", "{text:?}");
        assert_eq!(state(&report, "C1") == CaseState::Written, expected, "{text:?}: {report:#?}");
    }
}

#[test]
fn listed_files_that_are_no_reads_hold_up_nobody() {
    let digest = "d41d8cd98f00b204e9800998ecf8427e";
    let room = one_lane();
    let good = fs::read_to_string(room.path("inbox/md5.txt")).unwrap();
    let others = ["report.html", "x.bam.bai", "SampleSheet.csv", "P1_R1_fastqc.zip", ".DS_Store"];
    for name in others.into_iter().chain(["PX_R1.fq.gz.md5"]) {
        room.put("md5.txt", format!("{good}{digest}  {name}\n"));
        let report = room.scan();
        assert_eq!(file(&report, name).state, FileState::Waiting);
        assert_ne!(state(&report, "C1"), CaseState::Waiting, "{name}: {report:#?}");
    }
    for text in ["P1_S1_L00", "P1_S1_L002_R1_001.fastq.gz.md5\n", "more_md5.txt\n"] {
        room.put("md5.txt", format!("{good}{digest}  {text}"));
        assert_eq!(state(&room.scan(), "C1"), CaseState::Waiting, "{text:?}");
    }
}

#[test]
fn refused_files_that_are_no_reads_hold_up_nobody() {
    let room = one_lane();
    let inbox = room.path("inbox");
    output::write(&room.path("README"), "x").unwrap();
    output::write(&room.path("P1_R1.fq"), "x").unwrap();
    symlink(room.path("README"), inbox.join("P1_README")).unwrap();
    room.put("tmp", "x");
    fs::rename(inbox.join("tmp"), inbox.join(OsStr::from_bytes(b"caf\xe9.pdf"))).unwrap();
    let report = room.scan();
    assert_eq!(code(&report, "P1_README"), "unsupported");
    assert_eq!(code(&report, "caf\u{fffd}.pdf"), "unsupported");
    assert_eq!(state(&report, "C1"), CaseState::Written, "{report:#?}");
    let odd = inbox.join(OsStr::from_bytes(b"lane\xe9"));
    for target in [room.path(""), room.path("nothing"), room.path("P1_R1.fq")] {
        symlink(target, inbox.join("lane2")).unwrap();
        let report = room.scan();
        assert_eq!((code(&report, "lane2"), state(&report, "C1")), ("link", CaseState::Waiting));
        fs::remove_file(inbox.join("lane2")).unwrap();
    }
    fs::create_dir(&odd).unwrap();
    assert_eq!(state(&room.scan(), "C1"), CaseState::Waiting);
    fs::remove_dir(odd).unwrap();
    assert_eq!(state(&room.scan(), "C1"), CaseState::Unchanged);
}

/// A lane, and a folder to which files are moved.
fn moving() -> Room {
    let mut room = one_lane();
    room.options.move_quarantined = Some(room.path("quarantine"));
    room
}

#[test]
fn what_is_taken_out_of_the_quarantine_is_settled() {
    for name in ["lane2.fastq.gz", "x/P1.fastq.gz"] {
        let room = moving();
        room.put(name, "x");
        room.put("x/P1_S1_L001_R3_001.fastq.gz", "x");
        assert_eq!(room.scan().files_moved, 2);
        fs::remove_file(room.path("quarantine/x/P1_S1_L001_R3_001.fastq.gz")).unwrap();
        assert_eq!(state(&room.scan(), "C1"), CaseState::Waiting, "{name}");
        // The folder may be one of another machine, which is not there at the moment.
        fs::rename(room.path("quarantine"), room.path("away")).unwrap();
        assert_eq!(state(&room.scan(), "C1"), CaseState::Waiting, "{name}");
        fs::rename(room.path("away"), room.path("quarantine")).unwrap();
        fs::remove_file(room.path("quarantine").join(name)).unwrap();
        let report = room.scan();
        assert_eq!(state(&report, "C1"), CaseState::Written, "{report:#?}");
        assert_eq!(report.error_kind(true), None);
    }
}

#[test]
fn pairs_come_for_a_file_that_told_no_read() {
    for pairs_first in [false, true] {
        let room = moving();
        let pairs = || {
            room.pair("P1_R{}.fastq.gz", "HXA", 2, 2);
            room.list("");
        };
        if pairs_first {
            pairs();
        }
        room.put("P1.fastq.gz", "x");
        assert_eq!(room.scan().files_moved, 1);
        pairs();
        let report = room.scan();
        assert_eq!(state(&report, "C1") == CaseState::Waiting, pairs_first, "{report:#?}");
    }
}

#[test]
fn reads_of_a_bad_name_come_under_the_right_one() {
    let room = moving();
    for mate in [1, 2] {
        room.put(&format!("P1 _S1_L002_R{mate}_001.fastq.gz"), fastq("HXA", 2, 2, mate));
    }
    room.list("");
    assert_eq!(room.scan().files_moved, 2);
    assert_eq!(state(&room.scan(), "C1"), CaseState::Waiting);
    let old = fs::read_to_string(room.path("inbox/md5.txt")).unwrap();
    room.pair(&lane_2("P1_S1", 9).replace('9', "{}"), "HXA", 2, 2);
    room.list("");
    room.put("old.md5", old);
    let report = room.scan();
    assert_eq!(state(&report, "C1"), CaseState::Written, "{report:#?}");
    assert_eq!(room.case("C1").samples[0].read_groups.len(), 2);
}

#[test]
fn a_file_comes_in_the_place_of_a_link() {
    for name in ["notes", "more_md5.txt"] {
        let room = moving();
        symlink("nothing", room.path("inbox").join(name)).unwrap();
        assert_eq!(room.scan().files_moved, 1);
        assert_eq!(state(&room.scan(), "C1"), CaseState::Waiting);
        let list = fs::read_to_string(room.path("inbox/md5.txt")).unwrap();
        room.put(name, list);
        let report = room.scan();
        assert_eq!(state(&report, "C1"), CaseState::Written, "{name}: {report:#?}");
    }
}
