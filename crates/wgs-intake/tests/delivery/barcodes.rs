//! Reads of MGI, whose names tell flow cell, lane and barcode, and no sample.

use std::fs;

use wgs_formats::output;
use wgs_intake::{CaseState, Code, Problem, Report, Samples};

use crate::room::{Room, case, fastq, file, state};

fn problem<'a>(report: &'a Report, name: &str) -> &'a Problem {
    let problem = file(report, name).problem.as_ref();
    problem.unwrap_or_else(|| panic!("{name} in {report:#?}"))
}

fn reasons(room: &Room) -> String {
    case(&room.scan(), "A").reasons.join("\n")
}

#[test]
fn a_folder_of_several_barcodes_is_no_person() {
    let mut room = Room::new("");
    room.options.samples = Samples::Single;
    for barcode in 1..=3_u32 {
        room.pair(&format!("pool/V300012345_L01_{barcode}_{{}}.fq.gz"), "V300012345", 1, barcode);
        room.pair(&format!("P7/V300012345_L0{barcode}_42_{{}}.fq.gz"), "V300012345", barcode, 42);
    }
    room.list("");
    let report = room.scan();
    assert_eq!(state(&report, "P7"), CaseState::Written, "one barcode: {report:#?}");
    assert_eq!(state(&report, "pool"), CaseState::Waiting);
    assert!(!report.cases.iter().any(|case| case.case == "pool" && case.path.exists()));
    for barcode in 1..=3 {
        let problem = problem(&report, &format!("pool/V300012345_L01_{barcode}_2.fq.gz"));
        assert_eq!(problem.code, Code::Sample);
        assert!(problem.reason.contains("3 barcodes (1 to 3)"), "{}", problem.reason);
        assert!(problem.advice.contains("whose each barcode is"), "{}", problem.advice);
    }
}

#[test]
fn a_folder_named_after_flow_cell_lane_or_barcode_is_no_person() {
    for folder in ["L01", "L001", "lane1", "V300012345", "V300012345_L01", "7", "V300012345/L01"] {
        let mut room = Room::new("");
        room.options.samples = Samples::Single;
        room.pair(&format!("{folder}/V300012345_L01_7_{{}}.fq.gz"), "V300012345", 1, 1);
        room.list("");
        let report = room.scan();
        let problem = problem(&report, &format!("{folder}/V300012345_L01_7_1.fq.gz"));
        assert_eq!(problem.code, Code::Sample, "{folder}");
        assert!(problem.reason.contains("named after"), "{folder}: {}", problem.reason);
        assert!(report.cases.iter().all(|case| case.state == CaseState::Waiting), "{folder}");
    }
    let mut room = Room::new("");
    room.options.samples = Samples::Single;
    room.pair("day1/L01/V300012345_L01_read_{}.fq.gz", "V300012345", 1, 1);
    room.pair("day2/L01/V300012349_L01_read_{}.fq.gz", "V300012349", 1, 2);
    room.list("");
    assert!(room.scan().cases.iter().all(|case| case.state == CaseState::Waiting));
}

#[test]
fn lanes_that_one_barcode_lacks() {
    let manifest = |rows: &str| format!("case,sample,role,delivered_as,lane\n{rows}");
    let room = Room::new(&manifest("A,a,proband,pool,\n"));
    let put = |flow_cell: &str, lane: u32, barcode: u32| {
        for mate in [1, 2] {
            let name = format!("pool/{flow_cell}_L{lane:02}_{barcode}_{mate}.fq.gz");
            let seed = barcode + 100 * u32::from(flow_cell.ends_with('9'));
            room.put(&name, fastq(flow_cell, lane, seed, mate));
        }
        room.list("");
    };
    for lane in 1..=3 {
        put("V300012345", lane, 13);
    }
    put("V300012345", 1, 14);
    put("V300012345", 3, 14);
    put("V300012349", 1, 14);
    let found = reasons(&room);
    let lacking =
        ["2 of flow cell V300012345, barcode 14", "1 of flow cell V300012349, barcode 13"];
    for lacking in lacking {
        assert!(found.contains(&format!("lane {lacking} is not there")), "{found}");
    }
    assert_eq!(found.matches("is not there").count(), 2, "{found}");
    put("V300012345", 2, 14);
    put("V300012349", 1, 13);
    assert_eq!(reasons(&room), "");

    for mate in [1, 2] {
        let name = format!("inbox/pool/V300012345_L02_14_{mate}.fq.gz");
        fs::remove_file(room.path(&name)).unwrap();
    }
    room.list("");
    assert!(reasons(&room).contains("lane 2 of flow cell V300012345, barcode 14"));
    let rows: String = (1..=3).map(|lane| format!("A,a,proband,pool,L{lane}\n")).collect();
    output::write(&room.path("samples.csv"), manifest(&rows).as_bytes()).unwrap();
    assert!(!reasons(&room).contains("manifest can list"), "the manifest lists them");
}
