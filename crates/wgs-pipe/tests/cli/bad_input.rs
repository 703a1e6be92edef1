//! Broken inputs: each is refused with its own message and the exit code of its class, and leaves
//! nothing under a final name.

use std::{
    ffi::OsStr,
    fs,
    io::Write,
    os::unix::{
        fs::{MetadataExt, PermissionsExt},
        process::CommandExt,
    },
    path::Path,
    process::Command,
};

use crate::room::{Room, SmallDisk, wgs_pipe};

const RUN: [&str; 6] = ["run", "data/case.toml", "--bundle", "bundle", "--out", "out"];
const R1: &str = "data/reads/NA-demo_L001_R1.fastq.gz";
const R2: &str = "data/reads/NA-demo_L001_R2.fastq.gz";

fn edit_case(room: &Room, from: &str, to: &str) {
    let text = fs::read_to_string(room.path("data/case.toml")).unwrap();
    assert!(text.contains(from));
    room.put("data/case.toml", text.replace(from, to));
}

/// `run` fails with a code and a message that holds all of the parts, and no reads came out.
fn run_fails(room: &Room, code: i32, parts: &[&str]) {
    let error = room.fails(code, RUN);
    for part in parts {
        assert!(error.contains(part), "{part:?} is not in {error:?}");
    }
    assert!(code == 3 || error.contains(" hint: "), "{error}");
    assert_eq!(room.made("out"), [""; 0]);
}

#[test]
fn a_missing_file() {
    let room = Room::new();
    fs::remove_file(room.path(R2)).unwrap();
    run_fails(&room, 4, &["NA-demo_L001_R2.fastq.gz", "No such file", "case.toml"]);
}

#[test]
fn empty_reads() {
    let room = Room::new();
    room.put(R1, "");
    run_fails(&room, 6, &["NA-demo_L001_R1.fastq.gz", "is empty"]);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(b"").unwrap();
    let empty = gzip.finish().unwrap();
    room.put(R1, &empty);
    room.put(R2, &empty);
    run_fails(&room, 6, &["NA-demo_L001_R1.fastq.gz"]);
}

#[test]
fn truncated_gzip() {
    let room = Room::new();
    let whole = fs::read(room.path(R2)).unwrap();
    room.put(R2, &whole[..whole.len() / 2]);
    run_fails(&room, 7, &["NA-demo_L001_R2.fastq.gz", "record"]);
}

#[test]
fn a_flipped_bit() {
    let room = Room::new();
    let mut bytes = fs::read(room.path(R1)).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    room.put(R1, bytes);
    run_fails(&room, 6, &["NA-demo_L001_R1.fastq.gz"]);
}

#[test]
fn mates_that_do_not_match() {
    let room = Room::new();
    let text = room.text(R2);
    let four_lines_less: String = text.lines().skip(4).map(|l| format!("{l}\n")).collect();
    room.put(R2, &four_lines_less);
    run_fails(&room, 6, &["NA-demo_L001_R", "record 1"]);
    let shorter: String = text.lines().take(400).map(|l| format!("{l}\n")).collect();
    room.put(R2, shorter);
    run_fails(&room, 7, &["NA-demo_L001_R2.fastq.gz", "record 100"]);
}

#[test]
fn a_quality_shorter_than_its_sequence() {
    let room = Room::new();
    let text = room.text(R1);
    let cut: String = text
        .lines()
        .enumerate()
        .map(|(i, l)| format!("{}\n", if i == 43 { &l[1..] } else { l }))
        .collect();
    room.put(R1, cut);
    run_fails(&room, 6, &["NA-demo_L001_R1.fastq.gz", "record 11"]);
}

#[test]
fn a_wrong_checksum() {
    for (key, digits, file) in [
        ("r1_md5", 32, "L001_R1.fastq.gz: its MD5 is "),
        ("r2_sha256", 64, "L001_R2.fastq.gz: its SHA-256 is "),
    ] {
        let room = Room::new();
        let wrong = "0".repeat(digits);
        edit_case(&room, "r1 = ", &format!("{key} = \"{wrong}\"\nr1 = "));
        run_fails(&room, 6, &[file, &format!("but {wrong} is expected"), "deliver it again"]);
    }
}

fn aligned(room: &Room, name: &str) {
    room.ok(["align", R1, R2, "--bundle", "bundle", "--sample", "S1", "--out", name]);
}

#[test]
fn a_bam_that_is_cut() {
    let room = Room::new();
    aligned(&room, "whole.bam");
    let whole = fs::read(room.path("whole.bam")).unwrap();
    room.put("cut.bam", &whole[..whole.len() / 2]);
    fs::copy(room.path("whole.bam.bai"), room.path("cut.bam.bai")).unwrap();
    for args in [
        ["align", "cut.bam", "--sample", "S1", "--out", "x.cram", "--bundle", "bundle"],
        ["metrics", "cut.bam", "--threads", "1", "--out", "x", "--bundle", "bundle"],
        ["call", "cut.bam", "--threads", "1", "--out", "x.vcf.gz", "--bundle", "bundle"],
        ["convert", "cut.bam", "--threads", "1", "--out", "x.sam", "--bundle", "bundle"],
    ] {
        let error = room.fails(7, args);
        assert!(error.contains("cut.bam"), "{error}");
    }
    for name in ["x.cram", "x.vcf.gz", "x.sam"] {
        assert!(!room.path(name).exists(), "{name}");
    }
}

#[test]
fn an_alignment_without_reads() {
    let room = Room::new();
    aligned(&room, "a.bam");
    let sam = text_of_alignment(&room, "a.bam");
    let header: String =
        sam.lines().filter(|l| l.starts_with('@')).map(|l| format!("{l}\n")).collect();
    room.put("header.sam", header);
    room.put("some.bed", "chr1\t0\t1000\n");
    for name in ["none.bam", "none.cram"] {
        room.ok(["convert", "header.sam", "--out", name, "--bundle", "bundle"]);
        for args in [
            ["metrics", name, "--out", "x", "--bundle", "bundle"],
            ["call", name, "--out", "x.vcf.gz", "--bundle", "bundle"],
        ] {
            let error = room.fails(6, args);
            assert!(error.contains(name) && error.contains("holds no reads"), "{error}");
        }
        assert!(!room.path("x").exists() && !room.path("x.vcf.gz").exists());
        let regions = ["call", name, "--out", "regions.vcf.gz", "--regions", "some.bed"];
        room.ok(regions.into_iter().chain(["--bundle", "bundle"]));
    }
}

fn text_of_alignment(room: &Room, name: &str) -> String {
    room.ok(["convert", name, "--out", "text.sam", "--bundle", "bundle"]);
    fs::read_to_string(room.path("text.sam")).unwrap()
}

/// A bundle whose genome has one base changed, or one contig left out.
fn other_bundle(room: &Room, change: impl Fn(&str) -> String) {
    let fasta = room.text("data/genome.fa.gz");
    room.put("other.fa", change(&fasta));
    room.put("none.gff3", "##gff-version 3\n");
    room.ok(["bundle", "build", "--genome", "other.fa", "--genes", "none.gff3", "--out", "other"]);
}

#[test]
fn a_cram_of_another_reference() {
    let room = Room::new();
    aligned(&room, "a.cram");
    other_bundle(&room, |fasta| {
        let (head, rest) = fasta.split_at(fasta.find('\n').unwrap() + 2000);
        let base = if rest.starts_with(['A', 'a']) { 'C' } else { 'A' };
        format!("{head}{base}{}", &rest[1..])
    });
    for args in [
        ["align", "a.cram", "--sample", "S1", "--out", "x.cram", "--bundle", "other"],
        ["call", "a.cram", "--threads", "1", "--out", "x.vcf.gz", "--bundle", "other"],
        ["metrics", "a.cram", "--threads", "1", "--out", "x", "--bundle", "other"],
    ] {
        let error = room.fails(8, args);
        assert!(error.contains("chr1") && error.contains("MD5"), "{error}");
    }
}

#[test]
fn a_genome_without_a_contig_of_the_bam() {
    let room = Room::new();
    aligned(&room, "a.bam");
    other_bundle(&room, |fasta| fasta.split(">chr2").next().unwrap().to_owned());
    let error = room.fails(8, ["call", "a.bam", "--bundle", "other", "--out", "x.vcf.gz"]);
    assert!(error.contains("contig chr2 is not in the reference"), "{error}");
    assert!(!room.path("x.vcf.gz").exists());
}

#[test]
fn genes_with_a_cds_outside_its_exons() {
    let room = Room::new();
    let row = |kind: &str, from: u32, to: u32, rest: &str| {
        format!("chr1\tx\t{kind}\t{from}\t{to}\t.\t+\t0\t{rest}\n")
    };
    let gff3 = row("gene", 1000, 2000, "ID=gene:G;Name=G")
        + &row("mRNA", 1000, 2000, "ID=transcript:T;Parent=gene:G;biotype=protein_coding")
        + &row("exon", 1000, 1500, "Parent=transcript:T")
        + &row("CDS", 1400, 1600, "ID=CDS:P;Parent=transcript:T");
    room.put("bad.gff3", gff3);
    let error = room.fails(
        6,
        ["bundle", "build", "--genome", "data/genome.fa.gz", "--genes", "bad.gff3", "--out", "b"],
    );
    assert!(error.contains("bad.gff3") && error.contains("line 4"), "{error}");
    assert!(!room.path("b").exists());
}

#[test]
fn ids_that_are_taken_or_no_ids() {
    for (from, to, parts) in [
        ("id = \"NA-demo\"", "id = \"../x\"", ["line 6", "../x"]),
        ("id = \"quickstart\"", "id = \"-rf\"", ["line 2", "-rf"]),
        ("NA-demo.L002", "NA-demo.L001", ["two read groups have the id", "NA-demo.L001"]),
        ("sex = ", "gender = ", ["unknown field `gender`", "line"]),
    ] {
        let room = Room::new();
        edit_case(&room, from, to);
        run_fails(&room, 3, &parts);
    }
    let room = Room::new();
    let text = fs::read_to_string(room.path("data/case.toml")).unwrap();
    let (head, sample) = text.split_once("[[samples]]").unwrap();
    let twice =
        format!("{head}[[samples]]{sample}\n[[samples]]{}", sample.replace("proband", "mother"));
    room.put("data/case.toml", twice.replace("\"germline\"", "\"family\""));
    run_fails(&room, 3, &["two samples have the id NA-demo"]);
}

#[test]
fn a_kind_that_no_pipeline_is_for() {
    let room = Room::new();
    let row = "case,sample,role,fastq_1,fastq_2\nC,T,tumor,reads/NA-demo_L001_R1.fastq.gz,reads/NA-demo_L001_R2.fastq.gz\n";
    room.put("data/s.csv", row);
    let error =
        room.fails(3, ["run", "--samplesheet", "data/s.csv", "--bundle", "bundle", "--out", "out"]);
    assert!(error.contains("tumor-only"), "{error}");
}

#[test]
fn a_sex_of_nobody() {
    let room = Room::new();
    aligned(&room, "a.bam");
    let error = room
        .fails(2, ["call", "a.bam", "--bundle", "bundle", "--out", "x.vcf.gz", "--sex", "S2=male"]);
    assert!(error.contains("no file has the sample S2"), "{error}");
}

#[test]
fn too_little_memory_is_said_before_work() {
    let room = Room::new();
    let error = room.fails(
        2,
        ["run", "data/case.toml", "--bundle", "bundle", "--out", "out", "--memory", "1M"],
    );
    assert!(error.contains("512M"), "{error}");
}

/// The command as a user without rights, or `None` where that is not possible here.
fn as_nobody<S: AsRef<OsStr>>(room: &Room, args: impl IntoIterator<Item = S>) -> Option<Command> {
    let open = |path: &Path| fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    open(&room.path(""));
    let nobody = |mut command: Command| {
        if fs::metadata("/proc/self").is_ok_and(|m| m.uid() == 0) {
            command.uid(65534).gid(65534);
        }
        command
    };
    let mut probe = nobody(wgs_pipe());
    if !probe.arg("--version").output().is_ok_and(|o| o.status.success()) {
        eprintln!("skipped: the command cannot be run by another user here");
        return None;
    }
    Some(nobody(room.command(args)))
}

#[test]
fn no_permission() {
    let room = Room::new();
    fs::set_permissions(room.path(R1), fs::Permissions::from_mode(0o000)).unwrap();
    let Some(mut command) = as_nobody(&room, RUN) else { return };
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(5), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("NA-demo_L001_R1.fastq.gz"));
}

#[test]
fn a_read_only_output_folder() {
    let room = Room::new();
    fs::create_dir(room.path("out")).unwrap();
    fs::set_permissions(room.path("out"), fs::Permissions::from_mode(0o555)).unwrap();
    let Some(mut command) = as_nobody(&room, RUN) else { return };
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(5), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("out"));
    assert_eq!(fs::read_dir(room.path("out")).unwrap().count(), 0);
}

#[test]
fn a_full_disk() {
    let room = Room::new();
    let out = room.path("out");
    let Some(disk) = SmallDisk::mount(&out, "160k") else { return };
    let foreseen = room.fails(11, RUN);
    assert!(foreseen.contains("will be needed, 160 KiB are free"), "{foreseen}");
    let error = room.fails(11, RUN.into_iter().chain(["--ignore-disk-forecast"]));
    assert!(error.contains("No space left"), "{error}");
    let case = out.join("quickstart");
    assert!(!case.join("reads/NA-demo.cram").exists() && !case.join("report/report.html").exists());
    drop(disk);
}

#[test]
fn an_alignment_of_another_sample() {
    let room = Room::new();
    aligned(&room, "a.bam");
    let align = ["align", "a.bam", "--bundle", "bundle", "--sample", "S2", "--out", "x.cram"];
    let error = room.fails(6, align);
    assert!(error.contains("S1") && error.contains("S2"), "{error}");
    room.ok(align.into_iter().chain(["--read-group", "renamed"]));
}

#[test]
fn an_output_that_is_an_input_or_a_folder() {
    let room = Room::new();
    aligned(&room, "a.bam");
    let error = room.fails(2, ["convert", "a.bam", "--out", "a.bam"]);
    assert!(error.contains("is an input as well"), "{error}");
    let error =
        room.fails(2, ["align", "a.bam", "--bundle", "bundle", "--sample", "S1", "--out", "data"]);
    assert!(error.contains("is a folder"), "{error}");
    let error = room.fails(2, ["call", "a.bam", "--bundle", "bundle", "--out", "x.vcf"]);
    assert!(error.contains(".vcf.gz"), "{error}");
}
