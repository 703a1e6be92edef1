//! What is taken.

use std::{fs, os::unix::fs::symlink};

use wgs_intake::{CaseState, FileState, SampleState, Samples, Take};
use wgs_task::case::{CaseKind, Reads, Role};

use crate::room::{Room, case, fastq, file, sample, state};

const SINGLE: &str = "case,sample,role,sex,delivered_as,library\nC1,S1,proband,female,P1,lib1\n";

#[test]
fn lanes_of_illumina_become_a_case() {
    let room = Room::new(SINGLE);
    for lane in 1..=3 {
        room.pair(&format!("P1_S4_L00{lane}_R{{}}_001.fastq.gz"), "HXA", lane, lane);
    }
    room.put("Undetermined_S0_L001_R1_001.fastq.gz", fastq("HXA", 1, 99, 1));
    room.list("");
    let report = room.scan();
    assert_eq!(state(&report, "C1"), CaseState::Written);
    assert_eq!(report.error_kind(true), None);
    assert_eq!(report.files_read, 7);

    let case = room.case("C1");
    assert_eq!(case.kind, CaseKind::Germline);
    let groups = &case.samples[0].read_groups;
    let ids: Vec<_> = groups.iter().map(|g| g.id.as_ref().unwrap().as_str()).collect();
    assert_eq!(ids, ["S1.lib1.HXA.1", "S1.lib1.HXA.2", "S1.lib1.HXA.3"]);
    assert_eq!((groups[1].lane.as_deref(), groups[1].unit.as_deref()), (Some("2"), Some("HXA.2")));
    let Reads::Pairs { r1, r1_expected, r2_expected, .. } = &groups[2].reads else { panic!() };
    assert_eq!(*r1, room.path("inbox/P1_S4_L003_R1_001.fastq.gz"));
    let of_file = wgs_formats::digest::sha256_file(r1).unwrap();
    assert_eq!(r1_expected.sha256.as_ref(), Some(&of_file));
    assert_eq!(r1_expected.md5, Some(wgs_formats::digest::md5_file(r1).unwrap()));
    assert!(r2_expected.md5.is_some());
}

#[test]
fn a_family_waits_until_all_are_there() {
    let room = Room::new(
        "case,sample,role,sex,delivered_as\nF,kid,proband,male,K-1\nF,dad,father,,D-1\n\
         F,mum,mother,,M-1\n",
    );
    room.pair("day1/K-1_{}.fq.gz", "HXA", 1, 1);
    room.pair("day1/D-1_{}.fq.gz", "HXA", 1, 2);
    room.list("day1");
    let report = room.scan();
    assert_eq!(state(&report, "F"), CaseState::Waiting);
    assert_eq!(case(&report, "F").reasons, ["mum: nothing of M-1 is there"]);
    assert_eq!(sample(&report, "kid").state, SampleState::Complete);
    assert_eq!(report.error_kind(true), Some(wgs_core::ErrorKind::NotFound));
    assert!(!room.path("cases/F.toml").exists());
    room.pair("day2/M-1_{}.fq.gz", "HXA", 1, 3);
    room.list("day2");
    let report = room.scan();
    assert_eq!((state(&report, "F"), report.files_read), (CaseState::Written, 2));
    let case = room.case("F");
    let roles: Vec<Role> = case.samples.iter().map(|s| s.role).collect();
    assert_eq!(roles, [Role::Proband, Role::Father, Role::Mother]);
    assert_eq!(case.samples[2].read_groups[0].id.as_ref().unwrap().as_str(), "mum.HXA.1");
}

#[test]
fn names_of_many_providers() {
    let room = Room::new(
        "case,sample,role,delivered_as\nA,a,proband,MGI-A\nB,b,proband,V300012345_L02_12\n\
         N,n,proband,N1\nX,x,proband,X1_S2\nY,y,proband,pool/\n\
         Z,z,proband,Z_S9\n",
    );
    let mgi = |lane: u32, seed: u32, mate: u32| {
        let name = format!("V300012345L{lane}C001R00100{seed:05}/{mate}");
        format!("@{name}\nACGT\n+\nFFFF\n")
    };
    for mate in [1, 2] {
        room.put(&format!("MGI-A/V300012345_L01_read_{mate}.fq"), mgi(1, 1, mate));
        room.put(&format!("V300012345_L02_12_{mate}.fq"), mgi(2, 2, mate));
        let novogene = format!("01.RawData/N1/N1_FKDL21-1a_HJ7LCDSX2_L3_{mate}.fq.gz");
        room.put(&novogene, fastq("HJ7LCDSX2", 3, 3, mate));
        room.put(&format!("X1_S2_R{mate}_001.fastq.gz"), fastq("HXB", 1, 4, mate));
        room.put(&format!("Z_S9_L004_R{mate}_001.fastq.gz"), fastq("HXB", 4, 7, mate));
        room.put(&format!("X1_S2_R{mate}_002.fastq.gz"), fastq("HXB", 2, 5, mate));
        room.put(&format!("pool/R{mate}.fastq.gz"), fastq("HXC", 1, 6, mate));
    }
    room.list("");
    let report = room.scan();
    for id in ["A", "B", "N", "X", "Y", "Z"] {
        assert_eq!(state(&report, id), CaseState::Written, "{report:#?}");
    }
    let of_mgi = &room.case("A").samples[0].read_groups[0];
    assert_eq!(of_mgi.platform.as_deref(), Some("DNBSEQ"));
    assert_eq!(of_mgi.unit.as_deref(), Some("V300012345.1"));
    let chunks: Vec<String> = room.case("X").samples[0]
        .read_groups
        .iter()
        .map(|g| g.id.as_ref().unwrap().to_string())
        .collect();
    assert_eq!(chunks, ["x.HXB.1", "x.HXB.2.002"]);
}

#[test]
fn alignments_with_the_sample_in_their_header() {
    let room = Room::new("case,sample,role,delivered_as\nA,a,proband,P1\nB,b,proband,b\n");
    let sam = |sample: &str, id: &str| {
        format!("@RG\tID:{id}\tSM:{sample}\nr\t4\t*\t0\t0\t*\t*\t0\t0\tA\tF\n")
    };
    room.put("P1.unmapped.sam", sam("P1", "x"));
    room.put("b.sam", sam("b", "y"));
    room.put("b.L2.sam", sam("b", "z"));
    room.list("");
    let report = room.scan();
    assert_eq!(report.error_kind(true), None, "{report:#?}");
    let renamed = &room.case("A").samples[0].read_groups[0];
    assert_eq!(renamed.id.as_ref().unwrap().as_str(), "a.P1.unmapped");
    let kept = &room.case("B").samples[0].read_groups;
    assert!(kept.len() == 2 && kept.iter().all(|group| group.id.is_none()));

    room.put("b.sam", sam("c", "y").replace('A', "C"));
    room.put("P1.x.sam", sam("P1", "x").replace('A', "C"));
    room.list("");
    let report = room.scan();
    let why = |name: &str| file(&report, name).problem.as_ref().unwrap().reason.clone();
    assert!(why("b.sam").contains("read groups are of c"), "{}", why("b.sam"));
    assert!(why("P1.x.sam").contains("read group x"), "{}", why("P1.x.sam"));
    assert_eq!(state(&report, "A"), CaseState::Waiting);
}

#[test]
fn nobody_is_made_up() {
    let mut room = Room::new("");
    room.pair("P1_S1_L001_R{}_001.fastq.gz", "HXA", 1, 1);
    room.pair("V300012345_L01_7_{}.fq.gz", "V300012345", 1, 2);
    room.list("");
    let report = room.scan();
    assert!(report.cases.is_empty());
    assert_eq!(report.error_kind(false), None);
    assert_eq!(report.error_kind(true), Some(wgs_core::ErrorKind::Configuration));
    assert_eq!(sample(&report, "P1").state, SampleState::Unassigned);

    room.options.samples = Samples::Single;
    let report = room.scan();
    assert_eq!(report.cases.len(), 1, "the name of the other tells no sample");
    assert_eq!(report.error_kind(true), Some(wgs_core::ErrorKind::Configuration));
    let case = room.case("P1");
    assert_eq!((case.kind, case.samples[0].role), (CaseKind::Germline, Role::Proband));
}

#[test]
fn reads_in_two_forms_are_not_taken_twice() {
    let mut room = Room::new("case,sample,role\nA,a,proband\n");
    room.pair("a_{}.fq.gz", "HXA", 1, 1);
    room.put("a.sam", "@RG\tID:x\tSM:a\nr\t4\t*\t0\t0\t*\t*\t0\t0\tA\tF\n");
    room.list("");
    let report = room.scan();
    assert_eq!(state(&report, "A"), CaseState::Waiting);
    assert!(case(&report, "A").reasons[0].contains("--take"));
    room.options.take = Some(Take::Fastq);
    assert_eq!(state(&room.scan(), "A"), CaseState::Written);
    assert_eq!(room.case("A").samples[0].read_groups.len(), 1);
}

#[test]
fn lanes_that_the_manifest_lists() {
    let header = "case,sample,role,delivered_as,lane\n";
    let room = Room::new(&format!("{header}A,a,proband,P,1\nA,a,proband,P,L004\n"));
    room.pair("P_S1_L001_R{}_001.fastq.gz", "HXA", 1, 1);
    room.list("");
    let report = room.scan();
    assert_eq!(case(&report, "A").reasons, ["a: nothing of lane L004 of P is there"]);
    room.pair("P_S1_L004_R{}_001.fastq.gz", "HXA", 4, 2);
    room.list("");
    let report = room.scan();
    assert_eq!(state(&report, "A"), CaseState::Written, "lanes 2 and 3 are not of the sample");
    room.pair("P_S1_L002_R{}_001.fastq.gz", "HXA", 2, 3);
    room.list("");
    let report = room.scan();
    assert_eq!(crate::room::code(&report, "P_S1_L002_R1_001.fastq.gz"), "sample");
    assert_eq!(state(&report, "A"), CaseState::Waiting);
}

#[test]
fn links_within_a_delivery_are_other_names() {
    let room = Room::new("case,sample,role\nA,a,proband\n");
    room.pair("store/a_{}.fq.gz", "HXA", 1, 1);
    fs::create_dir(room.path("inbox/by-sample")).unwrap();
    for mate in [1, 2] {
        let link = room.path(&format!("inbox/by-sample/a_{mate}.fq.gz"));
        symlink(format!("../store/a_{mate}.fq.gz"), link).unwrap();
    }
    room.list("by-sample");
    let report = room.scan();
    assert_eq!(state(&report, "A"), CaseState::Written, "{report:#?}");
    assert_eq!(report.files.iter().filter(|f| f.state == FileState::Accepted).count(), 2);
}
