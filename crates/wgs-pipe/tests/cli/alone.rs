//! Every stage alone.

use std::fs;

use wgs_formats::{
    alignment::{Reader as AlignmentReader, Record},
    fastq::ReadReader,
    genome::Genome,
    variant::Reader,
};

use crate::room::Room;

const R1: &str = "data/reads/NA-demo_L001_R1.fastq.gz";
const R2: &str = "data/reads/NA-demo_L001_R2.fastq.gz";

#[test]
fn from_reads_to_report_step_by_step() {
    let room = Room::new();
    room.ok(["qc", R1, R2, "--out", "qc", "--name", "lane1"]);
    room.ok(["align", R1, R2, "--bundle", "bundle", "--sample", "S1", "--out", "S1.cram"]);
    room.ok(["call", "S1.cram", "--bundle", "bundle", "--out", "S1.vcf.gz", "--sex", "female"]);
    room.ok(["annotate", "S1.vcf.gz", "--bundle", "bundle", "--out", "annotated.vcf.gz"]);
    room.ok(["metrics", "S1.cram", "--bundle", "bundle", "--out", "qc"]);
    room.ok(["metrics", "annotated.vcf.gz", "--bundle", "bundle", "--out", "qc"]);
    room.ok([
        "report",
        "--case",
        "C1",
        "--vcf",
        "annotated.vcf.gz",
        "--out",
        "report",
        "--qc",
        "qc/lane1.fastq.json",
        "qc/S1.alignment.json",
        "qc/S1.coverage.json",
    ]);
    let calls = Reader::open(room.path("annotated.vcf.gz")).unwrap();
    assert_eq!(calls.header().samples(), ["S1"]);
    assert!(calls.count() > 100);
    assert!(room.path("qc/annotated.variants.tsv").exists());
    assert!(fs::read_to_string(room.path("report/report.html")).unwrap().contains("C1"));
}

#[test]
fn qc_writes_document_table_and_modules() {
    let room = Room::new();
    let mut reads = ReadReader::open(room.path(R1)).unwrap();
    while reads.read().unwrap().is_some() {}
    let reads = reads.count().to_string();
    let outputs = |out: &str, threads: &str| {
        room.ok(["qc", R1, R2, "--out", out, "--name", "lane1", "--threads", threads]);
        let files = [
            "lane1.fastq.json",
            "lane1.fastq.tsv",
            "lane1_R1_fastqc/fastqc_data.txt",
            "lane1_R2_fastqc/fastqc_data.txt",
        ];
        files.map(|file| fs::read_to_string(room.path(&format!("{out}/{file}"))).unwrap())
    };
    let [json, table, r1, r2] = outputs("qc1", "1");
    let document: serde_json::Value = serde_json::from_str(&json).unwrap();
    let counted = ["r1", "r2"].map(|mate| document["read_groups"][0][mate]["reads"].to_string());
    assert_eq!(counted.each_ref(), [&reads, &reads]);
    let mut rows = table.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let column = rows.next().unwrap().iter().position(|name| *name == "reads").unwrap();
    assert_eq!(rows.map(|row| row[column]).collect::<Vec<_>>(), [&reads, &reads]);
    for modules in [&r1, &r2] {
        assert!(modules.contains(&format!("Total Sequences\t{reads}\n")));
    }
    assert_eq!(outputs("qc4", "4"), [json, table, r1, r2]);
}

#[test]
fn calls_keep_to_regions() {
    let room = Room::new();
    room.ok(["align", R1, R2, "--bundle", "bundle", "--sample", "S1", "--out", "S1.bam"]);
    wgs_formats::output::write(&room.path("r.bed"), "chr1\t10000\t30000\n").unwrap();
    room.ok(["call", "S1.bam", "--bundle", "bundle", "--out", "part.vcf.gz", "--regions", "r.bed"]);
    room.ok(["call", "S1.bam", "--bundle", "bundle", "--out", "all.vcf.gz"]);
    let lines = |name: &str| -> Vec<String> {
        let records = Reader::open(room.path(name)).unwrap().map(Result::unwrap);
        records.map(|r| format!("{r:?}")).collect()
    };
    let inside = |name: &str| -> Vec<u32> {
        let records = Reader::open(room.path(name)).unwrap().map(Result::unwrap);
        let inside =
            records.filter(|r| r.contig == "chr1" && (10_001..=30_000).contains(&r.position.get()));
        inside.map(|r| r.position.get()).collect()
    };
    let part = inside("part.vcf.gz");
    assert!(!part.is_empty());
    assert_eq!(part.len(), lines("part.vcf.gz").len(), "calls outside the regions");
    assert_eq!(part, inside("all.vcf.gz"));
}

#[test]
fn a_calibration_is_made_of_any_file_and_taken_by_calls() {
    let room = Room::new();
    room.ok(["align", R1, R2, "--bundle", "bundle", "--sample", "S1", "--out", "S1.bam"]);
    let made = |out: &str, threads: &str| {
        room.ok(["metrics", "S1.bam", "--bundle", "bundle", "--out", out, "--threads", threads]);
        fs::read_to_string(room.path(&format!("{out}/S1.calibration.json"))).unwrap()
    };
    assert_eq!(made("qc1", "1"), made("qc2", "2"));
    let called = |out: &str, more: &[&str]| {
        room.ok([&["call", "S1.bam", "--bundle", "bundle", "--out", out], more].concat());
        fs::read(room.path(out)).unwrap()
    };
    let calibration = ["--calibration", "qc1/S1.calibration.json"];
    let with = called("with.vcf.gz", &[&calibration[..], &["--threads", "1"]].concat());
    assert_eq!(with, called("again.vcf.gz", &[&calibration[..], &["--threads", "2"]].concat()));
    assert_ne!(with, called("without.vcf.gz", &[]));
    let passed = |name: &str| {
        let records = Reader::open(room.path(name)).unwrap().map(Result::unwrap);
        records.filter(|r| r.filters.is_pass()).count() as f64
    };
    let ratio = passed("with.vcf.gz") / passed("without.vcf.gz");
    assert!((0.98..1.02).contains(&ratio), "{ratio}");
}

#[test]
fn conversions_keep_every_record() {
    let room = Room::new();
    room.ok(["align", R1, R2, "--bundle", "bundle", "--sample", "S1", "--out", "a.bam"]);
    for (from, to) in [("a.bam", "b.cram"), ("b.cram", "c.sam"), ("c.sam", "d.bam")] {
        room.ok(["convert", from, "--bundle", "bundle", "--out", to]);
    }
    let genome = Genome::open(room.path("bundle/genome/genome.fa")).unwrap();
    let records = |name: &str| -> Vec<Record> {
        AlignmentReader::open(room.path(name), Some(&genome)).unwrap().map(Result::unwrap).collect()
    };
    let (first, last) = (records("a.bam"), records("d.bam"));
    assert_eq!(first.len(), last.len());
    for (a, b) in first.iter().zip(&last) {
        assert_eq!(
            (a.name(), a.flags(), a.start(), a.bases(), a.quals(), a.template_length()),
            (b.name(), b.flags(), b.start(), b.bases(), b.quals(), b.template_length())
        );
    }
    room.ok([
        "convert",
        "b.cram",
        "--bundle",
        "bundle",
        "--region",
        "chr2:1000-2000",
        "--out",
        "part.sam",
    ]);
    let part = records("part.sam");
    assert!(!part.is_empty() && part.len() < first.len() / 10);
}

#[test]
fn an_old_alignment_is_aligned_anew() {
    let room = Room::new();
    room.ok([
        "align",
        R1,
        R2,
        "--bundle",
        "bundle",
        "--sample",
        "S1",
        "--read-group",
        "L1",
        "--out",
        "old.bam",
    ]);
    room.ok(["align", "old.bam", "--bundle", "bundle", "--sample", "S1", "--out", "new.cram"]);
    let genome = Genome::open(room.path("bundle/genome/genome.fa")).unwrap();
    let primary = |name: &str| {
        let reader = AlignmentReader::open(room.path(name), Some(&genome)).unwrap();
        assert_eq!(reader.header().read_groups()[0].id, "L1");
        let records = reader.map(Result::unwrap);
        records.filter(|r| !r.flags().is_secondary() && !r.flags().is_supplementary()).count()
    };
    assert_eq!(primary("old.bam"), primary("new.cram"));
}

#[test]
fn schemas_completions_and_man_pages() {
    let room = Room::new();
    for of in ["case", "report"] {
        let schema: serde_json::Value = serde_json::from_str(&room.ok(["schema", of])).unwrap();
        assert!(schema["properties"].is_object());
    }
    assert!(room.ok(["completions", "bash"]).contains("wgs-pipe"));
    room.ok(["man", "--out", "man"]);
    assert!(room.path("man/wgs-pipe-run.1").exists());
    assert!(room.ok(["doctor", "--bundle", "bundle"]).contains("every digest right"));
}
