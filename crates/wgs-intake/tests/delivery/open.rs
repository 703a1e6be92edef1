//! Samples that wait for files that do not name them, and files that clear no others.

use std::{fs, os::unix::fs::symlink};

use wgs_formats::{digest, output};
use wgs_intake::{CaseState, FileState, Samples, Take};

use crate::room::{Room, case, code, fastq, file, state};

const ONE: &str = "case,sample,role,delivered_as\nC1,S1,proband,P1\n";
const TWO: &str = "case,sample,role,delivered_as\nA,a,proband,PA\nB,b,proband,PB\n";

/// Two samples, a lane of the first of which is damaged.
fn two_samples() -> Room {
    let room = Room::new(TWO);
    for lane in [1, 2] {
        room.pair(&format!("PA_S1_L00{lane}_R{{}}_001.fastq.gz"), "HXA", lane, lane);
    }
    room.pair("PB_S2_L001_R{}_001.fastq.gz", "HXA", 1, 7);
    room
}

pub(crate) fn lane_2(sample: &str, mate: u32) -> String {
    format!("{sample}_L002_R{mate}_001.fastq.gz")
}

/// The provider has copied a lane of one sample under the name of another.
#[test]
fn a_lane_of_another_sample_stands_in_for_none() {
    for move_away in [false, true] {
        let mut room = two_samples();
        room.options.move_quarantined = move_away.then(|| room.path("quarantine"));
        for mate in [1, 2] {
            let own = room.path("inbox").join(lane_2("PA_S1", mate));
            let copy = room.path("inbox").join(lane_2("PB_S2", mate));
            fs::copy(&own, &copy).unwrap();
        }
        room.list("");
        for mate in [1, 2] {
            room.put(&lane_2("PA_S1", mate), "damaged");
        }
        for _ in 0..2 {
            let report = room.scan();
            assert_eq!(code(&report, &lane_2("PA_S1", 1)), "digest", "{report:#?}");
            assert_eq!(state(&report, "A"), CaseState::Waiting);
            if !move_away {
                assert_eq!(code(&report, &lane_2("PB_S2", 1)), "sample", "{report:#?}");
                assert_eq!(state(&report, "B"), CaseState::Waiting);
            }
        }
    }
}

/// The list that named the lane for its sample has gone meanwhile.
#[test]
fn a_lane_that_was_moved_does_not_come_under_another_name() {
    let mut room = two_samples();
    room.options.move_quarantined = Some(room.path("quarantine"));
    room.list("");
    let lane: Vec<Vec<u8>> = [1, 2]
        .map(|mate| fs::read(room.path("inbox").join(lane_2("PA_S1", mate))).unwrap())
        .to_vec();
    for mate in [1, 2] {
        room.put(&lane_2("PA_S1", mate), "damaged");
    }
    assert_eq!(room.scan().files_moved, 2);
    for (mate, content) in (1..).zip(lane) {
        room.put(&lane_2("PB_S2", mate), content);
    }
    room.list("");
    let report = room.scan();
    assert_eq!(file(&report, &lane_2("PB_S2", 1)).state, FileState::Accepted);
    assert_eq!(state(&report, "A"), CaseState::Waiting, "{report:#?}");
}

#[test]
fn a_bad_file_of_nobody_known_is_not_cleared_by_anothers() {
    let room = two_samples();
    for mate in [1, 2] {
        room.put(&format!("PX_S3_L003_R{mate}_001.fastq.gz"), fastq("HXA", 3, 9, mate));
        room.put(&format!("PB_S2_L003_R{mate}_001.fastq.gz"), fastq("HXA", 3, 9, mate));
    }
    room.list("");
    room.put("PX_S3_L003_R1_001.fastq.gz", "damaged");
    let report = room.scan();
    assert_eq!(code(&report, "PX_S3_L003_R1_001.fastq.gz"), "digest", "{report:#?}");
}

#[test]
fn the_right_lane_in_another_folder_clears_one_that_was_moved() {
    let mut room = two_samples();
    room.options.move_quarantined = Some(room.path("quarantine"));
    room.list("");
    let good = fs::read(room.path("inbox").join(lane_2("PA_S1", 1))).unwrap();
    room.put(&lane_2("PA_S1", 1), "damaged");
    assert_eq!(state(&room.scan(), "A"), CaseState::Waiting);
    room.put(&format!("again/{}", lane_2("PA_S1", 1)), good);
    room.list("again");
    let report = room.scan();
    assert_eq!(state(&report, "A"), CaseState::Written, "{report:#?}");
}

pub(crate) fn one_lane() -> Room {
    let room = Room::new(ONE);
    room.pair("P1_S1_L001_R{}_001.fastq.gz", "HXA", 1, 1);
    room.list("");
    room
}

#[test]
fn lanes_in_forms_that_are_not_taken_are_waited_for() {
    for name in [
        "P1_S1_L002_R1_001.fastq.ora",
        "P1_S1_L002_R1_001.fastq.bz2",
        "P1_S1_L002_R1_001.fastq.gz.gpg",
        "P1_L002.fastq.gz",
        "P1.L002.bam.c4gh",
        "P1/lane2.fastq.gz",
        "lane2.fastq.gz",
        "run.fq.part1.7z",
        "P1 _S1_L002_R1_001.fastq.gz",
    ] {
        for single in [false, true] {
            let mut room = one_lane();
            room.put(name, "x");
            if single {
                room.options.samples = Samples::Single;
            }
            let report = room.scan();
            let id = if single { "P1" } else { "C1" };
            // Of a folder below, a manifest tells; without one, nothing is near it.
            if !(single && name.contains('/')) {
                assert_eq!(state(&report, id), CaseState::Waiting, "{name}: {report:#?}");
            }
            assert_eq!(report.error_kind(true), Some(wgs_core::ErrorKind::InvalidInput));
        }
    }
}

#[test]
fn a_form_that_is_taken_clears_the_other() {
    for move_away in [false, true] {
        let mut room = one_lane();
        room.options.move_quarantined = move_away.then(|| room.path("quarantine"));
        for mate in [1, 2] {
            room.put(&format!("P1_S1_L002_R{mate}_001.fastq.ora"), format!("x{mate}"));
        }
        assert_eq!(state(&room.scan(), "C1"), CaseState::Waiting);
        room.pair("P1_S1_L002_R{}_001.fastq.gz", "HXA", 2, 2);
        room.options.without_checksums = true;
        let report = room.scan();
        assert_eq!(state(&report, "C1"), CaseState::Written, "{report:#?}");
        assert_eq!(room.case("C1").samples[0].read_groups.len(), 2);
    }
}

#[test]
fn files_of_others_hold_up_nobody() {
    let room = Room::new(TWO);
    room.pair("PA_1/PA_S1_L001_R{}_001.fastq.gz", "HXA", 1, 1);
    room.pair("PB_1/PB_S2_L001_R{}_001.fastq.gz", "HXA", 1, 2);
    room.pair("PX_S3_L001_R{}_001.fastq.gz", "HXA", 1, 3);
    room.put("Undetermined_S0_L001_R1_001.fastq.gz", fastq("HXA", 1, 9, 1));
    room.list("");
    room.put("PX_S3_L001_R1_001.fastq.gz", "damaged");
    room.put("Undetermined_S0_L001_R1_001.fastq.gz", "damaged");
    room.put("PB_1/run.fq.7z", "x");
    let report = room.scan();
    assert_eq!(code(&report, "PX_S3_L001_R1_001.fastq.gz"), "digest");
    assert_eq!(state(&report, "A"), CaseState::Written, "{report:#?}");
    assert_eq!(state(&report, "B"), CaseState::Waiting);
}

#[test]
fn folders_that_links_hide_are_waited_for() {
    for move_away in [false, true] {
        let mut room = one_lane();
        room.options.move_quarantined = move_away.then(|| room.path("quarantine"));
        fs::create_dir(room.path("inbox/.staging")).unwrap();
        symlink(".staging", room.path("inbox/lane2")).unwrap();
        for _ in 0..2 {
            let report = room.scan();
            assert_eq!(code(&report, "lane2"), "link");
            assert_eq!(state(&report, "C1"), CaseState::Waiting, "{report:#?}");
        }
        if !move_away {
            fs::remove_file(room.path("inbox/lane2")).unwrap();
        }
        room.pair("lane2/P1_S1_L002_R{}_001.fastq.gz", "HXA", 2, 2);
        room.list("lane2");
        assert_eq!(state(&room.scan(), "C1"), CaseState::Written);
    }
}

#[test]
fn lists_that_cannot_be_read_yet_hold_up_what_is_near() {
    let room = Room::new(TWO);
    room.pair("x/PA_S1_L001_R{}_001.fastq.gz", "HXA", 1, 1);
    room.pair("y/PB_S2_L001_R{}_001.fastq.gz", "HXA", 1, 2);
    room.list("x");
    room.list("y");
    let held = |room: &Room| {
        let report = room.scan();
        assert_eq!(state(&report, "B"), CaseState::Unchanged, "{report:#?}");
        assert_eq!(state(&report, "A"), CaseState::Waiting, "{report:#?}");
        case(&report, "A").reasons.join("\n")
    };
    assert_eq!(state(&room.scan(), "A"), CaseState::Written);
    room.put("x/more.md5", "d41d8cd98f00b204e9800998ecf8427e  PA_S1_L0");
    assert!(held(&room).contains("PA_S1_L0 is not there"));
    for text in ["", "d41d8cd98f00b204e9800998"] {
        room.put("x/more.md5", text);
        assert!(held(&room).contains("x/more.md5 is quarantined"));
    }
    fs::remove_file(room.path("inbox/x/more.md5")).unwrap();
    room.put("x/more.md5.part", "d41d8cd98f00b204e9800998");
    assert!(held(&room).contains("x/more.md5.part is being copied"));
    fs::remove_file(room.path("inbox/x/more.md5.part")).unwrap();

    // The list of one file is of whose the file is.
    room.put("PB_S2_L002_R1_001.fastq.gz.md5", "what is this");
    let report = room.scan();
    assert_eq!(state(&report, "A"), CaseState::Unchanged, "{report:#?}");
    assert_eq!(state(&report, "B"), CaseState::Waiting, "{report:#?}");
}

#[test]
fn a_list_that_has_not_settled_is_waited_for() {
    let mut room = one_lane();
    room.scan();
    room.put("lane2/md5.txt", "d41d8cd98f00b204e9800998ecf8427e  report.html\n");
    room.put("lane2/report.html", "");
    room.options.done_marker = Some("done".into());
    room.put("done", "");
    assert_eq!(state(&room.scan(), "C1"), CaseState::Unchanged);
    fs::rename(room.path("inbox/lane2/md5.txt"), room.path("inbox/more.md5")).unwrap();
    room.put("more.md5.tmp", "");
    let report = room.scan();
    assert_eq!(file(&report, "more.md5").state, FileState::Waiting, "{report:#?}");
    assert_eq!(state(&report, "C1"), CaseState::Waiting);
}

/// A list may lie beside the folders that it names files of.
#[test]
fn a_torn_list_holds_up_whom_it_names() {
    let room = Room::new(ONE);
    room.pair("reads/P1_S1_L001_R{}_001.fastq.gz", "HXA", 1, 1);
    let mut text = String::new();
    for mate in [1, 2] {
        let name = format!("P1_S1_L001_R{mate}_001.fastq.gz");
        let md5 = digest::md5_file(&room.path("inbox/reads").join(&name)).unwrap();
        text += &format!("{md5}  ../reads/{name}\n");
    }
    output::create_folder(&room.path("inbox/lists")).unwrap();
    room.put("lists/md5.txt", format!("{text}d41d8cd98f00b20"));
    assert_eq!(state(&room.scan(), "C1"), CaseState::Waiting);
    room.put("lists/md5.txt", &text);
    assert_eq!(state(&room.scan(), "C1"), CaseState::Written);
}

#[test]
fn several_barcodes_of_one_sample_are_several_lanes() {
    let room = Room::new("case,sample,role,delivered_as\nA,a,proband,pool\n");
    for barcode in 13..=16_u32 {
        for mate in [1, 2] {
            let name = format!("pool/V300012345_L01_{barcode}_{mate}.fq.gz");
            room.put(&name, fastq("V300012345", 1, barcode, mate));
        }
    }
    room.list("");
    let report = room.scan();
    assert_eq!(state(&report, "A"), CaseState::Written, "{report:#?}");
    let case = room.case("A");
    let ids: Vec<&str> =
        case.samples[0].read_groups.iter().map(|g| g.id.as_ref().unwrap().as_str()).collect();
    let expected = (13..=16).map(|barcode| format!("a.V300012345.1.{barcode}"));
    assert_eq!(ids, expected.collect::<Vec<_>>());
    fs::remove_file(room.path("inbox/pool/V300012345_L01_14_2.fq.gz")).unwrap();
    let reasons = case_reasons(&room);
    assert!(reasons.contains("lane 1, barcode 14 is not there"), "{reasons}");
}

fn case_reasons(room: &Room) -> String {
    case(&room.scan(), "A").reasons.join("\n")
}

#[test]
fn what_is_not_wanted_is_not_waited_for() {
    let mut room = Room::new("case,sample,role\nA,a,proband\n");
    room.options.take = Some(Take::Fastq);
    room.pair("a_{}.fq.gz", "HXA", 1, 1);
    room.put("a.sam", "@RG\tID:x\tSM:a\nr\t4\t*\t0\t0\t*\t*\t0\t0\tA\tF\n");
    room.put("b.bam", "x");
    room.list("");
    fs::remove_file(room.path("inbox/a.sam")).unwrap();
    fs::remove_file(room.path("inbox/b.bam")).unwrap();
    room.put("a.bam.part", "x");
    let report = room.scan();
    assert_eq!(state(&report, "A"), CaseState::Written, "{report:#?}");
    assert_eq!(report.error_kind(true), None);
    room.options.take = Some(Take::Alignments);
    assert_eq!(state(&room.scan(), "A"), CaseState::Waiting);
}
