//! `call` and `why` on what cannot be called: each is refused with its own message and the exit code
//! of its class, and leaves no file.

use std::fs;

use crate::room::Room;

const R1: &str = "data/reads/NA-demo_L001_R1.fastq.gz";
const R2: &str = "data/reads/NA-demo_L001_R2.fastq.gz";

fn aligned(room: &Room, name: &str) {
    room.ok(["align", R1, R2, "--bundle", "bundle", "--sample", "S1", "--out", name]);
}

/// `call` of a file fails with a code and a message that holds all of the parts, and a hint where
/// there is one.
fn refused(room: &Room, code: i32, args: &[&str], parts: &[&str]) {
    let mut all = vec!["call"];
    all.extend(args);
    all.extend(["--bundle", "bundle", "--out", "out/x.vcf.gz"]);
    let error = room.fails(code, all);
    for part in parts {
        assert!(error.contains(part), "{part:?} is not in {error:?}");
    }
    assert_eq!(room.made("out"), [""; 0]);
}

#[test]
fn regions_that_are_none() {
    let room = Room::new();
    fs::create_dir(room.path("out")).unwrap();
    aligned(&room, "S1.cram");
    let with = |code, bed: &str, parts: &[&str]| {
        room.put("r.bed", bed);
        refused(&room, code, &["S1.cram", "--regions", "r.bed"], parts);
    };
    with(6, "", &["r.bed", "holds no region"]);
    with(6, "# nothing\n\nchr1\t10\t10\n", &["r.bed", "holds no region"]);
    with(8, "chr1\t5\t10\nchr1\t10\t999999999\n", &["r.bed", "line 2", "chr1 has only"]);
    with(8, "chr1\t5\t10\n17\t10\t20\n", &["r.bed", "line 2", "\"17\" is not in the reference"]);
    with(6, "chr1\t50\t10\n", &["r.bed", "line 1"]);
    with(6, "chr1\tten\t20\n", &["r.bed", "line 1", "CONTIG, START and END"]);
    refused(&room, 2, &["S1.cram", "--padding", "10"], &["--regions"]);
}

#[test]
fn indices_and_reads_that_do_not_belong_together() {
    let room = Room::new();
    fs::create_dir(room.path("out")).unwrap();
    aligned(&room, "S1.cram");
    aligned(&room, "S1.bam");
    for (name, index) in [("S1.cram", "S1.cram.crai"), ("S1.bam", "S1.bam.bai")] {
        let whole = fs::read(room.path(name)).unwrap();
        let kept = fs::read(room.path(index)).unwrap();
        fs::remove_file(room.path(index)).unwrap();
        refused(&room, 4, &[name], &[name, "has no index", "samtools index"]);
        room.put(index, "nonsense");
        refused(&room, 6, &[name], &[index]);
        room.put(index, &kept);
        // Cut within the last data.
        room.put(name, &whole[..whole.len() * 9 / 10]);
        refused(&room, 7, &[name], &[name]);
        room.put(name, &whole);
    }
    // The index of the same reads in the other format's file, and of an older file.
    for (name, reads) in [("half_R1.fastq", R1), ("half_R2.fastq", R2)] {
        let half: String = room.text(reads).lines().take(2_000).map(|l| format!("{l}\n")).collect();
        room.put(name, half);
    }
    for out in ["half.cram", "half.bam"] {
        let align = ["align", "half_R1.fastq", "half_R2.fastq", "--bundle", "bundle"];
        room.ok(align.into_iter().chain(["--sample", "S1", "--out", out]));
    }
    for (index, other) in [("S1.cram.crai", "half.cram.crai"), ("S1.bam.bai", "half.bam.bai")] {
        fs::copy(room.path(other), room.path(index)).unwrap();
        let name = index.rsplit_once('.').unwrap().0;
        refused(&room, 6, &[name], &[index, "is not the index of", "samtools index"]);
    }
}

#[test]
fn a_filter_model_of_ones_own() {
    let room = Room::new();
    fs::create_dir(room.path("out")).unwrap();
    aligned(&room, "S1.cram");
    let doubting = serde_json::json!({
        "format": 1,
        "name": "doubting-1",
        "snv": {"intercept": -9.0, "min_probability": 0.5, "terms": []},
        "indel": {"intercept": -9.0, "min_probability": 0.5, "terms": []},
    });
    let text = serde_json::to_string_pretty(&doubting).unwrap() + "\n";
    room.put("model.json", &text);
    let model = ["--bundle", "bundle", "--filter-model", "model.json", "--out"];
    let call = ["call", "S1.cram", "--sex", "female", "--gvcf", "S1.g.vcf.gz"];
    room.ok(call.into_iter().chain(model).chain(["S1.vcf.gz"]));
    room.ok(["joint", "S1.g.vcf.gz"].into_iter().chain(model).chain(["joint.vcf.gz"]));
    for name in ["S1.vcf.gz", "joint.vcf.gz"] {
        let text = room.text(name);
        let line = "##filterModel=<ID=doubting-1,SHA256=";
        assert!(text.contains(line), "{text}");
        let mut records = text.lines().filter(|l| !l.starts_with('#') && !l.starts_with("chrM"));
        assert!(
            records.clone().count() > 10 && records.all(|l| l.contains("\tLowQual\t")),
            "{text}"
        );
    }
    let with = |code, content: &str, reason: &str| {
        room.put("m.json", content);
        refused(&room, code, &["S1.cram", "--filter-model", "m.json"], &["m.json", reason]);
        let joint = ["joint", "S1.g.vcf.gz", "--bundle", "bundle", "--out", "out/j.vcf.gz"];
        let error = room.fails(code, joint.into_iter().chain(["--filter-model", "m.json"]));
        assert!(error.contains("m.json") && error.contains("train-filters"), "{error}");
        assert_eq!(room.made("out"), [""; 0]);
    };
    with(6, &text[..text.len() - 9], "EOF");
    with(6, "", "EOF");
    with(6, &text.replace("\"format\": 1", "\"format\": 2"), "is of format 2; expected 1");
    with(6, "{\"samples\": []}", "unknown field");
    with(6, "##fileformat=VCFv4.3\n", "expected value");
    refused(&room, 4, &["S1.cram", "--filter-model", "none.json"], &["none.json"]);
    let over = ["call", "S1.cram", "--bundle", "bundle", "--filter-model", "model.json"];
    room.fails(2, over.into_iter().chain(["--out", "model.json"]));
    assert_eq!(room.text("model.json"), text);
}

#[test]
fn why_tells_and_refuses() {
    let room = Room::new();
    aligned(&room, "S1.cram");
    let why = |locus: &str| room.ok(["why", "S1.cram", locus, "--bundle", "bundle"]);
    assert!(why("chr1:1").contains("Nothing is called: "));
    room.ok(["call", "S1.cram", "--bundle", "bundle", "--out", "S1.vcf.gz", "--sex", "female"]);
    let text = room.text("S1.vcf.gz");
    let record = text.lines().find(|l| l.contains("\tPASS\t")).unwrap();
    let mut columns = record.split('\t');
    let locus = format!("{}:{}", columns.next().unwrap(), columns.next().unwrap());
    let args = ["--bundle", "bundle", "--json", "w.json", "--test-case", "case"];
    let told = room.ok(["why", "S1.cram", &locus].into_iter().chain(args));
    assert!(told.contains("Called, and passes: "), "{told}");
    let json: serde_json::Value = serde_json::from_str(&room.text("w.json")).unwrap();
    assert_eq!(json["locus"], locus);
    let again = room.ok(["why", "case"]);
    assert_eq!(again, room.text("case/expected.txt"));
    assert!(again.contains("Called, and passes: "));

    let fails = |code, args: &[&str], part: &str| {
        let error = room.fails(code, [&["why"], args].concat());
        assert!(error.contains(part), "{part:?} is not in {error:?}");
    };
    fails(2, &["S1.cram"], "a locus");
    fails(2, &["S1.cram", "chr1:5-9", "--bundle", "bundle"], "expected one base");
    fails(2, &["S1.cram", "chr1:999999999", "--bundle", "bundle"], "bases");
    fails(2, &["S1.cram", "chr99:5", "--bundle", "bundle"], "no such contig");
    fails(2, &["data"], "without case.json");
    fails(2, &["case", "chr1:5"], "none is given besides");
    fails(2, &["case", "--filter-model", "w.json"], "none is given besides");
    fails(6, &["S1.cram", "chr1:5", "--bundle", "bundle", "--filter-model", "w.json"], "w.json");
    fails(4, &["missing.cram", "chr1:5", "--bundle", "bundle"], "missing.cram");
    let taken = ["S1.cram", &locus, "--bundle", "bundle", "--test-case", "case"];
    fails(6, &taken, "is not empty");
}

#[test]
fn calibrations_that_do_not_belong_to_the_reads() {
    let room = Room::new();
    fs::create_dir(room.path("out")).unwrap();
    aligned(&room, "S1.bam");
    room.ok(["metrics", "S1.bam", "--bundle", "bundle", "--out", "qc"]);
    let file = "qc/S1.calibration.json";
    let text = fs::read_to_string(room.path(file)).unwrap();
    let with = |code, text: &str, parts: &[&str]| {
        room.put("c.json", text);
        refused(&room, code, &["S1.bam", "--calibration", "c.json"], parts);
    };
    with(6, &text[..text.len() / 2], &["c.json"]);
    with(6, &text.replace("calibration/1", "calibration/9"), &["c.json", "calibration/9"]);
    with(6, &text.replace("\"S1\"", "\"S2\""), &["c.json", "of sample S2"]);
    with(
        6,
        &text.replace("\"mismatches\": ", "\"mismatches\": 9999999"),
        &["c.json", "more errors"],
    );
    let (before, after) = text.split_once("\"contigs_md5\": \"").unwrap();
    let digit = if after.starts_with('0') { '1' } else { '0' };
    let foreign = format!("{before}\"contigs_md5\": \"{digit}{}", &after[1..]);
    with(8, &foreign, &["c.json", "another genome"]);
    refused(&room, 6, &["S1.bam", "--calibration", "S1.bam"], &["S1.bam"]);
    refused(
        &room,
        2,
        &["S1.bam", "--calibration", file, "--calibration", file],
        &["--calibration is given twice for sample S1"],
    );
}
