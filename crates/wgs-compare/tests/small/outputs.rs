//! What is written.

use std::{fs, path::Path};

use wgs_compare::compare_into;
use wgs_formats::variant::Reader;
use wgs_testkit::Random;

use crate::fixture::{Fixture, vcf};

/// Names and bytes of the files of a folder.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entry = |e: std::io::Result<fs::DirEntry>| {
        let e = e.unwrap();
        (e.file_name().into_string().unwrap(), fs::read(e.path()).unwrap())
    };
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(entry).collect();
    files.sort();
    files
}

fn example() -> (Fixture, wgs_compare::Request) {
    let fixture = Fixture::random(9, 60_000);
    let mut random = Random::new(9, "variants");
    let truth = fixture.variants(&mut random, 2..3000);
    let mut calls = fixture.variants(&mut random, 1000..9000);
    calls.extend(truth.iter().filter(|v| v.start % 5 != 0).cloned());
    let mut request = fixture.request(&vcf(&truth), &vcf(&calls));
    request.strata = vec![("half".into(), fixture.write("half.bed", "c\t0\t30000\n"))];
    (fixture, request)
}

#[test]
fn bytes_do_not_depend_on_threads_and_older_files_are_replaced() {
    let (fixture, mut request) = example();
    let out = fixture.folder.path().join("out");
    let mut before: Option<Vec<(String, Vec<u8>)>> = None;
    for threads in [1, 2, 5] {
        request.threads = threads;
        compare_into(&request, &out).unwrap();
        let now = files(&out);
        let names: Vec<&str> = now.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            [
                "annotated.vcf.gz",
                "annotated.vcf.gz.tbi",
                "report.html",
                "roc.tsv",
                "stratified.tsv",
                "summary.json",
                "summary.tsv"
            ]
        );
        if let Some(before) = before {
            assert!(before == now, "{threads} threads");
        }
        before = Some(now);
    }
}

#[test]
fn tables_and_records_tell_the_same_counts() {
    let (fixture, request) = example();
    let out = fixture.folder.path().join("out");
    let summary = compare_into(&request, &out).unwrap();
    let all = summary.of("ALL").unwrap().counts;
    assert!(all.tp > 10 && all.fp > 3 && all.fn_ > 3);

    let text = fs::read_to_string(out.join("summary.tsv")).unwrap();
    assert!(text.starts_with("type\ttp\tfp\tfn\tprecision\trecall\tf1\t"), "{text}");
    let row = text.lines().find(|line| line.starts_with("ALL\t")).unwrap();
    assert!(row.starts_with(&format!("ALL\t{}\t{}\t{}\t", all.tp, all.fp, all.fn_)), "{row}");

    let mut counted = [0; 4];
    for record in Reader::open(out.join("annotated.vcf.gz")).unwrap() {
        let record = record.unwrap();
        let [truth, call] = [0, 1].map(|sample| record.sample_value(sample, "BD"));
        match (truth, call) {
            (Some("TP"), None) => counted[0] += 1,
            (None, Some("TP")) => counted[1] += 1,
            (None, Some("FP")) => counted[2] += 1,
            (Some("FN"), None) => counted[3] += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(counted, [all.tp, all.tp_call, all.fp, all.fn_]);

    let json: serde_json::Value =
        serde_json::from_slice(&fs::read(out.join("summary.json")).unwrap()).unwrap();
    assert_eq!(json["types"][2]["fn"], all.fn_);
    assert_eq!(json["inputs"][0]["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(json["options"]["level"], "genotype");

    let half = &summary.strata[0].types[2].counts;
    assert!(half.tp > 0 && half.tp < all.tp);
    let page = fs::read_to_string(out.join("report.html")).unwrap();
    assert!(page.contains("<svg") && page.contains("In half") && !page.contains("://"));
}

#[test]
fn curves_end_at_all_calls() {
    let (_fixture, request) = example();
    let summary = wgs_compare::compare(&request).unwrap();
    let all = summary.of("ALL").unwrap().counts;
    let curve = summary.curves.iter().find(|curve| curve.name == "ALL").unwrap();
    let last = curve.points.last().unwrap();
    assert_eq!((last.tp.round() as u64, last.fp), (all.tp, all.fp));
}
