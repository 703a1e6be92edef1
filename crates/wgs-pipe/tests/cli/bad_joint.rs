//! `joint` and `call --gvcf` on what cannot be: each is refused with its own message and the exit
//! code of its class, and leaves no file.

use std::fs;

use crate::room::Room;

/// A room with a gVCF of each of two samples.
fn room() -> Room {
    let room = Room::new();
    fs::create_dir(room.path("out")).unwrap();
    for (sample, reads) in [("A", "L001"), ("B", "L002")] {
        let [r1, r2] = [1, 2].map(|mate| format!("data/reads/NA-demo_{reads}_R{mate}.fastq.gz"));
        let bam = format!("{sample}.bam");
        room.ok(["align", &r1, &r2, "--bundle", "bundle", "--sample", sample, "--out", &bam]);
        let (gvcf, vcf) = (format!("{sample}.g.vcf.gz"), format!("{sample}.vcf.gz"));
        room.ok(["call", &bam, "--bundle", "bundle", "--gvcf", &gvcf, "--out", &vcf]);
    }
    room
}

/// `joint` fails with a code and a message that holds all of the parts.
fn refused(room: &Room, code: i32, args: &[&str], parts: &[&str]) {
    let more = ["--bundle", "bundle", "--out", "out/x.vcf.gz"];
    let error = room.fails(code, ["joint"].iter().chain(args).chain(&more));
    for part in parts {
        assert!(error.contains(part), "{part:?} is not in {error:?}");
    }
    assert_eq!(room.made("out"), [""; 0]);
}

#[test]
fn files_that_do_not_belong_together() {
    let room = room();
    refused(&room, 4, &["A.g.vcf.gz", "none.g.vcf.gz"], &["none.g.vcf.gz", "No such file"]);
    refused(&room, 6, &["A.g.vcf.gz", "A.g.vcf.gz"], &["A.g.vcf.gz", "sample A is in", "once"]);
    room.put("again.g.vcf.gz", fs::read(room.path("A.g.vcf.gz")).unwrap());
    refused(&room, 6, &["A.g.vcf.gz", "again.g.vcf.gz"], &["again.g.vcf.gz", "sample A is in A.g"]);
    refused(&room, 6, &["A.g.vcf.gz", "B.vcf.gz"], &["B.vcf.gz", "no allele <NON_REF>", "--gvcf"]);
    let whole = fs::read(room.path("B.g.vcf.gz")).unwrap();
    room.put("cut.g.vcf.gz", &whole[..whole.len() / 2]);
    refused(&room, 7, &["A.g.vcf.gz", "cut.g.vcf.gz"], &["cut.g.vcf.gz"]);
    room.put("text.g.vcf.gz", "nonsense\n");
    refused(&room, 6, &["text.g.vcf.gz"], &["text.g.vcf.gz", "not a VCF"]);
    refused(&room, 2, &[], &["FILE.g.vcf.gz"]);
}

#[test]
fn files_of_another_reference() {
    let room = room();
    let text = room.text("B.g.vcf.gz");
    let place = |line: &&str| !line.starts_with('#');
    let first = text.lines().find(place).unwrap();
    let base = first.split('\t').nth(3).unwrap();
    let other = if base == "A" { "C" } else { "A" };
    let changed = first.replacen(&format!("\t{base}\t"), &format!("\t{other}\t"), 1);
    room.put("base.g.vcf", text.replacen(first, &changed, 1));
    refused(&room, 8, &["A.g.vcf.gz", "base.g.vcf"], &["base.g.vcf", "in the genome", "bundle"]);
    room.put("length.g.vcf", text.replacen("length=95000", "length=95001", 1));
    refused(
        &room,
        8,
        &["A.g.vcf.gz", "length.g.vcf"],
        &["length.g.vcf", "95000", "95001", "give the bundle"],
    );
    room.put("name.g.vcf", text.replace("chr2", "2"));
    refused(
        &room,
        8,
        &["A.g.vcf.gz", "name.g.vcf"],
        &["name.g.vcf", "contig 2 is not in the reference"],
    );
}

#[test]
fn pedigrees_that_are_none() {
    let room = room();
    let with = |code, pedigree: &str, parts: &[&str]| {
        room.put("fam.ped", pedigree);
        let args = ["A.g.vcf.gz", "B.g.vcf.gz", "--pedigree", "fam.ped"];
        refused(&room, code, &args, &[&["fam.ped"], parts].concat());
    };
    with(3, "F A B 0 1 2\nF B A 0 1 1\n", &["line 1", "A is an ancestor of themselves"]);
    with(3, "F A dad 0 2 2\nF B 0 0 1 1\n", &["line 1", "father dad of A has no line"]);
    with(3, "F A B 0 2 2\nF B 0 0 2 1\n", &["line 1", "B is the father of A, and not male"]);
    with(3, "F A 0 0 2 2\nF A 0 0 2 2\n", &["line 2", "A stands twice"]);
    with(3, "F A 0 0 2\n", &["line 1", "six are needed"]);
    with(3, "F A 0 0 3 2\n", &["line 1", "sex \"3\""]);
    let args = ["A.g.vcf.gz", "--pedigree", "fam.ped"];
    for pedigree in ["F X 0 0 2 2\n", ""] {
        room.put("fam.ped", pedigree);
        refused(&room, 3, &args, &["none of its samples (A) is in the pedigree"]);
    }
    refused(&room, 4, &["A.g.vcf.gz", "--pedigree", "none.ped"], &["none.ped", "No such file"]);
    room.put("fam.ped", [0xff, 0xfe, b'\n']);
    refused(&room, 6, &args, &["fam.ped", "UTF-8"]);
}

#[test]
fn outputs_that_would_take_the_place_of_files() {
    let room = room();
    room.put("fam.ped", "F A 0 0 2 2\n");
    room.put("s.tsv", "F A 0 0 2 2\n");
    let summary = |pedigree, name: &str, part: &str| {
        let args = ["A.g.vcf.gz", "--pedigree", pedigree, "--family-summary", name];
        refused(&room, 2, &args, &[part]);
    };
    summary("fam.ped", "out/x.vcf.gz", "expected a name in .json");
    summary("s.tsv", "s.json", "is an input as well");
    refused(&room, 2, &["A.g.vcf.gz", "--family-summary", "s.json"], &["--pedigree"]);
    let error = room.fails(2, ["joint", "A.g.vcf.gz", "--bundle", "bundle", "--out", "A.g.vcf.gz"]);
    assert!(error.contains("is an input as well"), "{error}");
    let error = room.fails(2, ["joint", "A.g.vcf.gz", "--bundle", "bundle", "--out", "x.vcf"]);
    assert!(error.contains("expected a name in .vcf.gz"), "{error}");
}

#[test]
fn a_gvcf_is_of_one_sample() {
    let room = room();
    fs::remove_file(room.path("A.g.vcf.gz")).unwrap();
    let fails = |args: &[&str], part: &str| {
        let more = ["--bundle", "bundle", "--out", "out/x.vcf.gz"];
        let error = room.fails(2, ["call"].iter().chain(args).chain(&more));
        assert!(error.contains(part), "{error}");
        assert_eq!(room.made("out"), [""; 0]);
    };
    fails(&["A.bam", "B.bam", "--gvcf", "out/x.g.vcf.gz"], "a gVCF is of one sample");
    fails(&["A.bam", "--gvcf", "out/x.vcf.gz"], "--gvcf and --out are the same file");
    fails(&["A.bam", "--gvcf", "./out/../out/x.vcf.gz"], "--gvcf and --out are the same file");
    fails(&["A.bam", "--gvcf", "x.g.vcf"], "expected a name in .vcf.gz");
    fails(&["A.bam", "--gvcf", "A.bam"], "expected a name in .vcf.gz");
    // Of several without a gVCF there is one VCF.
    room.ok(["call", "A.bam", "B.bam", "--bundle", "bundle", "--out", "both.vcf.gz"]);
    assert!(room.text("both.vcf.gz").contains("FORMAT\tA\tB\n"));
}
