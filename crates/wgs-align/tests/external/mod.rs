//! Aligners that are other programs, and what they can do wrong.

use std::path::Path;

use crate::common::Case;
use wgs_align::{Engine, External, ExternalCommand, Request, align_sample};
use wgs_core::ErrorKind;
use wgs_formats::{
    alignment::{Header, Reader},
    output,
};

/// Prints the file {index}, and an unmapped record of each read.
const ALIGNER: &str = r#"
BEGIN { OFS = "\t"; while ((getline line < index_file) > 0) print line }
NR % 4 == 1 { name = substr($1, 2) }
NR % 4 == 2 { bases = $0 }
NR % 4 == 0 { print name, NR % 8 ? 77 : 141, "*", 0, 0, "*", "*", 0, 0, bases, $0 }
"#;

fn command(script: &str) -> ExternalCommand {
    let text = |list: &[&str]| list.iter().map(|&s| s.to_owned()).collect();
    ExternalCommand {
        name: "fake".into(),
        command: text(&["awk", "-v", "index_file={index}", script]),
        version: text(&["echo", "Version: 7"]),
        index: None,
    }
}

fn request<'a>(
    case: &'a Case,
    out: &'a Path,
    program: &'a External,
    threads: usize,
) -> Request<'a> {
    Request {
        aligner: Engine::External(program),
        threads,
        memory_bytes: 4 << 30,
        ..case.request(out)
    }
}

fn open(case: &Case, script: &str) -> External {
    let header = case.path("header.sam");
    output::write(&header, Header::new(case.genome.contigs().clone()).to_text()).unwrap();
    External::open(&command(script), &header, &case.genome, 1).unwrap()
}

#[test]
fn records_of_a_program_become_the_sample() {
    let case = Case::new(3, 3.0);
    let program = open(&case, ALIGNER);
    let mut bytes = Vec::new();
    for threads in [1, 3] {
        let out = case.path(&format!("{threads}.bam"));
        let summary = align_sample(&request(&case, &out, &program, threads)).unwrap();
        assert_eq!(summary.records as usize, 2 * case.pairs.len());
        assert!(summary.insert_sizes.is_empty());
        let reader = Reader::open(&out, Some(&case.genome)).unwrap();
        let engine = &reader.header().programs()[0];
        assert_eq!(engine.version.as_deref(), Some("7"));
        assert!(engine.command_line.as_ref().unwrap().starts_with("awk -v index_file={index}"));
        let mut names: Vec<_> = reader.map(|r| r.unwrap().name().to_vec()).collect();
        names.dedup();
        assert_eq!(names.len(), case.pairs.len());
        bytes.push(std::fs::read(&out).unwrap());
    }
    assert!(bytes[0] == bytes[1], "the threads change bytes");
}

#[test]
fn what_goes_wrong_is_said_and_leaves_nothing() {
    let case = Case::new(3, 3.0);
    let (main, records) = ALIGNER.split_once("NR % 4 == 0").unwrap();
    let with = |rules: &str| format!("{main}{rules}\nNR % 4 == 0{records}");
    let cases = [
        ("NR == 2000 { print \"oh no\" > \"/dev/stderr\"; exit 3 }", "exit status: 3", "oh no"),
        ("NR == 2000 { exit 0 }", "ended with success, but not all is there", ""),
        ("NR == 2000 { printf \"half\"; exit 0 }", "ends within a line", ""),
        ("NR == 3 { exit 0 }", "not all is there", ""),
        ("NR == 2000 { next }", "1 primary records", ""),
        ("NR > 2000 && NR <= 2008 { next }", "no record of", ""),
        ("NR % 4 == 0 && NR > 2000 && NR <= 2008 { name = \"other\" }", "went on with other", ""),
        (
            "NR == 2000 { print name, 141, \"*\", 0, 0, \"*\", \"*\", 0, 0, bases, $0 }",
            "reordered",
            "",
        ),
        ("NR == 2000 { bases = bases \"A\"; $0 = $0 \"I\" }", "number of bases", ""),
        ("NR == 2000 { print \"junk\" }", "columns", ""),
        (
            "END { print \"r\", 4, \"*\", 0, 0, \"*\", \"*\", 0, 0, \"A\", \"I\" }",
            "after the last",
            "",
        ),
        ("END { exit 1 }", "exit status: 1", ""),
    ];
    for (rules, reason, said) in cases {
        let program = open(&case, &with(rules));
        for threads in [1, 2] {
            let folder = case.path("out");
            output::create_folder(&folder).unwrap();
            let error = align_sample(&request(&case, &folder.join("x.cram"), &program, threads));
            let error = error.unwrap_err();
            assert!(
                matches!(error.kind(), ErrorKind::TaskFailed | ErrorKind::InvalidInput),
                "{rules}: {error}"
            );
            assert!(error.to_string().contains(reason), "{rules}: {error}");
            assert!(error.hint_text().unwrap().contains(said), "{rules}: {error}");
            assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0, "{rules}");
        }
    }
}

#[test]
fn a_header_of_another_genome_is_refused() {
    let case = Case::new(3, 1.0);
    let program = open(&case, ALIGNER);
    let header = case.path("header.sam");
    output::write(&header, "@SQ\tSN:chr9\tLN:17\n").unwrap();
    let out = case.path("x.cram");
    let error = align_sample(&request(&case, &out, &program, 1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ReferenceMismatch, "{error}");
    assert!(!out.exists());
}

#[test]
fn a_program_that_cannot_be_started_is_named() {
    let case = Case::new(3, 1.0);
    let mut missing = command(ALIGNER);
    missing.command[0] = "/no/such/aligner".into();
    let program = External::open(&missing, Path::new("x"), &case.genome, 1).unwrap();
    let out = case.path("x.cram");
    let error = align_sample(&request(&case, &out, &program, 1)).unwrap_err();
    assert!(error.to_string().starts_with("/no/such/aligner: failed to start"), "{error}");
}
