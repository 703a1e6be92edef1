//! What is not taken, and why.

use std::{fs, os::unix::fs::symlink, time::Duration};

use wgs_intake::{CaseState, FileState, Samples};

use crate::room::{Room, case, code, fastq, file, files, state};

const ONE: &str = "case,sample,role,delivered_as\nC1,S1,proband,P1\n";

fn one_lane() -> Room {
    let room = Room::new(ONE);
    room.pair("P1_S1_L001_R{}_001.fastq.gz", "HXA", 1, 1);
    room.list("");
    room
}

const R1: &str = "P1_S1_L001_R1_001.fastq.gz";
const R2: &str = "P1_S1_L001_R2_001.fastq.gz";

#[test]
fn a_digest_that_is_not_the_lists() {
    let room = one_lane();
    let good = fs::read(room.path("inbox").join(R1)).unwrap();
    room.put(R1, [&good[..], b"\0"].concat());
    let report = room.scan();
    assert_eq!(code(&report, R1), "digest");
    assert_eq!(report.error_kind(true), Some(wgs_core::ErrorKind::InvalidInput));
    assert!(case(&report, "C1").reasons.iter().any(|r| r.contains("is quarantined")));
    assert!(room.quarantine().contains("md5.txt (line 1)"), "{}", room.quarantine());
    assert!(room.quarantine().contains("have it delivered again"));

    room.put(R1, good);
    let report = room.scan();
    assert_eq!((state(&report, "C1"), report.files_read), (CaseState::Written, 1));
    assert_eq!(room.quarantine().lines().count(), 1);
}

#[test]
fn the_right_file_may_come_in_another_delivery() {
    let room = Room::new(ONE);
    room.pair("first/P1_S1_L001_R{}_001.fastq.gz", "HXA", 1, 1);
    room.list("first");
    let good = fs::read(room.path("inbox/first").join(R1)).unwrap();
    let cut = &good[..good.len() - 30];
    room.put(&format!("first/{R1}"), cut);
    assert_eq!(state(&room.scan(), "C1"), CaseState::Waiting);
    room.put(&format!("second/{R1}"), &good);
    room.list("second");
    let report = room.scan();
    assert_eq!(file(&report, &format!("first/{R1}")).state, FileState::Superseded);
    assert_eq!(state(&report, "C1"), CaseState::Written, "{report:#?}");
    assert_eq!(report.error_kind(true), None);
}

#[test]
fn a_lane_of_another_flow_cell_does_not_stand_in() {
    let room = Room::new(ONE);
    room.pair("first/P1_S1_L001_R{}_001.fastq.gz", "HXA", 1, 1);
    room.list("first");
    let good = fs::read(room.path("inbox/first").join(R1)).unwrap();
    room.put(&format!("first/{R1}"), [&good[..], b"x"].concat());
    room.pair("second/P1_S1_L001_R{}_001.fastq.gz", "HXB", 1, 2);
    room.list("second");
    let report = room.scan();
    assert_eq!(code(&report, &format!("first/{R1}")), "digest");
    assert_eq!(state(&report, "C1"), CaseState::Waiting);
}

#[test]
fn quarantined_files_are_moved_and_not_lost() {
    let mut room = one_lane();
    room.options.move_quarantined = Some(room.path("quarantine"));
    let good = fs::read(room.path("inbox").join(R1)).unwrap();
    room.put(R1, "damaged");
    let report = room.scan();
    assert_eq!(report.files_moved, 1);
    assert!(!room.path("inbox").join(R1).exists());
    assert_eq!(fs::read(room.path("quarantine").join(R1)).unwrap(), b"damaged");
    let report = room.scan();
    assert_eq!((code(&report, R1), report.files_moved), ("digest", 0));
    assert_eq!(state(&report, "C1"), CaseState::Waiting);
    room.put(R1, "damaged again");
    assert_eq!(room.scan().files_moved, 1);
    assert_eq!(files(&room.path("quarantine")).len(), 2);
    room.put(R1, good);
    let report = room.scan();
    assert_eq!(state(&report, "C1"), CaseState::Written, "{report:#?}");
    assert_eq!(room.quarantine().lines().count(), 1);
}

#[test]
fn what_is_listed_must_come_and_what_comes_must_be_listed() {
    let room = one_lane();
    room.pair("P1_S1_L002_R{}_001.fastq.gz", "HXA", 2, 2);
    let report = room.scan();
    let unlisted = file(&report, "P1_S1_L002_R1_001.fastq.gz");
    assert_eq!(unlisted.state, FileState::Waiting);
    assert_eq!(state(&report, "C1"), CaseState::Waiting, "lane 2 belongs to it");
    room.list("");
    fs::rename(room.path("inbox").join(R2), room.path("r2")).unwrap();
    let report = room.scan();
    assert_eq!(file(&report, R2).state, FileState::Waiting);
    assert!(file(&report, R2).reason.as_ref().unwrap().contains("md5.txt names it in line 2"));
    assert_eq!(state(&report, "C1"), CaseState::Waiting);
    fs::rename(room.path("r2"), room.path("inbox").join(R2)).unwrap();
    assert_eq!(state(&room.scan(), "C1"), CaseState::Written);
}

#[test]
fn without_checksums_everything_is_decoded() {
    let mut room = Room::new(ONE);
    room.pair("P1_S1_L001_R{}_001.fastq.gz", "HXA", 1, 1);
    room.options.without_checksums = true;
    assert_eq!(state(&room.scan(), "C1"), CaseState::Written);
    let whole = fs::read(room.path("inbox").join(R1)).unwrap();
    room.put(R1, &whole[..whole.len() - 20]);
    let report = room.scan();
    assert_eq!(code(&report, R1), "truncated");
    assert!(room.case("C1").samples[0].read_groups.len() == 1, "what was written stays");
}

#[test]
fn lanes_mates_and_chunks_that_lack() {
    let room = Room::new(ONE);
    room.pair("P1_S1_L001_R{}_001.fastq.gz", "HXA", 1, 1);
    room.pair("P1_S1_L003_R{}_001.fastq.gz", "HXA", 3, 3);
    room.pair("P1_S1_L001_R{}_003.fastq.gz", "HXA", 1, 4);
    room.put("P1_S1_L004_R1_001.fastq.gz", fastq("HXA", 4, 5, 1));
    room.list("");
    let report = room.scan();
    let reasons = case(&report, "C1").reasons.join("\n");
    assert!(reasons.contains("R2 of flow cell HXA, lane 4 is not there"), "{reasons}");
    assert!(reasons.contains("lane 2 of flow cell HXA is not there"), "{reasons}");
    assert!(reasons.contains("R1 of flow cell HXA, lane 1, chunk 2 is not there"), "{reasons}");
}

#[test]
fn files_that_do_not_fit_each_other() {
    let room = Room::new("case,sample,role\nA,a,proband\nB,b,proband\nC,c,proband\nD,d,proband\n");
    room.put("a_1.fq.gz", fastq("HXA", 1, 1, 1));
    room.put("a_2.fq.gz", fastq("HXA", 1, 2, 2));
    room.put("b_1.fq.gz", fastq("HXA", 1, 3, 2));
    room.put("b_2.fq.gz", fastq("HXA", 1, 4, 1));
    room.pair("c_L002_R{}.fq.gz", "HXA", 1, 5);
    room.pair("d_{}.fq.gz", "HXA", 1, 6);
    room.pair("e_{}.fq.gz", "HXA", 1, 6);
    room.list("");
    let report = room.scan();
    for (name, expected) in [
        ("a_1.fq.gz", "mates"),
        ("a_2.fq.gz", "mates"),
        ("b_1.fq.gz", "mates"),
        ("c_L002_R1.fq.gz", "lane"),
        ("d_1.fq.gz", "same-content"),
        ("e_2.fq.gz", "same-content"),
    ] {
        assert_eq!(code(&report, name), expected, "{name}");
    }
    for id in ["A", "B", "C", "D"] {
        assert_eq!(state(&report, id), CaseState::Waiting);
    }
}

#[test]
fn the_same_lane_twice() {
    let room = Room::new(ONE);
    room.pair("x/P1_S1_L001_R{}_001.fastq.gz", "HXA", 1, 1);
    room.pair("y/P1_S1_L001_R{}_001.fastq.gz", "HXA", 1, 1);
    room.list("");
    let report = room.scan();
    assert_eq!(file(&report, &format!("y/{R1}")).state, FileState::Duplicate);
    assert_eq!(state(&report, "C1"), CaseState::Written);
    assert_eq!(report.error_kind(true), None);

    let room = Room::new(ONE);
    room.pair("x/P1_S1_L001_R{}_001.fastq.gz", "HXA", 1, 1);
    room.pair("y/P1_S1_L001_R{}_001.fastq.gz", "HXA", 1, 2);
    room.list("");
    let report = room.scan();
    assert_eq!(code(&report, &format!("x/{R1}")), "two-versions");
    assert_eq!(state(&report, "C1"), CaseState::Waiting);
}

#[test]
fn mates_are_counted_on_request() {
    let mut room = Room::new(ONE);
    room.put(R1, fastq("HXA", 1, 1, 1));
    let two = [fastq("HXA", 1, 1, 2), fastq("HXA", 1, 7, 2)].concat();
    room.put(R2, two);
    room.list("");
    assert_eq!(state(&room.scan(), "C1"), CaseState::Written);
    fs::remove_file(room.path("cases/C1.toml")).unwrap();
    room.options.deep = true;
    let report = room.scan();
    assert_eq!((code(&report, R1), report.files_read), ("mates", 2));
    assert_eq!(room.scan().files_read, 0);
}

#[test]
fn names_that_no_shell_should_see() {
    let mut room = Room::new("");
    room.options.samples = Samples::Single;
    let names =
        ["a b_R1.fq.gz", "$(touch x)_1.fq.gz", "-rf_1.fq.gz", "d ir/a_1.fq.gz", "a\nb_1.fq.gz"];
    for (seed, name) in (10..).zip(names) {
        room.put(name, fastq("HXA", 1, seed, 1));
    }
    room.put("only.fq.gz", fastq("HXA", 1, 1, 1));
    room.put("x_S1_L001_R3_001.fastq.gz", fastq("HXA", 1, 2, 1));
    room.put("x.fastq.ora", "x");
    let report = room.scan();
    for name in names {
        assert_eq!(code(&report, name), "name", "{name:?}");
    }
    assert_eq!(code(&report, "only.fq.gz"), "unsupported");
    assert_eq!(code(&report, "x_S1_L001_R3_001.fastq.gz"), "unsupported");
    assert_eq!(code(&report, "x.fastq.ora"), "unsupported");
    assert!(report.cases.iter().all(|case| case.state == CaseState::Waiting));
    assert!(room.quarantine().contains("a\\nb_1.fq.gz"));
}

/// Reads that tell no flow cell.
fn plain_fastq(seed: u32, mate: u32) -> String {
    format!("@r{seed}/{mate}\nACGT\n+\nFFFF\n")
}

fn single() -> Room {
    let mut room = Room::new("");
    room.options.samples = Samples::Single;
    room
}

/// What its name alone suggests of a file that has not come is not what the reads of others tell.
#[test]
fn a_single_waits_for_every_lane_of_its_name() {
    let room = single();
    for (lane, mate) in [(1, 1), (1, 2), (2, 1), (2, 2)] {
        room.put(&format!("S1_LIB_HJ7LCDSX2_L{lane}_{mate}.fq"), plain_fastq(lane, mate));
        room.put(&format!("S2_L{lane}{mate}.sam"), sam("S2", &format!("{lane}{mate}")));
    }
    room.list("");
    let away = ["S1_LIB_HJ7LCDSX2_L2_1.fq", "S1_LIB_HJ7LCDSX2_L2_2.fq", "S2_L22.sam"];
    for name in away {
        fs::rename(room.path("inbox").join(name), room.path(name)).unwrap();
    }
    let report = room.scan();
    assert_eq!(report.cases.len(), 2, "{report:#?}");
    assert!(report.cases.iter().all(|case| case.state == CaseState::Waiting), "{report:#?}");
    for name in away {
        fs::rename(room.path(name), room.path("inbox").join(name)).unwrap();
    }
    let report = room.scan();
    assert_eq!(report.error_kind(false), None, "{report:#?}");
    assert_eq!(room.case("S1_LIB_HJ7LCDSX2").samples[0].read_groups.len(), 2);
    assert_eq!(room.case("S2").samples[0].read_groups.len(), 4);
}

/// A manifest means a lane whose reads tell no flow cell as it means the others of that name.
#[test]
fn a_lane_whose_reads_tell_no_flow_cell() {
    let room = Room::new("case,sample,role,delivered_as\nA,a,proband,S1\n");
    for mate in [1, 2] {
        room.put(&format!("S1/S1_LIB_HJ7LCDSX2_L1_{mate}.fq.gz"), fastq("HJ7LCDSX2", 1, 1, mate));
        room.put(&format!("S1/S1_LIB_HJ7LCDSX2_L2_{mate}.fq"), plain_fastq(2, mate));
    }
    room.list("");
    let report = room.scan();
    assert_eq!(report.error_kind(true), None, "{report:#?}");
    assert_eq!(room.case("A").samples[0].read_groups.len(), 2);
}

fn sam(sample: &str, id: &str) -> String {
    format!("@RG\tID:{id}\tSM:{sample}\nr{id}\t4\t*\t0\t0\t*\t*\t0\t0\tA\tF\n")
}

#[test]
fn names_that_become_several_samples() {
    let room = single();
    for mate in [1, 2] {
        room.put(&format!("S1_LIB_HJ7LCDSX2_L1_{mate}.fq.gz"), fastq("HJ7LCDSX2", 1, 1, mate));
        room.put(&format!("S1_LIB_HJ7LCDSX2_L2_{mate}.fq"), plain_fastq(2, mate));
    }
    room.put("S10.sam", sam("S1", "x"));
    room.list("");
    let report = room.scan();
    assert_eq!(code(&report, "S1_LIB_HJ7LCDSX2_L1_1.fq.gz"), "sample");
    assert_eq!(code(&report, "S1_LIB_HJ7LCDSX2_L2_2.fq"), "sample");
    assert_eq!(code(&report, "S10.sam"), "sample", "its read groups are of S1");
    assert!(report.cases.iter().all(|case| case.state == CaseState::Waiting), "{report:#?}");
}

/// A list of one folder vouches for no file of the same name in another, whatever its content is.
#[test]
fn a_file_in_the_folder_of_another_sample() {
    let mut room = Room::new("case,sample,role,delivered_as\nA,a,proband,S1/\nB,b,proband,S2/\n");
    for mate in [1, 2] {
        room.put(&format!("S2/R{mate}.fastq.gz"), fastq("HXA", 1, 1, mate));
    }
    room.list("");
    let list = room.path("inbox/md5.txt");
    let text = fs::read_to_string(&list).unwrap();
    wgs_formats::output::write(&list, text.replace("S2/", "S1/")).unwrap();
    let report = room.scan();
    assert_eq!(file(&report, "S2/R1.fastq.gz").state, FileState::Waiting, "{report:#?}");
    assert_eq!(file(&report, "S1/R1.fastq.gz").state, FileState::Waiting);
    room.options.without_checksums = true;
    let report = room.scan();
    assert_eq!(code(&report, "S2/R1.fastq.gz"), "sample", "{report:#?}");
    assert_eq!(state(&report, "B"), CaseState::Waiting);
}

/// What a list has for a lane of one sample lies where nobody knows whose it is.
#[test]
fn a_lane_that_is_elsewhere_under_no_name_is_waited_for() {
    let mut room = Room::new(ONE);
    room.options.without_checksums = true;
    room.pair("P1_S1_L001_R{}_001.fastq.gz", "HXA", 1, 1);
    room.pair("P1_S1_L002_R{}_001.fastq.gz", "HXA", 2, 2);
    room.list("");
    for mate in [1, 2] {
        let old = room.path(&format!("inbox/P1_S1_L002_R{mate}_001.fastq.gz"));
        let new = room.path(&format!("inbox/R{mate}.fastq.gz"));
        fs::rename(old, new).unwrap();
    }
    let report = room.scan();
    assert_eq!(state(&report, "C1"), CaseState::Waiting, "{report:#?}");
}

#[test]
fn a_file_that_was_guessed_wrong_is_still_waited_for() {
    let room = Room::new("case,sample,role,delivered_as\nA,a,proband,P1\n");
    room.pair("run1/P1_L001_R{}.fastq.gz", "HXA", 1, 1);
    room.list("run1");
    room.pair("run2/P1_L002_R{}.fastq.gz", "HXA", 2, 2);
    room.list("");
    let list = room.path("inbox/md5.txt");
    let text = fs::read_to_string(&list).unwrap();
    wgs_formats::output::write(&list, text.replace("run2/", "run3/")).unwrap();
    assert_eq!(state(&room.scan(), "A"), CaseState::Written, "taken out of their folder");
    room.pair("run2/P1_L002_R{}.fastq.gz", "HXA", 2, 3);
    let report = room.scan();
    assert_eq!(code(&report, "run2/P1_L002_R1.fastq.gz"), "list", "not moved: it may be another");
    assert_eq!(file(&report, "run3/P1_L002_R1.fastq.gz").state, FileState::Waiting);
}

#[test]
fn links_that_lead_outside_are_refused() {
    let mut room = one_lane();
    fs::rename(room.path("inbox").join(R1), room.path("r1")).unwrap();
    symlink(room.path("r1"), room.path("inbox").join(R1)).unwrap();
    room.options.move_quarantined = Some(room.path("quarantine"));
    let report = room.scan();
    assert_eq!(code(&report, R1), "link");
    assert!(room.path("r1").exists(), "the link is moved, not what it leads to");
    assert!(room.path("quarantine").join(R1).is_symlink());
    assert_eq!(state(&report, "C1"), CaseState::Waiting);
}

#[test]
fn what_still_arrives_is_left_alone() {
    let mut room = one_lane();
    room.options.settle = Duration::from_secs(60);
    room.options.move_quarantined = Some(room.path("quarantine"));
    room.put(R1, "half of it");
    let report = room.scan();
    assert_eq!(report.files_read, 0);
    assert!(report.files.iter().all(|file| file.state == FileState::Waiting));
    assert!(!room.path("quarantine").exists());

    let mut room = one_lane();
    room.options.without_checksums = true;
    room.put(".P1_S1_L002_R1_001.fastq.gz.aB3dE9", "half");
    let report = room.scan();
    assert_eq!(state(&report, "C1"), CaseState::Waiting, "rsync brings lane 2");

    let mut room = one_lane();
    room.options.done_marker = Some(".done".into());
    assert_eq!(room.scan().files_read, 0);
    room.put(".done", "");
    assert_eq!(state(&room.scan(), "C1"), CaseState::Written);
}

#[test]
fn lists_that_cannot_be_trusted() {
    let room = one_lane();
    let digest = "d41d8cd98f00b204e9800998ecf8427e";
    room.put("old.md5.txt", format!("{digest}  {R1}\n"));
    let report = room.scan();
    assert_eq!(code(&report, R1), "list");
    assert_eq!(state(&report, "C1"), CaseState::Waiting);
    fs::remove_file(room.path("inbox/old.md5.txt")).unwrap();
    room.put("x.md5", "what is this\nand this\n");
    let report = room.scan();
    assert_eq!(code(&report, "x.md5"), "list");
    assert_eq!(report.error_kind(true), Some(wgs_core::ErrorKind::InvalidInput));
    assert_eq!(state(&report, "C1"), CaseState::Waiting, "it may be the list of another lane");
    fs::remove_file(room.path("inbox/x.md5")).unwrap();
    assert_eq!(state(&room.scan(), "C1"), CaseState::Written);
}
