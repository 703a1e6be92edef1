//! `convert`: what goes in comes out again, and samtools and bcftools read what was made.

use std::{fs, io::Read, path::Path, process::Command};

use wgs_formats::{genome::open_maybe_gzip, output};

use crate::room::Room;

const R1: &str = "data/reads/NA-demo_L001_R1.fastq.gz";
const R2: &str = "data/reads/NA-demo_L001_R2.fastq.gz";

fn text(room: &Room, name: &str) -> String {
    let mut text = String::new();
    open_maybe_gzip(&room.path(name)).unwrap().read_to_string(&mut text).unwrap();
    text
}

/// Standard output of another program, which must succeed; none where it is not installed.
fn peer(room: &Room, program: &str, args: &[&str]) -> Option<String> {
    let mut command = Command::new(program);
    let output = match command.current_dir(room.path("")).args(args).output() {
        Ok(output) => output,
        Err(_) => {
            eprintln!("skipped: {program} is not here");
            return None;
        }
    };
    assert!(output.status.success(), "{program} {args:?}: {output:?}");
    Some(String::from_utf8(output.stdout).unwrap())
}

fn put(room: &Room, name: &str, content: impl AsRef<[u8]>) {
    output::write(&room.path(name), content).unwrap();
}

#[test]
fn fastq_comes_back_from_every_format() {
    let room = Room::new();
    let reads = (text(&room, R1), text(&room, R2));
    let count = reads.0.lines().count() / 4;
    for name in ["u.bam", "u.cram", "u.sam"] {
        let (back1, back2) = (format!("{name}.R1.fq.gz"), format!("{name}.R2.fastq"));
        let to = ["convert", R1, R2, "--sample", "S1", "--bundle", "bundle", "--out", name];
        room.ok(to);
        room.ok(["convert", name, "--bundle", "bundle", "--out", &back1, &back2]);
        assert!((text(&room, &back1), text(&room, &back2)) == reads, "{name}");
        if let Some(seen) = peer(&room, "samtools", &["view", "-c", "-f", "77", name]) {
            assert_eq!(seen.trim(), count.to_string());
        }
    }
    if let Some(header) = peer(&room, "samtools", &["view", "-H", "u.bam"]) {
        assert!(header.contains("@RG\tID:S1") && header.contains("SM:S1"), "{header}");
    }
    // A BAM sorted by name gives the order of the file; alignment does not change the reads.
    room.ok(["align", R1, R2, "--bundle", "bundle", "--sample", "S1", "--out", "a.bam"]);
    room.ok(["convert", "a.bam", "--out", "a1.fq", "a2.fq", "a3.fq"]);
    let sorted = |text: &str| {
        let mut reads: Vec<_> = text.lines().collect::<Vec<_>>();
        let mut reads: Vec<_> = reads
            .chunks_exact_mut(4)
            .map(|r| {
                (
                    r[0].split([' ', '/']).next().unwrap().to_owned(),
                    r[1].to_owned(),
                    r[3].to_owned(),
                )
            })
            .collect();
        reads.sort();
        reads
    };
    assert!(sorted(&text(&room, "a1.fq")) == sorted(&reads.0));
    assert!(sorted(&text(&room, "a2.fq")) == sorted(&reads.1));
    assert_eq!(text(&room, "a3.fq"), "");
}

#[test]
fn no_read_is_left_out_for_want_of_an_output() {
    let room = Room::new();
    let line =
        |name: &str, flags: u32| format!("{name}\t{flags}\t*\t0\t0\t*\t*\t0\t0\tACGT\tIIII\n");
    put(&room, "pair.sam", line("p", 77) + &line("p", 141));
    put(&room, "orphan.sam", line("p", 77) + &line("p", 141) + &line("o", 141));
    put(&room, "single.sam", line("s", 4));
    put(&room, "bare.sam", line("s", 4).replace("IIII", "*"));
    let error = room.fails(6, ["convert", "pair.sam", "--out", "x.fq"]);
    assert!(error.contains("the read p is of a pair") && error.contains("R2"), "{error}");
    let error = room.fails(6, ["convert", "orphan.sam", "--out", "x1.fq", "x2.fq"]);
    assert!(error.contains("the read o has no mate"), "{error}");
    let error = room.fails(6, ["convert", "bare.sam", "--out", "x.fq"]);
    assert!(error.contains("the read s has no qualities"), "{error}");
    for name in ["x.fq", "x1.fq", "x2.fq"] {
        assert!(!room.path(name).exists());
    }
    room.ok(["convert", "orphan.sam", "--out", "x1.fq", "x2.fq", "x3.fq"]);
    assert_eq!(text(&room, "x1.fq"), "@p\nACGT\n+\nIIII\n");
    assert_eq!(text(&room, "x3.fq"), "@o/2\nACGT\n+\nIIII\n");
    room.ok(["convert", "single.sam", "--out", "x.fq"]);
    assert_eq!(text(&room, "x.fq"), "@s\nACGT\n+\nIIII\n");
    room.ok(["convert", "x.fq", "--sample", "S1", "--out", "s.bam"]);
    room.ok(["convert", "s.bam", "--out", "y.fq.gz"]);
    assert_eq!(text(&room, "y.fq.gz"), text(&room, "x.fq"));
    room.ok(["convert", "y.fq.gz", "--out", "z.fq"]);
    assert_eq!(text(&room, "z.fq"), text(&room, "x.fq"));
}

#[test]
fn wrong_command_lines_say_why() {
    let room = Room::new();
    let bam = ["convert", R1, R2, "--out", "x.bam"];
    assert!(room.fails(2, bam).contains("--sample ID"));
    for (args, part) in [
        (vec!["convert", "data/truth.vcf", "--out", "x.bam"], "cannot become"),
        (vec!["convert", R1, "--out", "x.txt"], "tells no format"),
        (vec!["convert", R1, R2, "--out", "x.fq"], "as many outputs"),
        (vec!["convert", R1, R2, "--out", "x.fq", "x.fq"], "named twice"),
        (vec!["convert", "x.bam", "y.bam", "--out", "z.bam"], "expected one input"),
        (vec!["convert", "x.bam", "--out", "z.bam", "z.sam"], "different formats"),
        (vec!["convert", R1, "--out", "z.bam", "--region", "chr1"], "--region"),
    ] {
        let error = room.fails(2, args);
        assert!(error.contains(part), "{part:?} is not in {error:?}");
    }
}

#[test]
fn variants_keep_every_record() {
    let room = Room::new();
    room.ok(["convert", "data/truth.vcf", "--out", "a.bcf"]);
    room.ok(["convert", "a.bcf", "--out", "b.vcf.gz"]);
    room.ok(["convert", "b.vcf.gz", "--out", "c.bcf", "--threads", "1"]);
    room.ok(["convert", "c.bcf", "--out", "d.vcf"]);
    assert_eq!(text(&room, "d.vcf"), text(&room, "b.vcf.gz"));
    assert!(fs::read(room.path("a.bcf")).unwrap() == fs::read(room.path("c.bcf")).unwrap());
    for name in ["a.bcf.csi", "b.vcf.gz.tbi"] {
        assert!(room.path(name).exists(), "{name}");
    }
    let body = |name: &str| {
        let lines = text(&room, name);
        lines.lines().filter(|l| !l.starts_with('#')).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(body("d.vcf").len(), body("data/truth.vcf").len());
    if let Some(seen) = peer(&room, "bcftools", &["view", "-H", "a.bcf"]) {
        assert_eq!(seen, peer(&room, "bcftools", &["view", "-H", "data/truth.vcf"]).unwrap());
    }
    let first = body("d.vcf")[0].clone();
    let [contig, position] = [0, 1].map(|column| first.split('\t').nth(column).unwrap());
    let region = format!("{contig}:{position}-{position}");
    room.ok(["convert", "b.vcf.gz", "--region", &region, "--out", "part.bcf"]);
    room.ok(["convert", "part.bcf", "--out", "part.vcf"]);
    assert_eq!(body("part.vcf"), [first]);
    if let Some(seen) = peer(&room, "bcftools", &["view", "-H", "-r", &region, "a.bcf"]) {
        assert_eq!(seen.lines().count(), 1);
    }
    let error = room.fails(2, ["convert", "a.bcf", "--region", &region, "--out", "x.vcf"]);
    assert!(error.contains("BCF"), "{error}");
    let whole = fs::read(room.path("a.bcf")).unwrap();
    put(&room, "cut.bcf", &whole[..whole.len() / 2]);
    room.fails(7, ["convert", "cut.bcf", "--out", "x.vcf"]);
    assert!(!Path::new(&room.path("x.vcf")).exists());
}
