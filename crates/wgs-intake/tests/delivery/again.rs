//! Scans after the first.

use std::{
    fs::{self, File, FileTimes},
    os::unix::fs::FileExt,
    sync::atomic::AtomicBool,
};

use wgs_core::ErrorKind;
use wgs_formats::output;
use wgs_intake::{CaseState, Intake, Samples, Silent};

use crate::room::{Room, case, files, state};

const ONE: &str = "case,sample,role,delivered_as\nC1,S1,proband,P1\n";

fn one_lane() -> Room {
    let room = Room::new(ONE);
    room.pair("P1_S1_L001_R{}_001.fastq.gz", "HXA", 1, 1);
    room.list("");
    room
}

#[test]
fn nothing_new_is_nothing_done() {
    let room = one_lane();
    assert!(!room.scan().is_unchanged());
    let before: Vec<_> = files(&room.path("cases"))
        .into_iter()
        .map(|path| (path.clone(), fs::metadata(path).unwrap().modified().unwrap()))
        .filter(|(path, _)| !path.ends_with("lock"))
        .collect();
    let report = room.scan();
    assert!(report.is_unchanged());
    assert_eq!((state(&report, "C1"), report.bytes_read), (CaseState::Unchanged, 0));
    for (path, modified) in before {
        assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), modified, "{path:?}");
    }
}

/// Whoever changes a file may set its size and time back, but not when that was done.
#[test]
fn what_was_changed_and_dated_back_is_read_again() {
    let room = one_lane();
    room.scan();
    let path = room.path("inbox/P1_S1_L001_R1_001.fastq.gz");
    let file = File::options().write(true).open(&path).unwrap();
    let modified = file.metadata().unwrap().modified().unwrap();
    file.write_all_at(b"X", 9).unwrap();
    file.set_times(FileTimes::new().set_modified(modified)).unwrap();
    let report = room.scan();
    assert_eq!(report.files_read, 1);
    assert_eq!(report.error_kind(true), Some(ErrorKind::InvalidInput));
}

#[test]
fn a_case_file_of_other_content_is_in_conflict() {
    let mut room = one_lane();
    room.scan();
    let path = room.path("cases/C1.toml");
    let text = fs::read_to_string(&path).unwrap();
    output::write(&path, format!("# my own words\n{text}")).unwrap();
    assert_eq!(state(&room.scan(), "C1"), CaseState::Unchanged, "it says the same");

    let edited = text.replace("sex = \"unknown\"", "sex = \"male\"");
    output::write(&path, &edited).unwrap();
    let report = room.scan();
    assert_eq!(state(&report, "C1"), CaseState::Conflict);
    assert!(case(&report, "C1").reasons[0].contains("something else of the same reads"));
    assert_eq!(report.error_kind(true), Some(ErrorKind::Configuration));
    assert_eq!(fs::read_to_string(&path).unwrap(), edited);

    room.pair("P1_S1_L002_R{}_001.fastq.gz", "HXA", 2, 2);
    room.list("");
    let report = room.scan();
    assert!(case(&report, "C1").reasons[0].contains("2 files have come"));
    room.options.replace = true;
    assert_eq!(state(&room.scan(), "C1"), CaseState::Replaced);
    assert_eq!(room.case("C1").samples[0].read_groups.len(), 2);
    assert_eq!(state(&room.scan(), "C1"), CaseState::Unchanged);
}

#[test]
fn two_intakes_refuse_each_other() {
    let room = one_lane();
    let mut first = Intake::open(room.options.clone()).unwrap();
    let error = Intake::open(room.options.clone()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission);
    first.scan(&AtomicBool::new(false), &Silent).unwrap();
    drop(first);
    assert!(room.scan().is_unchanged());
}

#[test]
fn a_scan_that_is_stopped_goes_on_later() {
    let room = one_lane();
    let mut intake = Intake::open(room.options.clone()).unwrap();
    let error = intake.scan(&AtomicBool::new(true), &Silent).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted);
    drop(intake);
    assert_eq!(state(&room.scan(), "C1"), CaseState::Written);
}

/// Whatever of the own files is lost or half written, the same case comes out.
#[test]
fn the_state_may_be_lost() {
    let room = one_lane();
    room.scan();
    let case_file = fs::read(room.path("cases/C1.toml")).unwrap();
    let journal = room.path("cases/intake/journal.jsonl");
    let whole = fs::read(&journal).unwrap();
    for length in (0..whole.len()).step_by(97) {
        output::write(&journal, &whole[..length]).unwrap();
        output::write(&room.path("cases/intake/.quarantine.tsv.partial-1"), "x").unwrap();
        fs::remove_file(room.path("cases/C1.toml")).unwrap();
        assert_eq!(state(&room.scan(), "C1"), CaseState::Written);
        assert_eq!(fs::read(room.path("cases/C1.toml")).unwrap(), case_file);
        assert!(!room.path("cases/intake/.quarantine.tsv.partial-1").exists());
    }
    assert_eq!(fs::read(&journal).unwrap().len(), whole.len());
}

#[test]
fn the_inbox_may_hold_what_the_intake_makes() {
    let mut room = one_lane();
    room.options.cases = room.path("inbox/cases");
    room.options.state = room.path("inbox/state");
    assert_eq!(state(&room.scan(), "C1"), CaseState::Written);
    assert!(room.scan().is_unchanged());
}

#[test]
fn errors_before_any_work() {
    let room = Room::new("case,sample,role\nA,a,boss\n");
    let kind = |room: &Room| Intake::open(room.options.clone()).unwrap_err().kind();
    assert_eq!(kind(&room), ErrorKind::Configuration);
    assert!(!room.path("cases").exists());
    let mut room = Room::new("");
    room.options.delivery = room.path("nowhere");
    assert_eq!(kind(&room), ErrorKind::NotFound);
    let mut room = Room::new("");
    room.options.samples = Samples::Manifest(room.path("nowhere"));
    assert_eq!(kind(&room), ErrorKind::NotFound);
}
