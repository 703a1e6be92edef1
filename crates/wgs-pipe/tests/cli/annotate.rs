//! `annotate` in every form, and what it refuses.

use std::fs;

use crate::room::Room;

/// Runs `annotate` on the file of known variants and gives what it tells.
fn annotate(room: &Room, out: &str, more: &[&str]) -> String {
    let args = ["annotate", "data/clinvar.vcf.gz", "--bundle", "bundle", "--out", out];
    let output = room.command(args.iter().chain(more)).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{told}");
    told
}

#[test]
fn every_form_has_the_kept_records() {
    let room = Room::new();
    let known = room.text("data/clinvar.vcf.gz");
    let records = known.lines().filter(|line| !line.starts_with('#'));
    let pathogenic = known.lines().filter(|line| line.contains(";CLNSIG=Pathogenic")).count();
    let told = format!("filter: kept {pathogenic} of {} records\n", records.count());
    let filter = ["--filter", "CLINVAR_CLNSIG has Pathogenic", "--per", "allele"];
    for out in ["x.vcf.gz", "x.vcf", "x.tsv", "x.tsv.gz", "x.jsonl", "x.jsonl.gz", "x.parquet"] {
        assert_eq!(annotate(&room, out, &filter), told, "{out}");
    }
    for (out, head) in [("x.tsv", 1), ("x.tsv.gz", 1), ("x.jsonl", 0), ("x.jsonl.gz", 0)] {
        assert_eq!(room.text(out).lines().count(), pathogenic + head, "{out}");
    }
    let kept = room.text("x.vcf.gz");
    assert_eq!(kept.lines().filter(|line| !line.starts_with('#')).count(), pathogenic);
    assert!(kept.contains("##wgsAnnotate=<Version=") && kept.contains("<ID=clinvar,File="));
    let parquet = fs::read(room.path("x.parquet")).unwrap();
    annotate(&room, "y.parquet", &[&filter[..], &["--threads", "1"]].concat());
    assert!(fs::read(room.path("y.parquet")).unwrap() == parquet);
}

#[test]
fn what_a_newer_bundle_says_stands_beside_the_output() {
    let room = Room::new();
    annotate(&room, "old.vcf.gz", &[]);
    let told = annotate(&room, "new.vcf.gz", &["--diff-from", "old.vcf.gz"]);
    assert!(told.contains("differences: 0 of "), "{told}");
    assert_eq!(room.text("new.diff.tsv").lines().count(), 1);
    let text = room.text("data/clinvar.vcf.gz").replacen("CLNSIG=Benign", "CLNSIG=Pathogenic", 1);
    room.put("newer.vcf", text);
    room.ok(["bundle", "add", "bundle", "clinvar", "--from", "newer.vcf"]);
    let told = annotate(&room, "new.vcf.gz", &["--diff-from", "old.vcf.gz"]);
    assert!(told.contains("1 alleles are (likely) pathogenic now and were not"), "{told}");
    assert!(
        room.text("new.diff.tsv").lines().nth(1).unwrap().starts_with("new_pathogenic\tchr1\t")
    );
    let document: serde_json::Value = serde_json::from_str(&room.text("new.diff.json")).unwrap();
    assert_ne!(document["old"]["sources"][1]["sha256"], document["new"]["sources"][1]["sha256"]);
    assert_eq!(document["new_pathogenic"][0]["from"], "Benign");
}

#[test]
fn what_does_not_fit_is_refused_before_anything_is_written() {
    let room = Room::new();
    let refused = |more: &[&str], parts: &[&str]| {
        let args = ["annotate", "data/clinvar.vcf.gz", "--bundle", "bundle"];
        let error = room.fails(2, args.iter().chain(more));
        for part in parts {
            assert!(error.contains(part), "{part:?} is not in {error:?}");
        }
        assert_eq!(room.made("out"), [""; 0]);
    };
    let out = ["--out", "out/x.tsv"];
    let with = |more: [&'static str; 2]| [out, more].concat();
    refused(&["--out", "out/x.txt"], &["expected a name in .vcf", "--format"]);
    let parts = ["the filter: character 1: no field is named IMPCT", "the nearest is IMPACT"];
    refused(&with(["--filter", "IMPCT = HIGH"]), &parts);
    refused(&with(["--filter", "IMPACT = HIGH and"]), &["character 18: expected a field"]);
    refused(&with(["--fields", "SYMBOL,Symbl"]), &["Symbl", "the nearest is SYMBOL"]);
    refused(&with(["--pick-order", "rank,mane"]), &["\"mane\" is none of"]);
    refused(&[&with(["--pick", "--flag-pick"])[..]].concat(), &["cannot be used with"]);
}
