//! FASTQ out of CRAM again, and the proof that it is what went in.

use wgs_formats::output;

use crate::room::Room;

const R1: &str = "data/reads/NA-demo_L001_R1.fastq.gz";
const R2: &str = "data/reads/NA-demo_L001_R2.fastq.gz";

/// The lines of a table that a command wrote, without the first, as fields.
fn rows(table: &str) -> Vec<Vec<String>> {
    table.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

#[test]
fn fastq_comes_back_to_the_letter_where_the_order_is_kept() {
    let room = Room::new();
    let sample = ["--bundle", "bundle", "--sample", "S1", "--read-group", "L1"];
    let align = ["align", R1, R2, "--keep-order", "--out", "S1.cram"];
    room.ok(align.iter().chain(&sample));
    let table = room.ok(["restore", "S1.cram", "--bundle", "bundle", "--out", "fastq"]);
    let [row] = &rows(&table)[..] else { panic!("{table}") };
    assert_eq!((row[0].as_str(), row[3].as_str(), row[4].as_str()), ("L1", "yes", "yes"));
    for (restored, original) in [("fastq/L1_R1.fastq.gz", R1), ("fastq/L1_R2.fastq.gz", R2)] {
        assert!(room.text(restored) == room.text(original), "{original}");
    }
}

/// With another engine, trimming and CRAM 3.1: whatever is cut off comes back.
#[test]
fn fastq_comes_back_from_a_run_that_trims() {
    const ADAPTER: &str = "AGATCGGAAGAGCACACGTCTGAACTCCAGTCA";
    let room = Room::new();
    let build = ["bundle", "build", "--genome", "data/genome.fa.gz", "--genes"];
    let both = ["data/genes.gff3.gz", "--aligner", "both", "--out", "both"];
    room.ok(build.iter().chain(&both));
    // Every tenth first read ends in an adapter.
    let text = room.text(R1);
    let with_adapter = text.lines().enumerate().map(|(number, line)| match number % 40 {
        1 => format!("{}{ADAPTER}\n", &line[..line.len() - ADAPTER.len()]),
        _ => format!("{line}\n"),
    });
    room.put("R1.fastq", with_adapter.collect::<String>());
    std::fs::rename(room.path("R1.fastq"), room.path(R1)).unwrap();
    room.put(
        "reads.toml",
        r#"
schema = "wgs-pipe/pipeline/1"
name = "reads"
kinds = ["germline"]
stages = ["reads"]
[options.reads]
aligner = "minibwa"
keep_order = true
cram_version = "3.1"
[options.reads.trim]
adapters = true
"#,
    );
    let run = ["run", "data/case.toml", "--bundle", "both", "--out", "out"];
    room.ok(run.iter().chain(&["--pipeline", "reads.toml"]));
    let cram = "out/quickstart/reads/NA-demo.cram";
    let bytes = std::fs::read(room.path(cram)).unwrap();
    assert_eq!(bytes[..6], *b"CRAM\x03\x01");
    let qc: serde_json::Value =
        output::read_json(&room.path("out/quickstart/qc/NA-demo.fastq.json")).unwrap();
    let trimmed = qc["read_groups"][0]["trimming"]["r1"]["adapter_reads"].as_u64();
    assert!(trimmed.is_some_and(|reads| reads >= 885), "{trimmed:?}");
    room.ok(["convert", cram, "--bundle", "both", "--out", "text.sam"]);
    let sam = room.text("text.sam");
    assert!(sam.contains("\tPN:minibwa"), "the engine stands in @PG");
    let table = room.ok(["restore", cram, "--bundle", "both", "--out", "fastq"]);
    for row in rows(&table) {
        assert_eq!((row[3].as_str(), row[4].as_str()), ("yes", "yes"), "{table}");
    }
    for lane in ["L001", "L002"] {
        for mate in ["R1", "R2"] {
            let restored = room.text(&format!("fastq/NA-demo.{lane}_{mate}.fastq.gz"));
            let original = room.text(&format!("data/reads/NA-demo_{lane}_{mate}.fastq.gz"));
            assert!(restored == original, "{lane} {mate}");
        }
    }
}

#[test]
fn a_run_tells_the_digest_that_verify_proves() {
    let room = Room::new();
    room.ok(["run", "data/case.toml", "--bundle", "bundle", "--out", "out"]);
    let cram = "out/quickstart/reads/NA-demo.cram";
    let table = room.ok(["verify", cram, "--bundle", "bundle", "--pair", R1, R2]);
    let rows = rows(&table);
    let linked: Vec<_> = rows.iter().filter(|row| row[4].contains("L001_R1")).collect();
    assert_eq!(linked.len(), 1, "{table}");
    let run: serde_json::Value = output::read_json(&room.path("out/quickstart/run.json")).unwrap();
    let tasks = run["tasks"].as_array().unwrap();
    let reads = tasks.iter().find(|task| task["stage"] == "reads").unwrap();
    for (told, row) in reads["summary"]["read_groups"].as_array().unwrap().iter().zip(&rows) {
        assert_eq!(
            (told["id"].as_str(), told["digest"].as_str()),
            (Some(&*row[0]), Some(&*row[2]))
        );
        assert_eq!(row[3], "yes");
    }
}

#[test]
fn other_reads_are_told() {
    let room = Room::new();
    room.ok(["align", R1, R2, "--bundle", "bundle", "--sample", "S1", "--out", "S1.cram"]);
    let changed = room.text(R1).replacen("\nA", "\nC", 1);
    room.put("changed_R1.fastq", changed);
    let verify = ["verify", "S1.cram", "--bundle", "bundle", "--pair", "changed_R1.fastq", R2];
    let error = room.fails(6, verify);
    assert!(error.contains("changed_R1.fastq") && error.contains("not those of any"), "{error}");

    room.ok(["convert", "S1.cram", "--bundle", "bundle", "--region", "chr1", "--out", "part.bam"]);
    let error = room.fails(6, ["restore", "part.bam", "--out", "fastq"]);
    assert!(error.contains("went in"), "{error}");
    assert_eq!(std::fs::read_dir(room.path("fastq")).unwrap().count(), 0);
}
