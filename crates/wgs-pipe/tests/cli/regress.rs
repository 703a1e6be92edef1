//! `regress` on the quick-start case.

use std::fs;

use crate::room::Room;

const CASE: &str = r#"
schema = "wgs-pipe/regress/1"

[[samples]]
name = "demo"
case = "case.toml"
truth = "truth.vcf"

[samples.baselines]
"snv.f1" = { min = 0.9, tolerance = 0.01 }
"indel.recall" = { min = 0.5 } # few indels
"qc.mean_coverage" = { min = 5, max = 500 }
"run.core_s" = { max = 3600 }
"#;

const REGRESS: [&str; 6] = ["regress", "data/regress.toml", "--bundle", "bundle", "--out", "reg"];

fn result(room: &Room) -> serde_json::Value {
    serde_json::from_slice(&fs::read(room.path("reg/regress.json")).unwrap()).unwrap()
}

fn finished_tasks(room: &Room) -> usize {
    let mut builds = fs::read_dir(room.path("reg/runs")).unwrap();
    let build = builds.next().expect("the case was run").unwrap().file_name();
    assert!(builds.next().is_none(), "one build, one folder");
    let events = format!("reg/runs/{}/demo/quickstart/events.jsonl", build.display());
    room.text(&events).lines().filter(|line| line.contains("task_finished")).count()
}

#[test]
fn figures_are_held_against_their_baselines() {
    let room = Room::new();
    room.put("data/regress.toml", CASE);
    let table = room.ok(REGRESS);
    for part in ["snv.f1", ">= 0.9 (tolerance 0.01)", ">= 5, <= 500", "kept"] {
        assert!(table.contains(part), "{part}: {table}");
    }
    assert_eq!(result(&room)["passed"], true);
    assert_eq!(room.text("reg/regress.tsv").lines().count(), 5);
    assert!(room.path("reg/compare/demo/summary.tsv").exists());

    let strict = CASE.replace("\"indel.recall\" = { min = 0.5 }", "\"snv.fn\" = { max = -1 }");
    let tasks = finished_tasks(&room);
    room.put("data/regress.toml", &strict);
    let error = room.fails(9, REGRESS);
    assert!(error.contains("snv.fn of demo is") && error.contains("<= -1"), "{error}");
    assert!(!error.contains("snv.f1") && error.contains("--update"), "{error}");
    let figures = result(&room)["figures"].as_array().unwrap().clone();
    assert!(figures.iter().any(|f| f["figure"] == "snv.fn" && f["verdict"] == "above"));
    assert_eq!(finished_tasks(&room), tasks, "the case is not run again");

    let update: Vec<&str> = REGRESS.into_iter().chain(["--update", "data/new.toml"]).collect();
    room.ok(&update);
    assert_eq!(room.text("data/regress.toml"), strict);
    assert!(room.text("data/new.toml").contains("# few indels"));
    room.ok(["regress", "data/new.toml", "--bundle", "bundle", "--out", "reg"]);
    let error = room.fails(2, &update);
    assert!(error.contains("new.toml") && error.contains("--overwrite"), "{error}");
    room.ok(update.into_iter().chain(["--overwrite"]));
}

/// Truth and calls that differ by a shifted and a missed deletion.
#[test]
fn calls_that_are_there_are_compared() {
    let room = Room::new();
    let vcf = |rows: &str| {
        let head = "##fileformat=VCFv4.3\n##contig=<ID=chr1>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n";
        format!("{head}{rows}")
    };
    let deletion = |from: u32| format!("chr1\t{from}\t.\tN\t<DEL>\t.\tPASS\tEND={}\n", from + 400);
    room.put("data/sv.vcf", vcf(&(deletion(20_000) + &deletion(40_000))));
    room.put("data/called.vcf", vcf(&deletion(20_100)));
    let text = "schema = \"wgs-pipe/regress/1\"\n[[samples]]\nname = \"sv\"\nvariants = \"sv\"\n\
        calls = \"called.vcf\"\ntruth = \"sv.vcf\"\n[samples.baselines]\n\
        \"del.recall\" = { min = 0.5 }\n\"all.fp\" = { max = 0 }\n";
    room.put("data/regress.toml", text);
    room.ok(REGRESS);
    room.put("data/regress.toml", text.replace("0.5", "0.6") + "\"dup.recall\" = { min = 0.5 }\n");
    let error = room.fails(9, REGRESS);
    assert!(error.contains("del.recall of sv is 0.500000, not >= 0.6"), "{error}");
    assert!(error.contains("dup.recall of sv is -"), "{error}");
}

#[test]
fn what_is_wrong_is_said_before_any_work() {
    let room = Room::new();
    for (code, from, to, says) in [
        (3, "snv.f1", "snv.f9", "snv.f9"),
        (3, "qc.mean_coverage", "qc.mean_depth", "qc.mean_depth"),
        (4, "truth.vcf", "gone.vcf", "gone.vcf"),
        (4, "case.toml", "gone.toml", "gone.toml"),
        (3, "case.toml", "regress.toml", "regress.toml"),
        (6, "truth.vcf", "genome.fa.gz", "genome.fa.gz"),
        (8, "truth =", "confident = \"far.bed\"\ntruth =", "far.bed"),
    ] {
        room.put("data/far.bed", "chr1\t0\t999999999\n");
        room.put("data/regress.toml", CASE.replace(from, to));
        let error = room.fails(code, REGRESS);
        assert!(error.contains(says), "{error}");
        assert!(!room.path("reg").exists(), "{error}");
    }
}

#[test]
fn the_schema_names_every_field() {
    let room = Room::new();
    let schema = room.ok(["schema", "regress"]);
    for field in ["baselines", "tolerance", "confident", "calls_sample", "wgs-pipe/regress/1"] {
        assert!(schema.contains(field), "{field}");
    }
}
